"""The agreement's files as they were: each edition from the time on from which it was in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from slasync.domain.agreement import OnChange
from slasync.domain.rulings import Change
from slasync.store.bulk import Query, plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import EDITION

NEWEST_FIRST = (EDITION.c.at.desc(), EDITION.c.id.desc())
OLDEST_FIRST = (EDITION.c.at, EDITION.c.id)
HISTORY = (EDITION.c.hash, EDITION.c.at, EDITION.c.on_change, EDITION.c.agreed)


@dataclass(frozen=True, slots=True)
class Edition:
    """`files` by name: agreement, calendars, teams; `hash` is what decisions are marked with.

    `agreed` is equal for editions in which nothing that was agreed differs; empty: not known.
    """

    hash: str
    at: datetime
    files: Mapping[str, str]
    on_change: OnChange = OnChange.RECOMPUTE  # what became of the leads that were open then
    agreed: str = ""

    @property
    def change(self) -> Change:
        """Return its coming into force."""
        return Change(self.hash, self.at, self.on_change, self.agreed or self.hash)


class Editions(Repository):
    def keep(self, edition: Edition) -> bool:
        """Keep what is in force from now on; False when that is the last edition there was."""
        last = self.last()
        if last is not None and last.hash == edition.hash:
            return False
        row = {
            "hash": edition.hash,
            "at": edition.at,
            "files": dict(edition.files),
            "on_change": edition.on_change.value,
            "agreed": edition.agreed or None,
        }
        put(self._db, EDITION, plainly, [row])
        return True

    def last(self) -> Edition | None:
        """Return the edition of the last start."""
        return self._first(select(EDITION).order_by(*NEWEST_FIRST))

    def at(self, moment: datetime) -> Edition | None:
        """Return the edition in force at a moment; None for times before the first that is kept."""
        return self._first(select(EDITION).where(EDITION.c.at <= moment).order_by(*NEWEST_FIRST))

    def of(self, hash_: str) -> Edition | None:
        """Return the edition with this hash, as it was kept first."""
        query = select(EDITION).where(EDITION.c.hash == hash_)
        return self._first(query.order_by(EDITION.c.id))

    def changes(self, until: datetime | None = None) -> list[Change]:
        """Return every coming into force up to a moment, oldest first, without the files."""
        query = select(*HISTORY).order_by(*OLDEST_FIRST)
        rows = self._db.execute(query if until is None else query.where(EDITION.c.at <= until))
        return [
            Change(row.hash, row.at, _choice(row.on_change), row.agreed or row.hash) for row in rows
        ]

    def _first(self, query: Query) -> Edition | None:
        row = self._db.execute(query.limit(1)).first()
        if row is None:
            return None
        return Edition(row.hash, row.at, row.files, _choice(row.on_change), row.agreed or "")


def _choice(word: str | None) -> OnChange:
    """Before there was a choice, and by a word of a newer slasync, open leads are judged anew."""
    return OnChange(word) if word in list(OnChange) else OnChange.RECOMPUTE
