"""When a digest is due: at its time of day, on open days, never outside open hours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.digests.times import Rhythm, slot_from, slot_upto
from slasync.domain.time.calendars import Calendar, CalendarSpec, CoverageEnded, Interval
from tests.faults.marks import fault

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
AT_EIGHT = Rhythm(8 * 60)
ON_MONDAYS = Rhythm(8 * 60, weekday=0)
A_MOMENT = timedelta(microseconds=1)


def hours(*spans: str, zone: str = "Europe/Berlin", **changes: Any) -> Calendar:
    """A calendar open in `spans` from Monday to Friday of 2026."""
    intervals = tuple(Interval.at(*span.split("-")) for span in spans)
    ordinary: dict[str, Any] = {
        "name": "office",
        "zone": zone,
        "week": dict.fromkeys(range(5), intervals),
        "holidays": {},
        "overrides": {},
        "first": date(2026, 1, 1),
        "last": date(2026, 12, 31),
    }
    return Calendar(CalendarSpec(**ordinary | changes))


def berlin(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    """Return a time of March 2026 in Berlin; the 2nd is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("since", "slot"),
    [
        (berlin(2, 7), berlin(2, 8)),
        (berlin(2, 8), berlin(2, 8)),
        (berlin(2, 8, 1), berlin(3, 8)),
        (berlin(6, 12), berlin(9, 8)),  # Friday noon: Monday
        (berlin(7, 9), berlin(9, 8)),
    ],
)
def test_a_digest_comes_on_each_open_day_at_its_time(since: datetime, slot: datetime) -> None:
    assert slot_from(hours("07:00-17:00"), AT_EIGHT, since) == slot


def test_where_the_hours_begin_later_it_comes_when_they_do() -> None:
    calendar = hours("09:30-12:00", "13:00-17:00")

    assert slot_from(calendar, AT_EIGHT, berlin(2)) == berlin(2, 9, 30)
    assert slot_from(calendar, Rhythm(12 * 60 + 15), berlin(2)) == berlin(2, 13)


def test_a_time_after_hours_is_the_next_open_morning() -> None:
    calendar = hours("09:00-17:00")
    late = Rhythm(20 * 60)

    assert slot_from(calendar, late, berlin(2, 12)) == berlin(3, 9)
    assert slot_from(calendar, late, berlin(2, 3)) == berlin(2, 9)  # Friday's
    assert slot_from(calendar, late, berlin(6, 12)) == berlin(9, 9)


def test_a_holiday_has_no_digest() -> None:
    calendar = hours("07:00-17:00", holidays={date(2026, 3, 3): "a holiday"})

    assert slot_from(calendar, AT_EIGHT, berlin(2, 9)) == berlin(4, 8)


def test_a_weekly_digest_comes_on_its_day_or_the_next_open_one() -> None:
    closed = hours("07:00-17:00", overrides={date(2026, 3, 9): ()})

    assert slot_from(closed, ON_MONDAYS, berlin(2, 9)) == berlin(10, 8)
    assert slot_from(closed, ON_MONDAYS, berlin(10, 7)) == berlin(10, 8)
    assert slot_from(closed, ON_MONDAYS, berlin(10, 9)) == berlin(16, 8)
    assert slot_upto(closed, ON_MONDAYS, berlin(13)) == berlin(10, 8)


def test_after_weeks_without_hours_it_comes_once() -> None:
    away = {date(2026, 3, day): () for day in range(2, 21)}
    calendar = hours("07:00-17:00", overrides=away)

    for rhythm in (AT_EIGHT, ON_MONDAYS):
        assert slot_from(calendar, rhythm, berlin(3)) == berlin(23, 8)
        assert slot_from(calendar, rhythm, berlin(20)) == berlin(23, 8)


def test_the_wall_clock_stays_when_the_clocks_change() -> None:
    calendar = hours("07:00-17:00")

    before = slot_from(calendar, AT_EIGHT, berlin(27))
    after = slot_from(calendar, AT_EIGHT, berlin(28))
    assert before.astimezone(UTC).hour == 7
    assert after.astimezone(UTC) == datetime(2026, 3, 30, 6, tzinfo=UTC)


@fault("T3")
def test_a_time_that_the_clock_skips_is_the_end_of_the_gap() -> None:
    always = {day: (Interval.at("00:00", "24:00"),) for day in range(7)}
    calendar = hours("07:00-17:00", week=always)

    assert slot_from(calendar, Rhythm(2 * 60 + 30), berlin(29)) == berlin(29, 3)


def test_each_reader_s_morning_is_his_own() -> None:
    since = datetime(2026, 3, 2, 5, tzinfo=UTC)
    american = hours("07:00-17:00", zone="America/New_York")

    assert slot_from(hours("07:00-17:00"), AT_EIGHT, since) == berlin(2, 8)
    assert slot_from(american, AT_EIGHT, since) == datetime(2026, 3, 2, 8, tzinfo=NEW_YORK)


def test_a_calendar_that_ends_says_so() -> None:
    calendar = hours("07:00-17:00")

    with pytest.raises(CoverageEnded, match="2026-12-31"):
        slot_from(calendar, AT_EIGHT, berlin(31, 9, month=12))
    with pytest.raises(CoverageEnded):
        slot_from(calendar, ON_MONDAYS, datetime(2027, 2, 1, tzinfo=UTC))
    only = hours(overrides={date(2026, 3, 2): (Interval.at("09:00", "10:00"),)}, week={})
    with pytest.raises(CoverageEnded):
        slot_from(only, AT_EIGHT, berlin(3))


def test_before_a_calendar_begins_there_was_no_digest() -> None:
    assert slot_upto(hours("07:00-17:00"), AT_EIGHT, berlin(1, month=1)) is None


@given(
    since=st.datetimes(datetime(2026, 1, 3), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    minute=st.integers(0, 1439),
    weekday=st.none() | st.integers(0, 6),
)
def test_a_slot_is_open_and_none_lies_between_it_and_where_it_was_asked_for(
    since: datetime, minute: int, weekday: int | None
) -> None:
    calendar, rhythm = hours("08:00-12:00", "13:00-18:00"), Rhythm(minute, weekday)
    slot = slot_from(calendar, rhythm, since)

    assert slot >= since
    assert calendar.is_open(slot)
    assert slot_upto(calendar, rhythm, slot) == slot
    earlier = slot_upto(calendar, rhythm, slot - A_MOMENT)
    assert earlier is None or earlier < since
    if earlier:
        assert slot_from(calendar, rhythm, earlier + A_MOMENT) == slot
