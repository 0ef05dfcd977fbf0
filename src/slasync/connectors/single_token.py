"""One token for all threads of a connector: fetched once, renewed once, left alone when refused."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

import tenacity

from slasync.clock import Clock
from slasync.errors import Stopped, TryLater

T = TypeVar("T")

PAUSE = timedelta(minutes=5)  # after a refusal: nothing changes by asking on
ATTEMPTS = 3


def endless(_: object) -> float:
    """Of a token that ends only when it is refused."""
    return float("inf")


class SingleToken(Generic[T]):
    """Threads that need a token wait for the same fetch."""

    def __init__(
        self,
        clock: Clock,
        fetch: Callable[[T | None], T],
        ends: Callable[[T], float] = endless,
    ) -> None:
        """`fetch` is given the token that was refused, if any; `ends` tells by the steady clock."""
        self._clock, self._fetch, self._ends = clock, fetch, ends
        self._lock = threading.Lock()
        self._token: T | None = None
        self._refused: tuple[str, float] | None = None

    def current(self) -> T:
        """Return a token that is good for a while. Raises TryLater or Stopped."""
        with self._lock:
            if self._token is None or self._ends(self._token) <= self._clock.mono():
                self._token = self._fetched(None)
            return self._token

    def renew(self, stale: T) -> T:
        """Return another token than `stale`, which was refused. Raises TryLater or Stopped."""
        with self._lock:
            if self._token is stale or self._token is None:
                self._token = None
                self._token = self._fetched(stale)
            return self._token

    def _fetched(self, stale: T | None) -> T:
        if self._refused and self._clock.mono() < self._refused[1]:
            raise Stopped(self._refused[0])
        try:
            return self._fetch(stale)
        except Stopped as refusal:
            self._refused = (str(refusal), self._clock.mono() + PAUSE.total_seconds())
            raise


def patiently(clock: Clock, ask: Callable[[], T]) -> T:
    """Ask a token endpoint: time-outs and 5xx are tried again, refusals never."""
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=0.2, max=2),
        retry=tenacity.retry_if_exception_type(TryLater),
        sleep=lambda seconds: clock.wait(seconds, threading.Event()),
        reraise=True,
    )
    return retrying(ask)
