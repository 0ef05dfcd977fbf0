"""Why nothing happened to a lead: one paragraph, for leads about which nothing was ever done."""

from collections.abc import Iterator, Sequence

from slasync.domain.agreement import Stage
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.definition_words import nearest_of
from slasync.domain.explaining.explanation import ClockTold, DefinitionTold, RungState
from slasync.domain.facts import Fact, FactKind
from slasync.domain.state import Cycle, State

WAITING = frozenset(
    {
        RungState.WAITING_FOR_RECORD,
        RungState.WAITING_FOR_DATA,
        RungState.PAUSED,
        RungState.NOT_FIRED,
        RungState.DUE,
    }
)


def why_nothing(
    account: Account,
    state: State,
    definitions: Sequence[DefinitionTold],
    clocks: Sequence[ClockTold],
) -> str | None:
    """Return the paragraph; None where something was done: written, or told to somebody."""
    if _touched(account):
        return None
    return " ".join(f"{said[0].upper()}{said[1:]}." for said in _said(
        account, state, definitions, clocks
    ))  # fmt: skip


def _touched(account: Account) -> bool:
    """Tell whether anything was done: a write that was not only put aside, or a leader told."""
    if any(written.state not in {"held", "parked", "superseded"} for written in account.writes):
        return True
    quiet = {d.at for d in account.decisions if d.mode != "enforce"}
    fired = [f for f in account.facts if f.kind == FactKind.FIRED and f.seen_at not in quiet]
    return any(_told_somebody(fact) for fact in fired) and not account.writes


def _told_somebody(fact: Fact) -> bool:
    return any(effect["kind"] == "digest" for effect in fact.data.get("effects", ()))


def _said(
    account: Account,
    state: State,
    definitions: Sequence[DefinitionTold],
    clocks: Sequence[ClockTold],
) -> Iterator[str]:
    if not account.facts:
        yield account.say("nothing.known_then" if account.past else "nothing.known")
        return
    if state.cycle is None:
        yield from _never_handed_over(account, state, definitions)
    else:
        yield from _handed_over(account, state.cycle, clocks)
    for written in account.writes:
        if written.state in {"held", "parked"}:
            action = account.tongue.name("action", written.write.action)
            yield account.say(f"nothing.{written.state}", action=action)
    if account.mode != "enforce":
        yield account.say("nothing.mode", mode=account.mode)


def _never_handed_over(
    account: Account, state: State, definitions: Sequence[DefinitionTold]
) -> Iterator[str]:
    start = account.terms.agreement.effective_from
    met = state.awaited(start) or state.met
    if met is not None and start is not None and met.at < start:
        key = "nothing.met_before"
        yield account.say(key, definition=met.definition, at=met.at, start=start)
    elif met is not None:
        yield account.say("nothing.met", definition=met.definition, at=met.at)
    elif state.deleted or state.converted:
        yield account.say("nothing.deleted" if state.deleted else "nothing.converted")
    else:
        yield account.say("nothing.never_met")
        yield from _nearest(account, state, definitions)


def _nearest(
    account: Account, state: State, definitions: Sequence[DefinitionTold]
) -> Iterator[str]:
    nearest = nearest_of(tuple(definitions))
    if nearest is not None:
        lacking = "; ".join(nearest.lacking)
        yield account.say("nothing.nearest", definition=nearest.name, lacking=lacking)
        if nearest.nearest:
            before = nearest.nearest
            lacking = "; ".join(before.lacking)
            yield account.say("nothing.was_nearer", at=before.at, lacking=lacking)
    if state.stage in {Stage.RECYCLED, Stage.DISQUALIFIED}:
        yield account.say("nothing.status", stage=account.stage(state.stage))


def _handed_over(account: Account, cycle: Cycle, clocks: Sequence[ClockTold]) -> Iterator[str]:
    yield account.say("cycle.handed_over", at=cycle.anchor, definition=cycle.definition)
    touch = min(cycle.touches, key=lambda t: t.at, default=None)
    if touch is not None:
        channel = account.tongue.name("channel", touch.channel)
        yield account.say(
            "nothing.touched", at=touch.at, channel=channel, who=account.who(touch.by)
        )
    if cycle.ended is not None:
        at, how = cycle.ended
        yield account.say("nothing.ended", at=at, how=account.tongue.name("end", how))
    for clock in clocks:
        yield from _first_rung(account, clock)


def _first_rung(account: Account, clock: ClockTold) -> Iterator[str]:
    """Say of one clock why not even its first rung did anything."""
    if clock.begun_at is None:
        yield account.say("nothing.clock", clock=clock.clock, why=clock.problem)
        return
    waiting = [rung for rung in clock.rungs if rung.state in WAITING]
    others = [rung for rung in clock.rungs if rung.state is not RungState.FIRED]
    for rung in (waiting or others)[:1]:
        yield account.say("nothing.rung", clock=clock.clock, rung=rung.rung, why=rung.why)
