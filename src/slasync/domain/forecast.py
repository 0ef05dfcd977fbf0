"""When the day's calls will have been made, at the pace of the last hour and the day's shape.

The next quarters of an hour are played through: each brings as many calls as the last hour's pace
says, more or fewer as that hour of the day is usually busier or quieter, and takes away what has
left a rolling day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slasync.domain.budgets import (
    COUNTED,
    DAY,
    OTHERS,
    SLOT,
    Day,
    Lane,
    Notice,
    Quota,
    room,
    slot_of,
)

HOUR = timedelta(hours=1)
HOURS = 24
SLOTS_AHEAD = DAY // SLOT
OLD = timedelta(hours=1)  # a rolling day's figure from before that says nothing of now
SAID_FOR = 2 * DAY
LEAST_DAYS = 3  # of history, before hours of the day are told apart
CLEAREST = 5.0  # an hour is at most so many times as busy as another is taken for

ROLLING = Day()

Slots = Mapping[datetime, Mapping[str, int]]
"""Calls by slot, and in it by lane or OTHERS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What is known of one system's calls at a moment."""

    system: str
    now: datetime
    share: int  # calls a day that slasync may make
    reserve: float = 0.2
    slots: Slots = field(default_factory=dict)  # of the last weeks
    day: Day = ROLLING
    quota: Quota | None = None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How one system's calls stand, and when they end."""

    system: str
    share: int
    spent: int
    by_lane: Mapping[str, int]
    others: int | None  # calls of other programs; None: the vendor does not tell
    quota: Quota | None
    pace: float  # slasync's calls in the last hour
    share_ends: datetime | None  # slasync's part; None: not within the day
    quota_ends: datetime | None  # the whole organisation's
    renewed: datetime  # when used-up calls begin to come back
    stopped: tuple[Lane, ...] = ()  # lanes that have no call left
    notice: Notice | None = None

    @property
    def ends(self) -> datetime | None:
        """The earlier of both ends."""
        return min((at for at in (self.share_ends, self.quota_ends) if at), default=None)


def words(outlook: Outlook) -> str:
    """Say in one line how a system's calls stand and when they end."""
    of_day = f"{outlook.spent:,} of {outlook.share:,} calls of the day"
    told = f"{of_day}, {outlook.pace:.0f} in the hour"
    if outlook.stopped:
        lanes = ", ".join(lane.value for lane in outlook.stopped)
        return f"{told}; none left for {lanes}; some are free again from {_at(outlook.renewed)}"
    if outlook.quota_ends is not None and outlook.quota_ends == outlook.ends:
        return f"{told}; at this pace the organisation's quota ends at {_at(outlook.quota_ends)}"
    if outlook.share_ends is not None:
        return f"{told}; at this pace they end at {_at(outlook.share_ends)}"
    return f"{told}; they last"


def notice_words(notice: Notice) -> str:
    """Say what a vendor says of the end of the interface in use."""
    when = f"on {notice.ends:%Y-%m-%d}" if notice.ends else "at a time that it does not tell"
    mend = "raise its version, or upgrade slasync"
    return f"the interface in use ends {when} ({notice.words}): {mend}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def outlook(usage: Usage) -> Outlook:
    """Look ahead from what is known."""
    ours, others = _ours(usage.slots), _of(usage.slots, OTHERS)
    begins = usage.day.begins(usage.now)
    spent = _within(ours, begins)
    quota = _still_told(usage)
    foreign = max(0, quota.used - spent) if quota else None
    shape = shape_of(_together(ours, others), usage.now)
    all_calls = _together(ours, others)
    return Outlook(
        system=usage.system,
        share=usage.share,
        spent=spent,
        by_lane=_by_lane(usage.slots, begins),
        others=foreign,
        quota=quota,
        pace=pace(ours, usage.now),
        share_ends=_ends(ours, spent, usage.share, shape, usage),
        quota_ends=_ends(all_calls, quota.used, quota.allowed, shape, usage) if quota else None,
        renewed=usage.day.renewed_at(usage.now, _oldest(ours, begins)),
        stopped=_stopped(usage, quota, begins),
        notice=_still_said(usage),
    )


