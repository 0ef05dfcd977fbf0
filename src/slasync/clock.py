"""The seams to time, chance and interruption: the only place that reads them.

In production they are the operating system; in rehearsals and simulation one driven world.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is, and how to let it pass."""

    def now(self) -> datetime:
        """Return the time in UTC."""

    def mono(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return after `seconds`, or as soon as `stop` is set."""


class SystemClock:
    """The operating system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def mono(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


Reached = Callable[[str], None]
"""Called outside transactions at points with a name: where a process may die, or another go on."""


def nothing_reached(_: str) -> None:
    """In production nothing happens at such a point."""


def system_random(_: str) -> random.Random:
    """Return a stream of the operating system's randomness."""
    return random.SystemRandom()


def system_id() -> str:
    """Return a new identifier, 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Seams:
    """Time, chance, new identifiers and named points, handed down by the wiring."""

    clock: Clock = field(default_factory=SystemClock)
    chance: Callable[[str], random.Random] = system_random
    new_id: Callable[[], str] = system_id
    reached: Reached = nothing_reached
