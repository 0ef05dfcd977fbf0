"""Calendars and moments to test with. Say only what the test is about; the rest is ordinary."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Unit

OFFICE = (Interval.at("09:00", "17:00"),)
SPLIT = (Interval.at("08:00", "12:00"), Interval.at("13:30", "18:00"))
NIGHT = (Interval.at("22:00", "06:00"),)
ALWAYS = {day: (Interval.at("00:00", "24:00"),) for day in range(7)}


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


def a_calendar(week: Mapping[int, tuple[Interval, ...]] | None = None, **changes: Any) -> Calendar:
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
    long = draw(st.integers(0, 1440))  # so that no calendar is too thin for the amounts below
    week[draw(st.integers(0, 6))] = (draw(interval), Interval(long, long + 600))
    spec = a_spec(
        week,
        zone=zone,
        holidays=dict.fromkeys(draw(st.lists(dates, max_size=2)), "a holiday"),
        overrides=draw(st.dictionaries(dates, a_day, max_size=2)),
        first=day - timedelta(days=60),
        last=day + timedelta(days=120),
    )
    return spec, datetime(day.year, day.month, day.day, tzinfo=UTC)
