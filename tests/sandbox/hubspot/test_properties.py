import json

import pytest

from tests.sandbox.hubspot.account import CONTACTS, Account

PROPERTIES = "/crm/v3/properties/contacts"
STALE = {
    "name": "stale",
    "label": "Stale",
    "type": "bool",
    "fieldType": "booleancheckbox",
    "groupName": "contactinformation",
}


def wrong(account: Account, **properties: object) -> list[tuple[str, str]]:
    """Return name and error of each property that a create with these is refused for."""
    answer = account.call("POST", CONTACTS, {"properties": properties})
    assert answer.status == 400
    words, _, array = answer.json()["message"].partition(": ")
    assert words == "Property values were not valid"
    return [(flaw["name"], flaw["error"]) for flaw in json.loads(array)]


def test_wrong_values_are_all_told_in_an_array_inside_the_message() -> None:
    assert wrong(
        Account(),
        emial="x",
        email="nobody",
        hubspotscore="many",
        lifecyclestage="dead",
        slasync_due="soon",
        createdate="2026-01-01T00:00:00Z",
        num_conversion_events="3",
        salesforcedeleted="maybe",
    ) == [
        ("emial", "PROPERTY_DOESNT_EXIST"),
        ("email", "INVALID_EMAIL"),
        ("hubspotscore", "INVALID_INTEGER"),
        ("lifecyclestage", "INVALID_OPTION"),
        ("slasync_due", "INVALID_LONG"),
        ("createdate", "READ_ONLY_VALUE"),
        ("num_conversion_events", "READ_ONLY_VALUE"),
        ("salesforcedeleted", "INVALID_OPTION"),
    ]


def test_the_account_comes_with_the_properties_slasync_writes() -> None:
    account = Account()
    names = ("stage", "owner", "sla_state", "due", "lead_key")
    found = [account.get(f"{PROPERTIES}/slasync_{name}") for name in names]
    assert [prop["type"] for prop in found] == ["string", "string", "string", "datetime", "string"]
    assert account.get(f"{PROPERTIES}/hubspotscore")["type"] == "number"


def test_a_property_can_be_made_used_changed_and_archived() -> None:
    account = Account()
    made = account.post(PROPERTIES, STALE, status=201)
    assert [option["value"] for option in made["options"]] == ["true", "false"]
    one = account.contact("ana", stale="true")
    changed = account.call("PATCH", f"{PROPERTIES}/stale", {"label": "Old"})
    assert changed.json()["label"] == "Old"
    assert account.call("DELETE", f"{PROPERTIES}/stale").status == 204
    assert account.call("GET", f"{PROPERTIES}/stale").status == 404
    body = {"properties": {"stale": "false"}}
    assert account.call("PATCH", f"{CONTACTS}/{one}", body).status == 400


def test_a_taken_name_is_a_409() -> None:
    account = Account()
    assert account.call("POST", PROPERTIES, STALE | {"name": "email"}).status == 409


@pytest.mark.parametrize(
    "change",
    [{"fieldType": "text"}, {"type": "text"}, {"groupName": "nowhere"}, {"name": "Ümlaut"}],
)
def test_a_definition_that_does_not_fit_together_is_a_400(change: dict[str, str]) -> None:
    assert Account().call("POST", PROPERTIES, STALE | change).status == 400


def test_a_unique_property_identifies_and_admits_each_value_once() -> None:
    account = Account()
    key = {"name": "key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    account.post(PROPERTIES, STALE | key, status=201)
    one = account.contact("ana", key="K1")
    assert account.get(f"{CONTACTS}/K1?idProperty=key")["id"] == one
    body = {"properties": {"email": "ben@example.com", "key": "K1"}}
    assert account.call("POST", CONTACTS, body).status == 409
    assert account.call("GET", f"{CONTACTS}/x?idProperty=lastname").status == 400
    kept = account.call("PATCH", f"{PROPERTIES}/key", {"hasUniqueValue": False})
    assert kept.status == 400


def test_groups_can_be_listed_and_made() -> None:
    account = Account()
    group = {"name": "slasync", "label": "slasync", "displayOrder": 3}
    account.post(f"{PROPERTIES}/groups", group, status=201)
    account.post(PROPERTIES, STALE | {"groupName": "slasync"}, status=201)
    names = [found["name"] for found in account.get(f"{PROPERTIES}/groups")["results"]]
    assert names == ["contactinformation", "slasync"]
    assert account.call("DELETE", f"{PROPERTIES}/groups/slasync").status == 400
    assert account.call("POST", f"{PROPERTIES}/groups", group).status == 409


def test_definitions_come_in_batches_too() -> None:
    account = Account()
    rows = {"inputs": [STALE, STALE | {"name": "older"}]}
    account.post(f"{PROPERTIES}/batch/create", rows, status=201)
    names = {"inputs": [{"name": "stale"}, {"name": "older"}]}
    read = account.post(f"{PROPERTIES}/batch/read", names)
    assert [prop["name"] for prop in read["results"]] == ["stale", "older"]
    assert account.call("POST", f"{PROPERTIES}/batch/archive", names).status == 204
    archived = account.get(f"{PROPERTIES}?archived=true")["results"]
    assert {prop["name"] for prop in archived} == {"stale", "older"}


def test_what_hubspot_defined_cannot_be_archived() -> None:
    assert Account().call("DELETE", f"{PROPERTIES}/email").status == 400
