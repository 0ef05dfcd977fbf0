"""The months that figures look back on, and which version of the agreement was in force when."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slasync.domain.time.months import Month
from slasync.store.unit import Unit

BEFORE = 12
"""Months that are looked back on besides the one asked for."""
_VERSION = re.compile(r"^version:\s*[\"']?([^\"'\s#]+)", re.MULTILINE)
SHOWN = 7  # digits of a hash


@dataclass(frozen=True, slots=True)
class Lookback:
    """The month asked for, and those before it."""

    months: tuple[Month, ...]  # the oldest first
    zone: ZoneInfo
    known_to: datetime
    starts: tuple[datetime, ...]
    ends: datetime

    @classmethod
    def back_from(cls, month: Month, zone: ZoneInfo, known_to: datetime) -> "Lookback":
        """Return a month and the twelve before it, as far as there are months."""
        found = [month]
        while len(found) <= BEFORE and (found[0].year, found[0].number) > (1, 1):
            found.insert(0, before(found[0]))
        return cls._over(tuple(found), zone, known_to)

    @classmethod
    def of_month(cls, month: Month, zone: ZoneInfo, known_to: datetime) -> "Lookback":
        """Return a month alone."""
        return cls._over((month,), zone, known_to)

    @classmethod
    def _over(cls, months: tuple[Month, ...], zone: ZoneInfo, known_to: datetime) -> "Lookback":
        starts = tuple(each.begins(zone) for each in months)
        return cls(months, zone, known_to, starts, months[-1].ends(zone))

    @property
    def this(self) -> Month:
        return self.months[-1]

    @property
    def begins(self) -> datetime:
        return self.starts[0]

    def month(self, at: datetime) -> Month | None:
        """Return which of the months an instant lies in; None: in none of them."""
        place = bisect_right(self.starts, at)
        return self.months[place - 1] if place and at < self.ends else None


def before(month: Month) -> Month:
    """Return the month before."""
    if month.number == 1:
        return Month(month.year - 1, 12)
    return Month(month.year, month.number - 1)


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of the agreement, each from its first start on, the oldest first."""

    starts: Sequence[datetime]
    names: Sequence[str]
    present: str

    @classmethod
    def of(cls, unit: Unit, present: str, hash_: str) -> "Versions":
        """Read what the daemon kept. `present`: the version in force, where nothing was kept."""
        changes = unit.editions.changes()
        names = [_named(unit, change.hash) for change in changes]
        return cls([change.at for change in changes], names, _name(present, hash_))

    def at(self, moment: datetime) -> str:
        """Name the version in force; before the first that was kept it is taken to be that one."""
        if not self.starts:
            return self.present
        return self.names[max(bisect_right(self.starts, moment) - 1, 0)]


def _named(unit: Unit, hash_: str) -> str:
    edition = unit.editions.of(hash_)
    found = _VERSION.search(edition.files.get("agreement", "")) if edition else None
    return _name(found[1] if found else "?", hash_)


def _name(version: str, hash_: str) -> str:
    return f"{version} ({hash_[:SHOWN]})"
