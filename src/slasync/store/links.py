"""Which record of which system is which lead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from slasync.domain.lead import LeadKey, Ref
from slasync.store.bulk import among, by_ref, grouped, keep_old, put
from slasync.store.joins import Joins
from slasync.store.repository import Repository
from slasync.store.tables import LEAD_JOIN, LINK

REF = [LINK.c.system, LINK.c.kind, LINK.c.external_id]
EVERY = select(*REF, LINK.c.lead_key)
KNOWN_AS = select(*REF, func.coalesce(LEAD_JOIN.c.survivor, LINK.c.lead_key)).outerjoin_from(
    LINK, LEAD_JOIN, LEAD_JOIN.c.lead == LINK.c.lead_key
)
LIVE = EVERY.where(LINK.c.merged_into.is_(None))
TOLD = select(*REF, LINK.c.lead_key, LINK.c.how, LINK.c.linked_at, LINK.c.evidence,
              LINK.c.merged_into)  # fmt: skip
MERGED = TOLD.where(LINK.c.merged_into.is_not(None))


@dataclass(frozen=True, slots=True)
class Link:
    """A record that is a lead's, and on what evidence.

    `lead` is the one it was linked to; `merged_into`: it became part of that record by a merge.
    """

    ref: Ref
    lead: LeadKey
    how: str  # "id" | "key" | "email" | "first" | "created" | "merge" | "hand"
    linked_at: datetime
    evidence: Mapping[str, Any]
    merged_into: str | None = None


class Links(Repository):
    def of(self, refs: Collection[Ref]) -> dict[Ref, LeadKey]:
        """Return the lead that each of `refs` is known by, where it is linked."""
        rows = by_ref(self._db, KNOWN_AS, LINK, refs)
        return {Ref(system, kind, id_): lead for system, kind, id_, lead in rows}

    def of_leads(self, keys: Collection[LeadKey]) -> dict[LeadKey, tuple[Ref, ...]]:
        """Return the records of each lead, in order: its own before those of leads joined to it.

        Records that became part of others by a merge are left out.
        """
        members = Joins(self._db).members(keys)
        rows = among(self._db, LIVE, LINK.c.lead_key, [*keys, *members])
        found = sorted((lead in members, Ref(s, kind, id_), lead) for s, kind, id_, lead in rows)
        by_lead = grouped(keys, ((members.get(lead, lead), ref) for _, ref, lead in found))
        return {key: tuple(refs) for key, refs in by_lead.items()}

    def told(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[Link]]:
        """Return the links of each lead with their evidence, those of merged records as well."""
        members = Joins(self._db).members(keys)
        rows = among(self._db, TOLD, LINK.c.lead_key, [*keys, *members])
        links = [
            Link(Ref(s, kind, id_), LeadKey(lead), how, at, evidence or {}, merged_into)
            for s, kind, id_, lead, how, at, evidence, merged_into in rows
        ]
        links.sort(key=lambda link: (link.linked_at, link.ref))
        return grouped(keys, ((members.get(link.lead, link.lead), link) for link in links))

    def add(
        self,
        links: Sequence[tuple[Ref, LeadKey, str]],
        now: datetime,
        evidence: Mapping[Ref, Mapping[str, Any]] | None = None,
    ) -> None:
        """Link records to leads, each with how it was found out. The first link stands."""
        rows = [
            {
                "system": ref.system,
                "kind": ref.kind,
                "external_id": ref.id,
                "lead_key": lead,
                "how": how,
                "linked_at": now,
                "evidence": dict((evidence or {}).get(ref, {})),
            }
            for ref, lead, how in sorted(links)
        ]
        put(self._db, LINK, keep_old, rows)

    def merged(self, into: Mapping[Ref, Ref]) -> None:
        """Note that records became part of others of their system."""
        for gone, stays in sorted(into.items()):
            self._db.execute(update(LINK).where(*_is(gone)).values(merged_into=stays.id))

    def merges_of(self, refs: Collection[Ref]) -> dict[Ref, Ref]:
        """Return those of `refs` that became part of another record, and of which."""
        rows = by_ref(self._db, MERGED, LINK, refs)
        return {
            Ref(row.system, row.kind, row.external_id): Ref(row.system, row.kind, row.merged_into)
            for row in rows
        }

    def apart(self, refs: Collection[Ref]) -> None:
        """Note that these records stand by themselves again: a merge was undone."""
        for ref in sorted(refs):
            self._db.execute(update(LINK).where(*_is(ref)).values(merged_into=None))

    def remove(self, ref: Ref) -> None:
        """Forget whose a record is."""
        self._db.execute(delete(LINK).where(*_is(ref)))


def _is(ref: Ref) -> tuple[Any, ...]:
    return LINK.c.system == ref.system, LINK.c.kind == ref.kind, LINK.c.external_id == ref.id
