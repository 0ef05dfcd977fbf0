"""A deadline explained: every line a person needs to check it."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Pause, Unit
from tests.domain.calendar_builders import (
    NIGHT,
    OFFICE,
    SPLIT,
    a_calendar,
    business_days,
    calendar_days,
    hours,
    local,
    near_a_transition,
    on_weekdays,
)

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
        ("2026-03-02 02:30", 2, "the same wall time, 02:30; open hours do not matter"),
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


def test_a_deadline_at_midnight_says_nothing_of_the_day_that_begins_then() -> None:
    calendar = a_calendar({4: (Interval.at("20:00", "24:00"),)})

    assert calendar.explain(local("2026-03-06 20:00"), hours(4))[3:-1] == (
        "Fri 2026-03-06: 4 h of open time",
    )


def test_the_explanation_says_when_the_wall_time_is_closed_on_the_last_day() -> None:
    calendar = a_calendar({0: OFFICE, 1: SPLIT})

    lines = calendar.explain(local("2026-03-02 12:30"), business_days(1))

    assert lines[-2] == (
        "Tue 2026-03-03 12:30 is closed or skipped by the clock: the next open instant"
    )


# Pauses


def test_the_explanation_of_pauses_tells_each_and_what_of_each_day_counts() -> None:
    pauses = [
        Pause(local("2026-03-02 09:00"), local("2026-03-02 11:00")),
        Pause(local("2026-03-03 10:00"), local("2026-03-05 08:00")),
        Pause(local("2026-03-06 12:00")),
    ]

    assert a_calendar().explain(local("2026-03-02 10:00"), hours(8), pauses)[1:] == (
        "start: Mon 2026-03-02 10:00+01:00 CET",
        (
            "paused from Mon 2026-03-02 09:00+01:00 CET to Mon 2026-03-02 11:00+01:00 CET:"
            " 1 h of open time"
        ),
        (
            "paused from Tue 2026-03-03 10:00+01:00 CET to Thu 2026-03-05 08:00+01:00 CET:"
            " 15 h of open time"
        ),
        "closed or paused at that time, first instant that counts: Mon 2026-03-02 11:00+01:00 CET",
        "Mon 2026-03-02: 6 h of open time, 1 h more paused",
        "Tue 2026-03-03: 1 h of open time, 7 h more paused",
        "Wed 2026-03-04: paused, 8 h of open time do not count",
        "Thu 2026-03-05: 1 h of open time",
        "due after 8 business hours: Thu 2026-03-05 10:00+01:00 CET = 2026-03-05T09:00:00Z",
    )


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (
            business_days(1),
            "Tue 2026-03-03 10:00+01:00 CET, put off by 4 h of open time paused since",
        ),
        (calendar_days(1), "Tue 2026-03-03 10:00+01:00 CET, put off by 20 h paused since"),
    ],
)
def test_the_explanation_of_days_tells_the_deadline_without_pauses_and_what_put_it_off(
    offset: Offset, words: str
) -> None:
    pauses = [Pause(local("2026-03-02 14:00"), local("2026-03-03 10:00"))]

    assert a_calendar().explain(local("2026-03-02 10:00"), offset, pauses)[-2] == words


@pytest.mark.parametrize("offset", [hours(8), business_days(1), calendar_days(1)])
def test_the_explanation_of_a_pause_without_end_says_that_the_deadline_is_not_known(
    offset: Offset,
) -> None:
    lines = a_calendar().explain(
        local("2026-03-02 10:00"), offset, [Pause(local("2026-03-02 14:00"))]
    )

    assert lines[-2:] == (
        "paused since Mon 2026-03-02 14:00+01:00 CET, with no end so far",
        f"due after {offset}: not known before the pause ends",
    )


@pytest.mark.parametrize("unit", Unit)
def test_pauses_that_do_not_meet_the_way_to_the_deadline_are_not_told(unit: Unit) -> None:
    start, offset = local("2026-03-02 10:00"), Offset(1, unit)
    pauses = [
        Pause(local("2026-02-02 14:00"), local("2026-03-02 10:00")),
        Pause(local("2026-03-05 14:00")),
    ]

    assert a_calendar().explain(start, offset, pauses) == a_calendar().explain(start, offset)


@settings(deadline=None)
@given(near_a_transition(), st.integers(-4000, 4000), st.integers(0, 8), st.sampled_from(Unit))
def test_every_deadline_can_be_explained_and_the_last_line_holds_it(
    drawn: tuple[CalendarSpec, datetime], minute: int, amount: int, unit: Unit
) -> None:
    spec, day = drawn
    calendar, start = Calendar(spec), day + timedelta(minutes=minute)
    due = calendar.due(start, Offset(amount, unit))

    assert calendar.explain(start, Offset(amount, unit))[-1].endswith(
        f"= {due.isoformat().replace('+00:00', 'Z')}"
    )


@settings(deadline=None)
@given(
    near_a_transition(),
    st.integers(-4000, 4000),
    st.lists(st.tuples(st.integers(-3000, 3000), st.integers(0, 3000)), max_size=3),
    st.integers(0, 8),
    st.sampled_from(Unit),
)
def test_every_paused_deadline_can_be_explained_and_the_last_line_holds_it(
    drawn: tuple[CalendarSpec, datetime],
    minute: int,
    spans: list[tuple[int, int]],
    amount: int,
    unit: Unit,
) -> None:
    spec, day = drawn
    calendar, start = Calendar(spec), day + timedelta(minutes=minute)
    begins = [(start + timedelta(minutes=after), timedelta(minutes=n)) for after, n in spans]
    pauses = [Pause(at, at + long) for at, long in begins]
    due = calendar.due_paused(start, Offset(amount, unit), pauses)

    assert due is not None
    assert calendar.explain(start, Offset(amount, unit), pauses)[-1].endswith(
        f"= {due.isoformat().replace('+00:00', 'Z')}"
    )
