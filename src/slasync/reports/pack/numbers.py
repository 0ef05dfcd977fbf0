"""How the pack writes values in a language: shares, spans, money, days, moments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from slasync.domain.counting import filled
from slasync.domain.figures.kpis import Cell, Measure
from slasync.domain.time.months import Month
from slasync.reports.pack.words_de import WORDS as GERMAN
from slasync.reports.pack.words_en import WORDS as ENGLISH

_WORDS = {"de": GERMAN, "en": ENGLISH}
LANGUAGES = tuple(sorted(_WORDS))
_HOUR, _A_DAY = 60, 24 * 60
_LONG = 100 * _HOUR  # from so many minutes on minutes are left out


@dataclass(frozen=True, slots=True)
class Speech:
    """A language, a zone and a currency."""

    language: str
    zone: ZoneInfo
    currency: str = ""
    stages: Mapping[str, str] = field(default_factory=dict)  # what the two sides call them
    words: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", _WORDS[self.language])

    def say(self, key: str, **values: object) -> str:
        return filled(self.words[key], values)

    def title(self, name: str) -> str:
        """Return what a figure is called; `owed.CLOCK` by its clock."""
        if name.startswith("owed."):
            return self.say("owed", clock=name.removeprefix("owed."))
        return self.words[name]

    def how(self, name: str) -> str:
        """Return the formula in words."""
        return self.words["owed.how" if name.startswith("owed.") else f"{name}.how"]

    def known(self, word: str) -> str:
        """Return the word for a value of slasync's own; what is not one stands for itself."""
        own = self.stages.get(word)
        return own or (self.words.get(f"value.{word}", word) if word else self.words["empty"])

    def month(self, month: Month) -> str:
        return f"{self.words['months.long'].split()[month.number - 1]} {month.year}"

    def short_month(self, text: str) -> str:
        """Write 2026-10 as on an axis."""
        year, number = text.split("-")
        return f"{self.words['months'].split()[int(number) - 1]} {year[2:]}"

    def cell(self, what: Cell, measure: Measure | None) -> str:
        """Write a cell of a table."""
        match what:
            case None:
                return self.words["none"]
            case datetime():
                return self.moment(what)
            case date():
                return self.day(what)
            case str():
                return self.known(what) if measure is None else what
            case _:
                return self.value(Fraction(what), measure or Measure.NUMBER)

    def value(self, value: Fraction | None, measure: Measure) -> str:
        """Write a value with its unit."""
        if value is None:
            return self.words["none"]
        match measure:
            case Measure.SHARE | Measure.GROWTH:
                sign = "+" if measure is Measure.GROWTH and value > 0 else ""
                return f"{sign}{self.number(value * 100, 1)} %"
            case Measure.WORKING:
                return self._span(value)
            case Measure.DAYS:
                return f"{self.number(value, 1)} {self.words['unit.d']}"
            case Measure.MONEY:
                return f"{self.number(value, 0)} {self.currency}".rstrip()
            case _:
                return self.number(value, 0 if value.denominator == 1 else 2)

    def _span(self, minutes: Fraction) -> str:
        whole = _rounded(minutes)
        hours, rest = divmod(whole, _HOUR)
        if whole >= _LONG:
            return f"{self._grouped(_rounded(minutes / _HOUR))} {self.words['unit.h']}"
        if not hours:
            return f"{rest} {self.words['unit.min']}"
        return f"{hours} {self.words['unit.h']} {rest:02} {self.words['unit.min']}"

    def number(self, value: Fraction, decimals: int) -> str:
        """Write a number with so many decimals."""
        sign = "-" if value < 0 else ""
        scaled = _rounded(abs(value) * 10**decimals)
        whole, rest = divmod(scaled, 10**decimals)
        written = sign + self._grouped(whole) if scaled else "0"
        return f"{written}{self.words['decimal']}{rest:0{decimals}}" if decimals else written

    def count(self, number: int) -> str:
        return self._grouped(number)

    def _grouped(self, whole: int) -> str:
        return f"{whole:,}".replace(",", self.words["group"])

    def moment(self, at: datetime) -> str:
        """Write a moment by the clock on the wall of the zone."""
        return f"{at.astimezone(self.zone):{self.words['date']} %H:%M}"

    def day(self, day: date) -> str:
        return f"{day:{self.words['date']}}"


def _rounded(value: Fraction) -> int:
    """Round halves up, as people do."""
    return floor(value + Fraction(1, 2))
