from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from slasync.domain.time.months import Month

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("UTC", "2026-10-01 00:00", "2026-11-01 00:00"),
        ("Europe/Berlin", "2026-09-30 22:00", "2026-10-31 23:00"),  # summer time ends within it
        ("America/New_York", "2026-10-01 04:00", "2026-11-01 04:00"),
        ("Australia/Sydney", "2026-09-30 14:00", "2026-10-31 13:00"),
    ],
)
def test_a_month_lasts_from_local_midnight_to_local_midnight(
    zone: str, begins: str, ends: str
) -> None:
    month, there = Month(2026, 10), ZoneInfo(zone)

    assert (month.begins(there), month.ends(there)) == (utc(begins), utc(ends))


def test_where_the_clock_skips_midnight_the_month_begins_with_the_end_of_the_gap() -> None:
    asuncion = ZoneInfo("America/Asuncion")  # on 1 October 2017 midnight was followed by 1:00

    begins = Month(2017, 10).begins(asuncion)

    assert begins == utc("2017-10-01 04:00")
    assert begins.astimezone(asuncion).hour == 1


@pytest.mark.parametrize(
    ("at", "month"),
    [
        ("2026-10-31 22:59", "2026-10"),
        ("2026-10-31 23:00", "2026-11"),
        ("2026-09-30 22:00", "2026-10"),
    ],
)
def test_which_month_an_instant_is_in_is_what_the_wall_clock_shows(at: str, month: str) -> None:
    assert str(Month.of(utc(at), BERLIN)) == month


def test_each_instant_is_in_exactly_one_month() -> None:
    months = [Month(2026, number) for number in range(1, 13)]

    for month, after in pairwise(months):
        assert month.ends(BERLIN) == after.begins(BERLIN)
        assert Month.of(month.ends(BERLIN) - timedelta(microseconds=1), BERLIN) == month
        assert Month.of(month.ends(BERLIN), BERLIN) == after


def test_a_month_is_read_as_it_is_written() -> None:
    assert Month.parse("2026-02") == Month(2026, 2)
    assert (str(Month(2026, 2)), Month(2028, 2).last.day) == ("2026-02", 29)


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1", "October", "2026-10-01", "0000-01"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text} is no month: write 2026-10$"):
        Month.parse(text)
