"""Days by a wall clock: from midnight to midnight, whatever the clocks were set to in between."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


def day_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the midnights around an instant."""
    return last_days(at, zone, 1)[0]


def last_days(at: datetime, zone: ZoneInfo, count: int) -> list[tuple[datetime, datetime]]:
    """Return the midnights of so many days, the last of which holds the instant."""
    today = at.astimezone(zone).date()
    dates = [today + timedelta(days=n) for n in range(1 - count, 2)]
    midnights = [datetime.combine(d, time(), zone).astimezone(UTC) for d in dates]
    return list(pairwise(midnights))
