"""The one decision: from a lead's history and the agreement to what is due now, and why.

Pure. What it returns has not happened yet; what it decided becomes part of the history.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import OnReassign, Stage
from slasync.domain.clocks import ClockRun, ClockView, run, view
from slasync.domain.draft import Draft, Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import Cycle, OpenTask
from slasync.domain.ladder import climb
from slasync.domain.lead import Lead, LeadKey, UserKey
from slasync.domain.routing import Assign, Choice
from slasync.domain.writes import Action, DigestLine, Judged, Role, Write

ROUTING = "routing"
"""Stands in the clock's place of facts and keys that are about who owns the lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is due for one lead. With `assign` set: route, enter the choice, decide again."""

    lead: LeadKey
    facts: tuple[Fact, ...]
    writes: tuple[Write, ...]
    digest: tuple[DigestLine, ...]
    clocks: tuple[ClockView, ...]
    because: tuple[str, ...]
    late: frozenset[str]  # keys of writes decided long after they were due
    assign: Assign | None
    stage: Stage
    owner: UserKey | None
    sla_state: str
    due_at: datetime | None


def decide(lead: Lead, history: Sequence[Fact], terms: Terms) -> Decision:
    """Decide about one lead as `history` has it at `terms.now`."""
    draft = Draft(terms, lead, history)
    _hand_over(draft)
    clocks: list[ClockView] = []
    cycle = draft.state.cycle
    if cycle is not None:
        if cycle.ended is None:
            _place(draft, cycle)
        if draft.assign is None:
            clocks = _run_clocks(draft)
            _tell(draft, clocks)
    return _decision(draft, clocks)


def chosen(decision: Decision, choice: Choice, now: datetime) -> Fact:
    """Return the fact that `decision.assign` was fulfilled by `choice`."""
    assign = decision.assign
    if assign is None:
        raise ValueError(f"{decision.lead}: no owner was asked for")
    data = {
        "cycle": assign.cycle, "generation": assign.generation, "owner": choice.owner or "",
        "from": decision.owner, "pool": assign.pool, "why": choice.why,
    }  # fmt: skip
    return Fact(
        kind=FactKind.ROUTED,
        occurred_at=now,
        seen_at=now,
        source=OURS,
        source_id=f"routed:{assign.cycle}:{assign.generation}",
        data=data,
    )


def _hand_over(draft: Draft) -> None:
    """Open a cycle when a definition was met, unless that was before slasync began to judge."""
    met, start = draft.state.met, draft.terms.agreement.effective_from
    if met is None or draft.state.open_cycle or (start is not None and met.at < start):
        return
    name = f"c{len(draft.state.cycles) + 1}"
    data = {"cycle": name, "definition": met.definition, "evidence": dict(met.evidence)}
    draft.decide(FactKind.HANDOVER, f"handover:{name}", data, met.at)
    draft.because.append(f"handed over: {met.definition} was met at {met.at.isoformat()}")
    draft.refold()


def _place(draft: Draft, cycle: Cycle) -> None:
    """See that the routed owner owns the record; route first where nobody was chosen."""
    if not cycle.routed:
        _choose(draft, cycle)
        return
    wanted = cycle.routed[-1].data
    generation = int(wanted["generation"])
    owner = UserKey(wanted["owner"])
    if cycle.has_fired(ROUTING, generation, "place") or not owner:
        return
    if draft.record is None:
        _create(draft, cycle, owner, generation)
        return
    if draft.state.owner != owner and not draft.state.pinned(draft.terms.roster):
        _take_over(draft, cycle, owner, generation, str(wanted.get("why", "")))
    _mark(draft, cycle, generation, "place")
    draft.refold()


def _choose(draft: Draft, cycle: Cycle) -> None:
    """Keep an owner who is an active person; else wish for one."""
    terms, owner = draft.terms, draft.state.owner
    user = terms.roster.users.get(owner) if owner else None
    if user and user.active and terms.roster.is_person(user.key):
        data = {
            "cycle": cycle.key, "generation": 0, "owner": user.key, "from": user.key,
            "pool": "", "why": "the owner it had is kept",
        }  # fmt: skip
        draft.decide(FactKind.ROUTED, f"routed:{cycle.key}:0", data)
        _mark(draft, cycle, 0, "place")
        draft.refold()
        return
    draft.assign = Assign(terms.agreement.pool, cycle.key, 0, reason="handed over by marketing")


def _mark(draft: Draft, cycle: Cycle, generation: int, rung: str) -> None:
    data = {"cycle": cycle.key, "clock": ROUTING, "generation": generation, "rung": rung}
    draft.decide(FactKind.FIRED, f"fired:{cycle.key}:{ROUTING}:{generation}:{rung}", data)


