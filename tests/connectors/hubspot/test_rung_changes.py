"""What rungs change in HubSpot: fields of contacts, and who is on which list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import Stopped, TryLater
from slasync.ports import Outcome, Receipt
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request
from slasync.systems import Direction, FieldMapping, FieldType
from tests.connectors.hubspot.bench import MAPPED, Bench
from tests.faults.marks import fault

FIELDS = (
    *MAPPED,
    FieldMapping("reply", "message", Direction.BOTH),
    FieldMapping("people", "hubspotscore", Direction.BOTH, FieldType.NUMBER),
)
PUT = "PUT /crm/v3/lists/{list}/memberships/add"
UNHEARD = (
    Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.TRUNCATED, Kind.HTML,
)  # fmt: skip


class Portal(Bench):
    """An account with two lists, of which slasync knows one more that is not there."""

    def __init__(self, **changes: Any) -> None:
        lists = {"nurture": "1", "hot": "2", "gone": "9"}
        super().__init__(changes={"contact_fields": FIELDS, "lists": lists} | changes)
        self.call("POST", "", {"name": "Nurture"})
        self.call("POST", "", {"name": "Hot", "processingType": "DYNAMIC"})

    def call(self, method: str, path: str, body: Mapping[str, Any] | Sequence[str]) -> Any:
        """Have somebody else call the API of lists."""
        if isinstance(body, Mapping):
            body = {"objectTypeId": "0-1", "processingType": "MANUAL", **body}
        token = self.hubspot.credentials()["access_token"]
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        url = f"https://api.hubapi.com/crm/v3/lists{path}"
        return self.hubspot.handle(Request(method, url, headers, json.dumps(body).encode())).json()

    def members(self, number: str = "1") -> list[str]:
        rows = self.call("GET", f"/{number}/memberships", {})["results"]
        return [row["recordId"] for row in rows]


def a_write(action: Action, contact: str | None, key: str = "k", **values: Any) -> Write:
    return Write(
        key=key, lead=LeadKey(f"hubspot:contact:{contact}"), system="hubspot", action=action,
        values=values, target=None if contact is None else Ref("hubspot", "contact", contact),
    )  # fmt: skip


def sets(contact: str | None, value: Any = "yes", name: str = "reply", **more: Any) -> Write:
    return a_write(Action.PROPERTY, contact, field=name, value=value, **more)


def lists(contact: str | None, change: str = "add", name: str = "nurture", key: str = "k") -> Write:
    return a_write(Action.LIST, contact, key, list=name, change=change)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


# fields


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("reply", "yes", "yes"),
        ("people", 12, "12"),
        ("reply", None, ""),
        ("told", "SAL", "SAL"),
    ],
)
def test_a_field_gets_its_value_under_the_name_it_has_there(
    name: str, value: Any, held: str
) -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com", message="before")
    write = sets(contact, value, name)

    [receipt] = portal.sink.apply([write])

    property_ = {mapped.name: mapped.field for mapped in FIELDS}[name]
    assert receipt.outcome is Outcome.APPLIED
    assert portal.hubspot.get("contacts", contact).get(property_, "") == held
    assert outcomes(portal.sink.look([write])) == [Outcome.APPLIED]


def test_fields_and_what_slasync_shows_of_a_lead_are_one_row_of_one_call() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")
    shown = a_write(Action.PROPERTIES, contact, "shown", stage="MQL")

    receipts = portal.sink.apply([shown, replace(sets(contact), key="set")])

    assert outcomes(receipts) == [Outcome.ALREADY, Outcome.APPLIED]
    assert portal.hubspot.calls["POST /crm/v3/objects/contacts/batch/update"] == 1
    held = portal.hubspot.get("contacts", contact)
    assert (held["message"], held["slasync_stage"]) == ("yes", "MQL")


@fault("V9")
@pytest.mark.parametrize("kind", UNHEARD)
def test_after_a_lost_answer_a_field_is_read_before_it_is_written_again(kind: Kind) -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com", message="no")
    write = sets(contact, before="no")
    portal.world.faults.switch_on(Rule(kind, path="batch/update", times=1))

    first = portal.sink.apply([write])
    looked = portal.sink.look([write])

    applied = kind is not Kind.TIMEOUT_BEFORE
    assert outcomes(first) == [Outcome.UNKNOWN]
    happened = portal.hubspot.get("contacts", contact)["message"] == "yes"
    assert outcomes(looked) == [Outcome.APPLIED if happened else Outcome.TRY_LATER]
    assert happened == applied or kind is Kind.HTML


def test_a_field_that_somebody_gave_another_value_in_between_is_theirs() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com", message="later")

    [receipt] = portal.sink.look([sets(contact, before="no")])

    assert receipt.outcome is Outcome.OVERTAKEN
    assert receipt.message == "somebody gave reply another value"


def test_a_field_of_which_nobody_knew_the_value_is_sent_again() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com", message="later")

    assert outcomes(portal.sink.look([sets(contact)])) == [Outcome.TRY_LATER]


@pytest.mark.parametrize("name", ["email", "nowhere"])
def test_a_field_that_is_not_mapped_for_writing_is_refused_by_name(name: str) -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")

    [receipt] = portal.sink.apply([sets(contact, name=name)])

    assert receipt.outcome is Outcome.REFUSED
    assert receipt.message == f"connector.yaml gives contacts no field {name!r} to write"


# lists


def test_contacts_of_one_list_go_in_one_call_and_each_is_told() -> None:
    portal = Portal()
    one, two = (portal.contact(email=f"{n}@example.com") for n in "ab")
    portal.call("PUT", "/1/memberships/add", [two])
    before = portal.hubspot.calls[PUT]

    receipts = portal.sink.apply([lists(one, key="1"), lists(two, key="2"), lists("1", key="3")])

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.ALREADY, Outcome.GONE]
    assert portal.members() == [one, two]
    assert portal.hubspot.calls[PUT] == before + 1


def test_a_contact_is_taken_off_a_list() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")
    portal.sink.apply([lists(contact)])

    assert outcomes(portal.sink.apply([lists(contact, "remove")])) == [Outcome.APPLIED]
    assert portal.members() == []
    assert outcomes(portal.sink.look([lists(contact, "remove")])) == [Outcome.APPLIED]


def test_doing_it_twice_changes_nothing_more() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")

    assert outcomes(portal.sink.apply([lists(contact)])) == [Outcome.APPLIED]
    assert outcomes(portal.sink.apply([lists(contact)])) == [Outcome.ALREADY]
    assert portal.members() == [contact]


@fault("V9")
@pytest.mark.parametrize("kind", UNHEARD)
def test_after_a_lost_answer_the_list_is_read_before_it_is_changed_again(kind: Kind) -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")
    portal.world.faults.switch_on(Rule(kind, path="memberships/add", times=1))

    first = portal.sink.apply([lists(contact)])
    looked = portal.sink.look([lists(contact)])

    assert outcomes(first) == [Outcome.UNKNOWN]
    happened = portal.members() == [contact]
    assert outcomes(looked) == [Outcome.APPLIED if happened else Outcome.TRY_LATER]


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_a_busy_account_is_left_alone_for_a_while(kind: Kind) -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")
    portal.world.faults.switch_on(Rule(kind, path="memberships/add", times=1))

    try:
        told = outcomes(portal.sink.apply([lists(contact)]))
    except TryLater as error:
        told = [Outcome.UNKNOWN if error.unknown else Outcome.TRY_LATER]

    assert told[0] is not Outcome.APPLIED
    assert portal.members() == []


def test_a_lost_answer_of_one_list_is_not_told_of_the_other() -> None:
    portal = Portal(lists={"nurture": "1", "calls": "3"})
    portal.call("POST", "", {"name": "Calls"})
    one, two = (portal.contact(email=f"{n}@example.com") for n in "ab")
    portal.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, path="lists/1/memberships", times=1))

    receipts = portal.sink.apply([lists(one, key="1"), lists(two, name="calls", key="2")])

    assert outcomes(receipts) == [Outcome.UNKNOWN, Outcome.APPLIED]


@pytest.mark.parametrize(
    ("name", "said"),
    [("hot", "DYNAMIC"), ("gone", "List does not exist"), ("other", "names no list")],
)
def test_a_list_that_takes_nobody_is_refused_with_the_reason(name: str, said: str) -> None:
    portal = Portal()
    good, contact = (portal.contact(email=f"{n}@example.com") for n in "ab")

    receipts = portal.sink.apply([lists(contact, name=name, key="1"), lists(good, key="2")])

    assert outcomes(receipts) == [Outcome.REFUSED, Outcome.APPLIED]
    assert said in receipts[0].message


def test_two_changes_of_one_contact_on_one_list_keep_their_order() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")

    receipts = portal.sink.apply([lists(contact, key="1"), lists(contact, "remove", key="2")])

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.TRY_LATER]
    assert portal.members() == [contact]


def test_no_scope_for_lists_stops_and_names_it() -> None:
    portal = Portal()
    contact = portal.contact(email="a@example.com")
    bench = Bench(
        changes={"lists": {"nurture": "1"}},
        options={"scopes": frozenset({"crm.objects.contacts.write"})},
    )

    with pytest.raises(Stopped, match=r"crm\.lists\.write"):
        bench.sink.apply([lists(contact)])


def test_a_write_without_a_contact_needs_no_call() -> None:
    portal = Portal()
    before = sum(portal.hubspot.calls.values())

    receipts = portal.sink.apply([lists(None, key="1"), replace(sets(None), key="2")])

    assert outcomes(receipts) == [Outcome.REFUSED] * 2
    assert sum(portal.hubspot.calls.values()) == before


def test_lists_travel_in_a_lane_of_their_own() -> None:
    sink = Portal().sink

    assert sink.lane(lists("1")) == "lists"
    assert sink.lane(sets("1")) == "properties"
    assert sink.lanes["lists"] >= 1


# what an account lacks


def test_lists_that_do_not_fit_are_named_before_the_first_lead_is_lost() -> None:
    told = " / ".join(Portal().connector.probe())

    assert "there is no list 9 (gone)" in told
    assert "list 2 (hot) fills itself" in told
    assert "nurture" not in told


def test_a_field_to_write_that_the_account_does_not_have_is_named() -> None:
    fields = (*FIELDS, FieldMapping("wish", "no_such_property", Direction.WRITE))

    told = Portal(contact_fields=fields).connector.probe()

    assert any(each.startswith("contacts have no property no_such_property:") for each in told)
