from datetime import timedelta

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import TimedOut
from tests.sandbox.hubspot.account import CONTACTS, NO_LAG, Account


def struck(kind: Kind, path: str = ".*", **more: object) -> Account:
    account = Account(index_lag=NO_LAG)
    account.contact("known")
    account.world.faults.switch_on(Rule(kind, path, times=1, **more))  # type: ignore[arg-type]
    return account


def test_a_429_out_of_the_blue_has_the_words_of_the_path() -> None:
    account = struck(Kind.TOO_MANY)
    assert account.call("GET", CONTACTS).json()["policyName"] == "TEN_SECONDLY_ROLLING"
    account = struck(Kind.TOO_MANY, "/search")
    assert account.call("POST", f"{CONTACTS}/search", {}).json()["category"] == "RATE_LIMITS"


def test_a_server_error_has_hubspots_body() -> None:
    answer = struck(Kind.SERVER_ERROR).call("GET", CONTACTS)
    assert (answer.status, answer.json()["status"]) == (503, "error")


@pytest.mark.parametrize(
    ("kind", "applied"), [(Kind.TIMEOUT_BEFORE, False), (Kind.TIMEOUT_AFTER, True)]
)
def test_a_time_out_can_come_before_or_after_the_write(kind: Kind, *, applied: bool) -> None:
    account = struck(kind, "POST")
    with pytest.raises(TimedOut):
        account.call("POST", CONTACTS, {"properties": {"email": "ana@example.com"}})
    assert len(account.get(CONTACTS)["results"]) == 1 + applied


def test_a_write_can_happen_after_the_client_gave_up() -> None:
    account = struck(Kind.LATE, "POST", delay=timedelta(minutes=2))
    with pytest.raises(TimedOut):
        account.call("POST", CONTACTS, {"properties": {"email": "ana@example.com"}})
    assert len(account.get(CONTACTS)["results"]) == 1
    account.wait(minutes=2)
    assert len(account.get(CONTACTS)["results"]) == 2


def test_an_ended_session_refuses_the_static_token_once() -> None:
    account = struck(Kind.TOKEN_EXPIRED)
    assert account.call("GET", CONTACTS).status == 401
    assert account.call("GET", CONTACTS).status == 200


def test_a_locked_record_is_a_423() -> None:
    account = struck(Kind.ROW_LOCKED, "hubspot/contacts")
    one = account.get(CONTACTS)["results"][0]["id"]
    body = {"properties": {"lastname": "B"}}
    assert account.call("PATCH", f"{CONTACTS}/{one}", body).status == 423
    assert account.call("PATCH", f"{CONTACTS}/{one}", body).status == 200


def test_a_row_can_become_visible_long_after_its_stamp() -> None:
    account = struck(Kind.LATE_VISIBLE, "hubspot/contacts", delay=timedelta(minutes=2))
    one = account.contact("ana")
    account.wait(minutes=1)
    assert account.emails() == ["known"]
    assert len(account.get(CONTACTS)["results"]) == 1
    assert account.get(f"{CONTACTS}/{one}")["id"] == one
    account.wait(minutes=1)
    assert account.emails() == ["known", "ana"]
    assert len(account.get(CONTACTS)["results"]) == 2


def test_a_version_that_was_late_does_not_replace_a_newer_one() -> None:
    account = Account(index_lag=NO_LAG)
    one = account.contact("ana", lastname="First")
    late = Rule(Kind.LATE_VISIBLE, "hubspot/contacts", times=1, delay=timedelta(minutes=5))
    account.world.faults.switch_on(late)
    account.hubspot.update("contacts", one, {"lastname": "Late"}, by="7")
    account.wait(minutes=1)
    account.hubspot.update("contacts", one, {"lastname": "Newest"}, by="7")
    for _ in range(2):
        (shown,) = account.search(properties=["lastname"])["results"]
        assert shown["properties"]["lastname"] == "Newest"
        (listed,) = account.get(f"{CONTACTS}?properties=lastname")["results"]
        assert listed["properties"]["lastname"] == "Newest"
        account.wait(minutes=10)
