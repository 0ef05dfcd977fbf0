"""What a failing database says, turned into errors that tell the caller what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from slasync.errors import TryLater

COLLIDED = frozenset({"40001", "40P01"})  # serialization, deadlock
HELD = "55P03"  # a lock was waited for in vain
SHORT = "53"  # of disk, memory or connections
GONE = (
    "08",  # connection lost
    "57",  # server shutting down or starting up; a statement cancelled by an operator
    "40003",  # nobody knows how it ended
    "25P0",  # a transaction that paused too long: its process had been stopped
)
LOCKED = ("database is locked", "database table is locked")  # SQLite's words
ABSENT = "unable to open database file"


class Collided(TryLater):
    """Two transactions were in one another's way and this one gave up: run it again."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise Collided or TryLater where trying again helps; leave every other error as it is."""
    try:
        yield
    except PoolTimeoutError as error:
        raise TryLater(f"no connection to the database was free: {error}") from error
    except DBAPIError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: DBAPIError) -> TryLater | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    said = str(error.orig).strip()
    if code in COLLIDED:
        return Collided(f"the database undid a transaction in favour of another: {said}")
    if code == HELD or any(words in said for words in LOCKED):
        return TryLater(f"another process holds the database: {said}")
    if code.startswith(SHORT):
        return TryLater(f"the database server has no room: {said}")
    if error.connection_invalidated or code.startswith(GONE):
        return TryLater(f"the database is out of reach: {said}", unknown=True)
    if ABSENT in said or _unconnected(error, code):
        return TryLater(f"the database is out of reach: {said}")
    return None


def _unconnected(error: DBAPIError, code: str) -> bool:
    """PostgreSQL's driver gives no code where there was no server to give one."""
    of_postgresql = hasattr(error.orig, "sqlstate")
    return of_postgresql and not code and isinstance(error, OperationalError)
