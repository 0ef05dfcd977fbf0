"""decide: take the leads whose time has come, ask the pure function, queue its answer.

One transaction a batch: clocks, history, decisions and outbox change together or not at all.
No vendor is called here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.agreement import Agreement
from slasync.domain.assigning import UNROUTED, decide_and_route
from slasync.domain.calendars import Calendar, CoverageEnded
from slasync.domain.clocks import ClockView
from slasync.domain.decide import Decision
from slasync.domain.draft import ROUTING, Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Absence, Lead, LeadKey, Pool, Roster
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.store.clocks import ClockRow
from slasync.store.decisions import DecisionRow
from slasync.store.histories import Histories
from slasync.store.leads import Summary
from slasync.store.outbox_values import OutboxItem
from slasync.store.unit import Unit, retrying
from slasync.workers.routing import route_one

log = structlog.get_logger()

NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)
LATE_TASKS = " late tasks"
"""Locked like a pool while late tasks are counted. No pool has a name that begins with a blank."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many late tasks may be created in `window`; more are held."""

    per_owner: int = 20
    total: int = 200
    window: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the step is made with."""

    engine: Engine
    seams: Seams
    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    lane_of: Callable[[Write], str]
    absences: tuple[Absence, ...] = ()
    mode: str = "enforce"
    needed: tuple[str, ...] = ()  # streams that must have been read once before anything is judged
    caps: Caps = field(default_factory=Caps)
    batch: int = 500
    histories: Histories = field(default_factory=Histories)


def ready_gates(agreement: Agreement, marks: Mapping[str, datetime]) -> dict[str, datetime]:
    """For each clock: up to when everything its events are read from is known."""
    return {
        clock.name: min((marks.get(s, NEVER_READ) for s in clock.streams), default=NEVER_READ)
        for clock in agreement.clocks
    }


def decide_batch(deciding: Deciding) -> bool:
    """Decide for the next leads whose time has come. True if there were any."""
    now = deciding.seams.clock.now()
    found = retrying(deciding.engine, lambda unit: _decide_batch(deciding, unit, now))
    deciding.seams.reached("decide.committed")
    return found


def _decide_batch(deciding: Deciding, unit: Unit, now: datetime) -> bool:
    marks = unit.cursors.watermarks()
    if any(stream not in marks for stream in deciding.needed):
        return False  # the mirror is not whole yet: who is new cannot be told
    ready = ready_gates(deciding.agreement, marks)
    keys = claim(unit, ready, now, deciding.batch)
    if not keys:
        return False
    roster = Roster.of(unit.users.all(), deciding.pools, deciding.absences)
    terms = Terms(
        agreement=deciding.agreement,
        calendars=deciding.calendars,
        roster=roster,
        now=now,
        ready=ready,
    )
    leads, facts = unit.leads.get(keys), deciding.histories.of(unit.facts, keys)
    decided = [
        made
        for key in keys
        if key in leads and (made := _or_set_aside(unit, leads[key], facts.get(key, []), terms))
    ]
    _keep(deciding, unit, decided, now)
    log.debug("decided", leads=len(decided), writes=sum(len(d.writes) for d in decided))
    return True


def claim(unit: Unit, ready: Mapping[str, datetime], now: datetime, limit: int) -> list[LeadKey]:
    """Leads with news first, then those whose next rung is due and whose data is complete."""
    keys = unit.leads.claim_dirty(now, limit)
    gates = {gate: min(mark, now) for gate, mark in ready.items()}
    due = unit.clocks.due(gates, limit - len(keys)) if len(keys) < limit else []
    # another process may be deciding about one of these because of news: it is left to it
    return sorted({*keys, *unit.leads.lock(set(due) - set(keys))})


def _or_set_aside(unit: Unit, lead: Lead, facts: Sequence[Fact], terms: Terms) -> Decision | None:
    """Decide; a lead that nothing can be decided about must not keep the others waiting."""
    try:
        return decide_one(unit, lead, facts, terms)
    except CoverageEnded as error:
        log.error("nothing can be decided", lead=lead.key, error=str(error))  # noqa: TRY400 - no bug: a calendar to be mended
        rows = unit.clocks.of([lead.key])[lead.key]
        unit.clocks.put([replace(row, wake_at=None) for row in rows])
        unit.leads.mark_dirty([lead.key], terms.now + UNROUTED)
        return None


def decide_one(unit: Unit, lead: Lead, facts: Sequence[Fact], terms: Terms) -> Decision:
    """Decide; where an owner is wanted, route in this transaction and decide on."""
    return decide_and_route(
        lead, facts, terms, lambda wish: route_one(unit, lead, facts, wish, terms)
    )


def _keep(deciding: Deciding, unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Write down what was decided, all of it or nothing."""
    effective = deciding.mode == "enforce"
    unit.facts.add({d.lead: _kept_facts(d, effective=effective) for d in decided if d.facts})
    unit.leads.summarise(
        [Summary(d.lead, d.stage.value, d.owner, d.sla_state, d.due_at) for d in decided], now
    )
    unit.leads.mark_dirty([d.lead for d in decided if d.assign], now + UNROUTED)
    unit.clocks.put([_row(view) for d in decided for view in d.clocks])
    acted = [d for d in decided if d.facts or d.writes]
    unit.decisions.add([_decision_row(deciding, d, now) for d in acted])
    if effective:
        unit.digests.add([line for d in decided for line in d.digest], now)
        _withdraw_overruled(unit, decided, now)
        unit.outbox.add(items_of(deciding, unit, decided, now), now)
        _withdraw_held(unit, decided, now)  # also what one decision both writes and closes


