"""held: batches by name: shown with counts, allowed once, discarded, folded; who did it is kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk
from tests.pains.marks import pain

TWO_DAYS = timedelta(days=2, hours=2)
NAME = "late-2026-03-04"
NOTIFY = """
notify:
  webhook:
    url: {env: SLASYNC_NOTIFY_WEBHOOK}

log_level: info"""


@pytest.fixture
def storm(desk: Desk) -> Desk:
    """Three leads' reminders come late, after two days without slasync: more than the cap."""
    desk.change("config/slasync.yaml", "total: 200", "total: 2")
    desk.change("config/slasync.yaml", "per_owner: 20", "per_owner: 2")
    for number in range(3):
        desk.arrives(f"lou{number}@x.example")
    desk.work()
    desk.work(TWO_DAYS)
    return desk


def test_nothing_held_is_told_so_and_is_no_mistake(desk: Desk) -> None:
    done = desk.slasync("held", "list")

    assert done.exit_code == 0
    assert done.output == (
        "Bursts are not recognised yet: of the 20 working days that tell what is usual at an hour,"
        " 0 are known.\n"
    )


@pytest.mark.parametrize("command", [("held", "list"), ("plan",), ("status",)])
def test_a_batch_is_named_with_counts_by_owner_and_rung_and_what_to_do(
    storm: Desk, command: tuple[str, ...]
) -> None:
    told = storm.slasync(*command).output

    assert f"{NAME}: 6 writes are held for 0 s: decided late: 6 counted tasks in an hour" in told
    assert "       3 task (first_touch day_2) for Mia Mohn\n" in told
    assert "       1 task (first_touch day_2) for Ana Albers\n" in told
    assert f"slasync plan --allow {NAME}, or slasync held discard {NAME}; else held until" in told


def test_something_held_is_told_by_the_exit_code(storm: Desk) -> None:
    assert storm.slasync("held", "list").exit_code == 1
    assert [batch["name"] for batch in storm.json("held", "list")["held"]] == [NAME]
    assert [batch["name"] for batch in storm.json("plan")["held"]] == [NAME]


def test_each_write_is_shown_with_its_reason(storm: Desk) -> None:
    shown = storm.json("held", "show", NAME)

    assert len(shown["rows"]) == 6
    assert {row["because"] for row in shown["rows"]} == {shown["because"]}
    assert "task (first_touch day_2): Last reminder: Lou Reed" in storm.slasync(
        "held", "show", NAME
    ).output  # fmt: skip


def test_explain_tells_why_a_task_is_held(storm: Desk) -> None:
    assert "decided late: 6 counted tasks" in storm.slasync("explain", "lou1@x.example").output


@pain("also/limits")
def test_a_batch_is_allowed_once_and_by_whom_is_kept(storm: Desk) -> None:
    done = storm.slasync("held", "allow", NAME, "--by", "Rita", "--why", "agreed with sales")
    again = storm.slasync("held", "allow", NAME)
    storm.work()

    assert done.output == f"{NAME} is allowed: 6 writes\n"
    assert (again.exit_code, again.output) == (
        0,
        f"{NAME} was allowed by Rita at 2026-03-04T11:05:00Z already; nothing is left to be done\n",
    )
    assert len(storm.rows("Task")) == 6
    (kept,) = storm.json("held", "list")["settled"]
    assert (kept["settled_by"], kept["why"], kept["state"], kept["writes"]) == (
        "Rita", "agreed with sales", "allowed", 6,
    )  # fmt: skip


def test_who_is_logged_in_is_kept_unless_somebody_is_named(storm: Desk) -> None:
    storm.environ["LOGNAME"] = "otto"

    storm.slasync("plan", "--allow", NAME)

    assert storm.json("held", "list")["settled"][0]["settled_by"] == "otto"


def test_a_batch_that_is_not_as_it_was_seen_is_not_allowed(storm: Desk) -> None:
    done = storm.slasync("held", "allow", NAME, "--expect", "5")

    assert done.exit_code == 2
    assert f"{NAME} holds 6 writes, not 5: look at it again by `slasync held show" in done.stderr
    assert storm.slasync("held", "allow", NAME, "--expect", "6").exit_code == 0


def test_what_is_spread_is_told_up_to_when(storm: Desk) -> None:
    storm.change("config/slasync.yaml", "spread: 20", "spread: 1")

    done = storm.slasync("held", "allow", NAME)

    assert "The last of them go out at 2026-03-04T13:05:00Z: caps.spread" in done.output
    storm.work()
    assert len(storm.rows("Task")) == 4  # a task each, and the manager's first
    storm.work(timedelta(hours=3))
    assert len(storm.rows("Task")) == 6


def test_a_discarded_batch_is_never_sent(storm: Desk) -> None:
    done = storm.slasync("held", "discard", NAME, "--why", "a test")
    storm.work()

    assert done.output == f"{NAME} is discarded: 6 writes\n"
    assert len(storm.rows("Task")) == 3
    refused = storm.slasync("plan", "--allow", NAME)
    assert refused.exit_code == 2
    assert "it cannot be allowed any more" in refused.stderr


def test_without_a_way_to_tell_anybody_nothing_is_folded(storm: Desk) -> None:
    done = storm.slasync("held", "fold", NAME)

    assert done.exit_code == 2
    assert "no digest reaches leadership or a manager: configure notify" in done.stderr
    assert storm.slasync("held", "list").exit_code == 1


def test_a_batch_is_folded_into_digests_at_once_where_somebody_says_so(storm: Desk) -> None:
    storm.environ["SLASYNC_NOTIFY_WEBHOOK"] = "http://127.0.0.1:9/hook"
    storm.change("config/slasync.yaml", "\nlog_level: info", NOTIFY)
    assert "else folded into digests at 2026-03-05T11:05:00Z" in storm.slasync("plan").output

    done = storm.slasync("held", "fold", NAME)

    assert done.output == f"{NAME} is folded: 6 writes\n"
    assert storm.json("status")["digests"]["lines"] >= 7  # a line a task, one for leadership


@pytest.mark.parametrize("command", ["allow", "discard", "fold", "show"])
def test_a_name_that_no_batch_has_is_wrong_usage(storm: Desk, command: str) -> None:
    done = storm.slasync("held", command, "late-yesterday")

    assert done.exit_code == 2
    assert f"no batch is named late-yesterday: held are {NAME}" in done.stderr


def test_check_names_what_is_held_where_there_is_a_database(storm: Desk) -> None:
    assert f"{NAME} holds 6 writes: slasync held list" in storm.slasync("check").stderr
    assert storm.json("check")["held"] == {NAME: 6}


def test_check_needs_no_database(tmp_path: Path, new_desk: Desk) -> None:
    new_desk.environ["SLASYNC_DATABASE"] = f"sqlite:///{tmp_path}/none.db"

    assert new_desk.slasync("check").exit_code == 0
    assert not (tmp_path / "none.db").exists()


def test_a_write_that_the_crm_does_not_take_is_held_all_the_same(storm: Desk) -> None:
    storm.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "(POST|PATCH) .*"))
    storm.work()

    assert [batch["writes"] for batch in storm.json("held", "list")["held"]] == [6]