def _create(draft: Draft, cycle: Cycle, owner: UserKey, generation: int) -> None:
    """Make the CRM's record at the hand-over, where the agreement with the CRM says so."""
    if not draft.terms.agreement.create_leads or cycle.has_fired(ROUTING, 0, "create"):
        return
    values = {**draft.lead.fields, "owner": owner, "lead_key": draft.lead.key}
    parts = draft.parts(cycle, ROUTING, generation, "create")
    draft.write(parts, Action.CREATE_LEAD, values, because="lead created in the CRM at hand-over")
    _mark(draft, cycle, 0, "create")
    draft.refold()


def _take_over(draft: Draft, cycle: Cycle, owner: UserKey, generation: int, why: str) -> None:
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record is None:
        return
    parts = replace(draft.parts(cycle, ROUTING, generation, "place"), role=Role.OWNER)
    made = draft.write(
        parts, Action.OWNER, {"owner": owner}, target=record, because=f"owner changed: {why}"
    )
    draft.writes[-1] = replace(made, judged=Judged(draft.state.owner, None))


def _restart(draft: Draft, cycle: Cycle) -> None:
    """Another owner, however he came by the lead, has the whole clock before him."""
    owner = draft.state.owner
    if not cycle.has_fired(ROUTING, 0, "place") or not draft.terms.roster.is_person(owner):
        return
    last = cycle.restarts[-1].owner if cycle.restarts else cycle.routed[0].data["owner"]
    if owner is None or owner == last:
        return
    for policy in draft.terms.agreement.clocks:
        _, calendar = draft.terms.calendar(policy)
        if (
            policy.on_reassign == OnReassign.RESTART
            and cycle.generation < policy.restarts
            and run(policy, cycle, calendar).ended is None
        ):
            at = max(draft.state.owners[-1].at, cycle.anchor)
            generation = cycle.generation + 1
            data = {
                "cycle": cycle.key, "clock": policy.name, "generation": generation, "owner": owner,
            }  # fmt: skip
            draft.decide(FactKind.RESTARTED, f"restarted:{cycle.key}:{generation}", data, at)
            draft.because.append(f"{policy.name} starts again for its new owner")
            draft.refold()
            return


def _run_clocks(draft: Draft) -> list[ClockView]:
    """Restart, climb, tidy up; then say when to look again."""
    before = draft.state.cycle
    if before is not None and before.ended is None:
        _restart(draft, before)
    cycle = draft.state.cycle
    if cycle is None:
        return []
    clocks = [climb(draft, cycle, policy) for policy in draft.terms.agreement.clocks]
    draft.refold()
    now_open = draft.state.cycle or cycle
    for clock in clocks:
        _tidy(draft, now_open, clock)
    _clear_flag(draft, now_open)
    _move(draft, now_open)
    if draft.assign is None and now_open.ended is None:
        _place(draft, now_open)
    draft.refold()
    return _views(draft)


def _views(draft: Draft) -> list[ClockView]:
    cycle, views = draft.state.cycle, []
    for policy in draft.terms.agreement.clocks if cycle else ():
        if cycle is not None:
            name, calendar = draft.terms.calendar(policy)
            clock = run(policy, cycle, calendar)
            record = draft.record is not None
            views.append(view(draft.lead.key, cycle, clock, name, record=record))
    return views


def _tidy(draft: Draft, cycle: Cycle, clock: ClockRun) -> None:
    """Close our tasks of a clock that ended, and those of generations gone by."""
    name = clock.policy.name
    idle = [
        task
        for task in cycle.tasks.values()
        if task.clock == name and (clock.ended or task.generation < clock.generation)
    ]
    if not idle:
        return
    reason = _why_closed(clock)
    if not draft.state.deleted:
        for task in idle:
            _close(draft, cycle, task, reason)
    keys = sorted(task.key for task in idle)
    data = {"cycle": cycle.key, "clock": name, "task_keys": keys, "why": reason}
    draft.decide(FactKind.WITHDRAWN, f"withdrawn:{cycle.key}:{name}:{_digest(keys)}", data)


def _why_closed(clock: ClockRun) -> str:
    if clock.ended is None:
        return "Closed by slasync: the lead has another owner now."
    return f"Closed by slasync: {clock.ended[1].value} at {clock.ended[0].isoformat()}."


