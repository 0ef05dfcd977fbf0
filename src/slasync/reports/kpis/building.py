"""From the sums of the months to the figures and tables of each chapter."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from slasync.domain.agreement import Stage
from slasync.domain.figures.kpis import NO_AIM, Figure, Measure, Series, Table, minutes, share
from slasync.domain.figures.obligations import Aim, Obligations, Verdict
from slasync.domain.figures.sums import Sums
from slasync.domain.lead import Roster, UserKey
from slasync.domain.time.months import Month
from slasync.reports.kpis.gathering import Gathered
from slasync.reports.kpis.lookback import Lookback

MOST_ROWS = 15
P90 = Fraction(9, 10)
Verdicts = Mapping[Verdict, int]


@dataclass(frozen=True, slots=True)
class Book:
    """Everything a chapter is made of."""

    found: Gathered
    back: Lookback
    owed: Obligations
    roster: Roster
    judged_from: datetime | None = None  # of what was handed over before nothing is told

    @property
    def sums(self) -> Sums:
        """The month asked for."""
        return self.found.sums[self.back.this]

    @property
    def before(self) -> Sums | None:
        """The month before it."""
        return self.found.sums[self.back.months[-2]] if len(self.back.months) > 1 else None

    @property
    def year(self) -> tuple[Sums, ...]:
        """The twelve months that end with the one asked for."""
        return tuple(self.found.sums[month] for month in self.back.months[-12:])

    @property
    def over(self) -> bool:
        """Whether the month is over, and all of it is known."""
        return self.back.known_to >= self.back.ends

    def judged(self, month: Month) -> bool:
        """Tell whether slasync judged in any part of a month."""
        return self.judged_from is None or month.ends(self.back.zone) > self.judged_from

    def aim(self, name: str) -> Aim:
        """Return what was agreed of a figure under the name that it has in the agreement."""
        return aim_of(self.owed, name)

    def name(self, owner: str) -> str:
        user = self.roster.users.get(UserKey(owner))
        return user.name if user else owner


def aim_of(owed: Obligations, name: str) -> Aim:
    """Return what was agreed of a figure."""
    return owed.aims.get(name, NO_AIM)


def kept(name: str, counts: Verdicts, aim: Aim = NO_AIM) -> Figure:
    """Make a share of what is known: kept / (kept and broken)."""
    good, bad = counts.get(Verdict.KEPT, 0), counts.get(Verdict.BROKEN, 0)
    open_, unknown = counts.get(Verdict.RUNNING, 0), counts.get(Verdict.UNKNOWN, 0)
    return Figure(
        name=name, measure=Measure.SHARE, value=share(good, good + bad), count=good,
        of=good + bad + open_ + unknown, open=open_, unknown=unknown, decided_only=True, aim=aim,
    )  # fmt: skip


def part(name: str, count: int, of: int, *, open_: int = 0, aim: Aim = NO_AIM) -> Figure:
    """Make a share of all there is; `open_`: of those not counted, what may still be."""
    return Figure(
        name=name, measure=Measure.SHARE, value=share(count, of), count=count, of=of,
        open=open_, aim=aim,
    )  # fmt: skip


def number(name: str, count: int) -> Figure:
    return Figure(name=name, measure=Measure.COUNT, value=Fraction(count), count=count)


def value(
    name: str, measure: Measure, what: Fraction | None, of: int | None = None, aim: Aim = NO_AIM
) -> Figure:
    """Make a figure that is no share; `of`: how many it was measured by."""
    return Figure(name=name, measure=measure, value=what, of=of, aim=aim)


def working(name: str, span: timedelta | None, of: int) -> Figure:
    return value(name, Measure.WORKING, minutes(span), of)


def series(
    name: str, measure: Measure, book: Book, of: Callable[[Sums], Fraction | None]
) -> Series:
    """Follow one figure through the months."""
    months = tuple(str(month) for month in book.back.months)
    values = (of(book.found.sums[m]) if book.judged(m) else None for m in book.back.months)
    return Series(name, measure, months, tuple(values))


def counted(
    name: str, counts: Mapping[str, int], words: Callable[[str], str] = str
) -> Iterator[Table]:
    """Make a table of counts, the largest first; nothing where there are none."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ordered:
        return
    total = sum(counts.values())
    rows = tuple((words(key), count, share(count, total)) for key, count in ordered[:MOST_ROWS])
    columns = ((name, None), ("count", Measure.COUNT), ("share", Measure.SHARE))
    yield Table(name, columns, rows, len(ordered))


def added(counters: Iterable[Counter[Stage]]) -> Counter[Stage]:
    """Add counters up, nothing left out."""
    total: Counter[Stage] = Counter()
    for each in counters:
        total.update(each)
    return total
