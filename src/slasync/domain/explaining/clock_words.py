"""A clock in words: its rungs with the calendar's arithmetic, what holds it, what would stop it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import itemgetter

from slasync.domain.agreement import ClockPolicy, End, Start
from slasync.domain.clocks import meant_for
from slasync.domain.draft import Draft
from slasync.domain.explaining.account import Account, when, who
from slasync.domain.explaining.explanation import ClockTold, NearMiss, RungState, RungTold
from slasync.domain.explaining.ruling_words import ruling_words
from slasync.domain.explaining.rung_words import Telling, effect_words, rung_told
from slasync.domain.history import fold
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.wording import local

HEADING = 2  # lines of the arithmetic that are the same for each rung
HELD = frozenset(
    {
        RungState.SUPERSEDED,
        RungState.MISSED,
        RungState.NOT_FIRED,
        RungState.NOT_MEANT,
        RungState.PAUSED,
        RungState.DUE,
        RungState.WAITING_FOR_RECORD,
        RungState.WAITING_FOR_DATA,
    }
)


def clock_of(account: Account, draft: Draft, cycle: Cycle, policy: ClockPolicy) -> ClockTold:
    """Tell one clock of a cycle as values; `problem` where nothing can be worked out."""
    name, calendar = draft.calendar(policy)
    begins, ended, generation, problem, deadline = None, None, 0, "", None
    rungs: tuple[RungTold, ...] = ()
    if policy in draft.begun(cycle):
        try:
            clock = draft.run(policy, cycle)
            begins, ended, generation = clock.anchor, clock.ended, clock.generation
            deadline = clock.deadline
            times = {rung.name: at for rung, at in clock.due}
            telling = Telling(account, cycle, clock, calendar)
            rungs = tuple(rung_told(telling, r, times.get(r.name)) for r in policy.rungs)
        except CoverageEnded as error:
            problem = f"cannot be worked out: {error}"
    else:
        problem = _not_begun(account, policy, cycle)
    return ClockTold(
        cycle=cycle.key,
        clock=policy.name,
        generation=generation,
        calendar=name,
        begun_at=begins,
        ended_at=ended[0] if ended else None,
        end=ended[1].value if ended else None,
        rungs=rungs,
        stopped_by=tuple(_stops(account, policy)) if begins and not ended else (),
        problem=problem,
        deadline=deadline,
        agreement=account.terms.agreement.hash,
        ruling=account.lost or ruling_words(account.terms.ruling),
    )


def _not_begun(account: Account, policy: ClockPolicy, cycle: Cycle) -> str:
    if not meant_for(policy, cycle):
        return f"does not run: only for leads handed over by {' or '.join(sorted(policy.only_for))}"
    if policy.starts_on is Start.RECYCLED and cycle.back is None:
        return "has not begun: it counts from the return to marketing"
    if policy.starts_on is Start.RECYCLED:
        enrolment = account.terms.agreement.enrolment
        where = sorted(f"{s} {kind}" for s, kind in enrolment.told_by) if enrolment else []
        asked = f"it has no {' or '.join(where)}" if where else "no evidence is configured"
        return f"not known whether it is in a nurture programme: {asked}"
    after = "the first attempt" if policy.starts_on is Start.ATTEMPT else "an owner"
    return f"has not begun: it counts from {after}"


def clock_lines(account: Account, cycle: Cycle, told: ClockTold) -> Iterator[str]:
    """Tell one clock of a cycle from its anchor to its last rung."""
    if told.begun_at is None:
        yield told.problem
        return
    policy = account.terms.agreement.clock(told.clock)
    yield from _state(account, cycle, told, policy)
    yield from _before(cycle, told)
    shown = 0
    for rung in told.rungs:
        due = f"due {_both(account, rung.due)}" if rung.due else "no time"
        yield f"{rung.rung}, {rung.after}: {due}"
        yield f"  {rung.why}"
        yield from (f"  {note}" for note in rung.notes)
        yield from (f"  | {line}" for line in rung.arithmetic[shown:])
        shown = HEADING if rung.arithmetic else shown
    yield from _deadline(account, cycle, told, policy)
    if told.stopped_by:
        yield "would be stopped by: " + "; ".join(told.stopped_by)


def _state(account: Account, cycle: Cycle, told: ClockTold, policy: ClockPolicy) -> Iterator[str]:
    again = f", start {told.generation + 1} of it" if told.generation else ""
    since = _both(account, told.begun_at or cycle.anchor)
    yield f"runs since {since}{again}, calendar {told.calendar}"
    if told.ruling:
        yield told.ruling
    for pause in cycle.pauses.get(policy.name, ()):
        until = f"until {_both(account, pause.ends)}" if pause.ends else "and still does"
        yield f"stood still from {_both(account, pause.begins)} {until}"
    if told.ended_at is None or told.end is None:
        return
    touch = cycle.first_touch(policy.grades, _since(told, policy)) if told.end == "touch" else None
    by = f", {touch.channel} by {who(account.terms.roster, touch.by)}" if touch else ""
    yield f"ended at {_both(account, told.ended_at)}: {told.end}{by}"


def _since(told: ClockTold, policy: ClockPolicy) -> datetime | None:
    return None if policy.starts_on is Start.HANDOVER else told.begun_at


def _before(cycle: Cycle, told: ClockTold) -> Iterator[str]:
    """Yield the rungs of earlier starts: of owners before, of attempts before."""
    for (clock, generation, rung), fact in sorted(cycle.fired.items()):
        if clock == told.clock and generation < told.generation:
            what = "passed, nobody was told" if fact.data.get("superseded") else "fired"
            yield f"start {generation + 1}: {rung} {what} {when(fact.occurred_at)}"


def _deadline(
    account: Account, cycle: Cycle, told: ClockTold, policy: ClockPolicy
) -> Iterator[str]:
    """Yield the deadline with its arithmetic, where the agreement sets one apart from the rungs."""
    if policy.deadline is None or told.begun_at is None:
        return
    terms = account.terms
    owners = fold(account.facts, terms.agreement, terms.roster).owners if policy.follows else ()
    _, calendar = terms.calendar_for(policy, account.lead, owners)
    at = (
        _both(account, told.deadline) if told.deadline else "not known while the clock stands still"
    )
    yield f"deadline, {policy.deadline}: {at}"
    pauses = cycle.pauses.get(policy.name, ())
    lines = calendar.explain(told.begun_at, policy.deadline, pauses)
    yield from (f"  | {line}" for line in lines[HEADING:])


def upcoming(account: Account, clocks: Iterable[ClockTold]) -> Iterator[str]:
    """Say for each clock that runs what it does next, and when."""
    for told in clocks:
        if told.begun_at is None or told.ended_at is not None:
            continue
        left = [r for r in told.rungs if r.state not in PASSED]
        if not left:
            yield f"{told.clock}: no rung is left; it goes on measuring"
            continue
        times = [(rung.due, rung) for rung in left if rung.due]
        if not times:
            yield f"{told.clock}: it stands still, and {left[0].rung} waits until it goes on"
            continue
        due, rung = min(times, key=itemgetter(0))
        yield f"{told.clock}/{rung.rung} at {_both(account, due)}: {_effects(account, told, rung)}"
        if rung.state is not RungState.TO_COME:
            yield f"  {rung.why}"


PASSED = frozenset(
    {
        RungState.FIRED,
        RungState.SUPERSEDED,
        RungState.MISSED,
        RungState.NOT_REACHED,
        RungState.NOT_MEANT,
    }
)


def _effects(account: Account, told: ClockTold, rung: RungTold) -> str:
    policy = account.terms.agreement.clock(told.clock)
    found = next(r for r in policy.rungs if r.name == rung.rung)
    return "; ".join(map(effect_words, found.effects)) or "nothing to do"


def rungs_missed(clocks: Iterable[ClockTold]) -> Iterator[NearMiss]:
    """Yield rungs that did not fire, or not with all that they were to do, and why."""
    for clock in clocks:
        unreached = False
        for rung in clock.rungs:
            name = f"{clock.clock}/{rung.rung}"
            if rung.state in HELD or (rung.state is RungState.NOT_REACHED and not unreached):
                yield NearMiss(kind="rung", name=name, words=rung.why)
            unreached = (
                unreached or rung.state is RungState.NOT_REACHED
            )  # the next ones follow from it
            for note in rung.notes:
                yield NearMiss(kind="effect", name=name, words=note)


def _stops(account: Account, policy: ClockPolicy) -> Iterator[str]:
    grades = " or ".join(sorted(policy.grades))
    words = {
        End.TOUCH: f"a touch by a person ({grades}): a call, an e-mail, a meeting"
        + (", a status change" if account.terms.agreement.statuses_touch else ""),
        End.ACCEPTED: "a status that means accepted",
        End.CONVERTED: "conversion",
        End.RECYCLED: "a status that means recycled",
        End.DISQUALIFIED: "a status that means disqualified",
        End.DELETED: "deletion of the lead",
        End.ENROLLED: f"evidence of a nurture programme: {_evidence(account)}",
        End.WITH_SALES: "another hand-over, or a rep who takes it up again",
    }
    yield from (words[end] for end in End if end in policy.ends)


def _evidence(account: Account) -> str:
    enrolment = account.terms.agreement.enrolment
    return enrolment.evidence.text if enrolment else "none is configured"


def _both(account: Account, at: datetime) -> str:
    """An instant in the readers' zone and in UTC."""
    return f"{local(at, account.terms.zone)} ({when(at)})"
