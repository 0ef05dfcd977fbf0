"""slasync replay: the mirror's history under another agreement."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, a_desk

HALF_A_DAY = timedelta(hours=12)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Four leads have come, and nobody has touched them for four days; 2 March is a Monday."""
    desk = a_desk(tmp_path_factory.mktemp("week"))
    desk.slasync("sync", "--once")
    for number in range(4):
        desk.arrives(f"lead{number}@x.example")
    desk.work()
    for _ in range(7):
        desk.work(HALF_A_DAY)
    return desk


def other(desk: Desk, name: str, old: str = "", new: str = "") -> str:
    path = desk.home / f"{name}.yaml"
    text = (desk.home / "config/agreement.yaml").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return str(path)


def replayed(desk: Desk, agreement: str, since: str = "2026-03-01") -> Any:
    return desk.json("replay", "--since", since, "--agreement", agreement)


def test_by_the_agreement_in_force_leads_fare_as_they_did(week: Desk) -> None:
    told = replayed(week, other(week, "same"))

    assert told["leads"] == 4
    assert told["differing"] == []
    assert told["old"]["totals"] == told["new"]["totals"]
    made = [row for row in week.rows("Task") if row["Slasync_Key__c"]]
    assert told["old"]["totals"]["tasks"] == len(made)
    assert told["old"]["totals"]["reassignments"] == 4


def test_fewer_restarts_are_fewer_tasks_for_reps_and_another_owner(week: Desk) -> None:
    told = replayed(week, other(week, "queue", "    restarts: 2", "    restarts: 0"))

    assert told["new"]["totals"]["tasks"] < told["old"]["totals"]["tasks"]
    assert [each["new"]["owners"][-1] for each in told["differing"]] == 4 * ["Inbound queue"]
    assert {tuple(each["what"]) for each in told["differing"]} == {("rungs", "owners")}


def test_a_higher_threshold_hands_nobody_over(week: Desk) -> None:
    told = replayed(week, other(week, "higher", "score >= 75", "score >= 85"))

    assert told["new"]["totals"] == dict.fromkeys(told["old"]["totals"], 0)
    assert [each["new"]["handed_over"] for each in told["differing"]] == 4 * [[]]


def test_people_see_figures_old_and_new_and_what_cannot_be_told(week: Desk) -> None:
    agreement = other(week, "queue", "    restarts: 2", "    restarts: 0")
    done = week.slasync("replay", "--since", "2026-03-01", "--agreement", agreement, "--limit", "1")

    assert done.exit_code == 0
    for words in (
        "4 leads to which something happened",
        "What it comes to",
        "first_touch/day_3",
        "Managers' tasks, digest lines and messages a week",
        "4 leads fare otherwise, the first 1",
        "What people did is what the record says",
    ):
        assert words in done.output
    assert done.output.count("hubspot:contact:") == 1


def test_nothing_is_written_by_a_replay(week: Desk) -> None:
    before = (week.home / "slasync.db").read_bytes()
    replayed(week, other(week, "higher", "score >= 75", "score >= 85"))

    assert (week.home / "slasync.db").read_bytes() == before


def test_a_wrong_agreement_is_refused_with_its_place(week: Desk) -> None:
    agreement = other(week, "wrong", "score >= 75", "scoer >= 75")
    done = week.slasync("replay", "--since", "2026-03-01", "--agreement", agreement)

    assert done.exit_code == 2
    assert "wrong.yaml:" in done.stderr
    assert "unknown field 'scoer' (did you mean score?)" in done.stderr


@pytest.mark.parametrize(
    ("since", "words"),
    [("2026-04-01", "that is still to come"), ("yesterday", "is no time")],
)
def test_a_date_to_come_or_no_date_is_refused(week: Desk, since: str, words: str) -> None:
    done = week.slasync("replay", "--since", since, "--agreement", other(week, "same"))

    assert done.exit_code == 2
    assert words in done.stderr


def test_without_a_database_it_says_what_makes_one(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    done = desk.slasync("replay", "--since", "2026-03-01", "--agreement", other(desk, "same"))

    assert done.exit_code == 2
    assert "`slasync run` or `slasync sync --once` makes it" in done.stderr
