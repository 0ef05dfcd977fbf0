"""Whether the database under a running daemon is still the one it opened, whole and not gone back.

Each raises Stopped with what to do: slasync that went on would write into nothing, or into ruins.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from slasync.errors import Stopped
from slasync.store.engine import UNSYNCED, kept_on_disk
from slasync.store.unit import retrying

BEAT = "beat"
MOST_TOLD = 3


def file_of(engine: Engine) -> Path | None:
    """Return the file that an SQLite database is; None where a server keeps it."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database).absolute()


def check_pages(engine: Engine) -> None:
    """Look through all pages of an SQLite file. Raises Stopped when one is damaged."""
    path = file_of(engine)
    if path is None:
        return
    try:
        with engine.connect() as db:
            rows = db.exec_driver_sql(f"PRAGMA quick_check({MOST_TOLD})").scalars().all()
    except DatabaseError as error:
        rows = [str(error.orig)]
    if damage := damage_in(rows):
        raise Stopped(
            f"the database {path} is damaged ({damage}): put the last backup"
            " back, docs/operating.md#database-damaged tells how; keep the damaged file"
        )


def damage_in(rows: Sequence[str]) -> str:
    """Return what SQLite's checks found, on one line; empty when all is well."""
    lines = [line for row in rows for line in row.splitlines() if not line.startswith("***")]
    return "; ".join(line for line in lines if line != "ok")


class SameFile:
    """Notices that the file was removed, or another one put in its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was = _identity(path)

    def check(self) -> None:
        """Raise Stopped when the file is not the one of before."""
        now = _identity(self._path)
        if now != self._was:
            what = "was removed" if now is None else "was replaced by another file"
            raise Stopped(
                f"the database {self._path} {what} while slasync worked with it: what it wrote"
                " since is lost; docs/operating.md#database-replaced tells how to put a backup back"
            )


def check_synced(engine: Engine) -> None:
    """Raise Stopped when the disk has failed to keep what was written."""
    if not kept_on_disk(engine):
        raise Stopped(UNSYNCED)


class Onward:
    """Notices that the database went back in time, by a number that only ever grows in it.

    A backup was put back under the daemon, or a replica took over that lacks the last commits.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last = 0

    def check(self) -> None:
        """Count on. Raises Stopped when the number is lower than it was, TryLater as usual."""
        counted = retrying(self._engine, lambda unit: int(unit.meta.get(BEAT) or 0))
        if counted < self._last:
            raise Stopped(
                "the database went back in time: a backup was put back, or a replica took over"
                " that lacks the last commits. Start slasync again: what is missing is read and"
                " decided anew, under the same keys; docs/operating.md#database-went-back"
            )
        self._last = counted + 1
        retrying(self._engine, lambda unit: unit.meta.put(BEAT, str(counted + 1)))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
