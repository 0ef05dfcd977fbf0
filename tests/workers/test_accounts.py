"""From the CRM's accounts to the mirror: read by the step, found by what leads tell."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.identity.company import CONTACTS_COMPANY, KeyKind
from slasync.domain.lead import Ref
from slasync.sandbox.world import Chance
from slasync.store.unit import reading
from slasync.systems import AccountsConfig
from slasync.workers.pulling.pull import Pace, Pull
from tests.builders import an_agreement
from tests.connectors.salesforce.org import OrgRig
from tests.workers.mirror import RULES

ACCOUNTS = "salesforce.accounts"


@pytest.fixture
def rig() -> OrgRig:
    return OrgRig(changed={"accounts": AccountsConfig()})


def pulling(rig: OrgRig, engine: Engine) -> Pull:
    seams = Seams(clock=rig.clock, chance=Chance(1))
    pace = Pace(
        full=frozenset({"salesforce.users", "salesforce.queues"}),
        slow={ACCOUNTS: timedelta(minutes=15)},
    )
    return Pull(engine, seams, rig.source, RULES, pace, "process 1", an_agreement())


def found(engine: Engine, domain: str) -> list[str]:
    with reading(engine) as unit:
        return [company.name for company in unit.companies.found([(KeyKind.DOMAIN, domain)])]


def test_accounts_come_into_the_mirror_and_follow_what_changes_in_the_crm(
    rig: OrgRig, sqlite_engine: Engine
) -> None:
    org, by = rig.org, rig.org.admin_id
    acme = org.create("Account", {"Name": "Acme GmbH", "Website": "www.acme.com"}, by)
    person = org.create("Contact", {"LastName": "Ann", "AccountId": acme}, by)
    pull = pulling(rig, sqlite_engine)
    rig.clock.advance(5)
    while pull.run():
        pass
    assert found(sqlite_engine, "acme.com") == ["Acme GmbH"]
    with reading(sqlite_engine) as unit:
        ref = Ref("salesforce", "contact", person)
        assert unit.records.current([ref])[ref].fields[CONTACTS_COMPANY] == acme
        ((_, lead),) = unit.leads.get(unit.leads.all_keys()).items()
        assert lead.fields[CONTACTS_COMPANY] == acme  # routing is asked by the lead's fields
    org.update("Account", acme, {"Website": "acme.de"}, by)
    rig.clock.advance(16 * 60)
    while pull.run():
        pass
    assert (found(sqlite_engine, "acme.com"), found(sqlite_engine, "acme.de")) == (
        [],
        ["Acme GmbH"],
    )
    org.delete("Account", acme, by)
    rig.clock.advance(16 * 60)
    while pull.run():
        pass
    assert found(sqlite_engine, "acme.de") == []
