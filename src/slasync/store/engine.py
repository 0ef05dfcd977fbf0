"""Opening the database: SQLite beside the daemon or PostgreSQL by URL, with the same promises.

A committed row survives power loss, and two writers never lose one another's change.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from slasync.errors import Stopped, TryLater

BUSY_SECONDS = 30
"""How long a transaction waits for another before it gives up."""
READING = "slasync_reading"
"""Execution option of connections that only read."""
CONNECTIONS = 20
UNSAFE_COMMIT = "off"

from_json = orjson.loads


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Open the database at `url` and see that it answers.

    `sqlite:///path/to/file.db` or `postgresql://user@host/name`. `durable=False` is for tests:
    commits may be lost when the power goes. Raises Stopped when the URL or the server's settings
    are wrong, TryLater when the server is out of reach.
    """
    parsed = _parsed(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    engine = _sqlite(parsed, durable=durable) if is_sqlite else _postgres(parsed)
    try:
        with engine.connect() as db:
            if durable and not is_sqlite:
                _refuse_forgetful(db)
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
    return url


def _sqlite(url: URL, *, durable: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=CONNECTIONS,
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,  # errors are logged, and parameters are people's data
    )
    engine.pool.slasync_writer = threading.Lock()  # type: ignore[attr-defined]
    synchronous = "FULL" if durable else "OFF"

    @event.listens_for(engine, "connect")
    def prepare(db: Any, _: object) -> None:
        db.isolation_level = None  # the driver's own BEGIN comes too late: updates would be lost
        db.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={synchronous}")
        db.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(db: Connection) -> None:
        reading = db.get_execution_options().get(READING, False)
        if db.connection.info.get(READING) != reading:  # most transactions are as the last one
            db.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
            db.connection.info[READING] = reading
        db.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgres(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            connect_args={"connect_timeout": 10, "application_name": "slasync"},
            pool_size=CONNECTIONS,
            pool_pre_ping=True,
            json_serializer=_to_jsonb,
            json_deserializer=from_json,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise Stopped("PostgreSQL needs its driver: pip install 'slasync[postgres]'") from error


def _refuse_forgetful(db: Connection) -> None:
    """Refuse a server that says "committed" before it is on disk."""
    for setting in ("fsync", "synchronous_commit"):
        if db.execute(text(f"SHOW {setting}")).scalar_one() == UNSAFE_COMMIT:
            raise Stopped(
                f"the PostgreSQL server runs with {setting}=off and would lose committed events"
                f" when the power goes; set {setting}=on"
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
    return orjson.dumps(value, default=_plain).decode()


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
