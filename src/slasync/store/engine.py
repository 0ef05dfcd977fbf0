"""Opening the database: SQLite beside the daemon or PostgreSQL by URL, with the same promises.

A committed row survives power loss, and two writers never lose one another's change.
"""

import sqlite3
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from slasync.errors import Stopped, TryLater

BUSY_SECONDS = 30
"""How long a transaction waits for another before it gives up."""
CONNECTIONS = 20
UNSAFE_COMMIT = "off"
PATIENCE = "slasync_patience"
"""Execution option: how many milliseconds a transaction waits, or is waited for."""
FAILED_SYNCS = frozenset({"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"})
UNSYNCED = (
    "the disk did not keep what was written (a sync failed), so nothing more is written. Look at"
    " the disk: the kernel's log, its mount, its free space. Then start slasync again: what was not"
    " committed is done again, and what may have been sent is looked up first;"
    " docs/operating.md#disk-failed"
)
READ_ONLY = "postgresql_readonly"
READ_ONLY_SERVER = "25006"
SURROUNDINGS = (
    "SELECT pg_backend_pid(), current_setting('fsync'), current_setting('synchronous_commit')"
)
BOUNDS = (
    "SELECT set_config('lock_timeout', %(wait)s, true),"
    " set_config('idle_in_transaction_session_timeout', %(wait)s, true)"
)
ALIVE = {  # a server that vanishes without a word is noticed within a minute, not within hours
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}

from_json = orjson.loads


def open_engine(
    url: str, *, durable: bool = True, patience: timedelta = timedelta(seconds=BUSY_SECONDS)
) -> Engine:
    """Open the database at `url` and see that it answers.

    `sqlite:///path/to/file.db` or `postgresql://user@host/name`. `durable=False` is for tests:
    commits may be lost when the power goes. `patience`: how long a transaction waits for one of
    another process. Raises Stopped when the URL or the server's settings are wrong, TryLater when
    the server is out of reach.
    """
    parsed = _parsed(url)
    opened = _sqlite if parsed.get_backend_name() == "sqlite" else _postgres
    engine = opened(parsed, int(patience / timedelta(milliseconds=1)), durable=durable)
    try:
        with engine.connect():
            pass
    except DBAPIError as error:
        engine.dispose()
        raise _unreachable(parsed, error) from error
    except Stopped:
        engine.dispose()
        raise
    return engine


def write_lock(engine: Engine) -> "threading.Lock | None":
    """Return the lock that writers of this process take in turn; None where rows are locked.

    SQLite's own waiting is by sleeping and asking again, which starves the unlucky.
    """
    lock: threading.Lock | None = getattr(engine.pool, "slasync_writer", None)
    return lock


def readers(engine: Engine) -> Engine:
    """Return the engine by which those connect who only read."""
    return engine.pool.readers if isinstance(engine.pool, _Writers) else engine


def kept_on_disk(engine: Engine) -> bool:
    """Tell whether the disk has kept, as far as is known, whatever was committed to SQLite."""
    unsynced: threading.Event | None = getattr(engine.pool, "slasync_unsynced", None)
    return unsynced is None or not unsynced.is_set()


def begin(db: Connection, *, reads: bool = False) -> None:
    """Say to the database how the transaction begins that SQLAlchemy has just begun.

    SQLite: here the lock is taken, or nothing may be written. PostgreSQL: a transaction neither
    waits for others without end, nor has them wait so for it; a process that is stopped in the
    middle of one holds its rows, and after a while the server undoes it. Said anew each time,
    since a pooler may change the connection.

    No listener does this: SQLAlchemy would look for listeners at every statement from then on.
    """
    if db.dialect.name == "sqlite":
        _begin_file(db, reads=reads)
    elif not reads:
        patience = db.get_execution_options()[PATIENCE]
        db.exec_driver_sql(BOUNDS, {"wait": str(patience)})


