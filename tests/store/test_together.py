"""Several threads, connections and processes on one database: nothing is taken twice."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine

from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.outbox import State
from slasync.store.unit import Unit, reading, transaction
from tests.faults.marks import fault
from tests.store.elsewhere import claim_dirty_until_empty, claim_until_empty
from tests.store.given import HOUR, LEASE, NOW, a_clock, a_fact, an_item, an_update, lead

WORKERS = 3
Pool = Callable[[], Executor]


def processes() -> Executor:
    return ProcessPoolExecutor(WORKERS, get_context("spawn"))


def threads() -> Executor:
    return ThreadPoolExecutor(WORKERS)


@fault("L20")
@pytest.mark.parametrize("pool", [threads, processes])
def test_each_write_is_claimed_and_settled_by_one_only(database_url: str, pool: Pool) -> None:
    engine = open_engine(database_url, durable=False)
    with transaction(engine) as unit:
        unit.outbox.add([an_item(f"w{number}") for number in range(100)], NOW)
    with pool() as executor:
        names = [f"worker {number}" for number in range(WORKERS)]
        taken = list(executor.map(claim_until_empty, [database_url] * WORKERS, names))
    claims = [key for one in taken for key in one]
    assert sorted(claims) == sorted(f"w{number}" for number in range(100))
    with reading(engine) as unit:
        assert unit.outbox.counts() == {("salesforce", State.DONE): 100}
    engine.dispose()


@fault("L20")
@pytest.mark.parametrize("pool", [threads, processes])
def test_each_lead_is_decided_about_by_one_only(database_url: str, pool: Pool) -> None:
    engine = open_engine(database_url, durable=False)
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(n), dirty_at=NOW) for n in range(100)], NOW)
    with pool() as executor:
        taken = executor.map(claim_dirty_until_empty, [database_url] * WORKERS, [NOW] * WORKERS)
        claims = [key for one in taken for key in one]
    assert sorted(claims) == sorted(lead(n) for n in range(100))
    engine.dispose()


@pytest.mark.postgres
def test_rows_one_transaction_holds_are_passed_over_by_another(postgres_url: str) -> None:
    engine = open_engine(postgres_url, durable=False)
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(n), dirty_at=NOW) for n in (1, 2)], NOW)
        unit.clocks.put([a_clock(lead(1)), a_clock(lead(2))])
        unit.outbox.add([an_item("a", lane="owner"), an_item("b")], NOW)
        unit.inbox.add([InboxEvent("hubspot", str(n), {}) for n in (1, 2)], NOW)
    with transaction(engine) as one, transaction(engine) as two:
        assert one.leads.claim_dirty(NOW, 1) == [lead(1)]
        assert two.leads.claim_dirty(NOW, 5) == [lead(2)]
        assert one.leads.lock([lead(1), lead(2)]) == [lead(1)]
        assert one.clocks.due({"tasks": NOW}, 1) == [lead(1)]
        assert two.clocks.due({"tasks": NOW}, 5) == [lead(2)]
        for unit, lanes in ((one, {"owner": 1}), (two, {"owner": 1, "task": 1})):
            batch = unit.outbox.claim("salesforce", lanes, "x", NOW, NOW + LEASE)
            assert batch is not None
            assert batch.lane == [*lanes][-1]
        assert len(one.inbox.claim("one", NOW, NOW + LEASE, 1)) == 1
        assert len(two.inbox.claim("two", NOW, NOW + LEASE, 5)) == 1
        assert len(one.cursors.claim(["hubspot.contacts"], "one", NOW, NOW + HOUR)) == 1
    engine.dispose()


@pytest.mark.postgres
def test_who_claims_streams_waits_for_nobody_who_holds_some(postgres_url: str) -> None:
    engine = open_engine(postgres_url, durable=False, patience=timedelta(seconds=1))
    streams = ["salesforce.leads", "salesforce.tasks"]
    with transaction(engine) as unit:
        unit.cursors.settle(unit.cursors.claim(streams, "first", NOW, NOW + LEASE), "first")
    with transaction(engine) as one, transaction(engine) as other:
        (leads,) = one.cursors.claim(streams[:1], "one", NOW, NOW + LEASE)
        (tasks,) = other.cursors.claim(streams, "other", NOW, NOW + LEASE)
    assert (leads.stream, tasks.stream) == ("salesforce.leads", "salesforce.tasks")
    engine.dispose()


@pytest.mark.postgres
def test_pools_are_dealt_out_by_one_transaction_after_another(postgres_url: str) -> None:
    engine = open_engine(postgres_url, durable=False)
    holds, order = threading.Event(), []

    def second() -> None:
        holds.wait(20)
        with transaction(engine) as unit:
            state = unit.pools.locked("inbound")
            order.append(state["turn"])

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(second)
        with transaction(engine) as unit:
            unit.pools.locked("inbound")
            holds.set()
            unit.pools.save("inbound", {"turn": 1})
            order.append(0)
        waiting.result(20)
    assert order == [0, 1]
    engine.dispose()


@fault("L16")
def test_pages_that_overlap_in_any_order_can_be_stored_at_once(database_url: str) -> None:
    engines = [open_engine(database_url, durable=False) for _ in range(2)]
    leads = [an_update(lead(n), dirty_at=NOW) for n in range(50)]

    def store(number: int) -> None:
        page = leads if number % 2 else leads[::-1]
        with transaction(engines[number % 2]) as unit:
            unit.leads.put(page, NOW)
            unit.leads.mark_dirty([update.key for update in page], NOW)
            unit.facts.add({update.key: [a_fact("f")] for update in page})
            unit.clocks.put([a_clock(update.key) for update in page])

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(store, range(20)))
    assert lead_count(engines[0]) == 50
    for engine in engines:
        engine.dispose()


def lead_count(engine: Engine) -> int:
    def count(unit: Unit) -> int:
        return sum(unit.leads.counts().values())

    with reading(engine) as unit:
        return count(unit)
