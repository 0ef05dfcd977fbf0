"""Self-assessments: four answers now and then, kept among what the database knows of itself."""

import json
from datetime import datetime

from sqlalchemy import select

from slasync.domain.figures.maturity import Assessment, assessed
from slasync.store.bulk import put, replace
from slasync.store.repository import Repository
from slasync.store.tables import META

_MARK = "assessment:"
_KEPT = select(META.c.key, META.c.value).where(META.c.key.like(f"{_MARK}%"))


class Assessments(Repository):
    def put(self, found: Assessment) -> None:
        """Keep what was answered."""
        value = json.dumps({"answers": dict(found.answers), "by": found.by})
        put(self._db, META, replace, [{"key": f"{_MARK}{found.at.isoformat()}", "value": value}])

    def all(self) -> list[Assessment]:
        """Return every assessment, the oldest first."""
        found = (_read(row.key, row.value) for row in self._db.execute(_KEPT))
        return sorted(found, key=lambda each: each.at)


def _read(key: str, value: str) -> Assessment:
    kept, at = json.loads(value), datetime.fromisoformat(key.removeprefix(_MARK))
    return assessed(kept["answers"], at, kept["by"])
