"""Deadlines by worked examples: breaks, nights, holidays, and edges in a gap or a fold."""

from datetime import date, timedelta

import pytest

from slasync.domain.time.calendars import Interval, Offset
from tests.domain.calendar_builders import (
    ALWAYS,
    NIGHT,
    OFFICE,
    SPLIT,
    a_calendar,
    business_days,
    calendar_days,
    hours,
    local,
    minutes,
    on_sundays,
    on_weekdays,
    utc,
)
from tests.faults.marks import fault
from tests.pains.marks import pain

# Business hours and minutes


@pain("P2")
@pytest.mark.parametrize(
    ("start", "offset", "due"),
    [
        ("2026-03-02 12:30", hours(1), "2026-03-02 14:30"),
        ("2026-03-02 11:30", hours(1), "2026-03-02 14:00"),
        ("2026-03-02 11:30", minutes(30), "2026-03-02 12:00"),
        ("2026-03-02 17:30", hours(1), "2026-03-03 08:30"),
        ("2026-03-06 17:30", hours(1), "2026-03-09 08:30"),
        ("2026-03-07 20:00", hours(1), "2026-03-09 09:00"),
        ("2026-03-02 08:00", hours(8.5), "2026-03-02 18:00"),
        ("2026-03-02 08:00", hours(17), "2026-03-03 18:00"),
    ],
)
def test_hours_pass_only_while_one_of_the_days_intervals_is_open(
    start: str, offset: Offset, due: str
) -> None:
    calendar = a_calendar(on_weekdays(*SPLIT))

    assert calendar.due(local(start), offset) == local(due)


def test_a_full_day_is_due_at_closing_time_and_not_at_the_next_opening() -> None:
    assert a_calendar().due(local("2026-03-02 09:00"), hours(8)) == local("2026-03-02 17:00")


@fault("T15")
def test_no_time_at_all_is_due_at_the_first_open_instant() -> None:
    calendar = a_calendar()

    assert calendar.due(local("2026-03-02 10:00:07"), minutes(0)) == local("2026-03-02 10:00:07")
    assert calendar.due(local("2026-03-02 17:00"), minutes(0)) == local("2026-03-03 09:00")


def test_seconds_and_microseconds_of_the_start_are_kept() -> None:
    due = a_calendar().due(local("2026-03-02 16:59:30.000001"), minutes(1))

    assert due == local("2026-03-03 09:00:30.000001")


@pytest.mark.parametrize(
    ("amount", "seconds"), [(0.1, 6), (0.5, 30), (1 / 3, 20), (1e-6, 0.00006), (2.25, 135)]
)
def test_a_fraction_of_a_minute_is_kept(amount: float, seconds: float) -> None:
    start = local("2026-03-02 10:00")

    assert a_calendar().due(start, minutes(amount)) == start + timedelta(seconds=seconds)


@pain("P2")
def test_a_holiday_a_half_day_and_an_extra_day_change_what_is_open() -> None:
    calendar = a_calendar(
        holidays={date(2026, 12, 25): "Christmas Day", date(2026, 12, 24): "Christmas Eve"},
        overrides={
            date(2026, 12, 24): (Interval.at("09:00", "12:00"),),
            date(2026, 12, 26): (Interval.at("10:00", "11:00"),),
            date(2026, 12, 28): (),
        },
    )

    assert calendar.due(local("2026-12-24 09:00"), hours(3)) == local("2026-12-24 12:00")
    assert calendar.due(local("2026-12-24 09:00"), hours(4)) == local("2026-12-26 11:00")
    assert calendar.due(local("2026-12-24 09:00"), hours(5)) == local("2026-12-29 10:00")


@fault("T11")
def test_overlapping_and_touching_intervals_count_once() -> None:
    overlapping = on_weekdays(
        Interval.at("11:00", "15:00"), Interval.at("09:00", "12:00"), Interval.at("15:00", "17:00")
    )

    assert a_calendar(overlapping).due(local("2026-03-02 09:00"), hours(9)) == local(
        "2026-03-03 10:00"
    )


def test_a_start_in_another_zone_is_judged_by_the_calendars_zone() -> None:
    start = local("2026-03-02 09:00", "America/New_York")

    assert a_calendar().due(start, hours(3)) == local("2026-03-03 10:00")


# Overnight shifts


