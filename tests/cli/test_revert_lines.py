"""revert: lines that a run put into a digest are withdrawn while nobody was told them."""

from datetime import timedelta
from typing import Any

import pytest

from slasync.cli.databases import database
from slasync.cli.surroundings import Surroundings
from slasync.ports import Message
from slasync.store.digest_lines import DigestState
from slasync.store.digests import DigestEnd, NewDigest
from slasync.store.unit import transaction
from tests.cli.desk import Desk
from tests.cli.test_revert import ALL, days

LEA = "lea@sandbox.example"
HOUR = timedelta(hours=1)


@pytest.fixture
def reported(desk: Desk) -> Desk:
    """A lead that nobody touched is stale; leadership is to be told, and was told nothing yet."""
    desk.arrives()
    days(desk, 10)
    desk.work(HOUR)
    assert desk.json("status")["digests"]["lines"] >= 1
    return desk


def lines(told: Any) -> set[tuple[str, str]]:
    return {(line["becomes"], line["why"]) for line in told["lines"]}


def into_a_digest(desk: Desk, state: DigestState) -> None:
    """Put every line into one digest that stands so."""
    now = desk.seams.clock.now()
    settings = Surroundings(desk.environ, desk.seams).settings(None)
    with database(settings) as engine, transaction(engine) as unit:
        keys = tuple(line.key for line in unit.digests.waiting([LEA], now))
        message = Message(key="d1", to=LEA, subject="News", text="-", at=now)
        unit.digests.make(NewDigest(reader=LEA, channel="smtp", slot=now, message=message,
                                    lines=keys), now)  # fmt: skip
        if state is DigestState.PENDING:
            return
        claimed = unit.digests.claim("one", now, now + HOUR)
        assert claimed
        unit.digests.settle(DigestEnd("d1", claimed.term, state), "one", now)


def test_a_plan_shows_the_lines_and_withdraws_none(reported: Desk) -> None:
    waiting = reported.json("status")["digests"]["lines"]

    shown = reported.slasync("revert", *ALL)

    assert f"  tell {LEA}: " in shown.stdout
    assert f"{waiting} lines of digests: withdrawn {waiting}\n" in shown.stdout
    assert ", not sent yet: to be withdrawn" in shown.stdout
    early = ("--since", "2026-03-02", "--until", "2026-03-03T00:00", "--yes")
    assert reported.json("revert", *early)["lines"] == []
    assert reported.json("status")["digests"]["lines"] == waiting


def test_a_line_that_nobody_was_told_is_withdrawn_and_comes_not_again(reported: Desk) -> None:
    told = reported.json("revert", *ALL, "--yes", "--why", "wrong pool")

    [deed] = reported.json("users", "audit")["entries"]
    assert deed["detail"]["lines"] == {"withdrawn": len(told["lines"])}
    assert lines(told) == {("withdrawn", "")}
    assert reported.json("status")["digests"]["lines"] == 0
    reported.work()
    assert reported.json("status")["digests"]["lines"] == 0
    assert reported.json("revert", *ALL)["lines"] == []
    assert "wrong pool" in reported.slasync("explain", "lou@x.example").output


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (DigestState.PENDING, "its digest is on its way"),
        (DigestState.DONE, "its digest has gone out"),
    ],
)
def test_what_was_told_is_left_with_the_reason(
    reported: Desk, state: DigestState, why: str
) -> None:
    into_a_digest(reported, state)

    told = reported.json("revert", *ALL, "--yes")

    assert lines(told) == {("left", why)}
