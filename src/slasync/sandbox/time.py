"""The sandbox's time: driven by a program, or the machine's own, perhaps sped up."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from slasync.sandbox.world import Agenda

Seconds = Callable[[], float]
FASTEST = 60.0


class Driven:
    """Time that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, at: datetime) -> None:
        """Go on to `at`; time never goes back."""
        self._now = max(self._now, at.astimezone(UTC))


class Paced:
    """Time that passes by itself, `speed` times as fast as the machine's, from `start` on."""

    def __init__(self, start: datetime, speed: float = 1.0, seconds: Seconds | None = None) -> None:
        if not 0 < speed <= FASTEST:
            raise ValueError(f"a speed of {speed:g} is not above 0 and at most {FASTEST:g}")
        self.speed = speed
        self._start = start.astimezone(UTC)
        self._seconds = seconds or _system_seconds
        self._began = self._seconds()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(self._seconds() - self._began) * self.speed)

    def until(self, at: datetime) -> float:
        """Return how many of the machine's seconds pass until `at`, not below 0."""
        return max(0.0, (at - self.now()).total_seconds() / self.speed)


def pass_time(clock: Driven, agenda: Agenda, until: datetime) -> int:
    """Drive the clock to `until`; what is on the agenda happens at its own instant.

    Returns how many things happened.
    """
    done = 0
    while (at := agenda.next_at()) is not None and at <= until:
        clock.advance_to(at)
        done += agenda.run_due(clock.now())
    clock.advance_to(until)
    return done


def system_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the sandbox's seam to the machine's time


def _system_seconds() -> float:
    return time.monotonic()  # noqa: TID251 - the sandbox's seam to the machine's time
