"""The last reading of each record of each system."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from slasync.domain.field_ages import Since
from slasync.domain.lead import Fields, LeadKey, Ref, UserKey
from slasync.store.bulk import AnyRow, Insert, among, by_ref, grouped, put
from slasync.store.joins import Joins
from slasync.store.repository import Repository
from slasync.store.tables import LINK, RECORD


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as a system last showed it, fields by slasync's names."""

    ref: Ref
    modified_at: datetime  # vendor time
    deleted: bool
    email: str | None
    owner: UserKey | None
    status: str | None
    fields: Fields
    since: Since = field(default_factory=dict, compare=False)  # empty: nothing is known


COLUMNS = [
    RECORD.c[name]
    for name in (
        "system", "kind", "external_id", "modified_at", "deleted", "email", "owner", "status",
        "fields", "since",
    )
]  # fmt: skip
EVERY = select(*COLUMNS)
LINKED = (
    select(*COLUMNS, LINK.c.lead_key)
    .join_from(
        LINK,
        RECORD,
        (LINK.c.system == RECORD.c.system)
        & (LINK.c.kind == RECORD.c.kind)
        & (LINK.c.external_id == RECORD.c.external_id),
    )
    .where(LINK.c.merged_into.is_(None))
)


class Records(Repository):
    def current(self, refs: Collection[Ref]) -> dict[Ref, StoredRecord]:
        """Return those of `refs` that are mirrored."""
        found = map(_record, by_ref(self._db, EVERY, RECORD, refs))
        return {record.ref: record for record in found}

    def put(
        self, records: Sequence[StoredRecord], raws: Sequence[Mapping[str, Any]], seen_at: datetime
    ) -> None:
        """Store readings, each with its raw form. An older one never replaces a newer one."""
        rows = [
            {
                "system": record.ref.system,
                "kind": record.ref.kind,
                "external_id": record.ref.id,
                "modified_at": record.modified_at,
                "seen_at": seen_at,
                "deleted": record.deleted,
                "email": record.email,
                "owner": record.owner,
                "status": record.status,
                "fields": record.fields,
                "raw": raw,
                "since": record.since,
            }
            for record, raw in zip(records, raws, strict=True)
        ]
        rows.sort(key=lambda row: (row["system"], row["kind"], row["external_id"]))
        put(self._db, RECORD, _unless_older, rows)

    def of_leads(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[StoredRecord]]:
        """Return the mirrored records of each lead, deleted ones too; none that became part of
        another by a merge.
        """
        members = Joins(self._db).members(keys)
        rows = among(self._db, LINKED, LINK.c.lead_key, [*keys, *members])
        pairs = ((members.get(row.lead_key, row.lead_key), _record(row)) for row in rows)
        return grouped(keys, pairs)

    def retire(self, refs: Collection[Ref]) -> None:
        """Note that these records became part of others."""
        for ref in sorted(refs):
            one = (RECORD.c.system == ref.system, RECORD.c.kind == ref.kind,
                   RECORD.c.external_id == ref.id)  # fmt: skip
            self._db.execute(update(RECORD).where(*one).values(deleted=True))

    def erase(self, refs: Collection[Ref]) -> None:
        """Forget what these records said; that they were there, and are gone, is still known."""
        nothing: dict[str, Any] = {"fields": {}, "raw": {}, "since": {}}
        blank = {"email": None, "owner": None, "status": None, **nothing}
        for ref in sorted(refs):
            one = (RECORD.c.system == ref.system, RECORD.c.kind == ref.kind,
                   RECORD.c.external_id == ref.id)  # fmt: skip
            self._db.execute(update(RECORD).where(*one).values(**blank))

    def count(self, system: str, kind: str, *, deleted: bool = False) -> int:
        """Count mirrored records of one kind: those that exist, or those known to be deleted."""
        query = select(func.count()).where(
            RECORD.c.system == system, RECORD.c.kind == kind, RECORD.c.deleted.is_(deleted)
        )
        return self._db.execute(query).scalar_one()

    def page(self, system: str, kind: str, after_id: str, limit: int) -> list[StoredRecord]:
        """Return up to `limit` records with an id above `after_id` ("" to begin), by id."""
        query = (
            select(*COLUMNS)
            .where(RECORD.c.system == system, RECORD.c.kind == kind)
            .where(RECORD.c.external_id > after_id)
            .order_by(RECORD.c.external_id)
            .limit(limit)
        )
        return [_record(row) for row in self._db.execute(query)]


def _unless_older(insert: Insert) -> Insert:
    new = insert.excluded
    values = {c.name: new[c.name] for c in RECORD.columns if not c.primary_key}
    return insert.on_conflict_do_update(
        index_elements=[RECORD.c.system, RECORD.c.kind, RECORD.c.external_id],
        set_=values,
        where=RECORD.c.modified_at <= new.modified_at,
    )


def _record(row: AnyRow) -> StoredRecord:
    system, kind, external_id, modified_at, deleted, email, owner, status, fields, since, *_ = row
    ref = Ref(system, kind, external_id)
    return StoredRecord(ref, modified_at, deleted, email, owner, status, fields, since or {})
