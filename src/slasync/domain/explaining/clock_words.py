"""A clock in words: its rungs with the calendar's arithmetic, what holds it, what would stop it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import itemgetter

from slasync.domain.agreement import ClockPolicy, End, Situation, Start
from slasync.domain.clocks import meant_for
from slasync.domain.draft import Draft
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import ClockTold, NearMiss, RungState, RungTold
from slasync.domain.explaining.ruling_words import ruling_words
from slasync.domain.explaining.rung_words import Telling, effect_words, rung_told
from slasync.domain.history import fold
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import CoverageEnded

BY_SITUATION = frozenset({End.STAGE, End.RULE})
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
            problem = account.say("clock.no_result", why=account.tongue.retold(str(error)))
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
        ruling=account.tongue.retold(account.lost)
        or ruling_words(account.terms.ruling, account.tongue),
    )


_BEFORE = {
    Start.ACCEPTED: "clock.before_acceptance",
    Start.ATTEMPT: "clock.before_attempt",
    Start.IMMEDIATE: "clock.before_buying",
    Start.QUEUE: "clock.before_queue",
}


def _not_begun(account: Account, policy: ClockPolicy, cycle: Cycle) -> str:
    if not meant_for(policy, cycle):
        only = account.tongue.any_of(sorted(policy.only_for))
        return account.say("clock.not_meant", definitions=only)
    if policy.starts_on is Start.RECYCLED:
        return _not_returned(account, cycle)
    into = policy.begins_in
    if into is not None and into.stage is not None:
        return account.say("clock.before_stage", stage=account.stage(into.stage))
    if into is not None and into.rule is not None:
        return account.say("clock.before_rule", rule=into.rule.text)
    return account.say(_BEFORE.get(policy.starts_on, "clock.before_owner"))


def _not_returned(account: Account, cycle: Cycle) -> str:
    if cycle.back is None:
        return account.say("clock.before_return")
    enrolment = account.terms.agreement.enrolment
    where = sorted(f"{s} {kind}" for s, kind in enrolment.told_by) if enrolment else []
    if not where:
        return account.say("clock.no_evidence")
    return account.say("clock.cannot_be_enrolled", where=account.tongue.any_of(where))


def clock_lines(account: Account, cycle: Cycle, told: ClockTold) -> Iterator[str]:
    """Tell one clock of a cycle from its anchor to its last rung."""
    if told.begun_at is None:
        yield told.problem
        return
    policy = account.terms.agreement.clock(told.clock)
    yield from _state(account, cycle, told, policy)
    yield from _before(account, cycle, told)
    shown = 0
    for rung in told.rungs:
        due = account.both(rung.due) if rung.due else ""
        key = "rung.due" if rung.due else "rung.no_time"
        yield account.say(key, rung=rung.rung, after=rung.after, due=due)
        yield f"  {rung.why}"
        yield from (f"  {note}" for note in rung.notes)
        yield from (f"  | {line}" for line in rung.arithmetic[shown:])
        shown = HEADING if rung.arithmetic else shown
    yield from _deadline(account, cycle, told, policy)
    if told.stopped_by:
        yield account.say("clock.stopped_by", what="; ".join(told.stopped_by))


def _state(account: Account, cycle: Cycle, told: ClockTold, policy: ClockPolicy) -> Iterator[str]:
    since = account.both(told.begun_at or cycle.anchor)
    key = "clock.runs_again" if told.generation else "clock.runs"
    yield account.say(key, since=since, start=told.generation + 1, calendar=told.calendar)
    if policy.begins_in is not None:
        what = _situation(account, policy.begins_in)
        yield account.say("clock.counts_from", what=what)
    if told.ruling:
        yield told.ruling
    for pause in cycle.pauses.get(policy.name, ()):
        begins = account.both(pause.begins)
        if pause.ends:
            yield account.say("clock.stood_still", begins=begins, ends=account.both(pause.ends))
        else:
            yield account.say("clock.stands_still", begins=begins)
    if told.ended_at is None or told.end is None:
        return
    at, how = account.both(told.ended_at), account.tongue.name("end", told.end)
    touch = cycle.first_touch(policy.grades, _since(told, policy)) if told.end == "touch" else None
    if touch is None:
        yield account.say("clock.ended", at=at, how=how)
    else:
        channel, by = account.tongue.name("channel", touch.channel), account.who(touch.by)
        yield account.say("clock.ended_by", at=at, how=how, channel=channel, who=by)


def _since(told: ClockTold, policy: ClockPolicy) -> datetime | None:
    return None if policy.starts_on is Start.HANDOVER else told.begun_at


def _before(account: Account, cycle: Cycle, told: ClockTold) -> Iterator[str]:
    """Yield the rungs of earlier starts: of owners before, of attempts before."""
    for (clock, generation, rung), fact in sorted(cycle.fired.items()):
        if clock == told.clock and generation < told.generation:
            key = "rung.passed_before" if fact.data.get("superseded") else "rung.fired_before"
            yield account.say(key, start=generation + 1, rung=rung, at=fact.occurred_at)


def _deadline(
    account: Account, cycle: Cycle, told: ClockTold, policy: ClockPolicy
) -> Iterator[str]:
    """Yield the deadline with its arithmetic, where the agreement sets one apart from the rungs."""
    if policy.deadline is None or told.begun_at is None:
        return
    terms = account.terms
    owners = fold(account.facts, terms.agreement, terms.roster).owners if policy.follows else ()
    _, calendar = terms.calendar_for(policy, account.lead, owners)
    at = account.both(told.deadline) if told.deadline else account.say("clock.deadline_not_known")
    yield account.say("clock.deadline", after=policy.deadline, at=at)
    pauses = cycle.pauses.get(policy.name, ())
    lines = account.arithmetic(calendar, told.begun_at, policy.deadline, pauses)
    yield from (f"  | {line}" for line in lines[HEADING:])


def upcoming(account: Account, clocks: Iterable[ClockTold]) -> Iterator[str]:
    """Say for each clock that runs what it does next, and when."""
    for told in clocks:
        if told.begun_at is None or told.ended_at is not None:
            continue
        left = [r for r in told.rungs if r.state not in PASSED]
        if not left:
            yield account.say("next.no_rung", clock=told.clock)
            continue
        times = [(rung.due, rung) for rung in left if rung.due]
        if not times:
            yield account.say("next.stands_still", clock=told.clock, rung=left[0].rung)
            continue
        due, rung = min(times, key=itemgetter(0))
        effects, at = _effects(account, told, rung), account.both(due)
        yield account.say("next.rung", clock=told.clock, rung=rung.rung, at=at, effects=effects)
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
    words = (effect_words(effect, account.tongue) for effect in found.effects)
    return "; ".join(words) or account.say("effect.none")


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
    grades = account.tongue.any_of(
        account.tongue.name("grade", grade) for grade in sorted(policy.grades)
    )
    enrolment = account.terms.agreement.enrolment
    evidence = enrolment.evidence.text if enrolment else account.say("stopped.no_evidence")
    status = account.terms.agreement.statuses_touch
    for end in (each for each in End if each in policy.ends - BY_SITUATION):
        key = f"{end}_or_status" if end is End.TOUCH and status else end.value
        yield account.say(f"stopped.{key}", grades=grades, evidence=evidence)
    yield from (_situation(account, each) for each in policy.stops if each.held_by is None)


def _situation(account: Account, situation: Situation) -> str:
    """Name what a clock begins or ends with."""
    if situation.rule is not None:
        return account.say("stopped.rule", rule=situation.rule.text)
    if situation.stage is None:
        return account.say("clock.queue")
    key = "stopped.left" if situation.left else "stopped.reached"
    return account.say(key, stage=account.stage(situation.stage))
