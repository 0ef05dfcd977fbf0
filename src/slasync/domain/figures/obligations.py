"""What each side owes, and how a month stands with it: counts, shares and verdicts, exactly.

Whatever is not known is counted as such. A verdict is given only where what is not known, or still
to come, cannot change it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Stage
from slasync.domain.figures.goal import Goal
from slasync.domain.figures.pipeline import Pipeline
from slasync.domain.lead import LeadKey
from slasync.domain.time.calendars import Calendar, Offset
from slasync.domain.time.months import Month, midnight_of

MARKETING, SALES = "marketing", "sales"
DEADLINE = "deadline"
RecordKind = tuple[str, str]
"""A kind of record: system and kind."""


# what is owed


@dataclass(frozen=True, slots=True)
class Quota:
    """So many MQLs a month, within the agreement's period; `at_least` of them is enough."""

    a_month: int
    at_least: Fraction
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Completeness:
    """Fields that have a value at the hand-over, and which records have such a field."""

    told_by: Mapping[str, frozenset[RecordKind]]  # by field
    at_least: Fraction


@dataclass(frozen=True, slots=True)
class Enrolling:
    """How soon a returned lead is in a nurture programme."""

    at_least: Fraction
    clock: str | None = None
    limit: Offset | None = None  # the clock's deadline
    within: timedelta | None = None  # or a time by the clock on the wall


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """What sales owes by one clock."""

    clock: str
    limit: Offset
    called: str  # the rung that the limit is, or deadline
    at_least: Fraction | None = None  # None: no figure was agreed


def usual_limit(rungs: Mapping[str, Offset], deadline: Offset | None) -> tuple[Offset, str]:
    """Return what a clock is measured by where no figure names a rung, and what it is called.

    Its deadline; without one the first of its rungs, in order, that comes after the start.
    """
    if deadline is not None:
        return deadline, DEADLINE
    later = (rung for rung, offset in rungs.items() if offset.amount)
    called = next(later, list(rungs)[-1])
    return rungs[called], called


@dataclass(frozen=True, slots=True)
class Moves:
    """Which stage may follow which, and who owns each. No moves: nothing was agreed."""

    allowed: Mapping[Stage, frozenset[Stage]] = field(default_factory=dict)
    hand_overs: frozenset[tuple[Stage, Stage]] = frozenset()
    owned_by: Mapping[Stage, str] = field(default_factory=dict)
    left_out: frozenset[Stage] = frozenset()


@dataclass(frozen=True, slots=True)
class Aim:
    """What was agreed of a figure: its target, and below what it rings the alarm."""

    target: Fraction | None = None
    alarm_below: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligations:
    """What both sides agreed to be held to."""

    quota: Quota | None = None
    completeness: Completeness | None = None
    enrolment: Enrolling | None = None
    sales: tuple[TimeLimit, ...] = ()
    moves: Moves = Moves()
    aims: Mapping[str, Aim] = field(default_factory=dict)  # by the names that figures were given
    goal: Goal | None = None
    currency: str = ""
    pipeline: Pipeline = field(default_factory=Pipeline)


# how it was kept


class Verdict(StrEnum):
    """How it stands with one lead."""

    KEPT = "kept"
    BROKEN = "broken"
    RUNNING = "running"  # there is time left
    UNKNOWN = "unknown"  # nobody can tell, or not yet
    PASSED_ON = "passed_on"  # in other hands before its time was up: not counted


class Standing(StrEnum):
    """How it stands with an obligation."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"  # what is still running decides
    UNKNOWN = "unknown"  # what is not known would decide
    NOTHING = "nothing"  # there was nothing to do
    NOT_AGREED = "not_agreed"  # it is measured, and no figure was agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One lead, one cycle, one thing that was owed."""

    lead: LeadKey
    cycle: str
    verdict: Verdict
    since: datetime
    due: datetime | None = None
    done: datetime | None = None
    why: str = ""  # for people
    fields: tuple[str, ...] = ()  # that were missing, or are not known
    owner: str = ""  # whose lead it was then


@dataclass(frozen=True, slots=True)
class Tally:
    """What a share is made of."""

    findings: tuple[Finding, ...]
    at_least: Fraction | None

    def count(self, verdict: Verdict) -> int:
        return Counter(finding.verdict for finding in self.findings)[verdict]

    @property
    def total(self) -> int:
        return len(self.findings) - self.count(Verdict.PASSED_ON)

    @property
    def known(self) -> int:
        return self.count(Verdict.KEPT) + self.count(Verdict.BROKEN)

    @property
    def share(self) -> Fraction | None:
        """The part that was kept of what is known; None where nothing is."""
        return Fraction(self.count(Verdict.KEPT), self.known) if self.known else None

    @property
    def standing(self) -> Standing:
        kept, unknown = self.count(Verdict.KEPT), self.count(Verdict.UNKNOWN)
        if not self.total:
            return Standing.NOTHING
        if self.at_least is None:
            return Standing.NOT_AGREED
        if kept >= self.at_least * self.total:
            return Standing.MET
        if kept + unknown + self.count(Verdict.RUNNING) < self.at_least * self.total:
            return Standing.MISSED
        return Standing.UNKNOWN if unknown else Standing.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many MQLs marketing handed over, beside what it owes by then: by working days."""

    findings: tuple[Finding, ...]  # the hand-overs
    owed: Fraction  # for the whole month, or what of it is in the period
    at_least: Fraction
    days: int  # working days of the month that count
    gone: int  # of these: over by then
    unknown_before: datetime | None = None  # hand-overs before were not watched
    over: bool = False  # the month is, and all of it is known

    @property
    def count(self) -> int:
        return len(self.findings)

    @property
    def owed_by_now(self) -> Fraction:
        """What the quota comes to by the working days that are over; all of it with the month."""
        if self.over:
            return self.owed
        return self.owed * self.gone / self.days if self.days else Fraction(0)

    @property
    def enough_by_now(self) -> int:
        """So many MQLs are enough by now."""
        return ceil(self.owed_by_now * self.at_least)

    @property
    def standing(self) -> Standing:
        if not self.owed:
            return Standing.NOTHING
        if self.count >= self.enough_by_now:
            return Standing.MET
        return Standing.UNKNOWN if self.unknown_before else Standing.MISSED


def pace(  # noqa: PLR0913 - a pace is of so many things
    quota: Quota,
    handed_over: Sequence[Finding],
    month: Month,
    calendar: Calendar,
    known_to: datetime,
    *,
    watched_from: datetime | None,
) -> Pace:
    """Compare a month's hand-overs with the quota, pro rata by the calendar's working days.

    `known_to`: up to when hand-overs are known. A day counts once it is over. Of a month that the
    agreement's period cuts short so much is owed as it has working days within. Raises
    CoverageEnded where the calendar does not know the month.
    """
    zone = ZoneInfo(calendar.spec.zone)
    days = calendar.open_days(month.first, month.last)
    counting = [day for day in days if quota.begins <= day <= quota.ends]
    today = known_to.astimezone(zone).date()
    begins = max(month.begins(zone), midnight_of(quota.begins, zone))
    late = watched_from is not None and watched_from > begins
    return Pace(
        findings=tuple(handed_over),
        owed=Fraction(quota.a_month * len(counting), len(days)) if days else Fraction(0),
        at_least=quota.at_least,
        days=len(counting),
        gone=sum(day < today for day in counting),
        unknown_before=watched_from if late else None,
        over=known_to >= month.ends(zone),
    )
