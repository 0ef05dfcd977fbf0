"""What a change of the agreement would do to the open leads, under each of the three choices.

Only read, and decided for show: nothing is written, nobody is routed, and no writer has to wait.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from slasync.domain.agreement import OnChange
from slasync.domain.caps import Caps
from slasync.domain.clocks import ClockRun
from slasync.domain.coming_back import handover_due
from slasync.domain.decide import decide
from slasync.domain.draft import Draft, Terms
from slasync.domain.facts import Fact
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.writes import CAPPED, addressee
from slasync.store.unit import Unit
from slasync.workers.deciding.modes import to_send

AT_A_TIME = 500
DEADLINE = "deadline"
"""Stands in a rung's place where the agreement sets a deadline apart from the rungs."""

Place = tuple[str, str]
"""Clock and rung."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One time that changes. None: there is no such rung, or its time is not known."""

    lead: Lead
    clock: str
    rung: str
    old: datetime | None
    new: datetime | None
    at_once: bool  # its new time has come, and its old one had not


@dataclass(slots=True)
class Outcome:
    """What one choice comes to."""

    shifts: list[Shift] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)  # written late at once, by reader
    reassigned: int = 0  # leads for which another owner would be looked for at once
    held: bool = False  # the messages are above a cap

    @property
    def leads(self) -> int:
        return len({shift.lead.key for shift in self.shifts})

    @property
    def at_once(self) -> list[Shift]:
        return [shift for shift in self.shifts if shift.at_once]


@dataclass(slots=True)
class Transition:
    """What a change comes to, choice by choice."""

    outcomes: Mapping[OnChange, Outcome]
    leads: int = 0  # open
    clocks: int = 0
    handed_over: int = 0  # leads that are not at work and would be, by definitions that are new
    unknown: list[tuple[LeadKey, str]] = field(default_factory=list)  # and why


def transition(unit: Unit, old: Terms, new: Mapping[OnChange, Terms], caps: Caps) -> Transition:
    """Compare every open lead as it is judged now with how each choice would have it judged."""
    made = Transition({choice: Outcome() for choice in new})
    keys = iter(unit.clocks.not_ended(None))
    while some := list(islice(keys, AT_A_TIME)):
        facts = unit.facts.of(some)
        for key, lead in unit.leads.get(some).items():
            try:
                _compare(made, lead, facts[key], old, new)
            except CoverageEnded as ended:
                made.unknown.append((key, str(ended)))
    made.handed_over = _handed_over(unit, old, next(iter(new.values())))
    told = unit.outbox.late_tasks_since(old.now - caps.window)
    for outcome in made.outcomes.values():
        after = outcome.messages + Counter(told)
        above = after.total() > caps.total or max(after.values(), default=0) > caps.per_owner
        outcome.held = bool(outcome.messages) and above
    return made


def _handed_over(unit: Unit, old: Terms, new: Terms) -> int:
    """Count the leads that only the new definitions hand over; whichever the choice."""
    if old.agreement.hash not in new.agreement.past:
        return 0  # their definitions are the same: nobody has to be asked
    keys, found = iter(unit.leads.all_keys()), 0
    while some := list(islice(keys, AT_A_TIME)):
        facts = unit.facts.of(some)
        for key, lead in unit.leads.get(some).items():
            found += _is_due(new, lead, facts[key]) and not _is_due(old, lead, facts[key])
    return found


def _is_due(terms: Terms, lead: Lead, facts: Sequence[Fact]) -> bool:
    draft = Draft(terms, lead, facts)
    return draft.state.open_cycle is None and handover_due(draft) is not None


def _compare(
    made: Transition,
    lead: Lead,
    facts: Sequence[Fact],
    old: Terms,
    new: Mapping[OnChange, Terms],
) -> None:
    before = Draft(old, lead, facts).settled()
    cycle = before.state.cycle
    open_before = len(list(_running(before, cycle))) if cycle else 0
    if not open_before:
        return
    made.leads += 1
    made.clocks += open_before
    was = times(before)
    for choice, terms in new.items():
        after = Draft(terms, lead, facts).settled()
        shifts = list(_shifts(lead, was, times(after), before, after))
        made.outcomes[choice].shifts += shifts
        if any(shift.at_once for shift in shifts):
            _count(made.outcomes[choice], lead, facts, terms)


def _running(draft: Draft, cycle: Cycle) -> Iterator[ClockRun]:
    clocks = (draft.run(policy, cycle) for policy in draft.begun(cycle))
    return (clock for clock in clocks if clock.ended is None)


def times(draft: Draft) -> dict[Place, datetime]:
    """Return when each rung that has not fired is due, and deadlines that are set apart."""
    found: dict[Place, datetime] = {}
    cycle = draft.state.cycle
    if cycle is None:
        return found
    for clock in _running(draft, cycle):
        name = clock.policy.name
        found |= {(name, rung.name): at for rung, at in clock.unfired(cycle)}
        if clock.deadline:
            found[name, DEADLINE] = clock.deadline
    return found


def _shifts(
    lead: Lead,
    was: Mapping[Place, datetime],
    becomes: Mapping[Place, datetime],
    before: Draft,
    after: Draft,
) -> Iterator[Shift]:
    for place in dict.fromkeys((*was, *becomes)):
        old, new = was.get(place), becomes.get(place)
        if old == new:
            continue
        come = _has_come(after, place, new) and not _has_come(before, place, old)
        yield Shift(lead, *place, old, new, at_once=come)


def _has_come(draft: Draft, place: Place, at: datetime | None) -> bool:
    """Tell whether a rung fires with the next decision."""
    clock, rung = place
    if at is None or rung == DEADLINE or draft.record is None:
        return False
    gate = draft.terms.agreement.clock(clock).gate
    return at <= min(draft.terms.now, draft.terms.ready.get(gate, draft.terms.now))


def _count(outcome: Outcome, lead: Lead, facts: Sequence[Fact], terms: Terms) -> None:
    """Count what would be written at once: only the highest of several rungs has a message."""
    decision = to_send(decide(lead, facts, terms))
    late = (w for w in decision.writes if w.key in decision.late and w.action in CAPPED)
    outcome.messages.update(map(addressee, late))
    outcome.reassigned += decision.assign is not None
