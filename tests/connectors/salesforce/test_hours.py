"""Business hours and holidays of an org, as calendars that a person can take over."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.salesforce.holidays import (
    HOLIDAY_FIELDS,
    MONTHS,
    UnknownRecurrence,
    days_off,
)
from slasync.connectors.salesforce.hours import APART, DAYS
from slasync.domain.time.calendar_offer import DayOff, OfferedCalendar, spoken, with_days_off
from slasync.domain.time.calendar_spec import Interval
from slasync.errors import Refused
from slasync.settings import load_calendars
from slasync.settings.calendar_offer import written
from tests.connectors.salesforce.org import OrgRig

FIRST, LAST = date(2026, 3, 2), date(2029, 12, 31)
TODAY = FIRST


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def hours(rig: OrgRig, name: str, **more: Any) -> None:
    fields = {f"{day}{end}Time": None for day in DAYS for end in ("Start", "End")}
    given = {"Name": name, "IsActive": True, "TimeZoneSidKey": "Europe/Berlin"} | fields | more
    rig.org.create("BusinessHours", {k: v for k, v in given.items() if v is not None}, by(rig))


def holiday(rig: OrgRig, name: str, **more: Any) -> None:
    rig.org.create("Holiday", {"Name": name, "IsAllDay": True} | more, by(rig))


def by(rig: OrgRig) -> str:
    return rig.org.admin_id


def offers(rig: OrgRig) -> dict[str, OfferedCalendar]:
    return {each.name: each for each in rig.connector.calendars(FIRST, LAST)}


def week_of(offer: OfferedCalendar) -> dict[int, list[str]]:
    return {day: [spoken(each) for each in found] for day, found in offer.week.items()}


# -- business hours


def test_active_business_hours_are_offered_in_their_own_zone_the_default_first(rig: OrgRig) -> None:
    hours(rig, "Support Tokyo", TimeZoneSidKey="Asia/Tokyo", MondayStartTime="08:30:00.000Z",
          MondayEndTime="18:00:00.000Z")  # fmt: skip
    hours(rig, "Gone", IsActive=False)
    found = offers(rig)
    assert list(found) == ["default", "support_tokyo"]
    assert week_of(found["default"]) == {n: ["09:00-17:00"] for n in range(5)}
    assert found["support_tokyo"].zone == "Asia/Tokyo"
    assert week_of(found["support_tokyo"]) == {0: ["08:30-18:00"]}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("00:00:00.000Z", "00:00:00.000Z", "00:00-24:00"),
        ("13:00:00.000Z", "00:00:00.000Z", "13:00-24:00"),
        ("00:00:00.000Z", "12:00:00.000Z", "00:00-12:00"),
    ],
)
def test_midnight_ends_a_day_and_midnight_to_midnight_is_a_whole_one(
    rig: OrgRig, start: str, end: str, expected: str
) -> None:
    hours(rig, "Night", SundayStartTime=start, SundayEndTime=end)
    assert week_of(offers(rig)["night"]) == {6: [expected]}


def test_names_are_made_to_fit_the_file_and_each_is_there_once(rig: OrgRig) -> None:
    for name in ("Büro München", "Buro Munchen", "24/7", "???"):
        hours(rig, name)
    assert set(offers(rig)) == {"default", "buro_munchen", "buro_munchen_2", "hours_24_7", "hours"}


def test_a_zone_that_does_not_exist_is_told(rig: OrgRig) -> None:
    hours(rig, "Odd", TimeZoneSidKey="Mars/Olympus")
    assert any("zone" in remark for remark in offers(rig)["odd"].remarks[1:])


def test_hours_that_may_not_be_read_are_refused_with_the_reason(rig: OrgRig) -> None:
    rig.org.remove_field("BusinessHours", "IsDefault")
    with pytest.raises(Refused, match="IsDefault"):
        offers(rig)


def test_holidays_that_may_not_be_read_are_told_and_the_hours_offered(rig: OrgRig) -> None:
    rig.org.remove_field("Holiday", "IsRecurrence")
    offer = offers(rig)["default"]
    assert week_of(offer)
    assert any("holidays cannot be read" in remark for remark in offer.remarks)


# -- holidays


def test_a_holiday_of_one_date_closes_that_day(rig: OrgRig) -> None:
    holiday(rig, "Company day", ActivityDate="2026-07-03")
    holiday(rig, "Long ago", ActivityDate="2020-07-03")
    offer = offers(rig)["default"]
    assert offer.holidays == {date(2026, 7, 3): "Company day"}
    assert APART in offer.remarks


def test_a_part_of_a_day_leaves_the_hours_before_and_after(rig: OrgRig) -> None:
    for name, day, begins, ends in (
        ("Meeting", "2026-07-03", 12 * 60, 14 * 60), ("Eve", "2026-12-24", 12 * 60, 24 * 60),
        ("Eve 2", "2026-12-24", 0, 10 * 60), ("Sunday", "2026-07-05", 0, 600),
    ):  # fmt: skip
        holiday(rig, name, IsAllDay=False, ActivityDate=day,
                StartTimeInMinutes=begins, EndTimeInMinutes=ends)  # fmt: skip
    offer = offers(rig)["default"]
    told = {on.isoformat(): [spoken(each) for each in left] for on, left in offer.overrides.items()}
    assert told == {
        "2026-07-03": ["09:00-12:00", "14:00-17:00"], "2026-12-24": ["10:00-12:00"],
        "2026-07-05": [],
    }  # fmt: skip
    assert offer.holidays == {}


def test_a_holiday_that_cannot_be_read_is_told_and_left_out(rig: OrgRig) -> None:
    holiday(rig, "Blue moon", IsRecurrence=True, RecurrenceType="RecursLunar",
            RecurrenceStartDate="2026-01-01")  # fmt: skip
    holiday(rig, "Company day", ActivityDate="2026-07-03")
    offer = offers(rig)["default"]
    assert list(offer.holidays.values()) == ["Company day"]
    assert any("'Blue moon' is left out: UnknownRecurrence" in each for each in offer.remarks)


def recurring(kind: str, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(HOLIDAY_FIELDS)
    return row | {
        "Name": "X", "IsAllDay": True, "IsRecurrence": True, "RecurrenceType": kind,
        "RecurrenceStartDate": "2026-01-01",
    } | {f"Recurrence{name}": value for name, value in more.items()}  # fmt: skip


def dates(row: dict[str, Any], first: date = FIRST, last: date = date(2027, 12, 31)) -> list[str]:
    return [day.on.isoformat() for day in days_off(row, first, last)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (recurring("RecursYearly", DayOfMonth=25, MonthOfYear="December"),
         ["2026-12-25", "2027-12-25"]),
        (recurring("RecursYearlyNth", DayOfWeekMask=16, Instance="Fourth", MonthOfYear="November"),
         ["2026-11-26", "2027-11-25"]),  # Thanksgiving
        (recurring("RecursYearlyNth", DayOfWeekMask=2, Instance="Last", MonthOfYear="May"),
         ["2026-05-25", "2027-05-31"]),
        (recurring("RecursMonthly", DayOfMonth=31, Interval=6, EndDateOnly="2027-12-31"),
         ["2026-07-31", "2027-01-31", "2027-07-31"]),
        (recurring("RecursMonthlyNth", DayOfWeekMask=62, Instance="First", Interval=12),
         ["2027-01-01"]),
        (recurring("RecursWeekly", DayOfWeekMask=32, Interval=2, EndDateOnly="2026-03-31"),
         ["2026-03-13", "2026-03-27"]),
        (recurring("RecursDaily", Interval=10, EndDateOnly="2026-03-31"),
         ["2026-03-02", "2026-03-12", "2026-03-22"]),
        (recurring("RecursEveryWeekday", EndDateOnly="2026-03-09"),
         ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09"]),
    ],
)  # fmt: skip
def test_each_way_of_recurring_gives_its_dates(row: dict[str, Any], expected: list[str]) -> None:
    assert dates(row) == expected


def test_a_way_of_recurring_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownRecurrence):
        dates(recurring("RecursSometimes"))


@given(st.integers(1, 12), st.integers(1, 31), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_yearly_date_is_there_once_a_year_where_the_year_has_it(
    month: int, day: int, begins: date
) -> None:
    row = recurring("RecursYearly", DayOfMonth=day, MonthOfYear=MONTHS[month - 1])
    row |= {"RecurrenceStartDate": begins.isoformat()}
    last = begins + timedelta(days=1500)
    found = [each.on for each in days_off(row, begins, last)]
    expected = [
        on for n in range(1501) if (on := begins + timedelta(days=n)).month == month
        and on.day == day
    ]  # fmt: skip
    assert found == expected


def test_two_holidays_of_one_date_are_one_with_both_names() -> None:
    on = date(2026, 12, 25)
    days = [DayOff(on, "A"), DayOff(on, "B"), DayOff(on, "A"), DayOff(on, "C", Interval(0, 60))]
    assert with_days_off({}, days) == ({on: "A, B"}, {})


# -- as YAML


def test_what_is_printed_can_be_loaded_as_it_is(rig: OrgRig, tmp_path: Path) -> None:
    hours(rig, "Night", SundayStartTime="22:00:00.000Z", SundayEndTime="00:00:00.000Z")
    hours(rig, "Closed")
    holiday(rig, "O'Neil's: \"day\" # one", ActivityDate="2026-07-03")
    holiday(rig, "Eve", IsAllDay=False, ActivityDate="2026-12-24",
            StartTimeInMinutes=720, EndTimeInMinutes=1440)  # fmt: skip
    text = written(rig.connector.calendars(FIRST, LAST), FIRST, LAST)
    (tmp_path / "calendars.yaml").write_text(text, "utf-8")
    loaded = load_calendars(tmp_path, today=TODAY)
    assert set(loaded) == {"default", "night"}
    assert "# closed has no open hours and is left out" in text
    spec = loaded["default"].spec
    assert spec.zone == "Europe/Berlin"
    assert dict(spec.holidays) == {date(2026, 7, 3): "O'Neil's: \"day\" # one"}
    assert spec.overrides[date(2026, 12, 24)] == (Interval.at("09:00", "12:00"),)
    assert "# Salesforce: Default" in text
