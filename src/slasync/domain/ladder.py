"""Climbing a ladder: which rungs fire now, and what each of them does."""

from dataclasses import replace
from datetime import datetime, timedelta

from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, OnReassign, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.coming_back import way_back
from slasync.domain.digests.addressees import addressees
from slasync.domain.digests.messages import notify
from slasync.domain.draft import Draft
from slasync.domain.facts import REMADE, FactKind
from slasync.domain.lead import Roster, User, UserKey
from slasync.domain.recorded import said
from slasync.domain.routing import Assign, routed_id
from slasync.domain.rung_changes import (
    change_list,
    expected_status,
    request_programme,
    set_property,
    set_status,
)
from slasync.domain.saying import deadline, flag_words, line_for, task_effect, task_words
from slasync.domain.state import Cycle, OpenTask
from slasync.domain.writes import Action, DigestLine, Judged, KeyParts, Role, write_key

MESSAGES = frozenset({EffectKind.TASK, EffectKind.DIGEST, EffectKind.NOTIFY})
LATE = timedelta(minutes=15)
"""A rung decided later than this after its due time counts against the caps."""


def climb(draft: Draft, cycle: Cycle, policy: ClockPolicy) -> ClockRun:
    """Fire what is due of one clock. Return the clock as it was before."""
    terms, clock = draft.terms, draft.run(policy, cycle)
    if draft.record is None and cycle.ended is None:
        return clock  # waiting_for_record
    if clock.ended:  # nobody looks at it again once its data is complete: recorded now
        then = draft.as_ended(clock)
        if then is not None and then.ended:
            miss(draft, cycle, then, then.ended[0])
        return clock
    unfired = clock.unfired(cycle)
    horizon = min(terms.now, terms.ready.get(policy.gate, terms.now))
    due = [(rung, at) for rung, at in unfired if at <= horizon]
    for rung, at in due:
        _fire(draft, cycle, clock, rung, at, last=rung is due[-1][0])
    return clock


def miss(draft: Draft, cycle: Cycle, clock: ClockRun, until: datetime) -> None:
    """Record rungs whose time had passed before something ended or restarted their clock `until`.

    They are breaches to be counted; there is nothing to be sent any more.
    """
    for rung, at in clock.unfired(cycle):
        if at < until:
            _record(draft, cycle, clock, rung, at, [], superseded=True)


def _fire(  # noqa: PLR0913 - one rung of one clock of one cycle of one lead
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, at: datetime, *, last: bool
) -> None:
    """Of several rungs due at once the highest one's message goes out; other effects all do."""
    before = len(draft.writes)
    effects = [e for e in rung.effects if last or e.kind not in MESSAGES]
    done = [_do(draft, cycle, clock, rung, effect, at) for effect in effects]
    if draft.terms.now - at > LATE:
        draft.late.update(w.key for w in draft.writes[before:])
    made = [effect for effect in done if effect is not None]
    _record(draft, cycle, clock, rung, at, made, superseded=not last)


def _record(  # noqa: PLR0913, PLR0917
    draft: Draft,
    cycle: Cycle,
    clock: ClockRun,
    rung: Rung,
    at: datetime,
    effects: list[dict[str, str]],
    *,
    superseded: bool,
) -> None:
    name, generation = clock.policy.name, clock.generation
    data = {
        "cycle": cycle.key, "clock": name, "generation": generation, "rung": rung.name,
        "due": at.isoformat(), "effects": effects, "superseded": superseded,
    }  # fmt: skip
    fired_id = f"fired:{cycle.key}:{name}:{generation}:{rung.name}"
    draft.decide(FactKind.FIRED, fired_id, data)
    key, count = "rung_superseded" if superseded else "rung_fired", len(effects)
    draft.because.append(said(key, clock=name, rung=rung.name, at=at, n=count))


def _do(  # noqa: PLR0913, PLR0917
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect, at: datetime
) -> dict[str, str] | None:
    match effect.kind:
        case EffectKind.TASK:
            return _task(draft, cycle, clock, rung, effect)
        case EffectKind.DIGEST:
            return _digest(draft, cycle, clock, rung, effect)
        case EffectKind.FLAG_STALE:
            return _flag(draft, cycle, clock, rung, effect, at)
        case EffectKind.REASSIGN:
            return _reassign(draft, cycle, clock, rung)
        case EffectKind.RECYCLE:
            return _recycle(draft, cycle, clock, rung, effect)
    return _beyond_tasks(draft, cycle, clock, rung, effect)


