"""Clocks that go by what a lead is in: a stage, a queue's hands, what a rule asks for.

Drawn from the whole history each time: what is learned late counts from when it became true.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from slasync.domain.agreement import Agreement, ClockPolicy, Situation
from slasync.domain.lead import Roster
from slasync.domain.pausing import spans
from slasync.domain.state import Begin, Course, Cycle, State
from slasync.domain.time.pauses import Pause, merged


def draw_courses(state: State, agreement_in_force: Agreement, roster: Roster) -> None:
    """Work out for each cycle when its clocks could begin, and what ended them."""
    for cycle, later in zip(state.cycles, [*state.cycles[1:], None], strict=False):
        agreement = cycle.ruling.agreement if cycle.ruling else agreement_in_force
        for policy in agreement.situated:
            course = _course(policy, cycle, later.anchor if later else None, state, roster)
            cycle.courses[policy.name] = course
            if begins := cycle.begins.get(policy.name):
                cycle.begins[policy.name] = _settled(begins, course)


def _course(
    policy: ClockPolicy, cycle: Cycle, until: datetime | None, state: State, roster: Roster
) -> Course:
    begins = _times(policy.begins_in, state, roster) if policy.begins_in else ()
    runs = merged(_within(begins, cycle.anchor, until))
    if cycle.ended:  # what begins then ends with the cycle
        runs = tuple(run for run in runs if run.begins < cycle.ended[0])
    stops = [
        (span, each.end)
        for each in policy.stops
        for span in _ways_out(each, _within(_times(each, state, roster), cycle.anchor, until))
    ]
    return Course(runs, tuple(sorted(stops, key=lambda stop: stop[0].begins)))


def _times(situation: Situation, state: State, roster: Roster) -> Iterator[Pause]:
    """Yield from when until when the lead was in a situation."""
    if situation.stage is not None:
        return spans((at, stage is situation.stage) for at, stage in state.stages)
    if situation.rule is not None:
        return spans(state.held.get(situation.rule.question, ()))
    users = roster.users
    owned = ((each.at, users.get(each.owner)) for each in state.owners)
    return spans((at, bool(user and user.kind is situation.held_by)) for at, user in owned)


def _within(times: Iterable[Pause], since: datetime, until: datetime | None) -> Iterator[Pause]:
    """Cut to one cycle; what lasted from before counts from its beginning."""
    for span in times:
        begins, ends = max(span.begins, since), span.ends
        if until is not None and (ends is None or ends > until):
            ends = until
        if ends is None or begins < ends:
            yield Pause(begins, ends)


def _ways_out(situation: Situation, times: Iterable[Pause]) -> Iterator[Pause]:
    if not situation.left:
        yield from times
        return
    yield from (Pause(span.ends, span.ends) for span in times if span.ends)


def _settled(begins: Sequence[Begin], course: Course) -> list[Begin]:
    """Have each recorded beginning count from when it truly was, as far as that is known now.

    Two that turn out to be one stay as they were recorded: their rungs have different keys.
    """
    found: list[Begin] = []
    for begin in begins:
        run, known = course.run_at(begin.at), {each.at for each in found}
        found.append(replace(begin, at=run.begins) if run and run.begins not in known else begin)
    return found
