"""Databases for all tests, and quiet for their output.

A test that asks for `engine` runs on SQLite and on PostgreSQL, each time on a database of its own
with all tables in it.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Engine

from slasync.store.engine import open_engine
from slasync.store.schema import migrate
from tests.postgres import NoPostgres, TempPostgres

settings.register_profile("slasync", deadline=None, max_examples=60)
settings.load_profile("slasync")
structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each worker begin with its share of the slow tests: none is left for the end.

    Each is given one stretch of the list at first, and takes of others' when it is done.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    fast = [item for item in items if not item.get_closest_marker("slow")]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [
        item
        for left in range(workers, 0, -1)
        for some in (slow, fast)
        for item in _taken(some, len(some) // left)
    ]


def _taken(items: list[pytest.Item], many: int) -> list[pytest.Item]:
    """Take the first so many out of a list."""
    taken = items[:many]
    del items[:many]
    return taken


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among the tests themselves: there are thousands."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """A command that a test runs configures logging for its process: not for the next test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TempPostgres]:
    """A server for this worker's session. Skips where there are no binaries, fails in CI."""
    try:
        server = TempPostgres()
    except NoPostgres as reason:
        if os.environ.get("CI"):
            pytest.fail(f"CI has to run the PostgreSQL tests: {reason}")
        pytest.skip(str(reason))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: TempPostgres) -> str:
    """The name of a database with all tables and no rows."""
    url = postgres_server.create()
    _migrated(url).dispose()
    return url.rpartition("@/")[2].partition("?")[0]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    _migrated(f"sqlite:///{path}").dispose()  # closing folds the log into the file
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an SQLite database with all tables."""
    path = tmp_path / "slasync.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: TempPostgres, postgres_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with all tables."""
    url = postgres_server.create(postgres_template)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An SQLite database with all tables."""
    engine = open_engine(sqlite_url, durable=False)
    yield engine
    engine.dispose()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with all tables, of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with all tables, of either kind."""
    engine = open_engine(database_url, durable=False)
    yield engine
    engine.dispose()


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of either kind without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: TempPostgres = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """A maker of SQLite databases with all tables, for tests that need several."""
    made: list[Engine] = []

    def make() -> Engine:
        path = tmp_path / f"{len(made)}.db"
        shutil.copy(sqlite_template, path)
        made.append(open_engine(f"sqlite:///{path}", durable=False))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def _migrated(url: str) -> Engine:
    engine = open_engine(url, durable=False)
    migrate(engine)
    return engine
