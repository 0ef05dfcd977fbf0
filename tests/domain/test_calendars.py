"""Deadlines: worked examples from people's calendars, then the oracle, then laws that always hold."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.calendars import Calendar, CalendarSpec, CoverageEnded, Interval, Offset, Unit
from tests.domain.minute_oracle import MinuteOracle

OFFICE = (Interval.at("09:00", "17:00"),)
SPLIT = (Interval.at("08:00", "12:00"), Interval.at("13:30", "18:00"))
NIGHT = (Interval.at("22:00", "06:00"),)
ALWAYS = {day: (Interval.at("00:00", "24:00"),) for day in range(7)}
MICROSECOND = timedelta(microseconds=1)


def on_weekdays(*intervals: Interval) -> dict[int, tuple[Interval, ...]]:
    return dict.fromkeys(range(5), intervals)


def on_sundays(opens: str, closes: str) -> dict[int, tuple[Interval, ...]]:
    return {6: (Interval.at(opens, closes),)}


def a_spec(week: Mapping[int, tuple[Interval, ...]] | None = None, **changes: Any) -> CalendarSpec:
    ordinary: dict[str, Any] = {
        "name": "office",
        "zone": "Europe/Berlin",
        "week": on_weekdays(*OFFICE) if week is None else week,
        "holidays": {},
        "overrides": {},
        "first": date(2025, 1, 1),
        "last": date(2027, 12, 31),
    }
    return CalendarSpec(**ordinary | changes)


def a_calendar(
    week: Mapping[int, tuple[Interval, ...]] | None = None, **changes: Any
) -> Calendar:
    return Calendar(a_spec(week, **changes))


def local(text: str, zone: str = "Europe/Berlin", *, fold: int = 0) -> datetime:
    """Write the wall time as people do: "2026-03-02 12:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(amount: float) -> Offset:
    return Offset(amount, Unit.BUSINESS_MINUTES)


def hours(amount: float) -> Offset:
    return Offset(amount, Unit.BUSINESS_HOURS)


def business_days(amount: int) -> Offset:
    return Offset(amount, Unit.BUSINESS_DAYS)


def calendar_days(amount: int) -> Offset:
    return Offset(amount, Unit.CALENDAR_DAYS)


# Business hours and minutes


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


def test_no_calendar_days_are_the_start_itself_even_in_the_second_of_two_equal_hours() -> None:
    start = local("2026-10-25 02:30", fold=1)

    assert a_calendar().due(start, calendar_days(0)) == utc("2026-10-25 01:30")


def test_a_wall_time_in_a_gap_becomes_the_end_of_the_gap() -> None:
    calendar = a_calendar(ALWAYS)
    start = local("2026-03-28 02:30:15")

    assert calendar.due(start, calendar_days(1)) == utc("2026-03-29 01:00")
    assert calendar.due(start, business_days(1)) == utc("2026-03-29 01:00")


def test_a_wall_time_in_a_fold_is_the_first_of_the_two() -> None:
    calendar = a_calendar(ALWAYS)
    start = local("2026-10-24 02:30:15")

    assert calendar.due(start, calendar_days(1)) == utc("2026-10-25 00:30:15")
    assert calendar.due(start, business_days(1)) == utc("2026-10-25 00:30:15")


def test_calendar_days_go_on_where_the_calendar_has_ended() -> None:
    calendar = a_calendar(last=date(2026, 3, 31))

    assert calendar.due(local("2026-03-30 12:00"), calendar_days(7)) == local("2026-04-06 12:00")


def test_a_date_that_a_zone_skipped_ends_at_the_next_date() -> None:
    apia = a_calendar(
        ALWAYS, zone="Pacific/Apia", first=date(2011, 12, 1), last=date(2012, 1, 31)
    )
    start = local("2011-12-29 10:00", "Pacific/Apia")

    assert apia.due(start, calendar_days(1)) == local("2011-12-31 00:00", "Pacific/Apia")
    assert apia.due(start, business_days(1)) == local("2011-12-31 10:00", "Pacific/Apia")
    assert apia.due(start, hours(15)) == local("2011-12-31 01:00", "Pacific/Apia")


# Intervals with edges in the gap and in the fold, Berlin 2026-03-29 and 2026-10-25


def test_hours_that_begin_in_a_gap_open_at_its_end() -> None:
    calendar = a_calendar(on_sundays("02:30", "05:00"))

    assert calendar.first_open(local("2026-03-29 00:00")) == utc("2026-03-29 01:00")
    assert calendar.due(local("2026-03-29 00:00"), hours(2)) == utc("2026-03-29 03:00")


