"""One clock of one cycle: since when it runs, when each rung is due, what ended it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from slasync.domain.agreement import Agreement, ClockPolicy, End, OnReassign, Rung
from slasync.domain.calendars import Calendar, Offset
from slasync.domain.lead import LeadKey, Pool
from slasync.domain.state import Cycle


class ClockState(StrEnum):
    WAITING_FOR_RECORD = "waiting_for_record"  # the CRM does not have the lead yet
    RUNNING = "running"
    LADDER_ENDED = "ladder_ended"  # measuring goes on, no rung is left
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ClockRun:
    """A clock at work."""

    policy: ClockPolicy
    generation: int
    anchor: datetime
    ended: tuple[datetime, End] | None
    due: tuple[tuple[Rung, datetime], ...]

    def unfired(self, cycle: Cycle) -> tuple[tuple[Rung, datetime], ...]:
        name, generation = self.policy.name, self.generation
        return tuple(
            (rung, at) for rung, at in self.due if not cycle.has_fired(name, generation, rung.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """What is stored of a clock: when to look again, and what people are shown.

    `gate` names the streams that must have been read past `wake_at` before it is looked at.
    """

    lead: LeadKey
    cycle: str
    clock: str
    generation: int
    state: ClockState
    anchor_at: datetime
    gate: str
    wake_at: datetime | None
    next_rung: str | None
    due_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    calendar: str


def calendar_of(
    policy: ClockPolicy, pool: Pool | None, agreement: Agreement, calendars: Mapping[str, Calendar]
) -> tuple[str, Calendar]:
    """Return the calendar that counts: the clock's, else the pool's, else the agreement's."""
    name = policy.calendar or (pool.calendar if pool else None) or agreement.calendar
    return name, calendars[name]


def run(policy: ClockPolicy, cycle: Cycle, calendar: Calendar) -> ClockRun:
    """Derive the clock from the cycle. Nothing is counted on; every figure follows from facts."""
    restarts = cycle.restarts if policy.on_reassign == OnReassign.RESTART else []
    anchor = restarts[-1].at if restarts else cycle.anchor
    due = tuple((rung, _due(calendar, anchor, rung.after)) for rung in policy.rungs)
    return ClockRun(policy, len(restarts), anchor, _end(policy, cycle), due)


@lru_cache(maxsize=100_000)
def _due(calendar: Calendar, anchor: datetime, offset: Offset) -> datetime:
    """Leads that came together share their deadlines, and each is asked for many times."""
    return calendar.due(anchor, offset)


def _end(policy: ClockPolicy, cycle: Cycle) -> tuple[datetime, End] | None:
    ends: list[tuple[datetime, End]] = []
    if End.TOUCH in policy.ends and (touch := cycle.first_touch(policy.grades)):
        ends.append((touch.at, End.TOUCH))
    if cycle.ended and cycle.ended[1] in policy.ends:
        ends.append(cycle.ended)
    return min(ends, default=None)


def view(lead: LeadKey, cycle: Cycle, clock: ClockRun, calendar: str, *, record: bool) -> ClockView:
    """Say what is to be stored of a clock after everything due now has been decided."""
    left = () if clock.ended else clock.unfired(cycle)
    rung, due = left[0] if left else (None, None)
    if clock.ended:
        state = ClockState.ENDED
    elif not record:
        state = ClockState.WAITING_FOR_RECORD
    else:
        state = ClockState.RUNNING if left else ClockState.LADDER_ENDED
    return ClockView(
        lead=lead,
        cycle=cycle.key,
        clock=clock.policy.name,
        generation=clock.generation,
        state=state,
        anchor_at=clock.anchor,
        gate=clock.policy.name,
        wake_at=due if state == ClockState.RUNNING else None,
        next_rung=rung.name if rung else None,
        due_at=due,
        ended_at=clock.ended[0] if clock.ended else None,
        end_reason=clock.ended[1].value if clock.ended else None,
        calendar=calendar,
    )
