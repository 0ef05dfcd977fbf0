"""Clocks that count from something after the hand-over: an owner, an attempt, a stage, a rule.

That one began is a decision and becomes a fact: what is learned late of earlier owners or attempts
then changes no generation, and no rung fires twice.
"""

from datetime import datetime

from slasync.domain.agreement import ClockPolicy, Start
from slasync.domain.clocks import meant_for, starts_of
from slasync.domain.draft import Draft
from slasync.domain.facts import FactKind
from slasync.domain.ladder import miss
from slasync.domain.recorded import said
from slasync.domain.scoring import immediate
from slasync.domain.state import Cycle

DRAWN = frozenset({Start.HANDOVER, Start.RECYCLED})
"""Starts of which there is one a cycle: they follow from the history and need no record."""


def begin(draft: Draft) -> None:
    """Begin clocks, or begin them anew, for which something happened since they last began."""
    cycle = draft.state.cycle
    if cycle is None or cycle.ended is not None:
        return
    for policy in draft.terms.agreement.clocks:
        if policy.begins_in is not None and meant_for(policy, cycle):
            _begin_each(draft, policy)
        elif policy.starts_on not in DRAWN and meant_for(policy, cycle):
            _begin(draft, cycle, policy, _event(draft, cycle, policy))
    draft.refold()


def _begin_each(draft: Draft, policy: ClockPolicy) -> None:
    """Begin a clock each time that the lead came into what it begins with, be it learned at once.

    Not while the queue that has the lead is only being relieved of it.
    """
    cycle = draft.state.cycle
    if cycle is None or (policy.starts_on is Start.QUEUE and draft.placing):
        return
    for at in starts_of(policy, cycle):
        _begin(draft, draft.state.cycle or cycle, policy, at)
        draft.refold()


def _begin(draft: Draft, cycle: Cycle, policy: ClockPolicy, at: datetime | None) -> None:
    before = cycle.begins.get(policy.name)
    if at is None or (before and at <= before[-1].at):
        return
    generation = 0
    if before:
        clock = draft.run(policy, cycle)
        if clock.ended is None or policy.begins_in is not None:
            until = min(at, clock.ended[0]) if clock.ended else at
            miss(draft, cycle, clock, until)
        generation = clock.generation + 1
    data = {"cycle": cycle.key, "clock": policy.name, "generation": generation}
    name = f"started:{cycle.key}:{policy.name}:{generation:04}"
    draft.decide(FactKind.STARTED, name, data, at)
    draft.because.append(said("begins", clock=policy.name, start=policy.starts_on))


def _event(draft: Draft, cycle: Cycle, policy: ClockPolicy) -> datetime | None:
    """Return the last time that something happened which this clock counts from."""
    if policy.starts_on == Start.IMMEDIATE:
        return _buying(draft, cycle) if policy.name not in cycle.begins else None
    if policy.starts_on == Start.ACCEPTED:
        return min(cycle.accepted, default=None) if policy.name not in cycle.begins else None
    if policy.starts_on == Start.ATTEMPT:
        return max((t.at for t in cycle.tried(policy.grades)), default=None)
    owners = draft.state.owners
    return max(owners[-1].at, cycle.opened) if owners else None


def _buying(draft: Draft, cycle: Cycle) -> datetime | None:
    model = draft.terms.agreement.scoring
    found = immediate(draft.known, model, cycle.anchor) if model else None
    return max(found.at, cycle.anchor) if found else None
