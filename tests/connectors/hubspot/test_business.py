"""Companies and deals where HubSpot is the CRM: what leads are matched with, what came of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.figures.orders import opportunities_of
from slasync.domain.identity.company import CONTACTS_COMPANY, Companies, Company, KeyKind
from slasync.domain.lead import Ref
from slasync.errors import Stopped
from slasync.ports import ActivityReading, Ask, CompanyReading, PersonReading, Reading
from slasync.sandbox.hubspot.options import ALL_SCOPES
from slasync.store.unit import reading, transaction
from slasync.systems import AccountsConfig, OpportunitiesConfig
from slasync.workers.pulling.ingest import Rules, ingest
from tests.connectors.contract_source import people, read_all
from tests.connectors.hubspot.portal import PortalRig

READ: dict[str, Any] = {
    "accounts": AccountsConfig(domain_fields=("domain", "website")),
    "opportunities": OpportunitiesConfig(),
}
PIPELINES = "GET /crm/v3/pipelines/deals"
HOUR = timedelta(hours=1)


@pytest.fixture
def rig() -> PortalRig:
    return PortalRig(crm=READ)


def company(rig: PortalRig, **values: str) -> str:
    return rig.hubspot.create("companies", {"name": "Acme GmbH", "domain": "acme.com"} | values)


def deal(rig: PortalRig, *leads: Ref, **values: str) -> str:
    known = {"dealname": "Acme 1", "amount": "1200.50", "dealstage": "contractsent"}
    made = rig.hubspot.create("deals", known | {"pipeline": "default"} | values)
    for lead in leads:
        rig.hubspot.tie("deals", made, "contacts", lead.id)
    return made


def companies(rig: PortalRig, since: datetime | None = None) -> dict[str, Company]:
    read = read_all(rig, "accounts", since)
    return {each.company.key: each.company for each in read if isinstance(each, CompanyReading)}


def deals(rig: PortalRig, since: datetime | None = None) -> list[ActivityReading]:
    read = read_all(rig, "opportunities", since)
    return [each for each in read if isinstance(each, ActivityReading)]


def test_neither_is_a_stream_unless_it_is_to_be_read() -> None:
    streams = PortalRig().source.streams
    assert not {"hubspot.accounts", "hubspot.opportunities"} & {*streams}
    assert {"hubspot.accounts", "hubspot.opportunities"} < {*PortalRig(crm=READ).source.streams}


def test_a_company_is_read_with_owner_domains_and_parent(rig: PortalRig) -> None:
    rep, parent = rig.rep(), company(rig, name="Holding", domain="holding.com")
    key = company(
        rig, website="https://www.acme.de/shop", hubspot_owner_id=rep, hs_parent_company_id=parent
    )
    found = companies(rig)[key]
    assert (found.name, found.owner, found.parent) == ("Acme GmbH", rep, parent)
    assert found.domains == ("acme.com", "acme.de")
    assert not found.deleted


def test_companies_that_changed_are_found_by_search(rig: PortalRig) -> None:
    company(rig)
    rig.clock.advance(60)
    since = rig.clock.now()
    rig.clock.advance(60)
    changed = company(rig, name="Later AG", domain="later.com")
    assert list(companies(rig, since)) == [changed]
    assert rig.hubspot.calls["POST /crm/v4/associations/companies/contacts/batch/read"] == 0


def test_a_merged_company_leads_to_the_one_that_stayed(rig: PortalRig) -> None:
    first, second = company(rig), company(rig, name="Acme 2", domain="acme.org")
    stays = rig.hubspot.merge("companies", first, second)
    known = companies(rig)
    assert {known[old].merged_into for old in (first, second)} == {stays}
    found = Companies(known.values()).found([(KeyKind.COMPANY, first)])
    assert stays in {each.key for each in found}


def test_a_company_in_the_bin_is_read_as_deleted(rig: PortalRig) -> None:
    key = company(rig)
    rig.hubspot.archive("companies", key)
    told = [each for each in read_all(rig, "archived") if isinstance(each, CompanyReading)]
    assert [(each.company.key, each.company.deleted) for each in told] == [(key, True)]


def test_a_lead_tells_whose_contact_it_is_and_so_does_a_change_of_that(rig: PortalRig) -> None:
    lead, acme, other = rig.lead(), company(rig), company(rig, name="Other", domain="other.com")
    rig.hubspot.tie("contacts", lead.id, "companies", acme)
    assert people(rig)[lead].fields[CONTACTS_COMPANY] == acme
    rig.clock.advance(60)
    since = rig.clock.now()
    rig.hubspot.untie("contacts", lead.id, "companies", acme)
    rig.hubspot.tie("contacts", lead.id, "companies", other)
    assert people(rig, since)[lead].fields[CONTACTS_COMPANY] == other


def test_where_companies_are_not_read_a_lead_names_none() -> None:
    rig = PortalRig()
    lead = rig.lead()
    rig.hubspot.tie("contacts", lead.id, "companies", company(rig))
    assert CONTACTS_COMPANY not in people(rig)[lead].fields


def test_a_deal_is_the_opportunity_of_its_contacts_lead(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.clock.advance(60)
    key = deal(rig, lead, closedate="2026-03-31T12:00:00Z", hubspot_owner_id=rep)
    [told] = deals(rig)
    assert (told.about, told.kind) == (lead, FactKind.OPPORTUNITY)
    assert told.data == {
        "id": key, "created": rig.clock.now().isoformat(), "stage": "Contractsent",
        "amount": 1200.5, "probability": 0.9, "closes": "2026-03-31", "closed": False,
        "won": False, "currency": "", "account": "", "owner": rep, "deleted": False,
    }  # fmt: skip


def test_the_day_of_closing_is_a_day_in_the_accounts_zone(rig: PortalRig) -> None:
    assert rig.connector.account  # has told the zone: Berlin
    deal(rig, rig.lead(), closedate="2026-03-31T22:30:00Z")
    assert deals(rig)[0].data["closes"] == "2026-04-01"


@pytest.mark.parametrize(("stage", "won"), [("closedwon", True), ("closedlost", False)])
def test_a_deal_that_is_closed_was_won_or_lost(rig: PortalRig, stage: str, won: bool) -> None:  # noqa: FBT001
    deal(rig, rig.lead(), dealstage=stage)
    [told] = deals(rig)
    assert (told.data["closed"], told.data["won"]) == (True, won)


def test_each_version_of_a_deal_is_told_once_however_often_it_is_read(rig: PortalRig) -> None:
    lead = rig.lead()
    rig.clock.advance(60)
    since = rig.clock.now()
    key = deal(rig, lead)
    first = deals(rig, since)
    assert [each.ref for each in deals(rig, since)] == [each.ref for each in first]
    rig.clock.advance(60)
    rig.hubspot.update("deals", key, {"dealstage": "closedwon"})
    [later] = deals(rig, since)
    assert later.ref not in {each.ref for each in first}
    assert rig.hubspot.calls[PIPELINES] == 1  # what stages are called is asked for once


def test_a_deal_of_nobody_is_nobodys(rig: PortalRig) -> None:
    deal(rig)
    assert deals(rig) == []


def test_an_amount_that_is_none_is_set_aside_and_the_others_go_on(rig: PortalRig) -> None:
    lead = rig.lead()
    broken, good = deal(rig, lead), deal(rig, lead)
    portal = rig.hubspot.portal
    portal.table(portal.kind("deals")).live[int(broken)].properties["amount"] = "lots"  # type: ignore[index]
    [answer] = rig.source.read([Ask("hubspot.opportunities", rig.source.vendor_now())])
    assert [each.id for each in answer.rejected] == [broken]
    assert [r.data["id"] for r in answer.readings if isinstance(r, ActivityReading)] == [good]


def test_a_deal_that_is_read_twice_is_one_opportunity_of_its_lead(
    rig: PortalRig, sqlite_engine: Engine
) -> None:
    lead = rig.lead()
    deal(rig, lead)
    pages: list[list[Reading]] = [
        [each for each in people(rig).values() if isinstance(each, PersonReading)],
        [*deals(rig)],
        [*deals(rig)],
    ]
    for page in pages:
        with transaction(sqlite_engine) as unit:
            rules = Rules(watched=frozenset(), crm="hubspot")
            ingest(unit, page, rules, rig.clock.now(), baseline=False)
    with reading(sqlite_engine) as unit:
        [(_, facts)] = unit.facts.of(unit.leads.all_keys()).items()
    [found] = opportunities_of(facts)
    assert found.amount is not None
    assert float(found.amount) == 1200.5


def test_the_live_check_names_the_property_that_companies_lack() -> None:
    config = {"accounts": AccountsConfig(domain_fields=("domain", "domains"))}
    problems = PortalRig(crm=config).connector.probe()
    assert [each for each in problems if "companies" in each] == [
        "companies have no property domains: correct crm.accounts.domain_fields in connector.yaml"
    ]
    assert not [each for each in PortalRig(crm=READ).connector.probe() if "compan" in each]


@pytest.mark.parametrize(
    ("crm", "scope"),
    [("accounts", "crm.schemas.companies.read"), ("opportunities", "crm.objects.deals.read")],
)
def test_the_live_check_names_the_scope_that_is_lacking(crm: str, scope: str) -> None:
    rig = PortalRig(crm={crm: READ[crm]}, options={"scopes": ALL_SCOPES - {scope}})
    with pytest.raises(Stopped, match=scope.replace(".", r"\.")):
        rig.connector.probe()