def _beyond_tasks(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """What is neither a task nor about who owns the lead."""
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    match effect.kind:
        case EffectKind.NOTIFY:
            return notify(draft, cycle, clock, rung, effect)
        case EffectKind.STATUS:
            return set_status(draft, cycle, parts, rung, effect)
        case EffectKind.PROPERTY:
            return set_property(draft, parts, rung, effect)
        case EffectKind.PROGRAMME:
            return request_programme(draft, cycle, clock, rung, effect)
        case _:
            return change_list(draft, parts, rung, effect)


def _task(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Upsert the one open task of this clock, generation and role; make a new one if it is gone."""
    user = draft.stands_for(effect.role)
    if user is None:
        draft.because.append(said("no_task", rung=rung.name, role=effect.role))
        return _digest(draft, cycle, clock, rung, replace(effect, role=Role.LEADERSHIP))
    generation = clock.generation
    parts = replace(draft.parts(cycle, clock.policy.name, generation, rung.name), role=effect.role)
    task_key = open_task(cycle, clock, effect.role) or write_key(replace(parts, action="task"))
    write_task(draft, cycle, clock, rung, effect, user, parts, task_key)
    of = draft.owner or ""
    role = effect.role.value
    due = deadline(clock, rung).isoformat()
    return {"kind": "task", "role": role, "task_key": task_key, "to": user.key, "of": of,
            "due": due}  # fmt: skip


def remake(draft: Draft, cycle: Cycle, task: OpenTask, user: User, *, shifted: str = "") -> None:
    """Make a task that was dropped because the lead had another owner by then, or that is held.

    `shifted`: tells apart what is made anew for the same owner, as another time is due.
    """
    found = task_effect(draft, cycle, task)
    if found is None:
        return
    times = f"{len(draft.state.owners)}{shifted}"
    parts = draft.parts(cycle, task.clock, task.generation, f"remake{times}:{task.key}")
    parts = replace(parts, role=Role(task.role))
    write_task(draft, cycle, *found, user, parts, task.key)
    due = deadline(*found[:2]).isoformat()
    data = {"cycle": cycle.key, "task_key": task.key, "to": user.key, "of": draft.owner or "",
            "due": due}  # fmt: skip
    draft.decide(FactKind.MOVED, f"{REMADE}{task.key}:{times}", data)


def write_task(  # noqa: PLR0913, PLR0917 - a task is about all of these
    draft: Draft,
    cycle: Cycle,
    clock: ClockRun,
    rung: Rung,
    effect: Effect,
    user: User,
    parts: KeyParts,
    task_key: str,
) -> None:
    """Queue a task for `user`, in his words."""
    text = draft.terms.agreement.texts[effect.text]
    values = {
        **task_words(draft, cycle, clock, rung, effect, user),
        "priority": text.priority,
        "owner": user.key,
        "due": deadline(clock, rung).isoformat(),
    }
    because = said("task", rung=rung.name, role=effect.role, name=user.name)
    made = draft.write(
        parts, Action.TASK, values, target=draft.record, task_key=task_key, because=because
    )
    draft.writes[-1] = replace(made, judged=Judged(draft.owner, None))


def open_task(cycle: Cycle, clock: ClockRun, role: Role) -> str | None:
    """Return the key of the task still open for this clock, generation and role."""
    wanted = (clock.policy.name, clock.generation, role.value)
    open_ones = [t.key for t in cycle.tasks.values() if (t.clock, t.generation, t.role) == wanted]
    return open_ones[-1] if open_ones else None


def _digest(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """One line for each of the role's people; sent by the digest, never at once."""
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    parts = replace(parts, role=effect.role, action="digest")
    readers = [each.address for each in addressees(draft, effect.role)[1]]
    if not readers:
        draft.because.append(said("no_digest", rung=rung.name, role=effect.role))
        return None
    for reader in readers:
        key = write_key(replace(parts, extra={"to": reader}))
        line = line_for(draft, cycle, clock, rung, effect, reader)
        draft.digest.append(DigestLine(key, draft.lead.key, reader, line))
    return {"kind": "digest", "role": effect.role.value, "to": ", ".join(readers)}


def _flag(  # noqa: PLR0913, PLR0917
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect, at: datetime
) -> dict[str, str] | None:
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record is None:
        return None
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    why = flag_words(draft, cycle, clock, rung, effect, at)
    made = draft.write(
        parts,
        Action.FLAG_STALE,
        {"since": at.isoformat(), "why": why},
        target=record,
        because=said("flagged", rung=rung.name),
    )
    draft.writes[-1] = replace(made, judged=Judged(draft.state.owner, None))
    return {"kind": "flag_stale", "role": Role.NOBODY.value, "to": ""}


def _recycle(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Give the lead back to marketing, unless somebody changes it first."""
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record is None:
        draft.because.append(said("nothing_to_give_back", rung=rung.name))
        return None
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    way = way_back(draft, cycle, effect.reason)
    values = {"status": effect.status, "why": effect.reason, **way.values}
    because = said("given_back", rung=rung.name, reason=effect.reason, way=way.words)
    expected = expected_status(draft, cycle)
    made = draft.write(parts, Action.STATUS, values, target=record, because=because)
    draft.writes[-1] = replace(made, judged=Judged(draft.state.owner, None, expected))
    return {"kind": "recycle", "role": Role.NOBODY.value, "to": effect.reason, **way.kept}


def _reassign(draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung) -> dict[str, str] | None:
    """Wish for another owner; after the last restart the lead goes to the manager's queue."""
    terms, state = draft.terms, draft.state
    if state.pinned(terms.roster):
        draft.because.append(said("pinned", rung=rung.name))
        return None
    if draft.placing is not None:
        return _restart_for(draft, cycle, clock, draft.placing, cycle.generation + 1)
    generation = max([cycle.generation, *cycle.unchosen]) + 1
    if cycle.generation < clock.policy.restarts:
        reason = said("not_worked", clock=clock.policy.name, rung=rung.name)
        draft.assign = another(draft, cycle, generation, reason)
        effect = {"kind": "reassign", "role": Role.NOBODY.value, "to": "pool"}
        return effect | {"generation": str(generation)}
    return _to_queue(draft, cycle, clock, rung, generation)


def _restart_for(
    draft: Draft, cycle: Cycle, clock: ClockRun, owner: UserKey, generation: int
) -> dict[str, str] | None:
    """After an outage: whoever is only being given the lead has not let it lie."""
    if generation > clock.policy.restarts or clock.policy.on_reassign != OnReassign.RESTART:
        return None
    name = clock.policy.name
    data = {"cycle": cycle.key, "clock": name, "generation": generation, "owner": owner}
    draft.decide(FactKind.RESTARTED, f"restarted:{cycle.key}:{generation}", data)
    draft.because.append(said("restarted_now", clock=name))
    return {"kind": "restart", "role": Role.NOBODY.value, "to": owner}


def another(draft: Draft, cycle: Cycle, generation: int, reason: str) -> Assign:
    """Wish for an owner who has not had the lead in this cycle."""
    return Assign(
        pool=draft.terms.agreement.pool,
        cycle=cycle.key,
        generation=generation,
        exclude=_had_it(draft, cycle),
        reason=reason,
        refused=frozenset(cycle.refused),
    )


def _had_it(draft: Draft, cycle: Cycle) -> frozenset[UserKey]:
    owners = {o.owner for o in draft.state.owners if o.at >= cycle.anchor}
    routed = {UserKey(f.data["owner"]) for f in cycle.routed if f.data["owner"]}
    current = {draft.state.owner} if draft.state.owner else set()
    return frozenset(owners | routed | current)


def _to_queue(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, generation: int
) -> dict[str, str] | None:
    """The ladder ends: the queue owns the lead, its manager has one task."""
    pool = draft.terms.pool
    taker = _queue_of(draft.terms.roster, pool.queue if pool else None)
    taker = taker or draft.terms.manager_of(draft.state.owner)
    if taker is None:
        draft.because.append(said("no_restart", rung=rung.name))
        return None
    data = {
        "cycle": cycle.key, "generation": generation, "owner": taker.key,
        "from": draft.state.owner, "pool": "queue",
        "why": said("owners_idle", n=clock.policy.restarts),
    }  # fmt: skip
    draft.decide(FactKind.ROUTED, routed_id(cycle.key, generation, cycle.refused), data)
    effect = {"kind": "to_queue", "role": Role.NOBODY.value, "to": taker.key}
    return effect | {"generation": str(generation)}


def _queue_of(roster: Roster, name: str | None) -> User | None:
    return roster.by_queue.get(name) if name else None
