"""What both sides owed in a month and how they kept to it, measured from the mirror's facts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Agreement, Stage
from slasync.domain.draft import Terms
from slasync.domain.facts import FactKind
from slasync.domain.figures.measuring import Case, completeness, enrolment, handed_over, in_time
from slasync.domain.figures.obligations import (
    Completeness,
    Enrolling,
    Finding,
    Obligations,
    Pace,
    Quota,
    Tally,
    TimeLimit,
    Verdict,
    pace,
)
from slasync.domain.figures.stage_moves import StageMove, moves_of, unknown
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.time.months import Month
from slasync.store.unit import Unit

AT_ONCE = 500  # leads read together
MOVING = (FactKind.HANDOVER, FactKind.STATUS, FactKind.CONVERTED)
"""Without one of these a lead has nothing to do with what is owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One month. None, or nothing, where nothing was agreed."""

    month: Month
    zone: ZoneInfo
    now: datetime
    known_to: datetime  # hand-overs are known up to here
    owed: Obligations
    quota: Pace | None
    completeness: Tally | None
    enrolment: Tally | None
    sales: tuple[tuple[TimeLimit, Tally], ...]
    unknown_moves: tuple[StageMove, ...]
    hand_overs: Mapping[tuple[Stage, Stage], int]  # at the points agreed: how many were seen
    leads: Mapping[LeadKey, Lead]  # those that the report names

    @property
    def over(self) -> bool:
        """Whether the month is over and all of it is known."""
        return self.known_to >= self.month.ends(self.zone)


@dataclass(slots=True)
class _Found:
    """Findings of all leads, as they are gathered."""

    handed_over: list[Finding] = field(default_factory=list)
    completeness: list[Finding] = field(default_factory=list)
    enrolment: list[Finding] = field(default_factory=list)
    sales: dict[str, list[Finding]] = field(default_factory=dict)
    unknown_moves: list[StageMove] = field(default_factory=list)
    hand_overs: Counter[tuple[Stage, Stage]] = field(default_factory=Counter)
    leads: dict[LeadKey, Lead] = field(default_factory=dict)


def measured(unit: Unit, terms: Terms, owed: Obligations, month: Month) -> Report:
    """Measure a month by the agreement of `terms`, as far as it is known now.

    Raises CoverageEnded where a calendar does not know the month, and Unread where hand-overs
    have never been read to their end.
    """
    calendar = terms.calendars[terms.agreement.calendar]
    zone, known = ZoneInfo(calendar.spec.zone), known_to(unit, terms)
    told_to = evidence_known_to(unit, terms)
    begins, ends = month.begins(zone), month.ends(zone)
    found = _Found()
    for case in _cases(unit, terms, told_to):
        _gather(found, case, owed, lambda at: begins <= at < ends)
    return Report(
        month=month,
        zone=zone,
        now=terms.now,
        known_to=known,
        owed=owed,
        quota=_pace(found, owed.quota, month, terms, known) if owed.quota else None,
        completeness=_tally(found.completeness, owed.completeness),
        enrolment=_tally(found.enrolment, owed.enrolment),
        sales=tuple(
            (limit, Tally(tuple(found.sales.get(limit.clock, ())), limit.at_least))
            for limit in owed.sales
        ),
        unknown_moves=tuple(sorted(found.unknown_moves, key=lambda move: (move.at, move.lead))),
        hand_overs={point: found.hand_overs[point] for point in sorted(owed.moves.hand_overs)},
        leads=found.leads,
    )


def known_to(unit: Unit, terms: Terms) -> datetime:
    """Return up to when hand-overs are known. Raises Unread."""
    marks = unit.cursors.watermarks()
    return min(terms.now, *_marks(marks, streams_of_handovers(terms.agreement)))


def evidence_known_to(unit: Unit, terms: Terms) -> datetime:
    """Return up to when it is known who is in a nurture programme. Raises Unread."""
    marks = unit.cursors.watermarks()
    return min([terms.now, *_marks(marks, _streams_of_evidence(terms.agreement))])


def _pace(found: _Found, quota: Quota, month: Month, terms: Terms, known_to: datetime) -> Pace:
    calendar = terms.calendars[terms.agreement.calendar]
    zone = ZoneInfo(calendar.spec.zone)
    counting = [
        finding
        for finding in found.handed_over
        if quota.begins <= finding.since.astimezone(zone).date() <= quota.ends
    ]
    start = terms.agreement.effective_from
    return pace(quota, counting, month, calendar, known_to, watched_from=start)


def _tally(findings: Iterable[Finding], owed: Completeness | Enrolling | None) -> Tally | None:
    return Tally(tuple(findings), owed.at_least) if owed else None


class Unread(Exception):
    """A stream that everything is measured by has never been read to its end; names it."""


def streams_of_handovers(agreement: Agreement) -> tuple[str, ...]:
    """Name what hand-overs are known by."""
    return f"{agreement.marketing}.contacts", f"{agreement.crm}.leads"


def _streams_of_evidence(agreement: Agreement) -> tuple[str, ...]:
    told_by = agreement.enrolment.told_by if agreement.enrolment else frozenset()
    return tuple(f"{system}.{kind}s" for system, kind in sorted(told_by))


def _marks(marks: Mapping[str, datetime], streams: Iterable[str]) -> Iterator[datetime]:
    for stream in streams:
        if stream not in marks:
            raise Unread(stream)
        yield marks[stream]


def _cases(unit: Unit, terms: Terms, told_to: datetime) -> Iterator[Case]:
    keys = iter(unit.facts.leads_with(MOVING))
    while chunk := list(islice(keys, AT_ONCE)):
        leads, facts = unit.leads.get(chunk), unit.facts.of(chunk)
        for key in chunk:
            if key in leads:
                yield Case.read(leads[key], facts[key], terms, told_to)


def _gather(
    found: _Found, case: Case, owed: Obligations, within: Callable[[datetime], bool]
) -> None:
    """Add what one lead has to do with the month: what began in it counts, however it went on."""
    kept = [finding for finding in handed_over(case) if within(finding.since)]
    found.handed_over += kept
    lists = [kept]
    if owed.completeness:
        lists.append(_of_month(completeness(case, owed.completeness), within))
        found.completeness += lists[-1]
    if owed.enrolment:
        lists.append(_of_month(enrolment(case, owed.enrolment), within))
        found.enrolment += lists[-1]
    for limit in owed.sales:
        lists.append(_of_month(in_time(case, limit), within))
        found.sales.setdefault(limit.clock, []).extend(lists[-1])
    moves = [move for move in _moves(case) if within(move.at)]
    found.hand_overs.update(Counter((move.before, move.after) for move in moves))
    strange = [move for move in moves if unknown(move, owed.moves)]
    found.unknown_moves += strange
    if any(lists) or strange:
        found.leads[case.lead.key] = case.lead


def _of_month(findings: Iterator[Finding], within: Callable[[datetime], bool]) -> list[Finding]:
    return [finding for finding in findings if within(finding.since)]


def _moves(case: Case) -> Iterator[StageMove]:
    return moves_of(case.lead.key, case.facts, case.terms)


def missing_fields(tally: Tally) -> dict[str, int]:
    """Count how many hand-overs lacked each field, the most frequent first."""
    counts: dict[str, int] = {}
    for finding in tally.findings:
        for name in finding.fields if finding.verdict is Verdict.BROKEN else ():
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
