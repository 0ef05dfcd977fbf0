"""The one decision: from a lead's history and the agreement to what is due now, and why.

Pure. What it returns has not happened yet; what it decided becomes part of the history.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from slasync.domain.acting import act
from slasync.domain.agreement import Stage
from slasync.domain.clocks import ClockRun, ClockView, view, woken
from slasync.domain.coming_back import come_back, handover_due
from slasync.domain.disproving import disprove
from slasync.domain.disputes import rule
from slasync.domain.draft import ROUTING, Draft, Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.ladder import climb
from slasync.domain.lead import Lead, LeadKey, UserKey, UserKind
from slasync.domain.modes import Mode
from slasync.domain.owners import miss_of_first, move, offer_again, place, restart
from slasync.domain.recorded import said
from slasync.domain.rep_fields import show
from slasync.domain.rescheduling import reschedule
from slasync.domain.rests import DISPUTED
from slasync.domain.routing import Assign, Choice, routed_id
from slasync.domain.saying import closing_words
from slasync.domain.snooze import goes_on_at
from slasync.domain.starting import begin
from slasync.domain.state import Cycle, OpenTask
from slasync.domain.telling import Standing, standing_of, tell
from slasync.domain.writes import Action, DigestLine, Role, Write


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
    opened: datetime | None = None  # when the cycle began; nothing of it happened before
    agreement: str = ""  # the hash of the edition that the last cycle's clocks were run by
    mode: Mode = Mode.ENFORCE
    withheld: Mapping[str, Mode] = field(default_factory=dict)
    """Keys of writes and digest lines that are not to be sent, and the mode that says so."""
    stopped: bool = False  # what is queued for the lead is not to be sent any more
    pinned: bool = False  # a person chose the present owner
    unchosen: Mapping[int, str] = field(default_factory=dict)
    """Generations of its cycle whose owners are none, and why."""
    cycle: str = ""  # the last one's key


def decide(
    lead: Lead, history: Sequence[Fact], terms: Terms, *, nobody_fits: bool = False
) -> Decision:
    """Decide about one lead as `history` has it at `terms.now`.

    `nobody_fits`: an owner was asked for and there is none. The clocks run all the same.
    """
    draft = Draft(terms, lead, history).settled()
    act(draft)
    # handed over again since the last look: the cycle before is left in order first
    before = _run_clocks(draft) if draft.state.cycle and handover_due(draft) else []
    _hand_over(draft)
    act(draft)
    clocks: list[ClockView] = []
    cycle = draft.state.cycle
    if cycle is not None and cycle.ended is None:
        place(draft, cycle)
    runs = cycle is not None and (draft.assign is None or nobody_fits)
    if runs:
        clocks = _run_clocks(draft)
        rule(draft)
    standing = standing_of(draft, clocks)
    if runs:
        tell(draft, standing)
        show(draft, clocks, standing)
    return _decision(draft, [*before, *come_back(draft)], clocks, standing)


def chosen(decision: Decision, choice: Choice, now: datetime) -> Fact:
    """Return the fact that `decision.assign` was fulfilled by `choice`."""
    assign = decision.assign
    if assign is None:
        raise ValueError(f"{decision.lead}: no owner was asked for")
    data = {
        "cycle": assign.cycle, "generation": assign.generation, "owner": choice.owner or "",
        "from": decision.owner, "pool": choice.pool, "why": choice.why, **choice.kept,
    }  # fmt: skip
    return Fact(
        kind=FactKind.ROUTED,
        occurred_at=max(now, decision.opened or now),
        seen_at=now,
        source=OURS,
        source_id=routed_id(assign.cycle, assign.generation, assign.refused),
        data=data,
    )


def _hand_over(draft: Draft) -> None:
    """Open a cycle when a definition was met, unless that was before slasync began to judge."""
    met, start = handover_due(draft), draft.terms.agreement.effective_from
    if met is None or draft.state.open_cycle or (start is not None and met.at < start):
        return
    name = f"c{draft.state.handovers + 1}"
    data = {"cycle": name, "definition": met.definition, "evidence": dict(met.evidence)}
    data["agreement"] = draft.present.agreement.hash  # which may have a say when another follows
    # the system's time stands, though it be ahead of ours: ours may lag after a machine slept
    draft.decide(FactKind.HANDOVER, f"handover:{name}", data, met.at)
    draft.because.append(said("handed_over", definition=met.definition, at=met.at))
    draft.refold()


def _run_clocks(draft: Draft) -> list[ClockView]:
    """Restart, climb, tidy up; then say when to look again."""
    before = draft.state.cycle
    if before is not None:
        restart(draft, before)
        if before.ended is None:
            begin(draft)
    cycle = draft.state.cycle
    if cycle is None:
        return []
    miss_of_first(draft, cycle)
    known = len(draft.facts)
    clocks = [climb(draft, cycle, policy) for policy in draft.begun(cycle)]
    draft.refold()
    now_open = draft.state.cycle or cycle
    for clock in clocks:
        _tidy(draft, now_open, clock)
        if then := draft.as_ended(clock):
            disprove(draft, now_open, then)
    dropped = _drop(draft, now_open, {clock.policy.name for clock in clocks})
    _clear_flag(draft, now_open, {c.policy.name for c in clocks if c.ended} | dropped)
    move(draft, now_open)
    draft.refold()  # a breach that was none asks for nobody
    now_open = draft.state.cycle or now_open
    if draft.assign is None and now_open.ended is None:
        offer_again(draft, now_open, {c.policy.name for c in clocks if c.ended})
        if draft.assign is None:
            place(draft, now_open)
    draft.refold()
    runs = clocks if len(draft.facts) == known else _now(draft)
    reschedule(draft, runs)
    draft.refold()
    return _views(draft, runs)


def _now(draft: Draft) -> list[ClockRun]:
    """Return the clocks as what was decided has left them."""
    cycle = draft.state.cycle
    return [draft.run(policy, cycle) for policy in draft.begun(cycle)] if cycle else []


def _views(draft: Draft, clocks: Sequence[ClockRun]) -> list[ClockView]:
    cycle, record = draft.state.cycle, draft.record is not None
    at = goes_on_at(cycle.rests, draft.terms.now) if cycle else None
    seen = (view(draft.lead.key, cycle, clock, record=record) for clock in clocks if cycle)
    return [woken(each, at) for each in seen]


def _tidy(draft: Draft, cycle: Cycle, clock: ClockRun) -> None:
    """Close our tasks of a clock that ended, and those of generations gone by."""
    name = clock.policy.name
    idle = [
        task
        for task in cycle.tasks.values()
        if task.clock == name
        and (clock.ended or task.generation < clock.generation or _doubled(draft, cycle, task))
    ]
    if idle:
        _withdraw(draft, cycle, idle, clock)


def _drop(draft: Draft, cycle: Cycle, agreed: Collection[str]) -> set[str]:
    """Close our tasks of clocks that are not agreed any more; return those clocks.

    Nobody is to be asked for what neither side wants, and no other decision would see to them.
    """
    flagging = cycle.flagged_by if cycle.stale else set()
    dropped = {task.clock for task in cycle.tasks.values()} | flagging
    dropped -= {*agreed, DISPUTED}
    for name in sorted(dropped):
        if idle := [task for task in cycle.tasks.values() if task.clock == name]:
            _withdraw(draft, cycle, idle, None)
    return dropped


def _withdraw(draft: Draft, cycle: Cycle, idle: Sequence[OpenTask], clock: ClockRun | None) -> None:
    if not draft.state.deleted or draft.terms.agreement.tasks_remain:
        for task in idle:
            _close(draft, cycle, task, closing_words(draft, clock, task))
    name, keys = idle[0].clock, sorted(task.key for task in idle)
    data = {"cycle": cycle.key, "clock": name, "task_keys": keys, "why": _why_closed(clock)}
    which = _digest(sorted(task.key + task.again for task in idle))
    draft.decide(FactKind.WITHDRAWN, f"withdrawn:{cycle.key}:{name}:{which}", data)


def _doubled(draft: Draft, cycle: Cycle, task: OpenTask) -> bool:
    """Nobody's lead any more, but a queue's: of two tasks the one of its manager remains.

    Of two tasks for one thing, each of a lead that turned out to be the same, the later remains.
    """
    if draft.state.joined:
        twins = [t.key for t in cycle.tasks.values() if _place(t) == _place(task)]
        if task.key != twins[-1]:
            return True
    owner = draft.terms.roster.users.get(draft.owner) if draft.owner else None
    if owner is None or owner.kind != UserKind.QUEUE or task.role != Role.OWNER.value:
        return False
    place = (task.clock, task.generation, Role.MANAGER.value)
    return any(_place(t) == place for t in cycle.tasks.values())


def _place(task: OpenTask) -> tuple[str, int, str]:
    return task.clock, task.generation, task.role


def _why_closed(clock: ClockRun | None) -> str:
    if clock is None:
        return said("closed_not_agreed")
    if clock.ended is None:
        return said("closed_another_owner")
    return said("closed_end", end=clock.ended[1], at=clock.ended[0])


def _close(draft: Draft, cycle: Cycle, task: OpenTask, reason: str) -> None:
    name = f"close:{task.key}:{task.again}" if task.again else f"close:{task.key}"
    parts = draft.parts(cycle, task.clock, task.generation, name)
    parts = replace(parts, role=Role(task.role))
    draft.write(parts, Action.CLOSE_TASK, {"text": reason}, task_key=task.key)


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _clear_flag(draft: Draft, cycle: Cycle, ended: Collection[str]) -> None:
    """A lead whose cycle ended is not stale any more, nor one whose flagging clocks all ended."""
    if not cycle.stale:
        return
    by = cycle.flagged_by
    if cycle.ended is None and not by <= set(ended):
        return
    name = f"clear_stale:{'+'.join(sorted(by))}"
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record and not draft.state.converted and not draft.state.deleted:
        parts = draft.parts(cycle, ROUTING, 0, name)
        draft.write(parts, Action.CLEAR_STALE, {}, target=record, because=said("unflagged"))
    data = {"cycle": cycle.key, "clock": ROUTING, "task_keys": [], "flag": True}
    draft.decide(FactKind.WITHDRAWN, f"unflagged:{cycle.key}:{name}", data)


def _withheld(draft: Draft) -> dict[str, Mode]:
    if draft.mode is Mode.ENFORCE:
        return draft.withheld
    return draft.withheld | dict.fromkeys((line.key for line in draft.digest), draft.mode)


def _decision(
    draft: Draft, before: Sequence[ClockView], clocks: Sequence[ClockView], standing: Standing
) -> Decision:
    cycle = draft.state.cycle
    return Decision(
        lead=draft.lead.key,
        facts=tuple(draft.facts),
        writes=tuple(draft.writes),
        digest=tuple(draft.digest),
        clocks=(*before, *clocks),
        because=tuple(draft.because),
        late=frozenset(draft.late),
        assign=draft.assign,
        stage=draft.state.stage,
        owner=draft.state.owner,
        sla_state=standing.sla,
        due_at=standing.due,
        opened=cycle.opened if cycle else None,
        agreement=draft.terms.agreement.hash,
        mode=draft.mode,
        withheld=_withheld(draft),
        stopped=draft.stopped,
        pinned=draft.state.pinned(draft.terms.roster),
        unchosen=cycle.unchosen if cycle else {},
        cycle=cycle.key if cycle else "",
    )
