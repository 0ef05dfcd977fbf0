"""How one lead's history stands with what each side owes, one finding for each thing owed.

Pure, and by the very functions that decide: a report cannot tell another story than the clocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from slasync.domain.agreement import ClockPolicy, End, Start
from slasync.domain.clocks import begun, end_of, limit_of, run, starts_of
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.completeness import gaps, shown_at
from slasync.domain.figures.obligations import (
    DEADLINE,
    Completeness,
    Enrolling,
    Finding,
    TimeLimit,
    Verdict,
    usual_limit,
)
from slasync.domain.history import fold
from slasync.domain.identity.merging import qualified
from slasync.domain.lead import Lead
from slasync.domain.nurture import Nurture
from slasync.domain.protection import outcome_of
from slasync.domain.rulings import Ruling
from slasync.domain.snooze import pardoned_until
from slasync.domain.state import Cycle, State
from slasync.domain.time.calendars import Calendar, CoverageEnded, Offset

UNREAD = "what would tell has not been read past the limit"
NO_RECORD = "the CRM does not have it"
NO_EVIDENCE = "no evidence of enrolment is configured: obligations.marketing.enrolment.evidence"
NOT_THERE = "no record of it tells whether it is in a nurture programme"
STANDS = "the clock stands still"
PARDONED = "it was disputed, and the dispute was accepted"


@dataclass(frozen=True, slots=True)
class Case:
    """One lead and its history, folded; `terms` are those in force, the same for all leads.

    `told_to`: up to when the records have been read that tell of nurture programmes.
    """

    lead: Lead
    facts: Sequence[Fact]
    state: State
    terms: Terms
    told_to: datetime
    open_by: Mapping[str, Ruling | None] = field(default_factory=dict)
    """What would rule cycles that have ended, by their keys, had they not."""

    @classmethod
    def read(cls, lead: Lead, facts: Sequence[Fact], terms: Terms, told_to: datetime) -> "Case":
        """Fold a history; as `Draft.settled` does, by the agreement in force alone where an
        earlier edition's calendar has ended.
        """
        state = fold(facts, terms.agreement, terms.roster, terms.ruled)
        state.cycles = [cycle for cycle in state.cycles if not cycle.void]  # they count for nobody
        case = cls(lead, facts, state, terms, told_to, _closed(state, facts, terms))
        try:
            case._look_ahead()
        except CoverageEnded:
            return cls.read(lead, facts, replace(terms, ruled=None), told_to)
        return case

    def _look_ahead(self) -> None:
        for cycle in self.state.cycles:
            for policy in self.clocks(cycle) if cycle.ruling else ():
                run(policy, cycle, self.calendar(cycle, policy))

    def after(self, cycle: Cycle) -> Cycle:
        """Return a cycle that has ended as marketing has the lead then: changes count for that."""
        return replace(cycle, ruling=self.open_by.get(cycle.key, cycle.ruling))

    def by(self, cycle: Cycle) -> Terms:
        """Return what a cycle is measured by: its pool's, and an earlier edition that rules it."""
        return self.terms.of_cycle(cycle)

    def clocks(self, cycle: Cycle) -> tuple[ClockPolicy, ...]:
        """Return the clocks that run in a cycle, or ran: none that would not have before."""
        found, older = begun(self.by(cycle).agreement, cycle), self.before(cycle)
        if older is None:
            return found
        names = {policy.name for policy in older[0].clocks(older[1])}
        return tuple(policy for policy in found if policy.name in names)

    def before(self, cycle: Cycle) -> "tuple[Case, Cycle] | None":
        """Return the same by the edition before the one that rules, where that counts too."""
        earlier = cycle.ruling.before if cycle.ruling else None
        if earlier is None:
            return None
        terms = replace(self.terms, ruled=lambda *_: earlier)
        state = fold(self.facts, terms.agreement, terms.roster, terms.ruled)
        own = next((each for each in state.cycles if each.key == cycle.key), None)
        return (replace(self, state=state, terms=terms), own) if own else None

    def calendar(self, cycle: Cycle, policy: ClockPolicy) -> Calendar:
        """Return the calendar that counts for a clock of a cycle."""
        older = self.before(cycle)
        if older and any(policy is each for each in older[0].clocks(older[1])):
            return older[0].calendar(older[1], policy)  # of a clock that stayed what it was
        return self.by(cycle).calendar_for(policy, self.lead, self.state.owners)[1]


