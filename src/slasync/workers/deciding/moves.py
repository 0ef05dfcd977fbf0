"""Which open deadlines move under the files in force, before they do: stored against recomputed.

Nothing is decided and nothing is written. A lead's clocks move when it is decided about the next
time; until then the stored times stand. Of each clock the next time is stored; those of the rungs
after it follow from the files of the last start.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from slasync.domain.clocks import ClockRun, ClockState, ClockView, view
from slasync.domain.draft import Draft, Terms
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.time.calendars import CoverageEnded
from slasync.store.clocks import ClockRow
from slasync.store.unit import Unit
from slasync.workers.deciding.transition import DEADLINE, Place, times

AT_A_TIME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One deadline that changes. None for a time that is not known; `why` says why it is not."""

    lead: Lead
    clock: str
    rung: str
    old: datetime | None
    new: datetime | None
    old_calendar: str | None
    calendar: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves, and how many clocks that have not ended were looked at."""

    found: tuple[Move, ...]
    looked_at: int


def moves(unit: Unit, terms: Terms, before: Terms | None = None) -> Moves:
    """Compare every clock that has not ended with what the agreement and calendars say now.

    `before`: what the daemon decides by, where that is known to be something else.
    """
    found: list[Move] = []
    looked_at = 0
    keys = iter(unit.clocks.not_ended(None))
    while some := list(islice(keys, AT_A_TIME)):
        for lead, rows, draft in _drafts(unit, terms, some):
            going = [row for row in rows if row.state != ClockState.ENDED.value]
            looked_at += len(going)
            was = _times(Draft(before, lead, draft.known)) if before else {}
            found += _of_lead(lead, going, draft, was)
    return Moves(tuple(found), looked_at)


def _drafts(
    unit: Unit, terms: Terms, keys: Sequence[LeadKey]
) -> Iterator[tuple[Lead, list[ClockRow], Draft]]:
    facts, rows = unit.facts.of(keys), unit.clocks.of(keys)
    for key, lead in unit.leads.get(keys).items():
        yield lead, rows[key], Draft(terms, lead, facts[key])


def _times(draft: Draft) -> Mapping[Place, datetime]:
    try:
        return times(draft.settled())
    except CoverageEnded:  # nobody knows what it would have been
        return {}


def _of_lead(
    lead: Lead, rows: Sequence[ClockRow], draft: Draft, was: Mapping[Place, datetime]
) -> Iterator[Move]:
    cycle = draft.state.cycle
    if cycle is None:
        return
    stored = {(row.cycle, row.clock): row for row in rows}
    for policy in draft.begun(cycle):
        row = stored.get((cycle.key, policy.name))
        if row is None:
            continue
        name, _ = draft.calendar(policy)
        try:
            clock = draft.run(policy, cycle)
        except CoverageEnded as ended:
            why = str(ended)
            yield _move(lead, row, row.next_rung or DEADLINE, row.due_at, None, name, why)
            continue
        if clock.ended is None and clock.generation == row.generation:
            seen = view(lead.key, cycle, clock, record=draft.record is not None)
            yield from _differences(lead, row, clock, seen)
            for rung, at in clock.unfired(cycle)[1:]:
                old = was.get((policy.name, rung.name), at)
                if old != at:
                    yield _move(lead, row, rung.name, old, at, seen.calendar)


def _differences(lead: Lead, row: ClockRow, clock: ClockRun, now: ClockView) -> Iterator[Move]:
    apart = clock.policy.deadline is not None
    rung = now.next_rung or row.next_rung or DEADLINE
    why = "" if now.due_at else "not known while the clock is paused"
    if row.due_at != now.due_at:
        named = DEADLINE if apart else rung
        yield _move(lead, row, named, row.due_at, now.due_at, now.calendar, why)
    if apart and row.wake_at and now.wake_at and row.wake_at != now.wake_at:
        yield _move(lead, row, rung, row.wake_at, now.wake_at, now.calendar)


def _move(  # noqa: PLR0913, PLR0917 - a move has that many parts
    lead: Lead,
    row: ClockRow,
    rung: str,
    old: datetime | None,
    new: datetime | None,
    calendar: str,
    why: str = "",
) -> Move:
    return Move(
        lead=lead,
        clock=row.clock,
        rung=rung,
        old=old,
        new=new,
        old_calendar=row.calendar,
        calendar=calendar,
        why=why,
    )