def _begin_file(db: Connection, *, reads: bool) -> None:
    if not reads and not kept_on_disk(db.engine):
        raise Stopped(UNSYNCED)
    driver: Any = db.connection.dbapi_connection
    statement = "BEGIN" if reads else "BEGIN IMMEDIATE"
    try:
        driver.execute(statement)
    except sqlite3.OperationalError as error:  # somebody else is writing for too long
        raise OperationalError(statement, None, error) from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Stopped(
            "this is no database URL; write sqlite:///folder/slasync.db"
            " or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _checked_file(parsed)
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise Stopped(f"slasync keeps its data in SQLite or PostgreSQL, not in {parsed.drivername}")


def _checked_file(url: URL) -> URL:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Stopped("an SQLite database needs a file, as in sqlite:///folder/slasync.db")
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise Stopped(f"the folder of the database does not exist: {folder}")
    _kept_from_others(Path(url.database))
    return url


def _kept_from_others(path: Path) -> None:
    """Make the file for our eyes only: it holds people's data. SQLite's log gets the same mode."""
    if path.exists():
        return
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise Stopped(f"the database {path} cannot be opened: {error.strerror}") from error


class _Writers(QueuePool):
    """The connections to a file that may write; `readers` has those that may not.

    SQLite prepares every statement anew when a connection is told otherwise: each is told once.
    """

    readers: Engine
    slasync_writer: threading.Lock
    slasync_unsynced: threading.Event

    def dispose(self) -> None:
        self.readers.dispose()
        super().dispose()

    def recreate(self) -> QueuePool:
        """What is known of the file, and whose turn it is, outlive an engine's disposal."""
        made = cast("_Writers", super().recreate())
        made.readers, made.slasync_writer = self.readers, self.slasync_writer
        made.slasync_unsynced = self.slasync_unsynced
        return made


def _sqlite(url: URL, patience: int, *, durable: bool) -> Engine:
    settings: dict[str, str | int] = {
        "busy_timeout": patience,
        "journal_mode": "WAL",
        "synchronous": "FULL" if durable else "OFF",
        "foreign_keys": "ON",
    }
    unsynced = threading.Event()
    engine = _file_engine(url, _Writers, settings, unsynced)
    reading = settings | {"query_only": "ON"}
    pool = cast("_Writers", engine.pool)
    pool.readers = _file_engine(url, QueuePool, reading, unsynced)
    pool.slasync_writer, pool.slasync_unsynced = threading.Lock(), unsynced
    return engine


def _file_engine(
    url: URL, pool: type[QueuePool], settings: Mapping[str, str | int], unsynced: threading.Event
) -> Engine:
    engine = create_engine(
        url,
        poolclass=pool,
        connect_args={"check_same_thread": False},
        pool_size=CONNECTIONS,
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,  # errors are logged, and parameters are people's data
    )

    @event.listens_for(engine, "do_connect")
    def not_anew(_: object, __: object, place: list[Any], how: dict[str, Any]) -> None:
        """A file that was removed meanwhile is out of reach: SQLite would make an empty one."""
        place[0], how["uri"] = f"{Path(place[0]).absolute().as_uri()}?mode=rw", True

    @event.listens_for(engine, "connect")
    def prepare(db: Any, _: object) -> None:
        db.isolation_level = None  # the driver's own BEGIN comes too late: updates would be lost
        for name, value in settings.items():
            db.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "handle_error")
    def give_up(failure: ExceptionContext) -> None:
        """After a failed sync nobody knows what is on disk, and a second one may lie."""
        if getattr(failure.original_exception, "sqlite_errorname", "") in FAILED_SYNCS:
            unsynced.set()

    return engine


def _postgres(url: URL, patience: int, *, durable: bool) -> Engine:
    try:
        engine = create_engine(
            url,
            connect_args={"connect_timeout": 10, "application_name": "slasync", **ALIVE},
            pool_size=CONNECTIONS,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",  # what the store is written for, whatever is usual
            execution_options={PATIENCE: patience},
            json_serializer=_to_jsonb,
            json_deserializer=from_json,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise Stopped("PostgreSQL needs its driver: pip install 'slasync[postgres]'") from error

    @event.listens_for(engine, "connect")
    def look(db: Any, _: object) -> None:
        """Ask each connection: after a failover it may be another server that answers."""
        process, *settings = db.execute(SURROUNDINGS).fetchone()
        db.rollback()
        if process != db.info.backend_pid:  # a pooler: who prepared a statement may be elsewhere
            db.prepare_threshold = None
        if durable and UNSAFE_COMMIT in settings:
            db.close()
            raise Stopped(_forgetful(*settings))

    @event.listens_for(engine, "handle_error")
    def leave_demoted(failure: ExceptionContext) -> None:
        """Connections to a server that has become a replica are good for nothing any more."""
        code = getattr(failure.original_exception, "sqlstate", None)
        if code == READ_ONLY_SERVER and not _only_reads(failure.connection):
            failure.is_disconnect = True

    return engine


def _only_reads(db: Connection | None) -> bool:
    return db is not None and bool(db.get_execution_options().get(READ_ONLY))


def _forgetful(fsync: str, synchronous_commit: str) -> str:
    """Say what is wrong with a server that calls committed what is not on disk yet."""
    settings = {"fsync": fsync, "synchronous_commit": synchronous_commit}
    wrong = [name for name, value in settings.items() if value == UNSAFE_COMMIT]
    return (
        f"the PostgreSQL server runs with {' and '.join(f'{name}=off' for name in wrong)} and would"
        " lose committed events when the power goes; set"
        f" {' and '.join(f'{name}=on' for name in wrong)}"
    )


def _unreachable(url: URL, error: DBAPIError) -> Exception:
    said = str(error.orig).strip()
    shown = url.render_as_string(hide_password=True).replace("+psycopg", "")
    if url.get_backend_name() == "sqlite":
        return Stopped(f"the database {shown} cannot be opened: {said}")
    code = getattr(error.orig, "sqlstate", None)
    if code is None and "does not exist" not in said and "authentication" not in said:
        return TryLater(f"the database {shown} does not answer: {said}")
    return Stopped(f"the database {shown} cannot be used: {said}")


def to_json(value: Any) -> str:
    """Return `value` as the JSON columns store it."""
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:  # one odd value must not stop a page of records for ever
        return orjson.dumps(_storable(value), default=_plain).decode()


def _storable(value: Any) -> Any:
    """Return `value` without halves of characters, and without numbers of more than 64 bits."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case int() if not -(2**63) <= value < 2**63:
            return str(value)
        case Mapping():
            return {_storable(k): _storable(v) for k, v in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is no JSON value")


def _to_jsonb(value: Any) -> str:
    """PostgreSQL knows no NUL in text; one such character must not stop a page of records."""
    said = to_json(value)
    return to_json(_without_nul(value)) if "\\u0000" in said else said


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, Mapping):
        return {_without_nul(k): _without_nul(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    return value
