"""What happened to leads: append-only, each fact once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.identity.merging import united
from slasync.domain.lead import LeadKey, UserKey
from slasync.store.bulk import AnyRow, among, chunks, grouped, keep_old, put
from slasync.store.joins import Joins
from slasync.store.repository import Repository
from slasync.store.tables import FACT
from slasync.store.tables.leads import DEEDS, MOVING
from slasync.store.types import UtcDateTime

COLUMNS = [
    FACT.c[name]
    for name in (
        "lead_key", "kind", "occurred_at", "seen_at", "source", "source_id", "by", "data",
        "at_latest", "about",
    )
]  # fmt: skip
EVERY = select(*COLUMNS)
EXTENTS = select(FACT.c.lead_key, func.count(), func.max(FACT.c.id)).group_by(FACT.c.lead_key)
ADDED = select(*COLUMNS, FACT.c.id).where(FACT.c.id > bindparam("since"))
TALLY = select(FACT.c.lead_key, FACT.c.kind, func.count()).group_by(FACT.c.lead_key, FACT.c.kind)
NAMED = select(func.count()).where(FACT.c.source_id.like(bindparam("pattern")))
LAST = select(func.coalesce(func.max(FACT.c.id), 0))
KINDS = {kind.value: kind for kind in FactKind}
_BROUGHT_ABOUT = or_(
    FACT.c.kind == FactKind.HANDOVER.value,
    and_(FACT.c.by.is_not(None), FACT.c.source != OURS),
)
CROWDS = (
    select(FACT.c.kind, FACT.c.by, func.count(FACT.c.lead_key.distinct()))
    .where(text(MOVING), FACT.c.seen_at >= bindparam("since"), _BROUGHT_ABOUT)
    .group_by(FACT.c.kind, FACT.c.by)
    .having(func.count(FACT.c.lead_key.distinct()) >= bindparam("least"))
)
DEEDS_OF = select(*COLUMNS).where(
    text(DEEDS),
    FACT.c.by == bindparam("person"),
    FACT.c.occurred_at >= bindparam("begins"),
    FACT.c.occurred_at <= bindparam("ends"),
)
MOVED_SINCE = select(FACT.c.lead_key, FACT.c.occurred_at).where(
    text(MOVING),
    FACT.c.seen_at >= bindparam("since"),
    FACT.c.occurred_at >= bindparam("begins"),
    FACT.c.occurred_at <= bindparam("ends"),
    _BROUGHT_ABOUT,
)
LEARNED = (
    select(
        FACT.c.lead_key,
        func.max(FACT.c.seen_at, type_=UtcDateTime),
        func.min(FACT.c.occurred_at, type_=UtcDateTime),
        func.max(FACT.c.occurred_at, type_=UtcDateTime),
    )
    .where(FACT.c.seen_at >= bindparam("since"), _BROUGHT_ABOUT)
    .group_by(FACT.c.lead_key)
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Changes of one kind by one user; None: it is not known who brings them about."""

    kind: FactKind
    by: UserKey | None


@dataclass(frozen=True, slots=True)
class Moved:
    """When changes of one lead were learned, the last of them, and happened, first and last."""

    learned: datetime
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """How many facts a lead has, and the number of the last: facts are only ever added."""

    count: int
    last: int