def test_hours_that_end_in_a_gap_close_where_it_begins() -> None:
    calendar = a_calendar(on_sundays("01:00", "02:30"))

    assert calendar.due(local("2026-03-29 00:00"), hours(1)) == utc("2026-03-29 01:00")
    assert not calendar.is_open(utc("2026-03-29 01:00"))


def test_a_day_whose_only_hours_are_skipped_by_the_clock_is_no_business_day() -> None:
    calendar = a_calendar(on_sundays("02:00", "03:00"))

    assert calendar.due(local("2026-03-22 02:10"), business_days(1)) == local("2026-04-05 02:10")
    assert "the clock skips its hours" in "\n".join(
        calendar.explain(local("2026-03-22 02:10"), business_days(1))
    )


def test_hours_that_end_inside_a_fold_come_in_two_pieces() -> None:
    calendar = a_calendar(on_sundays("01:00", "02:30"))
    start = local("2026-10-25 00:00")

    assert calendar.due(start, hours(1.5)) == utc("2026-10-25 00:30")
    assert calendar.due(start, minutes(91)) == utc("2026-10-25 01:01")
    assert calendar.due(start, hours(2)) == utc("2026-10-25 01:30")
    assert not calendar.is_open(utc("2026-10-25 00:45"))


def test_hours_that_begin_inside_a_fold_come_in_two_pieces() -> None:
    calendar = a_calendar(on_sundays("02:30", "04:00"))
    start = local("2026-10-25 00:00")

    assert calendar.first_open(start) == utc("2026-10-25 00:30")
    assert calendar.first_open(utc("2026-10-25 01:00")) == utc("2026-10-25 01:30")
    assert calendar.due(start, hours(2)) == utc("2026-10-25 03:00")


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
    ends = calendar.due(begins, calendar_days(1))

    assert calendar.open_between(begins, ends) == timedelta(hours=open_hours)
    assert calendar.due(begins, hours(open_hours)) == ends


# The minute oracle

TRANSITIONS = [
    ("Europe/Berlin", date(2026, 3, 29), 120),
    ("Europe/Berlin", date(2026, 10, 25), 120),
    ("America/New_York", date(2026, 3, 8), 120),
    ("America/New_York", date(2026, 11, 1), 60),
    ("Africa/Cairo", date(2026, 4, 24), 0),
    ("Africa/Cairo", date(2026, 10, 29), 1380),
    ("Australia/Lord_Howe", date(2026, 10, 4), 120),
    ("Australia/Lord_Howe", date(2026, 4, 5), 90),
    ("Asia/Beirut", date(2026, 3, 29), 0),
    ("Asia/Beirut", date(2026, 10, 24), 1380),
    ("Australia/Sydney", date(2026, 10, 4), 120),
    ("America/Sao_Paulo", date(2018, 11, 4), 0),
    ("America/Sao_Paulo", date(2018, 2, 17), 1380),
    ("Asia/Kathmandu", date(2026, 6, 15), 720),
]
seconds = st.integers(0, 59_999_999) | st.just(0)


