"""Counting calls: of the last twenty seconds, of the day, of each user, and at the same time.

A refused call counts too: a client that keeps calling after 606 stays refused. What Marketo names
as free (a bad token, a wrong method, an outage) never comes here. Guessed: that the day ends at
midnight in Chicago, with daylight saving time, for Marketo writes CST in summer too.
"""

from collections import Counter, deque
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.failures import Failure, Json
from slasync.sandbox.marketo.options import Limits
from slasync.sandbox.world import World

OTHERS = "other-integration@example.com"
DAYS_KEPT = 7


class Meter:
    """What all integrations of the instance used."""

    def __init__(self, world: World, limits: Limits, zone: str) -> None:
        self._world = world
        self._limits = limits
        self._zone = ZoneInfo(zone)
        self._calls: deque[int] = deque()
        self._users: dict[date, Counter[str]] = {}
        self._errors: dict[date, Counter[str]] = {}
        self.busy_elsewhere = 0  # calls of other integrations that are under way

    def count(self, user: str, under_way: int) -> None:
        """Count a call; `under_way` are those at work, this one too. Raises 606, 607, 615."""
        limits, now = self._limits, stamps.millis(self._world.now())
        while self._calls and self._calls[0] <= now - stamps.length(limits.window):
            self._calls.popleft()
        self._calls.append(now)
        today = self._today(self._users)
        today[user] += 1
        if under_way + self.busy_elsewhere > limits.concurrent:
            raise Failure("615", "Concurrent access limit reached")
        if today.total() > limits.daily:
            raise Failure("607", "Daily quota reached")
        if len(self._calls) > limits.calls:
            raise self.too_fast()

    def too_fast(self) -> Failure:
        seconds = self._limits.window // timedelta(seconds=1)
        return Failure(
            "606", f"Max rate limit '{self._limits.calls}' exceeded with in '{seconds}' secs"
        )

    def failed(self, failure: Failure) -> None:
        """Note how a call failed."""
        self._today(self._errors)[failure.code] += 1

    def others(self, calls: int, now_busy: int = 0) -> None:
        """Have other integrations have used so many calls today, and have `now_busy` under way."""
        self._today(self._users)[OTHERS] = calls
        self.busy_elsewhere = now_busy

    def leave(self, calls: int) -> None:
        """Have other integrations use up all but so many of the day's calls."""
        today = self._today(self._users)
        own = today.total() - today[OTHERS]
        today[OTHERS] = max(0, self._limits.daily - own - calls)

    def usage(self, days: int) -> list[Json]:
        return [
            {
                "date": day.isoformat(),
                "total": self._users.get(day, Counter()).total(),
                "users": [
                    {"userId": user, "count": count}
                    for user, count in sorted(self._users.get(day, Counter()).items())
                ],
            }
            for day in self._last(days)
        ]

    def errors(self, days: int) -> list[Json]:
        return [
            {
                "date": day.isoformat(),
                "total": self._errors.get(day, Counter()).total(),
                "errors": [
                    {"errorCode": code, "count": count}
                    for code, count in sorted(self._errors.get(day, Counter()).items())
                ],
            }
            for day in self._last(days)
        ]

    def today(self) -> date:
        """Return the date in the instance's zone."""
        return self._world.now().astimezone(self._zone).date()

    def _last(self, days: int) -> list[date]:
        return [self.today() - timedelta(days=back) for back in range(days)]

    def _today(self, by_day: dict[date, Counter[str]]) -> Counter[str]:
        today = self.today()
        if today not in by_day:
            by_day[today] = Counter()
            for old in [day for day in by_day if day <= today - timedelta(days=DAYS_KEPT)]:
                del by_day[old]
        return by_day[today]
