"""What tests have done by several processes at once, which share nothing but the database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import Engine, text

from slasync.clock import Seams
from slasync.connectors.memory import LANES, SIZES
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.sandbox.world import Chance
from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.unit import retrying, transaction
from slasync.workers.deciding.decide import decide_batch
from slasync.workers.pushing.push import Push
from tests.connectors.in_process import DrivenClock
from tests.store.given import (
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    a_clock,
    a_fact,
    an_update,
    lead,
)
from tests.workers.office import Office

PROCESSES = 4
TOGETHER = 60  # seconds; whoever comes later does not come at all
MOST_FAILURES = 100
_barriers: list[Barrier] = []
Work = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Processes that begin together."""

    pool: ProcessPoolExecutor

    def all(self, work: Work, url: str, *more: Any) -> list[Any]:
        """Have each process do `work(url, its name, *more)`; return what each returned."""
        names = [f"process {number}" for number in range(PROCESSES)]
        doing = [self.pool.submit(_together, work, url, name, *more) for name in names]
        return [one.result(TOGETHER) for one in doing]


@contextmanager
def crowded() -> Iterator[Crowd]:
    """Start the processes; each imports slasync anew."""
    context = get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, _meet_at, (barrier,)) as pool:
        yield Crowd(pool)


def _meet_at(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _together(work: Work, url: str, *more: Any) -> Any:
    _barriers[0].wait(TOGETHER)
    engine = open_engine(url, durable=False)
    try:
        return work(engine, *more)
    finally:
        engine.dispose()


# pieces of work: each is given an engine of its own, and the name of its process


class Ledger:
    """A system whose journal is a table: it knows what was written, by whom, in which order."""

    MAKE = text("CREATE TABLE ledger (id serial PRIMARY KEY, key text, by text)")
    NOTE = text("INSERT INTO ledger (key, by) VALUES (:key, :by)")
    ALL = text("SELECT key FROM ledger ORDER BY id")

    system = "salesforce"
    lanes: Mapping[str, int] = dict.fromkeys(SIZES, 7)

    def __init__(self, engine: Engine, by: str) -> None:
        self._engine, self._by = engine, by

    def lane(self, write: Write) -> str:
        return LANES[write.action]

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        with transaction(self._engine) as unit:
            unit.db.execute(self.NOTE, [{"key": write.key, "by": self._by} for write in writes])
        return [Receipt(Outcome.APPLIED) for _ in writes]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        return dict.fromkeys(refs)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        raise AssertionError(f"{writes} are settled by who sent them")


def push_until_empty(engine: Engine, by: str, now: datetime) -> int:
    """Send what is free at `now`, batch after batch; return how often the step failed."""
    seams = Seams(clock=DrivenClock(now), chance=Chance(1))
    return _persist(Push(engine, seams, Ledger(engine, by), by).run)


def decide_until_nothing_is_due(engine: Engine, _: str, now: datetime, batch: int) -> int:
    """Decide what is due at `now`, batch after batch; return how often the step failed."""
    deciding = Office(engine, DrivenClock(now)).deciding(batch=batch)
    return _persist(lambda: decide_batch(deciding))


def _persist(run: Callable[[], bool]) -> int:
    """Repeat a step until it finds nothing; what others hold is left to them."""
    failures, found = 0, True
    while found and failures < MOST_FAILURES:
        try:
            found = run()
        except TryLater:
            failures += 1
    return failures


def claim_events_until_empty(engine: Engine, by: str) -> list[int]:
    """Claim and finish events, batch after batch; return their numbers."""
    taken: list[int] = []
    while True:
        with transaction(engine) as unit:
            events = unit.inbox.claim(by, NOW, NOW + LEASE, 7)
        if not events:
            return taken
        with transaction(engine) as unit:
            unit.inbox.done([event.id for event in events])
        taken += [event.id for event in events]


def store_the_same(engine: Engine, by: str, leads: int) -> dict[str, int]:
    """Store what all others store as well; return how much of it was new."""
    facts = {lead(number): [a_fact(f"f{n}") for n in range(3)] for number in range(leads)}
    events = [InboxEvent("hubspot", str(number), {"by": by}) for number in range(leads)]

    def store(unit: Any) -> dict[str, int]:
        kept = unit.inbox.add(events, NOW)
        unit.leads.put([an_update(key) for key in facts], NOW)
        new = unit.facts.add(facts)
        unit.leads.mark_dirty(sorted(new), NOW + MINUTE)
        unit.clocks.put([a_clock(key) for key in facts])
        return {"events": kept, "leads": len(new)}

    return retrying(engine, store)


def read_streams(engine: Engine, by: str, streams: list[str]) -> list[tuple[str, int]]:
    """Claim streams and let go of them, again and again; return each term held."""
    held = []
    for _ in range(20):
        with transaction(engine) as unit:
            cursors = unit.cursors.claim(streams, by, NOW, NOW + HOUR)
        held += [(cursor.stream, cursor.term) for cursor in cursors]
        with transaction(engine) as unit:
            assert unit.cursors.settle(cursors, by) == len(cursors)
    return held


def hold_a_lead(url: str, patience: timedelta, pipe: Pipe) -> None:
    """Tell once a lead is held and changed, and again how the transaction ended."""
    engine = open_engine(url, durable=False, patience=patience)
    try:
        with transaction(engine) as unit:
            unit.leads.lock([lead(1)])
            unit.meta.put("color", "late")
            pipe.send("holds")
            pipe.recv()
    except TryLater as error:
        pipe.send(str(error))
    else:
        pipe.send("committed")
    engine.dispose()
