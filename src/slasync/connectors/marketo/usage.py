"""What all integrations of an instance have used of its day: no answer says so, so it is asked."""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from slasync.clock import Clock
from slasync.connectors.http import Calls, Quota
from slasync.connectors.marketo.errors import QUOTA_ZONE

EVERY_CALLS = 250  # of our own: what others make is known as well as what we do
EVERY = timedelta(minutes=15)


class Usage:
    """The count of the day, carried on by our own calls until it is asked for again."""

    def __init__(self, calls: Calls, clock: Clock, allowed: int) -> None:
        """`allowed`: what the instance may make in a day, as configured; Marketo does not say."""
        self._calls, self._clock, self._allowed = calls, clock, allowed
        self._lock = threading.Lock()
        self._total: int | None = None  # of `_day`; None: not known
        self._day = ""
        self._since = 0  # calls of our own since it was told
        self._asked_at = float("-inf")

    def due(self) -> bool:
        """Tell whether to ask now: true once, to whoever comes first."""
        with self._lock:
            now = self._clock.mono()
            late = now - self._asked_at >= EVERY.total_seconds()
            if not late and self._since < EVERY_CALLS:
                return False
            self._asked_at, self._since = now, 0
            return True

    def made(self) -> None:
        """Count a call of our own."""
        with self._lock:
            self._since += 1
            if self._total is None:
                return
            if self._day != self._today():  # nothing is known of the new day: asked at once
                self._total, self._since = None, EVERY_CALLS
            else:
                self._total += 1
                self._calls.quota = Quota(self._total, self._allowed)

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take in the rows of usage.json; one of another day or without a number is passed over."""
        today = self._today()
        told = next((row.get("total") for row in rows if row.get("date") == today), None)
        if isinstance(told, bool) or not isinstance(told, int) or told < 0:
            return
        with self._lock:
            self._total, self._day = told, today
            self._asked_at, self._since = self._clock.mono(), 0
            self._calls.quota = Quota(told, self._allowed)

    def _today(self) -> str:
        now = self._calls.vendor_time.now() or self._clock.now()
        return now.astimezone(QUOTA_ZONE).date().isoformat()
