"""The daemon's steps at work on a database that may fail them, each repeated as the daemon does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Engine, text

from slasync.clock import Seams
from slasync.connectors.hubspot.webhook import Delivery, Event
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.ports import Rejected
from slasync.sandbox.world import Chance
from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.outbox_values import State
from slasync.store.tables import METADATA
from slasync.store.unit import reading, transaction
from slasync.web.keeping import keeper
from slasync.workers.deciding.decide import decide_batch
from slasync.workers.pulling.inbox import Inbox
from slasync.workers.pulling.pull import Pull
from slasync.workers.pushing.push import Push
from tests.builders import ANA, MONDAY, an_agreement
from tests.connectors.in_process import DrivenClock
from tests.postgres import TempPostgres
from tests.workers.given import Bench
from tests.workers.mirror import PACE, RULES, Mirror
from tests.workers.office import Office

MOST = 100
DELIVERY = Delivery(
    tuple(
        Event(f"event {number}", "contact.creation", MONDAY, (Ref("hubspot", "contact", number),))
        for number in ("1", "2")
    ),
    (Rejected("hubspot.webhooks", "odd", "no event", {}),),
)
MINUTE = timedelta(minutes=1)
Run = Callable[[], bool]


class Round(Protocol):
    """Work for one step, told apart from the engine it is done with."""

    def step(self, engine: Engine) -> Run:
        """Return the step, as a process would run it."""

    def wait(self) -> None:
        """Let time pass after a round that found nothing or failed."""

    def finished(self) -> bool:
        """Tell whether nothing is left to be done."""

    def outcome(self) -> Any:
        """Return what came of it: equal for equal effects."""


def persist(work: Round, engine: Engine) -> int:
    """Repeat the step until all is done; return how often it failed."""
    run = work.step(engine)
    failures = 0
    for _ in range(MOST):
        found = False
        try:
            found = run()
        except TryLater:  # any other error means that a failure was not understood
            failures += 1
        if work.finished():
            return failures
        if not found:
            work.wait()
    raise AssertionError(f"not finished after {MOST} rounds, {failures} of them failed")


@dataclass
class Sending:
    """Writes of several lanes: a record made, an owner changed, a task that is read before."""

    engine: Engine
    bench: Bench = field(init=False)

    def __post_init__(self) -> None:
        self.bench = Bench(self.engine)
        self.writes = [self.bench.creation(), self.bench.owner_change(), self.bench.task()]
        self.bench.queue(*self.writes)

    def step(self, engine: Engine) -> Run:
        seams = Seams(clock=self.bench.clock, chance=Chance(1))
        return Push(engine, seams, self.bench.sink, "process").run

    def wait(self) -> None:
        self.bench.advance(MINUTE)

    def finished(self) -> bool:
        return set(self.bench.states(self.writes)) == {State.DONE}

    def outcome(self) -> Any:
        keys = [write.key for write in self.writes]
        effects = sorted(keys.index(key) for key in self.bench.effects())
        with reading(self.engine) as unit:
            learned = unit.facts.of([write.lead for write in self.writes])
        return effects, [len(learned[write.lead]) for write in self.writes]


@dataclass
class Reading:
    """A CRM that is read page by page: users, leads, and calls about them."""

    engine: Engine

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.engine, page_size=2)
        self.mirror.user()
        for _ in range(3):
            self.mirror.call(self.mirror.lead())

    def step(self, engine: Engine) -> Run:
        mirror = self.mirror
        seams = Seams(clock=mirror.clock, chance=Chance(1))
        return Pull(engine, seams, mirror.source, RULES, PACE, "process", an_agreement()).run

    def wait(self) -> None:
        self.mirror.advance(MINUTE)

    def finished(self) -> bool:
        cursors = self.mirror.ask(lambda unit: unit.cursors.all())
        read = [cursors.get(stream) for stream in self.mirror.source.streams]
        return all(cursor and cursor.passes and cursor.upto is None for cursor in read)

    def outcome(self) -> Any:
        return self.mirror.keys(), sorted(self.mirror.told()), self.mirror.set_aside()


@dataclass
class Following:
    """Events of webhooks, whose records are fetched."""

    engine: Engine

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.engine)
        refs = [self.mirror.lead() for _ in range(3)]
        events = [InboxEvent(ref.system, ref.id, {"kind": ref.kind, "id": ref.id}) for ref in refs]
        with transaction(self.engine) as unit:
            unit.inbox.add(events, self.mirror.clock.now())

    def step(self, engine: Engine) -> Run:
        mirror = self.mirror
        seams = Seams(clock=mirror.clock, chance=Chance(1))
        sources = {mirror.source.system: mirror.source}
        return Inbox(engine, seams, sources, RULES, "process").run

    def wait(self) -> None:
        self.mirror.advance(MINUTE)

    def finished(self) -> bool:
        return set(self._counts()) == {"done"}

    def outcome(self) -> Any:
        return self._counts(), self.mirror.keys(), sorted(self.mirror.told())

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.mirror.ask(lambda unit: unit.inbox.counts())
        return counts


@dataclass
class Deciding:
    """Leads handed over, with and without an owner."""

    engine: Engine

    def __post_init__(self) -> None:
        self.office = Office(self.engine)
        for owner in (None, ANA, None):
            self.office.lead(owner)

    def step(self, engine: Engine) -> Run:
        deciding = self.office.deciding(engine=engine, batch=2)
        return lambda: decide_batch(deciding)

    def wait(self) -> None:
        """No time passes: what is decided must not depend on how often it was tried."""

    def finished(self) -> bool:
        with reading(self.engine) as unit:
            return unit.leads.next_dirty() is None

    def outcome(self) -> Any:
        with reading(self.engine) as unit:
            keys = unit.leads.all_keys()
            facts = unit.facts.of(keys)
            return (
                {key: sorted((f.source_id, str(f.data)) for f in facts[key]) for key in keys},
                sorted(view.key for view in unit.outbox.everything()),
                unit.clocks.of(keys),
                [len(unit.decisions.of(key)) for key in keys],
                unit.pools.peek("inbound"),
            )


@dataclass
class Keeping:
    """A webhook's delivery, sent again until it is acknowledged."""

    engine: Engine
    acknowledged: bool = False

    def step(self, engine: Engine) -> Run:
        keep = keeper(engine, DrivenClock())

        def deliver() -> bool:
            keep(DELIVERY)
            self.acknowledged = True
            return True

        return deliver

    def wait(self) -> None:
        """The sender's business."""

    def finished(self) -> bool:
        return self.acknowledged

    def outcome(self) -> Any:
        with reading(self.engine) as unit:
            return unit.inbox.counts()


ROUNDS: dict[str, Callable[[Engine], Round]] = {
    "push": Sending,
    "pull": Reading,
    "inbox": Following,
    "decide": Deciding,
    "webhook": Keeping,
}


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url, durable=False)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def fresh(server: TempPostgres, template: str) -> Iterator[tuple[str, Engine]]:
    """Make a database with all tables; give its URL and an engine of its own, without mishaps."""
    url = server.create(template)
    with opened(url) as engine:
        yield url, engine
    server.drop(url)


def untroubled(engine: Engine, name: str) -> Any:
    """Return what comes of a step's work when nothing goes wrong."""
    work = begun(engine, name)
    assert persist(work, engine) == 0
    return work.outcome()


def begun(engine: Engine, name: str) -> Round:
    """Have work for a step, on a database without anything else."""
    with transaction(engine) as unit:
        unit.db.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger objects
        for table in METADATA.sorted_tables:
            unit.db.execute(table.delete())
    return ROUNDS[name](engine)
