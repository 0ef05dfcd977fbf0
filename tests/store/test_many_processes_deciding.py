"""Four processes decide on one PostgreSQL: the same comes of it as of one, and pools stay fair."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from slasync.domain.caps import Caps
from slasync.domain.facts import FactKind
from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from slasync.workers.deciding.decide import decide_batch
from tests.builders import ANA, BEN, DAY, HOUR, MONDAY
from tests.faults.marks import fault
from tests.postgres import TempPostgres
from tests.store.processes import Crowd, crowded, decide_until_nothing_is_due
from tests.store.rounds import fresh, opened
from tests.workers.office import Office

pytestmark = pytest.mark.postgres
SECONDS = 20  # whoever waits longer waits for ever
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with crowded() as processes:
        yield processes


@pytest.fixture
def office(postgres_url: str) -> Iterator[Office]:
    engine = open_engine(postgres_url, durable=False)
    yield Office(engine)
    engine.dispose()


def owners(office: Office) -> Counter[str]:
    """Count the leads that each member of the pool was given."""
    return Counter(str(fact.data["owner"]) for _, fact in office.facts(FactKind.ROUTED))


@fault("L20")
def test_leads_are_dealt_out_in_turn_however_many_deal(
    crowd: Crowd, office: Office, postgres_url: str
) -> None:
    leads = [office.lead(None) for _ in range(200)]
    crowd.all(decide_until_nothing_is_due, postgres_url, MONDAY + HOUR, 2)
    dealt = owners(office)
    assert sum(dealt.values()) == len(leads)
    assert max(dealt.values()) - min(dealt.values()) <= 1
    assert len(office.writes(Action.CREATE_LEAD)) == len(leads)


@fault("L20")
def test_many_decide_what_one_decides(
    crowd: Crowd, postgres_server: TempPostgres, postgres_template: str
) -> None:
    outcomes = []
    for many in (True, False):
        with fresh(postgres_server, postgres_template) as (url, engine):
            office = Office(engine)
            for number in range(24):
                office.lead((None, ANA, BEN)[number % 3])
            for days in (0, 2, 4):
                now = MONDAY + days * DAY + HOUR
                office.go_on(now - office.clock.now())
                if many:
                    crowd.all(decide_until_nothing_is_due, url, now, 4)
                office.decide()
            outcomes.append(outcome(engine))
    assert outcomes[0] == outcomes[1]


@fault("L20")
def test_a_cap_holds_however_many_decide_at_once(office: Office, postgres_url: str) -> None:
    for _ in range(4):
        office.lead(ANA)
    office.decide()
    office.go_on(DAY + HOUR)  # after an outage: what is due is late
    caps = Caps(per_owner=3, total=100)
    deciding = office.deciding(caps=caps, batch=2)
    with opened(postgres_url) as other, ThreadPoolExecutor(1) as thread:
        begun = Begun(other, office.engine)
        first = thread.submit(decide_batch, replace(deciding, engine=other))
        with begun.before_it_commits():
            second = decide_batch(deciding)
        assert first.result(SECONDS)
        assert second
    states = [v.state for v in office.writes(Action.TASK) if v.write.rung == "day_1"]
    assert states.count(State.PENDING) <= caps.per_owner
    assert len(states) == 4


class Begun:
    """Keeps the first transaction of an engine from its end until another one ends or waits."""

    def __init__(self, engine: Engine, admin: Engine) -> None:
        self._engine, self._admin = engine, admin
        self._decided, self._go_on = threading.Event(), threading.Event()
        event.listen(engine, "commit", self._wait)

    @contextmanager
    def before_it_commits(self) -> Iterator[None]:
        assert self._decided.wait(SECONDS)
        yield
        self._go_on.set()

    def _wait(self, _: Connection) -> None:
        if self._decided.is_set():
            return
        self._decided.set()
        while not self._go_on.is_set() and not self._somebody_waits():
            pass

    def _somebody_waits(self) -> bool:
        with self._admin.connect() as db:
            return bool(db.execute(WAITING).scalar())


def outcome(engine: Engine) -> Any:
    """Return what was decided, but for who of a pool was chosen."""
    with reading(engine) as unit:
        keys = unit.leads.all_keys()
        facts = unit.facts.of(keys)
        return (
            {key: sorted(fact.source_id for fact in facts[key]) for key in keys},
            sorted(view.key for view in unit.outbox.everything()),
            unit.clocks.of(keys),
            {key: len(unit.decisions.of(key)) for key in keys},
        )
