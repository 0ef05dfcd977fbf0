"""One hand-over as the figures see it: who had it, what was done about it, how far it came."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from slasync.domain.agreement import Agreement, ClockPolicy, End, Stage, Start
from slasync.domain.facts import FactKind, Grade
from slasync.domain.figures.measuring import Case
from slasync.domain.figures.obligations import Finding, Verdict
from slasync.domain.figures.orders import Opportunity
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.protection import outcome_of
from slasync.domain.state import Cycle, Touch

PHASES = (Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER)
"""The way of a lead after its hand-over, in order."""
COUNTED = frozenset({Grade.STRONG.value, Grade.WEAK.value})
"""Grades of touches that count where no clock says which do."""
DIMENSIONS = ("owner", "team", "source", "definition", "version")
"""By what breaches are told apart, besides their rungs."""


class Sequel(StrEnum):
    """What became of a lead that went back to marketing."""

    CUSTOMER = "customer"
    OPPORTUNITY = "opportunity"
    HANDED_OVER_AGAIN = "handed_over_again"
    CONVERTED = "converted"  # by somebody, without another hand-over
    GIVEN_UP = "given_up"  # disqualified or deleted
    NURTURED = "nurtured"  # in a programme, as far as is known
    WAITING = "waiting"  # nothing is known of it since


@dataclass(frozen=True, slots=True)
class Group:
    """Whose hand-over it is, and where it came from. Empty: not known."""

    owner: str
    team: str
    source: str
    campaign: str
    definition: str
    version: str  # of the agreement in force when it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One hand-over. `touch`: KEPT touched, BROKEN never though its time is up, else open."""

    lead: LeadKey
    cycle: str
    at: datetime
    group: Group
    touch: Verdict
    waited: timedelta | None  # working time from the hand-over to the first touch
    attempts: int
    gaps: tuple[timedelta, ...]  # working time between one attempt and the next
    conversations: int
    reached: Mapping[Stage, datetime]  # phases after mql, when each was reached
    ended: tuple[datetime, End] | None
    reason: str  # why it went back or was given up; empty: nobody says
    sequel: Sequel | None  # of one that went back
    opportunities: tuple[Opportunity, ...]

    @property
    def accepted(self) -> Verdict:
        """KEPT: sales accepted it, BROKEN: it ended without."""
        if Stage.SAL in self.reached:
            return Verdict.KEPT
        return Verdict.BROKEN if self.ended else Verdict.RUNNING

    @property
    def rejected(self) -> bool:
        """Whether sales sent it away without having accepted it."""
        given_up = self.ended is not None and self.ended[1] in {End.RECYCLED, End.DISQUALIFIED}
        return given_up and Stage.SAL not in self.reached

    @property
    def on_the_way(self) -> bool:
        """Whether it may still come farther: nobody ended it, or an opportunity of it is open.

        Of opportunities that are not read nobody knows; they count as open.
        """
        if self.ended is None:
            return True
        known = self.opportunities
        reached = Stage.OPPORTUNITY in self.reached and Stage.CUSTOMER not in self.reached
        return reached and (not known or any(not each.closed for each in known))

    def opportunity_within(self, span: timedelta, known_to: datetime) -> Verdict:
        """Tell whether it became an opportunity so soon after the hand-over."""
        at = self.reached.get(Stage.OPPORTUNITY)
        if at is not None:
            return Verdict.KEPT if at - self.at <= span else Verdict.BROKEN
        over = self.ended is not None and self.ended[1] is not End.CONVERTED
        return Verdict.BROKEN if over or self.at + span <= known_to else Verdict.RUNNING


def touch_clock(agreement: Agreement) -> ClockPolicy | None:
    """Return the clock of the first touch: the first that runs from the hand-over to a touch."""
    return next(
        (c for c in agreement.clocks if c.starts_on is Start.HANDOVER and End.TOUCH in c.ends), None
    )


def all_handed(
    case: Case,
    in_time: Sequence[Finding],
    version_at: Callable[[datetime], str],
    made: Sequence[Opportunity],
) -> tuple[Handed, ...]:
    """Return every hand-over of a lead.

    `in_time`: how the clock of the first touch was kept. `version_at`: which version of the
    agreement was in force. `made`: the lead's opportunities.
    """
    cycles = case.state.cycles
    later: Handed | None = None
    found: list[Handed] = []
    verdicts = {finding.cycle: finding.verdict for finding in in_time}  # of each cycle the last
    ends = [*(cycle.anchor for cycle in cycles[1:]), None]
    for cycle, until in reversed([*zip(cycles, ends, strict=False)]):
        own = [o for o in made if _belongs(o, cycle, until, first=cycle is cycles[0])]
        group = _group(case, cycle, version_at(cycle.opened))
        later = _handed(case, cycle, group, own, later, verdicts.get(cycle.key))
        found.append(later)
    return tuple(reversed(found))


def _belongs(each: Opportunity, cycle: Cycle, until: datetime | None, *, first: bool) -> bool:
    """An opportunity is of the last cycle that had begun when it was made.

    One that was made by hand before the first is none of the hand-over's.
    """
    if each.by_hand and each.created < cycle.anchor:
        return False
    return (first or each.created >= cycle.anchor) and (until is None or each.created < until)


