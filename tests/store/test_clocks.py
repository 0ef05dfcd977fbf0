"""Clocks are found when their time has come and their data is complete, however many wait."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine

from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.store.given import DAY, HOUR, LEAD, MINUTE, NOW, a_clock, lead, steps_of


def due(engine: Engine, ready: dict[str, datetime], limit: int = 9) -> list[str]:
    with transaction(engine) as unit:
        return [*unit.clocks.due(ready, limit)]


def test_a_clock_comes_back_as_it_was_stored_and_is_replaced(engine: Engine) -> None:
    clock = a_clock(
        generation=1, anchor_at=NOW - DAY, next_rung="day_1", due_at=NOW, calendar="office"
    )
    ended = replace(clock, state="ended", wake_at=None, ended_at=NOW, end_reason="touch")
    with transaction(engine) as unit:
        unit.clocks.put([clock, a_clock(clock="processing")])
        assert unit.clocks.of([LEAD, lead(2)])[LEAD] == [clock, a_clock(clock="processing")]
        unit.clocks.put([ended])
        assert unit.clocks.of([LEAD, lead(2)]) == {
            LEAD: [ended, a_clock(clock="processing")],
            lead(2): [],
        }


def test_clocks_are_due_when_their_gate_is_ready_past_their_time_earliest_first(
    engine: Engine,
) -> None:
    with transaction(engine) as unit:
        unit.clocks.put([a_clock(lead(1), wake_at=NOW), a_clock(lead(2), wake_at=NOW - HOUR)])
        unit.clocks.put([a_clock(lead(3), gate="history", wake_at=NOW - MINUTE)])
        unit.clocks.put([a_clock(lead(4), wake_at=NOW + MINUTE), a_clock(lead(5), wake_at=None)])
    assert due(engine, {"tasks": NOW, "history": NOW}) == [lead(2), lead(3), lead(1)]
    assert due(engine, {"tasks": NOW, "history": NOW}, 2) == [lead(2), lead(3)]
    assert due(engine, {"tasks": NOW - MINUTE}) == [lead(2)]
    assert due(engine, {}) == []


def test_a_lead_with_several_clocks_is_due_once(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.clocks.put([a_clock(), a_clock(clock="processing"), a_clock(clock="x", gate="other")])
    assert due(engine, {"tasks": NOW, "other": NOW}) == [LEAD]


def test_each_gate_tells_when_it_is_next_asked(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.clocks.next_wakes() == {}
        unit.clocks.put([a_clock(lead(1), wake_at=NOW + HOUR), a_clock(lead(2), wake_at=NOW)])
        unit.clocks.put([a_clock(lead(3), gate="history", wake_at=NOW + DAY)])
        unit.clocks.put([a_clock(lead(4), gate="ended", wake_at=None)])
        unit.clocks.put([a_clock(lead(5), gate="tasks", wake_at=None)])
    with reading(engine) as unit:
        assert unit.clocks.next_wakes() == {"tasks": NOW, "history": NOW + DAY}


def test_clocks_whose_data_is_late_are_counted_by_gate(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.clocks.put([a_clock(lead(n), wake_at=NOW - n * MINUTE) for n in range(5)])
        unit.clocks.put([a_clock(lead(9), wake_at=NOW + MINUTE)])
        unit.clocks.put([a_clock(lead(8), gate="history"), a_clock(lead(7), gate="ready")])
        ready = {"tasks": NOW - 2 * MINUTE, "ready": NOW}
        assert unit.clocks.waiting(ready, NOW) == {"tasks": 2, "history": 1}


@fault("L31")
@pytest.mark.parametrize("gate", ["tasks", "stalled"])
def test_a_look_costs_the_same_however_many_clocks_wait(sqlite_engine: Engine, gate: str) -> None:
    def look() -> None:
        with transaction(sqlite_engine) as unit:
            assert len(unit.clocks.due({"tasks": NOW, "stalled": NOW - DAY}, 10)) == 10
            unit.clocks.next_wakes()

    with transaction(sqlite_engine) as unit:
        unit.clocks.put([a_clock(lead(f"due {n}")) for n in range(20)])
        unit.clocks.put([a_clock(lead(n), gate=gate, wake_at=NOW + HOUR) for n in range(50)])
    among_few = steps_of(sqlite_engine, look)
    with transaction(sqlite_engine) as unit:
        unit.clocks.put([a_clock(lead(n), gate=gate, wake_at=NOW + HOUR) for n in range(5000)])
        unit.clocks.put([a_clock(lead(f"e{n}"), gate=gate, wake_at=None) for n in range(5000)])
    assert steps_of(sqlite_engine, look) <= 1.3 * among_few
