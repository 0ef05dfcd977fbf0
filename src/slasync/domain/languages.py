"""German and English: how each writes times, spans, numbers and what slasync itself has to say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from slasync.domain.books.english import ENGLISH
from slasync.domain.books.german import GERMAN
from slasync.domain.counting import filled

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class Language(StrEnum):
    DE = "de"
    EN = "en"


def language_of(key: object) -> Language | None:
    """Return the language of a locale as systems name it, de_AT say; None for any other."""
    code = str(key or "").replace("-", "_").partition("_")[0].lower()
    return Language(code) if code in set(Language) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wordbook:
    """What differs between languages. German spans stand in the case that follows "seit"."""

    days: tuple[str, ...]  # Monday first
    months: tuple[str, ...]
    moment: str  # of weekday, day, hour and minute
    day: str  # of day, month and year
    decimal: str
    units: Mapping[str, tuple[str, str]]  # one, several
    phrases: Mapping[str, str]
    fields: Mapping[str, str]
    stages: Mapping[str, str]


_GERMAN = _Wordbook(
    days=("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    months=("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"),
    moment="%s, %s, %02d:%02d Uhr",
    day="%02d.%s.%d",
    decimal=",",
    units={
        "day": ("Tag", "Tagen"), "hour": ("Stunde", "Stunden"), "minute": ("Minute", "Minuten"),
    },
    phrases={
        **GERMAN,
        "and": "und", "or": "oder", "yes": "ja", "no": "nein",
        "moment": "weniger als einer Minute",
        "now": "sofort",
        "nobody": "niemand",
        "unknown": "unbekannt",
        "company": "Firma unbekannt",
        "score": "keine",
        "evidence": "nicht festgehalten",
        "background": "nichts",
        "check": "Prüfwert",
        "fit": "Eignung",
        "interest": "Interesse",
        "touch": "Ein Anruf, eine E-Mail oder ein Termin von Ihnen genügt.",
        "touch_or_status": (
            "Ein Anruf, eine E-Mail, ein Termin oder eine Statusänderung von Ihnen genügt."
        ),
        "ends": "Es genügt, den Lead {ends}.",
        "accepted": "anzunehmen",
        "converted": "zu konvertieren",
        "recycled": "zu recyceln",
        "disqualified": "zu disqualifizieren",
        "enrolled": "in ein Nurture-Programm aufzunehmen",
        "taken": "jemandem zuzuteilen",
        "stage": "weiterzubringen",
        "nothing": "Nichts, was Sie tun können.",
        "flagged": "{clock} {rung} war fällig: {due}",
        "until": "bis {at}",
        "no_nurture": "keines",
        "path_since": "{path} seit {at} ({what})",
        "n_of_m": "{n} von {m}",
        "step.touch": "Anrufen oder schreiben",
        "step.accepted": "annehmen",
        "step.converted": "konvertieren",
        "step.recycled": "recyceln",
        "step.disqualified": "disqualifizieren",
        "step.taken": "zuteilen",
        "step.stage": "weiterbringen",
        "step.look": "ansehen",
        "step.disputed": "Warten: Ihre Führungskraft entscheidet",
        "since_handover": "Beim Vertrieb seit {at}: {evidence}.",
        "yours_since": "Bei Ihnen seit {at}; beim Vertrieb seit {begun}: {evidence}.",
        "touched_at": "Zuletzt kontaktiert: {at}.",
        "rest.snoozed": "Zurückgestellt bis {at}.",
        "rest.too_long": "Länger als vereinbart zurückgestellt: die Uhr ruht nur bis {at}.",
        "rest.too_often": "Zu oft zurückgestellt: die Uhr läuft weiter.",
        "rest.no_reason": "Ohne Grund zurückgestellt: die Uhr läuft weiter, bis einer dasteht.",
        "rest.disputed": "Einspruch vom {at}: Ihre Führungskraft entscheidet, bis dahin ruht die"
        " Uhr.",
        "rest.dispute_no_reason": "Einspruch ohne Grund: Die Uhr läuft weiter, bis einer dasteht.",
        "rest.accepted": "Einspruch angenommen, {at}: Die Überfälligkeit zählt nicht.",
        "rest.refused": "Einspruch abgelehnt, {at}: Die Uhr läuft weiter.",
        "another_owner": (
            "Von slasync geschlossen: Der Lead hat jetzt eine andere zuständige Person."
        ),
        "not_agreed": "Von slasync geschlossen: Die Vereinbarung sieht das nicht mehr vor.",
        "taken_back": "Von slasync geschlossen: zurückgenommen.",
        "closed.dispute_accepted": "Von slasync geschlossen: Dem Einspruch wurde stattgegeben.",
        "closed.dispute_refused": "Von slasync geschlossen: Der Einspruch wurde abgelehnt.",
        "closed.dispute_over": "Von slasync geschlossen: Der Lead ist abgeschlossen.",
        "closed.dispute_joined": (
            "Von slasync geschlossen: Zwei Leads sind einer, die andere Aufgabe gilt für beide."
        ),
        "over.touch": "Von slasync geschlossen: kontaktiert, {at}.",
        "over.accepted": "Von slasync geschlossen: angenommen, {at}.",
        "over.converted": "Von slasync geschlossen: konvertiert, {at}.",
        "over.recycled": "Von slasync geschlossen: recycelt, {at}.",
        "over.disqualified": "Von slasync geschlossen: disqualifiziert, {at}.",
        "over.deleted": "Von slasync geschlossen: gelöscht, {at}.",
        "over.enrolled": "Von slasync geschlossen: in ein Nurture-Programm aufgenommen, {at}.",
        "over.with_sales": "Von slasync geschlossen: wieder beim Vertrieb, {at}.",
        "over.taken": "Von slasync geschlossen: aus der Warteschlange übernommen, {at}.",
        "over.stage": "Von slasync geschlossen: Die Stufe hat sich geändert, {at}.",
        "over.rule": "Von slasync geschlossen: Was vereinbart war, ist eingetreten, {at}.",
        "over.unbegun": "Von slasync geschlossen: Der Anlass bestand doch nicht, {at}.",
    },
    fields={
        "email": "E-Mail-Adresse", "first_name": "Vorname", "last_name": "Nachname",
        "company": "Firma", "phone": "Telefon", "title": "Funktion", "country": "Land",
        "source": "Quelle", "score": "Punktzahl", "form": "Formular", "form_at": "gesendet",
        "lifecycle": "Lebenszyklusphase", "campaign": "Kampagne",
    },
    stages={
        "target": "Target", "lead": "Lead", "mql": "MQL", "sal": "SAL", "sql": "SQL",
        "opportunity": "Verkaufschance", "customer": "Kunde", "recycled": "recycelt",
        "disqualified": "disqualifiziert",
    },
)  # fmt: skip
_ENGLISH = _Wordbook(
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=(
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ),
    moment="%s %s, %02d:%02d",
    day="%d %s %d",
    decimal=".",
    units={"day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes")},
    phrases={
        **ENGLISH,
        "and": "and", "or": "or", "yes": "yes", "no": "no",
        "moment": "less than a minute",
        "now": "now",
        "nobody": "nobody",
        "unknown": "unknown",
        "company": "unknown company",
        "score": "none",
        "evidence": "none kept",
        "background": "nothing",
        "check": "check score",
        "fit": "fit",
        "interest": "interest",
        "touch": "A call, an e-mail or a meeting by you stops this.",
        "touch_or_status": "A call, an e-mail, a meeting or a status change by you stops this.",
        "ends": "{ends} the lead stops this.",
        "accepted": "accepting",
        "converted": "converting",
        "recycled": "recycling",
        "disqualified": "disqualifying",
        "enrolled": "enrolling",
        "taken": "assigning",
        "stage": "advancing",
        "nothing": "Nothing that you can do.",
        "flagged": "{clock} {rung} was due {due}",
        "until": "by {at}",
        "no_nurture": "none",
        "path_since": "{path} since {at} ({what})",
        "n_of_m": "{n} of {m}",
        "step.touch": "Call or write",
        "step.accepted": "accept",
        "step.converted": "convert",
        "step.recycled": "recycle",
        "step.disqualified": "disqualify",
        "step.taken": "assign",
        "step.stage": "advance",
        "step.look": "have a look",
        "step.disputed": "Wait: your manager decides",
        "since_handover": "With sales since {at}: {evidence}.",
        "yours_since": "Yours since {at}; with sales since {begun}: {evidence}.",
        "touched_at": "Last touched {at}.",
        "rest.snoozed": "Snoozed until {at}.",
        "rest.too_long": "Snoozed for longer than agreed: the clock rests only until {at}.",
        "rest.too_often": "Snoozed too often: the clock goes on.",
        "rest.no_reason": "Snoozed without a reason: the clock goes on until there is one.",
        "rest.disputed": "Disputed {at}: your manager decides, until then the clock rests.",
        "rest.dispute_no_reason": "Disputed without a reason: the clock goes on till one is there.",
        "rest.accepted": "Dispute accepted, {at}: being late does not count.",
        "rest.refused": "Dispute refused, {at}: the clock goes on.",
        "another_owner": "Closed by slasync: the lead has another owner now.",
        "not_agreed": "Closed by slasync: this is not agreed any more.",
        "taken_back": "Closed by slasync: taken back.",
        "closed.dispute_accepted": "Closed by slasync: the dispute was accepted.",
        "closed.dispute_refused": "Closed by slasync: the dispute was refused.",
        "closed.dispute_over": "Closed by slasync: the lead is settled.",
        "closed.dispute_joined": (
            "Closed by slasync: two leads became one, the other task stands for both."
        ),
        "over.touch": "Closed by slasync: touched, {at}.",
        "over.accepted": "Closed by slasync: accepted, {at}.",
        "over.converted": "Closed by slasync: converted, {at}.",
        "over.recycled": "Closed by slasync: recycled, {at}.",
        "over.disqualified": "Closed by slasync: disqualified, {at}.",
        "over.deleted": "Closed by slasync: deleted, {at}.",
        "over.enrolled": "Closed by slasync: enrolled in a nurture programme, {at}.",
        "over.with_sales": "Closed by slasync: with sales again, {at}.",
        "over.taken": "Closed by slasync: taken from the queue, {at}.",
        "over.stage": "Closed by slasync: the stage changed, {at}.",
        "over.rule": "Closed by slasync: what was agreed has come true, {at}.",
        "over.unbegun": "Closed by slasync: there was no occasion after all, {at}.",
    },
    fields={
        "email": "e-mail address", "first_name": "first name", "last_name": "last name",
        "title": "job title", "form_at": "sent", "lifecycle": "lifecycle stage",
    },
    stages={"mql": "MQL", "sal": "SAL", "sql": "SQL"},
)  # fmt: skip
_WORDBOOKS = {Language.DE: _GERMAN, Language.EN: _ENGLISH}


@dataclass(frozen=True, slots=True)
class Locale:
    """How a reader is written to: language and zone, the zone named where it is not the usual."""

    language: Language
    zone: ZoneInfo
    named: bool = True

    def say(self, key: str, /, **values: str) -> str:
        """Return a phrase of slasync's own."""
        return filled(self._words.phrases[key], values)

    def known(self, key: str, otherwise: str) -> str:
        """Return the phrase where there is one."""
        return self._words.phrases.get(key, otherwise)

    def moment(self, at: datetime) -> str:
        """Write an instant by the reader's wall clock."""
        wall, words = at.astimezone(self.zone), self._words
        weekday = words.days[wall.weekday()]
        said = words.moment % (weekday, self.day(wall), wall.hour, wall.minute)
        return f"{said} ({self.zone.key})" if self.named else said

    def day(self, day: date) -> str:
        words = self._words
        return words.day % (day.day, words.months[day.month - 1], day.year)

    def weekday(self, day: date) -> str:
        return self._words.days[day.weekday()]

    def span(self, span: timedelta) -> str:
        """Write how long: "3 days and 4 hours"; seconds are left out."""
        left, parts = max(int(span.total_seconds()), 0), []
        for unit, seconds in _UNITS:
            count, left = divmod(left, seconds)
            if count:
                parts.append(f"{count} {self._words.units[unit][count != 1]}")
            if parts and unit == "hour":
                break
        return f" {self._words.phrases['and']} ".join(parts) or self.say("moment")

    def number(self, number: float) -> str:
        """Write a number with at most two decimals."""
        return self.digits(f"{round(number, 2) + 0:.2f}".rstrip("0").rstrip("."))

    def digits(self, number: str) -> str:
        """Put the language's sign between whole and part of a number that is written already."""
        return number.replace(".", self._words.decimal)

    def value(self, value: str | float | bool | None) -> str:  # noqa: FBT001 - any value of a field
        """Write a field's value; times and dates are known by their form."""
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, int | float):
            return self.number(value)
        text = "" if value is None else value
        try:
            if _INSTANT.fullmatch(text):
                return self.moment(datetime.fromisoformat(text))
            return self.day(date.fromisoformat(text)) if _DATE.fullmatch(text) else text
        except (ValueError, OverflowError):  # somebody's words that only look like a time
            return text

    def field(self, name: str) -> str:
        """Return the word for a field; its name where there is none."""
        return self._words.fields.get(name) or name.replace("_", " ")

    def stage(self, stage: str) -> str:
        return self._words.stages.get(stage, stage)

    def any_of(self, words: list[str]) -> str:
        """Write "a, b or c"."""
        *head, tail = words
        return f"{', '.join(head)} {self._words.phrases['or']} {tail}" if head else tail

    @property
    def _words(self) -> _Wordbook:
        return _WORDBOOKS[self.language]
