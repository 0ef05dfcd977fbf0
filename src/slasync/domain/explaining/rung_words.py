"""What became of each rung of a clock, or will, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.explaining.account import Account, when, who
from slasync.domain.explaining.explanation import RungState, RungTold
from slasync.domain.facts import Fact, FactKind
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import Calendar
from slasync.domain.wording import local

IN_MARKETING = frozenset({
    EffectKind.PROPERTY.value, EffectKind.LIST.value, EffectKind.PROGRAMME.value,
})  # fmt: skip
LATE = timedelta(minutes=15)
"""A rung that fired later than this after it was due is said to be late."""
STUCK = {
    "held": "held by a cap on late tasks: `slasync plan` shows it",
    "parked": "parked: `slasync parked list` says how to mend it",
    "superseded": "dropped",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One clock of one cycle, and all that is known around it."""

    account: Account
    cycle: Cycle
    clock: ClockRun
    calendar: Calendar

    @property
    def policy(self) -> ClockPolicy:
        return self.clock.policy

    def fired(self, rung: Rung) -> Fact | None:
        return self.cycle.fired.get((self.policy.name, self.clock.generation, rung.name))

    def fired_later(self, rung: Rung) -> Fact | None:
        """Return the fact that it fired, where that came after the moment asked about."""
        wanted = (self.cycle.key, self.policy.name, self.clock.generation, rung.name)
        return next((f for f in self.account.unseen if _rung_of(f) == wanted), None)

    def both(self, at: datetime) -> str:
        """Write an instant in the readers' zone and in UTC."""
        return f"{local(at, self.account.terms.zone)} ({when(at)})"


def _rung_of(fact: Fact) -> tuple[str, str, int, str] | None:
    data = fact.data
    if fact.kind != FactKind.FIRED:
        return None
    return data["cycle"], data["clock"], data["generation"], data["rung"]


def rung_told(telling: Telling, rung: Rung, due: datetime | None) -> RungTold:
    """Tell one rung. `due` is None where it has no time: the clock stands still, or never had."""
    state, why = _state(telling, rung, due)
    return RungTold(
        rung=rung.name,
        after=str(rung.after),
        due=due,
        state=state,
        why=why,
        notes=tuple(_notes(telling, rung)),
        arithmetic=tuple(_arithmetic(telling, rung, due)) if due else (),
    )


def _state(telling: Telling, rung: Rung, due: datetime | None) -> tuple[RungState, str]:
    fired, ended = telling.fired(rung), telling.clock.ended
    if fired is not None:
        return _passed(telling, fired)
    if due is None:
        return _without_time(telling, rung)
    if ended is not None and due >= ended[0]:
        ahead = f"{_span(due - ended[0])} before" if due > ended[0] else "at that very time"
        return RungState.NOT_REACHED, f"not reached: the clock ended {ahead} ({ended[1].value})"
    if ended is not None:
        return (
            RungState.MISSED,
            "was missed: due, and the clock ended before slasync could see it due",
        )
    if due > telling.account.terms.now:
        return RungState.TO_COME, f"still to come: {'; '.join(map(effect_words, rung.effects))}"
    return _overdue(telling, rung, due)


def _passed(telling: Telling, fired: Fact) -> tuple[RungState, str]:
    at = when(fired.occurred_at)
    if not fired.data.get("superseded"):
        late = fired.occurred_at - datetime.fromisoformat(fired.data.get("due", at))
        behind = f", {_span(late)} after it was due" if late > LATE else ""
        return RungState.FIRED, f"fired {at}{behind}: {_done(telling.account, fired.data)}"
    higher = _instead(telling, fired)
    if higher is not None:
        return (
            RungState.SUPERSEDED,
            f"passed {at}: its message was superseded by {higher}, due as well",
        )
    why = "the clock had ended, or begun anew, before slasync could see it due"
    return RungState.MISSED, f"passed {at}: a breach, and nobody was told; {why}"


def _instead(telling: Telling, fired: Fact) -> str | None:
    """Return the rung whose message went out in this one's stead."""
    for (clock, generation, rung), other in telling.cycle.fired.items():
        same = (clock, generation) == (fired.data["clock"], fired.data["generation"])
        if same and other.seen_at == fired.seen_at and not other.data.get("superseded"):
            return rung
    return None


def _without_time(telling: Telling, rung: Rung) -> tuple[RungState, str]:
    attempts = len(telling.cycle.counted(telling.policy.grades))
    if not rung.fits(attempts):
        below = f", fewer than {rung.attempts_below}" if rung.attempts_below is not None else ""
        return RungState.NOT_MEANT, (
            f"not meant for this lead: for {rung.attempts_from} attempts or more{below};"
            f" {attempts} were made"
        )
    if telling.clock.ended is not None:
        return RungState.NOT_REACHED, "not reached: the clock stood still, and ended"
    return RungState.PAUSED, "its time is not known while the clock stands still"


def _overdue(telling: Telling, rung: Rung, due: datetime) -> tuple[RungState, str]:
    """Say why a rung whose time has come has not fired."""
    missing = missing_record(telling.account, telling.cycle)
    if missing:
        return RungState.WAITING_FOR_RECORD, missing
    if telling.account.past:
        later = telling.fired_later(rung)
        ever = f"it fired {when(later.occurred_at)}" if later else "it has not fired since"
        return RungState.NOT_FIRED, f"had not fired by then; {ever}"
    behind = [name for name in telling.policy.streams if not _known(telling.account, name, due)]
    if not behind:
        return RungState.DUE, "due: fires when the lead is next decided about"
    each = "; ".join(f"{name} {_read(telling.account, name)}" for name in behind)
    return RungState.WAITING_FOR_DATA, f"waiting for data: {each}"


