"""Calendar months as people of one zone count them: from local midnight to local midnight."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.time.local_time import LocalTime, from_us, midnight

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read 2026-10; ValueError for anything else."""
        found = _WRITTEN.fullmatch(text.strip())
        if not found or found[1] == "0000":
            raise ValueError(f"{text} is no month: write 2026-10")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Month":
        """Return the month that a clock on the wall of `zone` shows at `at`."""
        local = at.astimezone(zone)
        return cls(local.year, local.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return its first instant, in UTC."""
        return midnight_of(self.first, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Return the first instant of the month after, in UTC."""
        return midnight_of(self.last + _A_DAY, zone)


def midnight_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when a date begins, in UTC; where the clock skips midnight, the end of the gap."""
    return from_us(LocalTime(zone).instant(midnight(day)))
