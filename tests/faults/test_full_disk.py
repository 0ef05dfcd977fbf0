"""A full disk, a database somebody else holds: nothing half done, no success told, then on."""

import sqlite3
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from slasync.errors import TryLater
from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.outbox_values import State
from slasync.store.schema import migrate
from slasync.store.unit import Unit, reading, transaction
from slasync.web.keeping import keeper
from tests.connectors.hubspot.bench import MONDAY, DrivenClock
from tests.faults.marks import fault
from tests.store.given import NOW
from tests.web.asgi import Answer, calls
from tests.web.test_webhooks import a_delivery, an_app, an_event
from tests.workers.given import Bench
from tests.workers.mirror import Mirror

BIG = "x" * 200_000


def delivered(engine: Engine, number: int) -> Answer:
    app = an_app(keeper(engine, DrivenClock()))
    return calls(app, a_delivery(an_event(number), {"broken": f"{number}{BIG}"}))[0]


@contextmanager
def full(engine: Engine, *, free: int = 0) -> Iterator[None]:
    """Let the database have no more than `free` pages that it has not got yet."""
    with engine.connect() as db:
        pages = int(db.execute(text("PRAGMA page_count")).scalar_one())

    def limit(db: sqlite3.Connection, *_: object) -> None:
        db.execute(f"PRAGMA max_page_count={pages + free}")

    def lift(db: sqlite3.Connection, *_: object) -> None:
        db.execute("PRAGMA max_page_count=1000000")

    engine.dispose()
    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()
    event.listen(engine, "connect", lift)


def kept(engine: Engine) -> tuple[int, int]:
    with reading(engine) as unit:
        return sum(unit.inbox.counts().values()), len(unit.quarantine.list())


@fault("L7", "crash/inbox-insert")
def test_on_a_full_disk_a_webhook_is_not_acknowledged_and_nothing_of_it_is_kept(
    sqlite_engine: Engine,
) -> None:
    assert delivered(sqlite_engine, 1).status == 204

    with full(sqlite_engine):
        assert delivered(sqlite_engine, 2).status == 503
        assert kept(sqlite_engine) == (1, 1)  # reading goes on

    assert delivered(sqlite_engine, 2).status == 204
    assert kept(sqlite_engine) == (2, 2)


@fault("L7")
@pytest.mark.parametrize("free", range(6))
def test_however_little_space_is_left_a_page_is_stored_with_its_cursor_or_not_at_all(
    sqlite_engine: Engine, free: int
) -> None:
    mirror = Mirror(sqlite_engine)
    mirror.read()
    before = mirror.cursor()
    for number in range(40):
        mirror.lead(fields={"name": f"{number}{'x' * 2_000}"})
    mirror.advance(timedelta(minutes=5))

    with full(sqlite_engine, free=free), pytest.raises(OperationalError, match="full"):
        mirror.read()

    assert mirror.keys() == []
    assert mirror.cursor().watermark == before.watermark
    mirror.advance(timedelta(hours=1))
    mirror.read()
    assert len(mirror.keys()) == 40


@fault("L7")
@pytest.mark.parametrize("free", range(4))
def test_what_was_sent_on_a_full_disk_is_looked_up_and_not_sent_twice(
    sqlite_engine: Engine, free: int
) -> None:
    bench = Bench(sqlite_engine)
    writes = [bench.task() for _ in range(60)]
    bench.queue(*writes)

    with full(sqlite_engine, free=free):
        try:
            bench.push().run()
        except DBAPIError as error:
            assert "full" in str(error)  # noqa: PT017 - it may find just enough space

    bench.outlive_leases()
    bench.finish(bench.push())
    assert set(bench.states(writes)) == {State.DONE}
    assert bench.effects() == sorted(write.key for write in writes)


@contextmanager
def held_by_a_shell(engine: Engine, patience: int) -> Iterator[None]:
    """Let another program hold the file; ours waits `patience` ms for it, not 30 s."""

    def impatient(db: sqlite3.Connection, *_: object) -> None:
        db.execute(f"PRAGMA busy_timeout={patience}")

    path = engine.url.database
    assert path
    engine.dispose()
    event.listen(engine, "connect", impatient)
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    yield
    shell.execute("ROLLBACK")
    shell.close()


@fault("L10", "W10")
def test_while_another_program_holds_the_database_webhooks_are_sent_again_later(
    sqlite_engine: Engine,
) -> None:
    with held_by_a_shell(sqlite_engine, patience=50):
        assert delivered(sqlite_engine, 1).status == 503
        assert kept(sqlite_engine) == (0, 0)

    assert delivered(sqlite_engine, 1).status == 204
    assert kept(sqlite_engine)[0] == 1


@fault("L10")
def test_a_step_waits_for_another_program_but_not_for_ever(sqlite_engine: Engine) -> None:
    mirror = Mirror(sqlite_engine)
    lead = mirror.lead()

    with (
        held_by_a_shell(sqlite_engine, patience=50),
        pytest.raises(TryLater, match="another process holds the database"),
    ):
        mirror.read()

    mirror.read()
    assert mirror.lead_of(lead)


@fault("L21")
def test_a_transaction_that_is_left_in_the_middle_holds_nothing(engine: Engine) -> None:
    def left() -> Generator[Unit]:
        with transaction(engine) as unit:
            unit.inbox.add([InboxEvent("hubspot", "1", {"kind": "contact", "id": "1"})], NOW)
            yield unit

    abandoned = left()
    next(abandoned)
    abandoned.close()  # as when the thread that waits for it is told to end

    with transaction(engine) as unit:
        assert unit.inbox.counts() == {}
        assert unit.inbox.add([InboxEvent("hubspot", "1", {"kind": "contact", "id": "1"})], NOW)


@fault("L7")
def test_a_database_that_cannot_be_made_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "slasync.db").mkdir()

    with pytest.raises(Exception, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}/slasync.db")


def test_the_deliveries_of_these_tests_are_of_monday() -> None:
    assert DrivenClock().now() == MONDAY


@fault("S23")
def test_the_database_and_its_log_are_for_our_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "slasync.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    engine.dispose()

    assert set(modes) == {"slasync.db", "slasync.db-wal", "slasync.db-shm"}
    assert set(modes.values()) == {0o600}
