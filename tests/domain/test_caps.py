"""Storms: what an hour usually has, what is above it, many changes that are one, spreading."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from slasync.domain.caps import (
    Bulk,
    Caps,
    Change,
    Hour,
    Reason,
    above,
    batch_name,
    crowd,
    hour_of,
    hours_before,
    is_over,
    spread,
    usual,
)
from slasync.domain.lead import LeadKey
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval
from tests.builders import DAY, HOUR, MINUTE, MONDAY, nine_to_five

ALWAYS = (Interval.at("00:00", "24:00"),)


def every_day(zone: str, holidays: Mapping[date, str] | None = None) -> Calendar:
    week = dict.fromkeys(range(7), ALWAYS)
    ends = date(2025, 1, 1), date(2028, 12, 31)
    return Calendar(CalendarSpec("all", zone, week, holidays or {}, {}, *ends))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# the caps


@pytest.mark.parametrize(
    ("at_most", "above_it"),
    [
        ({}, {"ana": 21}),
        ({"ana": 20}, {"ana": 21}),
        ({f"owner {n}": 20 for n in range(10)}, {f"owner {n}": 20 for n in range(10)} | {"x": 1}),
    ],
)
def test_a_cap_is_passed_by_one_more_than_it_lets_through(
    at_most: Mapping[str, int], above_it: Mapping[str, int]
) -> None:
    assert not is_over(at_most, Caps())
    assert is_over(above_it, Caps())


def test_batches_are_named_by_reason_and_day_and_numbered_from_the_second() -> None:
    day = date(2026, 3, 2)
    assert batch_name(Reason.LATE, day, 1) == "late-2026-03-02"
    assert batch_name(Reason.OWNERS, day, 3) == "bulk-owner-2026-03-02-3"


# hours


def test_an_hour_is_one_of_the_calendars_wall_clock() -> None:
    at = utc("2026-06-01T10:47:12")
    assert hour_of(nine_to_five("Asia/Kolkata"), at) == Hour(  # half an hour off
        utc("2026-06-01T10:30"), utc("2026-06-01T11:30")
    )


def test_the_same_hour_of_working_days_leaves_out_weekends_and_holidays() -> None:
    found = hours_before(nine_to_five(), utc("2026-03-10T10:20"), 5)
    days = [hour.begins.date().day for hour in found]
    assert days == [9, 6, 5, 4, 3]
    assert {hour.begins.hour for hour in found} == {10}
    closed = every_day("UTC", {date(2026, 3, 9): "closed"})
    assert hours_before(closed, utc("2026-03-10T10:20"), 1)[0].begins.day == 8


def test_the_wall_clocks_hour_counts_on_both_sides_of_a_change_of_clocks() -> None:
    berlin = every_day("Europe/Berlin")
    before, changed = hours_before(berlin, utc("2026-03-31T07:30"), 3)[1:], utc("2026-03-29T07:00")
    assert [hour.begins for hour in before] == [changed, utc("2026-03-28T08:00")]  # both 9 o'clock


def test_a_day_whose_clocks_leave_the_hour_out_gives_way_to_the_day_before() -> None:
    berlin = every_day("Europe/Berlin")
    days = [hour.begins.date().day for hour in hours_before(berlin, utc("2026-03-31T00:30"), 3)]
    assert days == [30, 28, 27]  # on the 29th there is no hour from two to three


def test_an_hour_that_is_shown_twice_lasts_two_and_counts_by_the_hour() -> None:
    berlin = every_day("Europe/Berlin")
    (twice,) = hours_before(berlin, utc("2026-10-26T01:30"), 1)
    assert (twice.begins, twice.length) == (utc("2026-10-25T00:00"), 2)
    assert usual([40], [twice]) == 20
    for second in ("2026-10-25T00:30", "2026-10-25T01:30"):  # 02:30 and 02:30 again
        assert hour_of(berlin, utc(second)) == twice


def test_where_clocks_change_by_half_an_hour_the_hour_is_as_long_as_it_is() -> None:
    island = every_day("Australia/Lord_Howe")
    (autumn,) = hours_before(island, utc("2026-04-05T14:40"), 1)  # 01:10 on the 6th
    assert autumn.length == 1.5
    (spring,) = hours_before(island, utc("2026-10-04T15:10"), 1)  # 02:10 on the 5th
    assert spring.length == 0.5


def test_no_hours_are_sought_for_ever_in_a_calendar_that_was_closed() -> None:
    ends = date(2030, 1, 1), date(2030, 12, 31)
    later = CalendarSpec("later", "UTC", {}, {}, {date(2030, 5, 1): ALWAYS}, *ends)
    assert hours_before(Calendar(later), utc("2026-03-10T10:20"), 20) == ()


# what is usual


def test_one_storm_does_not_change_what_is_usual() -> None:
    hours = hours_before(nine_to_five(), utc("2026-03-10T10:20"), 5)
    assert usual([4, 6, 900, 5, 5], hours) == 5


@pytest.mark.parametrize(
    ("made", "before", "allowed", "extra"),
    [
        (10, 0, 10.0, 0),
        (11, 0, 10.0, 1),
        (10, 5, 10.5, 5),
        (10, 50, 10.0, 10),
        (10, 0, 0.0, 10),
        (0, 5, 1.0, 0),
    ],
)
def test_what_is_above_what_is_allowed_counts(
    made: int, before: int, allowed: float, extra: int
) -> None:
    assert above(made, before, allowed) == extra


# many changes at once


def changes(*minutes: float, first: int = 0) -> list[Change]:
    return [
        Change(LeadKey(f"lead {n}"), MONDAY + minute * MINUTE)
        for n, minute in enumerate(minutes, first)
    ]


BULK = Bulk(leads=3, within=10 * MINUTE)


def test_as_many_leads_as_named_within_the_time_are_one_change() -> None:
    assert crowd(changes(0, 5, 10), BULK) == {"lead 0", "lead 1", "lead 2"}
    assert crowd(changes(0, 5, 10.01), BULK) == frozenset()
    assert crowd(changes(0, 5), BULK) == frozenset()


def test_a_stretch_goes_on_as_long_as_it_is_crowded_and_no_further() -> None:
    found = crowd(changes(0, 30, 35, 39, 42, 60, 61), BULK)
    assert found == {"lead 1", "lead 2", "lead 3", "lead 4"}


def test_one_lead_that_is_changed_over_and_over_is_no_crowd() -> None:
    again = [Change(LeadKey("lead 0"), MONDAY + n * MINUTE) for n in range(9)]
    assert crowd(again, BULK) == frozenset()
    assert crowd([*again, *changes(1, 2, first=5)], BULK) == {"lead 0", "lead 5", "lead 6"}


def test_changes_are_counted_by_when_they_happened_in_whatever_order_they_come() -> None:
    told = changes(0, 5, 10, 200)
    assert crowd(told[::-1], BULK) == crowd(told, BULK)


# spreading


def test_what_is_allowed_goes_out_so_many_an_hour_for_each_owner() -> None:
    owners = ["ana", "ana", "ben", "ana", "ana", "ana"]
    times = spread(owners, 2, MONDAY, {})
    assert [(at - MONDAY) / HOUR for at in times] == [0, 0, 0, 1, 1, 2]


def test_who_waits_for_an_earlier_batch_gets_the_next_one_after_it() -> None:
    busy = {"ana": MONDAY + 3 * HOUR, "ben": MONDAY - HOUR}
    times = spread(["ana", "ben", "ana"], 1, MONDAY, busy)
    assert times == [MONDAY + 4 * HOUR, MONDAY, MONDAY + 5 * HOUR]


def test_without_a_rate_all_goes_at_once_and_what_is_nobodys_always_does() -> None:
    assert spread(["ana"] * 3, None, MONDAY, {"ana": MONDAY + DAY}) == [MONDAY] * 3
    assert spread([""] * 3, 1, MONDAY, {}) == [MONDAY] * 3
