"""Which of the writes just decided are held: late tasks, bursts, and what very many changes cause.

Runs in the transaction that queues them: two that decide at once must not each see room for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from slasync.domain.caps import (
    BULK,
    Bulk,
    Burst,
    Caps,
    Change,
    Hour,
    Reason,
    above,
    crowd,
    hour_of,
    hours_before,
    is_over,
    usual,
)
from slasync.domain.decide import Decision
from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.recorded import said
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import CAPPED, Action, Write, addressee
from slasync.store.facts import Crowd
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit

log = structlog.get_logger()

LATE_TASKS = " late tasks"
"""Locked like a pool while tasks are counted. No pool has a name that begins with a blank."""
LEARNED = timedelta(hours=1)
"""Changes learned so long ago have been answered: what is due now is not their doing."""
NEVER_HELD = frozenset(
    {Action.SHOW, Action.PROPERTIES, Action.PROPERTY, Action.LIST, Action.PROGRAMME}
)
"""What marketing is told of a lead, or a rep reads on it, asks nobody for anything."""
JOINING = frozenset({*CAPPED, Action.OWNER, Action.STATUS, Action.CREATE_LEAD})
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
REMADE = "remake"
KINDS = {
    FactKind.HANDOVER: (Reason.HANDOVERS, "held_handovers", None),
    FactKind.OWNER: (Reason.OWNERS, "held_owners", Action.OWNER),
    FactKind.STATUS: (Reason.STATUSES, "held_statuses", Action.STATUS),
}
"""Of a kind of fact: the reason it gives, its words, and our own writes that look the same."""


@dataclass(frozen=True, slots=True)
class Hold:
    """In which batch a write is held, and why."""

    batch: str
    because: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is held, by key, and which tasks count against the caps."""

    holds: Mapping[str, Hold] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at this hour, and what it has had so far."""

    hour: Hour
    median: float
    so_far: int

    def allowed(self, burst: Burst) -> float:
        return burst.factor * self.median * self.hour.length


def usual_now(unit: Unit, burst: Burst, calendar: Calendar, now: datetime) -> Usual | None:
    """Count what was decided at this hour on the last working days; None: too few are known.

    The cost is that of so many hours, however long the history is.
    """
    hours = hours_before(calendar, now, burst.days)
    first = unit.outbox.first_task_at()
    if first is None or len(hours) < burst.days or first > hours[-1].begins:
        return None
    hour = hour_of(calendar, now)
    *counts, so_far = unit.outbox.tasks_in([*hours, hour])
    return Usual(hour, usual(counts, hours), so_far)


def days_known(unit: Unit, burst: Burst, calendar: Calendar, now: datetime) -> int:
    """Count the working days of which it is known what was decided at this hour."""
    first = unit.outbox.first_task_at()
    hours = hours_before(calendar, now, burst.days) if first else ()
    return sum(1 for hour in hours if first and first <= hour.begins)


def is_worded(write: Write) -> bool:
    """Tell whether somebody gets a task's words; one that only changes hands is no new one."""
    return write.action == Action.TASK and "subject" in write.values


def is_read(write: Write) -> bool:
    """Tell whether somebody has to read it: a task's words, or a message."""
    return write.action == Action.NOTIFY or is_worded(write)


def is_again(write: Write) -> bool:
    """Tell whether a task takes the place of one that was dropped."""
    return is_worded(write) and write.rung.startswith(REMADE)


def judged(
    caps: Caps, calendar: Calendar, unit: Unit, decided: Sequence[Decision], now: datetime
) -> Verdict:
    """Say which of the writes of `decided`, whose facts are stored, are held, and in what."""
    if not any(d.writes for d in decided):
        return Verdict()
    return _Judging(caps, calendar, unit, decided, now).verdict()


