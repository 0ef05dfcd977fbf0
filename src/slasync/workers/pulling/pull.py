"""pull: bring what changed in one system into the mirror, page by page, pass by pass.

A pass reads a stream from where the last complete pass began, minus an overlap, up to the
system's own time at the start of this pass. The place reached is kept with every page, so a
first load goes on where a crash ended it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.agreement import Agreement
from slasync.domain.budgets import Lane
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import Answer, Ask, Source
from slasync.purpose import made_for
from slasync.store.cursors import Cursor
from slasync.store.unit import Unit, reading, transaction
from slasync.workers.outages import over
from slasync.workers.patience import doubling
from slasync.workers.pulling.forgotten import not_forgotten
from slasync.workers.pulling.ingest import Rules, ingest
from slasync.workers.pushing.comparing import compare_written, telling

log = structlog.get_logger()

LEASE = timedelta(minutes=5)  # longer than a page can take, time-outs included
LONGEST_WAIT = timedelta(minutes=5)
HEARD = timedelta(minutes=6)  # a feed that told nothing for longer tells nothing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often streams are read."""

    every: timedelta = timedelta(minutes=1)
    full_every: timedelta = timedelta(hours=1)  # streams without a usable stamp, read in full
    settle: timedelta = timedelta(minutes=2)  # a watermark trails the start of its pass by this
    overlap: timedelta = timedelta(minutes=5)  # and the next pass begins this much earlier
    shortest: timedelta = timedelta(seconds=15)  # between two passes, however urgent
    full: frozenset[str] = frozenset()
    slow: Mapping[str, timedelta] = field(default_factory=dict)  # read at intervals of their own
    while_told: timedelta | None = None  # in place of `every` while a feed tells what changes

    def own(self, stream: str) -> timedelta | None:
        """Return the interval of a stream that is not read with each poll."""
        return self.full_every if stream in self.full else self.slow.get(stream)

    def least(self, stream: str) -> timedelta:
        """Return how often a stream is read at least."""
        return self.own(stream) or self.while_told or self.every


