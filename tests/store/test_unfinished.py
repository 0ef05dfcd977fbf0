"""What is not finished: writes on their way, and leads whose clocks have not ended."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from slasync.domain.lead import LeadKey
from slasync.domain.recorded import said
from slasync.domain.writes import Action, Write
from slasync.store.clocks import ClockRow
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import OutboxItem, Settlement, State
from slasync.store.unit import Unit, reading, transaction

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, TWO = LeadKey("hubspot:contact:1"), LeadKey("hubspot:contact:2")


def queue(engine: Engine, key: str, at: datetime, *, held: bool = False) -> None:
    write = Write(key=key, lead=ONE, system="salesforce", action=Action.TASK, values={})
    with transaction(engine) as unit:
        unit.leads.put([LeadUpdate(ONE, None, {}, None)], at)
        unit.outbox.add([OutboxItem(write, "task", at, held=held)], at)


def clock(unit: Unit, lead: LeadKey, state: str, anchor: datetime = NOW) -> None:
    unit.leads.put([LeadUpdate(lead, None, {}, None)], NOW)
    unit.clocks.put(
        [ClockRow(lead=lead, cycle="c1", clock="first_touch", state=state, anchor_at=anchor)]
    )


def test_unsent_writes_come_oldest_first_with_those_that_are_held(engine: Engine) -> None:
    queue(engine, "a", NOW)
    queue(engine, "b", NOW + HOUR, held=True)
    queue(engine, "c", NOW + 2 * HOUR)

    with reading(engine) as unit:
        waiting = unit.outbox

        assert [view.key for view in waiting.unsent(10)] == ["a", "b", "c"]
        assert [view.key for view in waiting.unsent(2)] == ["a", "b"]


def test_the_oldest_write_on_its_way_is_told_by_system(engine: Engine) -> None:
    queue(engine, "a", NOW, held=True)
    queue(engine, "b", NOW + HOUR)
    queue(engine, "c", NOW + 2 * HOUR)

    with reading(engine) as unit:
        assert unit.outbox.oldest_unsent() == {"salesforce": NOW + HOUR}


def test_why_writes_wait_is_told_by_the_oldest_that_was_tried(engine: Engine) -> None:
    queue(engine, "a", NOW)
    queue(engine, "b", NOW + HOUR)
    queue(engine, "c", NOW + 2 * HOUR)
    with transaction(engine) as unit:
        now, until = NOW + 3 * HOUR, NOW + 4 * HOUR
        batch = unit.outbox.claim("salesforce", {"task": 9}, "one", now, until)
        assert batch is not None
        why = {"a": said("older_first"), "b": "503: maintenance", "c": "a time-out"}
        settled = [
            Settlement(r.id, r.term, State.PENDING, why[r.write.key], not_before=until)
            for r in batch.rows
        ]
        unit.outbox.settle(settled, "one", now)

    with reading(engine) as unit:
        assert unit.outbox.unsent_because() == {"salesforce": "503: maintenance"}


def test_leads_at_work_have_a_clock_that_has_not_ended(engine: Engine) -> None:
    with transaction(engine) as unit:
        clock(unit, ONE, "running")
        clock(unit, TWO, "ended")

    with reading(engine) as unit:
        assert unit.clocks.not_ended(10) == [ONE]


def test_leads_without_a_record_are_counted_once_they_should_have_one(engine: Engine) -> None:
    with transaction(engine) as unit:
        clock(unit, ONE, "waiting_for_record", NOW - HOUR)
        clock(unit, TWO, "waiting_for_record", NOW)

    with reading(engine) as unit:
        assert unit.clocks.without_record(NOW - HOUR / 2) == 1
