"""Two calendars that share no line must give the same deadlines, clock changes included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Unit
from slasync.rehearsal.simulation.evidence import Hours
from slasync.rehearsal.simulation.minute_calendar import Closed, MinuteCalendar

Week = dict[int, tuple[tuple[int, int], ...]]
WEEKS: dict[str, Week] = {
    "office": dict.fromkeys(range(5), ((540, 750), (810, 1050))),
    "nights": dict.fromkeys(range(7), ((1320, 1800),)),
    "at the change": dict.fromkeys(range(7), ((90, 170), (600, 700))),
    "always": dict.fromkeys(range(7), ((0, 1440),)),
}
BEGINS = {
    "Europe/Berlin": datetime(2026, 3, 26, tzinfo=UTC),
    "America/New_York": datetime(2026, 10, 30, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 2, tzinfo=UTC),
    "America/St_Johns": datetime(2026, 10, 29, tzinfo=UTC),
}


def both(zone: str, week: str) -> tuple[Calendar, MinuteCalendar]:
    start = BEGINS[zone]
    holiday = (start + timedelta(days=5)).date()
    pieces = {d: tuple(Interval(a, b) for a, b in spans) for d, spans in WEEKS[week].items()}
    first, last = start.date() - timedelta(days=5), start.date() + timedelta(days=60)
    spec = CalendarSpec("here", zone, pieces, {holiday: "a holiday"}, {}, first, last)
    hours = Hours(zone=zone, week=WEEKS[week], holidays=frozenset({holiday}))
    return Calendar(spec), MinuteCalendar(hours, start)


PAIRS = {(zone, week): both(zone, week) for zone in BEGINS for week in WEEKS}
DAYS = st.tuples(st.sampled_from(["calendar_days", "business_days"]), st.integers(0, 5))
TIMES = st.tuples(
    st.sampled_from(["business_minutes", "business_hours"]),
    st.sampled_from([0, 0.5, 1, 2.5, 7, 30, 59.25]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(PAIRS)),
    st.timedeltas(timedelta(0), timedelta(days=8)),
    st.one_of(DAYS, TIMES),
)
def test_both_calendars_give_the_same_deadline(
    where: tuple[str, str], after: timedelta, offset: tuple[str, float]
) -> None:
    fast, slow = PAIRS[where]
    anchor = BEGINS[where[0]] + after
    unit, amount = offset
    assert slow.due(anchor, unit, amount) == fast.due(anchor, Offset(amount, Unit(unit)))


def test_a_deadline_falls_on_the_end_of_a_day_and_not_on_the_next_opening() -> None:
    _, slow = both("Europe/Berlin", "office")
    noon = datetime(2026, 3, 27, 11, tzinfo=UTC)
    assert slow.due(noon, "business_minutes", 30 + 240) == datetime(2026, 3, 27, 16, 30, tzinfo=UTC)


def test_a_calendar_that_never_opens_is_told() -> None:
    with pytest.raises(Closed):
        MinuteCalendar(Hours(zone="UTC", week={}), datetime(2026, 1, 1, tzinfo=UTC)).first_open(
            datetime(2026, 1, 2, tzinfo=UTC)
        )


def test_what_is_overridden_stands_above_week_and_holiday() -> None:
    day = date(2026, 3, 28)
    hours = Hours(zone="UTC", week={}, holidays=frozenset({day}), overrides={day: ((600, 660),)})
    slow = MinuteCalendar(hours, datetime(2026, 3, 28, tzinfo=UTC))
    opens = datetime(2026, 3, 28, 10, tzinfo=UTC)
    assert slow.first_open(datetime(2026, 3, 28, 1, tzinfo=UTC)) == opens
