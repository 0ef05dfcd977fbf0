"""A copy of an SQLite database, whole and of one moment, while others go on writing to it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from slasync.errors import Stopped
from slasync.store.soundness import damage_in

PART = ".part"
MOST_TOLD = 3


def copy_to(database: Path, target: Path) -> int:
    """Copy, look through the copy, and only then give it its name; return its size in bytes.

    Nobody waits: in WAL mode a reader sees the moment at which it began. Raises Stopped when
    there is a file of that name, the copy does not fit, or the database is damaged.
    """
    if target.exists():
        raise Stopped(f"{target} exists already: name another file, a backup overwrites nothing")
    part = target.with_name(target.name + PART)
    try:
        _copied(database, part)
        os.link(part, target)  # unlike renaming, it fails where a file has come into being
    except FileExistsError as error:
        raise Stopped(f"{target} exists already: name another file") from error
    except (OSError, sqlite3.Error) as error:
        raise Stopped(f"{database} cannot be copied to {target}: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return target.stat().st_size


def _copied(database: Path, part: Path) -> None:
    part.unlink(missing_ok=True)  # of a backup that was broken off
    part.touch(mode=0o600)  # it holds people's data, as the database does
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy)  # all pages at once: of one moment
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        rows = [row[0] for row in copy.execute(f"PRAGMA integrity_check({MOST_TOLD})")]
    if damage := damage_in(rows):
        raise Stopped(
            f"the database {database} is damaged ({damage}): no backup was made;"
            " docs/operating.md#database-damaged tells what to do"
        )
    _on_disk(part)


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