@dataclass(slots=True)
class Pull:
    """The step for one system."""

    engine: Engine
    seams: Seams
    source: Source
    rules: Rules
    pace: Pace
    owner: str  # of leases
    agreement: Agreement
    _blocked_until: datetime | None = None  # hints for pacing; nothing is lost with them
    _asked: datetime | None = None
    _told: bool = False  # by a feed
    _nothing_written: datetime = _EPOCH  # that is not compared yet, up to then
    _resting: dict[str, datetime] = field(default_factory=dict)  # streams that are prepared yet

    def run(self) -> bool:
        """Read one page of every stream that is due. True if there is more to read."""
        now = self.seams.clock.now()
        if self._blocked_until and now < self._blocked_until:
            return False
        with transaction(self.engine) as unit:
            due = self._due(unit, now)
            cursors = unit.cursors.claim(due, self.owner, now, now + LEASE) if due else []
        # in the source's order: what is about people comes after the people
        cursors.sort(key=lambda cursor: self.source.streams.index(cursor.stream))
        if not cursors:
            return False
        self.seams.reached("pull.claimed")
        try:
            more = self._read(cursors)
        except (TryLater, Stopped) as error:
            self._failed(cursors, error, now)
            return False
        self._blocked_until = None
        return more

    def wake(self) -> None:
        """Have every stream that was not read since now be read at once."""
        self._asked = self.seams.clock.now()

    def next_at(self) -> datetime | None:
        """Return when a stream is next due."""
        with reading(self.engine) as unit:
            cursors, wanted = unit.cursors.of_system(self.source.system), self._wanted(unit)
        times = [self._due_at(s, cursors.get(s), wanted) for s in self.source.streams]
        at = min(times)
        return max(at, self._blocked_until) if self._blocked_until else at

    # which streams, when

    @property
    def _every(self) -> timedelta:
        rarely = self.pace.while_told if self._told else None
        return rarely or self.pace.every

    def _due(self, unit: Unit, now: datetime) -> list[str]:
        if self.pace.while_told:
            self._told = unit.feeds.heard_since(self.source.system, now - HEARD)
        cursors = unit.cursors.of_system(self.source.system)
        due = self._of_them(cursors, {}, now)
        if not set(due) - self.pace.full:
            # whatever a rung waits for would ride along, so rungs are asked only here
            due = self._of_them(cursors, self._wanted(unit), now)
        if all(self.pace.own(stream) for stream in due):
            return due
        return [
            s for s in self.source.streams if s in due or self._rides_along(cursors.get(s), now)
        ]

    def _of_them(
        self, cursors: Mapping[str, Cursor], wanted: Mapping[str, datetime], now: datetime
    ) -> list[str]:
        return [s for s in self.source.streams if self._due_at(s, cursors.get(s), wanted) <= now]

    def _rides_along(self, cursor: Cursor | None, now: datetime) -> bool:
        """One call reads several streams: those that are not due cost nothing more."""
        if cursor is None or cursor.completed_at is None or self.pace.own(cursor.stream):
            return False
        if self._resting.get(cursor.stream, _EPOCH) > now:
            return False
        return not cursor.failures and cursor.completed_at + self.pace.shortest <= now

    def _wanted(self, unit: Unit) -> dict[str, datetime]:
        """For each stream: the earliest due time of a rung that waits for it to be read."""
        wanted: dict[str, datetime] = {}
        mine = set(self.source.streams)
        waiting = [clock for clock in self.agreement.clocks if not mine.isdisjoint(clock.streams)]
        wakes = unit.clocks.next_wakes() if waiting else {}
        for clock in waiting:
            if clock.gate in wakes:
                for stream in clock.streams:
                    earliest = min(wanted.get(stream, wakes[clock.gate]), wakes[clock.gate])
                    wanted[stream] = earliest
        return wanted

    def _due_at(
        self, stream: str, cursor: Cursor | None, wanted: Mapping[str, datetime]
    ) -> datetime:
        """A pass is due at its interval, or as soon as it lets a waiting rung fire; not before
        another process has to be done with it.
        """
        if cursor is None:
            return _EPOCH
        others = cursor.lease_by not in {None, self.owner}
        free = (cursor.lease_until if others else None) or _EPOCH
        return max(free, self._wanted_at(stream, cursor, wanted))

    def _wanted_at(self, stream: str, cursor: Cursor, wanted: Mapping[str, datetime]) -> datetime:
        if cursor.completed_at is None or cursor.upto is not None:  # in the middle of a pass
            return max(_backed_off(cursor), self._resting.get(stream, _EPOCH))
        own = self.pace.own(stream)
        at = cursor.completed_at + (own or self._every)
        if self._asked and not own and cursor.completed_at < self._asked:
            at = min(at, self._asked)
        if cursor.asked_at and cursor.completed_at < cursor.asked_at:
            at = min(at, cursor.asked_at)
        wake = wanted.get(stream)
        if wake and not own and not _covers(cursor, wake):
            urgent = wake + self.pace.settle + timedelta(seconds=2)  # vendors tell whole seconds
            at = min(at, max(urgent, cursor.completed_at + self.pace.shortest))
        return max(at, _backed_off(cursor))

    # one page of each

    def _read(self, cursors: Sequence[Cursor]) -> bool:
        started = [self._begun(cursor) for cursor in cursors]
        asks = [_ask(cursor) for cursor in started]
        first = all(not cursor.passes for cursor in started)
        with made_for(Lane.BACKFILL if first else None):
            answers = self.source.read(asks)
        self.seams.reached("pull.page_received")
        if len(answers) != len(asks):
            raise TryLater(f"{self.source.system} answered {len(answers)} of {len(asks)} questions")
        return self._take(list(zip(started, answers, strict=True)))

    def _begun(self, cursor: Cursor) -> Cursor:
        """Go on with the pass under way, or begin one."""
        if cursor.upto is not None:
            return cursor
        upto = self.source.vendor_now()
        full = cursor.stream in self.pace.full or cursor.watermark is None
        since = None if full else _before(cursor, self.pace)
        return replace(cursor, since=since, upto=upto, position=None)

    def _take(self, pages: Sequence[tuple[Cursor, Answer]]) -> bool:
        """Store pages and how far they lead, together. True if a pass goes on."""
        now = self.seams.clock.now()
        with transaction(self.engine) as unit:
            left = [self._left(unit, cursor, answer, now) for cursor, answer in pages]
            if unit.cursors.settle(left, self.owner) < len(left):
                raise TryLater(f"a lease on {self.source.system} was lost; it is read again")
            unit.outages.put(
                outage
                for (was, _), now_ in zip(pages, left, strict=True)
                for outage in over(was, now_, self.pace.least(was.stream))
            )
        self.seams.reached("pull.page_stored")
        self._compare([cursor for cursor in left if cursor.completed_at == now], now)
        return any(_goes_on(cursor, answer) for cursor, answer in pages)

    def _compare(self, passed: Sequence[Cursor], now: datetime) -> None:
        """Compare what was written, unless all of it was written after what these passes tell."""
        system, overlap = self.source.system, self.pace.overlap
        told = [c.watermark for c in passed if c.watermark and c.stream in telling(system)]
        if told and min(told) - overlap > self._nothing_written:
            written = compare_written(self.engine, system, overlap, now)
            self._nothing_written = _EPOCH if written else now

    def _left(self, unit: Unit, cursor: Cursor, answer: Answer, now: datetime) -> Cursor:
        """Store a page; return where its stream stands then."""
        error = answer.error or _stuck(cursor, answer)
        if error is not None:
            log.warning("stream not read", stream=cursor.stream, error=str(error))
            return _with_failure(cursor, error, now)
        if answer.wait is not None:
            self._resting[cursor.stream] = now + answer.wait
            return replace(cursor, position=answer.position, failures=0, error=None)
        done = ingest(unit, answer.readings, self.rules, now, baseline=not cursor.passes)
        if answer.rejected:
            unit.quarantine.put(not_forgotten(unit, answer.rejected), now)
        log.debug("page", stream=answer.stream, rows=len(answer.readings), facts=done.facts)
        return _advanced(cursor, answer, self.pace, now)

    # failures

    def _failed(self, cursors: Sequence[Cursor], error: SlasyncError, now: datetime) -> None:
        after = error.after or _doubling(cursors[0].failures)
        self._blocked_until = now + after
        with transaction(self.engine) as unit:
            failed = [_with_failure(cursor, error, now) for cursor in cursors]
            unit.cursors.settle(failed, self.owner)
        log.warning("system not read", system=self.source.system, error=str(error))


