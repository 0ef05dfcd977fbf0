"""Counting calls against the limits: of ten seconds, of the day, of search's second."""

from collections import deque
from datetime import datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.hubspot.options import Limits
from slasync.sandbox.world import World

Headers = tuple[tuple[str, str], ...]

_TEN = 10 * stamps.SECOND


def ten_secondly(app_id: int) -> Problem:
    """Word the refusal of one call too many within ten seconds."""
    return _too_many("ten_secondly_rolling", "TEN_SECONDLY_ROLLING", app_id)


def daily(app_id: int) -> Problem:
    return _too_many("daily", "DAILY", app_id)


def secondly() -> Problem:
    """Word the refusal of a search; this body is barer than the others."""
    message = "You have reached your secondly limit."
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, message, "RATE_LIMITS")


def _too_many(words: str, policy: str, app_id: int) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"You have reached your {words} limit.",
        errorType="RATE_LIMIT",
        policyName=policy,
        groupName=f"publicapi:private-apps-api-calls:{app_id}",
    )


class Window:
    """Calls of the last so many milliseconds."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._calls: deque[int] = deque()

    def count(self, now: int) -> int:
        while self._calls and self._calls[0] <= now - self._length:
            self._calls.popleft()
        return len(self._calls)

    def add(self, now: int) -> None:
        self._calls.append(now)


class Meter:
    """What one app has used. A refused call is not counted."""

    def __init__(self, world: World, limits: Limits, *, zone: str, app_id: int) -> None:
        self._world = world
        self._limits = limits
        self._zone = ZoneInfo(zone)
        self._app_id = app_id
        self._ten = {False: Window(_TEN), True: Window(_TEN)}  # by: is it an OAuth app's call
        self._one = {False: Window(stamps.SECOND), True: Window(stamps.SECOND)}
        self._search = Window(stamps.SECOND)
        self._day = self._local_midnight()
        self.used_today = 0
        self.others = 0  # calls of the account's other apps; may be changed while it runs

    def leave(self, calls: int) -> None:
        """Have the account's other apps use up all but so many of the day's calls."""
        self.others = max(0, self._limits.daily - self.used_today - calls)

    def count_search(self, *, oauth: bool) -> None:
        """Count a search, which has a limit of its own. Raises 429."""
        now = self._now()
        self._refuse_above_daily(oauth=oauth)
        if self._search.count(now) >= self._limits.search_a_second:
            raise secondly()
        self._search.add(now)
        self.used_today += not oauth

    def count_call(self, *, oauth: bool) -> None:
        """Count any other call. Raises 429."""
        now = self._now()
        self._refuse_above_daily(oauth=oauth)
        if self._ten[oauth].count(now) >= self._of_ten(oauth=oauth):
            raise ten_secondly(self._app_id)
        self._ten[oauth].add(now)
        self._one[oauth].add(now)
        self.used_today += not oauth

    def headers(self, *, oauth: bool, search: bool) -> Headers:
        """Return the rate-limit headers: OAuth apps have no daily ones, search no others."""
        shown: Headers = () if search else self._interval_headers(oauth=oauth)
        if oauth:
            return shown
        left = max(0, self._limits.daily - self.used_today - self.others)
        return (
            *shown,
            ("X-HubSpot-RateLimit-Daily", str(self._limits.daily)),
            ("X-HubSpot-RateLimit-Daily-Remaining", str(left)),
        )

    @property
    def resets_at(self) -> datetime:
        """The account's next midnight."""
        return self._local_midnight() + timedelta(days=1)

    def _interval_headers(self, *, oauth: bool) -> Headers:
        now, most = self._now(), self._of_ten(oauth=oauth)
        left = max(0, most - self._ten[oauth].count(now))
        second = most // 10
        return (
            ("X-HubSpot-RateLimit-Interval-Milliseconds", str(_TEN)),
            ("X-HubSpot-RateLimit-Max", str(most)),
            ("X-HubSpot-RateLimit-Remaining", str(left)),
            ("X-HubSpot-RateLimit-Secondly", str(second)),
            (
                "X-HubSpot-RateLimit-Secondly-Remaining",
                str(max(0, second - self._one[oauth].count(now))),
            ),
        )

    def _refuse_above_daily(self, *, oauth: bool) -> None:
        today = self._local_midnight()
        if today != self._day:
            self._day, self.used_today = today, 0
        if not oauth and self.used_today + self.others >= self._limits.daily:
            raise daily(self._app_id)

    def _of_ten(self, *, oauth: bool) -> int:
        return self._limits.ten_seconds_oauth if oauth else self._limits.ten_seconds

    def _now(self) -> int:
        return stamps.millis(self._world.now())

    def _local_midnight(self) -> datetime:
        local = self._world.now().astimezone(self._zone)
        return datetime.combine(local.date(), time(), self._zone)
