"""The database as commands open it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from slasync.cli.surroundings import WrongCall
from slasync.errors import Stopped
from slasync.settings import Settings
from slasync.store.engine import open_engine
from slasync.store.schema import newest_version, schema_version

FIRST = "`slasync run` or `slasync sync --once` makes it"


def database(settings: Settings) -> AbstractContextManager[Engine]:
    """Open the database. A wrong URL is a wrong configuration."""
    return _opened(settings.database_url)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    try:
        engine = open_engine(url)
    except Stopped as error:
        raise WrongCall(str(error)) from error
    try:
        yield engine
    finally:
        engine.dispose()


def used_database(settings: Settings) -> AbstractContextManager[Engine]:
    """Open a database that the daemon has filled; nothing is made or changed in it."""
    return used_database_at(settings.database_url)


@contextmanager
def used_database_at(given: str) -> Iterator[Engine]:
    """Open by its URL a database that the daemon has filled."""
    url = make_url(given)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise WrongCall(f"there is no database {url.database} yet: {FIRST}")
    with _opened(given) as engine:
        found = schema_version(engine)
        if found is None:
            raise WrongCall(f"the database is empty: {FIRST}")
        if found != newest_version():
            raise WrongCall(
                f"the database has tables of version {found}, this slasync works with"
                f" {newest_version()}: start `slasync run`, or use the slasync that last ran on it"
            )
        yield engine
