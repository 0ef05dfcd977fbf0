"""calendars.yaml: any week and exception, holidays of any regions, warnings before they end."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from slasync.domain.time.calendars import Calendar, Interval
from slasync.settings import ConfigurationError, load_calendars
from tests.pains.marks import pain
from tests.settings.configs import TODAY, Configuration, shipped

CALENDARS, TEAMS, AGREEMENT = "config/calendars.yaml", "config/teams.yaml", "config/agreement.yaml"
WEEK = "week: {mon: ['09:00-17:00']}"


def one(root: Path, *lines: str, head: str = "") -> Configuration:
    """Write calendars.yaml anew, with one calendar of these lines, indented as they are."""
    body = "".join(f"    {line}\n" for line in ("zone: Europe/Berlin", WEEK, *lines))
    return shipped(root).write(CALENDARS, f"{head}calendars:\n  berlin:\n{body}")


def calendar(configuration: Configuration) -> Calendar:
    return load_calendars(configuration.root / "config", today=TODAY)["berlin"]


def holidays(configuration: Configuration) -> dict[date, str]:
    return {d: name for d, name in calendar(configuration).spec.holidays.items() if d.year == 2026}


def warnings(configuration: Configuration) -> list[str]:
    """Return the warnings about calendars, without their places."""
    told = [str(warning) for warning in configuration.load().warnings]
    return [w.partition(": calendars.")[2] for w in told if ": calendars." in w]


# Weeks and exceptions


@pain("P2")
def test_a_week_may_have_any_number_of_intervals_nights_and_short_days(tmp_path: Path) -> None:
    week = """
    week:
      mon: ["00:00-00:30", "06:00-08:00", "09:00-12:00", "12:30-18:00", "22:00-02:00"]
      sat: ["10:00-12:00"]
    overrides:
      2026-11-28: closed
      2026-12-05: ["08:00-09:00", "20:00-04:00"]
      2026-12-06: ["00:00-24:00"]