@fault("T11")
def test_a_shift_past_midnight_belongs_to_the_day_it_starts() -> None:
    calendar = a_calendar(on_weekdays(*NIGHT))

    assert calendar.due(local("2026-03-06 23:00"), hours(7)) == local("2026-03-07 06:00")
    assert calendar.first_open(local("2026-03-08 23:00")) == local("2026-03-09 22:00")


def test_a_holiday_closes_the_shift_that_starts_on_it_and_no_other() -> None:
    calendar = a_calendar(on_weekdays(*NIGHT), holidays={date(2026, 3, 4): "a holiday"})

    assert calendar.is_open(local("2026-03-04 05:59"))
    assert calendar.first_open(local("2026-03-04 06:00")) == local("2026-03-05 22:00")


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-03 02:00", 1, "2026-03-04 02:00"),
        ("2026-03-06 02:00", 1, "2026-03-07 02:00"),
        ("2026-03-07 02:00", 1, "2026-03-10 02:00"),
        ("2026-03-07 07:00", 1, "2026-03-10 22:00"),
    ],
)
def test_business_days_from_the_small_hours_count_from_the_day_the_shift_started(
    start: str, days: int, due: str
) -> None:
    calendar = a_calendar(on_weekdays(*NIGHT))

    assert calendar.due(local(start), business_days(days)) == local(due)


def test_the_shift_of_the_eve_of_the_first_date_lasts_into_it() -> None:
    calendar = a_calendar(on_weekdays(*NIGHT), first=date(2026, 3, 3))

    assert calendar.is_open(local("2026-03-03 05:00"))
    assert calendar.due(local("2026-03-03 05:00"), business_days(1)) == local("2026-03-04 05:00")


# Business days and calendar days


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02 10:15", 0, "2026-03-02 10:15"),
        ("2026-03-02 10:15", 1, "2026-03-03 10:15"),
        ("2026-03-02 18:00", 0, "2026-03-03 09:00"),
        ("2026-03-02 18:00", 1, "2026-03-04 09:00"),
        ("2026-03-06 10:15", 1, "2026-03-09 10:15"),
        ("2026-03-07 12:00", 3, "2026-03-12 09:00"),
        ("2026-04-02 16:00", 1, "2026-04-07 16:00"),
    ],
)
def test_business_days_keep_the_wall_time_of_the_first_open_instant(
    start: str, days: int, due: str
) -> None:
    easter = {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}

    assert a_calendar(holidays=easter).due(local(start), business_days(days)) == local(due)


def test_a_wall_time_that_is_closed_on_the_day_waits_for_the_next_open_instant() -> None:
    calendar = a_calendar(
        {0: OFFICE, 1: SPLIT, 2: (Interval.at("08:00", "10:00"),), 3: OFFICE},
    )

    assert calendar.due(local("2026-03-02 12:30"), business_days(1)) == local("2026-03-03 13:30")
    assert calendar.due(local("2026-03-02 12:30"), business_days(2)) == local("2026-03-05 09:00")


def test_calendar_days_keep_the_wall_time_across_a_change_of_clocks() -> None:
    calendar = a_calendar()

    assert calendar.due(local("2026-03-28 12:00"), calendar_days(1)) == utc("2026-03-29 10:00")
    assert calendar.due(local("2026-10-24 12:00"), calendar_days(1)) == utc("2026-10-25 11:00")


@fault("T4")
def test_no_calendar_days_are_the_start_itself_even_in_the_second_of_two_equal_hours() -> None:
    start = local("2026-10-25 02:30", fold=1)

    assert a_calendar().due(start, calendar_days(0)) == utc("2026-10-25 01:30")


@fault("T3")
def test_a_wall_time_in_a_gap_becomes_the_end_of_the_gap() -> None:
    calendar = a_calendar(ALWAYS)
    start = local("2026-03-28 02:30:15")

    assert calendar.due(start, calendar_days(1)) == utc("2026-03-29 01:00")
    assert calendar.due(start, business_days(1)) == utc("2026-03-29 01:00")


@fault("T4")
def test_a_wall_time_in_a_fold_is_the_first_of_the_two() -> None:
    calendar = a_calendar(ALWAYS)
    start = local("2026-10-24 02:30:15")

    assert calendar.due(start, calendar_days(1)) == utc("2026-10-25 00:30:15")
    assert calendar.due(start, business_days(1)) == utc("2026-10-25 00:30:15")


