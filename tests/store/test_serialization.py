"""Transactions that PostgreSQL undoes in favour of others: run again as a whole, and not for ever.

A step that is not run again at once fails as a whole and is repeated by the daemon.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from slasync.errors import TryLater
from slasync.store.engine import open_engine
from slasync.store.failures import Collided
from slasync.store.unit import RUNS, Unit, reading, retrying, transaction
from tests.faults.marks import fault
from tests.store.given import NOW, a_record, an_update, contact, lead
from tests.store.mishaps import at_statement, process_of, undone_with
from tests.store.rounds import ROUNDS, Sending, begun, opened, persist, untroubled

pytestmark = pytest.mark.postgres
DEADLOCK, SERIALIZATION = "40P01", "40001"
HURRIED = timedelta(seconds=1)


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A PostgreSQL database with all tables."""
    engine = open_engine(postgres_url, durable=False)
    yield engine
    engine.dispose()


@fault("L16")
@pytest.mark.parametrize("name", ROUNDS)
def test_a_step_undone_at_any_statement_changes_no_outcome(postgres_url: str, name: str) -> None:
    with opened(postgres_url) as engine, opened(postgres_url) as unlucky:
        expected = untroubled(engine, name)
        for number in count(1):
            work = begun(engine, name)
            mishap = undone_with((DEADLOCK, SERIALIZATION)[number % 2])
            with at_statement(unlucky, number, mishap) as undone:
                persist(work, unlucky)
            assert work.outcome() == expected, f"undone at statement {number}"
            if not undone.yes:
                break
    assert number > 1


@fault("L16")
def test_a_transaction_that_always_loses_is_put_off_after_some_runs(
    postgres_engine: Engine,
) -> None:
    runs: list[int] = []

    def lose(unit: Unit) -> None:
        runs.append(len(runs))
        unit.meta.put("color", str(len(runs)))
        with at_statement(postgres_engine, 1, undone_with(DEADLOCK)):
            unit.meta.put("color", "lost")

    with pytest.raises(Collided):
        retrying(postgres_engine, lose)
    assert len(runs) == RUNS
    with reading(postgres_engine) as unit:
        assert unit.meta.get("color") is None


@fault("L16")
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_of_two_transactions_that_read_what_the_other_writes_one_is_run_again(
    postgres_engine: Engine, level: str
) -> None:
    strict = postgres_engine.execution_options(isolation_level=level)
    with transaction(postgres_engine) as unit:
        unit.meta.put("turn", "0")
    both_have_read = threading.Barrier(2)
    runs: list[int] = []

    def add_one(worker: int) -> None:
        def work(unit: Unit) -> None:
            turn = int(unit.meta.get("turn") or 0)
            runs.append(worker)
            if runs.count(worker) == 1:
                both_have_read.wait(20)
            unit.meta.put("turn", str(turn + 1))

        retrying(strict, work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add_one, [1, 2]))
    with reading(postgres_engine) as unit:
        assert unit.meta.get("turn") == "2"
    assert len(runs) == 3


@fault("L16")
def test_the_servers_usual_isolation_is_of_no_matter(postgres_engine: Engine) -> None:
    name = postgres_engine.url.database
    with transaction(postgres_engine) as unit:
        unit.db.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_isolation = serializable")
        )
    postgres_engine.dispose()  # connections from here on have it
    with transaction(postgres_engine) as early, transaction(postgres_engine) as late:
        early.leads.put([an_update(lead(1), dirty_at=NOW)], NOW)
        late.records.put([a_record()], [{}], NOW)
        early.records.current([contact()])
        late.leads.existing([lead(1)])
    with transaction(postgres_engine) as unit:
        level = unit.meta._db.execute(text("SHOW transaction_isolation")).scalar()  # noqa: SLF001 - no other way to ask
    assert level == "read committed"


class Rival:
    """Holds a lead, and wants a row of the outbox at the moment when `push` wants the lead."""

    def __init__(self, engine: Engine, sending: Sending) -> None:
        self._engine, self._lead = engine, sending.writes[0].lead
        self._threads = ThreadPoolExecutor(1)
        self._goes_on = threading.Event()
        self.holds = threading.Event()
        self._process = 0
        self.met = False

    def start(self) -> "Rival":
        self._task = self._threads.submit(self._work)
        assert self.holds.wait(20)
        return self

    def end(self) -> None:
        self._goes_on.set()
        self._task.result(20)
        self._threads.shutdown()

    def _work(self) -> None:
        with transaction(self._engine) as unit:
            unit.db.execute(text("SET LOCAL deadlock_timeout = '1min'"))  # the other one is to lose
            self._process = process_of(unit.db)
            unit.db.execute(
                text("SELECT 1 FROM lead WHERE key = :lead FOR UPDATE"), {"lead": self._lead}
            )
            self.holds.set()
            self._goes_on.wait(20)
            unit.db.execute(text("SELECT 1 FROM outbox FOR UPDATE"))

    def cross(self, db: Connection, _: Any, statement: str, *__: Any) -> None:
        """Go for the outbox when a transaction that has some of it goes for the lead."""
        if self.met or "FROM lead" not in statement or "FOR UPDATE" not in statement:
            return
        self.met = True
        db.exec_driver_sql("SET LOCAL deadlock_timeout = '10ms'")
        self._goes_on.set()
        waits = text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND NOT granted")
        while not self._ask(waits):
            pass

    def _ask(self, question: Any) -> Any:
        with self._engine.connect() as db:
            return db.execute(question, {"pid": self._process}).scalar()


@contextmanager
def crossing(engine: Engine, rival: Rival) -> Iterator[None]:
    event.listen(engine, "before_cursor_execute", rival.cross)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", rival.cross)


@fault("L16")
def test_a_settlement_that_loses_a_deadlock_loses_no_effect_and_repeats_none(
    postgres_engine: Engine, postgres_url: str
) -> None:
    expected = untroubled(postgres_engine, "push")
    work = Sending(postgres_engine)
    with transaction(postgres_engine) as unit:
        unit.leads.put([an_update(write.lead) for write in work.writes], NOW)
    rival = Rival(postgres_engine, work).start()
    with opened(postgres_url) as unlucky, crossing(unlucky, rival):
        persist(work, unlucky)
    rival.end()
    assert rival.met
    assert work.outcome() == expected
    assert work.bench.crm.calls["look"] == 1  # the settlement was lost, and nothing else


@fault("L16")
def test_who_waits_for_a_row_in_vain_is_told_to_try_later(postgres_url: str) -> None:
    holder = open_engine(postgres_url, durable=False)
    hurried = open_engine(postgres_url, durable=False, patience=HURRIED)
    with transaction(holder) as unit:
        unit.leads.put([an_update(lead(1))], NOW)
    with transaction(holder) as unit:
        assert unit.leads.lock([lead(1)]) == [lead(1)]
        with pytest.raises(TryLater, match="another process holds"):
            retrying(hurried, lambda other: other.leads.mark_dirty([lead(1)], NOW))
    retrying(hurried, lambda other: other.leads.mark_dirty([lead(1)], NOW))
    with reading(holder) as unit:
        assert unit.leads.next_dirty() == NOW
    for engine in (holder, hurried):
        engine.dispose()
