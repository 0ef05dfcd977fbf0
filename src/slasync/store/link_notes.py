"""Who linked, joined or parted what, and what somebody undid: it is not made again by itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select

from slasync.domain.lead import LeadKey
from slasync.store.bulk import among, grouped, plainly, put, replace
from slasync.store.repository import Repository
from slasync.store.tables import LINK_NOTE, LINK_REFUSAL

ANY = select(LINK_NOTE.c.id).limit(1)
REFUSED = select(LINK_REFUSAL.c.record, LINK_REFUSAL.c.lead)
ANY_REFUSED = REFUSED.limit(1)


_LEAD = "lead "
"""A lead may have the name of its first record: what was undone of either is told apart."""


def whole(lead: LeadKey) -> str:
    """Name a lead, with all its records, where a record may be named."""
    return f"{_LEAD}{lead}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that was done to a link. `record` is a record, or the key of a lead joined."""

    at: datetime
    act: str  # "linked" | "merged" | "joined" | "unlinked" | "parted"
    record: str
    lead: LeadKey
    how: str
    evidence: Mapping[str, Any]
    by: str  # a person, or slasync itself
    why: str = ""


class LinkNotes(Repository):
    def add(self, notes: Sequence[Note]) -> None:
        names = Note.__dataclass_fields__
        put(self._db, LINK_NOTE, plainly, [{n: getattr(each, n) for n in names} for each in notes])

    def any(self) -> bool:
        """Tell whether anything was merged, made or undone at all: most pages need not ask more."""
        return self._db.execute(ANY).first() is not None

    def of(self, names: Collection[str]) -> list[Note]:
        """Return what was done to these leads and records, oldest first."""
        wanted = sorted(names)
        found = or_(LINK_NOTE.c.lead.in_(wanted), LINK_NOTE.c.record.in_(wanted))
        rows = self._db.execute(select(LINK_NOTE).where(found).order_by(LINK_NOTE.c.id))
        return [
            Note(
                at=row.at,
                act=row.act,
                record=row.record,
                lead=LeadKey(row.lead),
                how=row.how,
                evidence=row.evidence,
                by=row.by,
                why=row.why,
            )
            for row in rows
        ]

    def refuse(self, record: str, lead: LeadKey, by: str, why: str, now: datetime) -> None:
        """Keep a record, or a lead, from being made this lead's by itself ever again."""
        row = {"record": record, "lead": lead, "at": now, "by": by, "why": why}
        put(self._db, LINK_REFUSAL, replace, [row])

    def allow(self, record: str, lead: LeadKey) -> None:
        one = (LINK_REFUSAL.c.record == record, LINK_REFUSAL.c.lead == lead)
        self._db.execute(delete(LINK_REFUSAL).where(*one))

    def all_refused(self) -> list[tuple[LeadKey, LeadKey]]:
        """Return all that was undone: the record's own lead, and the lead that it is not."""
        rows = self._db.execute(REFUSED)
        return [(LeadKey(record.removeprefix(_LEAD)), LeadKey(lead)) for record, lead in rows]

    def refused(self, records: Collection[str]) -> dict[str, list[LeadKey]]:
        """Return the leads that each of these records, or leads, is not to be made part of."""
        if self._db.execute(ANY_REFUSED).first() is None:
            return {}
        rows = list(among(self._db, REFUSED, LINK_REFUSAL.c.record, records))
        return grouped(records, ((row.record, LeadKey(row.lead)) for row in rows))
