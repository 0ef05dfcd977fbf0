"""What is decided about leads that went back: on which path, when they may come again, who is told.

A time that comes is noticed by a wake-up of its own, like a rung's: nothing is searched for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, End, Rung
from slasync.domain.clocks import ClockRun, ClockState, ClockView
from slasync.domain.digests.addressees import addressees
from slasync.domain.draft import Draft
from slasync.domain.facts import FactKind
from slasync.domain.nurture import NURTURE, PATH, REASON, RETURN, RETURN_ON
from slasync.domain.protection import Rest, handed_over_after, picked_path, rest_of
from slasync.domain.recorded import said
from slasync.domain.saying import line_for
from slasync.domain.scoring import immediates
from slasync.domain.state import Cycle, Met
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import DigestLine, Role, write_key

COOL_DOWN, BACK = "cool_down", "return"
"""What may come of a lead that went back, in the rung's place."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """What goes with a lead that is given back."""

    values: Mapping[str, str]  # to be written into the CRM, as far as it is mapped
    kept: Mapping[str, str]  # with the fact
    words: str


def way_back(draft: Draft, cycle: Cycle, reason: str) -> WayBack:
    """Find the path for a reason. One that somebody has chosen in this cycle stands."""
    nurture = draft.terms.agreement.nurture
    picked = picked_path(cycle, nurture)
    path = picked[0] if picked else nurture.path_for(reason)
    values = {REASON: reason}
    if path is None:
        return WayBack(_mapped(draft, values), {}, "")
    values[PATH] = path.name
    returns = path.returns_at(draft.terms.now)
    words = said("way", path=path.name)
    if returns is not None:
        day = returns.astimezone(draft.terms.zone).date().isoformat()
        values |= {RETURN: returns.isoformat(), RETURN_ON: day}
        words = said("way_until", path=path.name, day=day)
    kept = {"path": path.name} | ({"picked": "yes"} if picked else {})
    return WayBack(_mapped(draft, values), kept, said("way_chosen", way=words) if picked else words)


def _mapped(draft: Draft, values: Mapping[str, str]) -> dict[str, str]:
    writes = draft.terms.agreement.nurture.writes
    return {n: v for n, v in values.items() if (RETURN if n == RETURN_ON else n) in writes}


# coming again


def handover_due(draft: Draft) -> Met | None:
    """Return the hand-over that is to be decided: of several the one that came first."""
    state, agreement = draft.state, draft.terms.agreement
    awaited = state.awaited(agreement.effective_from)
    if not agreement.nurture.waits or state.open_cycle is not None:
        return awaited
    found = [*handed_over_after(state, agreement, _known_to(draft)), *_urgent(draft)]
    if awaited is not None:
        found.append(awaited)
    return min(found, key=lambda met: met.at, default=None)


def _urgent(draft: Draft) -> Iterator[Met]:
    """Buying behaviour that wants action at once ends the cool-down for what was kept back."""
    kept, model = draft.state.kept_back, draft.terms.agreement.scoring
    rest = rest_of(draft.state.cycle, draft.terms.agreement.nurture)
    if kept is None or model is None or rest is None:
        return
    for found in immediates(draft.known, model):
        if rest.since <= found.at < rest.until:
            evidence = {**kept.evidence, "immediate": found.name}
            yield Met(max(kept.at, found.at), kept.definition, evidence)


def come_back(draft: Draft) -> list[ClockView]:
    """Do what a return date asks for, and say when to look again at cycles that went back."""
    if not draft.terms.agreement.nurture.waits:
        return []
    last = draft.state.cycle
    return [
        _view(draft, cycle, _look_again(draft, cycle) if cycle is last else None)
        for cycle in draft.state.cycles
        if cycle.closed or (cycle.ended and cycle.ended[1] is End.RECYCLED)
    ]


def _look_again(draft: Draft, cycle: Cycle) -> tuple[str, datetime] | None:
    """Return what is to come next of a lead that went back, and when."""
    nurture, state, upto = draft.terms.agreement.nurture, draft.state, _known_to(draft)
    rest = rest_of(cycle, nurture)
    if rest is None or state.converted or state.deleted:
        return None
    times = [(rest.until, COOL_DOWN)] if state.kept_back else []
    if rest.returns is not None and nurture.looks_again:
        times.append((rest.returns, BACK))
        if rest.returns <= upto and not cycle.has_fired(NURTURE, len(cycle.closed), BACK):
            _remind(draft, cycle, rest, rest.returns)
    return min(((name, at) for at, name in times if at > upto), key=lambda t: t[1], default=None)


def _known_to(draft: Draft) -> datetime:
    """Up to when everything is known that may have a say."""
    now = draft.terms.now
    return min(now, draft.terms.ready.get(NURTURE, now))


def _remind(draft: Draft, cycle: Cycle, rest: Rest, at: datetime) -> None:
    """Tell marketing, once, that a lead's time in its path is over."""
    text, generation = draft.terms.agreement.nurture.reminds, len(cycle.closed)
    rung = Rung(
        BACK, Offset(0, Unit.CALENDAR_DAYS), (Effect(EffectKind.DIGEST, Role.MARKETING, text),)
    )
    policy = ClockPolicy(name=NURTURE, ends=frozenset(), rungs=(rung,), streams=())
    clock = ClockRun(policy, generation, rest.since, None, ((rung, at),))
    told = _lines(draft, cycle, clock, rung) if text else []
    effects = [{"kind": "digest", "role": Role.MARKETING.value, "to": ", ".join(told)}]
    data = {
        "cycle": cycle.key, "clock": NURTURE, "generation": generation, "rung": BACK,
        "due": at.isoformat(), "effects": effects if told else [], "superseded": False,
    }  # fmt: skip
    draft.decide(FactKind.FIRED, f"fired:{cycle.key}:{NURTURE}:{generation}:{BACK}", data)
    key, path, to = "back_told" if told else "back", rest.path.name, ", ".join(told)
    draft.because.append(said(key, clock=NURTURE, rung=BACK, path=path, readers=to))


def _lines(draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung) -> list[str]:
    parts = draft.parts(cycle, NURTURE, clock.generation, rung.name)
    parts = replace(parts, role=Role.MARKETING, action=EffectKind.DIGEST.value)
    readers = [each.address for each in addressees(draft, Role.MARKETING)[1]]
    for reader in readers:
        line = line_for(draft, cycle, clock, rung, rung.effects[0], reader)
        key = write_key(replace(parts, extra={"to": reader}))
        draft.digest.append(DigestLine(key, draft.lead.key, reader, line))
    return readers


def _view(draft: Draft, cycle: Cycle, coming: tuple[str, datetime] | None) -> ClockView:
    since = cycle.ended[0] if cycle.ended else cycle.anchor
    return ClockView(
        lead=draft.lead.key,
        cycle=cycle.key,
        clock=NURTURE,
        generation=len(cycle.closed),
        state=ClockState.RUNNING if coming else ClockState.ENDED,
        anchor_at=since,
        gate=NURTURE,
        wake_at=coming[1] if coming else None,
        next_rung=coming[0] if coming else None,
        due_at=None,  # no deadline of anybody's
        ended_at=None,
        end_reason=None,
        calendar="",
    )
