"""Routing in the step: rules, loads counted from the database, pools that agree with the facts."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import Fact, FactKind
from slasync.domain.identity.company import Company
from slasync.domain.identity.company_match import MatchTerms
from slasync.domain.lead import Fields, LeadKey, Member, Pool
from slasync.domain.routing import standings
from slasync.domain.routing_rules import Routing
from slasync.domain.writes import Action
from slasync.store.companies import StoredCompany
from slasync.store.engine import open_engine
from slasync.store.leads import LeadUpdate
from slasync.store.tables import POOL as POOLS
from slasync.store.unit import reading, transaction
from tests.builders import ANA, BEN, CHI, DAY, HOUR, MINUTE, POOL, QUEUE, an_agreement, called
from tests.domain.test_routing_rules import TO_OWNER
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.store.given import measured
from tests.workers.office import Office


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


def limited(**changes: Any) -> dict[str, Pool]:
    """The pool, with the same limits for each of its members."""
    return {POOL.name: replace(POOL, of=dict.fromkeys(POOL.members, Member(**changes)))}


def owners(office: Office) -> Counter[str]:
    return Counter(str(fact.data["owner"]) for _, fact in office.facts(FactKind.ROUTED))


def agree(office: Office) -> bool:
    """Compare the pool's row with what the facts of routing tell."""
    with reading(office.engine) as unit:
        return dict(unit.pools.peek(POOL.name)) == standings(
            POOL.members, *unit.pools.dealt(POOL.name)
        )


# from history


def test_where_a_pool_stands_is_what_the_facts_tell(engine: Engine) -> None:
    office = Office(engine)
    for _ in range(7):
        office.lead(owner=None)
    office.decide()
    assert agree(office)
    away = {POOL.name: replace(POOL, members=POOL.members[1:])}
    for _ in range(5):
        office.lead(owner=None)
    office.decide(pools=away)
    assert agree(office)


def test_a_pools_row_that_is_lost_is_made_of_the_facts(engine: Engine) -> None:
    office = Office(engine)
    for _ in range(4):
        office.lead(owner=None)
    office.decide()
    with transaction(engine) as unit:
        unit.db.execute(POOLS.delete())
    for _ in range(2):
        office.lead(owner=None)
    office.decide()
    assert agree(office)
    assert owners(office) == {ANA.key: 2, BEN.key: 2, CHI.key: 2}


def test_a_pool_dealt_by_an_earlier_version_goes_on_from_its_counts(office: Office) -> None:
    with transaction(office.engine) as unit:
        unit.pools.locked(POOL.name)
        unit.pools.save(POOL.name, dict(zip(POOL.members, (3, 2, 3), strict=True)))
    office.lead(owner=None)
    office.decide()
    assert owners(office) == {BEN.key: 1}


# loads


def test_nobody_is_given_more_than_his_limit_within_one_tick(office: Office) -> None:
    for _ in range(8):
        office.lead(owner=None)
    office.decide(pools=limited(most_a_day=2))
    assert owners(office) == {ANA.key: 2, BEN.key: 2, CHI.key: 2, QUEUE.key: 2}


def test_what_was_given_yesterday_does_not_count_today(office: Office) -> None:
    for _ in range(6):
        office.lead(owner=None)
    office.decide(pools=limited(most_a_day=2))
    office.go_on(DAY)
    for _ in range(3):
        office.lead(owner=None, at=office.clock.now())
    office.decide(pools=limited(most_a_day=2))
    assert owners(office) == {ANA.key: 3, BEN.key: 3, CHI.key: 3}


def test_open_leads_count_whoever_gave_them_and_those_on_their_way_too(office: Office) -> None:
    for _ in range(2):
        office.lead(ANA)  # hers already
    office.decide(pools=limited(most_open=2))
    for _ in range(5):
        office.lead(owner=None)
    office.decide(pools=limited(most_open=2))
    given = [str(v.write.values["owner"]) for v in office.writes(Action.CREATE_LEAD)]
    assert Counter(given) == {BEN.key: 2, CHI.key: 2, QUEUE.key: 1}


def test_a_lead_that_is_finished_does_not_count(office: Office) -> None:
    lead = office.lead(ANA)
    office.decide(pools=limited(most_open=1))
    office.go_on(HOUR)
    ended = Fact(
        kind=FactKind.CONVERTED,
        occurred_at=office.clock.now(),
        seen_at=office.clock.now(),
        source="salesforce",
        source_id="converted",
    )
    office.learn(lead, ended)
    office.decide(pools=limited(most_open=1))
    office.go_on(2 * HOUR)
    office.lead(owner=None, at=office.clock.now())
    office.decide(pools=limited(most_open=1))
    assert office.facts(FactKind.ROUTED)[-1][1].data["owner"] == ANA.key


