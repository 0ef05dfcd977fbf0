"""A CRM that is read, people at work in it, and processes that pull: to end and to start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.connectors.memory import MemorySource, MemorySystem
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Lead, LeadKey, Ref, User, UserKey, UserKind
from slasync.ports import ActivityReading, Answer, Ask, PersonReading, Reading, Source, UserReading
from slasync.sandbox.world import Chance
from slasync.store.cursors import Cursor
from slasync.store.unit import Unit, reading, transaction
from slasync.workers.pulling.ingest import Ingested, Rules, ingest
from slasync.workers.pulling.pull import Pace, Pull
from tests.builders import an_agreement
from tests.connectors.in_process import DrivenClock

RULES = Rules(watched=frozenset({"score", "form"}))
PACE = Pace(full=frozenset({"salesforce.users", "salesforce.queues"}))
_numbers = count(1)


@dataclass
class Mirror:
    """One database, one CRM in memory."""

    engine: Engine
    clock: DrivenClock = field(default_factory=DrivenClock)
    page_size: int = 100

    def __post_init__(self) -> None:
        self.crm = MemorySystem(self.clock, page_size=self.page_size)
        self.source = MemorySource(self.crm)

    def pull(
        self, source: Source | None = None, reached: Reached = nothing_reached, **pace: Any
    ) -> Pull:
        """Start a process."""
        seams = Seams(clock=self.clock, chance=Chance(1), reached=reached)
        paced = Pace(**{"full": PACE.full} | pace)
        owner = f"process {next(_numbers)}"
        return Pull(self.engine, seams, source or self.source, RULES, paced, owner, an_agreement())

    # people at work

    def person(self, kind: str = "lead", **more: Any) -> PersonReading:
        """Return a record as it is read; created and changed now unless said otherwise."""
        now = self.crm.now()
        ordinary: dict[str, Any] = {
            "ref": self.crm.ref(kind), "modified_at": now, "created_at": now, "fields": {},
        }  # fmt: skip
        return PersonReading(**ordinary | more)

    def lead(self, **more: Any) -> Ref:
        return self.crm.put("leads", self.person(**more))

    def call(self, about: Ref, **more: Any) -> ActivityReading:
        now = self.crm.now()
        ordinary: dict[str, Any] = {
            "ref": self.crm.ref("task"), "about": about, "kind": FactKind.TOUCH,
            "occurred_at": now, "modified_at": now, "by": UserKey("005ANA"),
            "data": {"channel": "call", "grade": "strong"},
        }  # fmt: skip
        reading = ActivityReading(**ordinary | more)
        self.crm.put("tasks", reading)
        return reading

    def user(self, kind: UserKind = UserKind.PERSON) -> UserKey:
        ref = self.crm.ref("user")
        user = User(UserKey(ref.id), ref.id, f"{ref.id}@acme.example", kind)
        self.crm.put("users", UserReading(ref=ref, user=user, modified_at=self.crm.now()))
        return user.key

    def advance(self, span: timedelta) -> None:
        self.clock.advance(span.total_seconds())

    # reading

    def read(self, pull: Pull | None = None) -> None:
        """Let a process read all there is to read now."""
        pull = pull or self.pull()
        pull.wake()
        while pull.run():
            pass

    def take(self, *readings: Reading, baseline: bool = False, rules: Rules = RULES) -> Ingested:
        """Take a page into the mirror."""
        now = self.clock.now()
        with transaction(self.engine) as unit:
            return ingest(unit, readings, rules, now, baseline=baseline)

    # what the mirror holds

    def ask(self, question: Callable[[Unit], Any]) -> Any:
        with reading(self.engine) as unit:
            return question(unit)

    def keys(self) -> list[LeadKey]:
        return list(self.ask(lambda unit: unit.leads.all_keys()))

    def facts(self, *kinds: FactKind) -> list[Fact]:
        """Return all facts, in order of what they are about."""
        by_lead = self.ask(lambda unit: unit.facts.of(unit.leads.all_keys()))
        found = [fact for facts in by_lead.values() for fact in facts]
        return sorted((f for f in found if f.kind in (kinds or FactKind)), key=_by_id)

    def told(self) -> set[tuple[FactKind, str]]:
        """What the facts say, whenever it was learned."""
        return {(fact.kind, fact.source_id) for fact in self.facts()}

    def lead_of(self, ref: Ref) -> Lead | None:
        def find(unit: Unit) -> Lead | None:
            key = unit.links.of([ref]).get(ref)
            return unit.leads.get([key]).get(key) if key else None

        found: Lead | None = self.ask(find)
        return found

    def set_aside(self) -> dict[str, str]:
        """Return the reason by id of what is in quarantine."""
        return {r.id: r.reason for r in self.ask(lambda unit: unit.quarantine.list())}

    def cursor(self, stream: str = "salesforce.leads") -> Cursor:
        found: Cursor = self.ask(lambda unit: unit.cursors.all())[stream]
        return found


@dataclass
class Tampered:
    """A source whose answers a test changes; keeps what was asked."""

    inner: MemorySource
    change: Callable[[Ask, Answer], Answer] = lambda _, answer: answer
    asked: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.system, self.streams = self.inner.system, self.inner.streams
        self.vendor_now, self.fetch = self.inner.vendor_now, self.inner.fetch

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        self.asked += asks
        answers = self.inner.read(asks)
        return [self.change(ask, answer) for ask, answer in zip(asks, answers, strict=True)]

    def of(self, stream: str) -> list[Ask]:
        return [ask for ask in self.asked if ask.stream == stream]


def _by_id(fact: Fact) -> tuple[str, str]:
    return (fact.source, fact.source_id)
