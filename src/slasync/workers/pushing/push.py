"""push: send what is queued to one system, in batches; each row settles by its own outcome.

A batch is claimed in one transaction, marked `maybe_sent` in a second before bytes leave, sent
outside of any, and settled in a third. After a crash in between, what may have happened is
known: rows still pending were not sent, rows maybe sent are looked up before anything else.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import Engine

from slasync.abreast import Abreast, InOrder
from slasync.clock import Seams
from slasync.domain.budgets import Lane
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import CONDITIONAL, Action, Write, is_escalation
from slasync.errors import Stopped, TryLater
from slasync.ports import Receipt, Sink, Snapshot
from slasync.purpose import made_for
from slasync.store.outbox_values import Batch, Choice, Claimed, Settlement, State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.unplaced import choose_again
from slasync.workers.patience import LONGEST, patience
from slasync.workers.pushing.claiming import allowed, history_first, in_order
from slasync.workers.pushing.dropping import (
    Dropped,
    as_we_left_it,
    dropped,
    ended_already,
    makes,
    moved_on,
    over,
    owner_in,
    there_already,
)
from slasync.workers.pushing.judging import judge_again, stamped
from slasync.workers.pushing.outcomes import matched, take_note, to_decide_again, unmade
from slasync.workers.pushing.pauses import Pauses
from slasync.workers.pushing.settling import settlement

log = structlog.get_logger()

LEASE = timedelta(minutes=10)  # longer than a batch can take, re-read and time-outs included
FRESH = timedelta(seconds=2)  # a re-read older than this when bytes are to leave: read again

LONGEST_PAUSE = timedelta(minutes=5)  # of all that is to be written to a system
LONGEST_BLOCKED = timedelta(minutes=15)  # of rows with which it could not be asked again and again

BATCHES_A_ROUND = 16  # by each of those in flight...
ROUND = 1.0  # ...or seconds: then the daemon looks whether it is to end

BLAMING = frozenset({Action.TASK, Action.FLAG_STALE, Action.NOTIFY})


class Unsettled(Exception):
    """A batch was sent, and what became of it could not be stored: it must not be sent again
    before a look, though not even that can be stored now.
    """

    def __init__(self, batch: Batch, error: TryLater | Stopped) -> None:
        super().__init__(str(error))
        self.batch, self.error = batch, error


@dataclass(slots=True)
class Push:
    """The step for one system."""

    engine: Engine
    seams: Seams
    sink: Sink
    owner: str  # of leases
    abreast: Abreast = field(default_factory=InOrder)  # batches in flight
    _pauses: Pauses = field(default_factory=Pauses)
    _under_way: set[LeadKey] = field(default_factory=set)
    _claiming: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> bool:
        """Send the next batches, so many at once as may be in flight. True if there was one."""
        most = self.abreast.most
        if most > 1 and not self._anything_due():
            return False  # asked once, not by each of them
        return any(self.abreast.all([self._some if most > 1 else self._one] * most))

    def next_at(self) -> datetime | None:
        with reading(self.engine) as unit:
            at = unit.outbox.next_at(self.sink.system)
            urgent = unit.outbox.next_urgent_at(self.sink.system) if self._pauses.short else None
        return self._pauses.next_at(at, urgent)

    def _anything_due(self) -> bool:
        at = self.next_at()
        return at is not None and at <= self.seams.clock.now()

    def _some(self) -> bool:
        """Send a few batches, one after the other."""
        sent, until = 0, self.seams.clock.mono() + ROUND
        while sent < BATCHES_A_ROUND and self.seams.clock.mono() < until and self._one():
            sent += 1
        return sent > 0

    def _one(self) -> bool:
        """Send the next batch. True if there was one."""
        now = self.seams.clock.now()
        urgent = self._pauses.allows(now)
        batch = None if urgent is None else self._claimed(now, urgent_only=urgent)
        if batch is None:
            return False
        try:
            self.seams.reached("push.claimed")
            with made_for(Lane.ESCALATION if _escalates(batch) else None):
                if batch.uncertain:
                    self._look(batch)
                else:
                    self._send(batch)
        except (TryLater, Stopped) as error:
            self._blocked(batch, error)
            return False
        except Unsettled as failed:
            self._blocked(failed.batch, failed.error)
            return False
        finally:
            self._landed(batch)
        if not urgent:
            self._pauses.over()
        return True

    def _claimed(self, now: datetime, *, urgent_only: bool) -> Batch | None:
        """Take a batch of leads of which nothing is in flight.

        So two writes to one record never are, whichever lanes they travel in.
        """
        with self._claiming:
            choice = Choice(frozenset(self._under_way), urgent_only)
            with transaction(self.engine) as unit:
                batch = unit.outbox.claim(
                    self.sink.system, self.sink.lanes, self.owner, now, now + LEASE, choice
                )
                if batch is not None:
                    batch = allowed(unit, batch, self.owner, now)
                    batch = history_first(unit, batch, self.sink.system, self.owner, now)
                    batch = in_order(unit, batch, self.sink.system, self.owner, now)
            if batch is not None and self.abreast.most > 1:
                self._under_way |= {row.write.lead for row in batch.rows}
        return batch

    def _landed(self, batch: Batch) -> None:
        """Nothing of these leads is in flight any more."""
        with self._claiming:
            self._under_way -= {row.write.lead for row in batch.rows}

    # rows that were never sent

    def _send(self, batch: Batch) -> None:
        fit = self._still_right(batch)
        if not fit:
            return
        checked = self.seams.clock.now()
        with transaction(self.engine) as unit:
            sent = unit.outbox.mark_sent(replace(batch, rows=tuple(fit)), checked)
        if not sent.rows:
            return
        self.seams.reached("push.marked")
        try:
            receipts, sent_at = self._apply(sent, checked)
        except (TryLater, Stopped) as error:
            self._unsent(sent.rows, error)
            raise
        self.seams.reached("push.answered")
        try:
            self._settle(sent.rows, matched(sent.rows, receipts), sent_at)
        except (TryLater, Stopped) as error:
            raise Unsettled(replace(sent, uncertain=True), error) from error

    def _apply(self, sent: Batch, checked: datetime) -> tuple[Sequence[Receipt], datetime]:
        """Let bytes leave, unless this process was held up since it made sure of the batch.

        Returns when they left as well, by the clock as the answer has put it right.
        """
        clock = self.seams.clock
        if clock.now() - checked > FRESH:
            raise TryLater("held up before sending: the leads are read again first")
        since = clock.mono()
        receipts = self.sink.apply([row.write for row in sent.rows])
        left = clock.now() - timedelta(seconds=clock.mono() - since)
        return receipts, left if abs(left - checked) > FRESH else checked

    def _still_right(self, batch: Batch) -> list[Claimed]:
        """Re-read what a task or flag would blame or change, and leads that we have only just made;
        drop rows that are wrong by now.
        """
        asking = [row for row in batch.rows if row.write.judged and _asks(row.write)]
        tasks = self._tasks_made([row.write for row in asking])
        gone = self._settled_already([row for row in batch.rows if makes(row, tasks)])
        leads = {row.write.target for row in asking if row.write.target}
        seen = self._seen(asking, {*leads, *tasks.values()}) if leads else {}
        fresh: dict[int, Claimed] = {}
        for row in asking if leads else ():
            task = tasks.get(str(row.write.task_key))
            why = moved_on(row.write, seen) or (over(seen.get(task)) if task else None)
            if why:
                gone.append(Dropped(row, why, owner_in(seen, row.write)))
            elif row.write.action in CONDITIONAL:
                fresh[row.id] = stamped(row, seen)
        if gone:
            self._supersede(gone)
        wrong = {each.row.id for each in gone}
        return [fresh.get(row.id, row) for row in batch.rows if row.id not in wrong]

    def _seen(
        self, asking: Sequence[Claimed], refs: Collection[Ref]
    ) -> Mapping[Ref, Snapshot | None]:
        """Read records now; of what we changed ourselves an old version tells nothing new."""
        seen = self.sink.reread(sorted(refs))
        with reading(self.engine) as unit:
            return as_we_left_it(unit, [row.write for row in asking], seen, self.seams.clock.now())

    def _settled_already(self, making: Sequence[Claimed]) -> list[Dropped]:
        """Find what is there, or was ended, by what has been learned since it was decided."""
        if not making:
            return []
        with reading(self.engine) as unit:
            return [*there_already(unit, making, self.sink.system), *ended_already(unit, making)]

    def _tasks_made(self, writes: Sequence[Write]) -> Mapping[str, Ref]:
        """Find the tasks that a later rung is to change: upserting a deleted one makes another."""
        later = [w for w in writes if w.action == Action.TASK and w.task_key != w.key]
        if not later:
            return {}
        with reading(self.engine) as unit:
            return unit.outbox.tasks_made(later)

    def _supersede(self, gone: Sequence[Dropped]) -> None:
        now = self.seams.clock.now()
        with transaction(self.engine) as unit:
            settlements = [dropped(unit, each, now) for each in gone]
            unit.outbox.settle(settlements, self.owner, now)
            unit.facts.add(unmade(unit, [(each.row.write, each.seen) for each in gone], now))
            unit.leads.mark_dirty(sorted({each.row.write.lead for each in gone}), now)

    # rows that may have been sent

    def _look(self, batch: Batch) -> None:
        """Read before anything else: done, send again, or overtaken."""
        receipts = self.sink.look([row.write for row in batch.rows])
        self._settle(batch.rows, matched(batch.rows, receipts))

    # outcomes

    def _settle(
        self, rows: Sequence[Claimed], receipts: Sequence[Receipt], sent_at: datetime | None = None
    ) -> None:
        """Without `sent_at`: rows that were sent when they say they were."""
        now = self.seams.clock.now()
        receipts, judged = judge_again(self.sink, rows, receipts)
        pairs = list(zip(rows, receipts, strict=True))
        wait = cache(self._wait)  # rows of a batch that wait equally long come back in one call
        settlements = [settlement(row, told, now, judged.get(row.id), wait) for row, told in pairs]
        with transaction(self.engine) as unit:
            take_note(unit, pairs, sent_at, now)
            unit.outbox.settle(choose_again(unit, pairs, settlements, now), self.owner, now)
            unit.leads.mark_dirty(to_decide_again(rows, receipts), now)
        self.seams.reached("push.settled")

    def _unsent(self, rows: Sequence[Claimed], error: TryLater | Stopped) -> None:
        """Nothing of the batch left: the rows are as they were."""
        now = self.seams.clock.now()
        at = now + (error.after or self._wait(rows[0].attempts, LONGEST_BLOCKED))
        with transaction(self.engine) as unit:
            settlements = [
                Settlement(row.id, row.term, State.PENDING, str(error), not_before=at)
                for row in rows
            ]
            unit.outbox.settle(settlements, self.owner, now)

    def _blocked(self, batch: Batch, error: TryLater | Stopped) -> None:
        """The system cannot be asked. Rows keep their state; leases of unsent ones are ended.

        They wait longer each time, and hold up what else is to be written only as long as nothing
        gets through at all.
        """
        now = self.seams.clock.now()
        told, failures = error.after, self._pauses.failed(now)
        pause = told or self._wait(failures, LONGEST_PAUSE)
        after = told or self._wait(batch.rows[0].attempts, LONGEST_BLOCKED)
        self._pauses.begin(now + pause, error, escalates=_escalates(batch))
        state = State.MAYBE_SENT if batch.uncertain else State.PENDING
        with transaction(self.engine) as unit:
            settlements = [
                Settlement(row.id, row.term, state, str(error), not_before=now + after)
                for row in batch.rows
            ]
            unit.outbox.settle(settlements, self.owner, now)
        log.warning("system not written", system=self.sink.system, error=str(error))

    def _wait(self, attempts: int, longest: timedelta = LONGEST) -> timedelta:
        return patience(attempts, self.seams.chance("push.wait"), longest)


def _escalates(batch: Batch) -> bool:
    """Tell whether a batch carries an escalation: then all of it goes as one."""
    return any(is_escalation(row.write) for row in batch.rows)


def _asks(write: Write) -> bool:
    """Tell whether a lead is to be read again before this is written."""
    unread = write.judged is not None and write.judged.modified_at is None
    return write.action in BLAMING or (write.action in CONDITIONAL and unread)
