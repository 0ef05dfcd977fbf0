"""Pauses: what is paused does not count, in any unit, and a deadline never lies in one."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.time.calendars import CoverageEnded, Offset, Pause, Unit
from slasync.domain.time.pauses import merged
from tests.domain.calendar_builders import (
    NIGHT,
    OFFICE,
    SPLIT,
    a_calendar,
    business_days,
    calendar_days,
    hours,
    local,
    minutes,
    on_weekdays,
    utc,
)
from tests.faults.marks import fault
from tests.pains.marks import pain

FRIDAY_SHORT = on_weekdays(*OFFICE) | {4: SPLIT[:1]}  # 08:00 to 12:00


def a_pause(begins: str, ends: str | None = None) -> Pause:
    return Pause(local(begins), local(ends) if ends else None)


# Business hours and minutes


@pytest.mark.parametrize(
    ("offset", "pause", "due"),
    [
        (hours(2), ("2026-03-02 11:00", "2026-03-02 12:00"), "2026-03-02 14:30"),
        (hours(2), ("2026-03-02 09:00", "2026-03-02 10:30"), "2026-03-02 14:00"),
        (hours(2), ("2026-02-27 09:00", "2026-03-02 10:00"), "2026-03-02 12:00"),
        (hours(2), ("2026-03-02 18:00", "2026-03-03 08:00"), "2026-03-02 12:00"),
        (hours(8), ("2026-03-02 16:00", "2026-03-03 10:00"), "2026-03-03 15:00"),
        (hours(8), ("2026-03-02 12:00", "2026-03-20 12:00"), "2026-03-23 09:00"),
        (minutes(0.5), ("2026-03-02 10:00", "2026-03-02 10:00"), "2026-03-02 10:00:30"),
        (minutes(0), ("2026-03-02 09:00", "2026-03-02 12:15"), "2026-03-02 13:30"),
    ],
)
def test_open_hours_that_were_paused_do_not_count(
    offset: Offset, pause: tuple[str, str], due: str
) -> None:
    calendar = a_calendar(on_weekdays(*SPLIT) | {4: OFFICE})

    assert calendar.due_paused(local("2026-03-02 10:00"), offset, [a_pause(*pause)]) == local(due)


@pain("P4")
def test_a_pause_from_february_to_august_leaves_what_was_left_of_the_hours() -> None:
    pause = a_pause("2026-02-10 16:00", "2026-08-10 09:00")

    assert a_calendar().due_paused(local("2026-02-10 15:00"), hours(2), [pause]) == local(
        "2026-08-10 10:00"
    )
    assert a_calendar().elapsed(
        local("2026-02-10 15:00"), local("2026-08-10 09:00"), [pause]
    ) == timedelta(hours=1)


def test_time_that_has_passed_when_a_pause_begins_is_due_then_and_not_after_it() -> None:
    pause = a_pause("2026-03-02 12:00", "2026-03-02 15:00")

    assert a_calendar().due_paused(local("2026-03-02 10:00"), hours(2), [pause]) == local(
        "2026-03-02 12:00"
    )


def test_a_pause_that_takes_out_part_of_the_repeated_hour_takes_out_that_part_only() -> None:
    calendar = a_calendar({6: OFFICE, 5: NIGHT})  # 22:00 to 06:00 of the 25th: nine hours
    pause = Pause(local("2026-10-25 02:30"), local("2026-10-25 02:30", fold=1))

    assert calendar.due_paused(local("2026-10-24 22:00"), hours(8), [pause]) == local(
        "2026-10-25 06:00"
    )


# Still paused


@pytest.mark.parametrize("offset", [minutes(121), business_days(1), calendar_days(1)])
def test_a_deadline_inside_or_after_a_pause_without_end_is_not_known(offset: Offset) -> None:
    paused = [a_pause("2026-03-02 12:00")]

    assert a_calendar().due_paused(local("2026-03-02 10:00"), offset, paused) is None


@pytest.mark.parametrize("offset", [minutes(0), business_days(0), calendar_days(0), hours(1)])
def test_nothing_is_due_of_what_is_paused_from_its_start(offset: Offset) -> None:
    paused = [a_pause("2026-03-02 10:00")]

    assert a_calendar().due_paused(local("2026-03-02 10:00"), offset, paused) is None


@pytest.mark.parametrize("offset", [minutes(120), business_days(1), calendar_days(1)])
def test_a_deadline_before_a_pause_without_end_is_known(offset: Offset) -> None:
    start, paused = local("2026-03-02 10:00"), [a_pause("2026-03-03 10:01")]

    assert a_calendar().due_paused(start, offset, paused) == a_calendar().due(start, offset)


def test_a_pause_without_end_is_not_ended_by_one_within_it() -> None:
    paused = [a_pause("2026-03-02 10:00"), a_pause("2026-03-02 11:00", "2026-03-02 12:00")]

    assert a_calendar().due_paused(local("2026-03-02 09:00"), hours(2), paused) is None


# Days


@pytest.mark.parametrize(
    ("start", "pause", "due"),
    [
        ("2026-03-02 10:00", ("2026-03-03 10:00", "2026-03-04 10:00"), "2026-03-05 10:00"),
        ("2026-03-02 10:00", ("2026-03-03 00:00", "2026-03-04 00:00"), "2026-03-05 10:00"),
        ("2026-03-02 09:00", ("2026-03-03 00:00", "2026-03-04 00:00"), "2026-03-05 09:00"),
        ("2026-03-02 10:00", ("2026-03-03 15:00", "2026-03-04 10:00"), "2026-03-04 13:00"),
        ("2026-03-02 10:00", ("2026-03-02 17:00", "2026-03-03 09:00"), "2026-03-04 10:00"),
        ("2026-03-02 10:00", ("2026-03-04 10:00", "2026-03-04 11:00"), "2026-03-04 11:00"),
        ("2026-03-03 09:00", ("2026-03-04 17:30", "2026-03-05 12:00"), "2026-03-05 12:00"),
        ("2026-03-05 10:00", ("2026-03-06 10:00", "2026-03-09 10:00"), "2026-03-09 13:00"),
        ("2026-03-05 10:00", ("2026-03-05 09:00", "2026-03-06 11:00"), "2026-03-10 11:00"),
    ],
    ids=[
        "a day from now on", "a whole day", "a whole day, due at the opening", "some hours",
        "a night", "from the deadline on", "over a deadline at the opening",
        "a short Friday is worth its hours", "begun when paused counts from the pause's end",
    ],
)  # fmt: skip
def test_two_business_days_are_put_off_by_the_open_time_that_was_paused(
    start: str, pause: tuple[str, str], due: str
) -> None:
    found = a_calendar(FRIDAY_SHORT).due_paused(local(start), business_days(2), [a_pause(*pause)])

    assert found == local(due)


@pytest.mark.parametrize(
    ("start", "pause", "due"),
    [
        ("2026-03-02 10:00", ("2026-03-03 09:00", "2026-03-04 12:00"), "2026-03-05 13:00"),
        ("2026-03-02 10:00", ("2026-03-01 10:00", "2026-03-05 11:00"), "2026-03-07 11:00"),
        ("2026-03-02 10:00", ("2026-03-04 10:00", "2026-03-05 10:00"), "2026-03-05 10:00"),
        ("2026-03-27 10:00", ("2026-03-28 09:00", "2026-04-04 09:00"), "2026-04-05 10:00"),
        ("2026-10-24 02:30", ("2026-10-25 02:10", "2026-10-26 02:10"), "2026-10-27 02:30"),
        ("2026-03-26 02:30", ("2026-03-27 12:00", "2026-03-28 12:00"), "2026-03-29 03:00"),
    ],
    ids=[
        "the wall clock went on", "begun when paused", "from the deadline on",
        "a week, clocks go forward meanwhile", "a day, clocks go back meanwhile",
        "into a gap: its end",
    ],
)  # fmt: skip
def test_two_calendar_days_are_put_off_by_what_the_wall_clock_went_on_while_paused(
    start: str, pause: tuple[str, str], due: str
) -> None:
    assert a_calendar().due_paused(local(start), calendar_days(2), [a_pause(*pause)]) == local(due)


def test_a_pause_over_which_the_wall_clock_goes_back_does_not_bring_a_deadline_forward() -> None:
    pause = Pause(local("2026-10-25 02:50"), local("2026-10-25 02:10", fold=1))  # 20 minutes

    found = a_calendar().due_paused(local("2026-10-23 02:55"), calendar_days(2), [pause])

    assert found == utc("2026-10-25 01:10")


# Elapsed


def test_elapsed_time_is_what_was_open_and_not_paused() -> None:
    pauses = [a_pause("2026-03-02 16:00", "2026-03-03 10:00"), a_pause("2026-03-04 12:00")]

    elapsed = a_calendar().elapsed(local("2026-03-02 09:00"), local("2026-03-09 09:00"), pauses)

    assert elapsed == timedelta(hours=7 + 7 + 3)


def test_elapsed_time_backwards_is_negative_and_as_long() -> None:
    pauses = [a_pause("2026-03-02 16:00", "2026-03-03 10:00")]

    elapsed = a_calendar().elapsed(local("2026-03-03 11:00"), local("2026-03-02 15:00"), pauses)

    assert elapsed == -timedelta(hours=2)


# Coverage


def test_pauses_outside_the_calendars_dates_do_not_matter_to_a_deadline_within() -> None:
    pauses = [a_pause("2020-01-01 00:00", "2026-03-02 11:00"), a_pause("2030-01-01 00:00")]

    assert a_calendar().due_paused(local("2026-03-02 10:00"), hours(1), pauses) == local(
        "2026-03-02 12:00"
    )


@pytest.mark.parametrize("offset", [minutes(1), business_days(1)])
@pytest.mark.parametrize("ends", ["2027-12-31 16:59:30", "2031-01-01 00:00"])
def test_a_deadline_that_a_pause_puts_beyond_the_calendar_is_never_guessed(
    ends: str, offset: Offset
) -> None:
    pause = a_pause("2026-03-02 09:00", ends)

    with pytest.raises(CoverageEnded):
        a_calendar().due_paused(local("2026-03-02 10:00"), offset, [pause])


def test_a_calendar_day_put_off_past_the_end_of_time_is_refused() -> None:
    pause = Pause(utc("0001-01-02 00:00"), utc("9999-12-31 00:00"))

    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        a_calendar().due_paused(utc("0001-01-01 00:00"), calendar_days(2), [pause])


# What a pause is


def test_a_pause_that_ends_before_it_begins_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"ends before it begins: swap the two"):
        a_pause("2026-03-02 12:00", "2026-03-02 11:59")


def test_a_pause_without_a_zone_is_refused() -> None:
    naive = local("2026-03-02 12:00").replace(tzinfo=None)

    with pytest.raises(ValueError, match="has no zone"):
        Pause(naive)
    with pytest.raises(ValueError, match="has no zone"):
        Pause(local("2026-03-02 12:00"), naive)


@fault("T13")
def test_pauses_that_touch_or_overlap_are_one_and_empty_ones_are_none() -> None:
    assert merged(
        [
            a_pause("2026-03-05 12:00"),
            a_pause("2026-03-03 09:00", "2026-03-03 10:00"),
            a_pause("2026-03-02 12:00", "2026-03-02 13:00"),
            a_pause("2026-03-06 12:00", "2026-03-06 13:00"),
            a_pause("2026-03-02 11:00", "2026-03-02 12:00"),
            a_pause("2026-03-02 11:30", "2026-03-02 11:45"),
            a_pause("2026-03-04 09:00", "2026-03-04 09:00"),
        ]
    ) == (
        a_pause("2026-03-02 11:00", "2026-03-02 13:00"),
        a_pause("2026-03-03 09:00", "2026-03-03 10:00"),
        a_pause("2026-03-05 12:00"),
    )


def test_pauses_in_the_repeated_hour_are_put_in_order_by_when_they_were() -> None:
    second = Pause(local("2026-10-25 02:10", fold=1), local("2026-10-25 02:20", fold=1))
    first = Pause(local("2026-10-25 02:40"), local("2026-10-25 02:50"))

    assert merged([second, first]) == (
        Pause(utc("2026-10-25 00:40"), utc("2026-10-25 00:50")),
        Pause(utc("2026-10-25 01:10"), utc("2026-10-25 01:20")),
    )


# Laws

LAWFUL = a_calendar(on_weekdays(*SPLIT) | {6: NIGHT})
BEGIN = utc("2026-01-01 00:00")
moments = st.integers(0, 300 * 86_400).map(lambda s: BEGIN + timedelta(seconds=s))


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    """Pauses within three weeks, so that they meet often; now and then one without an end."""
    begin = draw(moments)
    edge = st.integers(0, 500).map(lambda hour: begin + timedelta(hours=hour))
    ended = st.tuples(edge, edge).map(lambda pair: Pause(*sorted(pair)))
    lasting = edge.map(Pause)
    return draw(st.lists(ended, max_size=5)) + draw(st.lists(lasting, max_size=1))


@given(
    pauses(), st.randoms(use_true_random=False), moments, st.integers(0, 60), st.sampled_from(Unit)
)
def test_order_and_repetition_of_pauses_do_not_matter(
    given_pauses: list[Pause], chance: object, start: datetime, amount: int, unit: Unit
) -> None:
    again = [*given_pauses, *given_pauses]
    chance.shuffle(again)  # type: ignore[attr-defined] # a random.Random

    assert merged(again) == merged(given_pauses)
    assert LAWFUL.due_paused(start, Offset(amount, unit), again) == LAWFUL.due_paused(
        start, Offset(amount, unit), merged(given_pauses)
    )


@given(pauses(), moments, st.integers(0, 60), st.sampled_from(Unit))
def test_a_pause_never_brings_a_deadline_forward_and_none_leaves_it(
    given_pauses: list[Pause], start: datetime, amount: int, unit: Unit
) -> None:
    offset = Offset(amount, unit)
    paused = LAWFUL.due_paused(start, offset, given_pauses)

    assert paused is None or paused >= LAWFUL.due(start, offset)
    assert LAWFUL.due_paused(start, offset, []) == LAWFUL.due(start, offset)


@given(pauses(), moments, st.integers(1, 10_000))
def test_what_elapsed_up_to_the_deadline_is_the_time_given(
    given_pauses: list[Pause], start: datetime, amount: int
) -> None:
    due = LAWFUL.due_paused(start, minutes(amount), given_pauses)

    if due is not None:
        assert LAWFUL.elapsed(start, due, given_pauses) == timedelta(minutes=amount)
        assert LAWFUL.elapsed(start, due - timedelta(seconds=1), given_pauses) < timedelta(
            minutes=amount
        )


@given(pauses(), moments, st.integers(0, 30), st.sampled_from(Unit))
def test_a_deadline_in_days_never_lies_inside_a_pause(
    given_pauses: list[Pause], start: datetime, amount: int, unit: Unit
) -> None:
    due = LAWFUL.due_paused(start, Offset(amount, unit), given_pauses)

    if due is not None and (unit.counts_days or amount == 0):
        assert not any(p.begins <= due and (not p.ends or due < p.ends) for p in given_pauses)
        assert unit is Unit.CALENDAR_DAYS or LAWFUL.is_open(due)
