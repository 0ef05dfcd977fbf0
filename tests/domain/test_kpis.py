"""Arithmetic of figures: medians, shares, standings that only decide what cannot change."""

from datetime import timedelta
from fractions import Fraction

import pytest

from slasync.domain.figures.kpis import (
    Alarm,
    Figure,
    Measure,
    growth,
    in_days,
    median,
    minutes,
    percentile,
    product,
    share,
)
from slasync.domain.figures.obligations import Aim, Standing

MINUTE = timedelta(minutes=1)
HALF, P90 = Fraction(1, 2), Fraction(9, 10)


def a_share(count: int, of: int, *, aim: Aim, open_: int = 0, unknown: int = 0) -> Figure:
    return Figure(
        name="mql_to_sal", measure=Measure.SHARE, value=share(count, of), count=count, of=of,
        open=open_, unknown=unknown, aim=aim,
    )  # fmt: skip


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle() -> None:
    assert median([4 * MINUTE, MINUTE, 2 * MINUTE, 9 * MINUTE]) == 3 * MINUTE
    assert median([4 * MINUTE, MINUTE, 2 * MINUTE]) == 2 * MINUTE
    assert median([]) is None


@pytest.mark.parametrize(("number", "place"), [(1, 1), (9, 9), (10, 9), (11, 10), (100, 90)])
def test_ninety_percent_is_the_smallest_value_that_nine_of_ten_do_not_exceed(
    number: int, place: int
) -> None:
    values = [n * MINUTE for n in range(number, 0, -1)]
    assert percentile(values, P90) == place * MINUTE


def test_a_percentile_of_nothing_is_not_known() -> None:
    assert percentile([], P90) is None


def test_fractions_of_a_minute_are_kept() -> None:
    assert minutes(timedelta(seconds=90)) == Fraction(3, 2)
    assert in_days(timedelta(hours=36)) == Fraction(3, 2)


def test_growth_is_told_against_something_only() -> None:
    assert growth(12, 10) == Fraction(1, 5)
    assert growth(5, 10) == -HALF
    assert growth(5, 0) is None


def test_a_compound_probability_needs_every_step_unless_one_is_nothing() -> None:
    assert product([HALF, HALF]) == Fraction(1, 4)
    assert product([HALF, None]) is None
    assert product([Fraction(0), None]) == 0


def test_a_target_is_met_once_what_is_open_cannot_take_it_away() -> None:
    aim = Aim(target=HALF)
    assert a_share(5, 10, aim=aim, open_=3).standing is Standing.MET
    assert a_share(4, 10, aim=aim, open_=1).standing is Standing.OPEN
    assert a_share(4, 10, aim=aim, unknown=1).standing is Standing.UNKNOWN
    assert a_share(4, 10, aim=aim).standing is Standing.MISSED
    assert a_share(0, 0, aim=aim).standing is Standing.NOTHING
    assert a_share(9, 10, aim=Aim()).standing is Standing.NOT_AGREED


def test_the_alarm_rings_when_what_is_open_could_not_lift_it_any_more() -> None:
    aim = Aim(alarm_below=HALF)
    assert a_share(49, 100, aim=aim).alarm is Alarm.RINGS
    assert a_share(50, 100, aim=aim).alarm is Alarm.NONE
    assert a_share(40, 100, aim=aim, open_=10).alarm is Alarm.MAY
    assert a_share(40, 100, aim=aim, open_=9).alarm is Alarm.RINGS
    assert a_share(0, 0, aim=aim).alarm is Alarm.NONE


@pytest.mark.parametrize(
    ("accepted", "of", "open_", "alarm"),
    [
        (0, 3, 3, Alarm.NONE),  # nothing is decided yet
        (0, 1, 0, Alarm.NONE),  # one says nothing
        (8, 40, 30, Alarm.NONE),  # eight of ten that are decided
        (4, 40, 30, Alarm.MAY),
        (4, 12, 2, Alarm.MAY),
        (4, 13, 2, Alarm.RINGS),
    ],
)
def test_a_month_that_runs_rings_by_what_is_decided_and_not_by_a_handful(
    accepted: int, of: int, open_: int, alarm: Alarm
) -> None:
    assert a_share(accepted, of, aim=Aim(alarm_below=HALF), open_=open_).alarm_so_far is alarm