def _close(draft: Draft, cycle: Cycle, task: OpenTask, reason: str) -> None:
    parts = draft.parts(cycle, task.clock, task.generation, f"close:{task.key}")
    parts = replace(parts, role=Role(task.role))
    draft.write(parts, Action.CLOSE_TASK, {"text": reason}, task_key=task.key)


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _clear_flag(draft: Draft, cycle: Cycle) -> None:
    """A lead whose cycle ended is not stale any more."""
    if not cycle.stale or cycle.ended is None:
        return
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record and not draft.state.converted and not draft.state.deleted:
        parts = draft.parts(cycle, ROUTING, 0, "clear_stale")
        draft.write(parts, Action.CLEAR_STALE, {}, target=record, because="stale flag cleared")
    data = {"cycle": cycle.key, "clock": ROUTING, "task_keys": [], "flag": True}
    draft.decide(FactKind.WITHDRAWN, f"unflagged:{cycle.key}", data)


def _move(draft: Draft, cycle: Cycle) -> None:
    """Give open tasks of the owner to whoever owns the lead now."""
    owner = draft.state.owner
    if owner is None or cycle.ended or not draft.terms.roster.is_person(owner):
        return
    current = draft.state.cycle or cycle
    times = len(draft.state.owners)
    for task in list(current.tasks.values()):
        if task.role != Role.OWNER.value or task.to == owner or _closing(draft, task):
            continue
        parts = draft.parts(cycle, task.clock, task.generation, f"move{times}:{task.key}")
        draft.write(
            replace(parts, role=Role.OWNER),
            Action.TASK,
            {"owner": owner},
            target=draft.record,
            task_key=task.key,
            because="open task moved to the new owner",
        )
        data = {"cycle": cycle.key, "task_key": task.key, "to": owner}
        draft.decide(FactKind.MOVED, f"moved:{task.key}:{times}", data)


def _closing(draft: Draft, task: OpenTask) -> bool:
    return any(w.action == Action.CLOSE_TASK and w.task_key == task.key for w in draft.writes)


def _tell(draft: Draft, clocks: Sequence[ClockView]) -> None:
    """Let the marketing system know stage, owner and SLA state, when they changed.

    Not while the CRM's record is being created: that is a matter of seconds.
    """
    agreement, state, cycle = draft.terms.agreement, draft.state, draft.state.cycle
    target = draft.lead.ref(agreement.marketing, "contact")
    if target is None or cycle is None:
        return
    if draft.record is None and agreement.create_leads and cycle.ended is None:
        return
    owner = draft.terms.roster.users.get(state.owner) if state.owner else None
    due = next_due(clocks)
    told: dict[str, Any] = {
        "stage": state.stage.value,
        "owner": (owner.email or owner.name) if owner else "",
        "sla_state": sla_state(draft, clocks),
        "due": due.isoformat() if due else "",
    }
    if {**told, "due": ""} == {**state.told, "due": ""}:
        return  # the due time alone is not worth a call: it is told with the next change
    parts = draft.parts(cycle, ROUTING, 0, f"tell{state.told_times}")
    draft.write(parts, Action.PROPERTIES, told, system=agreement.marketing, target=target)
    draft.decide(FactKind.TOLD, f"told:{state.told_times}", told)


def next_due(clocks: Sequence[ClockView]) -> datetime | None:
    """The earliest deadline still running."""
    return min((c.due_at for c in clocks if c.due_at is not None), default=None)


def sla_state(draft: Draft, clocks: Sequence[ClockView]) -> str:
    """One word for people: how the lead stands with the agreement."""
    cycle = draft.state.cycle
    if cycle is None:
        return ""
    if cycle.ended:
        return cycle.ended[1].value
    if cycle.stale:
        return "stale"
    if draft.record is None:
        return "waiting for record"
    reminded = any(
        clock != ROUTING and not _first_rung(draft, clock, rung) for clock, _, rung in cycle.fired
    )
    touched = any(c.end_reason == "touch" for c in clocks)
    if touched:
        return "touched"
    return "overdue" if reminded else "open"


def _first_rung(draft: Draft, clock: str, rung: str) -> bool:
    ladders: Mapping[str, str] = {
        c.name: c.rungs[0].name for c in draft.terms.agreement.clocks if c.rungs
    }
    return ladders.get(clock) == rung


def _decision(draft: Draft, clocks: Sequence[ClockView]) -> Decision:
    return Decision(
        lead=draft.lead.key,
        facts=tuple(draft.facts),
        writes=tuple(draft.writes),
        digest=tuple(draft.digest),
        clocks=tuple(clocks),
        because=tuple(draft.because),
        late=frozenset(draft.late),
        assign=draft.assign,
        stage=draft.state.stage,
        owner=draft.state.owner,
        sla_state=sla_state(draft, clocks),
        due_at=next_due(clocks),
    )
