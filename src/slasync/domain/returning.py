"""Leads that went back to marketing: whether they got into a nurture programme, and since when.

Drawn from the whole history each time: what is learned late of a return or an enrolment counts from
when it happened.
"""

from collections.abc import Iterator
from datetime import datetime

from slasync.domain.agreement import Agreement, End, Enrolment, Stage
from slasync.domain.facts import Fact, dated_by
from slasync.domain.state import Cycle, Return, State

WORKED = frozenset({Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER})
"""Stages of leads that sales has."""


def note_enrolment(state: State, enrolment: Enrolment, fact: Fact, *, holds: bool) -> None:
    """Note since when the evidence holds, by the system's own time where it tells one."""
    named = enrolment.evidence.occurred_field
    told = state.fields.get(named) if named else None
    state.enrolments.append((dated_by(told, fact), holds))


def note_after(state: State, at: datetime, end: End) -> None:
    """Note what happened to a lead that sales had given back."""
    cycle = state.cycle
    if cycle and cycle.ended and cycle.ended[1] == End.RECYCLED and end != End.RECYCLED:
        cycle.afterwards.append((at, end))


def draw_returns(state: State, agreement: Agreement) -> None:
    """Work out for each cycle that ended at marketing what became of the lead there."""
    for cycle, later in zip(state.cycles, [*state.cycles[1:], None], strict=False):
        cycle.back = None
        if cycle.ended and cycle.ended[1] == End.RECYCLED:
            again = later.anchor if later else _met_again(state, agreement)
            cycle.back = _return(state, cycle, cycle.ended[0], again, agreement.enrolment)


def _met_again(state: State, agreement: Agreement) -> datetime | None:
    """Return since when a hand-over is due that has not been decided yet."""
    met = state.awaited(agreement.effective_from)
    return met.at if met else None


def _return(
    state: State,
    cycle: Cycle,
    at: datetime,
    again: datetime | None,
    enrolment: Enrolment | None,
) -> Return:
    ends = [*cycle.afterwards, *([(again, End.WITH_SALES)] if again else [])]
    if enrolment is None:
        return Return(at, known=False, ends=tuple(sorted(ends)))
    known = bool(state.enrolments) or not enrolment.told_by.isdisjoint(state.known_as)
    seen = (since for since in _enrolled(state, cycle, at, enrolment) if not again or since < again)
    return Return(at, known, min(seen, default=None), tuple(sorted(ends)))


def _enrolled(state: State, cycle: Cycle, at: datetime, enrolment: Enrolment) -> Iterator[datetime]:
    """Yield times since which the lead was in a programme, none before its return.

    A time that the system tells counts from the hand-over on: whoever was enrolled while sales had
    the lead is enrolled. One of an earlier return says nothing of this one. Without such a time a
    lead that is in a programme when it comes back is enrolled.
    """
    if enrolment.evidence.occurred_field:
        yield from (max(s, at) for s, holds in state.enrolments if holds and s >= cycle.anchor)
        return
    before = [holds for since, holds in state.enrolments if since <= at]
    if before and before[-1]:
        yield at
    yield from (since for since, holds in state.enrolments if holds and since > at)
