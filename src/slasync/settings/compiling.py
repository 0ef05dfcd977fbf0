"""From the models of the policy files to the values that `domain` decides by."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Agreement, ClockPolicy, Definition, Effect, Rung, Text
from slasync.domain.calendars import Calendar, CalendarSpec
from slasync.domain.lead import Absence, Pool
from slasync.settings.agreement_file import AgreementFile, ClockPart, DefinitionPart, TextPart
from slasync.settings.calendars_file import CalendarPart, CalendarsFile
from slasync.settings.holidays_of import public_holidays
from slasync.settings.rules import compile_rule
from slasync.settings.teams_file import PoolPart, TeamsFile
from slasync.systems import FieldType

YEARS_BACK, YEARS_AHEAD = 2, 3
_A_DAY = timedelta(days=1)


def agreement_to_domain(
    file: AgreementFile, fields: Mapping[str, FieldType], digest: str, *, create_leads: bool
) -> Agreement:
    """Compile the agreement; its organisation is filled in when the CRM is known."""
    lead = file.definitions.lead
    return Agreement(
        name=file.name,
        version=file.version,
        hash=digest,
        definitions=tuple(_definition(part, fields) for part in file.definitions.mql.any_of),
        clocks=tuple(_clock(name, part) for name, part in file.clocks),
        pool=file.routing.pool,
        calendar=file.calendar,
        texts={name: _text(part) for name, part in file.texts.items()},
        stages=dict(file.stages.of_status),
        lead_rule=_definition(DefinitionPart(name="lead", when=lead), fields) if lead else None,
        begins=file.period.begins,
        ends=file.period.ends,
        effective_from=file.effective_from and file.effective_from.astimezone(UTC),
        statuses_touch=file.touch.status_changes,
        create_leads=create_leads,
    )


def _definition(part: DefinitionPart, fields: Mapping[str, FieldType]) -> Definition:
    rule = compile_rule(part.when, fields)
    return Definition(part.name, part.when, rule.holds, rule.reads, part.trigger, part.at)


def _clock(name: str, part: ClockPart) -> ClockPolicy:
    return ClockPolicy(
        name=name,
        ends=frozenset(part.ends_on),
        rungs=tuple(_rungs(part)),
        streams=part.reads,
        calendar=part.calendar,
        on_reassign=part.on_reassign,
        restarts=part.restarts,
        grades=frozenset(grade.value for grade in part.grades),
    )


def _rungs(clock: ClockPart) -> Iterator[Rung]:
    for part in clock.ladder:
        effects = tuple(Effect(e.do, e.to, e.text or "") for e in part.effects)
        yield Rung(part.rung, clock.offset(part), effects)


def _text(part: TextPart) -> Text:
    return Text(part.subject, part.body, part.priority)


def calendar_to_domain(name: str, part: CalendarPart, first: date, last: date) -> Calendar:
    """Work out a calendar for `first` to `last`; ValueError when it is never open."""
    holidays = part.holidays
    named: dict[date, str] = {}
    if holidays.country:
        years = range(first.year, last.year + 1)
        named |= public_holidays(
            holidays.country, holidays.subdivision, holidays.categories, holidays.language, years
        )
    named |= holidays.add
    kept = {day: text for day, text in named.items() if day not in holidays.remove}
    spec = CalendarSpec(name, part.zone, part.week.by_number, kept, part.overrides, first, last)
    return Calendar(spec)


def span(file: CalendarsFile, today: date) -> tuple[date, date]:
    """Return the first and last date that calendars are worked out for."""
    first = file.first or date(today.year - YEARS_BACK, 1, 1)
    last = file.last or date(today.year + YEARS_AHEAD, 12, 31)
    return first, last


def pool_to_domain(name: str, part: PoolPart) -> Pool:
    """Turn a pool into its value."""
    return Pool(name, part.members, part.manager, part.leadership, part.queue, part.calendar)


def absences_to_domain(
    file: TeamsFile, agreement: AgreementFile, calendars: CalendarsFile
) -> tuple[Absence, ...]:
    """Turn dates of absence into times: midnights in the zone of the member's calendar."""
    return tuple(
        Absence(
            part.who,
            _midnight(part.begins, zone := _zone_of(part.who, file, agreement, calendars)),
            _midnight(part.ends + _A_DAY, zone),
        )
        for part in file.absences
    )


def _zone_of(
    email: str, teams: TeamsFile, agreement: AgreementFile, calendars: CalendarsFile
) -> ZoneInfo:
    for pool in teams.pools.values():
        if email.lower() in [member.lower() for member in pool.members]:
            return ZoneInfo(calendars.calendars[pool.calendar or agreement.calendar].zone)
    return ZoneInfo(calendars.calendars[agreement.calendar].zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
