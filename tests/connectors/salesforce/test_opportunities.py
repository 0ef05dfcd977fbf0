"""Opportunities that leads were converted to are read, each version as a fact; others are not."""

from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.opportunities import opportunity
from slasync.connectors.salesforce.people import Context
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.ports import ActivityReading, Ask
from slasync.systems import OpportunitiesConfig
from tests.builders import MINUTE
from tests.connectors.contract_source import read_all
from tests.connectors.salesforce.org import OrgRig


@pytest.fixture
def rig() -> OrgRig:
    return OrgRig(changed={"opportunities": OpportunitiesConfig()})


def converted(rig: OrgRig) -> str:
    """Convert a lead; return the opportunity that was made of it."""
    by = rig.org.admin_id
    lead = rig.org.create("Lead", {"LastName": "Ann", "Company": "Acme"}, by)
    made = rig.org.convert_lead(lead, by, with_opportunity=True)["opportunity"]
    assert made
    return made


def versions(rig: OrgRig) -> list[ActivityReading]:
    return [r for r in read_all(rig, "opportunities") if isinstance(r, ActivityReading)]


def test_an_opportunity_of_a_converted_lead_is_told_of_that_lead(rig: OrgRig) -> None:
    made = converted(rig)
    changes = {"Amount": 1200.5, "CloseDate": "2026-05-01", "StageName": "Closed Won"}
    rig.org.update("Opportunity", made, changes, rig.org.admin_id)

    (told,) = versions(rig)

    assert (told.kind, told.about) == (
        FactKind.OPPORTUNITY, Ref("salesforce", "opportunity", made),
    )  # fmt: skip
    assert (told.data["amount"], told.data["closes"]) == (1200.5, "2026-05-01")
    assert (told.data["closed"], told.data["won"]) == (True, True)
    assert told.data["probability"] == 1


def test_an_opportunity_that_nobody_s_lead_became_is_not_read(rig: OrgRig) -> None:
    fields = {"Name": "Own", "StageName": "Prospecting", "CloseDate": "2026-05-01"}
    rig.org.create("Opportunity", fields, rig.org.admin_id)
    assert versions(rig) == []


def test_each_version_is_another_fact(rig: OrgRig) -> None:
    made = converted(rig)
    (first,) = versions(rig)
    rig.clock.advance(60)
    rig.org.update("Opportunity", made, {"Amount": 5.0}, rig.org.admin_id)

    (second,) = versions(rig)

    assert first.ref != second.ref
    assert first.about == second.about


def test_a_deleted_opportunity_is_told_as_deleted(rig: OrgRig) -> None:
    made = converted(rig)
    rig.org.delete("Opportunity", made, rig.org.admin_id)
    (told,) = versions(rig)
    assert told.data["deleted"]


def test_where_nobody_asks_opportunities_are_not_read() -> None:
    assert "salesforce.opportunities" not in OrgRig().source.streams


def test_an_amount_that_is_none_is_refused(rig: OrgRig) -> None:
    row: dict[str, Any] = {
        "Id": "006000000000001AAA", "OwnerId": None, "StageName": "Open", "Amount": "much",
        "CloseDate": None, "IsClosed": False, "IsWon": False, "IsDeleted": False,
        "CreatedDate": "2026-03-02T09:00:00.000+0000", "LastModifiedById": None,
        "SystemModstamp": "2026-03-02T09:00:00.000+0000",
    }  # fmt: skip
    context = Context(rig.config, "", rig.clock.now())
    with pytest.raises(ValueError, match="Amount holds str, not a number"):
        list(opportunity(row, context))


@pytest.mark.parametrize(
    ("hidden", "what"),
    [
        ("Amount", "what orders are worth is not known"),
        ("Probability", "what orders are to be expected is not known"),
        ("StageName", "does not exist or is hidden"),
    ],
)
def test_the_live_check_names_what_figures_a_hidden_field_takes(hidden: str, what: str) -> None:
    rig = OrgRig(changed={"opportunities": OpportunitiesConfig()})
    assert not [each for each in rig.connector.probe() if "Opportunity" in each]
    rig.org.remove_field("Opportunity", hidden)
    [told] = [each for each in rig.connector.probe() if "Opportunity" in each]
    assert told.startswith(f"Opportunity.{hidden} ")
    assert what in told


# -- made by hand: the contact's role tells whose they are


