"""When a system is written to again after it could not be; hints for pacing, nothing is lost."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from slasync.errors import OutOfCalls, Stopped, TryLater


@dataclass(slots=True)
class Pauses:
    """A pause for everything, or, where only calls are short, for what is not urgent."""

    short: bool = False
    _until: datetime | None = None
    _urgent_until: datetime | None = None
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, now: datetime) -> bool | None:
        """Tell whether only urgent rows may go now; None: none at all."""
        with self._lock:
            if self._until is None or now >= self._until:
                return False
            if not self.short or (self._urgent_until is not None and now < self._urgent_until):
                return None
            return True

    def failed(self, now: datetime) -> int:
        """Return how often in a row nothing got through, this time included. What fails while a
        pause lasts was on its way before.
        """
        with self._lock:
            if self._until is None or now >= self._until:
                self._failures += 1
            return self._failures

    def begin(self, until: datetime, error: TryLater | Stopped, *, escalates: bool) -> None:
        """Pause. When the calls ran out for ordinary writes, escalations go on."""
        with self._lock:
            self.short = isinstance(error, OutOfCalls)
            self._until = until
            if self.short and escalates:
                self._urgent_until = until

    def over(self) -> None:
        """Learn that something got through."""
        with self._lock:
            self._until, self._urgent_until, self.short = None, None, False
            self._failures = 0

    def next_at(self, at: datetime | None, urgent: datetime | None) -> datetime | None:
        """Return when it is worth trying: rows are free from `at` on, urgent ones from `urgent`."""
        if at is None or self._until is None:
            return at
        ordinary = max(at, self._until)
        if not self.short or urgent is None:
            return ordinary
        return min(ordinary, max(urgent, self._urgent_until or urgent))
