"""A clock in words: its rungs with the calendar's arithmetic, what holds it, what would stop it."""

from collections.abc import Iterator
from datetime import datetime

from slasync.domain.account import Account, when, who
from slasync.domain.agreement import ClockPolicy, Effect, End, Rung
from slasync.domain.calendars import Calendar, CoverageEnded
from slasync.domain.clocks import ClockRun, run
from slasync.domain.state import Cycle
from slasync.domain.wording import local

HEADING = 2  # lines of the arithmetic that are the same for each rung


def clock_lines(account: Account, cycle: Cycle, policy: ClockPolicy) -> Iterator[str]:
    """Tell one clock of a cycle from its anchor to its last rung."""
    name, calendar = account.terms.calendar(policy)
    try:
        clock = run(policy, cycle, calendar)
    except CoverageEnded as ended:
        yield f"cannot be worked out: {ended}"
        return
    yield from _state(account, cycle, clock, name)
    shown = 0
    for rung, due in clock.due:
        yield f"{rung.name}, {rung.after}: due {_both(account, due)}"
        yield f"  {_fate(account, cycle, clock, rung, due)}"
        for line in calendar.explain(clock.anchor, rung.after)[shown:]:
            yield f"  | {line}"
        shown = HEADING
    if clock.ended is None:
        yield from _stops(account, policy)


def upcoming(account: Account, cycle: Cycle) -> Iterator[str]:
    """Say for each clock that runs what it does next, and when."""
    for policy in account.terms.agreement.clocks:
        _, calendar = account.terms.calendar(policy)
        clock = _clock(policy, cycle, calendar)
        if clock is None or clock.ended is not None:
            continue
        left = clock.unfired(cycle)
        if not left:
            yield f"{policy.name}: no rung is left; it goes on measuring"
            continue
        rung, due = left[0]
        effects = "; ".join(map(_effect, rung.effects)) or "nothing to do"
        yield f"{policy.name}/{rung.name} at {_both(account, due)}: {effects}"
        yield from (f"  {line}" for line in _held_by(account, policy, due))


def _clock(policy: ClockPolicy, cycle: Cycle, calendar: Calendar) -> ClockRun | None:
    try:
        return run(policy, cycle, calendar)
    except CoverageEnded:
        return None


def _state(account: Account, cycle: Cycle, clock: ClockRun, calendar: str) -> Iterator[str]:
    again = f", start {clock.generation + 1} of it" if clock.generation else ""
    yield f"runs since {_both(account, clock.anchor)}{again}, calendar {calendar}"
    if clock.ended is None:
        return
    at, end = clock.ended
    touch = cycle.first_touch(clock.policy.grades) if end is End.TOUCH else None
    by = f", {touch.channel} by {who(account.terms.roster, touch.by)}" if touch else ""
    yield f"ended at {_both(account, at)}: {end.value}{by}"


def _fate(account: Account, cycle: Cycle, clock: ClockRun, rung: Rung, due: datetime) -> str:
    """Say what became of a rung, or what will."""
    fired = cycle.fired.get((clock.policy.name, clock.generation, rung.name))
    if fired is not None and fired.data.get("superseded"):
        return f"passed {when(fired.occurred_at)}: its message was superseded or came too late"
    if fired is not None:
        return f"fired {when(fired.occurred_at)}: {_done(account, fired.data)}"
    if clock.ended is not None:
        return "not reached: the clock ended before" if due >= clock.ended[0] else "was missed"
    held = list(_held_by(account, clock.policy, due))
    return held[0] if held else f"still to come: {'; '.join(map(_effect, rung.effects))}"


def _done(account: Account, data: object) -> str:
    effects = data.get("effects", ()) if isinstance(data, dict) else ()
    roster = account.terms.roster
    words = [
        f"{e['kind']} to {who(roster, e['to']) if e['kind'] == 'task' else e['to'] or e['role']}"
        for e in effects
    ]
    return ", ".join(words) or "nobody was there to be told"


def _held_by(account: Account, policy: ClockPolicy, due: datetime) -> Iterator[str]:
    """Say why a rung whose time has come has not fired."""
    terms = account.terms
    if due > terms.now:
        return
    if account.lead.ref(terms.agreement.crm, "contact", "lead") is None:
        nobody = "" if account.mode == "enforce" else f", and mode {account.mode} makes none"
        yield f"waiting for record: {terms.agreement.crm} does not have this lead yet{nobody}"
        return
    behind = [name for name in policy.streams if not _known(account, name, due)]
    if not behind:
        yield "due: fires when the lead is next decided about"
    for name in behind:
        yield f"waiting for data: {name} {_read(account, name)}"


def _known(account: Account, stream: str, due: datetime) -> bool:
    read = account.streams.get(stream)
    return read is not None and read.watermark is not None and read.watermark >= due


def _read(account: Account, stream: str) -> str:
    read = account.streams.get(stream)
    if read is None or read.watermark is None:
        return "has not been read to its end yet"
    why = f" ({read.error})" if read.error else ""
    return f"is known up to {when(read.watermark)} only{why}"


def _stops(account: Account, policy: ClockPolicy) -> Iterator[str]:
    grades = " or ".join(sorted(policy.grades))
    words = {
        End.TOUCH: f"a touch by a person ({grades}): a call, an e-mail, a meeting"
        + (", a status change" if account.terms.agreement.statuses_touch else ""),
        End.CONVERTED: "conversion",
        End.RECYCLED: "a status that means recycled",
        End.DISQUALIFIED: "a status that means disqualified",
        End.DELETED: "deletion of the lead",
    }
    yield "would be stopped by: " + "; ".join(words[end] for end in End if end in policy.ends)


def _effect(effect: Effect) -> str:
    to = f" to {effect.role.value}" if effect.role.value != "nobody" else ""
    return f"{effect.kind.value.replace('_', ' ')}{to}"


def _both(account: Account, at: datetime) -> str:
    """An instant in the readers' zone and in UTC."""
    return f"{local(at, account.terms.zone)} ({when(at)})"
