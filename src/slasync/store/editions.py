"""The agreement's files as they were: each edition from the time on from which it was in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from slasync.store.bulk import Query, plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import EDITION

NEWEST_FIRST = (EDITION.c.at.desc(), EDITION.c.id.desc())


@dataclass(frozen=True, slots=True)
class Edition:
    """`files` by name: agreement, calendars, teams; `hash` is what decisions are marked with."""

    hash: str
    at: datetime
    files: Mapping[str, str]


class Editions(Repository):
    def keep(self, edition: Edition) -> bool:
        """Keep what is in force from now on; False when that is the last edition there was."""
        last = self._first(select(EDITION).order_by(*NEWEST_FIRST))
        if last is not None and last.hash == edition.hash:
            return False
        row = {"hash": edition.hash, "at": edition.at, "files": dict(edition.files)}
        put(self._db, EDITION, plainly, [row])
        return True

    def at(self, moment: datetime) -> Edition | None:
        """Return the edition in force at a moment; None for times before the first that is kept."""
        return self._first(select(EDITION).where(EDITION.c.at <= moment).order_by(*NEWEST_FIRST))

    def of(self, hash_: str) -> Edition | None:
        """Return the edition with this hash, as it was kept first."""
        query = select(EDITION).where(EDITION.c.hash == hash_)
        return self._first(query.order_by(EDITION.c.id))

    def _first(self, query: Query) -> Edition | None:
        row = self._db.execute(query.limit(1)).first()
        return None if row is None else Edition(row.hash, row.at, row.files)