def missing_record(account: Account, cycle: Cycle) -> str | None:
    """Say what is lacking in the CRM before a rung can fire; None where all is there."""
    crm = account.terms.agreement.crm
    if cycle.ended is not None:
        return None
    if account.lead.ref(crm, "contact", "lead") is not None:
        owned = any(fact.kind == FactKind.OWNER for fact in account.facts)
        return None if owned else f"waiting for record: whose it is in {crm} has not been read yet"
    nobody = "" if account.mode == "enforce" else f", and mode {account.mode} makes none"
    has = "did not have this lead then" if account.past else "does not have this lead yet"
    return f"waiting for record: {crm} {has}{nobody}"


def _known(account: Account, stream: str, due: datetime) -> bool:
    read = account.streams.get(stream)
    return read is not None and read.watermark is not None and read.watermark >= due


def _read(account: Account, stream: str) -> str:
    read = account.streams.get(stream)
    if read is None or read.watermark is None:
        return "has not been read to its end yet"
    why = f" ({read.error})" if read.error else ""
    return f"is known up to {when(read.watermark)} only{why}"


def _notes(telling: Telling, rung: Rung) -> Iterator[str]:
    """Yield what a rung that fired was to do and did not, or has not yet."""
    fired, account = telling.fired(rung), telling.account
    if fired is None:
        return
    made = [d for d in account.decisions if d.at == fired.seen_at]
    quiet = sorted({d.mode for d in made if d.mode != "enforce"})
    if quiet:
        yield f"nothing was written: mode {quiet[0]}"
    if not fired.data.get("superseded"):
        yield from _left_out(telling, rung, fired)
    place = (telling.cycle.key, telling.policy.name, telling.clock.generation, rung.name)
    for written in account.writes:
        write = written.write
        stuck = STUCK.get(written.state)
        if stuck and (write.cycle, write.clock, write.generation, write.rung) == place:
            outcome = f" ({written.outcome})" if written.outcome else ""
            yield f"{write.action.value.replace('_', ' ')}: {stuck}{outcome}"


def _left_out(telling: Telling, rung: Rung, fired: Fact) -> Iterator[str]:
    """Yield the reasons that were given for effects that did not come about."""
    done = [effect["kind"] for effect in fired.data.get("effects", ())]
    moved = {"restart", "to_queue"} & set(done)
    missing = [
        effect
        for effect in dict.fromkeys(rung.effects)
        if done.count(effect.kind.value) < _wanted(rung, effect.kind)
        and not (effect.kind is EffectKind.REASSIGN and moved)
    ]
    if not missing:
        return
    begins = f"{rung.name}: "
    at_once = [d for d in telling.account.decisions if d.at == fired.seen_at]
    told = {w.write.because for w in telling.account.writes}
    reasons = [b for d in at_once for b in d.because if b.startswith(begins) and b not in told]
    for reason in reasons or [f"{begins}without {effect_words(e)}" for e in missing]:
        yield reason.removeprefix(begins)


def _wanted(rung: Rung, kind: EffectKind) -> int:
    return sum(effect.kind is kind for effect in rung.effects)


def _arithmetic(telling: Telling, rung: Rung, due: datetime) -> Iterator[str]:
    """Yield the calendar's lines, then what a new owner's grace added."""
    anchor, pauses = telling.clock.anchor, telling.cycle.pauses.get(telling.policy.name, ())
    yield from telling.calendar.explain(anchor, rung.after, pauses)
    since, ruling = telling.cycle.owned_since, telling.account.terms.ruling
    if due == telling.calendar.due_paused(anchor, rung.after, pauses):
        return
    if ruling and ruling.before:
        yield f"it was due {telling.both(due)} before the agreement changed: the later one counts"
    elif since:
        yield (
            f"the owner since {telling.both(since)} has at least {telling.policy.grace}:"
            f" due {telling.both(due)}"
        )


def _span(span: timedelta) -> str:
    """Write a span: "2 d 3 h", "3 h 5 min", "40 s"."""
    seconds = int(span.total_seconds())
    parts = [
        (seconds // 86_400, "d"),
        (seconds // 3_600 % 24, "h"),
        (seconds // 60 % 60, "min"),
    ]
    said = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(said[:2]) or f"{seconds} s"


def _done(account: Account, data: Mapping[str, Any]) -> str:
    roster = account.terms.roster
    words = [
        f"{e['kind']}{' ' if e['kind'] in IN_MARKETING else ' to '}"
        f"{who(roster, e['to']) if e['kind'] == 'task' else e['to'] or e['role']}"
        for e in data.get("effects", ())
    ]
    return ", ".join(words) or "nobody was there to be told"


def effect_words(effect: Effect) -> str:
    """Name an effect: what it is, to whom, of what."""
    to = f" to {effect.role.value}" if effect.role.value != "nobody" else ""
    of = effect.status if effect.kind is EffectKind.STATUS else effect.name
    way = f" by {effect.via}" if effect.via else ""
    return f"{effect.kind.value.replace('_', ' ')}{to}{way}{f' {of}' if of else ''}"
