"""Watches over the process itself: whether threads get their turn, and what is checked at times.

It runs in a thread of its own, which asks for a turn each second. How late it gets it is how
long one thread kept all others out.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from slasync.clock import Clock
from slasync.errors import Stopped, TryLater

log = structlog.get_logger()

TURN = 1.0  # seconds
KEPT = timedelta(minutes=10)  # so long a stall is told of
TOLD = 5.0  # seconds; shorter ones are no matter


@dataclass(frozen=True, slots=True)
class Check:
    """Something that is looked at every so often; it raises Stopped when slasync has to end."""

    name: str
    every: timedelta
    run: Callable[[], None]


class Watchdog:
    """`run` is a thread's work; `stalled` may be asked from every other."""

    def __init__(self, clock: Clock, checks: Sequence[Check] = ()) -> None:
        self._clock = clock
        self._checks = checks
        started = clock.mono()
        self._ran = [started for _ in checks]
        self._stalls: deque[tuple[float, float]] = deque(maxlen=1_000)  # when, for how long

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. Raises Stopped when slasync has to end."""
        while not stop.is_set():
            before = self._clock.mono()
            self._clock.wait(TURN, stop)
            self._turned(self._clock.mono() - before - TURN)
            self._check()

    def stalled(self) -> timedelta:
        """Return how long the longest stall of the last ten minutes was."""
        since = self._clock.mono() - KEPT.total_seconds()
        late = [seconds for at, seconds in (*self._stalls,) if at >= since]
        return timedelta(seconds=max(late, default=0.0))

    def _turned(self, late: float) -> None:
        if late >= TOLD:
            self._stalls.append((self._clock.mono(), late))
            log.warning("nothing went on", seconds=round(late, 1))

    def _check(self) -> None:
        for number, check in enumerate(self._checks):
            now = self._clock.mono()
            if now - self._ran[number] < check.every.total_seconds():
                continue
            self._ran[number] = now
            try:
                check.run()
            except Stopped:
                raise
            except TryLater as error:
                log.warning("check put off", check=check.name, error=str(error))
