"""A language: its phrases, and how it writes numbers, dates, spans of time and lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import floor
from string import Formatter

from slasync.domain.time.calendars import Offset
from slasync.reports.agreement.markdown import Marked, code, marked

Number = int | float | Fraction
ONE, MANY = 0, 1
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Everything that differs between German and English."""

    code: str  # as --language has it
    phrases: Mapping[str, str] = field(repr=False)
    units: Mapping[str, tuple[str, str]] = field(repr=False)  # one, many; as after "within"
    months: Sequence[str] = field(repr=False)
    weekdays: Sequence[str] = field(repr=False)
    date_form: str  # with {day}, {month} and {year}
    day_form: str  # with {day} and {month}
    percent: str
    money: str  # with {amount} and {currency}
    decimal: str
    group: str
    quotes: tuple[str, str]

    @property
    def other(self) -> str:
        """The code of the other language."""
        return "en" if self.code == "de" else "de"

    def say(self, key: str, **values: object) -> Marked:
        """Return a phrase, as Markdown; values that are not Markdown are escaped."""
        parts = {name: marked(value) for name, value in values.items()}
        return Marked(Formatter().vformat(self.phrases[key], (), parts))

    def count(self, key: str, number: int, **values: object) -> Marked:
        """Return the phrase for one, or for many; `{number}` is the number."""
        form = f"{key}.one" if number == 1 else f"{key}.many"
        return self.say(form, number=self.number(number), **values)

    def name(self, kind: str, value: str) -> Marked:
        """Return the word for a value of the configuration; itself where there is none."""
        plain = value.value if isinstance(value, StrEnum) else value
        found = self.phrases.get(f"{kind}.{plain}")
        return Marked(found) if found else code(plain)

    def item(self, key: str, value: object | None) -> Marked:
        """Return `label: value`, or that nothing is agreed."""
        shown = self.say("missing") if value is None else marked(value)
        return Marked(f"**{self.phrases[key]}:** {shown}")

    def number(self, number: Number) -> str:
        """Write a number with at most two decimals."""
        whole, cents = divmod(_hundredths(number), 100)
        return self._grouped(whole, f"{cents:02}".rstrip("0"))

    def _grouped(self, whole: int, decimals: str) -> str:
        rest = self.decimal + decimals if decimals else ""
        return f"{whole:,}".replace(",", self.group) + rest

    def share(self, share: Number) -> str:
        return self.percent.format(self.number(_exact(share) * 100))

    def amount(self, amount: Number, currency: str | None) -> str:
        """Write money: no decimals, or two."""
        whole, cents = divmod(_hundredths(amount), 100)
        written = self._grouped(whole, f"{cents:02}" if cents else "")
        return self.money.format(amount=written, currency=currency) if currency else written

    def day(self, day: date) -> Marked:
        month = self.months[day.month - 1]
        return Marked(self.date_form.format(day=day.day, month=month, year=day.year))

    def day_of(self, day: date) -> Marked:
        """Write a date without its year."""
        return Marked(self.day_form.format(day=day.day, month=self.months[day.month - 1]))

    def moment(self, at: datetime) -> Marked:
        """Write a time with its offset from UTC."""
        offset = at.utcoffset() or timedelta(0)
        minutes = round(offset.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        shift = "{}{:02}:{:02}".format(sign, *divmod(abs(minutes), _HOUR)) if minutes else ""
        return self.say("moment", day=self.day(at.date()), time=f"{at:%H:%M}", utc=f"UTC{shift}")

    def offset(self, offset: Offset) -> str:
        """Write "2 business days"."""
        return self._counted(offset.unit.value, offset.amount)

    def span(self, span: timedelta) -> str:
        """Write "1 day and 12 hours", as after "within"."""
        return self._parts(span, _UNITS)

    def lasting(self, span: timedelta) -> str:
        """Write a span as it stands alone: German days have another ending there."""
        return self._parts(span, (("d.alone", _UNITS[0][1]), *_UNITS[1:]))

    def _parts(self, span: timedelta, units: Sequence[tuple[str, int]]) -> str:
        left, parts = round(span.total_seconds()), []
        for unit, seconds in units:
            number, left = divmod(left, seconds)
            if number:
                parts.append(self._counted(unit, number))
        return self.all_of(parts or [self._counted("min", 0)])

    def points(self, points: Number) -> str:
        """Write "20 points"."""
        return self._counted("points", points)

    def _counted(self, unit: str, amount: Number) -> str:
        return f"{self.number(amount)} {self.units[unit][ONE if amount == 1 else MANY]}"

    def all_of(self, items: Iterable[object]) -> Marked:
        """Write "a, b and c"."""
        return _joined(items, self.phrases["and"])

    def any_of(self, items: Iterable[object]) -> Marked:
        """Write "a, b or c"."""
        return _joined(items, self.phrases["or"])

    def quoted(self, text: object) -> Marked:
        before, after = self.quotes
        return Marked(f"{before}{marked(text)}{after}")


def _joined(items: Iterable[object], last: str) -> Marked:
    """Join one item or more."""
    *head, tail = map(marked, items)
    return Marked(f"{', '.join(head)} {last} {tail}") if head else tail


def _hundredths(number: Number) -> int:
    return floor(_exact(number) * 100 + Fraction(1, 2))


def _exact(number: Number) -> Fraction:
    """Take a decimal as it is written: 0.1 is a tenth."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
