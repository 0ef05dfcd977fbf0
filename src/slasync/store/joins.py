"""Leads that turned out to be one person: under whose key each is known, and on what evidence.

Nothing of a lead moves when it is joined to another: its facts and records are read with the
survivor's, and stand by themselves again when the join is undone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from slasync.domain.lead import LeadKey
from slasync.store.bulk import AnyRow, among, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import LEAD_JOIN

ROOTS = select(LEAD_JOIN.c.lead, LEAD_JOIN.c.survivor)
EVERY = select(LEAD_JOIN)
ANY = select(LEAD_JOIN.c.lead).limit(1)


@dataclass(frozen=True, slots=True)
class Join:
    """`lead` is the same person as `parent`, and both are known as `survivor`."""

    lead: LeadKey
    survivor: LeadKey
    parent: LeadKey
    how: str  # "merge": the systems made one record of two; "hand": somebody said so
    evidence: Mapping[str, Any]
    joined_at: datetime


class Joins(Repository):
    def roots(self, keys: Collection[LeadKey]) -> dict[LeadKey, LeadKey]:
        """Return under which key each of `keys` that was joined to another is known."""
        if not self._any():
            return {}
        rows = among(self._db, ROOTS, LEAD_JOIN.c.lead, keys)
        return {LeadKey(row.lead): LeadKey(row.survivor) for row in rows}

    def all_roots(self) -> dict[LeadKey, LeadKey]:
        return {LeadKey(lead): LeadKey(survivor) for lead, survivor in self._db.execute(ROOTS)}

    def members(self, keys: Collection[LeadKey]) -> dict[LeadKey, LeadKey]:
        """Return the leads that were joined to any of `keys`, each with the survivor."""
        if not self._any():
            return {}
        rows = among(self._db, ROOTS, LEAD_JOIN.c.survivor, keys)
        return {LeadKey(lead): LeadKey(survivor) for lead, survivor in sorted(map(tuple, rows))}

    def _any(self) -> bool:
        """Tell whether there is any at all: most pages need not ask further."""
        return self._db.execute(ANY).first() is not None

    def of(self, key: LeadKey) -> list[Join]:
        """Return the joins by which leads are known under `key`, oldest first."""
        rows = among(self._db, EVERY, LEAD_JOIN.c.survivor, [key])
        return sorted(map(_join, rows), key=lambda join: (join.joined_at, join.lead))

    def add(self, join: Join) -> None:
        """Have a lead be known under another's key, and all that were joined to it."""
        row = {name: getattr(join, name) for name in Join.__dataclass_fields__}
        put(self._db, LEAD_JOIN, keep_old, [row])
        theirs = update(LEAD_JOIN).where(LEAD_JOIN.c.survivor == join.lead)
        self._db.execute(theirs.values(survivor=join.survivor))

    def along(self, lead: LeadKey) -> list[LeadKey]:
        """Return a lead and, after it, those that go with it where its join is undone."""
        return list(_with(lead, self.of(self.roots([lead]).get(lead, lead))))

    def undo(self, lead: LeadKey) -> list[LeadKey]:
        """Have a lead be known by its own key again; return it and those that go with it."""
        joins = self.along(lead)
        self._db.execute(delete(LEAD_JOIN).where(LEAD_JOIN.c.lead == lead))
        along = update(LEAD_JOIN).where(LEAD_JOIN.c.lead.in_(list(joins[1:])))
        self._db.execute(along.values(survivor=lead))
        return joins


def _with(lead: LeadKey, joins: Collection[Join]) -> Iterator[LeadKey]:
    """Yield a lead and, after it, all that were joined to it or to one of them."""
    yield lead
    for join in joins:
        if join.parent == lead:
            yield from _with(join.lead, joins)


def _join(row: AnyRow) -> Join:
    return Join(
        lead=LeadKey(row.lead),
        survivor=LeadKey(row.survivor),
        parent=LeadKey(row.parent),
        how=row.how,
        evidence=row.evidence,
        joined_at=row.joined_at,
    )
