"""When streams were not read: kept for reports, so that nobody is blamed for an outage.

An outage is a handful of rows a month: they stand among what the database knows of itself.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from slasync.domain.figures.custody import Outage
from slasync.store.bulk import put, replace
from slasync.store.repository import Repository
from slasync.store.tables import META

_MARK = "outage:"
_KEPT = select(META.c.key, META.c.value).where(META.c.key.like(f"{_MARK}%"))


class Outages(Repository):
    def put(self, outages: Iterable[Outage]) -> None:
        """Keep outages that are over; one that is known already stays as it is told last."""
        rows = [
            {"key": f"{_MARK}{o.begins.isoformat()} {o.stream}", "value": o.ends.isoformat()}
            for o in sorted(outages)
        ]
        if rows:
            put(self._db, META, replace, rows)

    def all(self) -> list[Outage]:
        """Return every outage that was kept, the earliest first."""
        return sorted(_outage(row.key, row.value) for row in self._db.execute(_KEPT))


def _outage(key: str, value: str) -> Outage:
    begins, _, stream = key.removeprefix(_MARK).partition(" ")
    return Outage(datetime.fromisoformat(begins), datetime.fromisoformat(value), stream)
