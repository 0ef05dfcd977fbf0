"""The words of a digest, German or English: its lines, with their times in the reader's zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.languages import Language

MOST_LINES = 100
"""More than anybody reads, and what a chat takes in one message; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line about a lead, and when it was written."""

    lead: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Words:
    days: tuple[str, ...]  # Monday first
    moment: str
    subject: tuple[str, str]  # of one lead, of several
    counted: tuple[str, str]  # of nothing but old lines
    heading: str
    more: str
    older: str
    sender: str


_GERMAN = _Words(
    days=("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    moment="{day}, {at:%d.%m.%Y, %H:%M} Uhr",
    subject=("1 Meldung zu Leads, {moment}", "{count} Meldungen zu Leads, {moment}"),
    counted=("1 ältere Meldung zu Leads, {moment}", "{count} ältere Meldungen zu Leads, {moment}"),
    heading="Was seit der letzten Übersicht gemeldet wurde. Zeiten in {zone}.",
    more="Nicht einzeln aufgeführt: {count} frühere.",
    older="Nicht mehr einzeln aufgeführt, weil älter als {days} Tage: {count}.",
    sender="slasync schickt diese Übersicht an alle, die in teams.yaml dafür genannt sind.",
)
_ENGLISH = _Words(
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    moment="{day} {at:%Y-%m-%d %H:%M}",
    subject=("1 notice about leads, {moment}", "{count} notices about leads, {moment}"),
    counted=("1 older notice about leads, {moment}", "{count} older notices about leads, {moment}"),
    heading="What was noticed since the last digest. Times are in {zone}.",
    more="Not listed one by one: {count} earlier ones.",
    older="Not listed any more, being older than {days} days: {count}.",
    sender="slasync sends this digest to everybody whom teams.yaml names for it.",
)
_WORDS = {Language.DE: _GERMAN, Language.EN: _ENGLISH}


def write_digest(
    entries: Sequence[Entry], slot: datetime, max_age: timedelta, zone: ZoneInfo, language: Language
) -> tuple[str, str]:
    """Return subject and text of the digest of `slot`.

    Entries older than `max_age` are counted, and so are all but the last hundred. A text that
    several people got about one lead stands there once.
    """
    words = _WORDS[language]
    fresh = _distinct([entry for entry in entries if entry.at >= slot - max_age])
    older = len(_distinct([entry for entry in entries if entry.at < slot - max_age]))
    shown = fresh[-MOST_LINES:]
    notes = [(words.more, len(fresh) - len(shown)), (words.older, older)]
    lines = [f"- {entry.text}\n  {_moment(words, entry.at, zone)}" for entry in shown]
    told = [note.format(count=count, days=max_age.days) for note, count in notes if count]
    text = "\n\n".join([words.heading.format(zone=zone.key), *lines, *told, words.sender])
    return _subject(words, len(fresh), older, _moment(words, slot, zone)), text + "\n"


def _subject(words: _Words, fresh: int, older: int, moment: str) -> str:
    count, (one, several) = (fresh, words.subject) if fresh else (older, words.counted)
    return "SLA: " + (one if count == 1 else several).format(count=count, moment=moment)


def _moment(words: _Words, at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return words.moment.format(day=words.days[local.weekday()], at=local)


def _distinct(entries: Sequence[Entry]) -> list[Entry]:
    first: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.lead, entry.text)):
        first.setdefault((entry.lead, entry.text), entry)
    return list(first.values())
