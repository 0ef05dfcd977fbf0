"""parked: what a person makes of a write that was refused, or of a record that was set aside."""

from datetime import datetime

from slasync.domain.recorded import said
from slasync.ports import Rejected
from slasync.store.held import Order
from slasync.store.inbox import InboxEvent
from slasync.store.outbox_values import State
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
    """Put one thing back to work; None if it is not parked, or cannot be read by itself."""
    if (state := unit.outbox.retry(key, now)) is not None:
        return state
    record = next((r for r in unit.quarantine.list() if record_name(r) == key), None)
    kind = READ_AGAIN.get(record.stream.partition(".")[2]) if record else None
    if record is None or kind is None:
        return None
    unit.quarantine.clear(record.stream, [record.id])
    system = record.stream.partition(".")[0]
    payload = {"kind": kind, "id": record.id, "event": "retry", "source_id": ""}
    event = InboxEvent(system, f"retry:{key}:{now.isoformat()}", payload)
    return State.PENDING if unit.inbox.add([event], now) == 1 else None


def give_up(unit: Unit, key: str, order: Order) -> bool:
    """Drop a parked write for good; False: it is not parked. The ladder of its lead goes on."""
    view = unit.outbox.get(key)
    why = said("given_up_why" if order.why else "given_up", who=order.by, why=order.why)
    if view is None or not unit.outbox.give_up(key, why, order.at):
        return False
    note_dropped(unit, [view], why, order.at)
    return True
