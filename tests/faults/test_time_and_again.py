"""Times at their edges: leap days, years' ends, clocks that jump, moments that are exactly due."""

import ast
import calendar
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

import slasync
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Action
from slasync.store.unit import reading, transaction
from tests.builders import ANA, DAY, HOUR, MINUTE, MONDAY, STREAMS
from tests.domain.calendar_builders import (
    ALWAYS,
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
from tests.domain.minute_oracle import MinuteOracle
from tests.faults.marks import fault
from tests.workers.office import Office

SOURCE = Path(slasync.__file__).parent
YEARS_ENDS = [date(2026, 12, 31), date(2027, 12, 31), date(2020, 12, 31), date(2015, 12, 31)]
LEAP_DAYS = [date(2028, 2, 29), date(2024, 2, 29), date(2000, 2, 29)]
EDGES = st.sampled_from(YEARS_ENDS + LEAP_DAYS + [date(2027, 2, 28), date(2100, 2, 28)])


@fault("T6", "T11")
@given(
    day=EDGES,
    ahead=st.integers(0, 4 * 1440),
    amount=st.integers(0, 5),
    unit=st.sampled_from(Unit),
    closed=st.sets(EDGES, max_size=2),
)
def test_around_leap_days_and_years_ends_deadlines_are_those_of_the_oracle(
    day: date, ahead: int, amount: int, unit: Unit, closed: set[date]
) -> None:
    spec = a_spec(
        on_weekdays(*OFFICE),
        holidays=dict.fromkeys(closed, "closed"),
        first=day - timedelta(days=40),
        last=day + timedelta(days=60),
    )
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - 3 * DAY
    start, offset = begins + timedelta(minutes=ahead), Offset(amount, unit)

    assert a_calendar(spec.week, holidays=spec.holidays, first=spec.first, last=spec.last).due(
        start, offset
    ) == MinuteOracle(spec).due(start, offset)


@fault("T6")
def test_a_year_after_a_leap_day_is_so_many_dates_later() -> None:
    start = local("2028-02-29 09:30")

    assert a_calendar().due(start, calendar_days(366)) == local("2029-03-01 09:30")
    assert calendar.isleap(2028)


@fault("T6")
def test_the_week_that_belongs_to_two_years_is_a_week_like_any_other() -> None:
    thursday = local("2026-12-31 16:00")  # of week 53

    due = a_calendar().due(thursday, business_days(2))

    assert due == local("2027-01-04 16:00")


@fault("T11")
@given(start=st.integers(0, 7 * 1440), amount=st.integers(0, 3000))
def test_a_calendar_that_is_always_open_counts_as_the_clock_does(start: int, amount: int) -> None:
    always = a_calendar(ALWAYS)
    begins = utc("2026-03-23 00:00") + timedelta(minutes=start)  # the clocks change on the 29th

    assert always.due(begins, minutes(amount)) == begins + timedelta(minutes=amount)


@fault("T15")
@given(start=st.integers(0, 7 * 1440))
def test_nothing_to_wait_for_is_due_at_the_first_open_instant(start: int) -> None:
    begins = utc("2026-03-02 00:00") + timedelta(minutes=start)
    office = a_calendar()

    assert office.due(begins, calendar_days(0)) == begins
    assert (
        office.due(begins, minutes(0)) == office.due(begins, hours(0)) == office.first_open(begins)
    )
    assert office.due(begins, business_days(0)) >= begins


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


def known_up_to(office: Office, at: datetime) -> None:
    office.read_up_to(dict.fromkeys(STREAMS, at))


@fault("T15")
@pytest.mark.parametrize(
    ("after", "rungs"),
    [
        (-timedelta(microseconds=1), ["day_0"]),
        (timedelta(0), ["day_0", "day_1"]),
        (MINUTE, ["day_0", "day_1"]),
    ],
)
def test_a_rung_fires_when_all_is_known_up_to_its_very_time(
    office: Office, after: timedelta, rungs: list[str]
) -> None:
    lead = office.lead()
    office.decide()
    office.clock.advance((DAY + HOUR).total_seconds())

    known_up_to(office, MONDAY + DAY + after)
    office.decide()

    assert [rung for key, rung in office.fired() if key == lead] == rungs


@fault("T1")
@pytest.mark.parametrize("jump", [7 * DAY, HOUR, 365 * DAY])
def test_our_clock_set_forward_makes_nothing_fire_before_its_vendor_time(
    office: Office, jump: timedelta
) -> None:
    lead = office.lead()
    office.decide()
    office.clock.advance((DAY + jump).total_seconds())

    known_up_to(office, MONDAY + DAY - MINUTE)  # the vendor's clock goes on as ever
    office.decide()
    before = office.fired()
    known_up_to(office, MONDAY + DAY + MINUTE)
    office.decide()

    assert (lead, "day_1") not in before
    assert [rung for key, rung in office.fired() if key == lead] == ["day_0", "day_1"]


@fault("T1", "T18")
@pytest.mark.parametrize("jump", [HOUR, 3 * DAY])
def test_our_clock_set_back_and_right_again_makes_nothing_fire_twice(
    office: Office, jump: timedelta
) -> None:
    office.lead()
    office.go_on(DAY + MINUTE)
    office.decide()
    once = office.fired()

    office.clock.advance(-jump.total_seconds())
    office.decide()
    office.clock.advance(jump.total_seconds())
    office.decide()

    assert office.fired() == once
    assert len(office.writes(Action.TASK)) == len({v.key for v in office.writes(Action.TASK)})


@fault("T5")
def test_no_wall_times_of_one_zone_are_subtracted_or_added_to() -> None:
    """Aware times of one zone subtract by the wall clock: reckoning in zones has one module."""
    reckoning = {"calendars.py", "local_time.py", "open_hours.py", "calendar_words.py"}
    found = [
        path.name
        for path in sorted((SOURCE / "domain").rglob("*.py"))
        if path.name not in reckoning and "astimezone(" in _reckoned(path)
    ]

    assert found == []


def _reckoned(path: Path) -> str:
    """Return the operands of all sums and differences of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sums = (n for n in ast.walk(tree) if isinstance(n, ast.BinOp))
    return "\n".join(
        ast.unparse(side)
        for n in sums
        if isinstance(n.op, ast.Add | ast.Sub)
        for side in (n.left, n.right)
    )


@fault("T12")
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", None])
def test_deadlines_follow_the_calendars_zone_wherever_the_owner_is(
    office: Office, zone: str | None
) -> None:
    lead = office.lead()
    office.decide()

    with transaction(office.engine) as unit:
        unit.users.put([replace(ANA, zone=zone)], office.clock.now())
        unit.leads.mark_dirty([lead], office.clock.now())
    office.decide()

    with reading(office.engine) as unit:
        (clock,) = (c for c in unit.clocks.of([lead])[lead] if c.clock == "first_touch")
    assert clock.wake_at == MONDAY + DAY
