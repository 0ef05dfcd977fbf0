"""Why nothing happened to a lead: one paragraph, for leads about which nothing was ever done."""

from collections.abc import Iterator, Sequence

from slasync.domain.agreement import Stage
from slasync.domain.explaining.account import Account, when, who
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
        yield "nothing was known of this lead by then" if account.past else "nothing is known yet"
        return
    if state.cycle is None:
        yield from _never_handed_over(account, state, definitions)
    else:
        yield from _handed_over(account, state.cycle, clocks)
    stuck = [w for w in account.writes if w.state in {"held", "parked"}]
    for written in stuck:
        command = "plan" if written.state == "held" else "parked list"
        yield (
            f"{written.write.action.value.replace('_', ' ')} was decided and is {written.state}:"
            f" `slasync {command}`"
        )
    if account.mode != "enforce":
        yield f"besides, mode {account.mode} decides and shows, and writes nothing"


def _never_handed_over(
    account: Account, state: State, definitions: Sequence[DefinitionTold]
) -> Iterator[str]:
    start, met = account.terms.agreement.effective_from, state.met
    was_met = f"definition {met.definition} was met at {when(met.at)}" if met else ""
    if met is not None and start is not None and met.at < start:
        yield (
            f"{was_met}, before slasync began to judge at {when(start)}: mirrored and listed, no"
            " clock runs"
        )
    elif met is not None:
        yield f"{was_met}: handed over when decided"
    elif state.deleted or state.converted:
        end = "deleted" if state.deleted else "converted"
        yield f"not handed over any more: the lead was {end}"
    else:
        yield "never met since the lead is known: it was not handed over, no clock runs"
        yield from _nearest(state, definitions)


def _nearest(state: State, definitions: Sequence[DefinitionTold]) -> Iterator[str]:
    nearest = nearest_of(tuple(definitions))
    if nearest is not None:
        yield f"nearest is {nearest.name}, {'; '.join(nearest.lacking)}"
        if nearest.nearest:
            before = nearest.nearest
            yield f"it was nearer at {when(before.at)}: {'; '.join(before.lacking)}"
    if state.stage in {Stage.RECYCLED, Stage.DISQUALIFIED}:
        yield f"its status says that it is {state.stage.value}"


def _handed_over(account: Account, cycle: Cycle, clocks: Sequence[ClockTold]) -> Iterator[str]:
    yield f"handed over at {when(cycle.anchor)} because {cycle.definition} was met"
    touch = min(cycle.touches, key=lambda t: t.at, default=None)
    if touch is not None:
        by = who(account.terms.roster, touch.by)
        yield f"touched at {when(touch.at)}: {touch.channel} by {by}"
    if cycle.ended is not None:
        yield f"the cycle ended at {when(cycle.ended[0])}: {cycle.ended[1].value}"
    for clock in clocks:
        yield from _first_rung(clock)


def _first_rung(clock: ClockTold) -> Iterator[str]:
    """Say of one clock why not even its first rung did anything."""
    if clock.begun_at is None:
        yield f"clock {clock.clock} {clock.problem}"
        return
    waiting = [rung for rung in clock.rungs if rung.state in WAITING]
    others = [rung for rung in clock.rungs if rung.state is not RungState.FIRED]
    for rung in (waiting or others)[:1]:
        yield f"clock {clock.clock}, rung {rung.rung}: {rung.why}"
