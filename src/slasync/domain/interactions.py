"""What a lead did last, for whoever is to call: forms sent, pages and downloads, from its facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.facts import Fact, FactKind, dated_by, in_order
from slasync.domain.lead import Value

MOST = 5  # more than that nobody reads in a task


@dataclass(frozen=True, slots=True)
class Traced:
    """A field that holds what a lead did last, and the one that holds when, where there is one."""

    field: str
    at: str = ""

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.field, self.at} - {""})


@dataclass(frozen=True, slots=True, order=True)
class Interaction:
    at: datetime
    field: str
    value: str


def interactions(
    facts: Iterable[Fact], traced: Iterable[Traced], most: int = MOST
) -> tuple[Interaction, ...]:
    """Return the last ones, the latest first. The same thing at the same time is one."""
    fields: dict[str, Value] = {}
    found: dict[Interaction, None] = {}
    watched = tuple((each, each.reads) for each in traced)
    for fact in in_order(_telling(facts, frozenset().union(*(reads for _, reads in watched)))):
        fields.update(fact.data)
        for each, reads in watched:
            value = fields.get(each.field)
            if value not in {None, ""} and not reads.isdisjoint(fact.data):
                at = dated_by(fields.get(each.at), fact) if each.at else fact.occurred_at
                found[Interaction(at, each.field, str(value))] = None
    return tuple(sorted(found, reverse=True)[:most])


def _telling(facts: Iterable[Fact], reads: frozenset[str]) -> Iterator[Fact]:
    """Yield the changes of what is watched: few of a history's facts, and only these are sorted."""
    changed = FactKind.CHANGED
    for fact in facts:
        if fact.kind is changed and not reads.isdisjoint(fact.data):
            yield fact