def _goes_on(cursor: Cursor, answer: Answer) -> bool:
    """Tell whether more of a stream can be read at once."""
    further = answer.position is not None and answer.wait is None
    return further and not _stuck(cursor, answer)


def _stuck(cursor: Cursor, answer: Answer) -> SlasyncError | None:
    """A page that leads nowhere must not be asked for without end."""
    if answer.position is None or answer.position != cursor.position or answer.wait is not None:
        return None
    return TryLater(f"{cursor.stream} gave the same page twice; nothing is skipped")


def _with_failure(cursor: Cursor, error: SlasyncError, now: datetime) -> Cursor:
    return replace(cursor, failures=cursor.failures + 1, error=str(error), advanced_at=now)


def _ask(cursor: Cursor) -> Ask:
    if cursor.upto is None:
        raise ValueError(f"{cursor.stream}: no pass was begun")
    return Ask(cursor.stream, cursor.upto, cursor.since, cursor.position)


def _before(cursor: Cursor, pace: Pace) -> datetime | None:
    return cursor.watermark - pace.overlap if cursor.watermark else None


def _covers(cursor: Cursor, at: datetime) -> bool:
    return cursor.watermark is not None and cursor.watermark >= at


def _advanced(cursor: Cursor, answer: Answer, pace: Pace, now: datetime) -> Cursor:
    """The pass goes on at `position`; or it is complete, and the watermark follows."""
    if answer.position is not None:
        return replace(cursor, position=answer.position, failures=0, error=None, advanced_at=now)
    read_to = (cursor.upto or now) - pace.settle
    return replace(
        cursor,
        since=None,
        upto=None,
        position=None,
        # another process may know the vendor's time to another fraction of a second
        watermark=max(cursor.watermark or read_to, read_to),
        advanced_at=now,
        completed_at=now,
        passes=cursor.passes + 1,
        failures=0,
        error=None,
    )


def _doubling(failures: int) -> timedelta:
    return doubling(failures + 1, LONGEST_WAIT)


def _backed_off(cursor: Cursor) -> datetime:
    """After a failure wait, twice as long each time; else go on at once."""
    at = cursor.advanced_at or _EPOCH
    return at + _doubling(cursor.failures) if cursor.failures else _EPOCH
