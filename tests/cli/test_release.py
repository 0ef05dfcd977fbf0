"""release: an owner whom a person chose is kept no more, and explain tells so."""

from datetime import timedelta

import pytest

from slasync.sandbox.town import Town
from tests.cli.desk import Desk


@pytest.fixture
def pinned(desk: Desk) -> Desk:
    """A rep gave the lead to a colleague."""
    desk.arrives()
    desk.work()
    desk.work()
    (lead,) = desk.rows("Lead")
    give(desk.town, str(lead["Id"]), str(lead["OwnerId"]))
    desk.work()
    return desk


def give(town: Town, lead: str, owner: str) -> None:
    """Have a person give a lead to somebody else."""
    other = next(key for name, key in town.users.items() if name != "mia" and key != owner)
    town.salesforce.update("Lead", lead, {"OwnerId": other}, town.users["mia"])


def test_an_owner_whom_a_person_chose_is_released(pinned: Desk) -> None:
    before = pinned.slasync("explain", "lou@x.example").output
    assert "chosen by a person and therefore kept" in before

    done = pinned.slasync("release", "lou@x.example", "--why", "Ben is on sick leave")

    assert done.exit_code == 0, done.output
    after = pinned.slasync("explain", "lou@x.example").output
    assert "chosen by a person and therefore kept" not in after
    assert "owner released by an operator: Ben is on sick leave" in after


def test_released_twice_is_wrong_usage(pinned: Desk) -> None:
    assert pinned.json("release", "lou@x.example")["released"] is True
    pinned.wait(timedelta(minutes=1))

    done = pinned.slasync("release", "lou@x.example")

    assert done.exit_code == 2
    assert "no person chose" in done.output
    assert "or it was released already" in done.output


def test_a_lead_that_is_not_known_is_wrong_usage(desk: Desk) -> None:
    desk.work()

    done = desk.slasync("release", "nobody@x.example")

    assert done.exit_code == 2
    assert "no lead is known as nobody@x.example" in done.output