@pytest.mark.parametrize("finished", [5, 60])
def test_counting_loads_costs_no_more_for_all_that_was_finished_before(
    office: Office, finished: int
) -> None:
    for _ in range(finished):
        lead = office.lead(ANA)
        office.learn(lead, called(office.clock.now() + MINUTE))
    office.decide()
    with transaction(office.engine) as unit:
        db = unit.pools._db  # noqa: SLF001 - leads of long ago, which no step would make
        db.exec_driver_sql("UPDATE lead SET sla_state = 'converted'")
        db.exec_driver_sql("UPDATE fact SET seen_at = '2020-01-01 00:00:00.000000'")
    now = office.clock.now()
    with measured(office.engine) as effort, reading(office.engine) as unit:
        loads = unit.pools.loads([ANA.key], now - DAY, now)
    assert (loads[ANA.key].open, loads[ANA.key].today) == (0, 0)
    assert effort.steps < 600  # of SQLite's machine: the same for five leads and for sixty


@fault("L20")
@pytest.mark.postgres
def test_a_limit_holds_however_many_decide(postgres_url: str) -> None:
    engines = [open_engine(postgres_url, durable=False) for _ in range(2)]
    office = Office(engines[0])
    for _ in range(40):
        office.lead(owner=None)
    pools = limited(most_a_day=5)

    def work(engine: Engine) -> None:
        office.decide(engine=engine, batch=3, pools=pools)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, engines))
    assert owners(office) == {ANA.key: 5, BEN.key: 5, CHI.key: 5, QUEUE.key: 25}
    for engine in engines:
        engine.dispose()


# alarms


@pain("P18")
def test_leads_that_nobody_of_a_pool_could_take_are_counted_for_health(engine: Engine) -> None:
    office = Office(engine)
    for _ in range(5):
        office.lead(owner=None)
    office.decide(pools=limited(most_a_day=1))
    now = office.clock.now()
    with reading(engine) as unit:
        assert unit.pools.unfilled(now - DAY) == {POOL.name: 2}
        assert unit.pools.unfilled(now + MINUTE) == {}
        assert unit.pools.put_off(now) == 0


def test_leads_that_nobody_at_all_can_take_are_counted_until_somebody_can(office: Office) -> None:
    office.lead(owner=None)
    alone = {POOL.name: replace(POOL, members=("gone@sandbox.example",), queue=None)}
    office.decide(pools=alone)
    with reading(office.engine) as unit:
        assert unit.pools.put_off(office.clock.now()) == 1
    office.go_on(timedelta(minutes=15))
    office.decide()
    with reading(office.engine) as unit:
        assert unit.pools.put_off(office.clock.now()) == 0
    assert owners(office) == {ANA.key: 1}


# what is written down


def test_the_rules_that_were_passed_over_are_kept_with_decision_and_fact(office: Office) -> None:
    office.agreement = an_agreement(routing=Routing((TO_OWNER,)))
    lead: LeadKey = office.lead(owner=None)
    office.decide()
    with reading(office.engine) as unit:
        (decision,) = unit.decisions.of(lead)
    why = "own_accounts: the CRM has no contact of this person that somebody owns"
    assert any(why in line for line in decision.because)
    (creation,) = office.writes(Action.CREATE_LEAD)
    assert why in creation.write.because
    ((_, fact),) = office.facts(FactKind.ROUTED)
    assert fact.data["missed"] == [why]


# accounts of the CRM


def test_a_lead_goes_to_the_owner_of_its_account_as_the_mirror_has_it(office: Office) -> None:
    office.agreement = an_agreement(routing=Routing((TO_OWNER,), companies=MatchTerms()))
    acme = Company("001A", "Acme GmbH", CHI.key, ("acme.com",))
    with transaction(office.engine) as unit:
        unit.companies.put([StoredCompany(acme, office.clock.now(), {})], office.clock.now())
    lead = office.lead(owner=None)
    with transaction(office.engine) as unit:
        fields: Fields = {"email": "ann@acme.com", "score": 80}
        unit.leads.put([LeadUpdate(lead, None, fields, office.clock.now())], office.clock.now())
    office.decide()
    ((_, fact),) = office.facts(FactKind.ROUTED)
    assert (fact.data["owner"], fact.data["company"]) == (CHI.key, "001A")
