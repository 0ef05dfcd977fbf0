"""What a lead did last, for whoever is to call: forms sent, pages and downloads, from its facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.facts import Fact, FactKind, dated_by
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
    """Return the last ones, the latest first, of facts in their order. The same thing at the same
    time is one.
    """
    fields: dict[str, Value] = {}
    found: dict[Interaction, None] = {}
    watched = tuple((each, each.reads) for each in traced)
    every, changed = frozenset[str]().union(*(reads for _, reads in watched)), FactKind.CHANGED
    for fact in facts:
        if fact.kind is not changed or every.isdisjoint(fact.data):
            continue
        fields.update(fact.data)
        for each, reads in watched:
            value = fields.get(each.field)
            if value not in {None, ""} and not reads.isdisjoint(fact.data):
                at = dated_by(fields.get(each.at), fact) if each.at else fact.occurred_at
                found[Interaction(at, each.field, str(value))] = None
    return tuple(sorted(found, reverse=True)[:most])
