"""Storms: what counts against the caps, what is usual at an hour, when many leads change at once.

Late tasks count, and of tasks on time those above what is usual; changes made to very many leads
within minutes are held whatever the caps say.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count, islice
from math import floor
from statistics import median

from slasync.domain.lead import LeadKey
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.local_time import DAY, HOUR, LocalTime, day_of, from_us, to_us, zone_named

AN_HOUR = timedelta(hours=1)
FURTHEST = 1000
"""Days that are looked back for working days at most: a calendar may be closed for months."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Tasks on time count above `factor` times what the last `days` working days had then."""

    factor: float = 3.0
    days: int = 20


@dataclass(frozen=True, slots=True)
class Bulk:
    """Changes of one kind, made to so many leads `within` a time by one user, are one change."""

    leads: int = 500
    within: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most counted tasks in `window`; more are held, by what is to become of them then."""

    per_owner: int = 20
    total: int = 200
    window: timedelta = AN_HOUR
    burst: Burst | None = Burst()  # None: tasks on time never count
    bulk: Bulk | None = Bulk()  # None: nothing is taken for one change
    spread: int | None = 20  # of what is allowed, for each owner an hour; None: all at once
    max_age: timedelta = timedelta(days=1)  # held longer: folded into digests


class Reason(StrEnum):
    """Why a batch is held. Its name begins with it."""

    LATE = "late"
    BURST = "burst"
    HANDOVERS = "bulk-handover"
    OWNERS = "bulk-owner"
    STATUSES = "bulk-status"


BULK = frozenset({Reason.HANDOVERS, Reason.OWNERS, Reason.STATUSES})


def batch_name(reason: Reason, day: date, number: int) -> str:
    """Name a held batch; `number` counts those of a reason and a day, from 1."""
    return f"{reason.value}-{day.isoformat()}" + (f"-{number}" if number > 1 else "")


def is_over(counts: Mapping[str, int], caps: Caps) -> bool:
    """Tell whether tasks, counted by owner, are more than the caps let through."""
    return sum(counts.values()) > caps.total or max(counts.values(), default=0) > caps.per_owner


# bursts


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a wall clock: none long where it is left out, two where it is shown twice."""

    begins: datetime
    ends: datetime

    @property
    def length(self) -> float:
        """How many hours it lasts."""
        return (self.ends - self.begins) / AN_HOUR


def hour_of(calendar: Calendar, at: datetime) -> Hour:
    """Return the hour that the calendar's wall clock shows at `at`."""
    local = LocalTime(zone_named(calendar.spec.zone))
    return _hour(local, local.reading(to_us(at)) // HOUR * HOUR)


def hours_before(calendar: Calendar, at: datetime, days: int) -> tuple[Hour, ...]:
    """Return the same hour of the last working days before that of `at`, the last one first.

    A working day has open hours. One on which clocks were put forward over the hour has no such
    hour, and the one before it takes its place.
    """
    local = LocalTime(zone_named(calendar.spec.zone))
    shown = local.reading(to_us(at)) // HOUR * HOUR
    readings = (shown - back * DAY for back in islice(count(1), FURTHEST))
    worked = (r for r in readings if calendar.spec.intervals(day_of(r)))
    hours = (_hour(local, reading) for reading in worked)
    return tuple(islice((hour for hour in hours if hour.length), days))


def _hour(local: LocalTime, reading: int) -> Hour:
    return Hour(from_us(local.instant(reading)), from_us(local.instant(reading + HOUR)))


def usual(counts: Sequence[int], hours: Sequence[Hour]) -> float:
    """Return the median of what was counted in each of `hours`, for a whole hour."""
    return median(made / hour.length for made, hour in zip(counts, hours, strict=True))


def above(made: int, before: int, allowed: float) -> int:
    """Return how many of `made`, after `before` others, are more than allowed."""
    return min(made, max(0, before + made - floor(allowed)))


# bulk changes


@dataclass(frozen=True, slots=True)
class Change:
    lead: LeadKey
    at: datetime  # when it happened, not when it was learned


def crowd(changes: Sequence[Change], bulk: Bulk) -> frozenset[LeadKey]:
    """Return the leads of every stretch of `within` in which as many as `leads` were changed."""
    ordered = sorted(changes, key=lambda change: (change.at, change.lead))
    inside: Counter[LeadKey] = Counter()
    found: set[LeadKey] = set()
    first = marked = 0
    for last, change in enumerate(ordered):
        inside[change.lead] += 1
        while change.at - ordered[first].at > bulk.within:
            gone = ordered[first].lead
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        if len(inside) >= bulk.leads:
            found.update(each.lead for each in ordered[max(first, marked) : last + 1])
            marked = last + 1
    return frozenset(found)


# spreading


def spread(
    owners: Sequence[str], per_hour: int | None, now: datetime, busy: Mapping[str, datetime]
) -> list[datetime]:
    """Return when each of the writes for `owners` may go: so many an hour for each owner.

    `busy`: up to when what was allowed before is spread for an owner; his come an hour later. A
    write for nobody goes at once.
    """
    times, placed = [], Counter[str]()
    for owner in owners:
        hours = placed[owner] // per_hour if per_hour and owner else 0
        placed[owner] += 1
        since = busy[owner] + AN_HOUR if per_hour and busy.get(owner, now) > now else now
        times.append(since + hours * AN_HOUR)
    return times
