"""The check score: what a lead is and did, weighed by the agreement's own points, on two axes.

The score that counts is the marketing system's. The check stands beside it, so that people see
where the two differ and why. *Fit* is what the lead is by its fields; *interest* is what it did,
each deed worth half as much after its half-life. Pure: the same facts in whatever order give the
same score at the same time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import fsum
from types import MappingProxyType
from typing import Generic, TypeVar

from slasync.domain.facts import Fact, FactKind, Grade, Place, dated_by, in_order
from slasync.domain.lead import Fields, Value
from slasync.domain.score_model import (
    About,
    Behaviour,
    Check,
    Criterion,
    Model,
    Rule,
    Shown,
    Sign,
    Threshold,
    Urgent,
)

NOTHING: Fields = MappingProxyType({})


class Axis(StrEnum):
    FIT = "fit"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One contribution: what it was worth when it happened and is worth now, and why."""

    axis: Axis
    name: str
    points: float
    value: float
    at: datetime | None  # since when it is so; None: since before slasync watched
    evidence: Fields
    about: About | None = None
    half_life: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The two axes, each at most its cap, and what they are made of."""

    fit: float
    interest: float
    total: float
    parts: tuple[Part, ...]  # fit as agreed, then interest as it happened
    unmet: tuple[str, ...] = ()  # criteria of fit that are known not to be met
    unknown: tuple[str, ...] = ()  # those not met because a field has no value


@dataclass(frozen=True, slots=True)
class Immediate:
    """Somebody should act at once."""

    at: datetime
    name: str
    evidence: Fields
    lapses_at: datetime | None = None


class Contradiction(StrEnum):
    ONLY_MARKETING = "only marketing's score qualifies"
    ONLY_CHECK = "only the check score qualifies"
    FAR_APART = "too many points apart"


def score(history: Iterable[Fact], check: Check, now: datetime, mirror: Fields = NOTHING) -> Score:
    """Work out the check score at `now`; what happened later does not count.

    `mirror`: the lead's fields as they are known at `now`, for fields that no fact tells of since
    they have not changed while slasync watched them.
    """
    happened = (fact for fact in history if fact.occurred_at <= now)
    walk = _Walk(happened, check.interest, check.reads, mirror)
    deeds = [
        part
        for behaviour, fact, before in walk.through()
        if (part := _deed(behaviour, fact, before, walk, now))
    ]
    fields = {name: walk.present(name) for name in check.reads}
    met = [c for c in check.fit if _holds(c.rule, c.reads, fields)]
    parts = (*(_trait(c, fields, walk.since) for c in met), *deeds)
    left = [c for c in check.fit if c not in met]
    fit = _sum(parts, Axis.FIT, check.fit_cap)
    interest = _sum(parts, Axis.INTEREST, check.interest_cap)
    return Score(
        fit=fit,
        interest=interest,
        total=fit + interest,
        parts=parts,
        unmet=tuple(c.name for c in left if not _blank(c, fields)),
        unknown=tuple(c.name for c in left if _blank(c, fields)),
    )


def immediate(
    history: Iterable[Fact], model: Model, since: datetime | None = None
) -> Immediate | None:
    """Return the first buying behaviour at or after `since`, a hand-over say.

    One from before that has not lapsed by then counts too. None: nothing asks to be acted on.
    """
    found = [i for i in immediates(history, model) if since is None or _stands(i, since)]
    return found[0] if found else None


def immediates(history: Iterable[Fact], model: Model) -> tuple[Immediate, ...]:
    """Return all buying behaviour there was, in the order in which it happened."""
    if not model.immediate:
        return ()
    walk = _Walk(history, model.immediate, model.urged_by, NOTHING)
    found = [_urged(urgent, fact, before, walk.fields) for urgent, fact, before in walk.through()]
    return tuple(sorted(found, key=lambda i: (i.at, i.name)))


def qualifies(score: Score, threshold: Threshold) -> bool:
    """Tell whether a score reaches all that is asked for."""
    return not any(True for _ in shortfalls(score, threshold))


def shortfalls(score: Score, threshold: Threshold) -> Iterator[tuple[str, float, float]]:
    """Yield (what, reached, asked for) for whatever falls short."""
    for name in ("total", "fit", "interest"):
        reached, asked = getattr(score, name), getattr(threshold, name)
        if asked is not None and reached < asked:
            yield name, reached, asked


def contradiction(
    score: Score, check: Check, marketing: float | None, *, qualified: bool | None
) -> Contradiction | None:
    """Compare with marketing's score. `qualified`: whether that makes an MQL; None: no rule asks.

    Two scores on one side of their thresholds agree, however far apart, unless the agreement says
    how far they may be.
    """
    checked = qualifies(score, check.threshold)
    if qualified is not None and qualified != checked:
        return Contradiction.ONLY_CHECK if checked else Contradiction.ONLY_MARKETING
    if check.differs_by is None or marketing is None:
        return None
    apart = abs(marketing - score.total)
    return Contradiction.FAR_APART if apart > check.differs_by else None


_Item = TypeVar("_Item", bound=Shown)


class _Walk(Generic[_Item]):
    """A history read from its first fact to its last; `fields` stand as of the fact just read."""

    def __init__(
        self, history: Iterable[Fact], items: Sequence[_Item], reads: frozenset[str], mirror: Fields
    ) -> None:
        self._items, self._reads, self._mirror = items, reads, mirror
        self._entered: set[datetime] = set()
        touched = any(item.sign.channels for item in items)
        mattering: dict[Place, Fact] = {}  # told twice, it happened once
        for fact in history:
            if fact.kind is FactKind.CHANGED:
                if not reads.isdisjoint(fact.data):
                    mattering[fact.place] = fact
            elif fact.kind is FactKind.TOUCH:
                if touched:
                    mattering[fact.place] = fact
            elif fact.kind is FactKind.ENTERED:
                self._entered.add(fact.seen_at)
        self._facts = in_order(mattering.values())
        self.fields: dict[str, Value] = dict(self._never_told()) if mirror else {}
        self.since: dict[str, datetime] = {}

    def _never_told(self) -> Iterator[tuple[str, Value]]:
        told = {name for fact in self._facts if fact.kind is FactKind.CHANGED for name in fact.data}
        for name in self._reads - told:
            if name in self._mirror:
                yield name, self._mirror[name]

    def through(self) -> Iterator[tuple[_Item, Fact, Fields]]:
        """Yield each item whose sign a fact shows, with what the fields changed were before."""
        for fact in self._facts:
            before = self._take(fact) if fact.kind is FactKind.CHANGED else NOTHING
            for item in self._items:
                if _shows(item.sign, fact, before, self.fields):
                    yield item, fact, before

    def _take(self, fact: Fact) -> Fields:
        """Told again by another system, a value is no news."""
        before: dict[str, Value] = {}
        for name, value in fact.data.items():
            if name in self._reads and self.fields.get(name) != value:
                before[name] = self.fields.get(name)
                self.fields[name] = value
                self.since[name] = fact.occurred_at
        return before

    def rise(self, counter: str, fact: Fact, before: Fields) -> float:
        """Tell by how much a counter rose. One that fell was set back: nobody did anything.

        Its first value is a rise from nothing when the record itself came with it; else the field
        was not watched before, and what it counted meanwhile has no date.
        """
        if counter not in before:
            return 0.0
        value, start = self.fields.get(counter), before[counter]
        if start is None and fact.seen_at not in self._entered:
            return 0.0
        return max(0.0, _number(value) - _number(start))

    def present(self, name: str) -> Value:
        """Return a field's last value; cleared in one system, another may hold it still."""
        value = self.fields.get(name)
        return self._mirror.get(name) if value is None else value


