"""What a failing database says, turned into errors that tell the caller what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from slasync.errors import TryLater

COLLIDED = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock not available
GONE = ("08", "57P0")  # connection lost; server shutting down or starting up


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
    if "database is locked" in said or "database table is locked" in said:
        return TryLater(f"another process holds the database: {said}")
    lost = error.connection_invalidated or code.startswith(GONE)
    if lost and isinstance(error, OperationalError | InterfaceError):
        return TryLater(f"the database is out of reach: {said}", unknown=True)
    return None
