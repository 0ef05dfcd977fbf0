from threading import Thread
from typing import Any

import pytest

from tests.sandbox.marketo.office import LEADS, Office, reason

ANA = "ana@example.com"


def test_upserts_make_then_change_a_lead() -> None:
    office = Office()
    (made,) = office.sync({"email": ANA})
    (changed,) = office.sync({"email": ANA.upper(), "firstName": "Ana"})
    assert made["status"] == "created"
    assert changed == {"id": made["id"], "status": "updated"}
    assert office.marketo.get(str(made["id"]))["firstName"] == "Ana"


def test_results_stand_in_the_order_of_the_input_and_a_bad_row_spoils_no_other() -> None:
    office = Office()
    rows = office.sync({"email": ANA}, {"email": "bad"}, {"email": "ben@example.com"})
    assert [row["status"] for row in rows] == ["created", "skipped", "created"]
    assert reason(rows[1]) == ("1003", "Invalid value for field 'email' and value 'bad'")
    assert "id" not in rows[1]


def test_actions_say_what_happens_to_known_and_unknown_keys() -> None:
    office = Office()
    office.lead("ana")
    known, new = {"email": ANA}, {"email": "new@example.com"}
    assert reason(*office.sync(known, action="createOnly")) == ("1005", "Lead already exists")
    assert reason(*office.sync(new, action="updateOnly")) == ("1004", "Lead not found")
    assert office.sync(known, action="createDuplicate")[0]["status"] == "created"
    assert reason(*office.sync(known)) == ("1007", "Multiple lead match lookup criteria")


def test_ids_are_for_updates_only() -> None:
    office = Office()
    one = office.lead("ana")
    row = {"id": one, "lastName": "Albers"}
    body = {"input": [row], "lookupField": "id"}
    assert office.sync(row, action="updateOnly", lookupField="id")[0]["status"] == "updated"
    assert office.failure("POST", LEADS, body)[0] == "1003"
    assert reason(*office.sync({"id": one, "email": ANA}))[0] == "1003"
    assert reason(*office.sync({"id": 1}, action="updateOnly", lookupField="id"))[0] == "1004"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 14.1),
        ("integer", True),
        ("score", "high"),
        ("percent", "100%"),
        ("datetime", "yesterday"),
        ("date", "2026-13-01"),
        ("boolean", "maybe"),
        ("email", "jörg@example.com"),
        ("string", "x" * 256),
        ("float", "1,5"),
    ],
)
def test_a_value_that_does_not_fit_its_field_skips_the_row(kind: str, value: Any) -> None:
    office = Office()
    office.marketo.add_field("extra", kind)
    shown = str(value).lower() if isinstance(value, bool) else value
    assert reason(*office.sync({"email": ANA, "extra": value})) == (
        "1003",
        f"Invalid value for field 'extra' and value '{shown}'",
    )
    assert len(office.marketo.instance.leads) == 0


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"email": ANA, "nothing": 1}, "1006"),
        ({"email": ANA, "createdAt": "2026-01-01"}, "1003"),
        ({"email": ANA, "company": "Alpenglas"}, "1021"),
        ({"firstName": "Ana"}, "1003"),
    ],
)
def test_a_row_that_asks_for_the_impossible_is_skipped(row: dict[str, Any], code: str) -> None:
    assert reason(*Office().sync(row))[0] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "1002"),
        ({"input": [{}] * 301}, "1003"),
        ({"input": {"email": ANA}}, "1001"),
        ({"input": [{}], "action": "merge"}, "1003"),
        ({"input": [{}], "lookupField": "nothing"}, "1006"),
        ({"input": [{}], "lookupField": "firstName"}, "1011"),
        ({"input": [{}], "action": "updateOnly", "partitionName": "Default"}, "1003"),
        ({"input": [{}], "partitionName": "Other"}, "1008"),
    ],
)
def test_a_call_that_asks_for_the_impossible_fails_whole(body: dict[str, Any], code: str) -> None:
    assert Office().failure("POST", LEADS, body)[0] == code


def test_null_clears_a_field_and_a_boolean_reads_false_then() -> None:
    office = Office()
    one = office.lead("ana", firstName="Ana", unsubscribed=True)
    office.sync({"email": ANA, "firstName": None, "unsubscribed": None})
    (row,) = office.get(f"/rest/v1/lead/{one}.json", fields="firstName,unsubscribed")
    assert row == {"id": one, "firstName": None, "unsubscribed": False}


def test_updated_at_shows_writes_of_standard_fields_only() -> None:
    office = Office()
    office.marketo.add_field("region")
    one = str(office.lead("ana"))
    office.wait(minutes=1)
    office.sync({"email": ANA, "region": "North"})
    assert office.marketo.get(one)["updatedAt"] == "2026-03-02T09:00:00Z"
    office.sync({"email": ANA, "firstName": "Ana"})
    assert office.marketo.get(one)["updatedAt"] == "2026-03-02T09:01:00Z"
    office.wait(minutes=1)
    office.sync({"email": ANA, "firstName": "Ana"})
    assert office.marketo.get(one)["updatedAt"] == "2026-03-02T09:01:00Z"


def test_a_company_can_be_written_where_the_instance_lets_it() -> None:
    office = Office(company_through_leads=True)
    assert office.sync({"email": ANA, "company": "Alpenglas"})[0]["status"] == "created"


def test_values_of_sales_insight_are_not_kept() -> None:
    office = Office()
    one = str(office.lead("ana", urgency=5, priority=9))
    assert office.marketo.get(one)["priority"] == 0


def test_an_asynchronous_write_tells_nothing_and_comes_later() -> None:
    office = Office()
    told = office.body("POST", LEADS, {"input": [{"email": ANA}], "asyncProcessing": True})
    assert "result" not in told
    assert len(office.marketo.instance.leads) == 0
    office.wait(minutes=1)
    assert len(office.marketo.instance.leads) == 1


@pytest.mark.parametrize(("races", "leads"), [(True, 2), (False, 1)])
def test_upserts_of_one_key_at_the_same_time_make_two_leads(*, races: bool, leads: int) -> None:
    office = Office(races=races)
    threads = [Thread(target=office.sync, args=({"email": ANA},)) for _ in range(2)]
    with office.marketo.instance.lock:
        for thread in threads:
            thread.start()
        while office.marketo.calls_under_way < 2:
            pass
    for thread in threads:
        thread.join()
    assert len(office.marketo.instance.leads) == leads


def test_every_write_is_in_the_journal() -> None:
    office = Office()
    one = office.lead("ana")
    office.sync({"email": ANA, "firstName": "Ana"})
    office.post("/rest/v1/leads/delete.json", {"input": [{"id": one}]})
    entries = list(office.world.journal.entries())
    assert [(e.operation, e.id) for e in entries] == [
        ("create", str(one)),
        ("update", str(one)),
        ("delete", str(one)),
    ]
    assert (entries[1].before, entries[1].after) == ({"firstName": None}, {"firstName": "Ana"})
    assert {(e.system, e.object, e.by) for e in entries} == {
        ("marketo", "leads", "api-user@example.com")
    }
