"""How fast a system is called: calls within a window, calls at one time, and who goes first."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from slasync.clock import Clock
from slasync.errors import TryLater

PART = 0.92  # of what the vendor permits: nine tenths of its rate, for calls count until answered


@dataclass(slots=True, eq=False)
class Taken:
    """One call's place in a window."""

    at: float  # when it left, then when it had been answered
    ended: bool = False


class Burst:
    """At most `limit` calls in any `window`; 0 means no such limit.

    A call reaches the vendor at some time between leaving and being answered. It counts from the
    one until a window after the other, so that the vendor never sees more, however long calls are
    on their way.
    """

    def __init__(self, limit: int, window: timedelta, clock: Clock) -> None:
        self._own = limit
        self._told = 0  # what the vendor permits, others' part taken away; 0: not known
        self._window = window.total_seconds()
        self._clock = clock
        self._calls: deque[Taken] = deque()

    @property
    def limit(self) -> int:
        """The lower of what is configured and what the vendor permits; 0: none."""
        return min((each for each in (self._own, self._told) if each), default=0)

    def wait(self) -> float:
        """Return how many seconds it takes until one more call is not one too many."""
        now, limit = self._clock.mono(), self.limit
        while self._calls and self._calls[0].ended and self._calls[0].at <= now - self._window:
            self._calls.popleft()
        if not limit or len(self._calls) < limit:
            return 0.0
        open_ = [call for call in self._calls if not call.ended or call.at > now - self._window]
        self._calls = deque(open_)
        if len(open_) < limit:
            return 0.0
        # those under way end nobody knows when: asked again after a tenth of a window
        leaving = sorted(call.at + self._window - now for call in open_ if call.ended)
        place = len(open_) - limit
        return leaving[place] if place < len(leaving) else self._window / 10

    def take(self) -> Taken:
        """Count one call. Raises TryLater(after) when it would be one too many."""
        if (wait := self.wait()) > 0:
            raise TryLater("the burst limit for calls is reached", timedelta(seconds=wait))
        call = Taken(self._clock.mono())
        self._calls.append(call)  # also without a limit: the vendor may tell one yet
        return call

    def ended(self, call: Taken) -> None:
        """Learn that a call was answered, or given up."""
        call.at, call.ended = self._clock.mono(), True

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count the call that is made inside. Raises TryLater(after)."""
        call = self.take()
        try:
            yield
        finally:
            self.ended(call)

    def told(self, most: int, window: timedelta, left: int | None) -> None:
        """Learn what the vendor permits in its window, and how much of that is left.

        What others have taken of it is left to them. Only where its window is ours.
        """
        if most < 1 or window.total_seconds() != self._window:
            return
        since = self._clock.mono() - self._window
        ours = sum(1 for call in self._calls if not call.ended or call.at > since)
        others = max(0, most - left - ours) if left is not None else 0
        self._told = max(1, int(most * PART) - others)


class Gate:
    """Lets at most `most` in at once; who waits is let in by priority, then in turn.

    A thread that is inside already goes in again: it would wait for itself.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._turns = 0
        self._waiting: list[tuple[int, int]] = []
        self._changed = threading.Condition()
        self._inside = threading.local()

    @contextmanager
    def inside(self, priority: int) -> Iterator[None]:
        """Wait for a place; the lowest `priority` goes first."""
        if getattr(self._inside, "yes", False):
            yield
            return
        self._enter(priority)
        self._inside.yes = True
        try:
            yield
        finally:
            self._inside.yes = False
            self._leave()

    def _enter(self, priority: int) -> None:
        with self._changed:
            self._turns += 1
            mine = (priority, self._turns)
            self._waiting.append(mine)
            self._changed.wait_for(lambda: self._free > 0 and min(self._waiting) == mine)
            self._waiting.remove(mine)
            self._free -= 1
            self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()
