"""What the simulated systems of one sandbox share: time, chance, agenda, journal, faults."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from slasync.sandbox.faults import Faults
from slasync.sandbox.journal import Journal

Now = Callable[[], datetime]


class Chance:
    """Named random streams of one seed: a new draw in one place does not shift the others."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}

    def __call__(self, name: str) -> random.Random:
        if name not in self._streams:
            # a string seed is hashed by its bytes, not by hash(): the same on every run
            self._streams[name] = random.Random(f"{self._seed}/{name}")  # noqa: S311 - a simulation
        return self._streams[name]


class Agenda:
    """What is going to happen, in order of time: deliveries, late writes, what people do."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, str, Callable[[], None]]] = []
        self._numbers = count()

    def add(self, at: datetime, name: str, action: Callable[[], None]) -> None:
        """Have `action` happen at `at`; `name` is for the trace."""
        heapq.heappush(self._entries, (at, next(self._numbers), name, action))

    def next_at(self) -> datetime | None:
        """When the next thing happens; None when nothing is to come."""
        return self._entries[0][0] if self._entries else None

    def run_due(self, now: datetime) -> int:
        """Let everything happen that is due at `now`, in order. Return how many things did."""
        done = 0
        while self._entries and self._entries[0][0] <= now:
            _, _, _, action = heapq.heappop(self._entries)
            action()
            done += 1
        return done


@dataclass(slots=True)
class World:
    """One sandbox's surroundings, handed to each simulated system."""

    now: Now
    chance: Chance = field(default_factory=lambda: Chance(1))
    agenda: Agenda = field(default_factory=Agenda)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
