"""German and English: which one a visitor reads, and how words, times and numbers are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.counting import filled
from slasync.domain.languages import Language, Locale
from slasync.web.dashboard.words_de import GERMAN
from slasync.web.dashboard.words_en import ENGLISH

CATALOGUES: Mapping[Language, Mapping[str, str]] = {Language.DE: GERMAN, Language.EN: ENGLISH}
DAY = timedelta(days=1)
TWO = 2


def chosen(cookie: str, accepted: str) -> Language:
    """Return the language that was chosen, else the one that the browser likes best."""
    if cookie in list(Language):
        return Language(cookie)
    ranked = sorted(_accepted(accepted), key=lambda each: -each[0])
    return next((Language(name) for _, name in ranked if name in list(Language)), Language.EN)


def _accepted(header: str) -> list[tuple[float, str]]:
    found = []
    for part in header[:200].split(","):
        name, _, rest = part.strip().partition(";")
        weight = rest.strip().removeprefix("q=") or "1"
        try:
            found.append((float(weight), name.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    return [each for each in found if each[0] > 0]


@dataclass(frozen=True, slots=True)
class Speech:
    """How a page speaks."""

    language: Language
    zone: ZoneInfo
    now: datetime

    def say(self, key: str, **values: object) -> str:
        """Return the words for `key`; with `n`, those for one or for several."""
        words = CATALOGUES[self.language]
        if values.get("n") == 1 and f"{key}.one" in words:
            key = f"{key}.one"
        shown = {name: self._value(value) for name, value in values.items()}
        return filled(words[key], shown)

    def known(self, key: str, otherwise: str) -> str:
        """Return the words for `key` where there are any."""
        return CATALOGUES[self.language].get(key, otherwise)

    def when(self, at: datetime) -> str:
        """Write an instant: short when it is near."""
        wall, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        named = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((wall.date() - today).days)
        clock = f"{wall:%H:%M}"
        if named:
            return self.say(f"time.{named}", at=clock)
        return self._locale.moment(at)

    def full(self, at: datetime) -> str:
        """Write an instant in full, its zone included."""
        return f"{self._locale.moment(at)} ({self.zone.key})"

    def day(self, at: datetime) -> str:
        return self._locale.day(at.astimezone(self.zone).date())

    def short_day(self, at: datetime) -> str:
        """Write a day without its year."""
        return self.day(at).removesuffix(str(at.astimezone(self.zone).year)).strip()

    def apart(self, at: datetime) -> str:
        """Say how long ago something was, or how long it is until then."""
        ahead = at > self.now
        return self.say("time.in" if ahead else "time.ago", span=self.span(abs(at - self.now)))

    def span(self, span: timedelta) -> str:
        """Write about how long, in one unit."""
        seconds = int(span.total_seconds())
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= TWO * size or (
                seconds >= size and (unit == "minutes" or not seconds % size)
            ):
                return self.say(f"span.{unit}", n=seconds // size)
        return self.say("span.moment")

    def number(self, number: float) -> str:
        """Write a number, its thousands apart."""
        if isinstance(number, int):
            return f"{number:,}".replace(",", "." if self.language is Language.DE else ",")
        return self._locale.number(number)

    def share(self, part: float, whole: float) -> str:
        """Write a share in percent; a dash of nothing."""
        if not whole:
            return "\N{EN DASH}"
        return f"{self.number(round(100 * part / whole))}\N{NO-BREAK SPACE}%"

    @property
    def _locale(self) -> Locale:
        return Locale(self.language, self.zone, named=False)

    def _value(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return self.number(value)
