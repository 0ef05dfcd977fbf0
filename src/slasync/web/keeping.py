"""Puts a webhook's events into the inbox, and what is broken into quarantine."""

from collections.abc import Sequence

from sqlalchemy import Engine

from slasync.clock import Clock
from slasync.connectors.hubspot.contact import SYSTEM
from slasync.connectors.hubspot.webhook import Delivery, Event
from slasync.store.inbox import InboxEvent
from slasync.store.unit import Unit, retrying
from slasync.web.webhooks import Keep


def keeper(engine: Engine, clock: Clock) -> Keep:
    """Return a function that stores a delivery in one transaction.

    An event that names several contacts becomes one entry each; one that names none needs no
    reading and leaves nothing behind.
    """

    def keep(delivery: Delivery) -> int:
        def store(unit: Unit) -> int:
            now = clock.now()
            if delivery.rejected:
                unit.quarantine.put(delivery.rejected, now)
            entries = _entries(delivery.events)
            return unit.inbox.add(entries, now) if entries else 0

        return retrying(engine, store)

    return keep


def _entries(events: Sequence[Event]) -> list[InboxEvent]:
    found = {
        key: InboxEvent(
            SYSTEM,
            key,
            {"kind": ref.kind, "id": ref.id, "event": event.kind, "source": event.source_id}
            | ({"gone": True, "erased": event.erased} if event.gone else {}),
        )
        for event in events
        for ref in event.refs
        if (key := f"{event.key}:{ref.id}")
    }
    return list(found.values())
