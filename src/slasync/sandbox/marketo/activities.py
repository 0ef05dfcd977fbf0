"""What happened to leads: rows that are only ever added, and are read from a position on."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.activity_types import PURGED_EARLY
from slasync.sandbox.marketo.options import Order

EARLY, LATE = 90 * stamps.DAY, 760 * stamps.DAY  # how long rows are kept: 90 days, 25 months

Position = tuple[int, int]  # of the last row read: the log's key of it, and its number
Wanted = Callable[["Activity"], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that got another value."""

    field: int
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Activity:
    """One row. It happened `at`, and can be read from `visible` on; both in milliseconds."""

    number: int
    lead: int
    type: int
    at: int
    visible: int
    primary_id: int | None = None
    primary: str | None = None
    attributes: tuple[tuple[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()
    campaign: int | None = None

    def attribute(self, name: str) -> Any:
        return next((value for each, value in self.attributes if each == name), None)


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Activity]
    position: Position
    more: bool


class Log:
    """All activities, in the order of the instance's paging tokens."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._keys: list[Position] = []
        self._rows: dict[int, Activity] = {}

    def add(self, activity: Activity) -> None:
        """Take in one row; it need not be the latest."""
        self._rows[activity.number] = activity
        key = (self._key(activity), activity.number)
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def start(self, since: int) -> Position:
        """Return the position before everything that happened at `since` or later."""
        return since, 0

    def page(  # noqa: PLR0913 - what is asked has that many parts
        self, after: Position, *, since: int, now: int, size: int, scan: int, wanted: Wanted
    ) -> Page:
        """Read on from a position, over at most `scan` rows.

        What happened before `since` is left out; under Order.ARRIVAL it may stand behind it.
        """
        rows: list[Activity] = []
        at = bisect_right(self._keys, after)
        end = self._end(now)
        last = min(end, at + scan)
        while at < last and len(rows) < size:
            row = self._rows[self._keys[at][1]]
            after = self._keys[at]
            at += 1
            if row.at >= since and row.visible <= now and not _purged(row, now) and wanted(row):
                rows.append(row)
        return Page(rows, after, more=at < end)

    def __iter__(self) -> Iterator[Activity]:
        return iter(self._rows.values())

    def _end(self, now: int) -> int:
        """Return where the rows end that have come by now."""
        return bisect_left(self._keys, (now + 1, 0))

    def _key(self, activity: Activity) -> int:
        return activity.visible if self._order is Order.ARRIVAL else activity.at


def _purged(row: Activity, now: int) -> bool:
    return row.at < now - (EARLY if row.type in PURGED_EARLY else LATE)
