"""HubSpot's refusals, each with what the caller is to do next."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from slasync.connectors.hubspot.errors import (
    Failure,
    Unwritable,
    row_error,
    translate,
    unreachable,
    until_midnight,
)
from slasync.connectors.receipts import Missing
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from tests.connectors.hubspot.bench import MONDAY, NOWHERE
from tests.faults.marks import fault
from tests.pains.marks import pain

SEARCH = "POST /crm/v3/objects/contacts/search"
UPDATE = "POST /crm/v3/objects/contacts/batch/update"
LIST = "GET /crm/v3/objects/contacts"
SECONDLY = {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
TEN_SECONDLY = {
    "message": "You have reached your ten_secondly_rolling limit.",
    "errorType": "RATE_LIMIT",
    "policyName": "TEN_SECONDLY_ROLLING",
}
DAILY = {"message": "You have reached your daily limit.", "policyName": "DAILY"}


def later(failure: Failure, zone: ZoneInfo | None = None) -> TryLater:
    error = translate(failure, MONDAY, zone)
    assert isinstance(error, TryLater)
    return error


def a_failure(status: int, told: Any = None, operation: str = LIST, **more: Any) -> Failure:
    body = told if isinstance(told, str) else orjson.dumps(told or {}).decode()
    return Failure(status, operation, body, **more)


@fault("V2")
@pytest.mark.parametrize(
    ("told", "operation", "seconds"),
    [
        (SECONDLY, SEARCH, 1),
        (SECONDLY, LIST, 1),  # the word in the message counts before the path
        (TEN_SECONDLY, LIST, 10),
        (TEN_SECONDLY, SEARCH, 10),
        ({"message": "slow down"}, SEARCH, 1),
        ({"message": "slow down"}, LIST, 10),
        ("<html>429</html>", LIST, 10),
        (DAILY, LIST, 3600),  # the account's midnight is not known
    ],
)
def test_how_long_to_wait_follows_from_the_limit_that_was_hit(
    told: Any, operation: str, seconds: int
) -> None:
    assert later(a_failure(429, told, operation)).after == timedelta(seconds=seconds)


@fault("V1")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 10), ("soon", 10), ("-5", 10), ("99999999", 86_400)],
)
def test_retry_after_is_believed_when_it_is_sane(header: str, seconds: int) -> None:
    failure = a_failure(429, TEN_SECONDLY, headers={"retry-after": header})

    assert later(failure).after == timedelta(seconds=seconds)


@pain("P28")
@fault("V2", "V3")
def test_a_used_up_day_ends_at_midnight_in_the_accounts_zone() -> None:
    after = later(a_failure(429, DAILY), ZoneInfo("US/Eastern")).after

    assert after is not None  # 09:00 in London is 04:00 in New York
    assert timedelta(hours=20) < after < timedelta(hours=20, minutes=1)


@fault("V3")
@pytest.mark.parametrize(("day", "hours"), [(28, 24), (29, 23)])  # clocks go forward on the 29th
def test_the_night_the_clocks_change_is_an_hour_shorter(day: int, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 3, day, tzinfo=berlin).astimezone(UTC)

    assert (
        timedelta(hours=hours)
        < until_midnight(midnight, berlin)
        < timedelta(hours=hours, minutes=1)
    )


@fault("V5", "V16", "V38")
@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (400, {"message": "bad", "category": "VALIDATION_ERROR"}, Refused),
        (401, {"category": "INVALID_AUTHENTICATION"}, Stopped),
        (403, {"category": "MISSING_SCOPES", "message": "no"}, Stopped),
        (403, "<html>Attention Required! | Cloudflare</html>", TryLater),
        (404, {"category": "OBJECT_NOT_FOUND"}, Missing),
        (404, "", Missing),
        (405, {}, Refused),
        (408, {}, TryLater),
        (409, {"message": "Contact already exists. Existing ID: 512"}, Refused),
        (414, "", Refused),
        (415, "", Refused),
        (423, {"message": "locked"}, TryLater),
        (477, {}, TryLater),
        (302, "", Stopped),
        (500, {}, TryLater),
        (502, "<html>Bad Gateway</html>", TryLater),
        (503, {}, TryLater),
        (504, {}, TryLater),
        (521, "", TryLater),
        (524, "", TryLater),
    ],
)
def test_each_status_says_what_to_do_next(
    status: int, told: Any, expected: type[SlasyncError]
) -> None:
    assert isinstance(translate(a_failure(status, told), MONDAY), expected)


@fault("V5", "V6")
@pytest.mark.parametrize(
    ("status", "unknown"),
    [
        (429, False), (423, False), (477, False), (503, False), (521, False), (526, False),
        (408, True), (500, True), (502, True), (504, True), (520, True), (524, True),
    ],
)  # fmt: skip
def test_only_where_a_write_may_have_taken_effect_it_is_unknown(
    status: int, *, unknown: bool
) -> None:
    assert later(a_failure(status, {}, UPDATE, writes=True)).unknown is unknown
    assert not later(a_failure(status, {}, LIST)).unknown


@pytest.mark.parametrize(("header", "seconds"), [("86400", 86_400), (None, 300)])
def test_an_account_on_the_move_is_left_alone_as_long_as_it_asks(
    header: str | None, seconds: int
) -> None:
    headers = {"Retry-After": header} if header else {}

    assert later(a_failure(477, {}, headers=headers)).after == timedelta(seconds=seconds)


def test_flaws_inside_the_message_are_spelt_out() -> None:
    inner = (
        '[{"isValid":false,"message":"Property \\"x\\" does not exist",'
        '"error":"PROPERTY_DOESNT_EXIST","name":"x"}]'
    )
    told = {"message": f"Property values were not valid: {inner}", "category": "VALIDATION_ERROR"}

    error = translate(a_failure(400, told, UPDATE), MONDAY)

    assert isinstance(error, Unwritable)
    assert error.properties == {"x"}
    assert 'x: Property "x" does not exist (PROPERTY_DOESNT_EXIST)' in str(error)


def test_a_missing_scope_is_named() -> None:
    context = {"requiredGranularScopes": ["crm.objects.owners.read"]}
    told = {"category": "MISSING_SCOPES", "errors": [{"message": "no", "context": context}]}

    assert "crm.objects.owners.read" in str(translate(a_failure(403, told), MONDAY))


@fault("V10", "V33")
@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("OBJECT_NOT_FOUND", Missing),
        ("VALIDATION_ERROR", Refused),
        ("CONFLICT", Refused),
        ("RATE_LIMITS", TryLater),
        ("LOCKED", TryLater),
        ("INTERNAL_ERROR", TryLater),
    ],
)
def test_the_rows_of_a_batch_are_told_apart(category: str, expected: type[SlasyncError]) -> None:
    assert isinstance(row_error({"category": category, "message": "m"}), expected)


@pain("P29")
@pytest.mark.parametrize(
    ("category", "message", "remedy"),
    [
        ("VALIDATION_ERROR", 'bad: [{"error":"INVALID_OPTION","name":"x"}]', "add the option"),
        ("VALIDATION_ERROR", 'bad: [{"error":"PROPERTY_DOESNT_EXIST","name":"x"}]', "provision"),
        ("VALIDATION_ERROR", 'bad: [{"error":"OF_A_RULE","name":"x"}]', "change the rule"),
        ("VALIDATION_ERROR", "Cannot set x on 1. 2 already has that value.", "merge the two"),
        ("CONFLICT", "Contact already exists. Existing ID: 512", "merge the two"),
        ("VALIDATION_ERROR", "no", "change the rule"),
        ("SOMETHING_NEW", "no", "whoever looks after HubSpot"),
    ],
)
def test_a_row_that_is_refused_says_how_to_mend_it(
    category: str, message: str, remedy: str
) -> None:
    told = {"category": category, "message": message}
    whole = translate(a_failure(400, told, UPDATE, writes=True), MONDAY)
    for error in (row_error(told), whole):
        assert isinstance(error, Refused)
        assert remedy in str(error).partition("To mend it: ")[2]


@fault("V6", "V40")
@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        (NewConnectionError(HTTPConnection("nowhere.invalid"), "refused"), False),
        (ConnectTimeoutError(HTTPConnection("nowhere.invalid"), "timed out"), False),
        (ReadTimeoutError(NOWHERE, "/", "timed out"), True),
        (ProtocolError("reset"), True),
    ],
)
def test_a_write_is_unknown_once_a_connection_was_made(reason: HTTPError, *, sent: bool) -> None:
    for error in (reason, MaxRetryError(NOWHERE, "/", reason)):
        assert unreachable(error, UPDATE, writes=True).unknown is sent
        assert not unreachable(error, LIST, writes=False).unknown
