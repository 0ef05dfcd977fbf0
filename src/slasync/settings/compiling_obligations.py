"""From what marketing and sales owe by the files to the values that reports measure by."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from slasync.domain.agreement import Definition, Enrolment, Start
from slasync.domain.figures.obligations import (
    Aim,
    Completeness,
    Enrolling,
    Moves,
    Obligations,
    Quota,
    RecordKind,
    TimeLimit,
    usual_limit,
)
from slasync.domain.time.calendars import Offset
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.agreement_parts import (
    CompletenessPart,
    EnrolmentPart,
    KpiPart,
    StagesPart,
)
from slasync.settings.clauses import clauses_of
from slasync.settings.clock_parts import ClockPart
from slasync.settings.duties import records_telling
from slasync.settings.pipeline_part import pipeline_to_domain
from slasync.settings.rules import compile_rule
from slasync.settings.standing import goal_of
from slasync.systems import FieldType

ToldBy = Mapping[str, frozenset[RecordKind]]
"""By field of the lead: the records that have it."""


def obligations_to_domain(file: AgreementFile, told_by: ToldBy) -> Obligations:
    """Compile what each side owes."""
    owed = file.obligations.marketing
    return Obligations(
        quota=_quota(file),
        completeness=_completeness(owed.completeness, told_by) if owed.completeness else None,
        enrolment=_enrolling(owed.enrolment, file) if owed.enrolment else None,
        sales=tuple(_limits(file)),
        moves=_moves(file.stages),
        aims={name: _aim(part) for name, part in file.kpis.items()},
        goal=goal_of(file),
        currency=file.goal.currency or "",
        pipeline=pipeline_to_domain(file.definitions.opportunities),
    )


def _aim(part: KpiPart) -> Aim:
    target, alarm = part.target, part.alarm_below
    return Aim(None if target is None else _exact(target), None if alarm is None else _exact(alarm))


def _completeness(part: CompletenessPart, told_by: ToldBy) -> Completeness:
    kinds = {name: told_by.get(name, frozenset()) for name in part.fields}
    return Completeness(kinds, _exact(part.at_least))


def _enrolling(part: EnrolmentPart, file: AgreementFile) -> Enrolling:
    limit = limit_of(file, part)
    return Enrolling(_exact(part.at_least), part.clock, limit, part.within)


def limit_of(file: AgreementFile, part: EnrolmentPart) -> Offset | None:
    """Return the deadline of the clock that marketing is held to."""
    clock = file.clocks.get(part.clock) if part.clock else None
    return clock.offset(clock.deadline) if clock and clock.deadline else None


def enrolment_to_domain(
    file: AgreementFile, fields: Mapping[str, FieldType], told_by: ToldBy
) -> Enrolment | None:
    """Compile by what it is seen that a lead is in a nurture programme."""
    owed = file.obligations.marketing.enrolment
    part = owed.evidence if owed else None
    if part is None:
        return None
    rule = compile_rule(part.when, fields)
    evidence = Definition(
        "enrolled", part.when, rule.holds, rule.reads,
        occurred_field=part.at, clauses=clauses_of(rule),
    )  # fmt: skip
    return Enrolment(evidence, records_telling(part, fields, told_by))


def _quota(file: AgreementFile) -> Quota | None:
    part, a_month = file.obligations.marketing.quota, goal_of(file).mqls_a_month
    if part is None or a_month is None:
        return None
    return Quota(a_month, _exact(part.at_least), file.period.begins, file.period.ends)


def _limits(file: AgreementFile) -> Iterator[TimeLimit]:
    """Yield for each clock of sales' the limit it is measured by.

    The rung that a figure of the agreement names; else the deadline; else the first that comes
    after the start.
    """
    for name, clock in file.clocks.items():
        if clock.starts_on == Start.RECYCLED:
            continue
        figures = [part for part in file.kpis.values() if part.clock == name]
        figure = next((part for part in figures if part.before_rung), None)
        limit, called = _limit(clock, figure)
        target = figure.target if figure else None
        yield TimeLimit(name, limit, called, None if target is None else _exact(target))


def _limit(clock: ClockPart, figure: KpiPart | None) -> tuple[Offset, str]:
    rungs = {part.rung: clock.offset(part) for part in clock.ladder}
    if figure and figure.before_rung:
        return rungs[figure.before_rung], figure.before_rung
    return usual_limit(rungs, clock.offset(clock.deadline) if clock.deadline else None)


def _moves(part: StagesPart) -> Moves:
    return Moves(
        allowed={stage: frozenset(reached) for stage, reached in part.moves.items()},
        hand_overs=frozenset((s, point.ends) for point in part.hand_overs for s in point.begins),
        owned_by=dict(part.owned_by),
        left_out=frozenset(part.without),
    )


def _exact(share: float) -> Fraction:
    return Fraction(repr(share))
