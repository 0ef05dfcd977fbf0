"""Between instants and wall clocks: a zone's readings, gaps and folds, in whole microseconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return the microseconds from 1970 to `at`; ValueError when `at` has no zone."""
    try:
        return (at - _EPOCH) // _MICROSECOND
    except TypeError:
        raise ValueError(
            f"{at.isoformat()} has no zone: give an offset such as Z or +01:00"
        ) from None


def from_us(us: int) -> datetime:
    """Return the instant `us` microseconds after 1970, in UTC."""
    return _EPOCH + us * _MICROSECOND


def midnight(day: date) -> int:
    """Return the reading of `day` 00:00."""
    return (day.toordinal() - _EPOCH_DAY) * DAY


def day_of(reading: int) -> date:
    """Return the local date that a reading shows."""
    return date.fromordinal(reading // DAY + _EPOCH_DAY)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of instants, `begins` up to before `ends`, over which a zone keeps one `offset`."""

    begins: int
    ends: int
    offset: int


@dataclass(frozen=True, slots=True)
class LocalTime:
    """One zone's wall clock.

    An instant is microseconds since 1970 in UTC. A *reading* is what the wall clock shows then,
    counted as if 1970 had begun at local midnight: in a fold two instants show one reading, in a
    gap no instant shows it.
    """

    zone: ZoneInfo

    def reading(self, instant: int) -> int:
        return instant + self.offset(instant)

    def instant(self, reading: int) -> int:
        """Return when the wall clock shows `reading`: first in a fold; the gap's end in a gap."""
        wall = self._wall(reading)
        before, after = _microseconds(wall), _microseconds(wall.replace(fold=1))
        if before >= after:
            return reading - before
        return self._change(reading - after, reading - before)

    def offset(self, instant: int) -> int:
        """Return how far the wall clock is ahead of UTC."""
        return _microseconds(from_us(instant).astimezone(self.zone))

    def stretches(self, begins: int, ends: int) -> Iterator[Stretch]:
        """Cut the time from `begins` to `ends` where the offset changes.

        zoneinfo does not publish its transitions, so they are searched: day by day, then by
        halves. No zone has ever changed its offset and changed it back within a day.
        """
        since, offset = begins, self.offset(begins)
        for probe in range(begins, ends, DAY):
            until = min(probe + DAY, ends)
            if self.offset(until) != offset:
                change = self._change(probe, until)
                yield Stretch(since, change, offset)
                since, offset = change, self.offset(until)
        if since < ends:
            yield Stretch(since, ends, offset)

    def shown_twice(self, reading: int) -> bool:
        """Tell whether a reading lies in a fold."""
        wall = self._wall(reading)
        return _microseconds(wall) > _microseconds(wall.replace(fold=1))

    def at(self, instant: int) -> datetime:
        """Return the instant as an aware datetime in this zone."""
        return from_us(instant).astimezone(self.zone)

    def _wall(self, reading: int) -> datetime:
        return datetime(1970, 1, 1, tzinfo=self.zone) + timedelta(microseconds=reading)

    def _change(self, before: int, after: int) -> int:
        """Return the first instant whose offset is not that of `before`; they fall on seconds."""
        old = self.offset(before)
        low, high = before // SECOND, -(-after // SECOND)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.offset(middle * SECOND) == old else (low, middle)
        return high * SECOND


def zone_named(name: str) -> ZoneInfo:
    """Return the zone; ValueError with the nearest names when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ", e.g. Europe/Berlin"
        raise ValueError(f"no time zone is named {name!r}{hint}") from None


def _microseconds(at: datetime) -> int:
    offset = at.utcoffset()
    return offset // _MICROSECOND if offset is not None else 0
