"""What Salesforce's refusals mean, code by code."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceGeneralError
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from slasync.connectors.salesforce.errors import Complaint, complaint_of, failure, translate
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Outcome
from tests.faults.marks import fault

KEYS = ("Slasync_Key__c",)


def meaning(code: str, status: int = 400, message: str = "text", *fields: str) -> Outcome:
    return translate(Complaint(code, message, status, fields), KEYS).outcome


@fault("V33", "V2")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UNABLE_TO_LOCK_ROW", 400),
        ("UNABLE_TO_LOCK_ROW", 500),  # both statuses are seen: the code decides
        ("SERVER_UNAVAILABLE", 503),
        ("QUERY_TIMEOUT", 400),
        ("ENTITY_IS_LOCKED", 400),
        ("REQUEST_LIMIT_EXCEEDED", 403),
    ],
)
def test_what_passes_is_tried_later(code: str, status: int) -> None:
    assert meaning(code, status) is Outcome.TRY_LATER


@fault("V27", "V30")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ENTITY_IS_DELETED", 404),
        ("NOT_FOUND", 404),
        ("CANNOT_UPDATE_CONVERTED_LEAD", 400),
    ],
)
def test_a_record_that_ended_is_gone(code: str, status: int) -> None:
    assert meaning(code, status) is Outcome.GONE


@fault("V34", "V35", "V36", "V9")
@pytest.mark.parametrize(
    "code",
    [
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "REQUIRED_FIELD_MISSING",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "LIMIT_EXCEEDED",
        "MALFORMED_ID",
        "SOMETHING_NEW",
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_EMAIL_ADDRESS",
        "DUPLICATES_DETECTED",
        "DUPLICATE_EXTERNAL_ID",
        "INACTIVE_OWNER_OR_USER",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        "TRANSFER_REQUIRES_READ",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    ],
)
def test_what_a_person_has_to_mend_is_refused_and_says_how(code: str) -> None:
    verdict = translate(Complaint(code, "as Salesforce said", 400))
    assert verdict.outcome is Outcome.REFUSED
    assert not verdict.stops
    assert f"{code}: as Salesforce said" in verdict.message
    assert "To mend it: " in verdict.message


@fault("V36")
@pytest.mark.parametrize(
    ("code", "fields", "unfit"),
    [
        ("INACTIVE_OWNER_OR_USER", (), True),
        ("OP_WITH_INVALID_USER_TYPE_EXCEPTION", (), True),
        ("TRANSFER_REQUIRES_READ", (), True),
        ("INVALID_CROSS_REFERENCE_KEY", ("OwnerId",), True),
        ("INVALID_CROSS_REFERENCE_KEY", (), False),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ("OwnerId",), False),
    ],
)
def test_what_is_refused_for_its_owner_alone_is_told_apart(
    code: str,
    fields: tuple[str, ...],
    unfit: bool,  # noqa: FBT001 - a case
) -> None:
    receipt = translate(Complaint(code, "as Salesforce said", 400, fields)).receipt()
    assert (receipt.outcome, receipt.unfit_owner) == (Outcome.REFUSED, unfit)


@fault("V14")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_SESSION_ID", 401),
        ("API_DISABLED_FOR_ORG", 403),
        ("API_CURRENTLY_DISABLED", 403),
        ("INSUFFICIENT_ACCESS", 403),
        ("UNSUPPORTED_API_VERSION", 410),
        ("SOMETHING_NEW", 410),
        ("SOMETHING_NEW", 401),
    ],
)
def test_slasync_stops_where_it_is_refused_as_such(code: str, status: int) -> None:
    assert isinstance(translate(Complaint(code, "text", status)).error(), Stopped)


@fault("V8")
def test_a_key_found_twice_is_an_earlier_write_of_our_own() -> None:
    said = "duplicate value found: Slasync_Key__c duplicates value on record with id: 00T1"
    assert meaning("DUPLICATE_VALUE", 400, said) is Outcome.UNKNOWN


def test_another_unique_value_found_twice_is_for_a_person() -> None:
    said = "duplicate value found: Tax_Id__c duplicates value on record with id: 00Q1"
    assert meaning("DUPLICATE_VALUE", 400, said) is Outcome.REFUSED


@fault("V36", "V27")
@pytest.mark.parametrize(
    ("fields", "message", "by_id", "outcome"),
    [
        (("WhoId",), "invalid cross reference id", False, Outcome.GONE),
        (("OwnerId",), "invalid cross reference id", False, Outcome.REFUSED),
        ((), "invalid cross reference id", False, Outcome.REFUSED),
        ((), "invalid cross reference id", True, Outcome.GONE),
        ((), "Owner ID: owner cannot be blank", True, Outcome.REFUSED),
    ],
)
def test_a_dead_reference_is_the_lead_or_the_owner(
    fields: tuple[str, ...], message: str, *, by_id: bool, outcome: Outcome
) -> None:
    complaint = Complaint("INVALID_CROSS_REFERENCE_KEY", message, 400, fields)
    assert translate(complaint, by_id=by_id).outcome is outcome


def test_a_key_field_that_is_missing_is_no_record_that_is_gone() -> None:
    said = "Provided external ID field does not exist or is not accessible: Slasync_Key__c"
    verdict = translate(Complaint("NOT_FOUND", said, 404))
    assert isinstance(verdict.error(), Stopped)
    assert "slasync provision salesforce" in verdict.message


def test_a_precondition_that_failed_means_overtaken() -> None:
    assert meaning("ANYTHING", 412) is Outcome.OVERTAKEN


@fault("V5", "V6")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UNKNOWN_EXCEPTION", 500),
        ("UNKNOWN_EXCEPTION", 400),  # of one row among others
        ("REQUEST_RUNNING_TOO_LONG", 400),
        ("HTTP 502", 502),
    ],
)
def test_a_server_error_leaves_a_write_unknown(code: str, status: int) -> None:
    assert meaning(code, status) is Outcome.UNKNOWN


@fault("V2", "V3")
def test_the_daily_limit_waits_longer_than_the_concurrent_one() -> None:
    day = Complaint("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
    now = Complaint("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", 403)
    waits = [translate(each).after or timedelta(0) for each in (day, now)]
    assert waits[0] >= timedelta(minutes=10) > timedelta(minutes=1) > waits[1] > timedelta(0)


@fault("V35")
def test_the_records_that_a_duplicate_rule_found_are_named() -> None:
    match = {"record": {"attributes": {"type": "Lead"}, "Id": "00Q000000000001AAA"}}
    error = {
        "duplicateResult": {"matchResults": [{"matchRecords": [match]}]},
        "errorCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
    }
    assert "00Q000000000001AAA" in translate(complaint_of([error], 400)).message


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ([{"message": "m", "errorCode": "A"}], "A", "m"),
        ([{"message": "m", "statusCode": "B", "fields": []}], "B", "m"),
        ({"error": "invalid_grant", "error_description": "d"}, "invalid_grant", "d"),
        ("<html>  Down\nfor maintenance</html>", "HTTP 503", "<html> Down for maintenance</html>"),
        ([], "HTTP 503", "no text"),
        (None, "HTTP 503", "no text"),
    ],
)
def test_a_complaint_is_read_from_every_shape(body: Any, code: str, message: str) -> None:
    complaint = complaint_of(body, 503)
    assert (complaint.code, complaint.message) == (code, message)


def answered(status: int, content: Any) -> SalesforceGeneralError:
    return SalesforceGeneralError("url", status, "composite", content)


def refused_connection() -> requests.ConnectionError:
    pool = HTTPConnectionPool("127.0.0.1", 9)
    reason = NewConnectionError(HTTPConnection("127.0.0.1", 9), "refused")
    return requests.ConnectionError(MaxRetryError(pool, "/", reason))


@fault("V6", "V40")
@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (requests.ConnectTimeout("no connection"), False),
        (refused_connection(), False),
        (requests.ReadTimeout("no answer"), True),
        (requests.ConnectionError("connection aborted"), True),
        (requests.exceptions.ChunkedEncodingError("cut"), True),
        (requests.exceptions.JSONDecodeError("html", "<", 0), True),
        (ValueError("not JSON"), True),
    ],
)
def test_only_what_was_surely_not_sent_is_known_to_have_no_effect(
    error: requests.RequestException | ValueError, *, unknown: bool
) -> None:
    told = failure(error, effect=True)
    assert isinstance(told, TryLater)
    assert told.unknown is unknown


def test_reading_never_leaves_an_effect_unknown() -> None:
    for error in (answered(502, "<html>bad gateway</html>"), requests.ReadTimeout("no answer")):
        told = failure(error, effect=False)
        assert isinstance(told, TryLater)
        assert not told.unknown


@fault("V39")
def test_a_broken_certificate_stops() -> None:
    assert isinstance(failure(requests.exceptions.SSLError("bad"), effect=True), Stopped)


def test_a_malformed_call_is_refused() -> None:
    body = [{"errorCode": "JSON_PARSER_ERROR", "message": "Unexpected character"}]
    assert isinstance(failure(answered(400, body), effect=True), Refused)
