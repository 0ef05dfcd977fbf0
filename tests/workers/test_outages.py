"""Outages: a stream that was not read for several of its turns, whatever the reason."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from slasync.domain.figures.custody import Outage
from slasync.store.cursors import Cursor
from slasync.store.unit import reading, transaction
from slasync.workers.outages import over, under_way
from tests.builders import DAY, HOUR, MINUTE, MONDAY

MARCHING = Cursor("salesforce.tasks", "salesforce", completed_at=MONDAY, passes=1)


def read_again(after: timedelta) -> Cursor:
    return replace(MARCHING, completed_at=MONDAY + after, passes=2)


def test_a_stream_that_was_read_in_its_turn_had_no_outage() -> None:
    assert list(over(MARCHING, read_again(MINUTE), MINUTE)) == []
    assert list(over(MARCHING, read_again(15 * MINUTE), MINUTE)) == []
    assert list(over(MARCHING, read_again(3 * HOUR), HOUR)) == []


def test_three_turns_missed_are_an_outage_and_fifteen_minutes_at_least() -> None:
    (short,) = over(MARCHING, read_again(16 * MINUTE), MINUTE)
    (long,) = over(MARCHING, read_again(3 * HOUR + MINUTE), HOUR)
    assert short == Outage(MONDAY, MONDAY + 16 * MINUTE, "salesforce.tasks")
    assert long.ends == MONDAY + 3 * HOUR + MINUTE


def test_a_first_load_that_takes_a_day_is_no_outage() -> None:
    first = replace(MARCHING, completed_at=None, passes=0)
    assert list(over(first, read_again(DAY), MINUTE)) == []


def test_a_pass_that_is_not_complete_ends_no_outage() -> None:
    assert list(over(MARCHING, replace(MARCHING, position="half"), MINUTE)) == []


def test_an_outage_that_lasts_is_told_up_to_now() -> None:
    now = MONDAY + 2 * HOUR
    assert list(under_way([MARCHING], now, lambda _: MINUTE)) == [
        Outage(MONDAY, now, "salesforce.tasks")
    ]
    assert list(under_way([MARCHING], MONDAY + MINUTE, lambda _: MINUTE)) == []


def test_outages_are_kept_in_their_order_and_each_once(engine: Engine) -> None:
    first = Outage(MONDAY, MONDAY + HOUR, "salesforce.tasks")
    second = Outage(MONDAY + DAY, MONDAY + DAY + HOUR, "hubspot.contacts")
    for _ in range(2):
        with transaction(engine) as unit:
            unit.meta.put("outages_of_another_kind", "none of these")
            unit.outages.put([second, first])

    with reading(engine) as unit:
        assert unit.outages.all() == [first, second]
