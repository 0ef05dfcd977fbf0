"""Records that could not be understood, set aside with the reason."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from slasync.ports import Rejected
from slasync.store.bulk import AnyRow, Insert, among, chunks, put
from slasync.store.repository import Repository
from slasync.store.tables import QUARANTINE

ORDER = (QUARANTINE.c.first_seen, QUARANTINE.c.stream, QUARANTINE.c.external_id)
EVERY = select(QUARANTINE).order_by(*ORDER)
ALL = select(QUARANTINE)
ANY_OF_STREAM = (
    select(QUARANTINE.c.stream).where(QUARANTINE.c.stream == bindparam("stream")).limit(1)
)


class Quarantine(Repository):
    def put(self, rejected: Sequence[Rejected], now: datetime) -> None:
        """Set records aside, or renew the reason why they are."""
        rows = [
            {
                "stream": record.stream,
                "external_id": record.id,
                "reason": record.reason,
                "raw": record.raw,
                "first_seen": now,
                "last_seen": now,
            }
            for record in sorted(rejected, key=lambda record: (record.stream, record.id))
        ]
        put(self._db, QUARANTINE, _renew, rows)

    def clear(self, stream: str, ids: Collection[str]) -> None:
        """Forget records of `stream` that have been understood since."""
        if not self._db.execute(ANY_OF_STREAM, {"stream": stream}).all():
            return  # most of the time
        for chunk in chunks(sorted(ids)):
            ours = (QUARANTINE.c.stream == stream, QUARANTINE.c.external_id.in_(chunk))
            self._db.execute(delete(QUARANTINE).where(*ours))

    def counts(self) -> dict[str, int]:
        """Count records set aside, by stream; all that wait for a record as `system.waiting`."""
        query = select(QUARANTINE.c.stream, func.count()).group_by(QUARANTINE.c.stream)
        counts: Counter[str] = Counter()
        for stream, count in self._db.execute(query):
            counts[stream.partition(":")[0]] += count
        return dict(counts)

    def list(self) -> tuple[Rejected, ...]:
        """Return all records set aside, longest first."""
        return tuple(map(_rejected, self._db.execute(EVERY)))

    def of_streams(self, streams: Collection[str]) -> tuple[Rejected, ...]:
        """Return the records of these streams."""
        rows = among(self._db, ALL, QUARANTINE.c.stream, sorted(streams))
        return tuple(map(_rejected, rows))


def _rejected(row: AnyRow) -> Rejected:
    return Rejected(row.stream, row.external_id, row.reason, row.raw)


def _renew(insert: Insert) -> Insert:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[QUARANTINE.c.stream, QUARANTINE.c.external_id],
        set_={"reason": new.reason, "raw": new.raw, "last_seen": new.last_seen},
    )
