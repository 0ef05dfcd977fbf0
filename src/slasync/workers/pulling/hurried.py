"""Touches of more leads than one person can touch so fast: each is marked on its lead, as a fact.

A mark is only ever added: whoever is learned of last has all of them marked, in whatever order.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from slasync.domain.agreement import Haste
from slasync.domain.attempts import hurried
from slasync.domain.facts import Fact, FactKind, Grade
from slasync.domain.lead import LeadKey, UserKey
from slasync.store.unit import Unit

NEAR = timedelta(hours=1)
"""What happened within so long of one another is looked up by one statement."""


@dataclass(frozen=True, slots=True)
class Hurry:
    """What was agreed to be too fast, and which facts are touches."""

    haste: Haste
    kinds: frozenset[FactKind] = frozenset({FactKind.TOUCH})

    def counts(self, fact: Fact) -> bool:
        unsure = fact.data.get("grade") == Grade.UNCLASSIFIED
        return fact.kind in self.kinds and not unsure


def mark_hurried(unit: Unit, told: Iterable[Fact], hurry: Hurry, now: datetime) -> set[LeadKey]:
    """Mark what has become too fast by what was told now; return the leads with a new mark."""
    times: dict[UserKey, list[datetime]] = {}
    for fact in told:
        if fact.by is not None and hurry.counts(fact):
            times.setdefault(fact.by, []).append(fact.occurred_at)
    marks: dict[LeadKey, list[Fact]] = {}
    for person, at in sorted(times.items()):
        for begins, ends in _stretches(sorted(at), hurry.haste.within):
            deeds = unit.facts.deeds_of(person, begins, ends)
            for lead, fact in _too_many(deeds, hurry):
                marks.setdefault(lead, []).append(_mark(fact, hurry.haste, now))
    news = unit.facts.add(marks)
    roots = unit.joins.roots(news) if news else {}
    return {roots.get(lead, lead) for lead in news}


def _stretches(times: list[datetime], within: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when something can be too fast because of something at these times."""
    begins = last = times[0]
    for at in times[1:]:
        if at - last > max(NEAR, 2 * within):
            yield begins - within, last + within
            begins = at
        last = at
    yield begins - within, last + within


def _too_many(deeds: list[tuple[LeadKey, Fact]], hurry: Hurry) -> Iterator[tuple[LeadKey, Fact]]:
    """Yield the touches of too many leads. What is told of several, a meeting say, is one thing."""
    counted = sorted(
        ((lead, fact) for lead, fact in deeds if hurry.counts(fact)),
        key=lambda deed: deed[1].occurred_at,
    )
    told = Counter((fact.source, fact.source_id) for _, fact in counted)
    of: list[tuple[datetime, Hashable]] = [
        (fact.occurred_at, name if told[name] > 1 else lead)
        for lead, fact in counted
        for name in [(fact.source, fact.source_id)]
    ]
    yield from (counted[place] for place in hurried(of, hurry.haste))


def _mark(fact: Fact, haste: Haste, now: datetime) -> Fact:
    """Say of a touch that it was one of too many; it goes where the touch goes."""
    seconds = haste.within.total_seconds()
    return Fact(
        kind=FactKind.HURRIED,
        occurred_at=fact.occurred_at,
        seen_at=now,
        source=fact.source,
        source_id=f"hurried:{haste.most}:{seconds:g}:{fact.source_id}",
        by=fact.by,
        data={"of": fact.source_id, "most": haste.most, "seconds": seconds},
        about=fact.about,
    )
