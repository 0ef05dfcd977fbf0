"""A mirror that is compared with its system: a lister of the memory system, and sweeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slasync.clock import Seams, nothing_reached
from slasync.connectors.memory import MemorySource, MemorySystem
from slasync.domain.lead import Ref
from slasync.domain.self_check import Cause, Guard, SelfCheck
from slasync.errors import SlasyncError
from slasync.ports import Listed, Listing, PersonReading, Position, Reading
from slasync.sandbox.world import Chance
from slasync.store.sweeps import Run
from slasync.store.vanished import VanishedBatch
from slasync.workers.pulling.pull import Pull
from slasync.workers.sweeping.sweep import Sweep, groups_of
from tests.workers.mirror import PACE, RULES, Mirror

KINDS = {"salesforce.leads": "lead", "salesforce.contacts": "contact"}
NIGHT = time(2, 30)


@dataclass
class MemoryLister:
    """Lists what a memory system holds, `size` records a page; keeps what it was asked."""

    system: MemorySystem
    size: int = 100
    kinds: Mapping[str, str] = field(default_factory=lambda: KINDS)
    pages: int = 0
    rereads: list[Sequence[Ref]] = field(default_factory=list)
    empty: bool = False  # a permission is lost: nothing is shown any more
    errors: list[SlasyncError] = field(default_factory=list)  # of the next calls

    def page(self, stream: str, position: Position | None) -> Listing:
        self.pages += 1
        if self.errors:
            raise self.errors.pop(0)
        shown = [] if self.empty else sorted(self._people(stream), key=lambda p: p.ref)
        rest = [p for p in shown if position is None or p.ref.id > position]
        page = rest[: self.size]
        records = tuple(Listed(p.ref, p.modified_at, p.deleted) for p in page)
        return Listing(records, page[-1].ref.id if len(rest) > self.size else None)

    def reread(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        self.rereads.append(refs)
        people = [] if self.empty else [p for s in KINDS for p in self._people(s)]
        return [p for p in people if p.ref in set(refs)]

    def _people(self, stream: str) -> list[PersonReading]:
        rows = self.system.readings.get(stream.partition(".")[2], {}).values()
        return [r for r in rows if isinstance(r, PersonReading)]


@dataclass
class Checked:
    """A mirror, a process that pulls, and one that sweeps."""

    mirror: Mirror
    check: SelfCheck = field(default_factory=lambda: SelfCheck(sweep_at=NIGHT))
    pull: Pull = field(init=False)
    sweep: Sweep = field(init=False)
    lister: MemoryLister = field(init=False)

    def __post_init__(self) -> None:
        self.lister = MemoryLister(self.mirror.crm)
        self.pull = self.mirror.pull(self.mirror.source)
        self.pull.rules = replace(RULES, guard=self.check.guard)
        self.sweep = self.process("sweeper")

    def process(self, owner: str, **more: Any) -> Sweep:
        reached = more.pop("reached", nothing_reached)
        source = more.pop("source", None) or MemorySource(self.mirror.crm)
        seams = Seams(clock=self.mirror.clock, chance=Chance(1), reached=reached)
        rules = replace(RULES, guard=self.check.guard)
        groups = groups_of(source.streams, PACE.full, {})
        return Sweep(self.mirror.engine, seams, source, self.lister, rules, self.check,
                     ZoneInfo("UTC"), groups, owner)  # fmt: skip

    def start(self) -> None:
        """Read everything there is, and begin to look again."""
        self.read()
        self.all()

    def read(self) -> None:
        self.mirror.read(self.pull)

    def all(self) -> int:
        """Let the sweep do all there is to do now; return how many slices that took."""
        slices = 0
        while self.sweep.run():
            slices += 1
            assert slices < 10_000, "the sweep finds no end"
        return slices

    def later(self, span: timedelta) -> None:
        """Let time pass; increments are read, then what is due is compared."""
        self.mirror.advance(span)
        self.read()
        self.all()

    def night(self) -> None:
        self.later(timedelta(days=1))

    def runs(self, kind: str) -> list[Run]:
        found = self.mirror.ask(lambda unit: unit.sweeps.since(self.mirror.clock.now() - 9 * DAY))
        return [run for run in found if run.kind == kind]

    def missed(self, kind: str) -> dict[Cause, int]:
        found: dict[Cause, int] = {}
        for run in self.runs(kind):
            for causes in run.missed.values():
                for cause, count in causes.items():
                    found[cause] = found.get(cause, 0) + count
        return found

    def batches(self) -> list[VanishedBatch]:
        return list(self.mirror.ask(lambda unit: unit.vanished.unsettled()))

    def alive(self) -> set[Ref]:
        """Return the leads that the mirror shows."""
        return set(self.mirror.ask(lambda unit: unit.sweeps.mirrored("salesforce", "lead")))


DAY = timedelta(days=1)


def guarded(at_most: int, share: float = 0.05) -> SelfCheck:
    return SelfCheck(sweep_at=NIGHT, guard=Guard(at_most, share))
