"""How a calendar's arithmetic names instants, days and spans: by its own wall clock."""

from dataclasses import dataclass
from datetime import UTC, date

from slasync.domain.languages import Language, Locale
from slasync.domain.time.calendar_spec import Offset
from slasync.domain.time.local_time import HOUR, MINUTE, SECOND, from_us
from slasync.domain.time.open_hours import OpenHours


@dataclass(frozen=True, slots=True)
class Speech:
    """A language. English writes times as ISO 8601 has them."""

    language: Language
    hours: OpenHours

    @property
    def locale(self) -> Locale:
        return Locale(self.language, self.hours.local.zone, named=False)

    def say(self, key: str, /, **values: object) -> str:
        """Return a phrase of the arithmetic."""
        return self.locale.say(f"calendar.{key}", **{n: str(v) for n, v in values.items()})

    def moment(self, instant: int) -> str:
        """Write an instant as the calendar's wall clock shows it, with offset or zone."""
        at = self.hours.local.at(instant)
        if self.language is not Language.EN:
            return f"{self.locale.moment(at)} {at:%Z}"
        return (
            f"{at:%a} {at.isoformat(' ', 'minutes' if instant % MINUTE == 0 else 'auto')} {at:%Z}"
        )

    def date_of(self, day: date) -> str:
        return str(day) if self.language is Language.EN else self.locale.day(day)

    def day(self, day: date) -> str:
        if self.language is not Language.EN:
            return f"{self.locale.weekday(day)}, {self.locale.day(day)}"
        return f"{day:%a} {day}"

    def weekday(self, day: date) -> str:
        return f"{day:%A}" if self.language is Language.EN else self.locale.weekday(day)

    def duration(self, span: int) -> str:
        """Write a span of microseconds: "7 h 30 min"."""
        return self.locale.digits(duration(span))

    def offset(self, offset: Offset) -> str:
        return offset_words(offset, self.locale)


def offset_words(offset: Offset, locale: Locale) -> str:
    """Write "2 business days"; in German as it stands after "nach"."""
    return locale.say(f"offset.{offset.unit}", amount=locale.digits(f"{offset.amount:.15g}"))


def utc(instant: int) -> str:
    """Write an instant in UTC, ISO 8601."""
    return from_us(instant).astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(span: int) -> str:
    """Write a span of microseconds: "7 h 30 min"."""
    hours, rest = divmod(span, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [(hours, "h"), (minutes, "min"), (rest / SECOND, "s")]
    return " ".join(f"{count:.8g} {unit}" for count, unit in parts if count) or "0 min"


def time_of(reading: int) -> str:
    """Write the time of a wall clock's reading."""
    at = from_us(reading)
    return at.time().isoformat("minutes" if reading % MINUTE == 0 else "auto")
