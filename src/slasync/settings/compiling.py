"""From the models of the policy files to the values that `domain` decides by."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.agreement import (
    Agreement,
    CalendarBy,
    ClockPolicy,
    Definition,
    Effect,
    EffectKind,
    End,
    Evidence,
    Haste,
    Pausing,
    Rung,
    Situation,
    Stage,
    Start,
)
from slasync.domain.interactions import Traced
from slasync.domain.languages import Language
from slasync.domain.lead import Absence, UserKind
from slasync.domain.lifecycle import Lifecycle
from slasync.domain.time.calendars import Calendar, CalendarSpec
from slasync.settings.agreement_file import (
    AgreementFile,
    DefinitionPart,
    TouchPart,
)
from slasync.settings.agreement_parts import StagesPart
from slasync.settings.calendars_file import CalendarPart, CalendarsFile, HolidayIn
from slasync.settings.clauses import clauses_of
from slasync.settings.clock_parts import ClockPart, EffectPart, PausesPart
from slasync.settings.compiling_obligations import ToldBy, enrolment_to_domain
from slasync.settings.compiling_routing import routing_to_domain
from slasync.settings.compiling_scoring import scoring_to_domain
from slasync.settings.definition_rules import asks_contact, compile_definition
from slasync.settings.event_part import EventPart
from slasync.settings.holidays_of import found_holidays
from slasync.settings.nurture_part import nurture_to_domain
from slasync.settings.rests_part import rests_to_domain
from slasync.settings.teams_file import TeamsFile
from slasync.settings.texts_part import text_to_domain
from slasync.systems import FieldType

YEARS_BACK, YEARS_AHEAD = 2, 3
_A_DAY = timedelta(days=1)


def agreement_to_domain(
    file: AgreementFile,
    fields: Mapping[str, FieldType],
    digest: str,
    *,
    create_leads: bool,
    told_by: ToldBy,
) -> Agreement:
    """Compile the agreement; its organisation is filled in when the CRM is known."""
    lead = file.definitions.lead
    return Agreement(
        name=file.name,
        version=file.version,
        hash=digest,
        definitions=tuple(_definition(part, fields) for part in file.definitions.mql.any_of),
        clocks=tuple(_clock(name, part, file, fields) for name, part in file.clocks.items()),
        pool=file.routing.pool,
        routing=routing_to_domain(file.routing, fields),
        calendar=file.calendar,
        texts={name: text_to_domain(part) for name, part in file.texts.items()},
        stages=dict(file.stages.of_status),
        lifecycle=_lifecycle(file.stages),
        lead_rule=_definition(DefinitionPart(name="lead", when=lead), fields) if lead else None,
        begins=file.period.begins,
        ends=file.period.ends,
        effective_from=file.effective_from and file.effective_from.astimezone(UTC),
        on_change=file.on_change,
        statuses_touch=file.touch.status_changes,
        evidence=_evidence(file.touch),
        create_leads=create_leads,
        scoring=scoring_to_domain(file.scoring, fields),
        enrolment=enrolment_to_domain(file, fields, told_by),
        nurture=nurture_to_domain(file.nurture, file.recycling, _of_lead(told_by)),
        traced=tuple(Traced(part.field, part.at or "") for part in file.interactions),
        rests=rests_to_domain(file.snooze, file.dispute),
        asks_contact=any(asks_contact(part.when, fields) for part in file.definitions.mql.any_of),
        after_merge=file.definitions.after_merge,
    )


def _lifecycle(part: StagesPart) -> Lifecycle:
    names = {
        language.value: {stage.value: own.said_in(language) for stage, own in part.names.items()}
        for language in Language
    }
    return Lifecycle(frozenset(part.without), part.order, names if part.names else {})


def _of_lead(told_by: ToldBy) -> frozenset[str]:
    """Return the fields that the CRM's leads have."""
    systems = {system for records in told_by.values() for system, _ in records}
    lead = ("salesforce", "lead") if "salesforce" in systems else ("hubspot", "contact")
    return frozenset(n for n, records in told_by.items() if lead in records)


def _definition(part: DefinitionPart, fields: Mapping[str, FieldType]) -> Definition:
    rule = compile_definition(part.when, fields)
    return Definition(
        part.name, part.when, rule.holds, rule.reads, part.trigger, part.at, clauses_of(rule)
    )


