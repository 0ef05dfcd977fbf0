"""HubSpot's own connector to Salesforce, as it works in accounts where slasync comes second."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slasync.sandbox.hubspot.people import CONNECTOR
from slasync.sandbox.native_sync import NO_COMPANY, Prefers, Rules
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.town import build, connect
from slasync.sandbox.world import World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUN = timedelta(minutes=16)  # one run of the connector lies in it
ADA = {"email": "ada@acme.example", "firstname": "Ada", "lastname": "Albrecht"}


class Pair:
    """Both systems and the connector between them."""

    def __init__(self, **rules: Any) -> None:
        self.clock = Driven(MONDAY)
        self.town = build(World(self.clock.now))
        self.crm, self.hub = self.town.salesforce, self.town.hubspot
        self.sync = connect(self.town, Rules(**rules))

    def later(self, length: timedelta = RUN) -> None:
        pass_time(self.clock, self.town.world.agenda, self.clock.now() + length)

    def contact(self, **more: str) -> str:
        return self.hub.create("contacts", {**ADA, **more})

    def lead(self, **more: Any) -> str:
        fields = {"LastName": "Albrecht", "Company": "Acme", "Email": ADA["email"], **more}
        return self.crm.create("Lead", fields, self.town.users["ana"])

    def shown(self, contact: str) -> dict[str, str]:
        return self.hub.get("contacts", contact)

    def row(self, id_: str, name: str = "Lead") -> Mapping[str, Any]:
        row = self.crm.get(name, id_)
        assert row is not None
        return row


def test_a_contact_becomes_a_lead_whose_id_it_keeps() -> None:
    it = Pair()
    contact = it.contact(jobtitle="CTO")
    it.later()
    lead = it.row(it.shown(contact)["salesforceleadid"])
    assert (lead["FirstName"], lead["Title"], lead["Company"]) == ("Ada", "CTO", NO_COMPANY)
    assert it.row(lead["OwnerId"], "User")["LastName"] == "Connector"
    assert it.shown(contact)["salesforceownerid"] == lead["OwnerId"]


def test_whoever_owns_the_contact_owns_the_lead() -> None:
    it = Pair()
    contact = it.contact(hubspot_owner_id=it.town.owners["ben"])
    it.later()
    assert it.row(it.shown(contact)["salesforceleadid"])["OwnerId"] == it.town.users["ben"]


def test_only_contacts_on_the_inclusion_list_become_leads() -> None:
    it = Pair(includes=lambda row: row.get("lifecyclestage") == "marketingqualifiedlead")
    contact = it.contact()
    it.later()
    assert "salesforceleadid" not in it.shown(contact)
    it.hub.update("contacts", contact, {"lifecyclestage": "marketingqualifiedlead"})
    it.later()
    assert it.shown(contact)["salesforceleadid"]


def test_somebody_whose_email_salesforce_knows_is_tied_and_not_made_again() -> None:
    it = Pair()
    lead = it.lead()
    it.later(timedelta(minutes=1))
    contact = it.contact()
    it.later()
    assert it.shown(contact)["salesforceleadid"] == lead
    assert len(list(it.crm.rows("Lead"))) == 1


def test_a_lead_of_salesforce_becomes_a_contact_with_its_values_and_its_owner() -> None:
    it = Pair()
    lead = it.lead(FirstName="Ada")
    it.later()
    [contact] = it.hub.rows("contacts")
    assert (contact["salesforceleadid"], contact["firstname"]) == (lead, "Ada")
    assert contact["hubspot_owner_id"] == it.town.owners["ana"]


def test_no_contact_is_made_of_a_lead_where_the_setup_says_so_or_it_has_no_email() -> None:
    closed, nameless = Pair(makes_contacts=False), Pair()
    closed.lead()
    nameless.lead(Email=None)
    for it in (closed, nameless):
        it.later()
        assert list(it.hub.rows("contacts")) == []


@pytest.mark.parametrize(
    ("prefers", "before", "after"),
    [
        (Prefers.LATER, "0301", "0302"),  # the contact was changed last
        (Prefers.SALESFORCE, "0301", "0301"),
        (Prefers.UNLESS_BLANK, "0301", "0301"),
        (Prefers.UNLESS_BLANK, None, "0302"),
    ],
)
def test_a_change_in_hubspot_stands_by_the_rule_of_its_field(
    prefers: Prefers, before: str | None, after: str
) -> None:
    it = Pair(fields={"email": ("Email", Prefers.LATER), "phone": ("Phone", prefers)})
    lead, contact = it.lead(Phone=before), it.contact()
    it.later()
    it.hub.update("contacts", contact, {"phone": "0302"})
    it.later()
    assert it.row(lead)["Phone"] == it.shown(contact)["phone"] == after


def test_of_two_changes_between_two_runs_the_later_stands() -> None:
    it = Pair()
    lead, contact = it.lead(), it.contact()
    it.later()
    it.hub.update("contacts", contact, {"phone": "0302"})
    it.later(timedelta(minutes=2))
    it.crm.update("Lead", lead, {"Phone": "0301"}, it.town.users["ana"])
    it.later()
    assert it.row(lead)["Phone"] == it.shown(contact)["phone"] == "0301"


def test_what_the_connector_wrote_it_does_not_take_up_again() -> None:
    it = Pair()
    it.contact()
    it.later()
    before = len(it.town.world.journal)
    it.later(timedelta(hours=6))
    assert len(it.town.world.journal) == before


def converted(it: Pair, lead: str) -> tuple[str, str]:
    made = it.crm.convert_lead(lead, it.town.users["ana"])["contact"]
    assert made is not None
    return "salesforcecontactid", made


def merged(it: Pair, lead: str) -> tuple[str, str]:
    other = it.lead(Email="other@acme.example")
    it.crm.merge_leads(other, [lead], it.town.users["ana"])
    return "salesforceleadid", other


def deleted(it: Pair, lead: str) -> tuple[str, str]:
    it.crm.delete("Lead", lead, it.town.users["ana"])
    return "salesforcedeleted", "true"


@pytest.mark.parametrize("act", [converted, merged, deleted])
def test_the_contact_tells_what_became_of_its_lead(
    act: Callable[[Pair, str], tuple[str, str]],
) -> None:
    it = Pair()
    contact = it.contact()
    it.later()
    name, value = act(it, it.shown(contact)["salesforceleadid"])
    it.later()
    assert it.shown(contact)[name] == value


def test_a_contact_that_was_converted_goes_with_the_contact_of_salesforce() -> None:
    it = Pair()
    contact = it.contact()
    it.later()
    _, person = converted(it, it.shown(contact)["salesforceleadid"])
    it.later()
    it.crm.update("Contact", person, {"Phone": "0301"}, it.town.users["ana"])
    it.later()
    assert it.shown(contact)["phone"] == "0301"


def test_what_salesforce_refuses_is_listed_and_holds_up_no_other() -> None:
    it = Pair()
    it.crm.add_validation("Lead", lambda _, lead: "No Adas" if lead["LastName"] == "Ada" else None)
    ada = it.contact(lastname="Ada")
    bela = it.hub.create("contacts", {"email": "bela@acme.example", "firstname": "Bela"})
    it.later()
    assert "No Adas" in it.sync.refused[ada]
    assert it.shown(bela)["salesforceleadid"]


def test_the_api_says_which_values_the_connector_set() -> None:
    it = Pair()
    contact = it.contact()
    it.later()
    by = {e.by for e in it.town.world.journal.writes("hubspot", "contacts") if e.id == contact}
    assert CONNECTOR in by