"""
    text = f"calendars:\n  berlin:\n    zone: Asia/Kathmandu{week}"
    spec = calendar(shipped(tmp_path).write(CALENDARS, text)).spec

    assert len(spec.intervals(date(2026, 11, 23))) == 5
    assert spec.intervals(date(2026, 11, 23))[-1] == Interval(22 * 60, 26 * 60)
    assert spec.intervals(date(2026, 11, 24)) == spec.intervals(date(2026, 11, 28)) == ()
    assert spec.intervals(date(2026, 11, 21)) == (Interval(600, 720),)
    assert spec.intervals(date(2026, 12, 5)) == (Interval(480, 540), Interval(1200, 1680))
    assert spec.intervals(date(2026, 12, 6)) == (Interval(0, 1440),)


def test_an_override_has_the_last_word_on_a_holiday(tmp_path: Path) -> None:
    configuration = one(
        tmp_path, "holidays: {country: DE}", 'overrides: {2026-12-25: ["09:00-12:00"]}'
    )

    assert calendar(configuration).is_open(datetime(2026, 12, 25, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["overrides: {2026-12-24: ['17:00-17:00']}"],
         "overrides.2026-12-24: an interval from 17:00 to 17:00 is empty"),
        (["overrides: {2026-12-24: ['9 to 5']}"],
         "overrides.2026-12-24: '9 to 5' is no interval: write 09:00-17:00"),
        (["overrides: {2026-12-24: half}"], "overrides.2026-12-24: a list of hours is needed"),
        (["overrides: {2026-02-30: closed}"], "overrides.2026-02-30"),
        (["overrides: {christmas: closed}"], "overrides.christmas"),
        (["holidays: {add: {2026-12-24: ''}}"], "holidays.add.2026-12-24"),
    ],
)  # fmt: skip
def test_an_exception_that_cannot_be_read_is_refused_where_it_stands(
    tmp_path: Path, lines: list[str], problem: str
) -> None:
    (found,) = one(tmp_path, *lines).problems()

    assert found.startswith(f"{CALENDARS}:")
    assert f"calendars.berlin.{problem}" in found


def test_a_last_day_before_the_first_is_refused(tmp_path: Path) -> None:
    (problem,) = one(tmp_path, head="first: 2026-02-01\nlast: 2026-01-31\n").problems()

    assert "last (2026-01-31) lies before first (2026-02-01)" in problem


@pytest.mark.parametrize("week", ["{}", "{mon: []}", "{mon: [], tue: []}"])
def test_a_calendar_without_open_hours_is_refused_and_says_what_to_do(
    tmp_path: Path, week: str
) -> None:
    text = f"calendars:\n  berlin:\n    zone: Europe/Berlin\n    week: {week}\n"
    (problem,) = shipped(tmp_path).write(CALENDARS, text).problems()

    assert problem.startswith(f"{CALENDARS}:2:3: calendars.berlin: ")
    assert "has no open hours" in problem
    assert problem.endswith("give at least one weekday or date an interval")


# Holidays of regions


def test_the_holidays_of_several_regions_are_put_together(tmp_path: Path) -> None:
    found = holidays(
        one(
            tmp_path,
            "holidays:",
            "  regions: [{country: DE, subdivision: BY}, {country: AT}]",
        )
    )

    assert found[date(2026, 10, 26)] == "National Day"  # Austria's alone
    assert found[date(2026, 10, 3)] == "Tag der Deutschen Einheit"  # Germany's alone
    assert found[date(2026, 1, 6)] == "Heilige Drei Könige; Epiphany"


def test_only_days_that_are_holidays_everywhere_count_where_the_calendar_says_so(
    tmp_path: Path,
) -> None:
    regions = "{country: DE, subdivision: BY}, {country: DE, subdivision: BE}"
    found = holidays(one(tmp_path, "holidays:", f"  regions: [{regions}]", "  holiday_in: all"))

    assert date(2026, 1, 6) not in found  # Bavaria's alone
    assert date(2026, 3, 8) not in found  # Berlin's alone
    assert found[date(2026, 12, 25)] == "Erster Weihnachtstag"


def test_a_region_has_its_own_categories_and_language(tmp_path: Path) -> None:
    regions = "{country: DE, subdivision: BY, categories: [public, catholic], language: en_US}"
    found = holidays(one(tmp_path, "holidays:", f"  regions: [{regions}]"))

    assert found[date(2026, 8, 15)] == "Assumption Day"
    assert found[date(2026, 1, 1)] == "New Year's Day"


def test_days_are_added_and_removed_after_regions_are_put_together(tmp_path: Path) -> None:
    found = holidays(
        one(
            tmp_path,
            "holidays:",
            "  regions: [{country: DE}, {country: AT}]",
            "  add: {2026-12-24: Company closed}",
            "  remove: [2026-10-26]",
        )
    )

    assert found[date(2026, 12, 24)] == "Company closed"
    assert date(2026, 10, 26) not in found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{country: DE, regions: [{country: AT}]}",
         "holidays: country beside regions: write it into one of the regions"),
        ("{categories: [public], regions: [{country: AT}]}", "holidays: categories beside regions"),
        ("{country: DE, holiday_in: all}",
         "holidays: holiday_in puts regions together: name two or more under regions"),
        ("{regions: [{country: DE}, {country: AT}], holiday_in: both}",
         "holidays.holiday_in: 'both' is none of 'any', 'all'"),
        ("{regions: [{country: DE}, {country: DE}]}",
         "holidays: a region is named twice: once is enough"),
        ("{regions: [{country: AT, subdivision: BY}]}",
         "holidays.regions[0]: AT has no subdivision 'BY'"),
        ("{regions: [{country: DE, subdivision: Bayer}]}", "(did you mean Bayern?)"),
        ("{regions: [{country: DE, categories: [publik]}]}",
         "DE has no category 'publik' (did you mean public?)"),
        ("{regions: [{subdivision: BY}]}", "holidays.regions[0].country: 'country' is missing"),
        ("{regions: [{country: XX}]}", "no holidays are known for country 'XX'"),
        ("{subdivision: BY}", "a subdivision or language needs its country"),
        ("{country: DE, remove: [2026-12-27]}",
         "which is no holiday: the nearest is 2026-12-26 (Zweiter Weihnachtstag)"),
        ("{remove: [2026-12-27]}", "which is no holiday: there are none"),
    ],
)  # fmt: skip
def test_holidays_that_make_no_sense_are_refused_and_say_what_to_do(
    tmp_path: Path, text: str, problem: str
) -> None:
    (found,) = one(tmp_path, f"holidays: {text}").problems()

    assert problem in found


def test_a_day_removed_outside_the_calendars_dates_is_left_alone(tmp_path: Path) -> None:
    configuration = one(tmp_path, "holidays: {country: DE, remove: [1999-12-27]}")

    assert configuration.problems() == []


# Warnings before they end


@pain("P6")
@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("2026-01-31", True),
        ("2027-01-21", True),
        ("2027-01-22", False),
    ],
)
def test_a_calendar_in_use_that_ends_within_sixty_days_is_warned_of_by_name_and_date(
    tmp_path: Path, last: str, *, told: bool
) -> None:
    configuration = shipped(tmp_path).change(CALENDARS, "last: null", f"last: {last}")
    expected = (
        f"berlin: calendar berlin ends on {last}: no deadline is worked out beyond; set a later"
        " last in calendars.yaml, or leave last out and start anew"
    )

    assert warnings(configuration) == [expected] * told


def test_only_calendars_that_somebody_counts_in_are_warned_of(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(CALENDARS, "last: null", "last: 2027-01-01")
    configuration.change(CALENDARS, "calendars:\n", f"calendars:\n  idle: {{zone: UTC, {WEEK}}}\n")
    configuration.change(
        CALENDARS, "calendars:\n", f"calendars:\n  vienna: {{zone: UTC, {WEEK}}}\n"
    )
    configuration.change(TEAMS, "calendar: berlin", "calendar: vienna")

    assert [warning.partition(":")[0] for warning in warnings(configuration)] == [
        "berlin",
        "vienna",
    ]


def test_a_calendar_whose_hours_end_before_it_does_is_warned_of(tmp_path: Path) -> None:
    text = (
        "calendars:\n  berlin:\n    zone: Europe/Berlin\n    week: {}\n"
        "    overrides: {2026-12-23: ['09:00-12:00'], 2026-12-24: closed}\n"
    )

    assert warnings(shipped(tmp_path).write(CALENDARS, text)) == [
        (
            "berlin: calendar berlin has no open hours after 2026-12-23: no deadline is worked out"
            " beyond; give its week hours"
        )
    ]


def test_holidays_that_nobody_knows_any_more_are_warned_of_within_sixty_days(
    tmp_path: Path,
) -> None:
    configuration = one(tmp_path, "holidays: {regions: [{country: DE}, {country: LK}]}")

    assert calendar(configuration).spec.holidays_to == date(2026, 12, 31)
    assert warnings(configuration) == [
        (
            "berlin: calendar berlin knows its public holidays up to 2026-12-31 only: deadlines"
            " beyond count them as working days; add them under holidays.add, or update slasync"
        )
    ]
    early = TODAY - timedelta(days=30)
    assert warnings(Configuration(configuration.root, today=early)) == []


def test_holidays_added_by_hand_make_a_year_known(tmp_path: Path) -> None:
    lines = ("holidays:", "  country: LK", "  add: {2027-01-15: Thai Pongal}")
    configuration = one(tmp_path, *lines, head="last: 2027-12-31\n")

    assert calendar(configuration).spec.holidays_to is None
    assert warnings(configuration) == []


def test_a_calendar_that_takes_no_holidays_lacks_none(tmp_path: Path) -> None:
    assert calendar(one(tmp_path)).spec.holidays_to is None


# Zones


@pytest.mark.parametrize(
    ("zone", "problem"),
    [
        ("Europe/Berln", "no time zone is named 'Europe/Berln' (did you mean Europe/Berlin?)"),
        ("'+01:00'", "no time zone is named '+01:00', e.g. Europe/Berlin"),
        ("CEST", "no time zone is named 'CEST'"),
    ],
)
def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path, zone: str, problem: str) -> None:
    configuration = one(tmp_path).change(CALENDARS, "zone: Europe/Berlin", f"zone: {zone}")

    with pytest.raises(ConfigurationError) as refused:
        calendar(configuration)
    assert problem in str(refused.value)
