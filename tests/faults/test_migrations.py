"""A migration that ends at any statement: the next start brings the tables to their end."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event

from slasync.store.engine import open_engine
from slasync.store.schema import migrate, newest_version, schema_version
from slasync.store.tables import METADATA
from tests.faults.marks import fault


class Killed(BaseException):
    """The process ended here."""


@contextmanager
def killed_at(engine: Engine, number: int) -> Iterator[list[str]]:
    """End the process before its statement `number`; tells which statements there were."""
    seen: list[str] = []

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        if len(seen) == number:
            raise Killed(statement)
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


def whole(engine: Engine) -> bool:
    with engine.connect() as db:
        return not compare_metadata(MigrationContext.configure(db), METADATA)


def statements(url: str) -> int:
    engine = open_engine(url, durable=False)
    with killed_at(engine, -1) as seen:
        migrate(engine)
    engine.dispose()
    return len(seen)


@fault("L23", "crash/migration")
def test_a_migration_killed_at_any_statement_is_done_by_the_next_start(tmp_path: Path) -> None:
    most = statements(f"sqlite:///{tmp_path}/whole.db")
    assert most > 20

    for number in range(most):
        url = f"sqlite:///{tmp_path}/{number}.db"
        killed = open_engine(url, durable=False)
        with killed_at(killed, number), pytest.raises(Killed):
            migrate(killed)
        killed.dispose()
        engine = open_engine(url, durable=False)
        migrate(engine)
        assert schema_version(engine) == newest_version(), number
        assert whole(engine), number
        engine.dispose()
        (tmp_path / f"{number}.db").unlink()


@fault("L23", "crash/migration")
@pytest.mark.postgres
@pytest.mark.parametrize("number", [1, 7, 19, 31])
def test_a_migration_of_postgresql_killed_in_the_middle_leaves_nothing_behind(
    postgres_server: Any, number: int
) -> None:
    url = postgres_server.create()
    engine = open_engine(url, durable=False)
    with killed_at(engine, number), pytest.raises(Killed):
        migrate(engine)
    assert schema_version(engine) is None
    migrate(engine)
    assert whole(engine)
    engine.dispose()
    postgres_server.drop(url)


@fault("L23")
def test_half_a_migration_is_seen_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    engine = open_engine(f"sqlite:///{path}", durable=False)
    with killed_at(engine, 15), pytest.raises(Killed):
        migrate(engine)
    engine.dispose()

    shell = sqlite3.connect(path)
    tables = shell.execute("SELECT count(*) FROM sqlite_master").fetchone()
    shell.close()
    assert tables == (0,)
