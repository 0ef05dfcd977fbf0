"""Opening a database, and what one transaction may rely on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, StatementError

from slasync.errors import Stopped, TryLater
from slasync.store.engine import open_engine, readers, write_lock
from slasync.store.unit import Unit, reading, retrying, transaction
from tests.faults.marks import fault
from tests.store.given import NOW, a_record, contact


@fault("L3")
def test_a_commit_to_sqlite_survives_the_loss_of_power(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as db:
        assert db.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert db.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert db.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
    engine.dispose()


@fault("L3")
@pytest.mark.postgres
def test_a_server_that_forgets_commits_is_refused(postgres_url: str) -> None:
    with pytest.raises(Stopped, match="fsync=off"):
        open_engine(postgres_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("slasync.db", "no database URL"),
        ("mysql://localhost/slasync", "SQLite or PostgreSQL, not in mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////no/such/folder/slasync.db", "folder of the database does not exist"),
    ],
)
def test_a_wrong_url_is_told_in_plain_words(url: str, said: str) -> None:
    with pytest.raises(Stopped, match=said):
        open_engine(url)


def test_a_file_that_is_no_database_is_told_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is no database, but long enough to be taken for one" * 20)
    with pytest.raises(Stopped, match="cannot be opened"):
        open_engine(f"sqlite:///{path}")


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_told_in_plain_words(postgres_url: str) -> None:
    with pytest.raises(Stopped, match=r'database "nowhere" does not exist'):
        open_engine(_elsewhere(postgres_url), durable=False)


def _elsewhere(url: str) -> str:
    return url.partition("@/")[0] + "@/nowhere?" + url.partition("?")[2]


@fault("S10")
def test_a_server_out_of_reach_may_be_there_later_and_no_password_is_shown() -> None:
    with pytest.raises(TryLater, match="does not answer") as told:
        open_engine("postgresql://ana:secret@127.0.0.1:1/slasync")
    assert "secret" not in str(told.value)


@fault("L21")
def test_what_a_failed_transaction_did_is_undone(engine: Engine) -> None:
    def fail(unit: Unit) -> None:
        unit.meta.put("color", "green")
        raise LookupError

    with pytest.raises(LookupError):
        retrying(engine, fail)
    with reading(engine) as unit:
        assert unit.meta.get("color") is None


def test_who_reads_waits_for_no_writer_and_sees_only_what_was_committed(engine: Engine) -> None:
    with transaction(engine) as writer:
        writer.meta.put("color", "green")
        with reading(engine) as unit:
            assert unit.meta.get("color") is None
    with reading(engine) as unit:
        assert unit.meta.get("color") == "green"


def test_who_reads_sees_one_moment_throughout(engine: Engine) -> None:
    with reading(engine) as unit:
        assert unit.meta.get("color") is None
        with transaction(engine) as writer:
            writer.meta.put("color", "green")
        assert unit.meta.get("color") is None


def test_who_reads_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), reading(engine) as unit:
        unit.meta.put("color", "green")
    with transaction(engine) as unit:  # the connection is as good as new
        unit.meta.put("color", "red")


def test_on_sqlite_no_connection_is_told_twice_whether_it_may_write(sqlite_url: str) -> None:
    """It would have to prepare all its statements anew, each time."""
    engine = open_engine(sqlite_url, durable=False)
    for opened in (engine, readers(engine)):
        with opened.connect() as db:
            assert db.execute(text("PRAGMA query_only")).scalar() == (opened is not engine)
    with transaction(engine), reading(engine):
        pass
    said: list[str] = []
    with engine.connect() as writes, readers(engine).connect() as reads:
        for db in (writes, reads):
            driver: Any = db.connection.dbapi_connection
            driver.set_trace_callback(said.append)
    with transaction(engine), reading(engine) as unit:
        unit.meta.get("color")
    assert [word for word in said if "PRAGMA" in word] == []
    assert said
    engine.dispose()


def test_whoever_lets_go_of_a_file_leaves_no_connection_open(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, durable=False)
    with transaction(engine), reading(engine):
        pass
    engine.dispose()
    with reading(engine):
        pass
    engine.dispose()
    folder = Path(str(engine.url.database)).parent
    assert not list(folder.glob("*-wal"))  # whoever closes the last one, removes it


def test_an_engine_in_use_again_knows_whose_turn_it_is_and_that_a_sync_failed(
    sqlite_url: str,
) -> None:
    engine = open_engine(sqlite_url, durable=False)
    lock = write_lock(engine)
    engine.dispose()
    assert lock is not None
    assert write_lock(engine) is lock
    with transaction(engine):
        pass
    engine.pool.slasync_unsynced.set()  # type: ignore[attr-defined]
    engine.dispose()
    with pytest.raises(Stopped, match="Then start slasync again"), transaction(engine):
        pass
    engine.dispose()


@fault("L11")
def test_a_file_that_was_removed_is_not_made_anew(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    path = Path(str(engine.url.database))
    engine.dispose()
    path.rename(path.with_name("elsewhere.db"))
    for opened in (reading, transaction):
        with pytest.raises(TryLater, match="out of reach"), opened(engine):
            pass
    assert not path.exists()


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - what the test is about
    with pytest.raises(StatementError, match="no time zone"), transaction(engine) as unit:
        unit.records.put([a_record(modified_at=naive)], [{}], NOW)


def test_a_time_of_any_zone_comes_back_as_the_same_instant_in_utc(engine: Engine) -> None:
    berlin = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=ZoneInfo("Europe/Berlin"))
    with transaction(engine) as unit:
        unit.records.put([a_record(modified_at=berlin)], [{}], NOW)
    with reading(engine) as unit:
        stored = unit.records.current([contact()])[contact()].modified_at
    assert stored == berlin
    assert stored.utcoffset() == timedelta(0)


@fault("V42")
def test_a_character_that_postgresql_cannot_store_does_not_stop_a_page(engine: Engine) -> None:
    odd = {"note": "a\0b", "backslash": "\\u0000"}
    with transaction(engine) as unit:
        unit.records.put([a_record(fields=odd)], [odd], NOW)
    with reading(engine) as unit:
        fields = unit.records.current([contact()])[contact()].fields
    assert fields["backslash"] == "\\u0000"
    assert str(fields["note"]).startswith("a")


def test_no_update_is_lost_when_threads_and_connections_count_together(database_url: str) -> None:
    engines = [open_engine(database_url, durable=False) for _ in range(2)]  # as two processes would

    def count(unit: Unit) -> None:
        state = unit.pools.locked("inbound")
        unit.pools.save("inbound", {"turn": state.get("turn", 0) + 1})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: retrying(engines[number % 2], count), range(40)))
    with reading(engines[0]) as unit:
        assert unit.pools.peek("inbound") == {"turn": 40}
    for engine in engines:
        engine.dispose()


def test_on_sqlite_what_a_transaction_has_read_nobody_changes_before_it_writes(
    sqlite_url: str,
) -> None:
    engines = [open_engine(sqlite_url, durable=False) for _ in range(2)]

    def count(unit: Unit) -> None:
        unit.meta.put("turn", str(int(unit.meta.get("turn") or 0) + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: retrying(engines[number % 2], count), range(40)))
    with reading(engines[0]) as unit:
        assert unit.meta.get("turn") == "40"
    for engine in engines:
        engine.dispose()


@fault("L16")
@pytest.mark.postgres
def test_of_two_transactions_that_wait_for_one_another_one_is_run_again(postgres_url: str) -> None:
    engine = open_engine(postgres_url, durable=False)
    both_hold_one = threading.Barrier(2)
    runs = []

    def take(first: str, second: str) -> None:
        def work(unit: Unit) -> None:
            runs.append(first)
            unit.pools.locked(first)
            if runs.count(first) == 1:
                both_hold_one.wait(20)
            state = unit.pools.locked(second)
            unit.pools.save(second, {"takers": [*state.get("takers", []), first]})

        retrying(engine, work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(take, ["a", "b"], ["b", "a"]))
    with reading(engine) as unit:
        assert unit.pools.peek("a") == {"takers": ["b"]}
        assert unit.pools.peek("b") == {"takers": ["a"]}
    assert len(runs) >= 3
    engine.dispose()
