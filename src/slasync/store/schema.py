"""Bringing a database to the tables of this slasync; one used by a newer slasync is refused."""

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from slasync.errors import Stopped
from slasync.store.failures import translated

HISTORY = Path(__file__).parent / "migrations"
_ALONE = threading.Lock()  # Alembic keeps what it is doing in a module


def migrate(engine: Engine) -> None:
    """Create the tables, or bring older ones up to date. Several processes may do so at once.

    Raises Stopped when the database was written by a newer slasync.
    """
    config = _config()
    with _ALONE, translated(), engine.connect() as db:
        version = MigrationContext.configure(db).get_current_revision()
        refuse_newer(version)
        if version == newest_version():
            return
        db.rollback()
        config.attributes["connection"] = db
        command.upgrade(config, "head")


def schema_version(engine: Engine) -> str | None:
    """Return the version of the database's tables; None for an empty database."""
    with engine.connect() as db:
        return MigrationContext.configure(db).get_current_revision()


def newest_version() -> str | None:
    """Return the version of the tables this slasync works with."""
    return _history().get_current_head()


def refuse_newer(version: str | None) -> None:
    """Raise Stopped unless `version` is one this slasync knows."""
    if version is None:
        return
    try:
        _history().get_revision(version)
    except CommandError as error:
        raise Stopped(
            f"the database has tables of version {version}, which this slasync does not know"
            f" (it works with {newest_version()}): start the newer slasync that last used it"
        ) from error


@cache
def _history() -> ScriptDirectory:
    """All migrations there are: read once, for a process may open many databases."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HISTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
