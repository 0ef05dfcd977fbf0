"""What became of each rung of a clock, or will, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import RungState, RungTold
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.facts import Fact, FactKind
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import Calendar

IN_MARKETING = frozenset({
    EffectKind.PROPERTY.value, EffectKind.LIST.value, EffectKind.PROGRAMME.value,
})  # fmt: skip
LATE = timedelta(minutes=15)
"""A rung that fired later than this after it was due is said to be late."""
STUCK = frozenset({"held", "parked", "superseded"})


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
        after=telling.account.tongue.offset(rung.after),
        due=due,
        state=state,
        why=why,
        notes=tuple(_notes(telling, rung)),
        arithmetic=tuple(_arithmetic(telling, rung, due)) if due else (),
    )


def _state(telling: Telling, rung: Rung, due: datetime | None) -> tuple[RungState, str]:
    fired, ended, account = telling.fired(rung), telling.clock.ended, telling.account
    if fired is not None:
        return _passed(telling, fired)
    if due is None:
        return _without_time(telling, rung)
    if ended is not None and due >= ended[0]:
        key = "rung.ended_before" if due > ended[0] else "rung.ended_then"
        how = account.tongue.name("end", ended[1])
        return RungState.NOT_REACHED, account.say(key, span=due - ended[0], how=how)
    if ended is not None:
        return RungState.MISSED, account.say("rung.missed")
    if due > account.terms.now:
        effects = "; ".join(effect_words(effect, account.tongue) for effect in rung.effects)
        return RungState.TO_COME, account.say("rung.to_come", effects=effects)
    return _overdue(telling, rung, due)


def _passed(telling: Telling, fired: Fact) -> tuple[RungState, str]:
    account, at = telling.account, fired.occurred_at
    if not fired.data.get("superseded"):
        due = fired.data.get("due")
        late = at - datetime.fromisoformat(due) if due else timedelta(0)
        key = "rung.fired_late" if late > LATE else "rung.fired"
        return RungState.FIRED, account.say(key, at=at, late=late, what=_done(account, fired.data))
    higher = _instead(telling, fired)
    if higher is not None:
        return RungState.SUPERSEDED, account.say("rung.superseded", at=at, higher=higher)
    return RungState.MISSED, account.say("rung.passed", at=at)


def _instead(telling: Telling, fired: Fact) -> str | None:
    """Return the rung whose message went out in this one's stead."""
    for (clock, generation, rung), other in telling.cycle.fired.items():
        same = (clock, generation) == (fired.data["clock"], fired.data["generation"])
        if same and other.seen_at == fired.seen_at and not other.data.get("superseded"):
            return rung
    return None


def _without_time(telling: Telling, rung: Rung) -> tuple[RungState, str]:
    account, attempts = telling.account, len(telling.cycle.counted(telling.policy.grades))
    if not rung.fits(attempts):
        below = rung.attempts_below
        key = "rung.not_meant" if below is None else "rung.not_meant_below"
        return RungState.NOT_MEANT, account.say(
            key, least=rung.attempts_from, below=below, made=attempts
        )
    if telling.clock.ended is not None:
        return RungState.NOT_REACHED, account.say("rung.stood_still")
    return RungState.PAUSED, account.say("rung.stands_still")


def _overdue(telling: Telling, rung: Rung, due: datetime) -> tuple[RungState, str]:
    """Say why a rung whose time has come has not fired."""
    account = telling.account
    missing = missing_record(account, telling.cycle)
    if missing:
        return RungState.WAITING_FOR_RECORD, missing
    if account.past:
        later = telling.fired_later(rung)
        key = "rung.fired_later" if later else "rung.never_fired"
        return RungState.NOT_FIRED, account.say(key, at=later.occurred_at if later else "")
    behind = [name for name in telling.policy.streams if not _known(account, name, due)]
    if not behind:
        return RungState.DUE, account.say("rung.is_due")
    each = "; ".join(_read(account, name) for name in behind)
    return RungState.WAITING_FOR_DATA, account.say("rung.waits_for_data", streams=each)


