"""Counts, shares and verdicts, worked out by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from slasync.domain.figures.obligations import Finding, Pace, Quota, Standing, Tally, Verdict, pace
from slasync.domain.lead import LeadKey
from slasync.domain.time.calendars import Calendar, CalendarSpec, CoverageEnded, Interval
from slasync.domain.time.months import Month
from tests.builders import MONDAY, nine_to_five

OCTOBER = Month(2026, 10)  # begins on a Thursday: 22 days from Monday to Friday
BERLIN = nine_to_five("Europe/Berlin")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def found(verdict: Verdict, count: int) -> list[Finding]:
    return [
        Finding(lead=LeadKey(f"{verdict}{n}"), cycle="c1", verdict=verdict, since=MONDAY)
        for n in range(count)
    ]


def tally(  # noqa: PLR0913, PLR0917 - one number for each verdict
    kept: int = 0, broken: int = 0, running: int = 0, unknown: int = 0, passed_on: int = 0,
    at_least: str | None = "9/10",
) -> Tally:  # fmt: skip
    numbers = (kept, broken, running, unknown, passed_on)
    findings = [f for v, n in zip(Verdict, numbers, strict=True) for f in found(v, n)]
    return Tally(tuple(findings), Fraction(at_least) if at_least else None)


@pytest.mark.parametrize(
    ("counts", "standing"),
    [
        ({}, Standing.NOTHING),
        ({"passed_on": 3}, Standing.NOTHING),
        ({"kept": 9, "broken": 1}, Standing.MET),  # nine of ten exactly
        ({"kept": 8, "broken": 2}, Standing.MISSED),
        ({"kept": 8, "broken": 1, "unknown": 1}, Standing.UNKNOWN),  # one more would be enough
        ({"kept": 8, "broken": 2, "unknown": 1}, Standing.MISSED),  # 9 of 11 at best
        ({"kept": 9, "unknown": 1}, Standing.MET),  # 9 of 10 at worst
        ({"kept": 8, "broken": 1, "running": 1}, Standing.OPEN),
        ({"kept": 7, "broken": 1, "running": 1, "unknown": 1}, Standing.UNKNOWN),
        ({"kept": 1, "broken": 9, "at_least": None}, Standing.NOT_AGREED),
    ],
)
def test_a_verdict_is_given_where_nothing_unknown_could_change_it(
    counts: dict[str, Any], standing: Standing
) -> None:
    assert tally(**counts).standing == standing


def test_a_share_is_of_what_is_known() -> None:
    found_ = tally(kept=3, broken=1, unknown=4, running=2, passed_on=7)

    assert (found_.share, found_.known, found_.total) == (Fraction(3, 4), 4, 10)


def test_of_nothing_known_there_is_no_share() -> None:
    assert tally(unknown=2).share is None


# the quota


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def quota(  # noqa: PLR0913 - a quota is of so many things
    count: int,
    known_to: str,
    *,
    a_month: int = 150,
    at_least: str = "9/10",
    period: tuple[date, date] = YEAR,
    watched_from: datetime | None = None,
    calendar: Calendar = BERLIN,
) -> Pace:
    owed = Quota(a_month, Fraction(at_least), *period)
    handed_over = found(Verdict.KEPT, count)
    return pace(owed, handed_over, OCTOBER, calendar, at(known_to), watched_from=watched_from)


@pytest.mark.parametrize(
    ("known_to", "gone"),
    [
        ("2026-10-01T00:00:00+02:00", 0),
        ("2026-10-01T23:59:59+02:00", 0),  # a day counts once it is over
        ("2026-10-02T00:00:00+02:00", 1),
        ("2026-10-05T12:00:00+02:00", 2),  # Thursday and Friday; the weekend is none
        ("2026-10-16T12:00:00+02:00", 11),
        ("2026-10-30T22:59:59+00:00", 21),  # 23:59 in Berlin, winter time
        ("2026-10-30T23:00:00+00:00", 22),
    ],
)
def test_working_days_count_by_the_wall_clock_of_the_calendar(known_to: str, gone: int) -> None:
    found_ = quota(0, known_to)

    assert (found_.gone, found_.days) == (gone, 22)


@pytest.mark.parametrize(
    ("count", "standing"), [(67, Standing.MISSED), (68, Standing.MET), (150, Standing.MET)]
)
def test_within_the_month_the_quota_is_owed_pro_rata(count: int, standing: Standing) -> None:
    found_ = quota(count, "2026-10-16T12:00:00+02:00")  # 11 of 22 days: 75 of 150; 90 % are 67.5

    assert found_.owed_by_now == 75
    assert found_.enough_by_now == 68
    assert found_.standing == standing


@pytest.mark.parametrize(("count", "standing"), [(134, Standing.MISSED), (135, Standing.MET)])
def test_after_the_month_all_of_it_is(count: int, standing: Standing) -> None:
    found_ = quota(count, "2026-10-31T23:00:00+00:00")

    assert found_.over
    assert found_.enough_by_now == 135
    assert found_.standing == standing


def test_a_month_is_not_over_before_everything_in_it_is_known() -> None:
    assert not quota(0, "2026-10-31T22:59:59+00:00").over


def test_a_holiday_is_no_working_day() -> None:
    week = {day: (Interval.at("09:00", "17:00"),) for day in range(5)}
    closed = {date(2026, 10, 5): "a holiday"}
    spec = CalendarSpec(
        "x", "Europe/Berlin", week, closed, {}, date(2026, 1, 1), date(2026, 12, 31)
    )

    found_ = quota(0, "2026-10-06T12:00:00+02:00", calendar=Calendar(spec))

    assert (found_.gone, found_.days) == (2, 21)


def test_of_a_month_cut_short_by_the_period_so_much_is_owed_as_it_has_working_days() -> None:
    begins = date(2026, 10, 19)  # ten working days are left
    found_ = quota(0, "2026-10-31T23:00:00+00:00", period=(begins, YEAR[1]))

    assert (found_.owed, found_.days) == (Fraction(1500, 22), 10)
    assert found_.enough_by_now == 62  # 61.36


def test_a_month_outside_the_period_owes_nothing() -> None:
    found_ = quota(3, "2026-10-31T23:00:00+00:00", period=(date(2026, 11, 1), YEAR[1]))

    assert found_.standing == Standing.NOTHING


@pytest.mark.parametrize(("count", "standing"), [(134, Standing.UNKNOWN), (135, Standing.MET)])
def test_hand_overs_before_slasync_watched_are_not_known_and_decide_nothing(
    count: int, standing: Standing
) -> None:
    start = at("2026-10-12T09:00:00+02:00")

    found_ = quota(count, "2026-10-31T23:00:00+00:00", watched_from=start)

    assert found_.unknown_before == start
    assert found_.standing == standing


def test_watched_since_before_the_month_all_of_it_is_known() -> None:
    start = at("2026-10-01T00:00:00+02:00")

    assert quota(0, "2026-10-31T23:00:00+00:00", watched_from=start).unknown_before is None


def test_what_came_before_the_period_need_not_be_known() -> None:
    start = at("2026-10-12T00:00:00+02:00")
    period = (date(2026, 10, 12), YEAR[1])

    found_ = quota(0, "2026-10-31T23:00:00+00:00", watched_from=start, period=period)

    assert found_.unknown_before is None


def test_a_month_that_the_calendar_does_not_know_is_refused() -> None:
    week = {0: (Interval.at("09:00", "17:00"),)}
    spec = CalendarSpec("x", "UTC", week, {}, {}, date(2026, 10, 2), date(2026, 12, 31))

    with pytest.raises(CoverageEnded):
        quota(0, "2026-10-16T12:00:00+02:00", calendar=Calendar(spec))
