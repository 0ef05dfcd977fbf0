"""Deadlines against the minute-stepping oracle, and laws that hold for all of them."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.time.calendars import Calendar, CalendarSpec, Offset, Unit
from tests.domain.calendar_builders import (
    NIGHT,
    SPLIT,
    a_calendar,
    minutes,
    near_a_transition,
    on_weekdays,
    seconds,
    utc,
)
from tests.domain.minute_oracle import MinuteOracle
from tests.faults.marks import fault
from tests.pains.marks import pain

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


@pain("P1")
@fault("T3", "T4", "T5")
@settings(max_examples=100, deadline=None)
@given(near_a_transition(), st.integers(0, 600), st.integers(1, 37), st.integers(1, 9999))
def test_ten_thousand_deadlines_in_minutes_are_counted_off_the_oracles_open_minutes(
    drawn: tuple[CalendarSpec, datetime], first: int, stride: int, step: int
) -> None:
    spec, day = drawn
    calendar, begins = Calendar(spec), day - timedelta(days=1)
    open_minutes = MinuteOracle(spec).open_minutes(begins, day + timedelta(days=2))
    for nth in range(100):
        start = begins + timedelta(minutes=first + nth * stride)
        ahead = open_minutes[bisect_left(open_minutes, start) :]
        if ahead:
            amount = 1 + nth * step % len(ahead)
            assert calendar.due(start, minutes(amount)) == ahead[amount - 1] + MINUTE


@fault("T3", "T4")
@settings(max_examples=150, deadline=None)
@given(
    near_a_transition(),
    st.integers(-4000, 4000),
    seconds,
    st.integers(0, 5),
    st.sampled_from(Unit),
)
def test_deadlines_in_every_unit_are_those_of_the_oracle(
    drawn: tuple[CalendarSpec, datetime], minute: int, microseconds: int, amount: int, unit: Unit
) -> None:
    spec, day = drawn
    start = day + timedelta(minutes=minute, microseconds=microseconds)

    assert Calendar(spec).due(start, Offset(amount, unit)) == MinuteOracle(spec).due(
        start, Offset(amount, unit)
    )


@fault("T5")
@settings(max_examples=100, deadline=None)
@given(near_a_transition(), st.integers(-4000, 4000), st.integers(0, 3000), seconds)
def test_open_time_between_two_instants_is_what_the_oracle_counts(
    drawn: tuple[CalendarSpec, datetime], minute: int, length: int, microseconds: int
) -> None:
    spec, day = drawn
    begins = day + timedelta(minutes=minute, microseconds=microseconds)
    ends = begins + timedelta(minutes=length, microseconds=microseconds // 2)
    calendar, oracle = Calendar(spec), MinuteOracle(spec)

    assert calendar.open_between(begins, ends) == oracle.open_between(begins, ends)
    assert calendar.open_between(ends, begins) == -oracle.open_between(begins, ends)
    assert calendar.is_open(begins) == oracle.is_open(begins)
    assert calendar.first_open(begins) == oracle.first_open(begins)


# Laws

LAWFUL = a_calendar(on_weekdays(*SPLIT) | {6: NIGHT}, holidays={date(2026, 3, 3): "a holiday"})
BEGIN = utc("2025-06-01 00:00")
moments = st.integers(0, 500 * 86_400_000_000).map(lambda us: BEGIN + us * MICROSECOND)
amounts = st.integers(0, 20_000)
units = st.sampled_from(Unit)


@given(moments, amounts, amounts)
def test_open_time_in_two_goes_ends_when_it_does_in_one(
    start: datetime, first: int, second: int
) -> None:
    in_two = LAWFUL.due(LAWFUL.due(start, minutes(first)), minutes(second))
    in_one = LAWFUL.due(start, minutes(first + second))

    assert in_two == (LAWFUL.first_open(in_one) if second == 0 else in_one)


@given(moments, moments, st.integers(0, 60), units)
def test_who_starts_later_is_not_due_earlier(
    one: datetime, other: datetime, amount: int, unit: Unit
) -> None:
    early, late = sorted([one, other])

    assert LAWFUL.due(early, Offset(amount, unit)) <= LAWFUL.due(late, Offset(amount, unit))


@given(moments, st.integers(0, 60), st.integers(0, 60), units)
def test_more_is_not_due_earlier_and_nothing_is_due_before_its_start(
    start: datetime, one: int, other: int, unit: Unit
) -> None:
    less, more = sorted([one, other])

    assert start <= LAWFUL.due(start, Offset(less, unit)) <= LAWFUL.due(start, Offset(more, unit))


@given(moments, st.integers(1, 20_000))
def test_the_open_time_up_to_the_deadline_is_the_time_given(start: datetime, amount: int) -> None:
    due = LAWFUL.due(start, minutes(amount))

    assert LAWFUL.open_between(start, due) == timedelta(minutes=amount)
    assert LAWFUL.open_between(start, due - MICROSECOND) < timedelta(minutes=amount)


@given(moments, st.integers(0, 60), units)
def test_many_deadlines_are_those_of_one_and_the_zone_of_the_start_does_not_matter(
    start: datetime, amount: int, unit: Unit
) -> None:
    offset = Offset(amount, unit)
    elsewhere = start.astimezone(ZoneInfo("America/New_York"))

    assert LAWFUL.due_many([start, elsewhere], offset) == [LAWFUL.due(start, offset)] * 2
    assert LAWFUL.due(elsewhere, offset).tzinfo is UTC
