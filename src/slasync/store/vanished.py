"""Records that vanished in such numbers that a person is asked before the mirror follows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, literal_column, select, update

from slasync.domain.lead import Ref
from slasync.store.bulk import AnyRow, by_ref, changed, chunks, keep_old, plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import RECORD, VANISHED, VANISHED_BATCH
from slasync.store.tables.records import DELETED


class Answer(StrEnum):
    """What became of a batch."""

    OPEN = "open"  # a person is asked
    ACCEPTED = "accepted"  # they are gone indeed: the mirror follows
    SETTLED = "settled"  # nothing of it is left


@dataclass(frozen=True, slots=True, kw_only=True)
class VanishedBatch:
    """Records of one kind; `records` are those that the mirror still shows."""

    name: str
    system: str
    kind: str
    because: str
    answer: Answer
    opened_at: datetime
    records: int = 0
    settled_at: datetime | None = None
    settled_by: str | None = None
    why: str | None = None


COUNTS = select(VANISHED.c.batch, func.count()).group_by(VANISHED.c.batch)
ALL = select(VANISHED_BATCH).order_by(VANISHED_BATCH.c.opened_at, VANISHED_BATCH.c.name)
THERE = select(VANISHED.c.system, VANISHED.c.kind, VANISHED.c.external_id)


class Vanished(Repository):
    def of_kind(self, system: str, kind: str) -> VanishedBatch | None:
        """Return the batch of a kind of records that a person is asked about."""
        open_ = [b for b in self.unsettled() if b.answer is Answer.OPEN]
        return next((b for b in open_ if (b.system, b.kind) == (system, kind)), None)

    def unsettled(self) -> list[VanishedBatch]:
        """Return the batches that are open, or accepted and not yet followed."""
        return self._those(ALL.where(VANISHED_BATCH.c.state != Answer.SETTLED.value))

    def settled(self, since: datetime) -> list[VanishedBatch]:
        return self._those(ALL.where(VANISHED_BATCH.c.settled_at >= since))

    def get(self, name: str) -> VanishedBatch | None:
        return next(iter(self._those(ALL.where(VANISHED_BATCH.c.name == name))), None)

    def open(self, batch: VanishedBatch) -> VanishedBatch:
        """Open a batch, its name made unlike all others."""
        alike = select(func.count()).where(VANISHED_BATCH.c.name.like(f"{batch.name}%"))
        known = self._db.execute(alike.select_from(VANISHED_BATCH)).scalar_one()
        name = f"{batch.name}-{known + 1}" if known else batch.name
        row = {
            "name": name, "system": batch.system, "kind": batch.kind, "because": batch.because,
            "state": batch.answer.value, "opened_at": batch.opened_at,
        }  # fmt: skip
        put(self._db, VANISHED_BATCH, plainly, [row])
        found = self.get(name)
        if found is None:
            raise RuntimeError(f"batch {name} vanished itself")
        return found

    def hold(self, batch: str, refs: Collection[Ref]) -> int:
        """Put records into a batch; return how many were in none before."""
        rows = [
            {"system": r.system, "kind": r.kind, "external_id": r.id, "batch": batch}
            for r in sorted(set(refs))
        ]
        return put(self._db, VANISHED, keep_old, rows)

    def accept(self, name: str, by: str, at: datetime, why: str) -> bool:
        """Let the mirror follow; False unless the batch is open."""
        is_open = VANISHED_BATCH.c.state == Answer.OPEN.value
        mine = update(VANISHED_BATCH).where(VANISHED_BATCH.c.name == name, is_open)
        values = {"state": Answer.ACCEPTED.value, "settled_by": by, "settled_at": at, "why": why}
        return changed(self._db.execute(mine.values(values))) == 1

    def records(self, batch: str, limit: int) -> list[Ref]:
        """Return up to `limit` records of a batch, by id."""
        mine = THERE.where(VANISHED.c.batch == batch).order_by(VANISHED.c.external_id)
        return [Ref(*row) for row in self._db.execute(mine.limit(limit))]

    def held(self, refs: Collection[Ref]) -> set[Ref]:
        """Return those of `refs` that are in a batch."""
        return {Ref(*row) for row in by_ref(self._db, THERE, VANISHED, refs)}

    def drop(self, refs: Collection[Ref]) -> None:
        """Take records out of their batch: they are there again, or the mirror has followed."""
        for system, kind in sorted({(ref.system, ref.kind) for ref in refs}):
            ids = [ref.id for ref in refs if (ref.system, ref.kind) == (system, kind)]
            for chunk in chunks(sorted(ids)):
                mine = (VANISHED.c.system == system, VANISHED.c.kind == kind)
                listed = VANISHED.c.external_id.in_(chunk)
                self._db.execute(delete(VANISHED).where(*mine, listed))

    def close_empty(self, now: datetime) -> list[str]:
        """Settle the batches of which nothing is left; return their names."""
        empty = [batch for batch in self.unsettled() if not batch.records]
        for batch in empty:
            of = VANISHED_BATCH.c.name == batch.name
            by = batch.settled_by or "slasync: all of them are there again"
            values = {"state": Answer.SETTLED.value, "settled_at": now, "settled_by": by}
            self._db.execute(update(VANISHED_BATCH).where(of).values(values))
        return [batch.name for batch in empty]

    def deleted_since(self, system: str, kind: str, since: datetime) -> int:
        """Count the records that the mirror has learned to be deleted since then."""
        mine = (RECORD.c.system == system, RECORD.c.kind == kind, RECORD.c.seen_at >= since)
        query = select(func.count()).select_from(RECORD).where(*mine, literal_column(DELETED))
        return int(self._db.execute(query).scalar_one())

    def _those(self, query: object) -> list[VanishedBatch]:
        counts = {name: count for name, count in self._db.execute(COUNTS)}  # noqa: C416 - typed
        return [_batch(row, counts.get(row.name, 0)) for row in self._db.execute(query)]  # type: ignore[call-overload]


def _batch(row: AnyRow, records: int) -> VanishedBatch:
    return VanishedBatch(
        name=row.name,
        system=row.system,
        kind=row.kind,
        because=row.because,
        answer=Answer(row.state),
        opened_at=row.opened_at,
        records=records,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        why=row.why,
    )
