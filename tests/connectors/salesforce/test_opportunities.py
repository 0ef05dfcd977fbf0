"""Opportunities that leads were converted to are read, each version as a fact; others are not."""

from typing import Any

import pytest

from slasync.connectors.salesforce.opportunities import opportunity
from slasync.connectors.salesforce.people import Context
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.ports import ActivityReading
from slasync.systems import OpportunitiesConfig
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
