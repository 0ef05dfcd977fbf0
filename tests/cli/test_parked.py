"""parked: what was refused or not understood, why, and once more after it was mended."""

from datetime import timedelta

import pytest

from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk

REFUSE_LEADS = Rule(Kind.ROW_REFUSED, "salesforce/Lead")


@pytest.fixture
def parked(desk: Desk) -> Desk:
    """Salesforce has refused a lead."""
    desk.arrives()
    desk.town.world.faults.switch_on(REFUSE_LEADS)
    desk.work()
    desk.town.world.faults.switch_off()
    return desk


def test_nothing_parked_is_well(desk: Desk) -> None:
    done = desk.slasync("parked", "list")

    assert (done.exit_code, done.output) == (0, "Nothing is parked.\n")


def test_a_parked_write_says_why(parked: Desk) -> None:
    done = parked.slasync("parked", "list")

    assert done.exit_code == 1
    assert "create the lead" in done.output
    assert "refused" in done.output


def test_one_write_is_shown_in_full(parked: Desk) -> None:
    key = parked.json("parked", "list")["writes"][0]["key"]

    shown = parked.json("parked", "show", key)

    assert shown["values"]["last_name"] == "Reed"


def test_a_retried_write_is_sent_again(parked: Desk) -> None:
    key = parked.json("parked", "list")["writes"][0]["key"]

    done = parked.slasync("parked", "retry", key)
    parked.work()

    assert done.output == "1 will be done again\n"
    assert [lead["LastName"] for lead in parked.rows("Lead")] == ["Reed"]
    assert parked.slasync("parked", "list").exit_code == 0


def test_everything_can_be_retried_at_once(parked: Desk) -> None:
    assert parked.json("parked", "retry", "--all")["left"] == []
    assert parked.slasync("parked", "list").exit_code == 0


@pytest.mark.parametrize("command", ["show nothing", "retry nothing", "retry"])
def test_what_is_not_parked_is_wrong_usage(parked: Desk, command: str) -> None:
    assert parked.slasync("parked", *command.split()).exit_code == 2


def test_a_record_set_aside_is_listed_and_read_again(desk: Desk) -> None:
    for name in ("One", "Two"):  # whose is the contact with the address of both?
        known = {"LastName": name, "Company": "C", "Email": "a@x.example"}
        desk.town.salesforce.create("Lead", known, desk.town.users["ana"])
    desk.arrives("a@x.example")
    desk.work(timedelta(minutes=10))
    found = desk.json("parked", "list")["records"]
    assert found

    done = desk.json("parked", "retry", "--all")

    assert done["retried"] == [record["key"] for record in found]
