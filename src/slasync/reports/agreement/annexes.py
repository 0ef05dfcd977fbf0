"""The annexes: calendars, teams, and the fields that the parts name."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from slasync.domain.time.calendars import CalendarSpec, Interval
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, marked, table
from slasync.reports.agreement.speech import flow, others
from slasync.settings.paper import Paper

WEEK = range(7)
HOUR, DAY = 60, 1440
A_FEW = 2  # days that are named one by one
_WORD = re.compile(r"[A-Za-z_]\w*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
MEMBERS = ("members", "manager", "leadership", "queue", "calendar")


def calendars(paper: Paper, words: Language) -> Iterator[Marked]:
    """Annex A: what a business day is, date by date within the agreement's period."""
    yield heading(2, words.say("calendars"))
    for name, calendar in paper.calendars.items():
        yield heading(3, code(name))
        yield bullets(_calendar(paper, calendar.spec, words))


def _calendar(paper: Paper, spec: CalendarSpec, words: Language) -> Iterator[Marked]:
    first = max(spec.first, paper.agreement.period.begins)
    last = min(spec.last, paper.agreement.period.ends)
    yield words.item("calendars.zone", code(spec.zone))
    yield words.item("calendars.hours", _week(spec, words))
    listed = {day: name for day, name in sorted(spec.holidays.items()) if first <= day <= last}
    if not listed:
        yield words.item("calendars.no_holidays", words.say("none"))
    for year, days in groupby(listed.items(), key=lambda holiday: holiday[0].year):
        told = [
            words.say("calendars.holiday", day=words.day_of(day), name=name) for day, name in days
        ]
        label = words.phrases["calendars.holidays"].format(year=year)
        yield Marked(f"**{label}:** {', '.join(told)}")
    exceptions = [
        _exception(day, hours, words)
        for day, hours in sorted(spec.overrides.items())
        if first <= day <= last
    ]
    shown = Marked(", ".join(exceptions)) if exceptions else words.say("none")
    yield words.item("calendars.overrides", shown)
    if last < paper.agreement.period.ends:
        yield words.say("calendars.covers", begins=words.day(first), ends=words.day(last))


def _week(spec: CalendarSpec, words: Language) -> Marked:
    """Write days in a row that have the same hours as one."""
    told = []
    for hours, run in groupby(WEEK, key=lambda day: spec.week.get(day, ())):
        names = [words.weekdays[day] for day in run]
        if hours:
            told.append(
                words.say("calendars.hours_of", days=_run(names, words), hours=_hours(hours, words))
            )
    return Marked("; ".join(told)) if told else words.say("calendars.always_closed")


def _run(names: list[str], words: Language) -> Marked:
    if len(names) <= A_FEW:
        return words.all_of(names)
    return words.say("calendars.from_to", first=names[0], last=names[-1])


def _hours(intervals: tuple[Interval, ...], words: Language) -> Marked:
    return words.all_of(
        words.say(
            "calendars.next_day" if each.closes > DAY else "calendars.interval",
            opens=_wall(each.opens),
            closes=_wall(each.closes - DAY if each.closes > DAY else each.closes),
        )
        for each in intervals
    )


def _wall(minute: int) -> str:
    return "{:02}:{:02}".format(*divmod(minute, HOUR))


def _exception(day: date, hours: tuple[Interval, ...], words: Language) -> Marked:
    if not hours:
        return words.say("calendars.closed", day=words.day(day))
    return words.say("calendars.open", day=words.day(day), hours=_hours(hours, words))


def teams(paper: Paper, words: Language) -> Iterator[Marked]:
    """Annex B: who works leads, and who is told."""
    yield heading(2, words.say("teams"))
    for name, part in paper.teams.pools.items():
        written = paper.written_teams["pools"][name]
        members = [_member(each) for each in written["members"]]
        yield heading(3, code(name))
        yield bullets(
            (
                words.item("teams.members", Marked(", ".join(members))),
                words.item("teams.manager", part.manager),
                words.item("teams.leadership", ", ".join(part.leadership) or None),
                words.item("teams.queue", part.queue),
                words.item("teams.calendar", code(part.calendar or paper.agreement.calendar)),
            )
        )
        yield from others(written, MEMBERS, words)


def _member(written: object) -> Marked:
    """A member, and with what he differs from the others."""
    if not isinstance(written, Mapping):
        return marked(written)
    left = [f"{key}: {flow(value)}" for key, value in written.items() if key != "who"]
    who = marked(written["who"])
    return Marked(f"{who} ({code(', '.join(left))})") if left else who


def fields(paper: Paper, words: Language) -> Iterator[Marked]:
    """Annex C: what the systems call the fields that rules and duties name."""
    named = [name for name in paper.labels if name in _named(paper.written)]
    if not named:
        return
    systems = sorted({system for name in named for system in paper.labels[name]})
    yield heading(2, words.say("fields"))
    head = [words.say("fields.field"), words.say("fields.meaning")]
    yield table(
        [*head, *(words.name("system", system) for system in systems)],
        ([code(name), *_field(name, paper, systems, words)] for name in named),
    )


def _field(name: str, paper: Paper, systems: list[str], words: Language) -> Iterator[object]:
    yield words.phrases.get(f"field.{name}", words.phrases["dash"])
    for system in systems:
        label = paper.labels[name].get(system)
        yield code(label) if label else words.say("dash")


def _named(written: Mapping[str, Any]) -> frozenset[str]:
    """Return every word of the rules, and the fields that are named elsewhere."""
    found: set[str] = set()
    for key, value in _entries(written):
        if key in {"when", "lead"} and isinstance(value, str):
            found.update(_WORD.findall(_QUOTED.sub("", value)))
        elif key in {"at", "field", "fields", "per"}:
            found.update(map(str, value if isinstance(value, list) else [value]))
    return frozenset(found)


def _entries(written: object) -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, however deep, apart from the texts of tasks."""
    if isinstance(written, list):
        for each in written:
            yield from _entries(each)
    elif isinstance(written, Mapping):
        for key, value in written.items():
            if key != "texts":
                yield key, value
                yield from _entries(value)