def _handed(  # noqa: PLR0913, PLR0917
    case: Case,
    cycle: Cycle,
    group: Group,
    opportunities: Sequence[Opportunity],
    later: Handed | None,
    verdict: Verdict | None,
) -> Handed:
    policy = touch_clock(case.by(cycle).agreement)
    grades = policy.grades if policy else COUNTED
    touch, tried = cycle.first_touch(grades), cycle.tried(grades)
    reached = _reached(case, cycle, opportunities)
    outcome = outcome_of(cycle, case.terms.agreement.nurture)
    return Handed(
        lead=case.lead.key,
        cycle=cycle.key,
        at=cycle.anchor,
        group=group,
        touch=_touched(touch, cycle, verdict),
        waited=_waited(case, cycle, policy, touch),
        attempts=len(tried),
        gaps=_gaps(case, cycle, policy, tried),
        conversations=len(cycle.conversations),
        reached=reached,
        ended=cycle.ended,
        reason=outcome.reason if outcome else "",
        sequel=_sequel(cycle, later),
        opportunities=tuple(opportunities),
    )


# the first touch


def _touched(touch: Touch | None, cycle: Cycle, verdict: Verdict | None) -> Verdict:
    if touch is not None:
        return Verdict.KEPT
    if cycle.ended is not None:
        return Verdict.BROKEN  # it ended, and nobody had touched it
    if verdict is None:
        return Verdict.RUNNING  # no clock says when it would be too late
    return verdict if verdict in {Verdict.RUNNING, Verdict.UNKNOWN} else Verdict.BROKEN


def _waited(
    case: Case, cycle: Cycle, policy: ClockPolicy | None, touch: Touch | None
) -> timedelta | None:
    if policy is None or touch is None or policy not in case.clocks(cycle):
        return None
    pauses = cycle.pauses.get(policy.name, ())
    return case.calendar(cycle, policy).elapsed(cycle.anchor, max(touch.at, cycle.anchor), pauses)


def _gaps(
    case: Case, cycle: Cycle, policy: ClockPolicy | None, tried: Sequence[Touch]
) -> tuple[timedelta, ...]:
    if policy is None or len(tried) < 2:  # noqa: PLR2004 - a gap has two sides
        return ()
    calendar, pauses = case.calendar(cycle, policy), cycle.pauses.get(policy.name, ())
    times = sorted(touch.at for touch in tried)
    return tuple(calendar.elapsed(a, b, pauses) for a, b in pairwise(times))


# how far it came


def _reached(
    case: Case, cycle: Cycle, opportunities: Sequence[Opportunity]
) -> Mapping[Stage, datetime]:
    """Return when each phase was reached; who skips one has reached it with the next."""
    direct = [*_by_status(case, cycle), *_by_conversion(case, cycle)]
    direct += [(Stage.OPPORTUNITY, max(each.created, cycle.anchor)) for each in opportunities]
    direct += [
        (Stage.CUSTOMER, _closed(each, cycle)) for each in opportunities if each.won and each.closes
    ]
    found: dict[Stage, datetime] = {}
    for number, phase in enumerate(PHASES[1:], start=1):
        times = [at for stage, at in direct if stage in PHASES[number:]]
        if times:
            found[phase] = min(times)
    return found


def _by_status(case: Case, cycle: Cycle) -> Iterator[tuple[Stage, datetime]]:
    agreement = case.by(cycle).agreement
    until = cycle.ended[0] if cycle.ended else None
    for at, status in case.state.statuses:
        stage = agreement.stages.get(status)
        if stage in PHASES[1:] and at >= cycle.anchor and (until is None or at < until):
            yield stage, at
    yield from ((Stage.SAL, at) for at in cycle.accepted)


def _by_conversion(case: Case, cycle: Cycle) -> Iterator[tuple[Stage, datetime]]:
    if cycle.ended is None or cycle.ended[1] is not End.CONVERTED:
        return
    at = cycle.ended[0]
    yield Stage.SQL, at
    told = (f for f in case.facts if f.kind is FactKind.CONVERTED and f.occurred_at == at)
    if any(fact.data.get("opportunity") for fact in told):
        yield Stage.OPPORTUNITY, at


def _closed(each: Opportunity, cycle: Cycle) -> datetime:
    """Of the closing only the day is known: its first instant, not before what led to it."""
    day = each.closes or each.created.date()
    return max(datetime(day.year, day.month, day.day, tzinfo=each.created.tzinfo), each.created,
               cycle.anchor)  # fmt: skip


def _sequel(cycle: Cycle, later: Handed | None) -> Sequel | None:
    """Say what became of a lead that went back, the farthest that it came."""
    if cycle.ended is None or cycle.ended[1] is not End.RECYCLED:
        return None
    if later is not None:
        if Stage.CUSTOMER in later.reached:
            return Sequel.CUSTOMER
        known = Stage.OPPORTUNITY in later.reached
        return Sequel.OPPORTUNITY if known else Sequel.HANDED_OVER_AGAIN
    after = {end for _, end in cycle.back.ends} if cycle.back else set()
    if End.CONVERTED in after:
        return Sequel.CONVERTED
    if after & {End.DISQUALIFIED, End.DELETED}:
        return Sequel.GIVEN_UP
    return Sequel.NURTURED if cycle.back and cycle.back.enrolled else Sequel.WAITING


# whose it is


def _group(case: Case, cycle: Cycle, version: str) -> Group:
    lead, pool = case.lead, case.by(cycle).pool
    team = str(cycle.routed[-1].data["pool"]) if cycle.routed else pool.name if pool else ""
    return Group(
        owner=owner_at(case, cycle.ended[0] if cycle.ended else case.terms.now),
        team=team,
        source=lead.text("source"),
        campaign=lead.text("campaign"),
        definition=cycle.definition,
        version=version,
    )


def owner_at(case: Case, at: datetime) -> UserKey:
    """Return whose lead it was at an instant; empty where nobody is known."""
    owned = [each.owner for each in case.state.owners if each.at <= at]
    return owned[-1] if owned else UserKey("")
