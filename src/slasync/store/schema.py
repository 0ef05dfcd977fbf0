"""Bringing a database to the tables of this slasync; one used by a newer slasync is refused."""

import threading
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from slasync.errors import Stopped
from slasync.store.failures import translated

HISTORY = Path(__file__).parent / "migrations"
_ALONE = threading.Lock()  # Alembic keeps what it is doing in a module


def migrate(engine: Engine) -> None:
    """Create the tables, or bring older ones up to date. Several processes may do so at once.

    Raises Stopped when the database was written by a newer slasync.
    """
    with _ALONE, translated(), engine.connect() as db:
        version = _version(db)
        refuse_newer(version)
        if version == newest_version():
            return
        db.rollback()
        upgrade(db)


def upgrade(db: Connection, to: str = "head") -> None:
    """Run the migrations that the database lacks, up to a version."""
    from alembic import command  # noqa: PLC0415 - a database that is up to date needs none of it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HISTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    command.upgrade(config, to)


def schema_version(engine: Engine) -> str | None:
    """Return the version of the database's tables; None for an empty database."""
    with engine.connect() as db:
        return _version(db)


def _version(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    version: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def newest_version() -> str:
    """Return the version of the tables this slasync works with."""
    return _versions()[-1]


def refuse_newer(version: str | None) -> None:
    """Raise Stopped unless `version` is one this slasync knows."""
    if version is not None and version not in _versions():
        raise Stopped(
            f"the database has tables of version {version}, which this slasync does not know"
            f" (it works with {newest_version()}): start the newer slasync that last used it"
        )


@cache
def _versions() -> tuple[str, ...]:
    """All versions there are, oldest first: each migration's file is named by its own."""
    return tuple(sorted(path.name[1:5] for path in HISTORY.glob("versions/m*.py")))
