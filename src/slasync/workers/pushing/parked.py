"""parked: what a person makes of a write that was refused, or of a record that was set aside."""

from collections.abc import Sequence
from datetime import datetime

from slasync.domain.facts import Fact, FactKind
from slasync.domain.recorded import said
from slasync.domain.saying import CLOSED
from slasync.domain.writes import Action
from slasync.ports import Rejected
from slasync.store.held import Order
from slasync.store.inbox import InboxEvent
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit
from slasync.workers.deciding.held import note_dropped

READ_AGAIN = {"leads": "lead", "contacts": "contact", "webhook": "contact"}
"""Streams whose records are read one by one -> kind of record."""


def record_name(record: Rejected) -> str:
    """Name a record that was set aside."""
    return f"{record.stream}:{record.id}"


def may_be_read_again(record: Rejected) -> bool:
    """Tell whether a record can be asked for by itself."""
    return record.stream.partition(".")[2] in READ_AGAIN


def again(unit: Unit, key: str, now: datetime) -> State | None:
    """Put one thing back to work; None if it is not parked, or cannot be read by itself.

    SUPERSEDED: it would undo what came since, or ask for what nobody is asked for any more.
    """
    if (state := unit.outbox.retry(key, now)) is not None:
        return _withdrawn(unit, key, now) or state
    record = next((r for r in unit.quarantine.list() if record_name(r) == key), None)
    kind = READ_AGAIN.get(record.stream.partition(".")[2]) if record else None
    if record is None or kind is None:
        return None
    unit.quarantine.clear(record.stream, [record.id])
    system = record.stream.partition(".")[0]
    payload = {"kind": kind, "id": record.id, "event": "retry", "source_id": ""}
    event = InboxEvent(system, f"retry:{key}:{now.isoformat()}", payload)
    return State.PENDING if unit.inbox.add([event], now) == 1 else None


def _withdrawn(unit: Unit, key: str, now: datetime) -> State | None:
    """Withdraw what came to nothing since it was decided."""
    view = unit.outbox.get(key)
    if view is None or view.action not in {Action.TASK, Action.OWNER}:
        return None
    known = unit.joins.roots([view.lead]).get(view.lead, view.lead)
    since = [f for f in unit.facts.of([known])[known] if f.seen_at >= view.decided_at]
    why = _why_closed(view, since) if view.action == Action.TASK else _why_kept(view, since)
    if why is None:
        return None
    unit.outbox.supersede([key], why, now)
    return State.SUPERSEDED


def _why_closed(task: OutboxView, since: Sequence[Fact]) -> str | None:
    """Tell why a task was to be closed: none was where the lead had been deleted."""
    whys = [
        str(fact.data.get("why", "")).removeprefix(CLOSED)
        for fact in since
        if fact.kind is FactKind.WITHDRAWN and task.write.task_key in fact.data["task_keys"]
    ]
    return said("unsent_because", what=whys[-1]) if whys else None


def _why_kept(change: OutboxView, since: Sequence[Fact]) -> str | None:
    """Tell why a lead stays whose it is: it was another's in between, and somebody gave it back."""
    before = change.write.judged.owner if change.write.judged else None
    moved = any(
        fact.kind is FactKind.OWNER
        and fact.data.get("of") != "contact"
        and fact.data["owner"] != before
        for fact in since
    )
    return said("owner_chosen") if moved else None


def give_up(unit: Unit, key: str, order: Order) -> bool:
    """Drop a parked write for good; False: it is not parked. The ladder of its lead goes on."""
    view = unit.outbox.get(key)
    why = said("given_up_why" if order.why else "given_up", who=order.by, why=order.why)
    if view is None or not unit.outbox.give_up(key, why, order.at):
        return False
    note_dropped(unit, [view], why, order.at)
    return True
