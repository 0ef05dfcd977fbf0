"""Behind a pooler each transaction may meet another connection: nothing is kept in one.

Nor is the server asked what time it is: slasync's own clock decides.
"""

import re

import psycopg
import pytest
from sqlalchemy import inspect, text

from slasync.store.schema import migrate
from slasync.store.tables import METADATA
from slasync.store.unit import transaction
from tests.faults.marks import fault
from tests.postgres import TempPostgres
from tests.store.mishaps import process_of
from tests.store.proxy import Line, Pooler
from tests.store.rounds import ROUNDS, begun, opened, persist, untroubled

pytestmark = pytest.mark.postgres
OF_THE_SESSION = re.compile(
    r"^\s*(SET(?!\s+LOCAL\b|\s+TRANSACTION\b)|LISTEN|UNLISTEN|NOTIFY|PREPARE|DECLARE|RESET)\b"
    r"|\bpg_(try_)?advisory_(?!xact)|\bTEMP(ORARY)?\s+TABLE\b|set_config\([^)]*,\s*false",
    re.IGNORECASE,
)
SERVERS_TIME = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
    r"|\b(CURRENT_(TIMESTAMP|TIME|DATE)|LOCALTIME(STAMP)?)\b",
    re.IGNORECASE,
)


@fault("L17")
@pytest.mark.parametrize("name", ROUNDS)
def test_a_step_needs_nothing_that_a_connection_remembers(
    postgres_server: TempPostgres, postgres_url: str, name: str
) -> None:
    with (
        opened(postgres_url) as engine,
        Pooler(str(postgres_server.folder)) as pooler,
        opened(pooler.url(postgres_url)) as through,
    ):
        expected = untroubled(engine, name)
        work = begun(engine, name)
        assert persist(work, through) == 0
        assert work.outcome() == expected


@fault("L17")
def test_tables_are_made_through_a_pooler(postgres_server: TempPostgres) -> None:
    url = postgres_server.create()
    with Pooler(str(postgres_server.folder)) as pooler, opened(pooler.url(url)) as engine:
        migrate(engine)
        assert set(METADATA.tables) <= set(inspect(engine).get_table_names())
    postgres_server.drop(url)


@fault("L17")
def test_the_pooler_of_these_tests_forgets_what_a_connection_was_told(
    postgres_server: TempPostgres,
) -> None:
    url = postgres_server.create()
    with Pooler(str(postgres_server.folder)) as pooler:
        with opened(pooler.url(url)) as engine:
            processes = set()
            for _ in range(3):
                with transaction(engine) as unit:
                    processes.add(unit.db.execute(text("SELECT pg_backend_pid()")).scalar())
                    assert process_of(unit.db) not in processes
            assert len(processes) == Pooler.WIDTH
        forgetful = psycopg.connect(pooler.url(url), prepare_threshold=1)
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            prepare_and_execute(forgetful)
        forgetful.close()
    postgres_server.drop(url)


def prepare_and_execute(db: psycopg.Connection) -> None:
    for number in range(5):
        db.execute("SELECT %s::int", (number,))
        db.commit()


@fault("L17", "L18", "T17")
@pytest.mark.parametrize("name", ROUNDS)
def test_a_step_changes_no_session_and_asks_the_server_for_no_time(
    postgres_server: TempPostgres, postgres_url: str, name: str
) -> None:
    with (
        opened(postgres_url) as engine,
        Line(str(postgres_server.folder)) as line,
        opened(line.url(postgres_url)) as through,
    ):
        persist(begun(engine, name), through)
    assert "COMMIT" in line.heard
    assert [sql for sql in line.heard if OF_THE_SESSION.search(sql)] == []
    assert [sql for sql in line.heard if SERVERS_TIME.search(sql)] == []


@fault("T17")
def test_neither_a_column_nor_a_trigger_is_given_the_servers_time(postgres_url: str) -> None:
    defaults = text("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef")
    functions = text("SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    with opened(postgres_url) as engine, engine.connect() as db:
        told = [str(one) for ask in (defaults, functions) for one in db.execute(ask).scalars()]
    assert told
    assert [one for one in told if SERVERS_TIME.search(one)] == []