def _stopped(usage: Usage, quota: Quota | None, begins: datetime) -> tuple[Lane, ...]:
    spent = {Lane(lane): n for lane, n in _by_lane(usage.slots, begins).items()}
    left = quota.left if quota else None
    each = {lane: room(lane, spent, usage.share, usage.reserve, left) for lane in COUNTED}
    return tuple(lane for lane, calls in each.items() if not calls)


def _oldest(slots: Mapping[datetime, int], begins: datetime) -> datetime | None:
    return min((slot for slot, calls in slots.items() if slot >= begins and calls), default=None)


def _still_said(usage: Usage) -> Notice | None:
    """Return what was said within two days: after an upgrade it is not said any more."""
    notice = usage.notice
    if notice is None or (notice.at is not None and notice.at < usage.now - SAID_FOR):
        return None
    return notice


def pace(slots: Mapping[datetime, int], now: datetime) -> float:
    """Return the calls of the last hour. The hour's first slot counts by the part inside it."""
    since, begun = now - HOUR, slot_of(now - HOUR)
    whole = sum(calls for slot, calls in slots.items() if begun < slot <= now)
    return whole + slots.get(begun, 0) * ((begun + SLOT - since) / SLOT)


def shape_of(slots: Mapping[datetime, int], now: datetime) -> Sequence[float]:
    """Return how busy each hour of the day (UTC) usually is, 1 being the average.

    All are 1 before there are three whole days to tell from; today does not count.
    """
    past = {slot: n for slot, n in slots.items() if slot < slot_of(now) - HOUR}
    if not past or now - min(past) < LEAST_DAYS * DAY:
        return (1.0,) * HOURS
    by_hour = [0.0] * HOURS
    for slot, calls in past.items():
        by_hour[slot.hour] += calls
    average = sum(by_hour) / HOURS
    if not average:
        return (1.0,) * HOURS
    return [min(max(n / average, 1 / CLEAREST), CLEAREST) for n in by_hour]


def _ends(
    slots: Mapping[datetime, int], used: int, allowed: int, shape: Sequence[float], usage: Usage
) -> datetime | None:
    """Return when `used` reaches `allowed`; at once when it has; None: not within a day."""
    if used >= allowed:
        return usage.now
    a_slot = pace(slots, usage.now) * (SLOT / HOUR) / shape[usage.now.hour]
    begins, at, total = usage.day.begins(usage.now), usage.now, float(used)
    for _ in range(SLOTS_AHEAD):
        until = at + SLOT
        if usage.day.begins(until) > begins:
            if usage.day.zone is not None:
                return None  # the vendor counts from nought again
            total -= sum(n for s, n in slots.items() if begins <= s < usage.day.begins(until))
            begins = usage.day.begins(until)
        more = a_slot * shape[at.hour]
        if total + more >= allowed:
            return at + SLOT * ((allowed - total) / more)
        at, total = until, total + more
    return None


def _still_told(usage: Usage) -> Quota | None:
    """Return the vendor's figure unless a new day has begun since, or it is old."""
    quota = usage.quota
    if quota is None or quota.at is None:
        return quota
    begins = usage.day.begins(usage.now) if usage.day.zone else usage.now - OLD
    return quota if quota.at >= begins else None


def _ours(slots: Slots) -> dict[datetime, int]:
    return {
        slot: sum(n for lane, n in lanes.items() if lane != OTHERS) for slot, lanes in slots.items()
    }


def _of(slots: Slots, lane: str) -> dict[datetime, int]:
    return {slot: lanes[lane] for slot, lanes in slots.items() if lane in lanes}


def _within(slots: Mapping[datetime, int], begins: datetime) -> int:
    return sum(calls for slot, calls in slots.items() if slot >= begins)


def _together(*several: Mapping[datetime, int]) -> dict[datetime, int]:
    return {
        slot: sum(slots.get(slot, 0) for slots in several)
        for slot in sorted({slot for slots in several for slot in slots})
    }


def _by_lane(slots: Slots, begins: datetime) -> dict[str, int]:
    found = {lane.value: 0 for lane in Lane}
    for slot, lanes in slots.items():
        for lane, calls in lanes.items():
            if slot >= begins and lane in found:
                found[lane] += calls
    return {lane: calls for lane, calls in found.items() if calls}
