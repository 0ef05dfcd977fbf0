"""One clock of one cycle: since when it runs, when each rung is due, what ended it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from slasync.domain.agreement import Agreement, ClockPolicy, End, OnReassign, Rung, Start
from slasync.domain.lead import LeadKey, Pool
from slasync.domain.state import Course, Cycle
from slasync.domain.time.calendars import Calendar, Offset
from slasync.domain.time.pauses import Pause


class ClockState(StrEnum):
    WAITING_FOR_RECORD = "waiting_for_record"  # the CRM does not have the lead yet
    RUNNING = "running"
    PAUSED = "paused"  # it stands still, and nobody knows until when
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
    deadline: datetime | None = None  # where the agreement sets one apart from the rungs
    paused: bool = False  # rungs are left whose time cannot be told before it goes on
    calendar: str = ""  # the name of what it counts by, for people

    def unfired(self, cycle: Cycle) -> tuple[tuple[Rung, datetime], ...]:
        name, generation, fired = self.policy.name, self.generation, cycle.fired
        return tuple([each for each in self.due if (name, generation, each[0].name) not in fired])


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


def begun(agreement: Agreement, cycle: Cycle) -> tuple[ClockPolicy, ...]:
    """Return the clocks that run in a cycle, or ran: those meant for it that have begun."""
    return tuple(
        policy
        for policy in agreement.clocks
        if meant_for(policy, cycle) and _has_begun(policy, cycle)
    )


def _has_begun(policy: ClockPolicy, cycle: Cycle) -> bool:
    """A return is drawn from the history; the other starts are recorded when they are seen.

    A clock that began by a return which turned out to be none, a conversion learned late say, ends.
    """
    if policy.starts_on == Start.RECYCLED:
        fired = any(clock == policy.name for clock, _, _ in cycle.fired)
        return fired or (cycle.back is not None and cycle.back.known)
    return policy.starts_on == Start.HANDOVER or policy.name in cycle.begins


def meant_for(policy: ClockPolicy, cycle: Cycle) -> bool:
    """Tell whether the agreement has this clock for leads handed over as this one was."""
    return not policy.only_for or cycle.definition in policy.only_for


def run(policy: ClockPolicy, cycle: Cycle, calendar: Calendar, named: str = "") -> ClockRun:
    """Derive a clock that has begun from its cycle: every figure follows from facts."""
    generation, anchor = _beginning(policy, cycle)
    pauses = cycle.pauses.get(policy.name, ())
    times = [(rung, _due(calendar, anchor, rung.after, pauses)) for rung in _rungs(policy, cycle)]
    known = tuple([(rung, at) for rung, at in times if at])
    if policy.on_reassign == OnReassign.MINIMUM_GRACE:
        known = tuple((rung, _in_grace(policy, cycle, calendar, at)) for rung, at in known)
    deadline = _due(calendar, anchor, policy.deadline, pauses) if policy.deadline else None
    end = end_of(policy, cycle, anchor)
    waits = len(known) < len(times)
    return ClockRun(policy, generation, anchor, end, known, deadline, waits, named)


def _beginning(policy: ClockPolicy, cycle: Cycle) -> tuple[int, datetime]:
    if policy.starts_on == Start.RECYCLED:
        return 0, cycle.ended[0] if cycle.ended else cycle.anchor
    if policy.starts_on != Start.HANDOVER:
        last = cycle.begins[policy.name][-1]
        return last.generation, last.at
    restarts = cycle.restarts if policy.on_reassign == OnReassign.RESTART else []
    return len(restarts), restarts[-1].at if restarts else cycle.anchor


def _rungs(policy: ClockPolicy, cycle: Cycle) -> tuple[Rung, ...]:
    if not policy.counts_attempts:
        return policy.rungs
    attempts = len(cycle.tried(policy.grades))
    return tuple(rung for rung in policy.rungs if rung.fits(attempts))


def _in_grace(policy: ClockPolicy, cycle: Cycle, calendar: Calendar, due: datetime) -> datetime:
    """A new owner has at least the grace, however little was left of the clock."""
    if policy.on_reassign != OnReassign.MINIMUM_GRACE or not policy.grace or not cycle.owned_since:
        return due
    pauses = cycle.pauses.get(policy.name, ())
    return max(due, _due(calendar, cycle.owned_since, policy.grace, pauses) or due)


def eased(clock: ClockRun, before: ClockRun) -> ClockRun:
    """Join a clock with what it was before: of each two times the later one, of ends the first.

    A rung that has no time yet by one of them has none.
    """
    was = {rung.name: at for rung, at in before.due}
    due = tuple((rung, max(at, was[rung.name])) for rung, at in clock.due if rung.name in was)
    deadline = before.deadline
    if clock.deadline and deadline:
        deadline = max(clock.deadline, deadline)
    ends = [end for end in (clock.ended, before.ended) if end]
    paused = clock.paused or before.paused
    ended = min(ends, default=None)
    return replace(clock, due=due, deadline=deadline, ended=ended, paused=paused)


@lru_cache(maxsize=100_000)
def _due(
    calendar: Calendar, anchor: datetime, offset: Offset, pauses: tuple[Pause, ...]
) -> datetime | None:
    """Leads that came together share their deadlines, and each is asked for many times."""
    return calendar.due_paused(anchor, offset, pauses) if pauses else calendar.due(anchor, offset)


def limit_of(
    policy: ClockPolicy, cycle: Cycle, calendar: Calendar, since: datetime, limit: Offset
) -> datetime | None:
    """Return when a limit of a clock that counts from `since` is reached; None: it stands still."""
    due = _due(calendar, since, limit, cycle.pauses.get(policy.name, ()))
    return due and _in_grace(policy, cycle, calendar, due)


def end_of(policy: ClockPolicy, cycle: Cycle, anchor: datetime) -> tuple[datetime, End] | None:
    """What came before a clock began anew, with its owner or an attempt, does not end it."""
    if policy.starts_on == Start.RECYCLED:
        return _end_of_return(policy, cycle)
    since = None if policy.starts_on == Start.HANDOVER else anchor
    ends = list(_ends_by_situation(policy, cycle, anchor)) if policy.situations else []
    if End.TOUCH in policy.ends and (touch := cycle.first_touch(policy.grades, since)):
        ends.append((touch.at, End.TOUCH))
    if End.ACCEPTED in policy.ends:
        accepted = (at for at in cycle.accepted if since is None or at >= since)
        ends += [(at, End.ACCEPTED) for at in accepted]
    if cycle.ended and cycle.ended[1] in policy.ends:
        ends.append(cycle.ended)
    return min(ends, default=None)


def _ends_by_situation(
    policy: ClockPolicy, cycle: Cycle, anchor: datetime
) -> Iterator[tuple[datetime, End]]:
    """What ends it holds already, or comes later; what it began with may turn out never to be."""
    course = cycle.courses.get(policy.name, Course())
    if policy.begins_in is not None and course.run_at(anchor) is None:
        yield anchor, End.UNBEGUN
    for span, end in course.stops:
        if span.begins > anchor or span.ends is None or span.ends > anchor:
            yield max(span.begins, anchor), end


def starts_of(policy: ClockPolicy, cycle: Cycle) -> list[datetime]:
    """Return when a clock that has begun did so, each time, by what is known now."""
    if policy.begins_in is not None:
        return [run.begins for run in cycle.courses.get(policy.name, Course()).runs]
    match policy.starts_on:
        case Start.RECYCLED:
            return [cycle.back.at] if cycle.back else []
        case Start.HANDOVER:
            again = cycle.restarts if policy.on_reassign == OnReassign.RESTART else []
            return [cycle.anchor, *(restart.at for restart in again)]
        case _:
            return [begin.at for begin in cycle.begins.get(policy.name, ())]


def began(policy: ClockPolicy, cycle: Cycle, generation: int) -> datetime:
    """Return when the clock began to count for one of its generations."""
    if policy.starts_on is Start.RECYCLED:
        return cycle.back.at if cycle.back else cycle.anchor
    if policy.starts_on is Start.HANDOVER:
        restarts = [each.at for each in cycle.restarts if each.generation == generation]
        return restarts[-1] if restarts else cycle.anchor
    begins = [b.at for b in cycle.begins.get(policy.name, ()) if b.generation == generation]
    return begins[-1] if begins else cycle.anchor


def _end_of_return(policy: ClockPolicy, cycle: Cycle) -> tuple[datetime, End] | None:
    """Marketing has done its part, or does not have the lead any more."""
    back = cycle.back
    if back is None:
        return cycle.ended  # otherwise than was thought
    done = [(back.enrolled, End.ENROLLED)] if back.enrolled else []
    return min((end for end in (*done, *back.ends) if end[1] in policy.ends), default=None)


def view(lead: LeadKey, cycle: Cycle, clock: ClockRun, *, record: bool) -> ClockView:
    """Say what is to be stored of a clock after everything due now has been decided."""
    left = () if clock.ended else clock.unfired(cycle)
    rung, wake_at = left[0] if left else (None, None)
    if clock.ended:
        state = ClockState.ENDED
    elif not record:
        state = ClockState.WAITING_FOR_RECORD
    elif left:
        state = ClockState.RUNNING
    else:
        state = ClockState.PAUSED if clock.paused else ClockState.LADDER_ENDED
    promised = None if clock.ended else clock.deadline
    return ClockView(
        lead=lead,
        cycle=cycle.key,
        clock=clock.policy.name,
        generation=clock.generation,
        state=state,
        anchor_at=clock.anchor,
        gate=clock.policy.gate,
        wake_at=wake_at if state == ClockState.RUNNING else None,
        next_rung=rung.name if rung else None,
        due_at=promised or _asked_by(left),
        ended_at=clock.ended[0] if clock.ended else None,
        end_reason=clock.ended[1].value if clock.ended else None,
        calendar=clock.calendar,
    )


def _asked_by(left: Sequence[tuple[Rung, datetime]]) -> datetime | None:
    """Return until when something is to be done: a rung at the start only says that it is."""
    return next((at for rung, at in left if rung.after.amount), None)


def woken(seen: ClockView, at: datetime | None) -> ClockView:
    """Have a clock looked at when a rest ends, too: what people are shown is another then."""
    if at is None or seen.wake_at is None:
        return seen
    return replace(seen, wake_at=min(seen.wake_at, at))