def _closed(state: State, facts: Sequence[Fact], terms: Terms) -> dict[str, Ruling | None]:
    """Have cycles that ended be measured by what ruled them then: no later edition concerns them.

    Return what would rule them had they not ended.
    """
    if terms.ruled is None:
        return {}
    opened = {
        qualified(str(fact.data["cycle"]), fact.home): fact
        for fact in facts
        if fact.kind is FactKind.HANDOVER
    }
    found: dict[str, Ruling | None] = {}
    for cycle in state.cycles:
        if cycle.ended is not None and (fact := opened.get(cycle.key)):
            found[cycle.key] = cycle.ruling
            cycle.ruling = terms.ruled(fact, cycle.ended[0])
    return found


# marketing


def handed_over(case: Case) -> Iterator[Finding]:
    """Yield each hand-over: a lead that is handed over again counts again, a cycle once."""
    for cycle in case.state.cycles:
        yield _finding(case, cycle, Verdict.KEPT, cycle.anchor, why=cycle.definition)


def completeness(case: Case, owed: Completeness) -> Iterator[Finding]:
    """Yield for each hand-over whether the lead was complete."""
    for cycle in case.state.cycles:
        at = shown_at(case.facts, case.terms.agreement, cycle)
        found = gaps(case.facts, owed.told_by, at)
        verdict = Verdict.UNKNOWN if found.unknown else Verdict.KEPT
        verdict = Verdict.BROKEN if found.missing else verdict
        said = [
            *([f"without {', '.join(found.missing)}"] if found.missing else []),
            *([f"not known: {', '.join(found.unknown)}"] if found.unknown else []),
        ]
        fields = found.missing or found.unknown
        why = "; ".join(said)
        yield _finding(case, cycle, verdict, cycle.anchor, why=why, fields=fields)


def enrolment(case: Case, owed: Enrolling) -> Iterator[Finding]:
    """Yield for each return whether the lead got into a nurture programme in time."""
    agreement = case.terms.agreement
    for cycle in case.state.cycles:
        back = cycle.back
        if back is None:
            continue
        if not back.known:
            why = NOT_THERE if agreement.enrolment else NO_EVIDENCE
            yield _finding(case, cycle, Verdict.UNKNOWN, back.at, why=why)
        elif owed.clock is not None and owed.limit is not None:
            limit = TimeLimit(owed.clock, owed.limit, DEADLINE)
            yield from _of_clock(case, case.after(cycle), limit)
        elif owed.within is not None:
            ends = [(back.enrolled, End.ENROLLED)] if back.enrolled else []
            end = min((*ends, *back.ends), default=None)
            within = _within(owed.within, cycle, agreement.nurture)
            span = _Stretch(back.at, back.at + within, end, None)
            yield _judged(case, cycle, span, min(case.terms.now, case.told_to), End.ENROLLED)


def _within(limit: timedelta, cycle: Cycle, nurture: Nurture) -> timedelta:
    """Return how soon a lead has to be in its programme: as all are, or sooner by its own rule."""
    outcome = outcome_of(cycle, nurture)
    own = outcome.path.enrol_within if outcome and outcome.path else None
    return min(limit, own) if own is not None else limit


# sales


def in_time(case: Case, owed: TimeLimit) -> Iterator[Finding]:
    """Yield for each time a clock ran, or began anew, whether it ended within its limit."""
    for cycle in case.state.cycles:
        yield from _of_clock(case, cycle, owed)


