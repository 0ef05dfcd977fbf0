"""The database of a run: a copy of an empty one, watched by triggers that no daemon code knows.

Every change of an outbox row and of a cursor is written down by the database itself, with the
vendors' time. Each daemon has an engine of its own, kept over the runs of one process: preparing
statements anew for each run would cost more than running them.
"""

import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import orjson
from sqlalchemy import Engine, PoolProxiedConnection, event

from slasync.rehearsal.simulation.evidence import CursorChange, OutboxChange, Row
from slasync.store.engine import open_engine, readers
from slasync.store.schema import migrate
from slasync.store.tables import METADATA
from slasync.store.types import Json, UtcDateTime

PERSON = "person"  # changes the database by hand
_OUTBOX = ("state", "term", "lease_by")
_CURSOR = ("watermark", "since", "upto", "term", "lease_by")
_TABLES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)
LOGS = ("sim_outbox_log", "sim_cursor_log")
_WRITES = ("INSERT", "UPDATE", "DELETE")
_CLAIM = "UPDATE cursor SET lease_by"  # at most, what another step goes by is later by that


def _logged(table: str, key: str, columns: tuple[str, ...]) -> str:
    """Return the SQL of a log table and of the triggers that fill it."""
    pairs = ", ".join(f"old_{c}, new_{c}" for c in columns)
    new = ", ".join(f"NULL, NEW.{c}" for c in columns)
    both = ", ".join(f"OLD.{c}, NEW.{c}" for c in columns)
    log = f"sim_{table}_log"
    start = f"INSERT INTO {log} (at, who, key, {pairs}) VALUES (sim_now(), sim_who(),"  # noqa: S608 - own names
    return f"""
        CREATE TABLE {log} (id INTEGER PRIMARY KEY, at, who, key, {pairs});
        CREATE TRIGGER {log}_new AFTER INSERT ON {table} BEGIN
          {start} NEW.{key}, {new}); END;
        CREATE TRIGGER {log}_changed AFTER UPDATE ON {table}
          WHEN {" OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in columns)} BEGIN
          {start} NEW.{key}, {both}); END;
    """


class Hooks(Protocol):
    """What is told of a daemon's transactions."""

    def before_transaction(self) -> bool:
        """Return whether the transaction may begin; it may be kept waiting."""

    def before_commit(self) -> None:
        """The transaction is about to be committed."""

    def after_transaction(self) -> None:
        """The transaction came to its end, one way or the other."""


class Untold:
    """Hooks of a database that nobody interrupts."""

    def before_transaction(self) -> bool:
        return True

    def before_commit(self) -> None:
        """Nothing happens."""

    def after_transaction(self) -> None:
        """Nothing happens."""


Changed = Callable[[str, str], None]
"""Told of a table that was changed, and by which call: "" when no daemon's step did it."""


@dataclass(slots=True)
class Watch:
    """Tells which tables are changed, and which a step reads before it answers."""

    caller: Callable[[], str] = lambda: ""
    changed: list[Changed] = field(default_factory=list)
    asked: set[str] | None = None

    def told(self, statement: str) -> None:
        """Take note of one statement."""
        written, read = _tables(statement)
        if written:
            caller = self.caller()
            for changed in self.changed:
                changed(written, caller)
        elif self.asked is not None:
            self.asked.update(read)


@cache
def _tables(statement: str) -> tuple[str, tuple[str, ...]]:
    """Return the table that a statement changes, and those that it reads."""
    start = statement.lstrip()
    tables = tuple(dict.fromkeys(_TABLES.findall(statement)))
    if start.startswith(_CLAIM):
        return "", ()
    return (tables[0], ()) if start.upper().startswith(_WRITES) else ("", tables)


class Slot:
    """The database as one daemon has it open, from run to run."""

    def __init__(self, path: Path) -> None:
        self.who = ""
        self.hooks: Hooks = Untold()
        self.now: Callable[[], datetime] = _no_time
        self.watch = Watch()
        self.engine = open_engine(f"sqlite:///{path}", durable=False)
        self._listen()

    def open(self, who: str, now: Callable[[], datetime], hooks: Hooks, watch: Watch) -> Engine:
        """Begin anew on the file as it is now: no connection, no lock of before is left."""
        self.engine.dispose()
        self.who, self.now, self.hooks, self.watch = who, now, hooks, watch
        self.engine.pool.slasync_writer = _Turn(self)  # type: ignore[attr-defined]
        return self.engine

    def _listen(self) -> None:
        @event.listens_for(self.engine, "connect")
        def prepare(db: sqlite3.Connection, _: object) -> None:
            db.create_function("sim_now", 0, lambda: self.now().isoformat())
            db.create_function("sim_who", 0, lambda: self.who)

        def told(_: Any, statement: str, *__: Any) -> None:
            self.watch.told(statement)

        # what listens to a dialect costs less: no statement is looked for listeners of its own
        for engine in (self.engine, readers(self.engine)):
            for way in ("do_execute", "do_executemany", "do_execute_no_params"):
                event.listen(engine, way, told)
        dialect = self.engine.dialect
        commit = dialect.do_commit

        def committing(dbapi_connection: PoolProxiedConnection) -> None:
            self.hooks.before_commit()
            commit(dbapi_connection)

        dialect.do_commit = committing  # type: ignore[method-assign]