@st.composite
def near_a_transition(draw: st.DrawFn) -> tuple[CalendarSpec, datetime]:
    """A calendar whose edges crowd around a change of its clocks, and that day's beginning."""
    zone, day, changes_at = draw(st.sampled_from(TRANSITIONS))
    edges = st.integers(0, 1440) | st.integers(-30, 90).map(
        lambda minute: min(max(changes_at + minute, 0), 1440)
    )
    spans = st.integers(1, 1440) | st.integers(1, 90)
    interval = st.builds(lambda opens, span: Interval(opens, opens + span), edges, spans)
    a_day = st.lists(interval, max_size=3).map(tuple)
    dates = st.integers(-4, 6).map(lambda distance: day + timedelta(days=distance))
    week = draw(st.dictionaries(st.integers(0, 6), a_day, min_size=1, max_size=7))
    week[draw(st.integers(0, 6))] = (draw(interval), draw(interval))
    spec = a_spec(
        week,
        zone=zone,
        holidays=dict.fromkeys(draw(st.lists(dates, max_size=2)), "a holiday"),
        overrides=draw(st.dictionaries(dates, a_day, max_size=2)),
        first=day - timedelta(days=60),
        last=day + timedelta(days=120),
    )
    return spec, datetime(day.year, day.month, day.day, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(
    near_a_transition(), st.integers(0, 5000), st.integers(1, 199), st.integers(0, 1500), seconds
)
def test_ten_thousand_deadlines_in_business_time_are_those_of_the_oracle(
    drawn: tuple[CalendarSpec, datetime], first: int, stride: int, amount: int, microseconds: int
) -> None:
    spec, day = drawn
    calendar, oracle = Calendar(spec), MinuteOracle(spec)
    for nth in range(50):
        start = day + timedelta(minutes=first + nth * stride - 4000, microseconds=microseconds)
        offset = minutes(amount * nth // 25 + microseconds % 4 / 4)
        assert calendar.due(start, offset) == oracle.due(start, offset)


@settings(max_examples=150, deadline=None)
@given(
    near_a_transition(),
    st.integers(-4000, 4000),
    seconds,
    st.integers(0, 5),
    st.sampled_from([Unit.CALENDAR_DAYS, Unit.BUSINESS_DAYS, Unit.BUSINESS_HOURS]),
)
def test_days_and_hours_are_those_of_the_oracle(
    drawn: tuple[CalendarSpec, datetime], minute: int, microseconds: int, amount: int, unit: Unit
) -> None:
    spec, day = drawn
    start = day + timedelta(minutes=minute, microseconds=microseconds)

    assert Calendar(spec).due(start, Offset(amount, unit)) == MinuteOracle(spec).due(
        start, Offset(amount, unit)
    )


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


# Coverage


def test_a_deadline_beyond_the_last_date_names_the_calendar_and_its_end() -> None:
    calendar = a_calendar(last=date(2026, 3, 31))

    with pytest.raises(CoverageEnded, match="'office' covers 2025-01-01 to 2026-03-31") as ended:
        calendar.due(local("2026-03-31 16:00"), minutes(61))
    assert ended.value.ends == calendar.ends == date(2026, 3, 31)
    assert calendar.due(local("2026-03-31 16:00"), minutes(60)) == local("2026-03-31 17:00")


@pytest.mark.parametrize("offset", [minutes(0), minutes(1), business_days(0), business_days(1)])
@pytest.mark.parametrize("start", ["2024-12-31 23:59", "2028-01-01 00:00", "2027-12-31 17:00"])
def test_business_time_outside_the_coverage_is_never_guessed(start: str, offset: Offset) -> None:
    with pytest.raises(CoverageEnded):
        a_calendar().due(local(start), offset)


def test_coverage_is_counted_in_dates_of_the_calendars_zone() -> None:
    calendar = a_calendar(zone="America/New_York", last=date(2026, 3, 31))

    assert calendar.covers(utc("2026-04-01 03:59"))
    assert not calendar.covers(utc("2026-04-01 04:00"))
    assert not calendar.covers(utc("2025-01-01 04:59"))
    with pytest.raises(CoverageEnded):
        calendar.is_open(utc("2026-04-01 04:00"))


def test_a_shift_is_open_no_longer_than_the_calendar_knows_its_dates() -> None:
    calendar = a_calendar(on_weekdays(*NIGHT), last=date(2026, 3, 3))

    assert calendar.due(local("2026-03-03 22:00"), hours(2)) == local("2026-03-04 00:00")
    with pytest.raises(CoverageEnded):
        calendar.due(local("2026-03-03 22:00"), minutes(121))


# What is refused


@pytest.mark.parametrize("week", [{}, {0: ()}])
def test_a_calendar_without_open_hours_is_refused_and_says_what_to_do(
    week: dict[int, tuple[Interval, ...]],
) -> None:
    with pytest.raises(ValueError, match=r"no open hours .* give at least one weekday"):
        a_calendar(week)


def test_an_unknown_zone_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match=r"Europe/Berln.*did you mean Europe/Berlin\?"):
        a_calendar(zone="Europe/Berln")


@pytest.mark.parametrize("zone", ["", "../etc", "/etc/localtime", "Europe", "no such place"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone is named"):
        a_calendar(zone=zone)


@pytest.mark.parametrize("offset", [calendar_days(1), business_days(1), hours(1), minutes(1)])
def test_a_start_without_a_zone_is_refused(offset: Offset) -> None:
    naive = local("2026-03-02 12:00").replace(tzinfo=None)

    with pytest.raises(ValueError, match="has no zone: give an offset"):
        a_calendar().due(naive, offset)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (-1, Unit.BUSINESS_MINUTES),
        (float("nan"), Unit.BUSINESS_HOURS),
        (float("inf"), Unit.CALENDAR_DAYS),
        (10**400, Unit.BUSINESS_MINUTES),
        (1.5, Unit.CALENDAR_DAYS),
        (0.5, Unit.BUSINESS_DAYS),
    ],
)
def test_an_amount_that_cannot_be_counted_is_refused(amount: float, unit: Unit) -> None:
    with pytest.raises(ValueError, match="the amount is"):
        Offset(amount, unit)


@pytest.mark.parametrize(
    ("opens", "closes"), [(-1, 60), (1441, 1500), (540, 540), (600, 540), (0, 1441)]
)
def test_an_interval_that_is_empty_or_longer_than_a_day_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="an interval"):
        Interval(opens, closes)


