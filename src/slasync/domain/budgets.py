"""The calls of a day: which lane may make how many of them, and what counts as a day.

Lanes have a priority. What a lane leaves to those above it is their reserve; what it leaves to
those below is their minimum, so that no lane waits for ever. Both are parts of slasync's share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)  # calls are counted by these: every zone's midnight begins one
DAY = timedelta(days=1)


class Lane(StrEnum):
    """What a call is made for, the most urgent first."""

    ESCALATION = "escalation"  # writes to whoever stands above the owner
    WRITE = "write"
    REREAD = "reread"  # what a write depends on: counted as a write
    READ = "read"  # what changed since the last pass
    BACKFILL = "backfill"  # first loads
    LOGIN = "login"  # vendors do not count these: never held back


COUNTED = (Lane.ESCALATION, Lane.WRITE, Lane.READ, Lane.BACKFILL)
"""The lanes that calls are counted in, by priority."""
OTHERS = "others"
"""Stands in the lane's place of calls that other programs made, as the vendor's count tells."""

FOR_ESCALATIONS = 0.25  # of the reserve; the rest of it is for other writes
FOR_INCREMENTS = 0.25  # of what reads may use: first loads leave it
MINIMUM = {Lane.WRITE: 0.05, Lane.READ: 0.10, Lane.BACKFILL: 0.05}  # of the whole share
BLOCKS_A_DAY, LARGEST_BLOCK = 200, 50


@dataclass(frozen=True, slots=True)
class Quota:
    """What the vendor says of the whole organisation's use, at a time."""

    used: int
    allowed: int
    at: datetime | None = field(default=None, compare=False)  # when it said so

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a vendor says of the end of the interface in use."""

    ends: datetime | None  # None: it is deprecated, and its end is not told
    words: str = ""
    at: datetime | None = field(default=None, compare=False)  # when it was said last


def counted_as(lane: Lane) -> Lane:
    """Return the lane in which a call is counted."""
    return Lane.WRITE if lane is Lane.REREAD else lane


def rank(lane: Lane) -> int:
    """Return the lane's place, 0 for the most urgent."""
    return -1 if lane is Lane.LOGIN else COUNTED.index(counted_as(lane))


def block_of(calls: int) -> int:
    """Return how many of a day's `calls` a process takes at once from what all share."""
    return max(1, min(LARGEST_BLOCK, calls // BLOCKS_A_DAY))


def room(
    lane: Lane, spent: Mapping[Lane, int], calls: int, reserve: float, left: int | None = None
) -> int:
    """Return how many more calls `lane` may make, of `calls` a day that slasync may make in all.

    `spent` counts the day's calls by lane, `reserve` is the part kept for writes; `left`: what the
    vendor says is left to the whole organisation, None where it does not say.
    """
    place, total = COUNTED.index(lane), sum(spent.values())
    most = calls if left is None else min(calls, total + left)
    # where others have left less than that, it is for the most urgent: no minimum then
    least = {each: 0 if most < calls else _unspent(calls, spent, each) for each in COUNTED}
    above = sum(max(_reserved(calls, reserve, each), least[each]) for each in COUNTED[:place])
    below = sum(least[each] for each in COUNTED[place + 1 :])
    return max(0, min(most - total, max(least[lane], most - total - above - below)))


def share_of(daily_calls: int, part: float, quota: Quota | None) -> int:
    """Return the calls a day that slasync may make: a part of what the vendor allows the whole
    organisation, and at most of what is configured.
    """
    return int((min(daily_calls, quota.allowed) if quota else daily_calls) * part)


def _reserved(calls: int, reserve: float, lane: Lane) -> int:
    parts = {
        Lane.ESCALATION: reserve * FOR_ESCALATIONS,
        Lane.WRITE: reserve * (1 - FOR_ESCALATIONS),
        Lane.READ: (1 - reserve) * FOR_INCREMENTS,
    }
    if lane is Lane.WRITE:  # what is cut off of both is not lost
        return int(calls * reserve) - int(calls * parts[Lane.ESCALATION])
    return int(calls * parts.get(lane, 0.0))


def _unspent(calls: int, spent: Mapping[Lane, int], lane: Lane) -> int:
    return max(0, int(calls * MINIMUM.get(lane, 0.0)) - spent.get(lane, 0))


def slot_of(at: datetime) -> datetime:
    """Return the start of the slot in which a call at `at` is counted."""
    utc = at.astimezone(UTC)
    minutes = SLOT // timedelta(minutes=1)
    return utc.replace(minute=utc.minute - utc.minute % minutes, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Day:
    """What a vendor counts a day's calls by: its zone's dates, or any 24 hours (None)."""

    zone: str | None = None

    def begins(self, now: datetime) -> datetime:
        """Return the first slot that counts at `now`."""
        return slot_of(now - DAY) if self.zone is None else self._midnight(now, 0)

    def renewed_at(self, now: datetime, oldest: datetime | None) -> datetime:
        """Return when calls are free again; `oldest` is the first slot with calls that counts."""
        if self.zone is not None:
            return self._midnight(now, 1)
        return (oldest or slot_of(now - DAY)) + DAY + SLOT

    def _midnight(self, now: datetime, days: int) -> datetime:
        zone = ZoneInfo(str(self.zone))
        today = now.astimezone(zone).date()
        date = today + timedelta(days=days)
        return datetime.combine(date, time.min, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a process asks of the calls that all processes share."""

    system: str
    lane: Lane
    calls: int  # at least one, at most so many
    now: datetime
    share: int  # what slasync may make in a day
    reserve: float
    day: Day = Day()
    left: int | None = None  # by the vendor's count, where that is not out of date
    # by slot and lane: calls granted before and given back (negative), or made unasked
    corrections: Mapping[tuple[datetime, Lane], int] = field(default_factory=dict)
    quota: Quota | None = None  # to be kept: as the vendor last said
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """How many calls may be made, counted in `slot`. None: from when on there are some again."""

    calls: int
    slot: datetime
    spent: Mapping[Lane, int]  # of the day so far, these included
    after: datetime | None = None
