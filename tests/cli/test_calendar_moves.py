"""calendar moves: which open deadlines a changed calendar moves, before it does."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from slasync.settings.time_data import time_data
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from slasync.workers.deciding.editions import TIME_DATA
from tests.cli.desk import Desk
from tests.faults.marks import fault

CALENDARS = "config/calendars.yaml"


@pytest.fixture
def working(desk: Desk) -> Desk:
    """A lead was handed over on Monday at 10:00 and has its first two clocks."""
    desk.arrives()
    desk.work()
    desk.work()
    return desk


def test_nothing_moves_while_nothing_is_changed(working: Desk) -> None:
    told = working.json("calendar", "moves")

    assert told["open"] > 0
    assert (told["count"], told["moves"]) == (0, [])
    assert told["stored_by"] == told["now"]
    assert told["now"]["time_data"] == time_data()


@fault("T10")
def test_a_holiday_put_in_shows_each_deadline_that_moves_old_and_new(working: Desk) -> None:
    working.change(CALENDARS, "add: {}", "add: {2026-03-03: Carnival}")

    told = working.json("calendar", "moves")
    first = next(move for move in told["moves"] if move["clock"] == "first_touch")

    rungs = [move["rung"] for move in told["moves"] if move["clock"] == "first_touch"]
    assert told["count"] == len(told["moves"]) > told["open"]
    assert rungs == ["day_1", "day_2", "day_3"]
    assert (first["name"], first["calendar"]) == ("Lou Reed", "berlin")
    assert first["old"].startswith("2026-03-03T09:")
    assert first["new"] == first["old"].replace("2026-03-03", "2026-03-04")
    assert told["stored_by"]["hash"] != told["now"]["hash"]


def test_in_words_each_move_is_a_diff_in_the_calendars_zone(working: Desk) -> None:
    working.change(CALENDARS, "add: {}", "add: {2026-03-03: Carnival}")

    done = working.slasync("calendar", "moves")

    assert done.exit_code == 0
    assert "Lou Reed  [hubspot:contact:" in done.output
    assert "  first_touch, day_1 (calendar berlin)\n    - Tue 03 Mar 2026 10:" in done.output
    assert "    + Wed 04 Mar 2026 10:" in done.output
    assert "deadlines of 1 lead move" in done.output
    assert "stored under edition" in done.output


def test_asking_changes_nothing_and_the_move_is_shown_until_it_has_happened(working: Desk) -> None:
    working.change(CALENDARS, "add: {}", "add: {2026-03-03: Carnival}")

    first, second = working.json("calendar", "moves"), working.json("calendar", "moves")
    working.work(timedelta(days=3))

    assert first == second
    assert working.json("calendar", "moves")["count"] == 0


def test_another_calendar_for_the_pool_is_named_with_the_old_one(working: Desk) -> None:
    week = "{mon: ['09:00-17:00'], fri: ['09:00-17:00']}"
    working.change(
        CALENDARS, "calendars:\n", f"calendars:\n  vienna: {{zone: Europe/Vienna, week: {week}}}\n"
    )
    working.change("config/teams.yaml", "calendar: berlin", "calendar: vienna")

    assert "(calendar vienna instead of berlin)" in working.slasync("calendar", "moves").output


def test_a_deadline_that_the_calendar_no_longer_reaches_is_told_with_the_reason(
    working: Desk,
) -> None:
    working.change(CALENDARS, "last: null", "last: 2026-03-02")

    (move, *_) = working.json("calendar", "moves")["moves"]

    assert move["new"] is None
    assert "covers 2024-01-01 to 2026-03-02 and this leads outside" in move["why"]


def test_no_more_than_asked_for_are_shown_and_all_are_counted(working: Desk) -> None:
    working.change(CALENDARS, "add: {}", "add: {2026-03-03: Carnival}")

    told = working.json("calendar", "moves", "--limit", "1")

    assert (told["count"], len(told["moves"]), told["complete"]) == (6, 1, False)
    assert "1 are shown" in working.slasync("calendar", "moves", "--limit", "1").output


def test_without_a_database_it_says_what_makes_one(new_desk: Desk) -> None:
    done = new_desk.slasync("calendar", "moves")

    assert done.exit_code != 0
    assert "there is no database" in done.output


def test_time_zones_or_holidays_of_another_version_are_told(working: Desk) -> None:
    other = "tzdata 2020a, holidays 0.1"
    engine = open_engine(working.environ["SLASYNC_DATABASE"])
    with transaction(engine) as unit:
        unit.meta.put(TIME_DATA, other)
    engine.dispose()

    assert working.json("calendar", "moves")["stored_by"]["time_data"] == other
    assert (
        f"stored with {other}, worked out with {time_data()}"
        in working.slasync("calendar", "moves").output
    )


@fault("T10")
def test_after_a_start_with_other_files_no_deadline_that_came_nearer_is_waited_for(
    working: Desk,
) -> None:
    working.change(CALENDARS, "add: {}", "add: {2026-03-03: Carnival}")
    working.work()
    assert working.json("calendar", "moves")["count"] == 0

    working.change(CALENDARS, "add: {2026-03-03: Carnival}", "add: {}")
    assert working.json("calendar", "moves")["count"] == 6
    working.work()

    assert working.json("calendar", "moves")["count"] == 0


@pytest.fixture
def other_zones(tmp_path: Path) -> Iterator[Path]:
    """Time zone data of a later version, in which Berlin's clocks go by New York's."""
    (tmp_path / "Europe").mkdir()
    for name, of in (("UTC", ("UTC",)), ("Europe/Berlin", ("America", "New_York"))):
        with as_file(files("tzdata").joinpath("zoneinfo", *of)) as source:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "tzdata.zi").write_text("# version 2031z\n")
    before = zoneinfo.TZPATH
    yield tmp_path
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@fault("T8")
def test_when_a_government_changes_its_clocks_open_deadlines_are_worked_out_anew_at_the_next_start(
    working: Desk, other_zones: Path
) -> None:
    zoneinfo.reset_tzpath([str(other_zones)])
    zoneinfo.ZoneInfo.clear_cache()

    told = working.json("calendar", "moves")
    first = next(move for move in told["moves"] if move["clock"] == "first_touch")
    assert told["count"] == told["open"]
    assert "tzdata 2031z" in told["now"]["time_data"]
    assert first["old"].startswith("2026-03-03T09:")  # 10:00 in Berlin as it was
    assert first["new"].startswith("2026-03-03T14:")  # 9:00 by the new clocks

    working.work()
    assert working.json("calendar", "moves")["count"] == 0