# a clock


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A clock from one beginning: when its time is up, what ended it, when it began anew."""

    since: datetime
    due: datetime | None
    end: tuple[datetime, End] | None
    again: datetime | None


def _of_clock(case: Case, cycle: Cycle, owed: TimeLimit) -> Iterator[Finding]:
    terms = case.by(cycle)
    policy = next((each for each in case.clocks(cycle) if each.name == owed.clock), None)
    if policy is None:
        return
    starts = starts_of(policy, cycle)
    known_to = min(terms.now, terms.ready.get(policy.gate, terms.now))
    for since, again in pairwise([*starts, None]):
        if since is None:
            continue
        due, end = _due_and_end(case, cycle, policy, owed, since)
        stretch = _Stretch(since, due, end, again)
        late = due is not None and (end is None or end[0] > due)
        if late and due is not None and _pardoned(case, cycle, policy, due):
            yield _finding(case, cycle, Verdict.PASSED_ON, since, due=due, why=PARDONED)
            continue
        wanted = End.ENROLLED if policy.starts_on is Start.RECYCLED else None
        yield _judged(case, cycle, stretch, known_to, wanted)


def _due_and_end(
    case: Case, cycle: Cycle, policy: ClockPolicy, owed: TimeLimit, since: datetime
) -> tuple[datetime | None, tuple[datetime, End] | None]:
    """Return when the time is up and what ended the clock; by two editions, as `Draft.run` does."""
    calendar = case.calendar(cycle, policy)
    due = limit_of(policy, cycle, calendar, since, _limit(policy, owed))
    end, older = end_of(policy, cycle, since), case.before(cycle)
    if older is None:
        return due, end
    was = older[0].by(older[1]).agreement.clock(policy.name)
    due_then, end_then = _due_and_end(*older, was, owed, since)
    if policy is was:
        return due_then, end_then
    known = due is not None is not due_then
    both = [each for each in (end, end_then) if each]
    return max(filter(None, (due, due_then))) if known else None, min(both, default=None)


def _limit(policy: ClockPolicy, owed: TimeLimit) -> Offset:
    """Return a limit as the edition has it that rules the clock: of the rung of the same name."""
    if not policy.edition:
        return owed.limit
    rungs = {rung.name: rung.after for rung in policy.rungs}
    return rungs.get(owed.called) or usual_limit(rungs, policy.deadline)[0]


def _pardoned(case: Case, cycle: Cycle, policy: ClockPolicy, due: datetime) -> bool:
    """Tell whether a dispute about it was accepted: it is neither kept nor broken."""
    until = pardoned_until(cycle.rests, policy.name, case.terms.agreement.rests)
    return until is not None and due <= until


def _judged(
    case: Case, cycle: Cycle, stretch: _Stretch, known_to: datetime, wanted: End | None
) -> Finding:
    """`wanted`: the one end that counts as done; None: any does."""
    verdict, why = _verdict(case, cycle, stretch, known_to, wanted)
    end = stretch.end
    done = end[0] if end and (stretch.again is None or end[0] <= stretch.again) else None
    return _finding(
        case, cycle, verdict, stretch.since, due=stretch.due, done=done,
        why=why or (end[1].value if end and done else ""),
    )  # fmt: skip


def _verdict(
    case: Case, cycle: Cycle, stretch: _Stretch, known_to: datetime, wanted: End | None
) -> tuple[Verdict, str]:
    due, end, again = stretch.due, stretch.end, stretch.again
    if again is not None and (due is None or again <= due) and (end is None or again < end[0]):
        return Verdict.PASSED_ON, "began anew before"
    if end is not None and (due is None or end[0] <= due):
        done = wanted is None or end[1] == wanted
        return (Verdict.KEPT, "") if done else (Verdict.PASSED_ON, end[1].value)
    if due is None or due > case.terms.now:
        return Verdict.RUNNING, STANDS if due is None else ""
    nobodys = cycle is case.state.open_cycle and case.state.owner is None
    if due > known_to or nobodys:
        return Verdict.UNKNOWN, NO_RECORD if nobodys else UNREAD
    return Verdict.BROKEN, ""


def _finding(  # noqa: PLR0913 - a finding has that many parts
    case: Case,
    cycle: Cycle,
    verdict: Verdict,
    since: datetime,
    *,
    due: datetime | None = None,
    done: datetime | None = None,
    why: str = "",
    fields: tuple[str, ...] = (),
) -> Finding:
    at = min(filter(None, (due, done)), default=since)
    return Finding(
        lead=case.lead.key,
        cycle=cycle.key,
        verdict=verdict,
        since=since,
        due=due,
        done=done,
        why=why,
        fields=fields,
        owner=_owner(case.state, at),
    )


def _owner(state: State, at: datetime) -> str:
    """Return whose lead it was at an instant."""
    owned = [o.owner for o in state.owners if o.at <= at]
    return owned[-1] if owned else ""
