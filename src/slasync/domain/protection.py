"""Leads that went back: why, into which path, and what keeps them from being worked too early.

A hand-over by automation that comes while a lead is left alone is kept back until the cool-down
ends. A person always gets through, and so does buying behaviour that wants action at once. Pure:
all of it follows from the lead's facts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.agreement import Agreement, Definition, End, Stage, Trigger
from slasync.domain.facts import CONTACT, Fact
from slasync.domain.lead import Fields, Roster
from slasync.domain.nurture import BY_HAND, PATH, REASON, REFUSAL, Nurture, Path
from slasync.domain.state import Cycle, Met, Said, State
from slasync.domain.time.pauses import Pause

AT_WORK = frozenset({Stage.MQL, Stage.SAL, Stage.SQL})
"""Stages of a status that says that somebody works the lead (again)."""
GIVEN_UP = frozenset({End.RECYCLED, End.DISQUALIFIED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a cycle went back or was given up, and into which path, by whose choice."""

    end: End
    reason: str  # empty: none was given
    path: Path | None = None
    picked: Said | None = None  # somebody chose the path: it stands, whatever the reason


@dataclass(frozen=True, slots=True)
class Rest:
    """A lead that went back is left alone `until`, and looked at again when it `returns`."""

    since: datetime
    path: Path
    until: datetime
    returns: datetime | None


def outcome_of(cycle: Cycle, nurture: Nurture) -> Outcome | None:
    """Tell why a cycle ended, where it went back or was given up."""
    if cycle.ended is None or cycle.ended[1] not in GIVEN_UP:
        return None
    end = cycle.ended[1]
    rule = cycle.given_back if cycle.ended_by_us else {}
    reason = _reason(cycle, REASON if end is End.RECYCLED else REFUSAL, rule.get("to", ""))
    if end is not End.RECYCLED:
        return Outcome(end, reason)
    picked = picked_path(cycle, nurture)
    ours = rule.get("path", "")
    if picked and picked[0].name == ours and not rule.get("picked"):
        picked = None  # our own writing, as the CRM shows it
    path = picked[0] if picked else nurture.named(ours) or nurture.path_for(reason)
    return Outcome(end, reason, path, picked[1] if picked else None)


def _reason(cycle: Cycle, field: str, rule: str) -> str:
    """What was said in this cycle counts; else the rule's; else what stood there before."""
    said = cycle.said.get(field)
    return said.value if said else rule or cycle.stood.get(field, "")


def picked_path(cycle: Cycle, nurture: Nurture) -> tuple[Path, Said] | None:
    """Return the path that somebody has chosen in this cycle."""
    said = cycle.said.get(PATH)
    path = nurture.named(said.value) if said else None
    return (path, said) if path and said else None


def rest_of(cycle: Cycle | None, nurture: Nurture) -> Rest | None:
    """Tell how long a lead is left alone whose last cycle went back."""
    outcome = outcome_of(cycle, nurture) if cycle else None
    if cycle is None or cycle.ended is None or outcome is None or outcome.path is None:
        return None
    since, path = cycle.ended[0], outcome.path
    return Rest(since, path, since + path.cool_down, path.returns_at(since))


# while a history is folded


def say(state: State, fact: Fact, nurture: Nurture) -> None:
    """Note what people wrote about why a lead goes back, and where."""
    cycle = state.cycle
    if cycle is None:
        return
    for name in nurture.reads & fact.data.keys():
        value = fact.data[name]
        if value is None or value == "":
            cycle.said.pop(name, None)
        else:
            cycle.said[name] = Said(str(value), fact.occurred_at, fact.by)


def gave_up(cycle: Cycle, fact: Fact, fields: Fields, roster: Roster) -> None:
    """Note who ended a cycle, and what stood in the fields then."""
    cycle.ended_by_us = not roster.is_person(fact.by)
    cycle.stood = {n: str(fields[n]) for n in (REASON, REFUSAL) if fields.get(n)}


