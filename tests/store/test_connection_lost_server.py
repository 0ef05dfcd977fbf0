"""Servers that go away, become replicas, would forget commits; and processes that hold them up."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slasync.errors import Stopped, TryLater
from slasync.store.engine import open_engine
from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.postgres import TempPostgres
from tests.store.given import NOW, an_update, lead
from tests.store.mishaps import at_statement, undone_with
from tests.store.processes import hold_a_lead
from tests.store.proxy import Line
from tests.store.rounds import fresh, opened

pytestmark = pytest.mark.postgres
SECONDS = 20  # whoever waits longer waits for ever
SOON = timedelta(seconds=1)


@pytest.fixture(scope="module")
def careful_server() -> Iterator[TempPostgres]:
    """A server with PostgreSQL's own settings: what is committed is on disk."""
    server = TempPostgres({})
    yield server
    server.stop()


def paint(engine: Engine, color: str) -> None:
    with transaction(engine) as unit:
        unit.meta.put("color", color)


def color_of(engine: Engine) -> str | None:
    with reading(engine) as unit:
        return unit.meta.get("color")


@fault("L13")
def test_while_the_server_is_away_all_is_to_be_tried_later_and_nothing_has_happened(
    postgres_server: TempPostgres, postgres_template: str
) -> None:
    with fresh(postgres_server, postgres_template) as (url, engine):
        with Line(str(postgres_server.folder)) as line:
            through = open_engine(line.url(url), durable=False)
            paint(through, "green")
        with pytest.raises(TryLater, match="out of reach"):
            color_of(through)
        with pytest.raises(TryLater, match="out of reach") as told:
            paint(through, "red")
        through.dispose()
        assert not told.value.unknown
        assert color_of(engine) == "green"


@fault("L13")
@pytest.mark.parametrize("code", ["57P01", "08006", "08007", "40003", "25P03", "53300", "57014"])
def test_what_a_server_in_trouble_says_is_to_be_tried_later(postgres_url: str, code: str) -> None:
    with opened(postgres_url) as engine:
        with pytest.raises(TryLater), at_statement(engine, 2, undone_with(code)):
            paint(engine, "green")
        assert color_of(engine) is None


def test_a_statement_that_is_wrong_is_not_tried_again(postgres_url: str) -> None:
    with opened(postgres_url) as engine, pytest.raises(DBAPIError), transaction(engine) as unit:
        unit.meta._db.execute(text("SELECT 1 FROM nowhere"))  # noqa: SLF001 - what no method does


@fault("L13")
def test_connections_to_a_server_that_has_become_a_replica_are_left(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        with engine.connect() as db:  # as every connection, once its server is a replica
            db.execute(text("SET default_transaction_read_only = on"))
            db.commit()
        with pytest.raises(TryLater):
            paint(engine, "green")
        paint(engine, "green")
        assert color_of(engine) == "green"


@fault("L5", "L21")
def test_a_process_stopped_in_a_transaction_does_not_hold_up_others_without_end(
    postgres_url: str,
) -> None:
    with opened(postgres_url) as engine:
        with transaction(engine) as unit:
            unit.leads.put([an_update(lead(1))], NOW)
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=hold_a_lead, args=(postgres_url, SOON, theirs))
        process.start()
        assert ours.poll(SECONDS)
        assert ours.recv() == "holds"
        os.kill(process.pid or 0, signal.SIGSTOP)
        with transaction(engine) as unit:  # waits for the lead
            unit.leads.mark_dirty([lead(1)], NOW)
        os.kill(process.pid or 0, signal.SIGCONT)
        ours.send("go on")
        assert ours.poll(SECONDS)
        assert "out of reach" in ours.recv()
        process.join(SECONDS)
        assert process.exitcode == 0
        ours.close()
        theirs.close()
        assert color_of(engine) is None
        with reading(engine) as unit:
            assert unit.leads.next_dirty() == NOW


def test_a_server_with_its_own_settings_is_accepted(careful_server: TempPostgres) -> None:
    open_engine(careful_server.create()).dispose()


@pytest.mark.parametrize("value", ["local", "remote_write", "remote_apply"])
def test_any_commit_that_waits_for_the_disk_will_do(
    careful_server: TempPostgres, value: str
) -> None:
    url = careful_server.create()
    _set(url, "synchronous_commit", value)
    open_engine(url).dispose()


@fault("L3")
def test_a_database_that_answers_before_the_disk_is_refused(careful_server: TempPostgres) -> None:
    url = careful_server.create()
    _set(url, "synchronous_commit", "off")
    with pytest.raises(Stopped, match=r"synchronous_commit=off .* set synchronous_commit=on"):
        open_engine(url)


@fault("L3")
def test_a_server_that_never_waits_for_the_disk_is_refused(postgres_url: str) -> None:
    with pytest.raises(Stopped, match="fsync=off and synchronous_commit=off"):
        open_engine(postgres_url)


@fault("L3", "L13")
def test_each_new_connection_is_asked_again(careful_server: TempPostgres) -> None:
    url = careful_server.create()
    engine = open_engine(url)
    _set(url, "synchronous_commit", "off")
    engine.dispose()  # as after a restart of the server, or a failover
    with pytest.raises(Stopped, match="synchronous_commit=off"), transaction(engine):
        pass
    engine.dispose()


def _set(url: str, name: str, value: str) -> None:
    with opened(url) as engine, transaction(engine) as unit:
        unit.db.execute(text(f"ALTER DATABASE {engine.url.database} SET {name} = {value}"))


@fault("L3")
def test_every_connection_to_sqlite_waits_for_the_disk(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as one, engine.connect() as two:
        settings = []
        for db in (one, two):
            settings.append(db.execute(text("PRAGMA synchronous")).scalar())
            db.rollback()
    engine.dispose()
    assert settings == [2, 2]  # FULL
