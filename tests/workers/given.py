"""One system to be written to, the people in it, and processes that write: to end and to start.

Each bench has a system of its own name, so several stand on one database without touching.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.connectors.memory import Fault, MemorySink, MemorySystem
from slasync.domain.lead import LeadKey, Ref, UserKey, lead_key
from slasync.domain.writes import Action, Judged, Write
from slasync.ports import PersonReading, Receipt, Sink, Snapshot
from slasync.sandbox.world import Chance
from slasync.store.outbox_values import OutboxItem, OutboxView, State
from slasync.store.unit import reading, transaction
from slasync.workers.pushing.push import LEASE, Push
from tests.connectors.in_process import DrivenClock

ANA, BEN = UserKey("005ANA"), UserKey("005BEN")
SINCE = "2026-03-02T09:00:00+00:00"
_names = count(1)
T = TypeVar("T")


class Crash(BaseException):
    """The process ends here, as by `kill -9`: nothing of it cleans up."""


@dataclass
class Bench:
    """An outbox and a system in memory."""

    engine: Engine
    clock: DrivenClock = field(default_factory=DrivenClock)

    def __post_init__(self) -> None:
        self.name = f"crm{next(_names)}"
        self.crm = MemorySystem(self.clock, self.name)
        self.sink = MemorySink(self.crm)
        self._processes = count(1)

    def push(self, sink: Sink | None = None, reached: Reached = nothing_reached) -> Push:
        """Start a process."""
        seams = Seams(clock=self.clock, chance=Chance(1), reached=reached)
        return Push(self.engine, seams, sink or self.sink, f"process {next(self._processes)}")

    # what is there

    def lead(self, owner: UserKey = ANA, **more: Any) -> Ref:
        now = self.crm.now()
        person = PersonReading(
            ref=self.crm.ref("lead"), modified_at=now, created_at=now, fields={}, owner=owner,
            status="New", **more,
        )  # fmt: skip
        return self.crm.put("leads", person)

    def write(self, action: Action, target: Ref | None = None, **more: Any) -> Write:
        """Return a write about a lead of its own, unless `target` names one."""
        number = next(_names)
        of = target or Ref(self.name, "contact", str(number))
        values = more.pop("values", {})
        ordinary: dict[str, Any] = {"key": f"key-{number}", "lead": lead_key(of), "target": target}
        return Write(system=self.name, action=action, values=values, **ordinary | more)

    def task(self, target: Ref | None = None, **more: Any) -> Write:
        lead, key = target or self.lead(), f"task-{next(_names)}"
        values = {"subject": f"Call {key}", "text": "", "owner": ANA}
        judged = Judged(ANA, None)
        return self.write(
            Action.TASK, lead, **{"values": values, "task_key": key, "judged": judged} | more
        )

    def owner_change(self, target: Ref | None = None, to: UserKey = BEN) -> Write:
        lead = target or self.lead()
        person = self.crm.person(lead)
        judged = Judged(person.owner, person.modified_at) if person else None
        return self.write(Action.OWNER, lead, values={"owner": to}, judged=judged)

    def giving_back(self) -> Write:
        lead = self.lead()
        person = self.crm.person(lead)
        judged = Judged(person.owner, person.modified_at, person.status) if person else None
        values = {"status": "Recycled", "why": "not reached"}
        return self.write(Action.STATUS, lead, values=values, judged=judged)

    def creation(self) -> Write:
        key = f"hubspot:contact:{next(_names)}"
        return self.write(
            Action.CREATE_LEAD, lead=LeadKey(key), values={"owner": ANA, "lead_key": key}
        )

    def flag(self, target: Ref | None = None) -> Write:
        values = {"since": SINCE, "why": "8 days"}
        judged = Judged(ANA, None)
        return self.write(Action.FLAG_STALE, target or self.lead(), values=values, judged=judged)

    def unflag(self) -> Write:
        lead = self.lead()
        self.crm.stale[lead] = {"since": SINCE}
        return self.write(Action.CLEAR_STALE, lead)

    def telling(self) -> Write:
        return self.write(Action.PROPERTIES, self.lead(), values={"stage": "MQL"})

    def field_set(self) -> Write:
        values = {"field": "wanted", "value": "yes", "before": "no"}
        return self.write(Action.PROPERTY, self.lead(), values=values)

    def listing(self) -> Write:
        return self.write(Action.LIST, self.lead(), values={"list": "nurture", "change": "add"})

    def closing(self) -> Write:
        made = self.task()
        self.sink.apply([made])
        self.crm.journal.clear()
        return self.write(
            Action.CLOSE_TASK, made.target, values={"text": "done"}, task_key=made.task_key
        )

    def move(self) -> Write:
        made = self.task()
        self.sink.apply([made])
        self.crm.journal.clear()
        return self.write(Action.TASK, made.target, values={"owner": BEN}, task_key=made.task_key)

    # the outbox

    def queue(self, *writes: Write, **more: Any) -> None:
        now = self.clock.now()
        items = [OutboxItem(w, self.sink.lane(w), **{"not_before": now} | more) for w in writes]
        with transaction(self.engine) as unit:
            unit.outbox.add(items, now)

    def row(self, write: Write) -> OutboxView:
        with reading(self.engine) as unit:
            found = unit.outbox.get(write.key)
        assert found is not None
        return found

    def states(self, writes: Iterable[Write]) -> list[State]:
        return [self.row(write).state for write in writes]

    def effects(self) -> list[str]:
        """The keys of the writes that took effect, each as often as it did."""
        return sorted(write.key for write in self.crm.journal)

    def dirty(self) -> set[LeadKey]:
        with transaction(self.engine) as unit:
            return set(unit.leads.claim_dirty(self.clock.now(), 1000))

    # time

    def advance(self, span: timedelta) -> None:
        self.clock.advance(span.total_seconds())

    def outlive_leases(self) -> None:
        self.advance(LEASE + timedelta(seconds=1))

    def finish(self, push: Push, runs: int = 300) -> None:
        """Let `push` work, and time pass, until nothing is left to send."""
        for _ in range(runs):
            at = push.next_at()
            if at is None:
                return
            self.advance(max(at - self.clock.now(), timedelta(0)))
            push.run()
        raise AssertionError(f"something is still to be sent after {runs} runs")


WRITES: Mapping[str, Callable[[Bench], Write]] = {
    "leads": Bench.creation,
    "owners": Bench.owner_change,
    "givings back": Bench.giving_back,
    "tasks": Bench.task,
    "closings": Bench.closing,
    "moves": Bench.move,
    "flags": Bench.flag,
    "clearings": Bench.unflag,
    "properties": Bench.telling,
    "fields": Bench.field_set,
    "lists": Bench.listing,
}


@dataclass(frozen=True, slots=True)
class Happens:
    """What befalls one call or point: a fault, or the end of the process before or after it."""

    fault: Fault | None = None
    crash: str = ""  # "before" | "after"


FINE = Happens()


@dataclass
class Fate:
    """What befalls calls to a system and named points, in order; later ones are spared."""

    script: Iterator[Happens] = field(default_factory=lambda: iter(()))
    trace: list[str] = field(default_factory=list)

    def next(self, name: str) -> Happens:
        self.trace.append(name)
        return next(self.script, FINE)

    def reached(self, name: str) -> None:
        if self.next(name).crash:
            raise Crash(name)


class FatedSink:
    """A memory sink whose calls fail, or end the process, by a script."""

    def __init__(self, bench: Bench, fate: Fate) -> None:
        self._inner, self._crm, self._fate = bench.sink, bench.crm, fate
        self.system, self.lanes, self.lane = bench.name, bench.sink.lanes, bench.sink.lane

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self._call("apply", lambda: self._inner.apply(writes))

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        return self._call("reread", lambda: self._inner.reread(refs))

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self._call("look", lambda: self._inner.look(writes))

    def _call(self, name: str, call: Callable[[], T]) -> T:
        happens = self._fate.next(name)
        if happens.crash == "before":
            raise Crash(name)
        if happens.fault is not None:
            self._crm.faults.append(happens.fault)
        answer = call()
        if happens.crash == "after":
            raise Crash(name)
        return answer
