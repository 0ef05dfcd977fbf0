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
    changes: Callable[[], int] = lambda: 0
    """Counts what was written to the database: unchanged, no step has to be asked again."""
    instants: int = field(default=0, init=False)
    _asked: dict[str, tuple[int, datetime | None]] = field(default_factory=dict, init=False)

    def run(self, until: datetime) -> None:
        """Let everything happen up to and including `until`."""
        at = self.settle()
        while at is not None and at <= until:
            self.driven.advance_to(at)
            at = self.settle()
        self.driven.advance_to(until)
        self.settle()

    def settle(self) -> datetime | None:
        """Repeat agenda and steps at this instant until none finds work.

        Returns the earliest time after now at which something can happen.
        """
        self.instants += 1
        self.watched(self.driven.now())
        for _ in range(MOST_ROUNDS):
            happened = self.agenda.run_due(self.driven.now()) > 0
            times = [self._step(step) for step in self.steps]
            now = self.driven.now()
            if not happened and not any(at is not None and at <= now for at in times):
                return min((at for at in [self.agenda.next_at(), *times] if at), default=None)
        raise RuntimeError(f"the steps find no end at {self.driven.now()}")

    def _step(self, step: Step) -> datetime | None:
        """Run a step while its time has come and it finds work; return when it comes again."""
        now = self.driven.now()
        at = self._ask(step)
        if at is None or at > now:
            return at
        if step.run():
            return now
        at = self._ask(step)
        return at if at is None or at > now else now + timedelta(seconds=1)

    def ask_again(self) -> None:
        """Forget what the steps said: something that is not in the database has changed."""
        self._asked.clear()

    def _ask(self, step: Step) -> datetime | None:
        """Ask a step when it is of use, unless nothing changed since it named a later time."""
        version = self.changes()
        known = self._asked.get(step.name)
        if known and known[0] == version and (known[1] is None or known[1] > self.driven.now()):
            return known[1]
        at = step.next_at()
        self._asked[step.name] = (version, at)
        return at