def missing_record(account: Account, cycle: Cycle) -> str | None:
    """Say what is lacking in the CRM before a rung can fire; None where all is there."""
    crm = account.terms.agreement.crm
    if cycle.ended is not None:
        return None
    if account.lead.ref(crm, "contact", "lead") is not None:
        owned = any(fact.kind == FactKind.OWNER for fact in account.facts)
        return None if owned else account.say("record.whose", crm=crm)
    said = account.say("record.lacked" if account.past else "record.lacks", crm=crm)
    if account.mode == "enforce":
        return said
    return account.say("record.not_made", said=said, mode=account.mode)


def _known(account: Account, stream: str, due: datetime) -> bool:
    read = account.streams.get(stream)
    return read is not None and read.watermark is not None and read.watermark >= due


def _read(account: Account, stream: str) -> str:
    read = account.streams.get(stream)
    if read is None or read.watermark is None:
        return account.say("stream.unread", stream=stream)
    key = "stream.behind_because" if read.error else "stream.behind"
    return account.say(key, stream=stream, at=read.watermark, why=read.error)


def _notes(telling: Telling, rung: Rung) -> Iterator[str]:
    """Yield what a rung that fired was to do and did not, or has not yet."""
    fired, account = telling.fired(rung), telling.account
    if fired is None:
        return
    made = [d for d in account.decisions if d.at == fired.seen_at]
    quiet = sorted({d.mode for d in made if d.mode != "enforce"})
    if quiet:
        yield account.say("effect.unwritten", mode=quiet[0])
    if not fired.data.get("superseded"):
        yield from _left_out(telling, rung, fired)
    place = (telling.cycle.key, telling.policy.name, telling.clock.generation, rung.name)
    for written in account.writes:
        write = written.write
        its = (write.cycle, write.clock, write.generation, write.rung) == place
        if its and written.state in STUCK:
            action = account.tongue.name("action", write.action)
            said = account.say(f"effect.{written.state}", action=action)
            outcome = account.tongue.retold(written.outcome or "")
            yield f"{said} ({outcome})" if outcome else said


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
    tongue = telling.account.tongue
    if not reasons:
        yield from (tongue.say("effect.left_out", effect=effect_words(e, tongue)) for e in missing)
    yield from (tongue.retold(reason).removeprefix(begins) for reason in reasons)


def _wanted(rung: Rung, kind: EffectKind) -> int:
    return sum(effect.kind is kind for effect in rung.effects)


def _arithmetic(telling: Telling, rung: Rung, due: datetime) -> Iterator[str]:
    """Yield the calendar's lines, then what a new owner's grace added."""
    anchor, pauses = telling.clock.anchor, telling.cycle.pauses.get(telling.policy.name, ())
    account = telling.account
    yield from account.arithmetic(telling.calendar, anchor, rung.after, pauses)
    since, ruling = telling.cycle.owned_since, telling.account.terms.ruling
    if due == telling.calendar.due_paused(anchor, rung.after, pauses):
        return
    if ruling and ruling.before:
        yield account.say("rung.due_before_change", due=account.both(due))
    elif since:
        grace, begun = telling.policy.grace, account.both(since)
        yield account.say("rung.grace", since=begun, grace=grace, due=account.both(due))


def _done(account: Account, data: Mapping[str, Any]) -> str:
    words = []
    for each in data.get("effects", ()):
        kind, task = account.tongue.name("done", each["kind"]), each["kind"] == "task"
        to = account.who(each["to"]) if task else each["to"]
        key = "fired.which" if each["kind"] in IN_MARKETING else "fired.to"
        words.append(
            account.say(key, kind=kind, to=to or account.tongue.name("role", each["role"]))
        )
    return ", ".join(words) or account.say("fired.nobody")


def effect_words(effect: Effect, tongue: Tongue) -> str:
    """Name an effect: what it is, to whom, of what."""
    of = effect.status if effect.kind is EffectKind.STATUS else effect.name
    key = "effect.to" if effect.role.value != "nobody" else "effect.plain"
    said = tongue.say(
        key, kind=tongue.name("effect", effect.kind), role=tongue.name("role", effect.role)
    )
    said = tongue.say("effect.via", said=said, via=effect.via) if effect.via else said
    return f"{said} {of}" if of else said
