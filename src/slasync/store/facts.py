"""What happened to leads: append-only, each fact once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey
from slasync.store.bulk import AnyRow, among, grouped, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import FACT

COLUMNS = [
    FACT.c[name]
    for name in (
        "lead_key", "kind", "occurred_at", "seen_at", "source", "source_id", "by", "data",
        "at_latest",
    )
]  # fmt: skip
EVERY = select(*COLUMNS)
EXTENTS = select(FACT.c.lead_key, func.count(), func.max(FACT.c.id)).group_by(FACT.c.lead_key)
ADDED = select(*COLUMNS, FACT.c.id).where(FACT.c.id > bindparam("since"))
TALLY = select(FACT.c.lead_key, FACT.c.kind, func.count()).group_by(FACT.c.lead_key, FACT.c.kind)
NAMED = select(func.count()).where(FACT.c.source_id.like(bindparam("pattern")))
LAST = select(func.coalesce(func.max(FACT.c.id), 0))
KINDS = {kind.value: kind for kind in FactKind}


@dataclass(frozen=True, slots=True)
class Extent:
    """How many facts a lead has, and the number of the last: facts are only ever added."""

    count: int
    last: int


class Facts(Repository):
    def of(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[Fact]]:
        """Return all facts of each lead, in no order that means anything."""
        rows = among(self._db, EVERY, FACT.c.lead_key, keys)
        return grouped(keys, ((row[0], _fact(row)) for row in rows))

    def extents(self, keys: Collection[LeadKey]) -> dict[LeadKey, Extent]:
        """Tell how long the history of each lead is; leads without any facts are left out."""
        rows = among(self._db, EXTENTS, FACT.c.lead_key, keys)
        return {LeadKey(key): Extent(count, last) for key, count, last in rows}

    def added(self, since: Mapping[LeadKey, int]) -> dict[LeadKey, list[Fact]]:
        """Return the facts of each lead whose numbers are above the one given."""
        if not since:
            return {}
        rows = among(self._db, ADDED, FACT.c.lead_key, since, since=min(since.values()))
        newer = ((row[0], _fact(row[:-1])) for row in rows if row[-1] > since[row[0]])
        return grouped(since, newer)

    def tally(self) -> dict[LeadKey, dict[FactKind, int]]:
        """Count every lead's facts by kind: for reports, not for steps."""
        found: dict[LeadKey, dict[FactKind, int]] = {}
        for key, kind, count in self._db.execute(TALLY):
            found.setdefault(key, {})[KINDS[kind]] = count
        return found

    def count_named(self, pattern: str) -> int:
        """Count the facts whose own id is like `pattern` (% stands for any text)."""
        return self._db.execute(NAMED, {"pattern": pattern}).scalar_one()

    def add(self, facts: Mapping[LeadKey, Sequence[Fact]]) -> set[LeadKey]:
        """Store facts not known yet; return the leads that have at least one new one."""
        rows = [_row(key, fact) for key in sorted(facts) for fact in _by_id(facts[key])]
        if not rows:
            return set()
        last = self._db.execute(LAST).scalar_one()
        stored = put(self._db, FACT, keep_old, rows)
        if stored == len(rows):
            return {row["lead_key"] for row in rows}
        if stored == 0:
            return set()
        newer = select(FACT.c.lead_key).where(FACT.c.id > last).distinct()
        return {row.lead_key for row in among(self._db, newer, FACT.c.lead_key, facts)}


def _by_id(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.source, fact.source_id))


def _row(key: LeadKey, fact: Fact) -> dict[str, Any]:
    return {
        "lead_key": key,
        "source": fact.source,
        "source_id": fact.source_id,
        "kind": fact.kind.value,
        "occurred_at": fact.occurred_at,
        "seen_at": fact.seen_at,
        "by": fact.by,
        "data": fact.data,
        "at_latest": fact.at_latest,
    }


def _fact(row: AnyRow | tuple[Any, ...]) -> Fact:
    _, kind, occurred_at, seen_at, source, source_id, by, data, at_latest = row
    return Fact(
        kind=KINDS[kind],
        occurred_at=occurred_at,
        seen_at=seen_at,
        source=source,
        source_id=source_id,
        by=by,
        data=data,
        at_latest=at_latest,
    )
