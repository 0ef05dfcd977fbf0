"""Definitions in words: which conditions hold, what was lacking, when they came nearest."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.agreement import Definition, Trigger
from slasync.domain.clauses import Clause, farness, lacking, leaves, nearly, told, value
from slasync.domain.contact import news_in
from slasync.domain.explaining.account import Account, when
from slasync.domain.explaining.explanation import (
    ConditionTold,
    DefinitionTold,
    NearestTold,
    NearMiss,
)
from slasync.domain.facts import in_order
from slasync.domain.lead import Fields, Value
from slasync.domain.state import State

FEW = 3  # more of the same are counted


def definitions_of(account: Account, state: State) -> tuple[DefinitionTold, ...]:
    """Take every definition apart, as the lead stood then."""
    return tuple(_told(account, state, each) for each in account.terms.agreement.definitions)


def _told(account: Account, state: State, definition: Definition) -> DefinitionTold:
    clause = taken_apart(definition, state.fields)
    course = _course(account, definition)
    missing = lacking(clause)
    nearest = course.nearest
    if nearest and farness(nearest[1]) >= farness(missing):
        nearest = None
    return DefinitionTold(
        name=definition.name,
        text=definition.text,
        trigger=definition.trigger.value,
        met=definition.rule(state.fields),
        conditions=tuple(
            ConditionTold(text=leaf.text, truth=leaf.truth, read=dict(leaf.read), off_by=leaf.gap)
            for leaf in leaves(clause)
        ),
        lacking=tuple(map(told, missing)),
        nearly=nearly(clause),
        nearest=NearestTold(at=nearest[0], lacking=tuple(map(told, nearest[1])))
        if nearest
        else None,
        met_at=tuple(course.met),
    )


def taken_apart(definition: Definition, fields: Fields) -> Clause:
    """Return the rule's conditions; where it cannot be taken apart, the whole as one."""
    if definition.clauses is not None:
        return definition.clauses(fields)
    read = {name: fields.get(name) for name in sorted(definition.reads)}
    return Clause(text=definition.text, truth=definition.rule(fields), read=read)


@dataclass(slots=True)
class _Course:
    """How a definition fared through the history: when it was met anew, when it was nearest."""

    met: list[datetime] = field(default_factory=list)
    nearest: tuple[datetime, tuple[Clause, ...]] | None = None


def _course(account: Account, definition: Definition) -> _Course:
    """Read the history once more, for one definition. Only the facts it reads are looked at."""
    course, fields, before = _Course(), dict[str, Value](), False
    agreement, roster = account.terms.agreement, account.terms.roster
    for told_of in in_order(account.facts):
        fact = news_in(told_of, agreement, roster)
        if fact is None:
            continue
        fields.update(fact.data)
        if not definition.reads & fact.data.keys():
            continue
        clause = taken_apart(definition, fields)
        if clause.truth and (definition.trigger is Trigger.EVERY_CHANGE or not before):
            course.met.append(fact.occurred_at)
        before = bool(clause.truth)
        missing = lacking(clause)
        if missing and (not course.nearest or farness(missing) < farness(course.nearest[1])):
            course.nearest = fact.occurred_at, missing
    return course


def definition_lines(account: Account, definitions: tuple[DefinitionTold, ...]) -> Iterator[str]:
    """Tell of each definition whether it is met and by what, condition by condition."""
    time = "then" if account.past else "now"
    for definition in definitions:
        verdict = "met" if definition.met else "not met"
        yield f"{definition.name}: {definition.text} is {verdict} {time}"
        yield from (f"  {line}" for line in map(_condition, definition.conditions))
        if len(definition.conditions) > 1 and definition.lacking:
            yield f"  lacking: {'; '.join(definition.lacking)}"
        if definition.nearest:
            near = definition.nearest
            yield f"  nearest at {when(near.at)}: {'; '.join(near.lacking)}"


def _condition(condition: ConditionTold) -> str:
    return told(
        Clause(
            text=condition.text, truth=condition.truth, read=condition.read, gap=condition.off_by
        )
    )


def nearly_met(state: State, definitions: tuple[DefinitionTold, ...]) -> Iterator[NearMiss]:
    """Yield definitions that nearly handed the lead over, or were met to no avail."""
    for definition in definitions:
        for words in _misses(state, definition):
            yield NearMiss(kind="definition", name=definition.name, words=words)


def _misses(state: State, definition: DefinitionTold) -> Iterator[str]:
    if definition.nearly:
        yield f"nearly met: {definition.lacking[0]}"
    elif definition.nearest and not definition.met and not definition.met_at:
        yield f"nearest at {when(definition.nearest.at)}: {'; '.join(definition.nearest.lacking)}"
    yield from _in_vain(state, definition)
    cycle = state.cycle
    gone = state.converted or state.deleted
    if definition.met and cycle and cycle.ended and not state.met and not gone:
        yield f"met already when the cycle ended at {when(cycle.ended[0])}: {_again(definition)}"


def _in_vain(state: State, definition: DefinitionTold) -> Iterator[str]:
    """Yield what came of being met while sales had the lead already."""
    for cycle in state.cycles:
        until = cycle.ended[0] if cycle.ended else None
        during = [
            at for at in definition.met_at if at >= cycle.anchor and (not until or at < until)
        ]
        if cycle.definition == definition.name:
            during = during[1:]  # the first opened it
        during = [at for at in during if at > cycle.opened]
        open_then = f"while cycle {cycle.key} was open: no new hand-over"
        if len(during) > FEW:
            times = f"{len(during)} times from {when(during[0])} to {when(during[-1])}"
            yield f"met {times} {open_then}"
        else:
            yield from (f"met at {when(at)} {open_then}" for at in during)


def _again(definition: DefinitionTold) -> str:
    if definition.trigger == Trigger.EVERY_CHANGE:
        return "another change of its fields would hand it over again"
    return "it has to fail once and be met anew to hand the lead over again"


def nearest_of(definitions: tuple[DefinitionTold, ...]) -> DefinitionTold | None:
    """Return the definition that is nearest to being met, None where all are met."""
    unmet = [each for each in definitions if not each.met]
    return min(unmet, key=_far, default=None)


def _far(definition: DefinitionTold) -> tuple[int, int]:
    return len(definition.lacking), 0 if definition.nearly else 1


def evidence_words(evidence: Fields) -> str:
    """Write the values that were kept at the moment of truth."""
    return ", ".join(f"{n} was {value(v)}" for n, v in sorted(evidence.items()) if v is not None)
