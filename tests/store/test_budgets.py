"""The calls of a day are kept: over restarts, and between all processes on one database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from slasync.connectors.budget import Allowance
from slasync.connectors.http import Calls, Quota
from slasync.domain.budgets import OTHERS, Day, Lane, Notice
from slasync.errors import OutOfCalls, TryLater
from slasync.reports.calls import outlooks
from slasync.store.budgets import KEPT
from slasync.store.engine import open_engine
from slasync.store.ledger import CallLedger
from slasync.store.tables import CALL_SLOT
from slasync.store.unit import reading
from slasync.systems import Budget
from tests.builders import MONDAY
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.store.calling import BUDGET, SHARE, an_allowance, calls_until_none_is_left
from tests.store.processes import Crowd, crowded

DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with crowded() as processes:
        yield processes


def spent(engine: Engine) -> int:
    with reading(engine) as unit:
        slots = unit.call_budgets.slots(MONDAY - timedelta(days=30)).get("salesforce", {})
    return sum(n for lanes in slots.values() for lane, n in lanes.items() if lane != OTHERS)


@fault("V3")
def test_a_restart_does_not_renew_the_share(engine: Engine) -> None:
    made = [calls_until_none_is_left(engine) for _ in range(3)]
    assert made == [SHARE, 0, 0]


@fault("V1")
def test_a_restart_goes_on_waiting_where_the_system_asked_to_be_left_alone(engine: Engine) -> None:
    clock = DrivenClock()

    def process() -> Calls:
        calls = Calls("salesforce", clock, BUDGET)
        calls.keep_in(CallLedger(engine))
        return calls

    with process().one("GET /leads") as exchange:
        exchange.answered(503, {"Retry-After": "900"})
    clock.advance(880)
    with pytest.raises(TryLater) as told, process().one("GET /leads"):
        pytest.fail("the request was sent")
    assert told.value.after == timedelta(seconds=20)
    clock.advance(20)
    with process().one("GET /leads") as exchange:
        exchange.answered(200, {})


def test_a_process_that_dies_loses_a_block_and_no_call_is_made_twice(engine: Engine) -> None:
    for _ in range(10):
        an_allowance(engine).take(Lane.WRITE)  # never settled
    assert spent(engine) == 10 * 5
    assert calls_until_none_is_left(engine) == SHARE - 10 * 5


def test_what_is_left_at_the_end_is_given_back(engine: Engine) -> None:
    for _ in range(10):
        allowance = an_allowance(engine)
        allowance.take(Lane.WRITE)
        allowance.settle()
        allowance.settle()  # nothing is given back twice
    assert spent(engine) == 10


def test_calls_made_before_the_database_was_open_are_taken_along(engine: Engine) -> None:
    allowance = Allowance("salesforce", BUDGET, DrivenClock())
    for _ in range(7):
        allowance.take(Lane.READ)
    allowance.keep_in(CallLedger(engine))
    allowance.take(Lane.WRITE)
    allowance.settle()
    assert spent(engine) == 8


@fault("L20", "V3")
@pytest.mark.postgres
def test_four_processes_on_one_postgresql_share_one_budget(crowd: Crowd, postgres_url: str) -> None:
    made = crowd.all(calls_until_none_is_left, postgres_url)

    engine = open_engine(postgres_url, durable=False)
    assert sum(made) == SHARE == spent(engine)
    engine.dispose()


@fault("L20")
def test_threads_of_one_process_share_one_budget(engine: Engine) -> None:
    allowance = an_allowance(engine)

    def call(_: int) -> int:
        made = 0
        try:
            for _ in range(SHARE):
                allowance.take(Lane.ESCALATION)
                made += 1
        except OutOfCalls:
            pass
        return made

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(call, range(8)))
    below = int(0.05 * SHARE) + int(0.10 * SHARE) + int(0.05 * SHARE)  # which lower lanes keep
    assert made == SHARE - below


def test_while_the_database_is_out_of_reach_nothing_is_called() -> None:
    class Gone:
        def take(self, _: object) -> object:
            raise TryLater("the database is busy")

    allowance = Allowance("salesforce", BUDGET, DrivenClock())
    allowance.take(Lane.READ)
    allowance.keep_in(Gone())  # type: ignore[arg-type] # a ledger
    with pytest.raises(TryLater, match="busy"):
        allowance.take(Lane.WRITE)


@pytest.mark.parametrize("vendor_counts", [True, False])
def test_old_slots_are_dropped(engine: Engine, *, vendor_counts: bool) -> None:
    clock = DrivenClock()
    for _ in range(30):
        calls = Calls("salesforce", clock, BUDGET)
        calls.allowance.keep_in(CallLedger(engine))
        calls.allowance.take(Lane.READ)
        if vendor_counts:
            calls.quota = Quota(1, 10_000)
        calls.allowance.settle()
        clock.advance(DAY)
    with engine.connect() as db:
        slots = list(db.execute(select(CALL_SLOT.c.slot)).scalars())
    assert len(slots) <= KEPT.days + 2
    assert min(slots) >= clock.now() - KEPT - timedelta(days=2)


# what vendors say


@fault("V4")
def test_calls_of_other_programs_are_told_by_the_vendors_count_less_ours(engine: Engine) -> None:
    clock = DrivenClock()
    calls = Calls("salesforce", clock, BUDGET)
    calls.allowance.keep_in(CallLedger(engine))
    for used in (3_000, 3_400, 3_700):
        for _ in range(10):
            calls.allowance.take(Lane.READ)
        calls.quota = Quota(used, 10_000)
        calls.allowance.settle()
        clock.advance(600)

    with reading(engine) as unit:
        [outlook] = outlooks({"salesforce": BUDGET}, unit, clock.now())
        slots = unit.call_budgets.slots(MONDAY - timedelta(days=1))["salesforce"]

    assert (outlook.spent, outlook.others) == (30, 3_670)
    assert sum(lanes.get(OTHERS, 0) for lanes in slots.values()) == 680  # seen since the first


def test_what_a_vendor_said_is_known_to_who_asks_the_database_only(engine: Engine) -> None:
    clock = DrivenClock()
    calls = Calls("hubspot", clock, BUDGET, day=Day("Europe/Berlin"))
    calls.allowance.keep_in(CallLedger(engine))
    calls.quota = Quota(1_200, 250_000)
    ends = MONDAY + timedelta(days=45)
    calls.learn(200, {"sunset": f"{ends:%a, %d %b %Y %H:%M:%S} GMT", "deprecation": "@1688169599"})
    calls.allowance.take(Lane.READ)

    with reading(engine) as unit:
        said = unit.call_budgets.said()

    assert said == {
        "hubspot": (Day("Europe/Berlin"), Quota(1_200, 250_000),
                    Notice(ends, "deprecated @1688169599"))
    }  # fmt: skip


def test_systems_do_not_share_a_budget(engine: Engine) -> None:
    other = Allowance("hubspot", Budget(daily_calls=100, share=0.1), DrivenClock())
    other.keep_in(CallLedger(engine))
    assert calls_until_none_is_left(engine) == SHARE
    other.take(Lane.READ)
