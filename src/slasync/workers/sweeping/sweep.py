"""sweep: compare the mirror with one system, repair what differs, and keep what was missed.

Two comparisons. The second pass reads each window of increments once more after a delay, by the
very calls of the increments: what became visible late is found within the hour. The nightly sweep
lists ids and stamps of everything there is: it finds what no window holds, and what is gone. And it
reads two days once more: what happened to leads has no list, and of two changes in one second the
stamp tells nothing. All go on in slices of a few calls, from where a crash ended them, in the lane
of first loads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.budgets import Lane
from slasync.domain.self_check import (
    Comparison,
    SelfCheck,
    last_before,
    missed_words,
    next_after,
)
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Lister, Source
from slasync.purpose import made_for
from slasync.store.sweeps import Run
from slasync.store.unit import Unit, reading, transaction
from slasync.store.vanished import Answer, VanishedBatch
from slasync.workers.patience import doubling
from slasync.workers.pulling.ingest import Rules
from slasync.workers.sweeping.listed import Slice, follow_batch, list_on
from slasync.workers.sweeping.reread import PagesRead, read_on

log = structlog.get_logger()

LEASE = timedelta(minutes=10)  # longer than a slice can take, time-outs included
LONGEST_WAIT = timedelta(minutes=15)
REACH = timedelta(days=2)  # of what a sweep reads, not lists
LOOK = timedelta(minutes=10)  # between two looks whether there is anything to compare
OURS = (Comparison.AGAIN, Comparison.SWEEP)


@dataclass(slots=True)
class Sweep:
    """The step for one system."""

    engine: Engine
    seams: Seams
    source: Source
    lister: Lister | None
    rules: Rules
    check: SelfCheck
    zone: ZoneInfo  # whose clocks tell when the sweep begins
    groups: Mapping[str, tuple[str, ...]]  # what a second pass reads together, by name
    owner: str  # of leases
    _blocked_until: datetime | None = None
    _resting: dict[int, datetime] = field(default_factory=dict)  # runs that are prepared yet
    _idle: tuple[datetime, datetime] | None = None  # asked when, and until when there was nothing

    @property
    def system(self) -> str:
        return self.source.system

    def run(self) -> bool:
        """Do one slice of what is under way. True if there is more to do."""
        now, self._idle = self.seams.clock.now(), None
        if self._blocked_until and now < self._blocked_until:
            return False
        with transaction(self.engine) as unit:
            self._begin(unit, now)
            batch = self._accepted(unit)
            taken = None if batch else self._taken(unit, now)
        try:
            with made_for(Lane.BACKFILL):
                if batch is not None:
                    return self._follow(batch)
                return taken is not None and self._slice(taken)
        except (TryLater, Stopped, Refused) as error:
            self._failed(taken, error, now)
            return False

    def next_at(self) -> datetime | None:
        """Return when there is something to compare; idle, it is not asked again at once."""
        now = self.seams.clock.now()
        if self._idle and self._idle[0] <= now < min(self._idle[0] + LOOK, self._idle[1]):
            return self._idle[1]
        at = self._next_at(now)
        self._idle = (now, at) if at and at > now else None
        return at

    def _next_at(self, now: datetime) -> datetime | None:
        with reading(self.engine) as unit:
            under_way = [
                self._resting.get(run.id, now) for run in unit.sweeps.open(self.system, OURS)
            ]
            if self._accepted(unit):
                under_way.append(now)
            times = under_way or [*self._next_windows(unit, now), *self._next_sweep(unit, now)]
        at = min(times, default=None)
        return max(at, self._blocked_until) if at and self._blocked_until else at

    # what begins, and when

    def _begin(self, unit: Unit, now: datetime) -> None:
        for run in self._windows(unit, now):
            unit.sweeps.begin(run)
        if self._sweep_due(unit, now):
            for run in self._sweeps(unit, now):
                unit.sweeps.begin(run)

    def _windows(self, unit: Unit, now: datetime) -> list[Run]:
        """Return the second passes whose time has come."""
        after = self.check.again_after
        if after is None:
            return []
        last, marks = unit.sweeps.last(Comparison.AGAIN), unit.cursors.watermarks()
        found = []
        for name, streams in self.groups.items():
            before = last.get(name)
            read_to = [marks[stream] for stream in streams if stream in marks]
            if len(read_to) < len(streams) or (before and now < before.began_at + after):
                continue
            upto = min(now - after, *read_to)
            if before is None:  # the first load is no window: from here on they are read again
                begun = self._new(Comparison.AGAIN, name, now, upto)
                found.append(replace(begun, ended_at=now))
            elif upto > before.upto:
                found.append(self._new(Comparison.AGAIN, name, now, upto, before.upto))
        return found

    def _next_windows(self, unit: Unit, now: datetime) -> list[datetime]:
        after = self.check.again_after
        if after is None:
            return []
        last, marks = unit.sweeps.last(Comparison.AGAIN), unit.cursors.watermarks()
        times = []
        for name, streams in self.groups.items():
            before = last.get(name)
            if any(stream not in marks for stream in streams):
                times.append(now + LOOK)
                continue
            at = before.began_at + after if before else now
            ready = before is None or min(marks[s] for s in streams) > before.upto
            times.append(at if ready else max(at, now + LOOK))
        return times

    def _sweep_due(self, unit: Unit, now: datetime) -> bool:
        """A first sweep is due the night after the first second pass, then each night."""
        if self.check.sweep_at is None:
            return False
        first = unit.sweeps.first(self.system)
        night = last_before(self.check.sweep_at, self.zone, now)
        last = unit.sweeps.last(Comparison.SWEEP)
        begun = [run.began_at for run in last.values() if run.system == self.system]
        return first is not None and max([first, *begun]) < night

    def _next_sweep(self, unit: Unit, now: datetime) -> list[datetime]:
        if self.check.sweep_at is None:
            return []
        return [
            now if self._sweep_due(unit, now) else next_after(self.check.sweep_at, self.zone, now)
        ]

    def _sweeps(self, unit: Unit, now: datetime) -> list[Run]:
        """Return the runs of a night: lists of what can be listed, and two days of everything."""
        marks, kinds = unit.cursors.watermarks(), self._kinds()
        found = [
            self._new(Comparison.SWEEP, stream, now, marks[stream])
            for stream in kinds
            if stream in marks
        ]
        for name, streams in self.groups.items():
            if all(stream in marks for stream in streams):
                upto = min(marks[stream] for stream in streams)
                found.append(self._new(Comparison.SWEEP, name, now, upto, upto - REACH))
        return found

    def _kinds(self) -> Mapping[str, str]:
        return self.lister.kinds if self.lister else {}

    def _new(
        self, kind: Comparison, stream: str, now: datetime, upto: datetime,
        since: datetime | None = None,
    ) -> Run:  # fmt: skip
        return Run(kind=kind, system=self.system, stream=stream, began_at=now, upto=upto,
                   since=since, advanced_at=now)  # fmt: skip

    # slices

    def _taken(self, unit: Unit, now: datetime) -> Run | None:
        """Take what is under way; second passes go before sweeps."""
        runs = sorted(unit.sweeps.open(self.system, OURS), key=lambda run: OURS.index(run.kind))
        for run in runs:
            rests = self._resting.get(run.id, now) > now
            if not rests and unit.sweeps.lease(run, self.owner, now, now + LEASE):
                return run
        return None

    def _slice(self, run: Run) -> bool:
        self.seams.reached("sweep.claimed")
        take: Slice | PagesRead
        if run.kind is Comparison.SWEEP and self.lister and run.stream in self.lister.kinds:
            take = list_on(run, self.lister, self.rules, self.check.guard, self.engine)
        else:
            take = read_on(run, self.source, self.groups[run.stream], self.rules)
        self.seams.reached("sweep.read")
        now = self.seams.clock.now()
        with transaction(self.engine) as unit:
            left = replace(take(unit, now), failures=0, advanced_at=now)
            if not unit.sweeps.settle(left, self.owner):
                raise TryLater(f"the lease on {run.stream} was lost; it is compared again")
        self._blocked_until = None
        if take.wait is not None:
            self._resting[run.id] = now + take.wait
            return False
        if left.ended_at is not None:
            tell(left)
        return True

    def _follow(self, batch: VanishedBatch) -> bool:
        """Follow a batch that somebody has accepted, a slice of it."""
        reread = self.lister.reread if self.lister else self.source.fetch
        follow_batch(batch, reread, self.rules, self.engine, self.seams.clock.now())
        self._blocked_until = None
        return True

    def _accepted(self, unit: Unit) -> VanishedBatch | None:
        mine = [b for b in unit.vanished.unsettled() if b.system == self.system]
        return next((b for b in mine if b.answer is Answer.ACCEPTED), None)

    def _failed(self, run: Run | None, error: SlasyncError, now: datetime) -> None:
        failures = run.failures if run else 0
        after = error.after or doubling(failures + 1, LONGEST_WAIT)
        self._blocked_until = now + after
        log.warning("not compared", system=self.system, error=str(error))
        if run is not None:
            with transaction(self.engine) as unit:
                failed = replace(run, failures=failures + 1, error=str(error))
                unit.sweeps.settle(failed, self.owner)


def tell(run: Run) -> None:
    """Log what a comparison found."""
    missed = {stream: missed_words(found) for stream, found in run.missed.items()}
    say = log.warning if missed or run.held else log.info
    say("compared", kind=run.kind.value, stream=run.stream, rows=run.rows, missed=missed,
        held=run.held)  # fmt: skip


def groups_of(
    streams: Sequence[str], full: frozenset[str], slow: Mapping[str, timedelta]
) -> dict[str, tuple[str, ...]]:
    """Return what a second pass reads together: what increments do, each slow stream by itself."""
    windows = tuple(s for s in streams if s not in full and s not in slow)
    system = streams[0].partition(".")[0]
    groups = {system: windows} if windows else {}
    return groups | {stream: (stream,) for stream in streams if stream in slow}