def test_calendar_days_go_on_where_the_calendar_has_ended() -> None:
    calendar = a_calendar(last=date(2026, 3, 31))

    assert calendar.due(local("2026-03-30 12:00"), calendar_days(7)) == local("2026-04-06 12:00")


@fault("T3")
def test_a_date_that_a_zone_skipped_ends_at_the_next_date() -> None:
    apia = a_calendar(ALWAYS, zone="Pacific/Apia", first=date(2011, 12, 1), last=date(2012, 1, 31))
    start = local("2011-12-29 10:00", "Pacific/Apia")

    assert apia.due(start, calendar_days(1)) == local("2011-12-31 00:00", "Pacific/Apia")
    assert apia.due(start, business_days(1)) == local("2011-12-31 10:00", "Pacific/Apia")
    assert apia.due(start, hours(15)) == local("2011-12-31 01:00", "Pacific/Apia")


# Intervals with edges in the gap and in the fold, Berlin 2026-03-29 and 2026-10-25


@fault("T3")
def test_hours_that_begin_in_a_gap_open_at_its_end() -> None:
    calendar = a_calendar(on_sundays("02:30", "05:00"))

    assert calendar.first_open(local("2026-03-29 00:00")) == utc("2026-03-29 01:00")
    assert calendar.due(local("2026-03-29 00:00"), hours(2)) == utc("2026-03-29 03:00")


@fault("T3")
def test_hours_that_end_in_a_gap_close_where_it_begins() -> None:
    calendar = a_calendar(on_sundays("01:00", "02:30"))

    assert calendar.due(local("2026-03-29 00:00"), hours(1)) == utc("2026-03-29 01:00")
    assert not calendar.is_open(utc("2026-03-29 01:00"))


@fault("T3")
def test_a_day_whose_only_hours_are_skipped_by_the_clock_is_no_business_day() -> None:
    calendar = a_calendar(on_sundays("02:00", "03:00"))

    assert calendar.due(local("2026-03-22 02:10"), business_days(1)) == local("2026-04-05 02:10")
    assert "the clock skips its hours" in "\n".join(
        calendar.explain(local("2026-03-22 02:10"), business_days(1))
    )


@fault("T4")
def test_hours_that_end_inside_a_fold_come_in_two_pieces() -> None:
    calendar = a_calendar(on_sundays("01:00", "02:30"))
    start = local("2026-10-25 00:00")

    assert calendar.due(start, hours(1.5)) == utc("2026-10-25 00:30")
    assert calendar.due(start, minutes(91)) == utc("2026-10-25 01:01")
    assert calendar.due(start, hours(2)) == utc("2026-10-25 01:30")
    assert not calendar.is_open(utc("2026-10-25 00:45"))


@fault("T4")
def test_hours_that_begin_inside_a_fold_come_in_two_pieces() -> None:
    calendar = a_calendar(on_sundays("02:30", "04:00"))
    start = local("2026-10-25 00:00")

    assert calendar.first_open(start) == utc("2026-10-25 00:30")
    assert calendar.first_open(utc("2026-10-25 01:00")) == utc("2026-10-25 01:30")
    assert calendar.due(start, hours(2)) == utc("2026-10-25 03:00")


@pain("P3")
@fault("T5", "T11")
@pytest.mark.parametrize(
    ("zone", "day", "open_hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Asia/Beirut", "2026-03-29", 23),
        ("Asia/Beirut", "2026-10-24", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Sydney", "2026-10-04", 23),
        ("Australia/Sydney", "2026-04-05", 25),
    ],
)
def test_a_day_that_is_always_open_is_as_long_as_the_clocks_make_it(
    zone: str, day: str, open_hours: float
) -> None:
    calendar = a_calendar(ALWAYS, zone=zone)
    begins = local(f"{day} 00:00", zone)
    ends = local(f"{date.fromisoformat(day) + timedelta(days=1)} 00:00", zone)

    assert calendar.open_between(begins, ends) == timedelta(hours=open_hours)
    assert calendar.due(begins, hours(open_hours)) == ends


def test_no_business_days_from_an_open_instant_are_that_instant_though_it_is_shown_twice() -> None:
    start = local("2026-10-25 02:23", fold=1)

    assert a_calendar(ALWAYS).due(start, business_days(0)) == utc("2026-10-25 01:23")