def _no_time() -> datetime:
    raise RuntimeError("the database was not opened for a run")


class _Turn:
    """Stands in for the lock of writers: before it is taken is where others may go on."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._lock = threading.Lock()

    def acquire(self, *, timeout: float) -> bool:
        if not self._slot.hooks.before_transaction():
            return False
        if not self._lock.acquire(timeout=timeout / 30):
            raise RuntimeError("somebody gave the baton away inside a transaction")
        return True

    def release(self) -> None:
        self._lock.release()
        self._slot.hooks.after_transaction()


class Files:
    """The folder in which one process keeps its database, and the engines on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "slasync.db"
        self._empty = folder / "empty.db"
        self._copy = folder / "copy.db"
        self._slots: dict[str, Slot] = {}
        _make_template(self._empty)

    def begin(self) -> None:
        """Put an empty database in place of the last run's."""
        for slot in self._slots.values():
            slot.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self._empty, self.path)

    def back_up(self) -> None:
        """Make a copy of the database as it is now."""
        self._copy.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.path)) as db, closing(sqlite3.connect(self._copy)) as to:
            db.backup(to)

    def put_back(self) -> None:
        """Put the copy in the database's place; what was written down for the judge stays."""
        for slot in self._slots.values():
            slot.engine.dispose()
        kept = {log: _log(self.path, log) for log in LOGS}
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self._copy, self.path)
        with closing(sqlite3.connect(self.path)) as db, db:
            for log, rows in kept.items():
                marks = ", ".join("?" * len(rows[0])) if rows else ""
                db.executemany(f"INSERT OR IGNORE INTO {log} VALUES ({marks})", rows)  # noqa: S608 - own names

    def slot(self, name: str) -> Slot:
        """Return the database as one daemon, or a person, opens it."""
        if name not in self._slots:
            self._slots[name] = Slot(self.path)
        return self._slots[name]

    def close(self) -> None:
        for slot in self._slots.values():
            slot.engine.dispose()


@contextmanager
def opened() -> Iterator[Files]:
    """Keep a folder for the runs of this process, in memory where the machine offers that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        files = Files(Path(folder))
        try:
            yield files
        finally:
            files.close()


def _make_template(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}", durable=False)
    migrate(engine)
    engine.dispose()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(_logged("outbox", "key", _OUTBOX) + _logged("cursor", "stream", _CURSOR))


# what the database tells at the end


def tables_of(path: Path) -> dict[str, tuple[Row, ...]]:
    """Return all rows of all tables, JSON decoded, times as datetimes."""
    found: dict[str, tuple[Row, ...]] = {}
    with closing(sqlite3.connect(path)) as db:
        for table in METADATA.sorted_tables:
            names = [column.name for column in table.columns]
            reads = [_reader(column.type) for column in table.columns]
            chosen = ", ".join(f'"{name}"' for name in names)
            rows = db.execute(f'SELECT {chosen} FROM "{table.name}"').fetchall()  # noqa: S608 - own names
            found[table.name] = tuple(
                {
                    name: value if read is None or value is None else read(value)
                    for name, read, value in zip(names, reads, row, strict=True)
                }
                for row in rows
            )
    return found


def _reader(type_: object) -> Callable[[Any], Any] | None:
    if isinstance(type_, UtcDateTime):
        return datetime.fromisoformat
    return orjson.loads if isinstance(type_, Json) else None


def outbox_log(path: Path) -> tuple[OutboxChange, ...]:
    """Return every change of an outbox row, in order."""
    return tuple(
        OutboxChange(
            at=datetime.fromisoformat(row["at"]),
            key=row["key"],
            old_state=row["old_state"],
            new_state=row["new_state"],
            old_term=row["old_term"],
            new_term=row["new_term"],
            old_lease_by=row["old_lease_by"],
            new_lease_by=row["new_lease_by"],
            who=row["who"],
            by_person=row["who"] == PERSON,
        )
        for row in _log(path, "sim_outbox_log")
    )


def cursor_log(path: Path) -> tuple[CursorChange, ...]:
    """Return every change of a cursor, in order."""
    times = [f"{age}_{c}" for c in _CURSOR[:3] for age in ("old", "new")]
    return tuple(
        CursorChange(
            at=datetime.fromisoformat(row["at"]),
            stream=row["key"],
            **{name: _time(row[name]) for name in times},
            old_term=row["old_term"],
            new_term=row["new_term"],
            old_lease_by=row["old_lease_by"],
            new_lease_by=row["new_lease_by"],
            who=row["who"],
        )
        for row in _log(path, "sim_cursor_log")
    )


@lru_cache(maxsize=1024)
def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _log(path: Path, table: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()  # noqa: S608 - own names
