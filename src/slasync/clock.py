"""The seams to time, chance and interruption: the only place that reads them.

In production they are the operating system; in rehearsals and simulation one driven world.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from slasync.abreast import Abreast, in_order


class Clock(Protocol):
    """What time it is, and how to let it pass."""

    def now(self) -> datetime:
        """Return the time in UTC."""

    def mono(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return after `seconds`, or as soon as `stop` is set."""


STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Seconds that no setting of the time changes; where there is such a clock, those asleep too."""


class SystemClock:
    """The operating system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def mono(self) -> float:
        return time.clock_gettime(STEADY)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


MOST_OFF = timedelta(seconds=2)
"""Vendors tell whole seconds; what an answer takes to come is told besides."""


class SteadyClock:
    """Time that passes evenly however the machine's clock is set, put right by the CRM's.

    A machine's clock jumps: set by hand, wrong after a suspension. What is due, polled or leased
    must not follow it. Between two corrections only the steady seconds since the last one count.
    """

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._set = (machine.now(), machine.mono())
        self.mono, self.wait = machine.mono, machine.wait  # even as they are

    def now(self) -> datetime:
        at, mono = self._set
        return at + timedelta(seconds=self._machine.mono() - mono)

    def correct(self, told: datetime, behind: timedelta = timedelta(0)) -> None:
        """Go on from `told`, the CRM's time, when this clock is more than two seconds off.

        `told` may be `behind` the truth by what its answer took: a slow answer sets nothing back.
        """
        if not told - MOST_OFF <= self.now() <= told + behind + MOST_OFF:
            self._set = (told, self._machine.mono())

    def off(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return self.now() - self._machine.now()


Reached = Callable[[str], None]
"""Called outside transactions at points with a name: where a process may die, or another go on."""


Heard = Callable[[datetime, timedelta], None]


def nothing_reached(_: str) -> None:
    """In production nothing happens at such a point."""


def nothing_heard(_: datetime, __: timedelta) -> None:
    """A clock that nobody corrects."""


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
    heard: Heard = nothing_heard
    """Told the CRM's time after each of its answers, and how far that may be behind."""
    machine: Clock = field(default_factory=SystemClock)
    """What the process itself is watched by: the machine's time, whoever's `clock` is."""
    abreast: Callable[[int], Abreast] = in_order
    """Makes what does several things at once, at most so many; by itself one after the other."""


def steadied(seams: Seams) -> Seams:
    """Return `seams` on a clock that the CRM puts right: for everything that writes."""
    clock = SteadyClock(seams.clock)
    return replace(seams, clock=clock, heard=clock.correct)
