"""Was a lead complete when it was handed over? From what its records held then, not from today's.

Ingest writes down which of the fields that are owed have a value, and when that changes; never the
values themselves. So a field that was filled in later does not help, one that was emptied later
does not hurt, and of a record that was never watched nothing is said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.agreement import Agreement
from slasync.domain.facts import Fact, FactKind, dated_by, in_order
from slasync.domain.figures.obligations import RecordKind
from slasync.domain.state import Cycle

APPEARING = frozenset({FactKind.ENTERED, FactKind.LINKED})


@dataclass(frozen=True, slots=True)
class Gaps:
    """The fields that had no value at a hand-over, and those of which nobody can tell."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(slots=True)
class _Records:
    """The records of a lead as they were at one instant."""

    known: set[tuple[str, str, str]] = field(default_factory=set)
    filled: dict[tuple[str, str, str], dict[str, bool]] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        data = fact.data
        record = (str(data.get("system")), str(data.get("kind")), str(data.get("id")))
        self.known.add(record)
        if fact.kind == FactKind.FILLED:
            self.filled.setdefault(record, {}).update(data["fields"])

    def has(self, name: str, kinds: frozenset[RecordKind]) -> bool | None:
        """Tell whether any record has a value; None where one that may have it was not watched."""
        records = [r for r in self.known if r[:2] in kinds]
        told = [self.filled.get(record, {}).get(name) for record in records]
        if any(told):
            return True
        return None if None in told or not told else False


def gaps(facts: Sequence[Fact], told_by: Mapping[str, frozenset[RecordKind]], at: datetime) -> Gaps:
    """Return what was lacking at `at`, by what had happened until then, whenever it was learned."""
    records = _Records()
    for fact in in_order(_until(facts, at)):
        records.take(fact)
    found = {name: records.has(name, kinds) for name, kinds in told_by.items()}
    return Gaps(
        missing=tuple(name for name, has in found.items() if has is False),
        unknown=tuple(name for name, has in found.items() if has is None),
    )


def _until(facts: Iterable[Fact], at: datetime) -> Iterator[Fact]:
    """Yield what tells of records up to `at`.

    A record that slasync made then, or linked since, was not there to be filled.
    """
    kinds = APPEARING | {FactKind.FILLED}
    return (fact for fact in facts if fact.kind in kinds and fact.occurred_at <= at)


def shown_at(facts: Iterable[Fact], agreement: Agreement, cycle: Cycle) -> datetime:
    """Return the time of the version that showed the hand-over: what it held was handed over.

    A form is dated by its sending; the record that has its fields is a moment younger.
    """
    named = {d.occurred_field for d in agreement.definitions if d.occurred_field}
    shown = (
        fact.occurred_at
        for fact in facts
        if fact.kind == FactKind.CHANGED
        and any(dated_by(fact.data[n], fact) == cycle.anchor for n in named & fact.data.keys())
    )
    return min(shown, default=cycle.anchor)
