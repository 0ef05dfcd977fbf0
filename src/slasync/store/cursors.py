"""How far each stream has been read, and whose turn it is to read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, null, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from slasync.ports import Position
from slasync.store.bulk import AnyRow, among, as_list, change, each, in_list, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import CURSOR


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a stream stands. `position` is set while a pass over [since, upto] is under way."""

    stream: str
    system: str
    since: datetime | None = None
    upto: datetime | None = None
    position: Position | None = None
    watermark: datetime | None = None  # everything up to this vendor time has been read
    advanced_at: datetime | None = None
    completed_at: datetime | None = None  # end of the last complete pass, our time
    passes: int = 0
    term: int = 0
    failures: int = 0  # in a row
    error: str | None = None
    asked_at: datetime | None = None  # it is to be read again since, whenever its turn is
    lease_by: str | None = None  # who has it, until when at the latest; who claims it is not told
    lease_until: datetime | None = None


LEASED = ("lease_by", "lease_until")
FIELDS = tuple(name for name in Cursor.__dataclass_fields__ if name not in LEASED)
COLUMNS = [CURSOR.c[name] for name in FIELDS]
SAVED = [name for name in FIELDS if name not in {"stream", "system", "term", "asked_at"}]

ALL = select(*COLUMNS, *(CURSOR.c[name] for name in LEASED)).order_by(CURSOR.c.stream)
OF_SYSTEM = ALL.where(CURSOR.c.system == bindparam("of_system"))
KNOWN = select(CURSOR.c.stream)
WATERMARKS = select(CURSOR.c.stream, CURSOR.c.watermark).where(CURSOR.c.watermark.is_not(None))
SETTLE = (
    update(CURSOR)
    .where(CURSOR.c.stream == bindparam("of_stream"), CURSOR.c.term == bindparam("of_term"))
    .where(CURSOR.c.lease_by == bindparam("holder"))
    .values({name: bindparam(name) for name in SAVED} | {"lease_by": null(), "lease_until": null()})
)
ASK = update(CURSOR).values(asked_at=bindparam("now"))


class Cursors(Repository):
    def claim(
        self, streams: Collection[str], by: str, now: datetime, until: datetime
    ) -> list[Cursor]:
        """Take those of `streams` that nobody else holds; each gets a new term.

        Streams are named `system.things`; unknown ones start at the beginning.
        """
        wanted = set(streams)
        found = self._taken(wanted, by, now, until)
        if left := wanted - {cursor.stream for cursor in found}:  # held by others, or not known yet
            found += self._begun(left, by, now, until)
        return sorted(found, key=attrgetter("stream"))

    def _begun(
        self, streams: Collection[str], by: str, now: datetime, until: datetime
    ) -> list[Cursor]:
        """Take those that nobody has read yet.

        No row is written for one that is held: two who do so while they hold others would wait
        for one another.
        """
        new = set(streams) - {
            row.stream for row in among(self._db, KNOWN, CURSOR.c.stream, streams)
        }
        put(self._db, CURSOR, keep_old, [_new(stream) for stream in sorted(new)])
        return self._taken(new, by, now, until) if new else []

    def _taken(
        self, streams: Collection[str], by: str, now: datetime, until: datetime
    ) -> list[Cursor]:
        asked = {"holder": by, "now": now, "until": until} | as_list(self._db, sorted(streams))
        rows = self._db.execute(_lease(self._db.dialect.name), asked)
        return [_cursor(row) for row in rows]

    def settle(self, cursors: Sequence[Cursor], by: str) -> int:
        """Store where the streams stand and let go of them; return how many were still held.

        A stream is held when `by` claimed it last, in the cursor's term. One that somebody else
        has claimed since stays as it is.
        """
        rows = [
            {name: getattr(cursor, name) for name in SAVED}
            | {"of_stream": cursor.stream, "of_term": cursor.term, "holder": by}
            for cursor in sorted(cursors, key=attrgetter("stream"))  # as everybody locks
        ]
        return each(self._db, SETTLE, rows)

    def ask(self, streams: Collection[str], now: datetime) -> None:
        """Have streams read again at once, whenever their turn is. Whoever holds them goes on."""
        change(self._db, ASK, CURSOR.c.stream, sorted(streams), now=now)

    def all(self) -> dict[str, Cursor]:
        rows = self._db.execute(ALL)
        return {row.stream: _cursor(row) for row in rows}

    def of_system(self, system: str) -> dict[str, Cursor]:
        """Return where the streams of one system stand, and who reads them."""
        rows = self._db.execute(OF_SYSTEM, {"of_system": system})
        return {row.stream: _cursor(row) for row in rows}

    def watermarks(self) -> dict[str, datetime]:
        """Return the watermark of each stream that has one."""
        return {row.stream: row.watermark for row in self._db.execute(WATERMARKS)}


@cache
def _lease(dialect: str) -> ReturningUpdate[Any]:
    """Take those of a list of streams that are free, and return them as they are from then on."""
    free = CURSOR.alias("free")
    ours = (
        select(free.c.stream)
        .where(in_list(free.c.stream, dialect))
        .where(
            or_(
                free.c.lease_until.is_(None),
                free.c.lease_until <= bindparam("now"),
                free.c.lease_by == bindparam("holder"),
            )
        )
        .with_for_update(skip_locked=True)
    )
    lease: dict[str, Any] = {"lease_by": bindparam("holder"), "lease_until": bindparam("until")}
    return (
        update(CURSOR)
        .where(CURSOR.c.stream.in_(ours))
        .values(lease | {"term": CURSOR.c.term + 1})
        .returning(*COLUMNS)
    )


def _new(stream: str) -> dict[str, Any]:
    system = stream.partition(".")[0]
    return {"stream": stream, "system": system, "passes": 0, "failures": 0, "term": 0}


def _cursor(row: AnyRow) -> Cursor:
    return Cursor(*row)