@pytest.mark.parametrize("text", ["9:00", "24:01", "12:60", "noon", "12", "12:00:00", "-1:00", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        Interval.at(text, "24:00")


def test_an_interval_that_closes_earlier_than_it_opens_lasts_into_the_next_date() -> None:
    assert Interval.at("22:00", "06:00") == Interval(1320, 1800)
    with pytest.raises(ValueError, match="is empty"):
        Interval.at("08:00", "08:00")


def test_a_weekday_that_does_not_exist_and_dates_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="Monday is 0, Sunday 6"):
        a_spec({7: OFFICE})
    with pytest.raises(ValueError, match="ends on 2024-01-01, before 2025-01-01"):
        a_spec(last=date(2024, 1, 1))


def test_calendar_days_past_the_end_of_time_are_refused() -> None:
    with pytest.raises(ValueError, match="past the year 9999"):
        a_calendar().due(local("2026-03-02 12:00"), calendar_days(10**9))


# In words


def test_the_explanation_names_zone_first_open_instant_skipped_days_and_due_instant() -> None:
    calendar = a_calendar(
        holidays={date(2026, 4, 3): "Good Friday"}, overrides={date(2026, 4, 7): ()}
    )

    assert calendar.explain(local("2026-04-02 17:30"), hours(12)) == (
        "calendar office, zone Europe/Berlin, covers 2025-01-01 to 2027-12-31",
        "start: Thu 2026-04-02 17:30+02:00 CEST",
        "closed at that time, first open instant: Mon 2026-04-06 09:00+02:00 CEST",
        "Thu 2026-04-02: closed for the rest of the day",
        "Fri 2026-04-03: skipped, holiday (Good Friday)",
        "Sat 2026-04-04 to Sun 2026-04-05, each: skipped, weekend",
        "Mon 2026-04-06: 8 h of open time",
        "Tue 2026-04-07: skipped, closed by an override",
        "Wed 2026-04-08: 4 h of open time",
        "due after 12 business hours: Wed 2026-04-08 13:00+02:00 CEST = 2026-04-08T11:00:00Z",
    )


def test_the_explanation_of_business_days_counts_them_and_says_when_clocks_change() -> None:
    assert a_calendar().explain(local("2026-03-27 10:00"), business_days(1))[2:] == (
        "open at that time",
        "Sat 2026-03-28 to Sun 2026-03-29, each: skipped, weekend",
        "Mon 2026-03-30: a business day",
        "Sun 2026-03-29: at 02:00 the clock goes forward 1 h",
        "due after 1 business day: Mon 2026-03-30 10:00+02:00 CEST = 2026-03-30T08:00:00Z",
    )


@pytest.mark.parametrize(
    ("start", "days", "words"),
    [
        ("2026-03-28 02:30", 1, "02:30 is skipped by the clock: the end of the gap"),
        ("2026-10-24 02:30", 1, "02:30 is shown twice: the first"),
        ("2026-03-02 02:30", 2, "the same wall time, 02:30; open hours and holidays do not count"),
        ("2026-03-02 02:30", 0, "no days to count: the start itself"),
    ],
)
def test_the_explanation_of_calendar_days_says_what_became_of_the_wall_time(
    start: str, days: int, words: str
) -> None:
    assert words in a_calendar().explain(local(start), calendar_days(days))[2]


def test_the_explanation_of_a_night_shift_says_to_which_day_its_time_belongs() -> None:
    lines = a_calendar(on_weekdays(*NIGHT)).explain(local("2026-03-06 23:00"), hours(6))

    assert "Sat 2026-03-07: 5 h of open time, of the shift begun the day before" in lines


def test_the_explanation_says_when_the_wall_time_is_closed_on_the_last_day() -> None:
    calendar = a_calendar({0: OFFICE, 1: SPLIT})

    lines = calendar.explain(local("2026-03-02 12:30"), business_days(1))

    assert lines[-2] == (
        "Tue 2026-03-03 12:30 is closed or skipped by the clock: the next open instant"
    )


@settings(deadline=None)
@given(near_a_transition(), st.integers(-4000, 4000), st.integers(0, 8), units)
def test_every_deadline_can_be_explained_and_the_last_line_holds_it(
    drawn: tuple[CalendarSpec, datetime], minute: int, amount: int, unit: Unit
) -> None:
    spec, day = drawn
    calendar, start = Calendar(spec), day + timedelta(minutes=minute)
    due = calendar.due(start, Offset(amount, unit))

    assert calendar.explain(start, Offset(amount, unit))[-1].endswith(
        f"= {due.isoformat().replace('+00:00', 'Z')}"
    )
