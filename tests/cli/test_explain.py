"""explain: one lead, by whatever it is known, from its first fact to its next rung."""

from datetime import timedelta

import pytest

from tests.cli.desk import Desk
from tests.pains.marks import pain


@pytest.fixture
def handed(desk: Desk) -> Desk:
    """A lead was handed over; its owner has his first task."""
    desk.arrives()
    desk.work()
    return desk


def section(desk: Desk, title: str, lead: str = "lou@x.example") -> list[str]:
    found = desk.json("explain", lead)["leads"][0]["sections"]
    lines: list[str] = next(s["lines"] for s in found if s["title"] == title)
    return lines


def test_a_lead_is_found_by_whatever_it_is_known(handed: Desk) -> None:
    record = str(handed.rows("Lead")[0]["Id"])
    contact = handed.json("explain", record)["leads"][0]["lead"].rpartition(":")[2]

    for name in ("Lou@X.example", record, record[:15], contact, f"hubspot:contact:{contact}"):
        assert handed.slasync("explain", name).output.startswith("Lead\n  Lou Reed, VU [hubspot:")


def test_nobody_known_is_something_wrong(handed: Desk) -> None:
    done = handed.slasync("explain", "nobody@x.example")

    assert done.exit_code == 1
    assert "no lead is known as nobody@x.example" in done.stderr


@pain("P30/reasons")
def test_it_tells_the_whole_story(handed: Desk) -> None:
    told = handed.slasync("explain", "lou@x.example").output

    for words in (
        "hubspot: score is 80",
        "    rule: score >= 75",
        "    evidence: score was 80",
        "owner chosen at 2026-03-02T09:05:00Z: Ana Albers; round robin in inbound",
        "day_0, 0 business days: due Mon 02 Mar 2026 10:00 Europe/Berlin (2026-03-02T09:00:00Z)",
        "    fired 2026-03-02T09:",
        "    | calendar berlin, zone Europe/Berlin, covers 2024-01-01 to 2029-12-31",
        "    | Tue 2026-03-03: a business day",
        "would be stopped by: a touch by a person (strong or weak)",
        "salesforce: task (first_touch day_0): New lead: Lou Reed, VU. Get in",
        "first_touch/day_1 at Tue 03 Mar 2026 10:00 Europe/Berlin",
    ):
        assert words in told


def test_a_touch_ends_the_clock(handed: Desk) -> None:
    record = str(handed.rows("Lead")[0]["Id"])
    handed.town.salesforce.log_call(record, handed.town.users["ana"])
    handed.work(timedelta(minutes=10))

    clock = section(handed, "Clock first_touch")

    assert clock[1].startswith("ended at Mon 02 Mar 2026 10:05 Europe/Berlin")
    assert "by Ana Albers" in clock[1]
    assert "  not reached: the clock ended 23 h 55 min before (touch)" in clock


def test_a_score_that_is_too_low_says_so(desk: Desk) -> None:
    desk.arrives(score=60)
    desk.work()

    assert section(desk, "Definitions of an MQL")[:2] == [
        "score: score >= 75 is not met now",
        "  score >= 75 fails: score is 60, off by 15",
    ]
    assert section(desk, "Next") == [
        "no clock runs: the next step is that a definition is met",
    ]


def test_a_lead_from_before_the_start_is_not_judged_and_told_so(new_desk: Desk) -> None:
    new_desk.arrives()
    new_desk.wait()
    new_desk.slasync("sync", "--once")

    told = section(new_desk, "Why nothing happened")

    assert "before slasync began to judge at 2026-03-02T09:05:00Z" in told[-1]


def test_a_rung_that_waits_names_the_stream_that_holds_it(handed: Desk) -> None:
    handed.wait(timedelta(days=1))

    clock = section(handed, "Clock first_touch")

    waiting = [line for line in clock if "waiting for data" in line]
    assert waiting
    assert waiting[0].startswith(
        "  waiting for data: salesforce.tasks is known up to 2026-03-02T09:"
    )


def test_while_only_observing_the_record_is_waited_for(desk: Desk) -> None:
    desk.mode("observe")
    desk.arrives()
    desk.work()

    clock = section(desk, "Clock first_touch")

    missing = (
        "waiting for record: salesforce does not have this lead yet, and mode observe makes none"
    )
    assert f"  {missing}" in clock
    assert section(desk, "Writes") == ["none: mode observe writes nothing"]