def _shows(sign: Sign, fact: Fact, before: Fields, fields: Fields) -> bool:
    if fact.kind is FactKind.TOUCH:
        strong = fact.data.get("grade", Grade.STRONG) == Grade.STRONG
        return strong and fact.data.get("channel") in sign.channels
    if sign.at not in before and before.keys().isdisjoint(sign.reads):
        return False
    return _holds(sign.rule, sign.reads, fields)


def _holds(rule: Rule, reads: tuple[str, ...], fields: Fields) -> bool:
    return _held(rule, reads, tuple(map(fields.get, reads)))


@lru_cache(maxsize=50_000)
def _held(rule: Rule, reads: tuple[str, ...], values: tuple[Value, ...]) -> bool:
    """A rule is a function of the fields it reads, and leads resemble one another."""
    return rule(dict(zip(reads, values, strict=True)))


def _deed(
    behaviour: Behaviour, fact: Fact, before: Fields, walk: _Walk[Behaviour], now: datetime
) -> Part | None:
    points, sign = behaviour.points, behaviour.sign
    if behaviour.per:
        points *= walk.rise(behaviour.per, fact, before)
    if not points:
        return None
    at = _moment(sign, fact, before, walk.fields)
    return Part(
        axis=Axis.INTEREST,
        name=sign.name,
        points=points,
        value=points * 2.0 ** -((now - at) / behaviour.half_life),
        at=at,
        evidence=_evidence(sign, fact, walk.fields),
        half_life=behaviour.half_life,
    )


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _trait(criterion: Criterion, fields: Fields, since: Mapping[str, datetime]) -> Part:
    return Part(
        axis=Axis.FIT,
        name=criterion.name,
        points=criterion.points,
        value=criterion.points,
        at=max((since[n] for n in criterion.reads if n in since), default=None),
        evidence={name: fields[name] for name in criterion.reads},
        about=criterion.about,
    )


def _urged(urgent: Urgent, fact: Fact, before: Fields, fields: Fields) -> Immediate:
    at = _moment(urgent.sign, fact, before, fields)
    lapses = at + urgent.lasts if urgent.lasts else None
    return Immediate(at, urgent.sign.name, _evidence(urgent.sign, fact, fields), lapses)


def _stands(found: Immediate, since: datetime) -> bool:
    return found.at >= since or (found.lapses_at is not None and found.lapses_at > since)


def _evidence(sign: Sign, fact: Fact, fields: Fields) -> Fields:
    if fact.kind is FactKind.TOUCH:
        return {name: fact.data[name] for name in ("channel", "subject") if name in fact.data}
    return {name: fields.get(name) for name in sign.reads}


def _moment(sign: Sign, fact: Fact, before: Fields, fields: Fields) -> datetime:
    """Take the time the system gives for it, if told anew and not later than the news."""
    told = fields.get(sign.at) if sign.at and sign.at in before else None
    return dated_by(told, fact)


def _blank(criterion: Criterion, fields: Fields) -> bool:
    return any(fields[name] is None for name in criterion.reads)


def _sum(parts: Iterable[Part], axis: Axis, cap: float) -> float:
    """Add up exactly, so that the order does not matter."""
    return min(cap, fsum(part.value for part in parts if part.axis is axis))