def made_by_hand(rig: OrgRig, roles: str) -> tuple[str, list[str]]:
    """Make an opportunity with a contact for each letter, P for the primary one; return them."""
    by, org = rig.org.admin_id, rig.org
    fields = {"Name": "Own", "StageName": "Prospecting", "CloseDate": "2026-05-01", "Amount": 7}
    deal = org.create("Opportunity", fields, by)
    contacts = [org.create("Contact", {"LastName": f"Lee {n}"}, by) for n, _ in enumerate(roles)]
    for contact, letter in zip(contacts, roles, strict=True):
        role = {"OpportunityId": deal, "ContactId": contact, "IsPrimary": letter == "P"}
        org.create("OpportunityContactRole", role, by)
    return deal, contacts


def by_roles(rig: OrgRig, **asked: Any) -> list[ActivityReading]:
    readings = read_all(rig, "opportunity_roles", **asked)
    return [r for r in readings if isinstance(r, ActivityReading)]


def test_an_opportunity_made_by_hand_is_told_of_each_contact_with_a_role_in_it(
    rig: OrgRig,
) -> None:
    deal, (lee, other) = made_by_hand(rig, "Po")
    told = {each.about: each.data for each in by_roles(rig)}
    assert {about.id: data["role"] for about, data in told.items()} == {
        lee: "primary", other: "other",
    }  # fmt: skip
    assert told[Ref("salesforce", "contact", lee)]["id"] == deal
    assert told[Ref("salesforce", "contact", lee)]["amount"] == 7


def test_what_changes_of_the_opportunity_or_of_the_role_is_told_and_nothing_else(
    rig: OrgRig,
) -> None:
    deal, (lee, other) = made_by_hand(rig, "Po")
    made_by_hand(rig, "P")
    by_roles(rig)
    rig.clock.advance(600)

    def news() -> list[tuple[str, str, Any]]:
        found = by_roles(rig, since=rig.clock.now() - MINUTE)
        return [(each.about.id, each.data["role"], each.data["amount"]) for each in found]

    assert news() == []
    rig.org.update("Opportunity", deal, {"Amount": 9}, rig.org.admin_id)
    assert sorted(news()) == sorted([(lee, "primary", 9), (other, "other", 9)])
    rig.clock.advance(600)
    role = next(r for r in rig.org.rows("OpportunityContactRole") if r["ContactId"] == other)
    rig.org.update("OpportunityContactRole", role["Id"], {"IsPrimary": True}, rig.org.admin_id)
    assert sorted(news()) == sorted([(lee, "other", 9), (other, "primary", 9)])


def test_one_that_is_deleted_is_told_as_deleted(rig: OrgRig) -> None:
    deal, _ = made_by_hand(rig, "P")
    (before,) = by_roles(rig)
    rig.clock.advance(60)
    rig.org.delete("Opportunity", deal, rig.org.admin_id)
    (told,) = by_roles(rig)
    assert told.data == {"id": deal, "deleted": True, "role": "primary"}
    assert (told.about, told.occurred_at) == (before.about, before.occurred_at + MINUTE)


def test_without_the_fields_of_some_organisations_the_rest_is_read(rig: OrgRig) -> None:
    made_by_hand(rig, "P")
    rig.org.remove_field("Opportunity", "Amount")
    (told,) = by_roles(rig)
    assert (told.data["amount"], told.data["currency"]) == (None, "")


def test_many_roles_are_read_page_by_page_and_never_by_files() -> None:
    rig = OrgRig(changed={
        "opportunities": OpportunitiesConfig(), "page_size": 200, "bulk_read_from": 300,
    })  # fmt: skip
    made_by_hand(rig, 450 * "o")
    assert len(by_roles(rig)) == 450
    assert not rig.calls(Lane.BACKFILL)


def test_they_cost_no_call_more_than_the_others() -> None:
    rig = OrgRig(changed={"opportunities": OpportunitiesConfig()})
    made_by_hand(rig, "P")
    asks = [Ask(f"salesforce.{name}", rig.clock.now()) for name in (
        "opportunities", "opportunity_roles",
    )]  # fmt: skip
    rig.source.read(asks)  # and learn which columns there are
    before = rig.calls(*Lane)
    assert not any(answer.error for answer in rig.source.read(asks))
    assert rig.calls(*Lane) == before + 1


def test_roles_are_not_read_where_nobody_wants_them() -> None:
    rig = OrgRig(changed={"opportunities": OpportunitiesConfig(contact_roles=False)})
    assert "salesforce.opportunity_roles" not in rig.source.streams
    assert "salesforce.opportunities" in rig.source.streams


def test_the_live_check_says_that_roles_are_hidden(rig: OrgRig) -> None:
    rig.org.remove_object("OpportunityContactRole")
    told = [each for each in rig.connector.probe() if "OpportunityContactRole" in each]
    assert told
    assert all("does not exist or is hidden" in each for each in told)
