"""Puts a webhook's events into the inbox, and what is broken into quarantine."""

from collections.abc import Sequence

from sqlalchemy import Engine

from slasync.clock import Clock
from slasync.connectors.hubspot.contact import SYSTEM
from slasync.connectors.hubspot.webhook import STREAM, Delivery, Event
from slasync.ports import Rejected
from slasync.store.inbox import InboxEvent
from slasync.store.meta import account_key
from slasync.store.unit import Unit, retrying
from slasync.web.webhooks import Keep


def keeper(engine: Engine, clock: Clock) -> Keep:
    """Return a function that stores a delivery in one transaction.

    An event of another account than the database's is set aside: its ids name other people. One
    that names several contacts becomes one entry each; one that names none needs no
    reading and leaves nothing behind.
    """

    def keep(delivery: Delivery) -> int:
        def store(unit: Unit) -> int:
            now = clock.now()
            known = unit.meta.get(account_key(SYSTEM)) or ""
            foreign = [e for e in delivery.events if known and e.account not in {"", known}]
            if rejected := [*delivery.rejected, *(_foreign(event, known) for event in foreign)]:
                unit.quarantine.put(rejected, now)
            ours = [event for event in delivery.events if event not in foreign]
            entries = _entries(ours)
            return unit.inbox.add(entries, now) if entries else 0

        return retrying(engine, store)

    return keep


def _foreign(event: Event, known: str) -> Rejected:
    words = f"the event is of HubSpot account {event.account}, this database belongs to {known}"
    return Rejected(STREAM, event.key, words, event.raw)


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
