"""Modes at work: what of a decision is kept, what is sent, and what is called off.

Facts say what was decided; those that stand for a write are kept only where it was written, or
where mode shadow takes it for decided. What shadow keeps back is stored for the parity report.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from slasync.domain.acting import standing
from slasync.domain.decide import Decision
from slasync.domain.draft import ROUTING, Draft, Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.writes import Action
from slasync.store.modes import LeadModeRow
from slasync.store.outbox_values import UNSENT, OutboxView, State
from slasync.store.unit import Unit

log = structlog.get_logger()

AT_A_TIME = 500
CALLED_OFF = "called off: slasync writes nothing to this lead any more"


def kept_facts(decision: Decision) -> list[Fact]:
    """Return what becomes history. Where nothing was written, nobody was told and nothing moved."""
    return [fact for fact in decision.facts if _is_kept(fact)]


def _is_kept(fact: Fact) -> bool:
    mode = fact.data.get("mode")
    if mode is None or fact.kind is FactKind.MODE:
        return True
    if fact.kind is not FactKind.FIRED:
        return False
    if fact.data["clock"] != ROUTING:
        return True  # what came due counts as decided, and never fires again
    return bool(mode == Mode.SHADOW and fact.data["rung"] == "place")


def to_send(decision: Decision) -> Decision:
    """Return the decision without what is not to be sent."""
    held = decision.withheld
    if not held:
        return decision
    return replace(
        decision,
        writes=tuple(write for write in decision.writes if write.key not in held),
        digest=tuple(line for line in decision.digest if line.key not in held),
    )


def shadowed_before(unit: Unit, decided: Sequence[Decision]) -> set[str]:
    """Return the keys of writes that shadow has kept back before: nothing new was decided."""
    keys = [k for d in decided for k, mode in d.withheld.items() if mode is Mode.SHADOW]
    return unit.shadow.known(keys) if keys else set()


def keep_modes(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Store the modes that leads are in now, and what shadow kept back of them."""
    if rows := [row for decision in decided if (row := _mode_row(decision, now))]:
        unit.modes.put(rows)
    shadowed = [
        (decision, [w for w in decision.writes if decision.withheld.get(w.key) is Mode.SHADOW])
        for decision in decided
    ]
    found = [(decision, writes) for decision, writes in shadowed if writes]
    if found:
        stored = unit.modes.of([decision.lead for decision, _ in found])
        teams = {key: row.holds.teams for key, row in stored.items()}
        unit.shadow.add([(teams.get(d.lead, ()), writes) for d, writes in found], now)
    call_off(unit, [decision.lead for decision in decided if decision.stopped], now)


def _mode_row(decision: Decision, now: datetime) -> LeadModeRow | None:
    facts = [fact for fact in decision.facts if fact.kind is FactKind.MODE]
    if not facts:
        return None
    data = facts[-1].data
    holds = LeadMode(Mode(data["mode"]), tuple(data["teams"]), str(data["why"]))
    return LeadModeRow(decision.lead, holds, now, data.get("last_writes"))


def call_off(unit: Unit, leads: Collection[LeadKey], now: datetime) -> None:
    """Withdraw what is queued for leads that nothing is written to any more.

    What may have been sent is looked up first, by the step push, and then not sent again.
    """
    if not leads:
        return
    for lead in leads:
        views = unit.outbox.of_lead(lead)
        gone = [view for view in views if view.state in UNSENT]
        unit.outbox.supersede([view.key for view in gone], CALLED_OFF, now)
        unit.facts.add({lead: _unmade(views, gone, now)})
    unit.digests.withdraw(sorted(leads))


def _unmade(views: Sequence[OutboxView], gone: Sequence[OutboxView], now: datetime) -> list[Fact]:
    """Tasks of which nothing was sent are known not to be there."""
    sent = {State.DONE, State.MAYBE_SENT}
    made = {view.write.task_key for view in views if view.state in sent}
    return [
        Fact(
            kind=FactKind.UNMADE,
            occurred_at=now,
            seen_at=now,
            source=OURS,
            source_id=f"unmade:{view.key}",
            data={"task_key": str(view.write.task_key)},
        )
        for view in gone
        if view.write.action is Action.TASK and view.write.task_key not in made
    ]


def brake(unit: Unit, terms: Terms) -> int:
    """Call off what is queued for leads that are not enforced now; return how many there were.

    For the start after a change of modes, before any step runs: of a team that is not written to
    any more nothing goes out, whatever its leads are decided about next.
    """
    leads = sorted(unit.outbox.leads_unsettled())
    stopped = 0
    for i in range(0, len(leads), AT_A_TIME):
        some = leads[i : i + AT_A_TIME]
        rows = _stopped(unit, terms, some)
        unit.modes.put(rows)
        call_off(unit, [row.lead for row in rows], terms.now)
        stopped += len(rows)
    if stopped:
        log.warning("what was queued is called off: another mode", leads=stopped)
    return stopped


def _stopped(unit: Unit, terms: Terms, keys: Sequence[LeadKey]) -> list[LeadModeRow]:
    facts, known = unit.facts.of(keys), unit.modes.of(keys)
    rows = []
    for key, lead in unit.leads.get(keys).items():
        holds = standing(Draft(terms, lead, facts[key]))
        before = known.get(key)
        as_before = before is not None and before.holds.mode is holds.mode
        if not holds.writes and not as_before:
            rows.append(LeadModeRow(key, holds, terms.now))
    return rows
