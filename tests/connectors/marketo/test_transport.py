"""Tokens, limits, and answers that say 200 whatever they mean."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from slasync.connectors.http import Call
from slasync.connectors.marketo import CONTACTS
from slasync.connectors.marketo.errors import (
    AlreadyQueued,
    BadPosition,
    Complaint,
    TokenRefused,
    complaint_of,
    row_error,
    translate,
    until_midnight,
)
from slasync.connectors.receipts import Missing
from slasync.domain.writes import Action
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Ask, Outcome
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.marketo import Limits
from slasync.systems import Behaviour, Budget, Secret
from tests.connectors.marketo.bench import MONDAY, Bench, a_write
from tests.faults.marks import fault
from tests.pains.marks import pain

TOKEN = "/identity/oauth/token"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def logins(bench: Bench) -> int:
    return sum(request.path == TOKEN for request in bench.requests)


def failing(code: str, message: str = "no", path: str = "") -> Any:
    """Have calls fail with a code, as Marketo says so."""

    def fail(request: Request, answer: Response) -> Response:
        if request.path == TOKEN or path not in request.path:
            return answer
        errors = [{"code": code, "message": message}]
        return json_response(200, {"requestId": "e#1", "success": False, "errors": errors})

    return fail


# tokens


def test_one_token_serves_many_calls_and_stands_in_no_address() -> None:
    bench = Bench()
    for _ in range(3):
        bench.connector.transport.usage()

    assert logins(bench) == 1
    assert all("secret" not in r.url and "token=" not in r.url for r in bench.requests)
    shown = {r.header("Authorization") for r in bench.requests if r.path != TOKEN}
    assert len(shown) == 1


@fault("V13")
def test_a_token_that_ended_is_renewed_once_and_the_call_made_again() -> None:
    bench = Bench()
    number = bench.lead()
    bench.connector.transport.usage()
    bench.world.faults.switch_on(Rule(Kind.TOKEN_EXPIRED, path="POST /rest/v1/leads", times=1))

    [receipt] = bench.sink.apply([a_write(Action.PROPERTIES, number, stage="MQL")])

    assert receipt.outcome is Outcome.APPLIED
    assert logins(bench) == 2
    assert bench.marketo.get(number)["slasyncStage"] == "MQL"


def test_a_token_is_used_to_its_end_and_then_replaced_without_a_refusal() -> None:
    bench = Bench()
    bench.connector.transport.usage()
    bench.wait(minutes=59, seconds=50)
    bench.connector.transport.usage()
    bench.wait(seconds=30)
    bench.connector.transport.usage()

    assert logins(bench) == 2
    assert bench.marketo.calls["GET /rest/v1/stats/usage.json"] == 3


def test_a_token_about_to_end_is_waited_out() -> None:
    bench = Bench()
    bench.connector.transport.usage()
    bench.wait(minutes=59, seconds=57)
    bench.restart()  # a process that begins now is given the same token, with seconds left

    bench.connector.transport.usage()

    assert bench.driven.now() >= MONDAY + timedelta(hours=1)
    assert bench.marketo.calls["GET /rest/v1/stats/usage.json"] == 2


@fault("V15")
def test_many_threads_with_an_ended_token_ask_for_one_new_one() -> None:
    bench = Bench(options={"limits": Limits(concurrent=100, calls=1_000)})
    bench.connector.transport.usage()
    bench.marketo._identity.expire()  # noqa: SLF001 - as if an hour had passed for Marketo alone
    start = threading.Barrier(12)

    def ask(_: int) -> int:
        start.wait()
        return len(bench.connector.transport.usage())

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(ask, range(12))) == [1] * 12
    assert logins(bench) == 2


@fault("V14")
def test_a_secret_that_is_refused_stops_and_is_not_tried_again_for_a_while() -> None:
    bench = Bench()
    wrong = {"client_id": bench.connector.config.secrets["client_id"], "client_secret": Secret("x")}
    bench.restart(secrets=wrong)

    for _ in range(3):
        with pytest.raises(Stopped, match="client id and secret of the custom service"):
            bench.connector.transport.usage()

    assert logins(bench) == 1
    bench.wait(minutes=6)
    with pytest.raises(Stopped):
        bench.connector.transport.usage()
    assert logins(bench) == 2


def test_a_secret_that_is_not_set_is_named() -> None:
    bench = Bench(changes={"secrets": {"client_id": Secret("x")}})

    with pytest.raises(Stopped, match="the secret client_secret of marketo is not set"):
        bench.connector.transport.usage()


@fault("V5")
def test_an_identity_service_that_fails_is_asked_three_times_and_no_more() -> None:
    bench = Bench()
    bench.tamper = lambda request, answer: (
        Response(502, (("Content-Type", "text/html"),), b"<html>")
        if request.path == TOKEN
        else answer
    )

    with pytest.raises(TryLater, match="no token: HTTP 502"):
        bench.connector.transport.usage()

    assert logins(bench) == 3


@fault("V16")
@pytest.mark.parametrize("status", [200, 403, 502])
def test_whoever_meets_a_page_in_the_identity_services_place_waits_longer_each_time(
    status: int,
) -> None:
    bench = Bench()
    page = Response(status, (("Content-Type", "text/html"),), b"<html>")
    bench.tamper = lambda request, answer: page if request.path == TOKEN else answer

    with pytest.raises(TryLater) as told:
        bench.connector.transport.usage()

    assert told.value.after is None  # a time named here would be kept, for as long as it lasts


def test_a_token_that_is_given_and_refused_is_left_alone() -> None:
    bench = Bench()
    bench.tamper = failing("601", "Access token invalid")

    with pytest.raises(TryLater, match="refuses the token that it still gives") as told:
        bench.connector.transport.usage()

    assert told.value.after == timedelta(minutes=5)


# what codes mean


@fault("V2")
@pytest.mark.parametrize(
    ("code", "message", "wanted", "seconds"),
    [
        ("606", "Max rate limit '100' exceeded with in '20' secs", TryLater, 20),
        ("615", "Concurrent access limit reached", TryLater, 2),
        ("607", "Daily API Request Limit Reached", TryLater, 75_605),  # 6:00 UTC the next day
        ("608", "API Temporarily Unavailable", TryLater, 30),
        ("713", "Transient Error", TryLater, 5),
        ("1029", "Too many jobs (10) in queue", TryLater, 60),
        ("1029", "Export daily quota 500MB exceeded.", TryLater, 75_605),
        ("1029", "Job already queued", AlreadyQueued, None),
        ("603", "Access denied", Stopped, None),
        ("1018", "Native CRM integration", Stopped, None),
        ("601", "Access token invalid", TokenRefused, None),
        ("602", "Access token expired", TokenRefused, None),
        ("610", "Requested resource not found", Refused, None),
        ("1004", "Lead not found", Missing, None),
        ("1003", "Invalid nextPageToken 'x'", BadPosition, None),
        ("1003", "Too many results match the filter", Refused, None),
        ("", "no reason is given", Refused, None),
    ],
)
def test_a_code_says_what_to_do_next(
    code: str, message: str, wanted: type[SlasyncError], seconds: float | None
) -> None:
    error = translate(Complaint(code, message), "GET /x", NOW, writes=True)

    assert type(error) is wanted
    assert message in str(error)
    if isinstance(error, TryLater):
        assert error.after == timedelta(seconds=seconds or 0)
        assert not error.unknown


@pytest.mark.parametrize("code", ["500", "502", "604", "611"])
@pytest.mark.parametrize("writes", [True, False])
def test_after_a_failure_of_the_server_a_write_may_have_been_done(
    code: str, *, writes: bool
) -> None:
    error = translate(Complaint(code, "System error"), "POST /x", NOW, writes=writes)

    assert isinstance(error, TryLater)
    assert error.unknown == writes


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([{"code": "1004", "message": "Lead  not\nfound"}], Complaint("1004", "Lead not found")),
        ([{"code": 702, "message": "none"}], Complaint("702", "none")),
        ({"code": "1003", "message": "x"}, Complaint("1003", "x")),
        ([], Complaint("", "no reason is given")),
        (None, Complaint("", "no reason is given")),
        ("odd", Complaint("", "no reason is given")),
    ],
)
def test_reasons_are_read_in_every_shape(told: object, expected: Complaint) -> None:
    assert complaint_of(told) == expected


def test_a_row_that_is_locked_is_tried_again_and_one_that_is_wrong_is_not() -> None:
    assert isinstance(row_error(Complaint("713", "Transient Error")), TryLater)
    assert isinstance(row_error(Complaint("1004", "Lead not found")), Missing)
    assert type(row_error(Complaint("1003", "Invalid value"))) is Refused


@pain("P29")
@pytest.mark.parametrize("code", ["1003", "1006", "1007", "1008", "1077", "9999"])
def test_a_row_that_is_refused_says_how_to_mend_it(code: str) -> None:
    error = row_error(Complaint(code, "as Marketo said"))
    assert str(error).startswith(f"{code} as Marketo said. To mend it: ")


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 2, 5, 59, tzinfo=UTC), 1 / 60),  # winter: 23:59 in Chicago
        (datetime(2026, 3, 2, 6, tzinfo=UTC), 24),
        (datetime(2026, 7, 1, 5, tzinfo=UTC), 24),  # summer: midnight
        (datetime(2026, 3, 8, 7, tzinfo=UTC), 22),  # the night in which an hour is left out
    ],
)
def test_the_quota_is_renewed_at_midnight_in_the_middle_of_america(
    now: datetime, hours: float
) -> None:
    assert until_midnight(now) == timedelta(hours=hours, seconds=5)


# limits


@fault("V2", "V3")
@pytest.mark.parametrize(
    ("limits", "others", "seconds"),
    [
        (Limits(calls=0), (0, 0), 20),
        (Limits(concurrent=5), (0, 5), 2),
        (Limits(daily=100), (200, 0), 75_605),
    ],
)
def test_a_limit_that_others_used_up_is_waited_for_as_long_as_it_takes(
    limits: Limits, others: tuple[int, int], seconds: int
) -> None:
    bench = Bench(options={"limits": limits})
    bench.marketo.others_call(*others)

    with pytest.raises(TryLater) as told:
        bench.connector.transport.usage()

    assert told.value.after == timedelta(seconds=seconds)


def test_of_the_calls_in_twenty_seconds_only_our_part_is_used() -> None:
    budget = Budget(daily_calls=100_000, burst=50, burst_window=timedelta(seconds=20))
    bench = Bench(changes={"budget": budget})
    for _ in range(50):
        bench.connector.transport.usage()

    with pytest.raises(TryLater, match="burst"):
        bench.connector.transport.usage()

    assert not bench.marketo.refused


# the wire


def test_a_query_that_is_too_long_for_an_address_goes_as_a_form() -> None:
    bench = Bench()
    number = bench.lead()
    fields = ["lastName"] * 700

    [record] = bench.connector.transport.leads([number], fields)

    sent = bench.requests[-1]
    assert (sent.method, sent.query) == ("POST", {"_method": "GET"})
    assert parse_qs(sent.body.decode())["filterType"] == ["id"]
    assert record["id"] == int(number)


def test_the_names_of_operations_hold_no_ids() -> None:
    bench, seen = Bench(), list[Call]()
    bench.connector.transport.calls._observers = (seen.append,)  # noqa: SLF001 - told after it was made
    bench.marketo.make_list("x")
    bench.connector.transport.list_named("1001")

    assert seen[-1].operation == "GET /rest/v1/lists/{id}"


@pytest.mark.parametrize(
    ("status", "wanted", "unknown"),
    [
        (413, Refused, False), (414, Refused, False), (404, Missing, False),
        (429, TryLater, False), (503, TryLater, False), (502, TryLater, True),
        (504, TryLater, True), (302, Stopped, False), (403, TryLater, False),
    ],
)  # fmt: skip
def test_a_status_that_is_really_another_one_is_understood(
    status: int, wanted: type[SlasyncError], *, unknown: bool
) -> None:
    bench = Bench()
    bench.tamper = lambda request, answer: (
        answer if request.path == TOKEN else Response(status, (), b"<html>")
    )

    with pytest.raises(wanted) as told:
        bench.connector.transport.sync([{"id": 1}])

    assert getattr(told.value, "unknown", False) == unknown


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"requestId":"a#1"}', b'{"success":"yes"}', b'{"success":true,"result":{}}',
     b'{"success":true,"result":[1]}', b"\xff"],
)  # fmt: skip
@fault("V17")
def test_an_answer_that_is_not_marketos_is_no_answer(body: bytes) -> None:
    bench = Bench()
    bench.tamper = lambda request, answer: (
        answer
        if request.path == TOKEN
        else Response(200, (("Content-Type", "application/json"),), body)
    )

    with pytest.raises(TryLater):
        bench.connector.transport.usage()


def test_the_time_is_marketos_and_never_ahead() -> None:
    bench = Bench()
    bench.wait(seconds=0.7)

    assert bench.source.vendor_now() <= bench.driven.now()
    bench.wait(seconds=3.9)
    assert (
        bench.driven.now() - timedelta(seconds=1) <= bench.source.vendor_now() <= bench.driven.now()
    )


def test_an_instance_that_cannot_be_asked_says_so() -> None:
    bench = Bench()
    now = bench.source.vendor_now()
    bench.world.faults.switch_on(Rule(Kind.TIMEOUT_BEFORE))

    with pytest.raises(TryLater):
        bench.source.read([Ask(CONTACTS, now, now)])


def test_the_account_is_known_by_its_munchkin_id() -> None:
    assert Bench().connector.account == "123-ABC-456"


# what is missing


def test_an_instance_with_everything_lacks_nothing() -> None:
    assert Bench().connector.probe() == []


def test_what_an_admin_has_to_mend_is_named() -> None:
    bench = Bench()
    batch = bench.marketo.add_campaign("Batch")
    programmes = {"x": "9", "batch": str(batch.id)}
    bench.restart(
        written={"stage": "nowhere", "owner": "createdAt"},
        lists={"nurture": "77"},
        programmes=programmes,
        behaviours=(
            Behaviour("form", "Fill Out a Form"),
            Behaviour("moment", "Interesting Moment", value="Sorce"),
        ),
    )
    lacking, read_only, activity, value, *others = bench.connector.probe()

    assert lacking.startswith("leads have no field nowhere: `slasync provision marketo` makes")
    assert read_only.startswith("the field createdAt of leads is read-only, slasync cannot write")
    assert activity == (
        "there are no activities of type 'Fill Out a Form' (form): write it in connector.yaml as a"
        " lead's activity log in Marketo names it"
    )
    assert value.startswith(
        "activities of type 'Interesting Moment' have no 'Sorce': leave `value`"
    )
    assert ", or write one of " in value
    assert others == [
        "there is no list 77 (nurture): write its id into `lists` of connector.yaml",
        "there is no campaign 9 (x): write its id into `programmes`",
        f"campaign {batch.id} (batch) is a batch campaign: only a trigger one is requested",
    ]
