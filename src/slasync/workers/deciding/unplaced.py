"""Owners whom the CRM refuses, because they left since the roster was read: another is chosen."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from slasync.domain.draft import ROUTING
from slasync.domain.facts import Fact, FactKind
from slasync.domain.owners import chosen_in, owner_refused
from slasync.domain.writes import Action, Write
from slasync.ports import Receipt
from slasync.store.outbox_values import Claimed, Settlement, State
from slasync.store.unit import Unit

log = structlog.get_logger()

PLACING = frozenset({Action.OWNER, Action.CREATE_LEAD})
AGAIN = "Another owner is chosen."


def choose_again(
    unit: Unit,
    pairs: Sequence[tuple[Claimed, Receipt]],
    settlements: Sequence[Settlement],
    now: datetime,
) -> Sequence[Settlement]:
    """Have leads whose new owner was refused decided about again, and the roster read at once.

    Whoever was refused is not chosen again for the lead, so it comes to an end. Returns how all
    rows are settled: those few are over, the others as they were.
    """
    refused = {
        row.id: (row.write, receipt.message)
        for row, receipt in pairs
        if receipt.unfit_owner and row.write.action in PLACING and row.write.clock == ROUTING
    }
    histories = unit.facts.of([write.lead for write, _ in refused.values()]) if refused else {}
    again = {
        id_: each for id_, each in refused.items() if _was_chosen(each[0], histories[each[0].lead])
    }
    if not again:
        return settlements
    _say(write for write, _ in again.values())
    unit.facts.add({write.lead: [owner_refused(write, why, now)] for write, why in again.values()})
    unit.leads.mark_dirty(sorted({write.lead for write, _ in again.values()}), now)
    systems = {write.system for write, _ in again.values()}
    unit.cursors.ask([f"{name}.{what}" for name in systems for what in ("users", "queues")], now)
    return [
        Settlement(s.id, s.term, State.SUPERSEDED, f"{s.outcome} {AGAIN}") if s.id in again else s
        for s in settlements
    ]


def _was_chosen(write: Write, history: Iterable[Fact]) -> bool:
    """Tell whether another may be chosen: where a ladder ends there is nobody else to take it."""
    place = (write.cycle, write.generation, write.values["owner"])
    chosen = [fact for fact in history if fact.kind is FactKind.ROUTED]
    return any(chosen_in(fact) == place and fact.data["pool"] != "queue" for fact in chosen)


def _say(writes: Iterable[Write]) -> None:
    """Alarm once for each owner, however many leads he was to be given."""
    for owner in sorted({str(write.values["owner"]) for write in writes}):
        log.error("the CRM refuses an owner: others are chosen", owner=owner)
