"""Disputed breaches: the manager is asked once, and what follows from his decision is done once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.draft import ROUTING, Draft
from slasync.domain.facts import FactKind
from slasync.domain.ladder import write_task
from slasync.domain.nurture import plain
from slasync.domain.recorded import said
from slasync.domain.rests import DISPUTED, Disputing
from slasync.domain.state import Cycle, OpenTask, Rest, Resting
from slasync.domain.time.calendar_spec import CoverageEnded, Offset, Unit
from slasync.domain.writes import Action, Role, write_key

ASKED = "asked"
_DAY_0 = Offset(0, Unit.CALENDAR_DAYS)


def rule(draft: Draft) -> None:
    """Ask the manager about disputes that are open, and do what was decided about the others."""
    policy, cycle = draft.terms.agreement.rests.dispute, draft.state.cycle
    if policy is None or cycle is None or draft.record is None:
        return
    for number, rest in enumerate(rest for rest in cycle.rests if rest.is_dispute):
        asked = _of_dispute(cycle, number)
        if rest.kind is not Resting.DISPUTED:
            _decided(draft, cycle, rest, number, policy)
        elif cycle.ended is not None:
            _close(draft, cycle, asked, "closed.dispute_over", str(number))
        elif rest.pause is not None and not cycle.has_fired(DISPUTED, number, ASKED):
            _ask(draft, cycle, rest, number, policy)
        elif twins := asked[:-1]:  # of leads that became one: the survivor's stands last
            _close(draft, cycle, twins, "closed.dispute_joined", f"{number}:{twins[0].key}")
    draft.refold()


def _ask(draft: Draft, cycle: Cycle, rest: Rest, number: int, policy: Disputing) -> None:
    manager = draft.stands_for(Role.MANAGER)
    effects: list[dict[str, str]] = []
    due = _due(policy, rest.asked_at)
    if manager is None:
        draft.because.append(said("disputed_no_manager"))
    else:
        effect = Effect(EffectKind.TASK, Role.MANAGER, policy.text)
        rung = Rung(ASKED, _DAY_0, (effect,))
        clock = ClockRun(
            ClockPolicy(DISPUTED, frozenset(), (rung,), ()), number, rest.asked_at, None,
            ((rung, due),),
        )  # fmt: skip
        parts = replace(draft.parts(cycle, DISPUTED, number, ASKED), role=Role.MANAGER)
        key = write_key(replace(parts, action="task"))
        write_task(draft, cycle, clock, rung, effect, manager, parts, key)
        effects = [{"kind": "task", "role": Role.MANAGER.value, "task_key": key,
                    "to": manager.key, "of": draft.owner or ""}]  # fmt: skip
    _record(draft, cycle, number, ASKED, due, effects)
    key = "disputed" if rest.reason else "disputed_no_reason"
    draft.because.append(said(key, at=rest.asked_at, reason=rest.reason))


def _due(policy: Disputing, asked_at: datetime) -> datetime:
    if policy.calendar is None:
        return asked_at
    try:
        return policy.calendar.due(asked_at, policy.within)
    except CoverageEnded:
        return asked_at


def _decided(draft: Draft, cycle: Cycle, rest: Rest, number: int, policy: Disputing) -> None:
    """A breach that was none leaves nothing behind: neither a flag nor a task of the manager's."""
    word = rest.kind.value
    if cycle.has_fired(DISPUTED, number, word):
        return
    tasks = _of_dispute(cycle, number)
    if rest.kind is Resting.ACCEPTED and cycle.ended is None:
        above = (t for t in cycle.tasks.values() if t.clock in policy.clocks)
        tasks += [task for task in above if task.role == Role.MANAGER.value]
        if cycle.stale and cycle.flagged_by <= policy.clocks:
            _unflag(draft, cycle, number)
    _close(draft, cycle, tasks, f"closed.dispute_{word}", str(number))
    at = rest.decided_at or rest.asked_at
    _record(draft, cycle, number, word, at, [])
    draft.because.append(said(f"dispute_{word}", at=at))


def _record(  # noqa: PLR0913, PLR0917 - as a rung that fired
    draft: Draft, cycle: Cycle, number: int, rung: str, due: datetime, effects: list[dict[str, str]]
) -> None:
    data = {
        "cycle": cycle.key, "clock": DISPUTED, "generation": number, "rung": rung,
        "due": due.isoformat(), "effects": effects, "superseded": False,
    }  # fmt: skip
    draft.decide(FactKind.FIRED, f"fired:{cycle.key}:{DISPUTED}:{number}:{rung}", data)


def _of_dispute(cycle: Cycle, number: int) -> list[OpenTask]:
    return [t for t in cycle.tasks.values() if (t.clock, t.generation) == (DISPUTED, number)]


def _close(draft: Draft, cycle: Cycle, tasks: list[OpenTask], word: str, which: str) -> None:
    if not tasks:
        return
    for task in tasks:
        parts = draft.parts(cycle, task.clock, task.generation, f"close:{task.key}")
        values = {"text": _words(draft, task, word)}
        parts = replace(parts, role=Role(task.role))
        draft.write(parts, Action.CLOSE_TASK, values, task_key=task.key)
    keys = sorted(task.key for task in tasks)
    data = {"cycle": cycle.key, "clock": DISPUTED, "task_keys": keys, "why": word}
    draft.decide(FactKind.WITHDRAWN, f"withdrawn:{cycle.key}:{DISPUTED}:{which}:{word}", data)


def _words(draft: Draft, task: OpenTask, word: str) -> str:
    user = draft.terms.roster.users.get(task.to)
    locale = locales.of_user(draft.terms, user) if user else locales.usual(draft.terms)
    return locale.say(word)


def _unflag(draft: Draft, cycle: Cycle, number: int) -> None:
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    name = f"clear_stale:{DISPUTED}{number}"
    if record is not None:
        parts = draft.parts(cycle, ROUTING, 0, name)
        draft.write(parts, Action.CLEAR_STALE, {}, target=record, because=said("unflagged"))
    data = {"cycle": cycle.key, "clock": ROUTING, "task_keys": [], "flag": True}
    draft.decide(FactKind.WITHDRAWN, f"unflagged:{cycle.key}:{name}", data)


# how often, and why


@dataclass(frozen=True, slots=True)
class Rate:
    """Disputes of one reason, and what became of them."""

    reason: str
    asked: int
    accepted: int
    refused: int

    @property
    def open(self) -> int:
        return self.asked - self.accepted - self.refused


def rates(cycles: Iterable[Cycle]) -> list[Rate]:
    """Count disputes by reason, the most frequent first; reasons are compared as plain words."""
    kinds: Counter[tuple[str, Resting]] = Counter()
    written: dict[str, str] = {}
    for cycle in cycles:
        for rest in cycle.rests:
            if rest.is_dispute:
                word = plain(rest.reason)
                written.setdefault(word, rest.reason.strip())
                kinds[word, rest.kind] += 1
    return sorted((_rate(kinds, word, written) for word in written), key=_place)


def _rate(kinds: Mapping[tuple[str, Resting], int], word: str, written: Mapping[str, str]) -> Rate:
    asked = sum(count for (reason, _), count in kinds.items() if reason == word)
    accepted, refused = kinds[word, Resting.ACCEPTED], kinds[word, Resting.REFUSED]
    return Rate(written[word], asked, accepted, refused)


def _place(rate: Rate) -> tuple[int, str]:
    return -rate.asked, rate.reason
