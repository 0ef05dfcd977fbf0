"""Values to store. Say only what the test is about; the rest is ordinary."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, event

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey, Ref, UserKey, lead_key
from slasync.domain.writes import Action, Write
from slasync.store.clocks import ClockRow
from slasync.store.engine import readers
from slasync.store.leads import LeadUpdate
from slasync.store.outbox import Batch, OutboxItem
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = 5 * MINUTE
ANA = UserKey("005ANA")
LEAD = LeadKey("hubspot:contact:1")
LANES = {"owner": 25, "task": 200}
_numbers = count(1)


def contact(number: int | str = 1) -> Ref:
    return Ref("hubspot", "contact", str(number))


def lead(number: int | str = 1) -> LeadKey:
    return lead_key(contact(number))


def a_fact(source_id: str = "", **changes: Any) -> Fact:
    ordinary: dict[str, Any] = {
        "kind": FactKind.TOUCH,
        "occurred_at": NOW,
        "seen_at": NOW + MINUTE,
        "source": "salesforce",
        "source_id": source_id or f"task-{next(_numbers)}",
    }
    return Fact(**ordinary | changes)


def a_record(ref: Ref | None = None, **changes: Any) -> StoredRecord:
    ordinary: dict[str, Any] = {
        "ref": ref or contact(),
        "modified_at": NOW,
        "deleted": False,
        "email": None,
        "owner": None,
        "status": None,
        "fields": {},
    }
    return StoredRecord(**ordinary | changes)


def an_update(key: LeadKey = LEAD, **changes: Any) -> LeadUpdate:
    ordinary: dict[str, Any] = {"key": key, "email": None, "fields": {}, "dirty_at": None}
    return LeadUpdate(**ordinary | changes)


def a_clock(key: LeadKey = LEAD, **changes: Any) -> ClockRow:
    ordinary: dict[str, Any] = {
        "lead": key,
        "cycle": "first",
        "clock": "first_touch",
        "state": "running",
        "gate": "tasks",
        "wake_at": NOW,
    }
    return ClockRow(**ordinary | changes)


def a_write(key: str = "", **changes: Any) -> Write:
    ordinary: dict[str, Any] = {
        "key": key or f"write-{next(_numbers)}",
        "lead": LEAD,
        "system": "salesforce",
        "action": Action.TASK,
        "values": {"owner": ANA},
    }
    return Write(**ordinary | changes)


def an_item(
    key: str = "", *, lane: str = "task", write: dict[str, Any] | None = None, **changes: Any
) -> OutboxItem:
    ordinary: dict[str, Any] = {"not_before": NOW}
    return OutboxItem(a_write(key, **write or {}), lane, **ordinary | changes)


def claimed(unit: Unit, by: str = "one", now: datetime = NOW) -> Batch:
    """Claim a batch of which the test knows that there is one."""
    batch = unit.outbox.claim("salesforce", LANES, by, now, now + LEASE)
    assert batch is not None
    return batch


def keys_of(batch: Batch | None) -> list[str]:
    return [] if batch is None else [row.write.key for row in batch.rows]


class Effort:
    """What SQLite did, in steps of its machine: the same on every computer."""

    def __init__(self) -> None:
        self.steps = 0

    def step(self) -> None:
        self.steps += 1


@contextmanager
def measured(engine: Engine) -> Iterator[Effort]:
    """Count the steps of what is done with `engine` inside the block."""
    effort = Effort()

    def watch(db: sqlite3.Connection, *_: object) -> None:
        db.set_progress_handler(effort.step, 1)

    engines = {engine, readers(engine)}
    for each in engines:
        event.listen(each, "checkout", watch)
    try:
        yield effort
    finally:
        for each in engines:
            event.remove(each, "checkout", watch)


def steps_of(engine: Engine, action: Callable[[], object]) -> int:
    """Return what `action` costs when it has been done before."""
    action()
    with measured(engine) as effort:
        action()
    return effort.steps


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that are run inside."""
    told: list[str] = []

    def take(*args: Any) -> None:
        told.append(args[2])

    engines = {engine, readers(engine)}  # one and the same on PostgreSQL
    for each in engines:
        event.listen(each, "before_cursor_execute", take)
    try:
        yield told
    finally:
        for each in engines:
            event.remove(each, "before_cursor_execute", take)