class Facts(Repository):
    def of(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[Fact]]:
        """Return all facts of each lead, in no order that means anything.

        Of one that was joined to another: its own, whoever else is asked for.
        """
        members = self._joined(keys)
        rows = among(self._db, EVERY, FACT.c.lead_key, [*keys, *members])
        found = grouped([*keys, *members], ((row[0], _fact(row)) for row in rows))
        for lead, survivor in members.items():
            theirs = [replace(fact, home=lead) for fact in found[lead]]
            found[survivor] = united([found[survivor], theirs])
        return {key: found[key] for key in keys}

    def _joined(self, keys: Collection[LeadKey]) -> dict[LeadKey, LeadKey]:
        """Return the leads that were joined to any of `keys`, and to which."""
        return Joins(self._db).members(keys)

    def extents(self, keys: Collection[LeadKey]) -> dict[LeadKey, Extent]:
        """Tell how long the history of each lead is; leads without any facts are left out."""
        members = self._joined(keys)
        found: dict[LeadKey, Extent] = {}
        for key, count, last in among(self._db, EXTENTS, FACT.c.lead_key, [*keys, *members]):
            lead = members.get(key, key)
            before = found.get(lead, Extent(0, 0))
            found[lead] = Extent(before.count + count, max(before.last, last))
        return found

    def added(self, since: Mapping[LeadKey, int]) -> dict[LeadKey, list[Fact]]:
        """Return the facts of each lead whose numbers are above the one given."""
        if not since:
            return {}
        members = self._joined(since)
        wanted = [*since, *members]
        rows = among(self._db, ADDED, FACT.c.lead_key, wanted, since=min(since.values()))
        newer = (
            (survivor, replace(_fact(row[:-1]), home=_home(row[0], members)))
            for row in rows
            for survivor in (members.get(row[0]) or LeadKey(row[0]),)
            if row[-1] > since[survivor]
        )
        return grouped(since, newer)

    def leads_with(self, kinds: Collection[FactKind]) -> list[LeadKey]:
        """Return the leads that have a fact of one of these kinds, in order: for reports."""
        found = select(FACT.c.lead_key).where(FACT.c.kind.in_([kind.value for kind in kinds]))
        keys = [LeadKey(key) for key in self._db.execute(found.distinct()).scalars()]
        roots = Joins(self._db).roots(keys)
        return sorted({roots.get(key, key) for key in keys})

    def leads_changed(self, since: datetime, kinds: Collection[FactKind]) -> list[LeadKey]:
        """Return the leads that a fact of these kinds happened to since then: for reports."""
        found = select(FACT.c.lead_key).where(FACT.c.kind.in_([kind.value for kind in kinds]))
        later = found.where(FACT.c.occurred_at >= since).distinct()
        keys = [LeadKey(key) for key in self._db.execute(later).scalars()]
        roots = Joins(self._db).roots(keys)
        return sorted({roots.get(key, key) for key in keys})

    def tally(self) -> dict[LeadKey, dict[FactKind, int]]:
        """Count every lead's facts by kind: for reports, not for steps."""
        found: dict[LeadKey, dict[FactKind, int]] = {}
        roots = Joins(self._db).all_roots()
        for key, kind, count in self._db.execute(TALLY):
            of_lead = found.setdefault(roots.get(key, key), {})
            of_lead[KINDS[kind]] = of_lead.get(KINDS[kind], 0) + count
        return found

    def crowds(self, since: datetime, least: int) -> list[Crowd]:
        """Return the kinds of changes learned since then that one user made to many leads.

        Hand-overs count together: who brings them about is told by no system.
        """
        rows = self._db.execute(CROWDS, {"since": since, "least": least})
        return [Crowd(KINDS[kind], UserKey(by) if by else None) for kind, by, _ in rows]

    def learned(
        self, crowd: Crowd, since: datetime, leads: Collection[LeadKey]
    ) -> dict[LeadKey, Moved]:
        """Return the changes of those of `leads` that are of a crowd."""
        of_leads = LEARNED.where(FACT.c.kind == crowd.kind.value, _by(crowd))
        rows = among(self._db, of_leads, FACT.c.lead_key, leads, since=since)
        return {LeadKey(key): Moved(*times) for key, *times in rows}

    def of_crowd(
        self, crowd: Crowd, since: datetime, begins: datetime, ends: datetime
    ) -> list[tuple[LeadKey, datetime]]:
        """Return lead and time of each change of a crowd that happened from `begins` to `ends`."""
        query = MOVED_SINCE.where(FACT.c.kind == crowd.kind.value, _by(crowd))
        between = {"since": since, "begins": begins, "ends": ends}
        rows = self._db.execute(query, between)
        return [(LeadKey(key), happened) for key, happened in rows]

    def deeds_of(
        self, person: UserKey, begins: datetime, ends: datetime
    ) -> list[tuple[LeadKey, Fact]]:
        """Return what one person did from `begins` to `ends`, to whatever leads: touches and
        changes of status.
        """
        asked = {"person": person, "begins": begins, "ends": ends}
        return [(LeadKey(row[0]), _fact(row)) for row in self._db.execute(DEEDS_OF, asked)]

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

    def move(self, lead: LeadKey, abouts: Collection[str], to: LeadKey) -> int:
        """Give the facts told of some records to another lead: they were never of the first.

        Those that the other has already stay behind, where they are told once more of nobody.
        """
        there = select(FACT.c.source, FACT.c.source_id).where(FACT.c.lead_key == to)
        known = {(row.source, row.source_id) for row in self._db.execute(there)}
        mine = select(FACT.c.id, FACT.c.source, FACT.c.source_id).where(
            FACT.c.lead_key == lead, FACT.c.about.in_(sorted(abouts)), FACT.c.source != OURS
        )
        rows = self._db.execute(mine).all()
        twice = [row.id for row in rows if (row.source, row.source_id) in known]
        moved = [row.id for row in rows if row.id not in set(twice)]
        for some in chunks(twice):
            self._db.execute(delete(FACT).where(FACT.c.id.in_(some)))
        for some in chunks(moved):
            self._db.execute(update(FACT).where(FACT.c.id.in_(some)).values(lead_key=to))
        return len(moved)


def _by(crowd: Crowd) -> ColumnElement[bool]:
    return FACT.c.by == crowd.by if crowd.by else FACT.c.by.is_(None)


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
        "about": fact.about or None,
    }


def _fact(row: AnyRow | tuple[Any, ...]) -> Fact:
    _, kind, occurred_at, seen_at, source, source_id, by, data, at_latest, about = row
    return Fact(
        kind=KINDS[kind],
        occurred_at=occurred_at,
        seen_at=seen_at,
        source=source,
        source_id=source_id,
        by=by,
        data=data,
        at_latest=at_latest,
        about=about or "",
    )


def _home(key: LeadKey, members: Mapping[LeadKey, LeadKey]) -> str:
    return key if key in members else ""
