"""What the marketing system and people are told: stage, owner, SLA state, next due time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slasync.domain.clocks import ClockView
from slasync.domain.draft import ROUTING, Draft
from slasync.domain.facts import Fact, FactKind
from slasync.domain.nurture import NURTURE
from slasync.domain.rests import DISPUTED
from slasync.domain.snooze import pardoned_until
from slasync.domain.state import Cycle
from slasync.domain.writes import Action, Write

_NO_LADDERS = frozenset({ROUTING, NURTURE, DISPUTED})
"""What stands in a clock's place where a fact is of none: a lead is not overdue by that."""

TELL = "tell"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lead stands with the agreement: its `sla_state`, and when something is due next."""

    sla: str
    due: datetime | None
    due_text: str  # ISO 8601; empty where nothing is due


def standing_of(draft: Draft, clocks: Sequence[ClockView]) -> Standing:
    """Work out how a lead stands, by its clocks as the decision leaves them."""
    due = next_due(clocks)
    return Standing(sla_state(draft, clocks), due, due.isoformat() if due else "")


def tell(draft: Draft, standing: Standing) -> None:
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
    told: dict[str, Any] = {
        "stage": state.stage.value,
        "owner": (owner.email or owner.name) if owner else "",
        "sla_state": standing.sla,
        "due": standing.due_text,
    }
    if {**told, "due": ""} == {**state.told, "due": ""}:
        return  # the due time alone is not worth a call: it is told with the next change
    parts = draft.parts(cycle, ROUTING, 0, f"{TELL}{state.told_times}")
    draft.write(parts, Action.PROPERTIES, told, system=agreement.marketing, target=target)
    draft.decide(FactKind.TOLD, f"told:{state.told_times:04}", told)


def times_told(write: Write) -> int:
    """Return how often the marketing system had been told of the lead before `write` tells it."""
    return int(write.rung.removeprefix(TELL))


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
    if any(c.end_reason == "touch" for c in clocks):
        return "touched"
    first = draft.terms.agreement.first_rungs
    now = {clock.clock: clock.generation for clock in clocks}
    reminded = any(
        clock not in _NO_LADDERS
        and (clock, rung) not in first
        and generation == now.get(clock, generation)  # what another let pass is not its owner's
        and not _pardoned(draft, cycle, clock, fact)
        for (clock, generation, rung), fact in cycle.fired.items()
    )
    return "overdue" if reminded else "open"


def _pardoned(draft: Draft, cycle: Cycle, clock: str, fact: Fact) -> bool:
    """Tell whether a dispute about a rung that fired was accepted."""
    until = pardoned_until(cycle.rests, clock, draft.terms.agreement.rests)
    return until is not None and fact.occurred_at <= until
