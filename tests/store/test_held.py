"""Held batches: one a storm, settled once; what an earlier slasync held has a name too."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from slasync.domain.caps import Hour, Reason
from slasync.domain.lead import UserKey
from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.held import Fate, Order, Part
from slasync.store.outbox import State
from slasync.store.schema import migrate, upgrade
from slasync.store.unit import Unit, reading, transaction
from tests.store.given import ANA, DAY, HOUR, LANES, LEAD, MINUTE, NOW, an_item, lead

TODAY = date(2026, 3, 2)
BEN = UserKey("005BEN")


def opened(unit: Unit, reason: Reason = Reason.LATE, now: datetime = NOW, day: date = TODAY) -> str:
    return unit.held.open_for(reason, "too many", now=now, day=day, window=HOUR)


def test_a_storm_goes_into_one_batch_as_long_as_it_is_young(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert opened(unit) == "late-2026-03-02"
        assert opened(unit, now=NOW + HOUR - MINUTE) == "late-2026-03-02"
        assert opened(unit, now=NOW + HOUR) == "late-2026-03-02-2"
        assert opened(unit, Reason.BURST) == "burst-2026-03-02"
        assert opened(unit, now=NOW + DAY, day=date(2026, 3, 3)) == "late-2026-03-03"


def test_nothing_joins_a_batch_that_was_settled(engine: Engine) -> None:
    with transaction(engine) as unit:
        name = opened(unit)
        assert unit.held.settle(name, Fate.ALLOWED, Order("rita", NOW), 0)
        assert opened(unit, now=NOW + MINUTE) == "late-2026-03-02-2"
        assert unit.held.locked([name, "late-2026-03-02-2"]) == {"late-2026-03-02-2"}


def test_a_batch_is_settled_once(engine: Engine) -> None:
    with transaction(engine) as unit:
        name = opened(unit)
        assert unit.held.settle(name, Fate.DISCARDED, Order("rita", NOW, "a test"), 3)
        assert not unit.held.settle(name, Fate.ALLOWED, Order("otto", NOW), 3)
        kept = unit.held.get(name)
    assert kept
    assert (kept.fate, kept.settled_by, kept.settled_at, kept.why, kept.writes) == (
        Fate.DISCARDED, "rita", NOW, "a test", 3,
    )  # fmt: skip


def test_a_batch_in_which_nothing_is_left_is_not_shown(engine: Engine) -> None:
    with transaction(engine) as unit:
        name = opened(unit)
        unit.outbox.add([an_item("a", held=True, batch=name)], NOW)
        assert [batch.writes for batch in unit.held.open()] == [1]
        unit.outbox.supersede(["a"], "converted", NOW)
        assert unit.held.open() == []


def test_what_is_held_is_counted_by_owner_action_and_rung(engine: Engine) -> None:
    rung = {"clock": "first_touch", "rung": "day_1"}
    with transaction(engine) as unit:
        name = opened(unit)
        unit.outbox.add(
            [
                *(an_item(held=True, batch=name, write=rung) for _ in range(2)),
                an_item(held=True, batch=name, write={"values": {"owner": BEN}} | rung),
                an_item(held=True, batch=name, write={"values": {}, "action": Action.CLOSE_TASK}),
                an_item(batch=name),
            ],
            NOW,
        )
        assert unit.held.parts() == [
            Part(name, "", "close_task", "", "", 1),
            Part(name, ANA, "task", "first_touch", "day_1", 2),
            Part(name, BEN, "task", "first_touch", "day_1", 1),
        ]


def test_what_was_allowed_for_later_is_taken_then_and_can_be_withdrawn_before(
    engine: Engine,
) -> None:
    with transaction(engine) as unit:
        items = [an_item(key, held=True, batch="late", write={"lead": LEAD}) for key in "abc"]
        unit.outbox.add(items, NOW)
        times = {"a": NOW, "b": NOW + HOUR, "c": NOW + 2 * HOUR, "unknown": NOW}
        assert unit.outbox.let_go_at(times) == 3
        assert unit.outbox.let_go_at(times) == 0
        assert [view.key for view in unit.outbox.waiting([LEAD, lead(2)], NOW)] == ["b", "c"]
        assert unit.outbox.spread_up_to(NOW) == {ANA: NOW + 2 * HOUR}
        assert unit.outbox.withdraw(["c"], "overtaken", NOW) == 1
        taken = unit.outbox.claim("salesforce", LANES, "one", NOW + HOUR, NOW + 2 * HOUR)
        assert taken
        assert unit.outbox.withdraw(["a", "b"], "overtaken", NOW) == 0  # somebody has them
    assert sorted(row.write.key for row in taken.rows) == ["a", "b"]


def test_tasks_are_counted_by_hours_that_begin_and_end(engine: Engine) -> None:
    hours = [Hour(NOW, NOW + HOUR), Hour(NOW - DAY, NOW - DAY + HOUR)]
    with transaction(engine) as unit:
        assert unit.outbox.first_task_at() is None
        for at in (NOW, NOW + HOUR - MINUTE, NOW + HOUR, NOW - DAY):
            unit.outbox.add([an_item(), an_item(write={"action": Action.OWNER})], at)
        assert unit.outbox.tasks_in(hours) == [2, 1]
        assert unit.outbox.tasks_in([]) == []
        assert unit.outbox.first_task_at() == NOW - DAY


OLD_ROW = text(
    "INSERT INTO outbox (key, lead_key, system, lane, action, payload, state, attempts, not_before,"
    " term, late, decided_at) VALUES (:key, 'hubspot:contact:1', 'salesforce', 'task', 'task',"
    " '{}', :state, 0, :at, 0, :late, :at)"
)


@pytest.mark.parametrize("states", [("held", "pending", "held"), ("done",)])
def test_what_an_earlier_slasync_held_is_in_a_batch_of_its_own(
    empty_url: str, states: tuple[str, ...]
) -> None:
    engine = open_engine(empty_url, durable=False)
    with engine.connect() as db:
        upgrade(db, "0004")
    times = ["2026-03-02 09:00:00.000000+00:00", "2026-03-01 09:00:00.000000+00:00"]
    with transaction(engine) as unit:
        for number, state in enumerate(states):
            row = {"key": f"k{number}", "state": state, "at": times[number % 2], "late": True}
            unit.db.execute(OLD_ROW, row)
    migrate(engine)
    with reading(engine) as unit:
        found = unit.held.open()
        if "held" not in states:
            assert found == []
        else:
            (batch,) = found
            assert (batch.name, batch.writes) == ("late-before-0008", states.count("held"))
            assert batch.opened_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
            assert batch.because == "held before batches had names"
    engine.dispose()


def test_a_held_row_names_its_batch_and_keeps_it(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a", held=True, batch="late", held_because="too many")], NOW)
        unit.outbox.let_go(["a"], NOW + HOUR)
        row = unit.outbox.get("a")
    assert row
    assert (row.state, row.batch, row.held_because, row.let_go_at) == (
        State.PENDING, "late", "too many", NOW + HOUR,
    )  # fmt: skip
