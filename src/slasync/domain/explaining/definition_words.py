"""Definitions in words: which conditions hold, what was lacking, when they came nearest."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.agreement import Definition, Trigger
from slasync.domain.clauses import Clause, farness, lacking, leaves, nearly
from slasync.domain.contact import news_in
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import (
    ConditionTold,
    DefinitionTold,
    NearestTold,
    NearMiss,
)
from slasync.domain.explaining.tongue import Tongue
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
        lacking=tuple(condition_words(leaf, account.tongue) for leaf in missing),
        nearly=nearly(clause),
        nearest=_nearest(account.tongue, *nearest) if nearest else None,
        met_at=tuple(course.met),
    )


def _nearest(tongue: Tongue, at: datetime, missing: tuple[Clause, ...]) -> NearestTold:
    return NearestTold(at=at, lacking=tuple(condition_words(leaf, tongue) for leaf in missing))


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
        verdict = "met" if definition.met else "unmet"
        key = f"definition.{verdict}_{time}"
        yield account.say(key, name=definition.name, rule=definition.text)
        for each in definition.conditions:
            clause = Clause(text=each.text, truth=each.truth, read=each.read, gap=each.off_by)
            yield f"  {condition_words(clause, account.tongue)}"
        if len(definition.conditions) > 1 and definition.lacking:
            yield f"  {account.say('definition.lacking', what='; '.join(definition.lacking))}"
        if definition.nearest:
            yield f"  {_nearest_words(account, definition.nearest)}"


def _nearest_words(account: Account, nearest: NearestTold) -> str:
    return account.say("definition.nearest", at=nearest.at, lacking="; ".join(nearest.lacking))


def condition_words(clause: Clause, tongue: Tongue) -> str:
    """Say of one condition whether it holds, and by which value."""
    known = ((name, tongue.known(value)) for name, value in sorted(clause.read.items()))
    values = ", ".join(tongue.say("value.is", name=name, value=value) for name, value in known)
    verdict = {None: "untold", True: "holds", False: "fails"}[clause.truth]
    if verdict == "fails" and clause.gap is not None:
        verdict = "fails_by" if clause.gap else "fails_at"
    gap = tongue.digits(f"{clause.gap or 0:.6g}")
    return tongue.say(f"condition.{verdict}", rule=clause.text, values=values, gap=gap)


def nearly_met(
    account: Account, state: State, definitions: tuple[DefinitionTold, ...]
) -> Iterator[NearMiss]:
    """Yield definitions that nearly handed the lead over, or were met to no avail."""
    for definition in definitions:
        for words in _misses(account, state, definition):
            yield NearMiss(kind="definition", name=definition.name, words=words)


def _misses(account: Account, state: State, definition: DefinitionTold) -> Iterator[str]:
    if definition.nearly:
        yield account.say("definition.nearly", lacking=definition.lacking[0])
    elif definition.nearest and not definition.met and not definition.met_at:
        yield _nearest_words(account, definition.nearest)
    yield from _in_vain(account, state, definition)
    cycle = state.cycle
    gone = state.converted or state.deleted
    if definition.met and cycle and cycle.ended and not state.met and not gone:
        every = definition.trigger == Trigger.EVERY_CHANGE
        again = account.say("definition.again_changed" if every else "definition.again_crossed")
        yield account.say("definition.met_already", at=cycle.ended[0], again=again)


def _in_vain(account: Account, state: State, definition: DefinitionTold) -> Iterator[str]:
    """Yield what came of being met while sales had the lead already."""
    for cycle in state.cycles:
        until = cycle.ended[0] if cycle.ended else None
        during = [
            at for at in definition.met_at if at >= cycle.anchor and (not until or at < until)
        ]
        if cycle.definition == definition.name:
            during = during[1:]  # the first opened it
        during = [at for at in during if at > cycle.opened]
        if len(during) > FEW:
            key, ends = "definition.met_often", {"begins": during[0], "ends": during[-1]}
            yield account.say(key, times=len(during), cycle=cycle.key, **ends)
        else:
            key = "definition.met_in_vain"
            yield from (account.say(key, at=at, cycle=cycle.key) for at in during)


def nearest_of(definitions: tuple[DefinitionTold, ...]) -> DefinitionTold | None:
    """Return the definition that is nearest to being met, None where all are met."""
    unmet = [each for each in definitions if not each.met]
    return min(unmet, key=_far, default=None)


def _far(definition: DefinitionTold) -> tuple[int, int]:
    return len(definition.lacking), 0 if definition.nearly else 1


def evidence_words(evidence: Fields, tongue: Tongue) -> str:
    """Write the values that were kept at the moment of truth."""
    known = ((n, tongue.known(v)) for n, v in sorted(evidence.items()) if v is not None)
    return ", ".join(tongue.say("value.was", name=name, value=value) for name, value in known)
