"""revert: what a run has written is put back where nobody touched it since; the rest is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.cli.desk import Desk
from tests.cli.test_held import storm
from tests.cli.test_release import give

__all__ = ["storm"]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REASSIGNS = "          - {do: reassign}\n"
RECYCLES = "          - {do: recycle, reason: not reached}\n"
OTHERS = {"follows by itself": 3, "left": 2}
ALL = ("--since", "2026-03-01")


def days(desk: Desk, count: int) -> None:
    for _ in range(count * 4):
        desk.work(DAY / 4)


@pytest.fixture
def given(desk: Desk) -> Desk:
    """Nobody touched the lead for three days: it was given to somebody else."""
    desk.arrives()
    days(desk, 3)
    desk.work(HOUR)
    desk.work()
    return desk


def owner(desk: Desk) -> str:
    [lead] = desk.rows("Lead")
    return next(name for name, key in desk.town.users.items() if key == lead["OwnerId"])


def run_with(desk: Desk, what: str) -> str:
    """Return the ID of the latest run that did something."""
    return next(str(run["run"]) for run in desk.json("revert")["runs"] if what in run["writes"])


def became(told: Mapping[str, Any], what: str) -> list[tuple[str, str]]:
    return [(w["becomes"], w["why"]) for w in told["writes"] if w["what"].startswith(what)]


def test_runs_are_listed_the_latest_first(given: Desk) -> None:
    runs = given.json("revert")["runs"]

    assert [run["run"] for run in runs] == sorted((run["run"] for run in runs), reverse=True)
    assert runs[-1]["writes"] == {"create_lead": 1, "task": 1, "properties": 1, "show": 1}
    assert (
        "1 create the lead, 1 properties, 1 show the rep, 1 task" in given.slasync("revert").output
    )


def test_where_nothing_was_written_that_is_said(desk: Desk) -> None:
    assert desk.slasync("revert").output == "Nothing was written in the last 7 days.\n"


def test_a_plan_is_shown_and_nothing_done(given: Desk) -> None:
    assert owner(given) == "ben"

    done = given.slasync("revert", "--run", run_with(given, "owner"))
    given.work()

    assert "change the owner, to be put back" in done.output
    assert "~ owner: Ben Brock" in done.output
    assert done.output.endswith("Nothing is done yet: give --yes.\n")
    assert owner(given) == "ben"


def test_an_owner_whom_we_changed_has_the_lead_again(given: Desk) -> None:
    done = given.slasync("revert", "--run", run_with(given, "owner"), "--yes", "--why", "too soon")
    given.work()

    assert "change the owner, is being put back" in done.output
    assert owner(given) == "ana"
    told = given.slasync("explain", "lou@x.example").output
    assert "taken back by somebody at the command line: too soon" in told


def test_to_ask_twice_does_it_once(given: Desk) -> None:
    run = run_with(given, "owner")
    given.slasync("revert", "--run", run, "--yes")
    again = given.json("revert", "--run", run, "--yes")
    given.work()
    later = given.json("revert", "--run", run, "--yes")
    given.work()

    assert became(again, "change the owner") == [("as it was already", "being put back")]
    assert became(later, "change the owner") == [("as it was already", "put back")]
    assert owner(given) == "ana"
    writes = given.json("explain", "lou@x.example")
    assert str(writes).count("change the owner: done") == 2, "there and back"


def test_a_task_that_nobody_closed_is_closed_with_the_reason(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    desk.slasync("revert", *ALL, "--yes")
    desk.work()

    [task] = desk.rows("Task")
    assert task["Status"] == "Completed"
    assert task["Description"].endswith("Closed by slasync: taken back.")
    days(desk, 1)
    assert len(desk.rows("Task")) == 2, "the next rung makes its own"


def test_the_task_of_a_rep_who_reads_german_says_so_in_german(desk: Desk) -> None:
    own = "    languages: {ana@sandbox.example: de}\n    members:"
    desk.change("config/teams.yaml", "    members:", own)
    desk.arrives()
    desk.work()

    desk.slasync("revert", *ALL, "--yes")
    desk.work()

    assert desk.rows("Task")[0]["Description"].endswith("Von slasync geschlossen: zurückgenommen.")


def test_a_task_that_a_person_closed_is_left(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    [task] = desk.rows("Task")
    desk.town.salesforce.update(
        "Task", str(task["Id"]), {"Status": "Completed"}, desk.town.users["ana"]
    )
    desk.work()

    told = desk.json("revert", *ALL, "--yes")

    assert became(told, "task") == [("left", "the task was closed or deleted since")]


def test_a_lead_that_somebody_has_worked_on_keeps_its_owner(given: Desk) -> None:
    [lead] = given.rows("Lead")
    given.town.salesforce.log_call(str(lead["Id"]), given.town.users["ben"])
    given.work()

    told = given.json("revert", "--run", run_with(given, "owner"), "--yes")
    given.work()

    [(way, why)] = became(told, "change the owner")
    assert way == "left"
    assert why.startswith("Ben Brock has worked on it since: call ")
    assert owner(given) == "ben"


def test_an_owner_whom_a_person_chose_since_is_kept(given: Desk) -> None:
    run = run_with(given, "owner")
    [lead] = given.rows("Lead")
    give(given.town, str(lead["Id"]), given.town.users["ben"])
    given.work()
    chosen = owner(given)

    told = given.json("revert", "--run", run, "--yes")
    given.work()

    [(way, why)] = became(told, "change the owner")
    assert way == "left"
    assert " has it since " in why
    assert why.endswith("by Mia Mohn")
    assert owner(given) == chosen


def test_a_person_who_is_faster_than_the_write_wins(given: Desk) -> None:
    run = run_with(given, "owner")
    given.slasync("revert", "--run", run, "--yes")
    [lead] = given.rows("Lead")
    given.town.salesforce.update(
        "Lead", str(lead["Id"]), {"OwnerId": given.town.users["dora"]}, given.town.users["mia"]
    )
    given.work()

    assert owner(given) == "dora"
    [(way, why)] = became(given.json("revert", "--run", run), "change the owner")
    assert (way, why.startswith("Dora")) == ("left", True)


def test_several_changes_of_one_owner_go_back_to_the_first(given: Desk) -> None:
    days(given, 6)
    assert owner(given) not in {"ana", "ben"}

    told = given.json("revert", *ALL, "--yes")
    given.work()

    assert became(told, "change the owner") == [("with another", ""), ("put back", "")]
    assert owner(given) == "ana"


def test_a_stale_flag_is_cleared(desk: Desk) -> None:
    desk.arrives()
    days(desk, 10)
    desk.work(HOUR)
    [lead] = desk.rows("Lead")
    assert lead["Slasync_Stale__c"] is True

    told = desk.json("revert", "--run", run_with(desk, "flag_stale"), "--yes")
    desk.work()

    assert became(told, "flag as stale") == [("put back", "")]
    assert desk.rows("Lead")[0]["Slasync_Stale__c"] is False


def test_a_lead_that_was_given_back_is_with_sales_again_and_its_clocks_go_on(desk: Desk) -> None:
    desk.change("config/agreement.yaml", REASSIGNS, RECYCLES)
    desk.arrives()
    days(desk, 3)
    desk.work(HOUR)
    desk.work()
    assert [lead["Status"] for lead in desk.rows("Lead")] == ["Recycled"]
    assert desk.json("status")["leads"] == {"recycled": 1}

    told = desk.json("revert", "--run", run_with(desk, "status"), "--yes")
    desk.work()
    desk.work()

    assert became(told, "change the status") == [("put back", "")]
    assert [lead["Status"] for lead in desk.rows("Lead")] == ["Open - Not Contacted"]
    assert desk.json("status")["leads"] == {"mql": 1}
    assert "processing" in str(desk.json("explain", "lou@x.example"))
    days(desk, 9)
    assert desk.rows("Lead")[0]["Slasync_Stale__c"] is True, "processing went on"


def test_what_is_held_is_withdrawn_by_its_batchs_name(storm: Desk) -> None:
    told = storm.json("revert", "--run", "late-2026-03-04", "--yes")
    storm.work()

    assert told["counts"] == {"withdrawn": 6}
    assert storm.json("held", "list")["held"] == []
    assert len(storm.rows("Task")) == 3


def test_what_was_refused_is_given_up_with_the_rest(desk: Desk) -> None:
    from slasync.sandbox.faults import Kind, Rule  # noqa: PLC0415

    desk.town.world.faults.switch_on(Rule(Kind.ROW_REFUSED, "salesforce/Lead"))
    desk.arrives()
    desk.work()
    desk.town.world.faults.switch_off()

    assert desk.json("revert", *ALL, "--yes")["counts"]["withdrawn"] >= 1
    assert desk.slasync("parked", "list").exit_code == 0


def test_it_goes_out_also_where_nothing_else_is_written_any_more(given: Desk) -> None:
    run = run_with(given, "owner")
    given.mode("observe")
    given.work()

    given.slasync("revert", "--run", run, "--yes")
    given.work()

    assert owner(given) == "ana"


def test_one_lead_alone_is_taken_back(desk: Desk) -> None:
    desk.arrives("lou1@x.example")
    desk.arrives("lou2@x.example")
    desk.work()

    told = desk.json("revert", *ALL, "--lead", "lou2@x.example", "--yes")
    desk.work()

    assert len({write["lead"] for write in told["writes"]}) == 1
    assert sorted(task["Status"] for task in desk.rows("Task")) == ["Completed", "Not Started"]


def test_other_than_what_was_looked_at_is_not_done(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    done = desk.slasync("revert", *ALL, "--yes", "--expect", "2")

    assert done.exit_code == 2
    assert "1 write would be put back or withdrawn, not 2: look again" in done.stderr
    assert desk.slasync("revert", *ALL, "--yes", "--expect", "1").exit_code == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--run", "yesterday"), "--run yesterday: is no time; write 2026-03-02T14:00"),
        (("--run", "2026-03-01T09:00Z"), "nothing was written then: `slasync revert` lists"),
        (("--run", "2026-03-01T09:00Z", "--since", "2026-03-01"), "give either --run, or --since"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "is not after --since 2026-03-02"),
        (("--since", "2031-03-02"), "that is still to come"),
        ((*ALL, "--lead", "nobody@x.example"), "0 leads are known as nobody@x.example"),
        (("--yes",), "say what is to be taken back: --run ID, or --since TIME"),
    ],
)
def test_what_cannot_be_taken_back_is_wrong_usage(
    desk: Desk, asked: tuple[str, ...], said: str
) -> None:
    desk.arrives()
    desk.work()

    done = desk.slasync("revert", *asked)

    assert done.exit_code == 2
    assert said in done.stderr


def test_who_took_it_back_is_in_the_audit(given: Desk) -> None:
    run = run_with(given, "owner")

    given.slasync("revert", "--run", run, "--yes", "--by", "Rita", "--why", "too soon")

    [deed] = given.json("users", "audit")["entries"]
    assert (deed["who"], deed["did"]) == ("Rita", "revert")
    assert deed["to"].startswith(run)
    assert deed["detail"] == {
        "why": "too soon", "writes": {"put back": 1, **OTHERS}, "lines": {"withdrawn": 1}
    }  # fmt: skip
