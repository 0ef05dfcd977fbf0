"""When mirror and systems are compared, what is looked for, and how many records may be gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

WITHIN = timedelta(hours=1)
"""Deletions that are learned so close together count as one disappearance."""

A_FEW = 10


class Comparison(StrEnum):
    """What is read once more, and why."""

    AGAIN = "again"  # the second pass: each window of increments, after a delay
    SWEEP = "sweep"  # ids and stamps of everything there is, each night
    BACKFILL = "backfill"  # everything there is, because somebody asked for it


class Cause(StrEnum):
    """Why a record of the mirror was not what the system shows."""

    MISSING = "missing"  # never read, though it was there
    OLDER = "older"  # a change was not read
    GONE = "gone"  # the mirror still showed it
    BACK = "back"  # the mirror took it for deleted
    ACTIVITY = "activity"  # something that happened to a lead was not read


Missed = Mapping[Cause, int]


@dataclass(frozen=True, slots=True)
class Guard:
    """How many records of one kind may vanish at once before a person is asked."""

    at_most: int = 100
    share: float = 0.05  # of those mirrored

    def allows(self, gone: int, mirrored: int) -> bool:
        """Tell whether `gone` of `mirrored` records may be believed to be deleted: never all."""
        if gone >= mirrored > A_FEW:
            return False
        return gone <= max(self.at_most, int(mirrored * self.share))


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """When slasync looks once more. None: it does not."""

    again_after: timedelta | None = timedelta(minutes=30)
    sweep_at: time | None = time(2, 30)
    guard: Guard = Guard()


def last_before(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the last time at or before `now` when clocks of `zone` said `at`."""
    today = now.astimezone(zone).date()
    found = _on(today, at, zone)
    return found if found <= now else _on(today - timedelta(days=1), at, zone)


def next_after(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the next time after `now` when clocks of `zone` say `at`."""
    today = now.astimezone(zone).date()
    found = _on(today, at, zone)
    return found if found > now else _on(today + timedelta(days=1), at, zone)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def added(one: Missed, other: Missed) -> dict[Cause, int]:
    """Add counts; causes that never occurred are left out."""
    sums = {cause: one.get(cause, 0) + other.get(cause, 0) for cause in Cause}
    return {cause: count for cause, count in sums.items() if count}


def missed_words(missed: Missed) -> str:
    """Write counts for people: "3 missing, 1 older"."""
    return ", ".join(f"{missed[cause]} {cause.value}" for cause in Cause if missed.get(cause))
