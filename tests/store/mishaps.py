"""A database that fails at one statement: the connection is killed, or the transaction undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, event, text

Mishap = Callable[[Connection], str | None]
"""Does its harm to a connection; may return a statement to be run in place of the due one."""

KILL = text("SELECT pg_terminate_backend(:pid)")
LIVES = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")


@dataclass(slots=True)
class Struck:
    """Statements still to pass before the mishap, and whether it came."""

    left: int
    yes: bool = False


def killed_by(admin: Engine) -> Mishap:
    """End the server's process of the connection, as a restart of the server does."""

    def kill(db: Connection) -> None:
        process = {"pid": process_of(db)}
        _ask(admin, KILL, process)
        while _ask(admin, LIVES, process):
            pass  # what it held is free when the client learns of this

    return kill


def undone_with(code: str) -> Mishap:
    """Have the server end the transaction by an error, as it does with one of a deadlock."""
    statement = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"
    return lambda _: statement


def _ask(admin: Engine, question: TextClause, values: dict[str, int]) -> Any:
    with admin.connect() as db:
        return db.execute(question, values).scalar()


def process_of(db: Connection) -> int:
    """Return the number of the server's process that serves a connection."""
    driver: Any = db.connection.driver_connection
    return int(driver.info.backend_pid)


@contextmanager
def at_statement(engine: Engine, number: int, mishap: Mishap) -> Iterator[Struck]:
    """Have the statement of this number meet a mishap, counted from one and from now on."""
    struck = Struck(number)

    def count(
        db: Connection,
        _: Any,
        statement: str,
        parameters: Any,
        __: Any,
        many: bool,  # noqa: FBT001
    ) -> tuple[str, Any]:
        struck.left -= 1
        if struck.left:
            return statement, parameters
        struck.yes = True
        instead = mishap(db)
        if instead is None:
            return statement, parameters
        return instead, [{}] if many else {}

    event.listen(engine, "before_cursor_execute", count, retval=True)
    try:
        yield struck
    finally:
        event.remove(engine, "before_cursor_execute", count)
