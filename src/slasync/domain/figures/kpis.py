"""Figures both sides watch: each with what it was counted from, what may still change it, its aim.

docs/kpis.md has the formula of every one. Exact: shares are fractions, times whole microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil

from slasync.domain.figures.obligations import Aim, Standing

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
NO_AIM = Aim()
TELLING = 10
"""So many have to be decided before a month that runs can ring an alarm."""


class Measure(StrEnum):
    """What a figure is measured in."""

    SHARE = "share"  # 0 to 1
    COUNT = "count"
    NUMBER = "number"  # of something, on average
    WORKING = "working_minutes"
    DAYS = "days"  # by the wall clock
    MONEY = "money"
    GROWTH = "growth"  # 0 is as much as before


class Alarm(StrEnum):
    """Whether a figure is below what rings the alarm."""

    NONE = "none"
    MAY = "may"  # it is now; what is open, or not known, may lift it
    RINGS = "rings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a month. None: there is nothing to tell it by."""

    name: str
    measure: Measure
    value: Fraction | None
    count: int | None = None  # of a share: what is counted
    of: int | None = None  # of so many, what is open and not known included
    open: int = 0  # of these: what may still become counted
    unknown: int = 0  # and what nobody can tell
    decided_only: bool = False  # its value leaves out what is open and not known
    original: Fraction | None = None  # before it was corrected by what was learned later
    aim: Aim = NO_AIM

    @property
    def measured_of(self) -> int | None:
        """Of how many `count` is the share that `value` says."""
        if self.of is None or not self.decided_only:
            return self.of
        return self.of - self.open - self.unknown

    @property
    def standing(self) -> Standing:
        """Say how it stands with the target: only what cannot change any more decides."""
        if self.of == 0 or (self.of is None and self.value is None):
            return Standing.NOTHING
        target = self.aim.target
        if target is None:
            return Standing.NOT_AGREED
        if self.count is None or self.of is None:
            return Standing.MET if (self.value or 0) >= target else Standing.MISSED
        if self.count >= target * self.of:
            return Standing.MET
        if self.count + self.open + self.unknown < target * self.of:
            return Standing.MISSED
        return Standing.UNKNOWN if self.unknown else Standing.OPEN

    @property
    def alarm(self) -> Alarm:
        """Tell whether the alarm rings: not before what is open could no longer lift it."""
        below = self.aim.alarm_below
        if below is None or self.value is None or self.value >= below:
            return Alarm.NONE
        best = Fraction(0)
        if self.count is not None and self.of:
            best = Fraction(self.count + self.open + self.unknown, self.of)
        return Alarm.MAY if best >= below else Alarm.RINGS

    @property
    def alarm_so_far(self) -> Alarm:
        """Tell the same in a month that still runs: by what is decided, and not by a handful.

        Early in a month most leads cannot have been accepted yet, and one of two says nothing.
        """
        below = self.aim.alarm_below
        if below is None or self.count is None or self.of is None:
            return self.alarm
        decided = self.of - self.open - self.unknown
        if decided < TELLING or self.count >= below * decided:
            return Alarm.NONE
        return self.alarm


Cell = str | int | Fraction | datetime | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind; `columns` are names and what each is measured in, None: words."""

    name: str
    columns: tuple[tuple[str, Measure | None], ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int | None = None  # rows there are, where only the first are shown


@dataclass(frozen=True, slots=True)
class Series:
    """One figure, month by month, the oldest first."""

    name: str
    measure: Measure
    months: tuple[str, ...]
    values: tuple[Fraction | None, ...]


class Chapter(StrEnum):
    """The parts of the pack, in the order in which they are shown."""

    SCORECARD_MARKETING = "scorecard_marketing"
    SCORECARD_SALES = "scorecard_sales"
    RESPONSE = "response"
    ATTEMPTS = "attempts"
    ACCEPTANCE = "acceptance"
    FUNNEL = "funnel"
    ORDERS = "orders"
    RETURNS = "returns"
    CAMPAIGNS = "campaigns"
    ACCOUNTS = "accounts"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a chapter shows: figures by name, series, tables."""

    figures: tuple[Figure, ...] = ()
    series: tuple[Series, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a reader has to know of the figures, by its name in the words of the pack."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None  # told in the reader's zone and language


# arithmetic


def share(count: int, of: int) -> Fraction | None:
    """Return a part; None of nothing."""
    return Fraction(count, of) if of else None


def growth(now: Fraction | int, before: Fraction | int) -> Fraction | None:
    """Return by what part there is more than before; None where there was nothing."""
    return Fraction(now) / Fraction(before) - 1 if before else None


def mean(total: int, of: int) -> Fraction | None:
    return share(total, of)


def median(values: Iterable[timedelta]) -> timedelta | None:
    """Return the middle one; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: Iterable[timedelta], part: Fraction) -> timedelta | None:
    """Return the smallest value that at least this part of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(ceil(part * len(ordered)), 1) - 1] if ordered else None


def minutes(span: timedelta | None) -> Fraction | None:
    return None if span is None else _parts(span, _MINUTE)


def in_days(span: timedelta | None) -> Fraction | None:
    return None if span is None else _parts(span, _DAY)


def _parts(span: timedelta, unit: timedelta) -> Fraction:
    tiny = timedelta(microseconds=1)
    return Fraction(span // tiny, unit // tiny)


def product(parts: Sequence[Fraction | None]) -> Fraction | None:
    """Multiply; None where any of them is not known, unless another is nothing anyway."""
    if 0 in parts:
        return Fraction(0)
    result = Fraction(1)
    for part in parts:
        if part is None:
            return None
        result *= part
    return result