class _Judging:
    """One batch of decisions being judged."""

    def __init__(
        self,
        caps: Caps,
        calendar: Calendar,
        unit: Unit,
        decided: Sequence[Decision],
        now: datetime,
    ) -> None:
        self._caps, self._calendar, self._unit = caps, calendar, unit
        self._decided = [d for d in decided if d.writes]
        self._now = now
        self._holds: dict[str, Hold] = {}
        self._more_than_usual = ""

    def verdict(self) -> Verdict:
        self._hold_bulk()
        self._hold_in_stead()
        return Verdict(self._holds, self._count())

    # many changes at once

    def _hold_bulk(self) -> None:
        bulk = self._caps.bulk
        if bulk is None:
            return
        since = self._now - LEARNED
        for found in self._unit.facts.crowds(since, bulk.leads):
            leads = self._crowded(found, bulk, since)
            caused = [d for d in self._decided if d.lead in leads]
            if not caused:
                continue
            reason, what, _ = KINDS[found.kind]
            key, who = f"{what}_by" if found.by else what, self._name(found)
            minutes = f"{bulk.within / timedelta(minutes=1):g}"
            because = said(key, n=bulk.leads, who=who, minutes=minutes)
            self._hold(reason, because, (w for d in caused for w in d.writes))

    def _crowded(self, found: Crowd, bulk: Bulk, since: datetime) -> set[LeadKey]:
        """Return the leads of a crowd about which nothing has been decided since it was learned."""
        facts, unit = self._unit.facts, self._unit
        learned = facts.learned(found, since, [d.lead for d in self._decided])
        answered = unit.decisions.last(learned, self._now)
        mine = {
            lead: moved
            for lead, moved in learned.items()
            if answered.get(lead, NEVER) < moved.learned
        }
        if not mine:
            return set()
        begins = min(moved.first for moved in mine.values()) - bulk.within
        ends = max(moved.last for moved in mine.values()) + bulk.within
        rows, action = facts.of_crowd(found, since, begins, ends), KINDS[found.kind][2]
        leads = {lead for lead, _ in rows}
        ours = unit.outbox.ours(action, leads, since - LEARNED) if action else set()
        return mine.keys() & crowd(
            [Change(lead, at) for lead, at in rows if lead not in ours], bulk
        )

    def _name(self, found: Crowd) -> str:
        user = self._unit.users.all().get(found.by) if found.by else None
        return f"{user.name} ({found.by})" if user else str(found.by)

    # what follows upon something held

    def _hold_in_stead(self) -> None:
        """What takes the place of a held write is held; of a bulk change, all that follows is."""
        waiting = self._unit.outbox.waiting([d.lead for d in self._decided], self._now)
        held = [view for view in waiting if view.state is State.HELD]
        open_ = self._unit.held.locked(sorted({view.batch for view in held if view.batch}))
        for decision in self._decided:
            mine = [v for v in held if v.lead == decision.lead and v.batch in open_]
            for write in decision.writes:
                before = next((v for v in reversed(mine) if _follows(write, v)), None)
                if before is not None and write.key not in self._holds:
                    self._holds[write.key] = _hold_of(before)

    # the caps

    def _count(self) -> frozenset[str]:
        again = self._late_before()
        free = [
            (w, w.key in d.late or (is_again(w) and w.task_key in again))
            for d in self._decided
            for w in d.writes
            if is_read(w) and w.key not in self._holds
        ]
        through = self._unit.outbox.let_through([w.lead for w, late in free if late])
        late = [w for w, is_late in free if is_late and w.lead not in through]
        on_time = [w for w, is_late in free if not is_late and is_worded(w)]
        burst = self._burst(on_time, sum(map(is_worded, late)))
        counted = [*late, *burst]
        if counted:
            self._hold_above_caps(late, burst)
        return frozenset(w.key for w in counted)

    def _late_before(self) -> set[str]:
        """Return the keys of tasks that were late, and dropped uncounted as their leads had another
        owner: made again for him they are as late as before.
        """
        leads = [d.lead for d in self._decided if any(map(is_again, d.writes))]
        return self._unit.outbox.dropped_late(leads) if leads else set()

    def _burst(self, on_time: Sequence[Write], late: int) -> Sequence[Write]:
        """Return the tasks on time that are more than usual, the last decided ones."""
        rule = self._caps.burst
        known = usual_now(self._unit, rule, self._calendar, self._now) if rule and on_time else None
        if rule is None or known is None:
            return ()
        made = len(on_time) + late
        if known.so_far + made > known.allowed(rule) / 2:  # others may be deciding at this moment
            self._unit.pools.locked(LATE_TASKS)
            known = usual_now(self._unit, rule, self._calendar, self._now) or known
        extra = above(len(on_time), known.so_far, known.allowed(rule))
        self._more_than_usual = said(
            "more_than_usual",
            n=known.so_far + made, time=self._local(known.hour.begins),
            factor=f"{rule.factor:g}", median=f"{known.median:g}",
        )  # fmt: skip
        return on_time[len(on_time) - extra :]

    def _hold_above_caps(self, late: Sequence[Write], burst: Sequence[Write]) -> None:
        """Above a cap the whole batch is held, not a part of it, and what joins the storm too."""
        caps, unit = self._caps, self._unit
        unit.pools.locked(LATE_TASKS)
        counts = dict(unit.outbox.late_tasks_since(self._now - caps.window))
        for write in (*late, *burst):
            counts[addressee(write)] = counts.get(addressee(write), 0) + 1
        over = is_over(counts, caps)
        growing = unit.held.growing(self._now - caps.window)
        made, most = sum(counts.values()), max(counts.values())
        because = said("above_caps", n=made, most=most, total=caps.total, each=caps.per_owner)
        if over or Reason.LATE in growing:
            self._hold(Reason.LATE, said("held_late", what=because), late)
        if over or Reason.BURST in growing:
            self._hold(
                Reason.BURST, said("held_burst", usual=self._more_than_usual, what=because), burst
            )

    def _hold(self, reason: Reason, because: str, writes: Iterable[Write]) -> None:
        """Hold writes in the batch of this storm; it is opened where there is none."""
        found = [w for w in writes if w.action not in NEVER_HELD and w.key not in self._holds]
        if not found:
            return
        self._unit.pools.locked(LATE_TASKS)
        zone = ZoneInfo(self._calendar.spec.zone)
        batch = self._unit.held.open_for(
            reason,
            because,
            now=self._now,
            day=self._now.astimezone(zone).date(),
            window=self._caps.window,
        )
        log.warning("writes are held", batch=batch, writes=len(found), because=because)
        self._holds |= {w.key: Hold(batch, because) for w in found}

    def _local(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self._calendar.spec.zone)):%H:%M}"


def _hold_of(view: OutboxView) -> Hold:
    return Hold(str(view.batch), view.held_because or "")


def _follows(write: Write, held: OutboxView) -> bool:
    """Tell whether a write is held because of one that is held already."""
    if any(str(held.batch).startswith(reason.value) for reason in BULK):
        return write.action in JOINING
    return is_again(write) and write.task_key == held.write.task_key
