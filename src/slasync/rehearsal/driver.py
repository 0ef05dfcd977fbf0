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
    _asked: dict[str, datetime | None] = field(default_factory=dict, init=False)
    _seen: int = field(default=0, init=False)  # changes that are accounted for

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
        if self._run(step):
            return now
        at = self._ask(step)
        return at if at is None or at > now else now + timedelta(seconds=1)

    def _run(self, step: Step) -> bool:
        """Run a step; forget what was said by those whose time it may have changed."""
        found = step.run()
        self._seen = self.changes()
        for name in (step.name, *sorted(step.feeds)):
            self._asked.pop(name, None)
        return found

    def ask_again(self) -> None:
        """Forget what the steps said: something that is not in the database has changed."""
        self._asked.clear()

    def _ask(self, step: Step) -> datetime | None:
        """Ask a step when it is of use, unless nothing changed since it named a later time."""
        if self.changes() != self._seen:  # somebody else wrote: a webhook's receiver, a person
            self._seen = self.changes()
            self._asked.clear()
        now = self.driven.now()
        if step.name in self._asked:
            at = self._asked[step.name]
            if at is None or at > now:
                return at
        self._asked[step.name] = at = step.next_at()
        return at
