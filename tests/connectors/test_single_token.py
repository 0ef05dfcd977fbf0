"""One token for all threads: fetched once, renewed once, not asked for again after a refusal."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from slasync.connectors.single_token import PAUSE, SingleToken, patiently
from slasync.errors import Stopped, TryLater
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

THREADS = 8


class Fetched:
    """A token endpoint that gives 1, 2, 3, and waits until all threads want one."""

    def __init__(self, wanted: int = 1) -> None:
        self.times = 0
        self._numbers = count(1)
        self._ready = threading.Barrier(wanted)

    def arrive(self) -> None:
        self._ready.wait(10)

    def fetch(self, _: int | None) -> int:
        self.times += 1
        return next(self._numbers)


def at_once(ask: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(THREADS) as pool:
        return [done.result() for done in [pool.submit(ask) for _ in range(THREADS)]]


@fault("V13", "V15")
def test_threads_that_want_a_token_at_once_share_one_fetch() -> None:
    fetched = Fetched(THREADS)
    held = SingleToken[int](DrivenClock(), fetched.fetch)

    def ask() -> int:
        fetched.arrive()
        return held.current()

    assert at_once(ask) == [1] * THREADS
    assert fetched.times == 1


@fault("V13", "V15")
def test_threads_whose_token_is_refused_at_once_share_one_renewal() -> None:
    fetched = Fetched(THREADS)
    held = SingleToken[int](DrivenClock(), fetched.fetch)
    stale = held.current()

    def ask() -> int:
        fetched.arrive()
        return held.renew(stale)

    assert at_once(ask) == [2] * THREADS
    assert fetched.times == 2


def test_a_token_is_exchanged_when_it_ends_and_not_before() -> None:
    clock, fetched = DrivenClock(), Fetched()
    held = SingleToken[int](clock, fetched.fetch, lambda token: token * 100.0)

    assert held.current() == 1
    clock.advance(99)
    assert held.current() == 1
    clock.advance(1)
    assert held.current() == 2


@fault("V14")
def test_after_a_refusal_nobody_asks_again_for_a_while() -> None:
    clock, asked = DrivenClock(), list[int]()

    def refuse(_: int | None) -> int:
        asked.append(1)
        raise Stopped("the refresh token is revoked")

    held = SingleToken[int](clock, refuse)
    for _ in range(3):
        with pytest.raises(Stopped, match="revoked"):
            held.current()
    assert len(asked) == 1
    clock.advance(PAUSE.total_seconds())
    with pytest.raises(Stopped):
        held.current()
    assert len(asked) == 2


@fault("V5")
def test_an_endpoint_that_does_not_answer_is_asked_three_times_and_a_refusal_once() -> None:
    asked = list[int]()

    def fail(error: Exception) -> int:
        asked.append(1)
        raise error

    with pytest.raises(TryLater):
        patiently(DrivenClock(), lambda: fail(TryLater("503")))
    assert len(asked) == 3
    with pytest.raises(Stopped):
        patiently(DrivenClock(), lambda: fail(Stopped("no")))
    assert len(asked) == 4
