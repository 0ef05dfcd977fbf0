"""Decisions at the command line are in the audit beside the dashboard's: who, what and why."""

from datetime import timedelta
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk
from tests.cli.test_held import NAME, storm
from tests.cli.test_release import pinned

__all__ = ["pinned", "storm"]


def last(desk: Desk) -> dict[str, Any]:
    entries = desk.json("users", "audit")["entries"]
    return {key: entries[0][key] for key in ("who", "did", "to", "outcome", "from", "detail")}


@pytest.mark.parametrize("deed", ["allow", "discard"])
def test_what_becomes_of_a_held_batch(storm: Desk, deed: str) -> None:
    storm.slasync("held", deed, NAME, "--by", "Rita", "--why", "agreed")
    storm.slasync("held", deed, NAME, "--by", "Otto")

    assert last(storm) == {
        "who": "Rita", "did": f"held.{deed}", "to": NAME, "outcome": "done",
        "from": "command line", "detail": {"why": "agreed", "writes": 6},
    }  # fmt: skip


def test_a_batch_that_the_plan_lets_go(storm: Desk) -> None:
    storm.environ["LOGNAME"] = "otto"

    storm.slasync("plan", "--allow", NAME)

    assert (last(storm)["who"], last(storm)["did"]) == ("otto", "held.allow")


@pytest.mark.parametrize(("command", "did"), [("retry", "retry"), ("discard", "discard")])
def test_what_becomes_of_a_parked_write(desk: Desk, command: str, did: str) -> None:
    desk.arrives()
    desk.town.world.faults.switch_on(Rule(Kind.ROW_REFUSED, "salesforce/Lead"))
    desk.work()
    key = desk.json("parked", "list")["writes"][0]["key"]

    desk.slasync("parked", command, key)

    assert (last(desk)["did"], last(desk)["to"]) == (f"parked.{did}", key)


def test_an_owner_who_is_released(pinned: Desk) -> None:
    pinned.slasync("release", "lou@x.example", "--why", "on leave")

    assert (last(pinned)["did"], last(pinned)["detail"]) == ("release", {"why": "on leave"})


def test_a_link_that_is_undone(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    [lead] = desk.rows("Lead")

    done = desk.slasync("links", "undo", f"salesforce:lead:{lead['Id']}", "lou@x.example")

    assert done.exit_code == 0, done.output
    assert (last(desk)["did"], last(desk)["to"]) == ("links.undo", f"salesforce:lead:{lead['Id']}")


def test_a_person_who_is_forgotten_and_let_in_again_without_a_name(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    desk.slasync("forget", "lou@x.example", "--apply")
    assert last(desk)["did"] == "forget"
    desk.slasync("forget", "lou@x.example", "--lift")

    assert (last(desk)["did"], last(desk)["to"]) == ("forget.lift", "")


def test_what_changes_nothing_is_not_noted(desk: Desk) -> None:
    desk.wait(timedelta(minutes=1))

    assert desk.slasync("parked", "discard", "nothing").exit_code == 2
    assert desk.json("users", "audit")["entries"] == []


def test_the_chain_stays_whole(storm: Desk) -> None:
    storm.slasync("held", "discard", NAME)

    assert storm.json("users", "audit", "--verify")["problem"] == ""
