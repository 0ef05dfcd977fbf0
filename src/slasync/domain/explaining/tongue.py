"""How an explanation speaks: its phrases, times, spans, values, and words for kinds of things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.languages import Language, Locale
from slasync.domain.recorded import retold
from slasync.domain.time.calendar_spec import Offset
from slasync.domain.time.calendar_speech import offset_words
from slasync.domain.wording import local

_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language, and the zone of who reads it.

    Without a zone times, numbers and values stand as records have them: UTC, to the second.
    """

    language: Language = Language.EN
    zone: ZoneInfo | None = None

    @property
    def locale(self) -> Locale:
        return Locale(self.language, self.zone or _ZONE, named=False)

    def say(self, key: str, /, **values: object) -> str:
        """Return a phrase, each value in the reader's words."""
        return self.locale.say(key, **{name: self._word(value) for name, value in values.items()})

    def _word(self, value: object) -> str:
        if isinstance(value, datetime):
            return self.when(value)
        if isinstance(value, timedelta):
            return self.span(value)
        if isinstance(value, Offset):
            return self.offset(value)
        return str(value)

    def name(self, kind: str, value: str) -> str:
        """Return the word for a value that the code knows; itself where there is none."""
        return self.locale.known(f"{kind}.{value}", str(value))

    def when(self, at: datetime) -> str:
        if self.zone is None:
            return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return self.locale.moment(at)

    def both(self, at: datetime, zone: ZoneInfo) -> str:
        """Write an instant by the wall clock of `zone` too, where the reader's is not known."""
        if self.zone is not None:
            return self.when(at)
        return f"{local(at, zone)} ({self.when(at)})"

    def span(self, span: timedelta) -> str:
        """Write how long: "2 d 3 h", "40 s" as records have it; else in whole words."""
        if self.zone is not None:
            return self.locale.span(span)
        seconds = int(span.total_seconds())
        parts = [
            (seconds // 86_400, "d"),
            (seconds // 3_600 % 24, "h"),
            (seconds // 60 % 60, "min"),
        ]
        said = [f"{count} {unit}" for count, unit in parts if count]
        return " ".join(said[:2]) or f"{seconds} s"

    def offset(self, offset: Offset) -> str:
        """Write "2 business days"."""
        return offset_words(offset, self.locale)

    def digits(self, number: str) -> str:
        """Put the language's sign between whole and part of a number that is written already."""
        return self.locale.digits(number)

    def value(self, value: object) -> str:
        """Write a field's value; texts stand in quotes, so that what is empty is seen."""
        if self.zone is None:
            return repr(value)
        if value is None:
            return self.say("value.unknown")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.digits(f"{value:.15g}")
        text = str(value)
        written = self.locale.value(value if isinstance(value, bool) else text)
        return self.quoted(text) if written == text else written

    def quoted(self, text: str) -> str:
        return repr(text) if self.zone is None else self.say("quoted", text=text)

    def known(self, value: object) -> str:
        """Write a field's value; null is what nobody knows."""
        if value is None:
            return self.say("value.unknown")
        return f"{value:.15g}" if isinstance(value, float) and not self.zone else self.value(value)

    def stage(self, stage: str) -> str:
        return stage if self.zone is None else self.locale.stage(stage)

    def any_of(self, words: Iterable[str]) -> str:
        return f" {self.say('or')} ".join(words)

    def retold(self, text: str) -> str:
        """Return a sentence that was recorded in English, as far as it is one of ours."""
        plain = self.language is Language.EN and self.zone is None
        return text if plain else retold(text, self.locale)


PLAIN = Tongue()
"""English as records have it: in UTC, to the second."""
