from datetime import UTC, datetime

import pytest

from slasync.sandbox.http import Request
from slasync.sandbox.marketo.identity import READ_LEAD
from tests.sandbox.marketo.office import HOST, LEADS, Office

DESCRIBE = "/rest/v1/leads/describe.json"


def test_the_same_token_is_given_until_it_ends() -> None:
    office = Office()
    first = office.new_token()
    assert (first["token_type"], first["expires_in"]) == ("bearer", 3599)
    office.wait(minutes=59, seconds=58)
    again = office.new_token()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 1)
    office.wait(seconds=2)
    new = office.new_token()
    assert new["access_token"] != first["access_token"]
    assert new["expires_in"] == 3599


def test_a_call_with_an_expired_token_fails_with_602_and_with_an_unknown_one_with_601() -> None:
    office = Office()
    office.wait(hours=1)
    assert office.failure("GET", DESCRIBE) == ("602", "Access token expired")
    office.token = "made up"
    assert office.failure("GET", DESCRIBE) == ("601", "Access token invalid")


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_keys_are_refused_with_401(wrong: str) -> None:
    answer = Office().ask_token(**{wrong: "wrong"})
    assert answer.status == 401
    assert answer.json()["error"] == "unauthorized"


def test_two_services_have_tokens_of_their_own() -> None:
    office = Office()
    other = office.marketo.add_service("second@example.com")
    granted = office.new_token(client_id=other.client_id, client_secret=other.client_secret)
    assert granted["scope"] == "second@example.com"
    assert granted["access_token"] != office.token


def test_a_call_that_the_role_does_not_permit_fails_with_603() -> None:
    office = Office()
    reader = office.marketo.add_service("reader@example.com", frozenset({READ_LEAD}))
    keys = {"client_id": reader.client_id, "client_secret": reader.client_secret}
    office.token = office.new_token(**keys)["access_token"]
    assert office.get(DESCRIBE)
    assert office.failure("POST", LEADS, {"input": [{}]}) == ("603", "Access denied")


@pytest.mark.parametrize(
    ("day", "success"),
    [(datetime(2026, 8, 30, tzinfo=UTC), True), (datetime(2026, 8, 31, tzinfo=UTC), False)],
)
def test_a_token_in_the_address_is_taken_until_the_end_of_august(
    *, day: datetime, success: bool
) -> None:
    office = Office(day)
    request = Request("GET", f"{HOST}{DESCRIBE}?access_token={office.token}")
    assert office.marketo.handle(request).json()["success"] is success


def test_unknown_paths_and_methods_have_codes_of_their_own() -> None:
    office = Office()
    assert office.failure("GET", "/rest/v1/nothing.json")[0] == "610"
    assert office.failure("PUT", LEADS)[0] == "605"


def test_a_request_id_holds_the_time_in_milliseconds() -> None:
    office = Office()
    identified = office.body("GET", DESCRIBE)["requestId"]
    assert int(identified.partition("#")[2], 16) == office.clock.now().timestamp() * 1000


def test_a_body_that_is_not_json_is_told_from_one_of_another_type() -> None:
    office = Office()
    assert office.failure("POST", LEADS, "input=1")[0] == "612"
    broken = {"Authorization": f"Bearer {office.token}", "Content-Type": "application/json"}
    answer = office.marketo.handle(Request("POST", HOST + LEADS, broken, b"{"))
    assert answer.json()["errors"] == [{"code": "609", "message": "Invalid JSON"}]