def _withdraw_overruled(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """A person chose the owner: what was decided before must not wait for a chance to undo that."""
    pinned = [d.lead for d in decided if d.pinned]
    waiting = unit.outbox.waiting(pinned, Action.OWNER) if pinned else []
    unit.outbox.supersede(waiting, "a person chose the owner meanwhile", now)


def _withdraw_held(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """What was held of a task that is closed or written anew must not undo that when let go."""
    newer = {
        w.task_key: w.key
        for d in decided
        for w in d.writes
        if w.action == Action.CLOSE_TASK or (w.action == Action.TASK and "subject" in w.values)
    }
    if newer:
        held = [v for v in unit.outbox.held() if v.key != newer.get(v.write.task_key, v.key)]
        unit.outbox.supersede([v.key for v in held], "withdrawn before it was sent", now)


def _kept_facts(decision: Decision, *, effective: bool) -> list[Fact]:
    """While only observing, nothing was placed in the CRM and nobody was told."""
    if effective:
        return list(decision.facts)
    return [
        f
        for f in decision.facts
        if f.kind != FactKind.TOLD and not (f.kind == FactKind.FIRED and f.data["clock"] == ROUTING)
    ]


def _row(view: ClockView) -> ClockRow:
    return ClockRow(**{name: getattr(view, name) for name in ClockRow.__dataclass_fields__})


def _decision_row(deciding: Deciding, decision: Decision, now: datetime) -> DecisionRow:
    return DecisionRow(
        lead=decision.lead,
        at=now,
        agreement_hash=deciding.agreement.hash,
        mode=deciding.mode,
        because=decision.because,
        writes=tuple(w.key for w in decision.writes),
        facts=tuple(f.source_id for f in decision.facts),
    )


def items_of(
    deciding: Deciding, unit: Unit, decided: Sequence[Decision], now: datetime
) -> list[OutboxItem]:
    """Make outbox rows; owner changes get the stamp that the decision saw, late tasks the caps."""
    judged_of = [
        w.target for d in decided for w in d.writes if w.action in CONDITIONAL and w.target
    ]
    stamps = {ref: r.modified_at for ref, r in unit.records.current(judged_of).items()}
    held = _held(deciding.caps, unit, decided, now)
    items = []
    for decision in decided:
        for write in decision.writes:
            judged = write.judged
            if write.action in CONDITIONAL and write.target and judged:
                judged = replace(judged, modified_at=stamps.get(write.target))
            stamped = replace(write, judged=judged)
            late = write.key in decision.late and write.action == Action.TASK
            items.append(
                OutboxItem(
                    write=stamped,
                    lane=deciding.lane_of(stamped),
                    not_before=now,
                    held=write.key in held,
                    late=late,
                )
            )
    return items


def _held(caps: Caps, unit: Unit, decided: Sequence[Decision], now: datetime) -> set[str]:
    """Above a cap the whole batch of late tasks is held, not a part of it."""
    late = [w for d in decided for w in d.writes if w.key in d.late and w.action == Action.TASK]
    if not late:
        return set()
    unit.pools.locked(LATE_TASKS)  # two that decide at once must not each see room for all
    counts = dict(unit.outbox.late_tasks_since(now - caps.window))
    for write in late:
        owner = str(write.values.get("owner", ""))
        counts[owner] = counts.get(owner, 0) + 1
    over = sum(counts.values()) > caps.total or max(counts.values()) > caps.per_owner
    if over:
        log.warning("late tasks are held: a cap was reached", tasks=len(late))
    return {w.key for w in late} if over else set()