def brought_by_merge(
    state: State, definition: Definition, at: datetime, fact: Fact, agreement: Agreement
) -> bool:
    """Tell whether a definition is met only because records were made one: nobody did anything.

    What the system dates after the merge is news all the same, and so is contact made.
    """
    if agreement.asks_contact and CONTACT in fact.data:
        return False
    news = fact.occurred_at
    near = [merge for merge in state.merges if merge <= news <= merge + agreement.after_merge]
    if not near or (definition.occurred_field is not None and at > near[-1]):
        return False
    state.by_merge.add(definition.name)
    return True


def keep_back(state: State, found: Met, fact: Fact, agreement: Agreement, roster: Roster) -> bool:
    """Keep a hand-over back that comes too early; tell whether it was."""
    nurture = agreement.nurture
    if not nurture.waits or found.definition in nurture.through or roster.is_person(fact.by):
        return False
    rest = rest_of(state.cycle, nurture)
    if rest is None or found.at >= rest.until:
        return False
    state.kept_back = state.kept_back or found
    return True


def let_go(state: State, definition: str, fact: Fact, agreement: Agreement) -> None:
    """A definition does not hold any more: what was kept back goes, unless its time had come."""
    state.by_merge.discard(definition)
    coming = state.coming.get(definition)
    if coming is not None and fact.occurred_at < coming.at:
        del state.coming[definition]
    kept = state.kept_back
    if kept is not None and kept.definition == definition:
        rest = rest_of(state.cycle, agreement.nurture)
        if rest is None or fact.occurred_at < rest.until:
            state.kept_back = None


def reopen(state: State, fact: Fact, stage: Stage | None, agreement: Agreement) -> None:
    """A person says by the status that a lead is worked again.

    Soon after it was given up: its cycle goes on, and what was between does not count. Later: the
    person hands it over by hand, and a cycle of its own begins.
    """
    cycle, within = state.cycle, agreement.nurture.reopens_within
    if within is None or cycle is None or cycle.ended is None or stage not in AT_WORK:
        return
    since, end = cycle.ended
    if end is End.DELETED or (end is End.CONVERTED and stage is Stage.SQL):
        return  # the status of the conversion itself stands for sql
    if fact.occurred_at - since <= within:
        _go_on(state, cycle, since, fact)
        state.converted, state.opportunity = None, False
    elif end in GIVEN_UP and not state.deleted:
        state.met = Met(fact.occurred_at, BY_HAND, {"status": state.status})
        state.kept_back = None


def put_back(state: State, fact: Fact) -> None:
    """A status of ours was taken back: the cycle that it ended goes on."""
    cycle = state.cycle
    if cycle and cycle.ended and cycle.ended_by_us and cycle.ended[1] in GIVEN_UP:
        _go_on(state, cycle, cycle.ended[0], fact)


def _go_on(state: State, cycle: Cycle, since: datetime, fact: Fact) -> None:
    cycle.closed.append(Pause(since, fact.occurred_at))
    cycle.ended, cycle.void, cycle.given_back = None, False, {}
    cycle.afterwards.clear()
    state.await_nothing()


# when a hand-over is decided


def handed_over_after(state: State, agreement: Agreement, upto: datetime) -> Iterator[Met]:
    """Yield the hand-overs that have become due up to `upto` because a time has come."""
    rest = rest_of(state.cycle, agreement.nurture)
    if rest is None or state.converted or state.deleted:
        return
    kept = state.kept_back
    if kept is not None and rest.until <= upto:
        yield Met(_not_before(state, max(rest.until, kept.at)), kept.definition, kept.evidence)
    if agreement.nurture.checks and rest.returns is not None and rest.returns <= upto:
        at = _not_before(state, rest.returns)
        for definition in agreement.definitions:
            if definition.trigger is Trigger.CROSSING and _holds_by_itself(state, definition.name):
                evidence = {name: state.fields.get(name) for name in sorted(definition.reads)}
                yield Met(definition.counted(at), definition.name, evidence)


def _not_before(state: State, at: datetime) -> datetime:
    """A path that was chosen later does not make a hand-over due before it was chosen."""
    said = state.cycle.said.get(PATH) if state.cycle else None
    return max(at, said.at) if said else at


def _holds_by_itself(state: State, definition: str) -> bool:
    return state.truth.get(definition, False) and definition not in state.by_merge
