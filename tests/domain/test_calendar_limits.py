"""Where a calendar ends, and what it refuses."""

from datetime import date

import pytest

from slasync.domain.time.calendars import CoverageEnded, Interval, Offset, Unit
from tests.domain.calendar_builders import (
    NIGHT,
    OFFICE,
    a_calendar,
    a_spec,
    business_days,
    calendar_days,
    hours,
    local,
    minutes,
    on_weekdays,
    utc,
)
from tests.faults.marks import fault

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


@fault("T11")
@pytest.mark.parametrize("week", [{}, {0: ()}])
def test_a_calendar_without_open_hours_is_refused_and_says_what_to_do(
    week: dict[int, tuple[Interval, ...]],
) -> None:
    with pytest.raises(ValueError, match=r"no open hours .* give at least one weekday"):
        a_calendar(week)


@fault("T9")
def test_an_unknown_zone_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match=r"Europe/Berln.*did you mean Europe/Berlin\?"):
        a_calendar(zone="Europe/Berln")


@pytest.mark.parametrize("zone", ["", "../etc", "/etc/localtime", "Europe", "no such place"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone is named"):
        a_calendar(zone=zone)


@fault("T5")
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


@fault("T15")
def test_calendar_days_past_the_end_of_time_are_refused() -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        a_calendar().due(local("2026-03-02 12:00"), calendar_days(10**9))