def _clock(
    name: str, part: ClockPart, file: AgreementFile, fields: Mapping[str, FieldType]
) -> ClockPolicy:
    by = part.calendar_by
    return ClockPolicy(
        name=name,
        ends=part.ends,
        rungs=tuple(_rungs(part, file.stages.of_status)),
        streams=part.reads,
        starts_on=part.starts_on if isinstance(part.starts_on, Start) else _start(part.starts_on),
        begins_in=_beginning(name, part, fields),
        stops=tuple(_stops(name, part, fields)),
        only_for=frozenset(part.only_for),
        pausing=_pausing(name, part.pauses, fields) if part.pauses else None,
        calendar=part.calendar,
        calendar_by=CalendarBy(by.field, dict(by.calendars)) if by and by.field else None,
        follows=by.follows if by else None,
        deadline=part.offset(part.deadline) if part.deadline else None,
        grace=part.offset(part.grace) if part.grace else None,
        on_reassign=part.on_reassign,
        restarts=part.restarts,
        grades=frozenset(grade.value for grade in part.grades),
    )


def _start(part: EventPart) -> Start:
    return Start.RULE if part.when else Start.STAGE


def _beginning(name: str, part: ClockPart, fields: Mapping[str, FieldType]) -> Situation | None:
    if isinstance(part.starts_on, EventPart):
        return _situation(f"{name}_starts", part.starts_on, fields)
    return Situation(held_by=UserKind.QUEUE) if part.starts_on == Start.QUEUE else None


def _stops(name: str, part: ClockPart, fields: Mapping[str, FieldType]) -> Iterator[Situation]:
    """Yield what a lead comes into, or out of, that ends a clock."""
    if part.starts_on == Start.QUEUE:
        yield Situation(held_by=UserKind.QUEUE, left=True)
    elif End.TAKEN in part.ends_on:
        yield Situation(held_by=UserKind.PERSON)
    for event in part.events:
        yield _situation(f"{name}_ends", event, fields)


def _situation(name: str, part: EventPart, fields: Mapping[str, FieldType]) -> Situation:
    if part.when is None:
        return Situation(stage=part.stage, left=part.leaves is not None)
    return Situation(
        rule=_definition(DefinitionPart(name=name, when=part.when, at=part.at), fields)
    )


def _pausing(name: str, part: PausesPart, fields: Mapping[str, FieldType]) -> Pausing:
    condition = None
    if part.when:
        condition = _definition(DefinitionPart(name=f"{name}_pauses", when=part.when), fields)
    return Pausing(frozenset(part.statuses), part.absent, condition)


def _rungs(clock: ClockPart, stages: Mapping[str, Stage]) -> Iterator[Rung]:
    for part in clock.ladder:
        effects = tuple(_effect(each, stages) for each in part.effects)
        offset, below = clock.offset(part), part.attempts_below
        yield Rung(part.rung, offset, effects, part.attempts_from, below)


def _evidence(part: TouchPart) -> Evidence:
    spoken = part.conversations
    haste = Haste(part.burst, part.burst_within) if part.burst else None
    return Evidence(
        part.status_alone, part.window, haste, part.spacing,
        frozenset(spoken.channels), spoken.calls_of,
    )  # fmt: skip


def _effect(part: EffectPart, stages: Mapping[str, Stage]) -> Effect:
    """A status that stands for recycled is the same in effect as any other that does."""
    recycled = [status for status, stage in stages.items() if stage == Stage.RECYCLED]
    status = (part.status or recycled[0]) if part.do == EffectKind.RECYCLE else part.status or ""
    return Effect(
        part.do, part.to, part.text or "", status, part.reason or "",
        via=part.via or "", name=part.field or part.named or part.programme or "", value=part.value,
        change=part.change or "",
    )  # fmt: skip


def calendar_to_domain(name: str, part: CalendarPart, first: date, last: date) -> Calendar:
    """Work out a calendar for `first` to `last`; ValueError when it is never open, say."""
    own = part.holidays
    in_all = own.holiday_in is HolidayIn.ALL
    found = found_holidays(own.places, own.add, own.remove, (first, last), in_all=in_all)
    spec = CalendarSpec(
        name=name,
        zone=part.zone,
        week=part.week.by_number,
        holidays=found.days,
        overrides=part.overrides,
        first=first,
        last=last,
        holidays_to=found.known_to,
    )
    return Calendar(spec)


def span(file: CalendarsFile, today: date) -> tuple[date, date]:
    """Return the first and last date that calendars are worked out for."""
    first = file.first or date(today.year - YEARS_BACK, 1, 1)
    last = file.last or date(today.year + YEARS_AHEAD, 12, 31)
    return first, last


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
        for member in pool.members:
            if member.who.lower() == email.lower():
                name = member.calendar or pool.calendar or agreement.calendar
                return ZoneInfo(calendars.calendars[name].zone)
    return ZoneInfo(calendars.calendars[agreement.calendar].zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
