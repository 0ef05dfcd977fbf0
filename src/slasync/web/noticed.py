"""What calls and webhooks tell beyond their number: credentials that are refused, a wrong secret.

Kept in memory only: a process that has just started has noticed nothing yet.
"""

import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from slasync.clock import Clock
from slasync.connectors.http import Call, Lane

HOUR = timedelta(hours=1)
MOST_KEPT = 10_000  # of the last hour; a flood of forged requests takes no more memory
_LOGIN_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Noticed:
    """Safe to use from every thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: dict[str, datetime] = {}
        self._taken: deque[datetime] = deque(maxlen=MOST_KEPT)
        self._unsigned: deque[datetime] = deque(maxlen=MOST_KEPT)

    def called(self, call: Call) -> None:
        """Learn from a call whether its system takes our credentials."""
        with self._lock:
            if _refuses(call):
                self._refused.setdefault(call.system, self._clock.now())
            elif call.status is not None and call.status < HTTPStatus.BAD_REQUEST:
                self._refused.pop(call.system, None)

    def webhook(self, outcome: str) -> None:
        """Learn how a webhook request ended."""
        kept = {"stored": self._taken, "unsigned": self._unsigned}.get(outcome)
        if kept is not None:
            with self._lock:
                kept.append(self._clock.now())

    def refused(self) -> Mapping[str, datetime]:
        """Return the systems that refuse our credentials, and since when they do."""
        with self._lock:
            return dict(self._refused)

    def of_hour(self) -> tuple[int, int]:
        """Return how many webhook requests of the last hour were taken, and were unsigned."""
        since = self._clock.now() - HOUR
        with self._lock:
            return _after(self._taken, since), _after(self._unsigned, since)


def _refuses(call: Call) -> bool:
    if call.lane is Lane.LOGIN:
        return call.status in _LOGIN_REFUSED
    return call.status == HTTPStatus.UNAUTHORIZED


def _after(times: "deque[datetime]", since: datetime) -> int:
    while times and times[0] < since:
        times.popleft()
    return len(times)
