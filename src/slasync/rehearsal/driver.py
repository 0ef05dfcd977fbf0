"""Time in a rehearsal: it stands still while any step finds work, then goes on to what is next."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slasync.sandbox.time import Driven
from slasync.sandbox.world import Agenda
from slasync.workers.step import Step

MOST_ROUNDS = 100_000  # at one instant: more is a step that never finds an end


class DrivenClock:
    """The daemon's clock over the sandbox's time."""

    def __init__(self, driven: Driven) -> None:
        self._driven = driven

    def now(self) -> datetime:
        return self._driven.now()

    def mono(self) -> float:
        return self._driven.now().timestamp()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Let virtual time pass: nobody else acts meanwhile."""
        if not stop.is_set():
            self._driven.advance_to(self._driven.now() + timedelta(seconds=seconds))


@dataclass(slots=True)
class Driver:
    """Runs steps and agenda in order until `until`, or until nothing is left to happen."""

    driven: Driven
    agenda: Agenda
    steps: Sequence[Step]
    watched: Callable[[datetime], None] = lambda _: None  # told of each instant
    instants: int = field(default=0, init=False)

    def run(self, until: datetime) -> None:
        """Let everything happen up to and including `until`."""
        self.settle()
        while (at := self._next_at()) is not None and at <= until:
            self.driven.advance_to(at)
            self.settle()
        self.driven.advance_to(until)
        self.settle()

    def settle(self) -> None:
        """Repeat agenda and steps at this instant until none finds work."""
        self.instants += 1
        now = self.driven.now()
        self.watched(now)
        for _ in range(MOST_ROUNDS):
            happened = self.agenda.run_due(now) > 0
            worked = [step.run() for step in self.steps]
            if not happened and not any(worked):
                return
            now = self.driven.now()
        raise RuntimeError(f"the steps find no end at {now}")

    def _next_at(self) -> datetime | None:
        """The earliest time at which something can happen, after now."""
        now = self.driven.now()
        times = [self.agenda.next_at(), *(step.next_at() for step in self.steps)]
        return min((at for at in times if at is not None and at > now), default=None)
