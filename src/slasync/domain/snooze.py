"""Snoozes and disputes: a rep asks for a clock to stand still, by fields of the CRM's record.

All of it follows from the history, in whatever order its facts were learned: what stood in the
fields since when, and what was agreed. What is above the limits does not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slasync.domain.facts import Fact
from slasync.domain.lead import Fields, Value
from slasync.domain.rests import (
    ACCEPTED,
    DECISION,
    DISPUTE,
    DISPUTE_FIELDS,
    DISPUTE_REASON,
    REASON,
    REFUSED,
    SNOOZE_FIELDS,
    UNTIL,
    Disputing,
    Rests,
    Snoozing,
)
from slasync.domain.state import Asking, Cycle, Rest, Resting, State
from slasync.domain.time.pauses import Pause


def note_asking(state: State, fact: Fact) -> None:
    """Keep what stands in the fields from a fact on; what stays as it was is no news."""
    names = sorted(SNOOZE_FIELDS | DISPUTE_FIELDS)
    stands: Fields = {n: state.fields[n] for n in names if state.fields.get(n) not in {None, ""}}
    if not state.asked or state.asked[-1].fields != stands:
        state.asked.append(Asking(fact.occurred_at, fact.by, stands))


def note_ruling(state: State, fact: Fact) -> None:
    """Take in what an operator decided about a dispute."""
    before: Mapping[str, Value] = state.asked[-1].fields if state.asked else {}
    stands = {**before, DECISION: str(fact.data["decision"])}
    state.asked.append(Asking(fact.occurred_at, fact.by, stands, ruled=True))


def rests_in(cycle: Cycle, later: Cycle | None, state: State, rests: Rests) -> tuple[Rest, ...]:
    """Return what was asked for in a cycle, in order. What stood before it began is no wish."""
    before = [each for each in state.asked if each.at < cycle.anchor]
    stood = before[-1].fields if before else {}
    asked = [
        each
        for each in state.asked
        if each.at >= cycle.anchor and (later is None or each.at < later.anchor)
    ]
    found = [
        *(_snoozes(asked, stood, rests.snooze) if rests.snooze else ()),
        *(_disputes(asked, stood, rests.dispute) if rests.dispute else ()),
    ]
    return tuple(sorted(found, key=lambda rest: (rest.asked_at, rest.kind)))


def _snoozes(
    asked: Sequence[Asking], stood: Mapping[str, Value], policy: Snoozing
) -> Iterator[Rest]:
    """Read wish after wish: a later end is a new one, an earlier end or none shortens the last."""
    wished, running, counted = _time(stood.get(UNTIL)), None, 0
    for each in asked:
        until, reason = _time(each.fields.get(UNTIL)), str(each.fields.get(REASON) or "")
        waits = running is not None and running.kind is Resting.NO_REASON
        if until == wished and not (waits and reason):
            continue
        wished = until
        if running is not None and until is not None and _stays(running, each.at, until):
            running = _ended(running, until)
            continue
        if running is not None and running.kind is not Resting.NO_REASON:
            yield _ended(running, each.at)
        running = None
        if until is not None and until > each.at:
            running = _snooze(each, until, reason, policy, counted)
            counted += running.pause is not None
    if running is not None:
        yield running


def _stays(rest: Rest, at: datetime, until: datetime) -> bool:
    """Tell whether a snooze that runs is only shortened."""
    ends = rest.pause.ends if rest.pause else None
    return ends is not None and at < ends and at < until <= ends


def _ended(rest: Rest, at: datetime) -> Rest:
    """End a snooze sooner; one that is over by then stays as it was."""
    pause = rest.pause
    if pause is None or pause.ends is None or pause.ends <= at:
        return rest
    return replace(rest, pause=Pause(pause.begins, max(at, pause.begins)))


def _snooze(each: Asking, until: datetime, reason: str, policy: Snoozing, counted: int) -> Rest:
    rest = Rest(
        kind=Resting.SNOOZED, asked_at=each.at, by=each.by, reason=reason, asked_until=until
    )
    if policy.reason_required and not reason:
        return replace(rest, kind=Resting.NO_REASON)
    if policy.times is not None and counted >= policy.times:
        return replace(rest, kind=Resting.TOO_OFTEN)
    ends = policy.ends(each.at, until)
    kind = Resting.SNOOZED if ends == until else Resting.TOO_LONG
    return replace(rest, kind=kind, pause=Pause(each.at, ends))


def _disputes(
    asked: Sequence[Asking], stood: Mapping[str, Value], policy: Disputing
) -> Iterator[Rest]:
    """Read disputes: each begins when it is asked for and ends by a decision, or is taken back."""
    open_: Rest | None = None
    ticked, decided = bool(stood.get(DISPUTE)), _decision(stood)
    for each in asked:
        now_ticked, decision = bool(each.fields.get(DISPUTE)), _decision(each.fields)
        reason = str(each.fields.get(DISPUTE_REASON) or "")
        if open_ is None and now_ticked and not ticked:
            open_ = _dispute(each, reason, policy)
        elif open_ is not None and open_.pause is None and reason:
            open_ = _dispute(each, reason, policy)  # its reason came later
        if open_ is not None and decision and (decision != decided or each.ruled):
            yield _decided(open_, each, decision)
            open_ = None
        elif open_ is not None and not now_ticked:
            if open_.pause is not None:
                yield replace(_decided(open_, each, REFUSED), decided_by=open_.by)
            open_ = None
        ticked, decided = now_ticked, decision
    if open_ is not None:
        yield open_


def _dispute(each: Asking, reason: str, policy: Disputing) -> Rest:
    counts = bool(reason) or not policy.reason_required
    pause = Pause(each.at, None) if counts else None
    return Rest(kind=Resting.DISPUTED, asked_at=each.at, by=each.by, reason=reason, pause=pause)


def _decided(rest: Rest, each: Asking, decision: str) -> Rest:
    pause = Pause(rest.pause.begins, max(each.at, rest.pause.begins)) if rest.pause else None
    kind = Resting.ACCEPTED if decision == ACCEPTED else Resting.REFUSED
    return replace(rest, kind=kind, pause=pause, decided_at=each.at, decided_by=each.by)


def _decision(fields: Mapping[str, Value]) -> str:
    said = str(fields.get(DECISION) or "").strip().casefold()
    return said if said in {ACCEPTED, REFUSED} else ""


def _time(value: Value) -> datetime | None:
    """Return the time that a field holds; None for nothing, or somebody's words."""
    try:
        at = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def resting(rests: Sequence[Rest], policies: Rests, clock: str) -> tuple[Pause, ...]:
    """Return when a clock stood still because somebody asked for it."""
    found = []
    for rest in rests:
        policy = policies.dispute if rest.is_dispute else policies.snooze
        if policy is not None and clock in policy.clocks and rest.pause is not None:
            found.append(rest.pause)
    return tuple(found)


def goes_on_at(rests: Sequence[Rest], now: datetime) -> datetime | None:
    """Return when the first of the rests of now ends."""
    ends = [r.pause.ends for r in rests if r.pause and r.pause.ends and r.pause.ends > now]
    return min(ends, default=None)


def pardoned_until(rests: Sequence[Rest], clock: str, policies: Rests) -> datetime | None:
    """Return up to when a clock's breaches do not count: until a dispute that was accepted."""
    if not rests or policies.dispute is None or clock not in policies.dispute.clocks:
        return None
    accepted = [r.asked_at for r in rests if r.kind is Resting.ACCEPTED]
    return max(accepted, default=None)
