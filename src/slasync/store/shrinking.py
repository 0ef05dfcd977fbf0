"""Erased is erased on the disk as well: no byte of it in free pages, nor in the log.

SQLite leaves what was deleted in free space until something else is written there; PostgreSQL
leaves it until a vacuum. Backups, and PostgreSQL's archived log, are beyond reach from here.
"""

import mmap
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from slasync.errors import TryLater
from slasync.store.failures import translated

CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
BUSY = (
    "the person is erased, but free space and the log of the database could not be emptied, since"
    " somebody is using it: stop the daemon for a moment and give the same command again"
)


def left_on_disk(engine: Engine, words: Sequence[str]) -> list[str]:
    """Return those of `words` whose bytes the database's files hold; SQLite only."""
    if engine.dialect.name != "sqlite":
        return []
    return [word for word in words if any(_in_file(p, word.encode()) for p in _files(engine))]


def shrink(engine: Engine) -> None:
    """Have free space hold nothing any more. Raises TryLater when somebody is reading too long."""
    busy = _shrink_file(engine) if engine.dialect.name == "sqlite" else _vacuum(engine)
    if busy:
        raise TryLater(BUSY)


def _vacuum(engine: Engine) -> bool:
    alone = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with translated(), alone as db:
        db.execute(text("VACUUM"))
    return False


def _shrink_file(engine: Engine) -> bool:
    """Write the file anew and empty its log; tell whether somebody kept the log from that."""
    held = engine.raw_connection()
    try:
        cursor = held.cursor()
        try:
            cursor.execute("PRAGMA query_only=0")
            cursor.execute("VACUUM")
            cursor.execute(CHECKPOINT)
            told = cursor.fetchone()
        except sqlite3.OperationalError as error:
            raise TryLater(f"{BUSY} ({error})") from error
        return told is None or bool(told[0])
    finally:
        held.invalidate()  # the next to come opens it anew
        held.close()


def _files(engine: Engine) -> list[Path]:
    database = Path(engine.url.database or "")
    files = (database, database.with_name(f"{database.name}-wal"))
    return [path for path in files if path.is_file() and path.stat().st_size]


def _in_file(path: Path, word: bytes) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return held.find(word) >= 0
