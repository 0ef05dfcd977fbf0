"""What would be written now if slasync wrote: decided in a transaction that is rolled back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.modes import Mode
from slasync.store.outbox_values import OutboxItem
from slasync.store.unit import Unit, transaction

# the step's own parts: a preview that decided otherwise than the step would be worth nothing
from slasync.workers.deciding.decide import Deciding, claim, decide_one, items_of, ready_gates

OBSERVED = frozenset({FactKind.FIRED, FactKind.MOVED, FactKind.WITHDRAWN, FactKind.TOLD})
"""Decisions that stand for something written. Only observed, they were not."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The writes that would be queued, lead by lead, and whether there are more leads."""

    items: tuple[OutboxItem, ...]
    because: dict[LeadKey, tuple[str, ...]]
    cut: bool
    withheld: Mapping[str, Mode] = field(default_factory=dict)
    """Keys of those that would not be sent, and the mode that says so."""


class _Undo(Exception):
    """Carries the preview out of its transaction."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview


def preview(deciding: Deciding, now: datetime, limit: int) -> Preview:
    """Decide about up to `limit` leads for whom something is due, and undo it.

    Where slasync has decided without writing, that includes every lead with a clock that has not
    ended, and each is decided about as if nothing had been decided before: what comes out is what
    all those decisions amount to.
    """
    try:
        with transaction(deciding.engine) as unit:
            made = _decided(deciding, unit, now, limit)
            raise _Undo(made)  # noqa: TRY301 - leaving by an error is what undoes a transaction
    except _Undo as undone:
        return undone.preview


def _decided(deciding: Deciding, unit: Unit, now: datetime, limit: int) -> Preview:
    ready = ready_gates(deciding.agreement, unit.cursors.watermarks(), deciding.rulings)
    keys = claim(unit, ready, now, limit + 1)
    quiet = _quiet(deciding, unit, keys)
    keys = list(dict.fromkeys([*keys, *quiet]))
    terms = deciding.terms(unit, now, ready)
    leads, facts = unit.leads.get(keys[:limit]), unit.facts.of(keys[:limit])
    decided = []
    for key, lead in leads.items():
        history = _undecided(unit, key, facts[key]) if key in quiet else facts[key]
        decided.append(decide_one(unit, lead, history, terms))
    acting = [decision for decision in decided if decision.writes]
    return Preview(
        tuple(items_of(deciding, unit, acting, now)),
        {decision.lead: decision.because for decision in acting},
        cut=len(keys) > limit,
        withheld={key: mode for decision in acting for key, mode in decision.withheld.items()},
    )


def _quiet(deciding: Deciding, unit: Unit, claimed: Sequence[LeadKey]) -> dict[LeadKey, None]:
    """Return the leads, in order, that nothing is written to: those at work, and of `claimed`."""
    if deciding.modes.plain:
        return {}
    at_work = dict.fromkeys([*unit.clocks.not_ended(None), *claimed])
    if not deciding.modes.any_enforced:
        return at_work
    stopped = set(unit.modes.not_enforced())
    return {key: None for key in at_work if key in stopped}


def _undecided(unit: Unit, key: LeadKey, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Leave out what was only observed; where something was ever written, all stands."""
    if unit.outbox.of_lead(key):
        return facts
    return [f for f in facts if f.source != OURS or f.kind not in OBSERVED]
