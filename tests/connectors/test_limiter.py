"""How fast a system is called: never above what it permits, however long calls are on their way."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded by the test
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.http import Calls, Lane, on_lane
from slasync.connectors.limiter import Burst, Gate
from slasync.errors import TryLater
from slasync.systems import Budget
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

WINDOW = timedelta(seconds=10)
T = TypeVar("T")


@dataclass
class Waiting:
    """Several at once in name: threads may wait."""

    most: int = 4
    waits: bool = True

    def all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        return [work() for work in works]


def test_a_burst_is_refused_until_its_window_has_passed() -> None:
    clock = DrivenClock()
    burst = Burst(3, WINDOW, clock)
    for _ in range(3):
        with burst.one():
            pass
        clock.advance(1)
    with pytest.raises(TryLater) as told:
        burst.take()
    assert told.value.after == timedelta(seconds=7)
    clock.advance(7)
    burst.take()


def test_no_burst_limit_means_none() -> None:
    burst = Burst(0, WINDOW, DrivenClock())
    for _ in range(1000):
        burst.take()


@given(
    limit=st.integers(1, 6),
    calls=st.lists(st.tuples(st.floats(0, 4), st.floats(0, 15)), min_size=1, max_size=60),
    seed=st.integers(0, 2**32),
)
def test_no_window_of_the_vendor_ever_holds_more(
    limit: int, calls: list[tuple[float, float]], seed: int
) -> None:
    """A call arrives at any time between leaving and being answered."""
    clock, chance = DrivenClock(), Random(seed)  # noqa: S311 - no secret
    burst = Burst(limit, WINDOW, clock)
    arrived: list[float] = []
    under_way: list[tuple[float, object]] = []
    for pause, lasts in calls:
        clock.advance(pause)
        ended = [each for each in under_way if each[0] <= clock.mono()]
        under_way = [each for each in under_way if each not in ended]
        for _, call in sorted(ended, key=lambda each: each[0]):
            burst.ended(call)  # type: ignore[arg-type] # a call taken
        if burst.wait() > 0:
            continue
        call = burst.take()
        arrived.append(clock.mono() + chance.random() * lasts)
        under_way.append((clock.mono() + lasts, call))
    arrived.sort()
    for n in range(len(arrived) - limit):
        assert arrived[n + limit] - arrived[n] >= WINDOW.total_seconds() - 1e-6


@fault("V1")
@pytest.mark.parametrize(
    ("own", "most", "left", "limit"),
    [
        (50, 190, 190, 50),  # the configured part is less than what the vendor permits
        (0, 190, 190, 174),
        (200, 110, 110, 101),
        (0, 190, 90, 74),  # others have taken 100 of it
        (0, 190, 0, 1),
        (0, 190, None, 174),
    ],
)
def test_what_the_vendor_permits_is_not_exceeded_and_others_have_their_part(
    own: int, most: int, left: int | None, limit: int
) -> None:
    burst = Burst(own, WINDOW, DrivenClock())
    burst.told(most, WINDOW, left)
    assert burst.limit == limit


def test_a_limit_in_another_window_than_ours_is_not_taken_for_ours() -> None:
    burst = Burst(50, WINDOW, DrivenClock())
    burst.told(4, timedelta(seconds=1), 4)
    assert burst.limit == 50


def test_a_thread_that_may_wait_waits_for_its_turn_in_the_burst() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000, burst=5), abreast=Waiting())
    left = []
    for _ in range(15):
        with calls.one("GET /leads") as exchange:
            left.append(clock.mono())
            exchange.answered(200, {})
    assert left == pytest.approx([0.0] * 5 + [10.0] * 5 + [20.0] * 5)


def test_of_two_limits_the_stricter_is_waited_for() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000, burst=100), abreast=Waiting())
    searches = Burst(4, timedelta(seconds=1), clock)
    for _ in range(12):
        with calls.one("POST /search", searches) as exchange:
            exchange.answered(200, {})
    assert clock.mono() == pytest.approx(2.0)
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, {})
    assert clock.mono() == pytest.approx(2.0)


def test_who_waits_for_its_turn_is_let_go_when_the_vendor_asks_to_be_left_alone() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000, burst=1), abreast=Waiting())
    with calls.one("GET /leads") as exchange:
        exchange.answered(429, {"retry-after": "60"})
    with pytest.raises(TryLater, match="left alone") as told, calls.one("GET /leads"):
        pytest.fail("the request was sent")
    assert told.value.after == timedelta(seconds=60)


# calls in flight


def test_no_more_calls_are_in_flight_than_configured() -> None:
    calls = Calls("acme", DrivenClock(), Budget(100_000, concurrency=3), abreast=Waiting())
    inside, most, lock = [0], [0], threading.Lock()
    three = threading.Barrier(3, timeout=60)

    def call(n: int) -> None:
        with calls.one("GET /leads") as exchange:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            if n < 3:
                three.wait()  # all three places are taken, and no fourth is needed
            with lock:
                inside[0] -= 1
            exchange.answered(200, {})

    with ThreadPoolExecutor(3) as first:
        list(first.map(call, range(3)))
    with ThreadPoolExecutor(8) as more:
        list(more.map(call, range(3, 40)))
    assert most[0] == 3


def test_the_most_urgent_who_waits_goes_first() -> None:
    gate, order, lock = Gate(1), list[int](), threading.Lock()

    def enter(priority: int) -> None:
        with gate.inside(priority), lock:
            order.append(priority)

    with ThreadPoolExecutor(4) as pool:
        with gate.inside(0):
            doing = []
            for number, priority in enumerate((3, 1, 2, 0), 1):
                doing.append(pool.submit(enter, priority))
                while len(gate._waiting) < number:  # noqa: SLF001 - to know that it waits
                    threading.Event().wait(0.001)
        for one in doing:
            one.result(60)
    assert order == [0, 1, 2, 3]


def test_a_call_that_needs_another_does_not_wait_for_itself() -> None:
    calls = Calls("acme", DrivenClock(), Budget(100_000, concurrency=1), abreast=Waiting())
    with calls.one("GET /leads") as outer, calls.one("GET /account") as inner:
        inner.answered(200, {})
        outer.answered(200, {})
    assert calls.total() == 2


def test_a_login_needs_no_place() -> None:
    calls = Calls("acme", DrivenClock(), Budget(100_000, concurrency=1), abreast=Waiting())

    def login() -> None:
        with on_lane(Lane.LOGIN), calls.one("POST /token") as exchange:
            exchange.answered(200, {})

    with calls.one("GET /leads") as exchange, ThreadPoolExecutor(1) as pool:
        pool.submit(login).result(60)
        exchange.answered(200, {})
