"""What tests have done in processes of their own, which share nothing but the database."""

from datetime import datetime

from slasync.store.engine import open_engine
from slasync.store.outbox import Settlement, State
from slasync.store.schema import migrate, schema_version
from slasync.store.unit import retrying, transaction
from tests.store.given import LEASE, NOW


def migrated_version(url: str) -> str | None:
    """Migrate the database and return the version it has then."""
    engine = open_engine(url, durable=False)
    migrate(engine)
    version = schema_version(engine)
    engine.dispose()
    return version


def claim_until_empty(url: str, by: str) -> list[str]:
    """Claim batch after batch; return the keys of the writes claimed."""
    engine = open_engine(url, durable=False)
    taken: list[str] = []
    while True:
        with transaction(engine) as unit:
            batch = unit.outbox.claim("salesforce", {"task": 7}, by, NOW, NOW + LEASE)
        if batch is None:
            break
        with transaction(engine) as unit:
            sent = unit.outbox.mark_sent(batch, NOW)
        done = [Settlement(row.id, row.term, State.DONE, by) for row in sent.rows]
        with transaction(engine) as unit:
            unit.outbox.settle(done, by, NOW)
        taken += [row.write.key for row in sent.rows]
    engine.dispose()
    return taken


def claim_dirty_until_empty(url: str, now: datetime) -> list[str]:
    """Claim leads to decide about, batch after batch; return their keys."""
    engine = open_engine(url, durable=False)
    taken: list[str] = []
    while keys := retrying(engine, lambda unit: unit.leads.claim_dirty(now, 7)):
        taken += keys
    engine.dispose()
    return taken
