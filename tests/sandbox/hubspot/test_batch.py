from typing import Any

from slasync.sandbox.faults import Kind, Rule
from tests.sandbox.hubspot.account import CONTACTS, Account

Row = dict[str, Any]


def inputs(*rows: Row) -> Row:
    return {"inputs": rows}


def a_new(name: str, **more: Any) -> Row:
    return {"properties": {"email": f"{name}@example.com"}, **more}


def test_rows_come_back_in_another_order() -> None:
    account = Account()
    rows = [a_new(f"c{n:02d}") for n in range(30)]
    made = account.post(f"{CONTACTS}/batch/create", inputs(*rows), status=201)["results"]
    emails = [row["properties"]["email"] for row in made]
    assert emails != sorted(emails)
    assert len(emails) == 30


def test_one_bad_row_fails_a_create_without_trace_ids_as_a_whole() -> None:
    account = Account()
    bad = {"properties": {"emial": "x"}}
    answer = account.call("POST", f"{CONTACTS}/batch/create", inputs(a_new("ana"), bad))
    assert answer.status == 400
    assert account.get(CONTACTS)["results"] == []


def test_with_trace_ids_each_row_of_a_create_has_its_own_outcome() -> None:
    account = Account()
    one = account.contact("ana")
    rows = [a_new("ana", objectWriteTraceId="k1"), a_new("ben", objectWriteTraceId="k2")]
    body = account.post(f"{CONTACTS}/batch/create", inputs(*rows), status=207)
    (made,), (error,) = body["results"], body["errors"]
    assert made["objectWriteTraceId"] == "k2"
    assert body["numErrors"] == 1
    assert error["context"] == {"objectWriteTraceId": ["k1"]}
    assert (error["category"], error["status"]) == ("CONFLICT", "error")
    assert error["message"].endswith(f"Existing ID: {one}")


def test_a_value_given_twice_in_one_batch_fails_it() -> None:
    account = Account()
    one = account.contact("ana")
    twice = inputs(a_new("ben"), a_new("ben"))
    assert account.call("POST", f"{CONTACTS}/batch/create", twice).status == 400
    same = inputs({"id": one, "properties": {}}, {"id": one, "properties": {}})
    assert account.call("POST", f"{CONTACTS}/batch/update", same).status == 400


def test_updates_of_unknown_ids_are_errors_of_their_rows() -> None:
    account = Account()
    one = account.contact("ana")
    rows = [{"id": i, "properties": {"lastname": "B"}} for i in (one, "123")]
    body = account.post(f"{CONTACTS}/batch/update", inputs(*rows), status=207)
    assert [row["id"] for row in body["results"]] == [one]
    (error,) = body["errors"]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"ids": ["123"]})


def test_contacts_updated_in_a_batch_tell_their_id_outside_only() -> None:
    account = Account()
    one = account.contact("ana")
    row = {"id": one, "properties": {"email": "ana@example.com", "lastname": "B"}}
    (shown,) = account.post(f"{CONTACTS}/batch/update", inputs(row))["results"]
    assert shown["id"] == one
    assert set(shown["properties"]) == {
        "email", "hs_email_domain", "lastmodifieddate", "lastname",
    }  # fmt: skip


def test_a_batch_reads_by_email_and_tells_what_is_missing() -> None:
    account = Account()
    one = account.contact("ana")
    body = {
        "idProperty": "email",
        "properties": ["email"],
        **inputs({"id": "ana@example.com"}, {"id": "nobody@example.com"}),
    }
    answer = account.post(f"{CONTACTS}/batch/read", body, status=207)
    assert [row["id"] for row in answer["results"]] == [one]
    assert answer["errors"][0]["context"] == {"ids": ["nobody@example.com"]}


def test_upserts_say_which_rows_are_new() -> None:
    account = Account()
    account.contact("ana")
    rows = [
        {"id": f"{n}@example.com", "idProperty": "email", "properties": {"lastname": "B"}}
        for n in ("ana", "ben")
    ]
    answer = account.post(f"{CONTACTS}/batch/upsert", inputs(*rows))
    assert sorted(row["new"] for row in answer["results"]) == [False, True]
    assert {row["email"] for row in account.hubspot.rows("contacts")} == {
        "ana@example.com", "ben@example.com",
    }  # fmt: skip


def test_an_upsert_needs_a_unique_property() -> None:
    account = Account()
    for name in ("hs_object_id", "lastname"):
        row: Row = {"id": "1", "idProperty": name, "properties": {}}
        assert account.call("POST", f"{CONTACTS}/batch/upsert", inputs(row)).status == 400


def test_a_batch_holds_at_most_100() -> None:
    account = Account()
    rows = [a_new(f"c{n}") for n in range(101)]
    assert account.call("POST", f"{CONTACTS}/batch/create", inputs(*rows)).status == 400


def test_a_batch_archive_answers_204_whatever_is_there() -> None:
    account = Account()
    one = account.contact("ana")
    answer = account.call("POST", f"{CONTACTS}/batch/archive", inputs({"id": one}, {"id": "1"}))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("Content-Type") is None
    assert account.get(CONTACTS)["results"] == []


def test_a_locked_row_fails_alone() -> None:
    account = Account()
    one, other = account.contact("ana"), account.contact("ben")
    account.world.faults.switch_on(Rule(Kind.ROW_LOCKED, "hubspot/contacts", times=1))
    rows = [{"id": i, "properties": {"lastname": "B"}} for i in (one, other)]
    body = account.post(f"{CONTACTS}/batch/update", inputs(*rows), status=207)
    assert [row["id"] for row in body["results"]] == [other]
    assert body["errors"][0]["context"] == {"ids": [one]}


def test_a_batch_counts_as_one_call() -> None:
    account = Account()
    account.post(f"{CONTACTS}/batch/create", inputs(a_new("ana"), a_new("ben")), status=201)
    assert account.hubspot.calls == {"POST /crm/v3/objects/contacts/batch/create": 1}
