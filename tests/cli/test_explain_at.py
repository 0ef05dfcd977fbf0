"""explain --at: what was known then, by the agreement that was in force then."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cli.desk import Desk

DAY = timedelta(days=1)
THEN = "2026-03-02T14:00"  # Berlin: four hours after the hand-over


@pytest.fixture
def handed(desk: Desk) -> Desk:
    """A lead was handed over at ten; its owner has his first task."""
    desk.arrives()
    desk.work()
    return desk


def told(desk: Desk, *at: str, lead: str = "lou@x.example") -> dict[str, Any]:
    found: dict[str, Any] = desk.json("explain", lead, *at)["leads"][0]
    return found


def section(desk: Desk, title: str, *at: str) -> list[str]:
    sections = told(desk, *at)["sections"]
    lines: list[str] = next(s["lines"] for s in sections if s["title"] == title)
    return lines


def test_a_touch_learned_later_is_set_apart_and_the_clock_runs_as_was_believed(
    handed: Desk,
) -> None:
    record = str(handed.rows("Lead")[0]["Id"])
    handed.town.salesforce.log_call(record, handed.town.users["ana"])
    handed.work(DAY)

    then, now = told(handed, "--at", "2026-03-02T10:30"), told(handed)

    assert (then["past"], now["past"]) == (True, False)
    assert (then["clocks"][0]["end"], now["clocks"][0]["end"]) == (None, "touch")
    assert [f["kind"] for f in then["learned_later"] if f["kind"] == "touch"] == ["touch"]
    assert now["learned_later"] == []
    assert then["at"] == "2026-03-02T09:30:00Z"


def test_the_agreement_of_then_is_loaded_though_the_files_changed_since(handed: Desk) -> None:
    handed.change("config/agreement.yaml", 'version: "1"', 'version: "2"')
    handed.change("config/agreement.yaml", "when: score >= 75", "when: score >= 90")
    handed.change(
        "config/agreement.yaml", "after: 1\n", "after: 1.5\n        unit: business_hours\n"
    )
    handed.work(DAY)

    then, now = told(handed, "--at", "2026-03-02T10:30"), told(handed)

    assert (then["agreement"]["version"], now["agreement"]["version"]) == ("1", "2")
    assert then["agreement"]["in_force"] == then["agreement"]["hash"]
    assert then["agreement"]["present"] == now["agreement"]["hash"] != then["agreement"]["hash"]
    assert then["agreement"]["problem"] == ""
    assert then["definitions"][0]["met"] is True
    assert now["definitions"][0]["lacking"] == ["score >= 90 fails: score is 80, off by 10"]
    after = [clocks["clocks"][0]["rungs"][1]["after"] for clocks in (then, now)]
    assert after == ["1 business day", "1.5 business hours"]
    assert section(handed, "Agreement", "--at", "2026-03-02T10:30")[2].startswith(
        "the files are others now: Inbound leads, version 2, edition "
    )


def test_files_changed_and_not_yet_read_by_the_daemon_are_told(handed: Desk) -> None:
    handed.change("config/agreement.yaml", 'version: "1"', 'version: "2"')

    assert section(handed, "Agreement")[1].startswith("the daemon works by another edition, ")


def test_before_the_first_start_the_present_agreement_is_used_and_that_is_said(
    handed: Desk,
) -> None:
    lines = section(handed, "Agreement", "--at", "2026-03-01")

    assert lines[0] == "as known at Sun 01 Mar 2026 00:00 Europe/Berlin (2026-02-28T23:00:00Z)"
    assert lines[1].startswith("which agreement was in force is not known")
    assert lines[2].startswith("worked out by the present one: Inbound leads, version 1")
    assert section(handed, "Why nothing happened", "--at", "2026-03-01") == [
        "Nothing was known of this lead by then."
    ]


def test_an_agreement_that_cannot_be_read_any_more_says_what_is_wrong(handed: Desk) -> None:
    """The field that its rules read is not mapped any more."""
    handed.change("config/agreement.yaml", "form in ['Demo", "email in ['Demo")
    handed.change("config/agreement.yaml", "  - {field: form, at: form_at}", "  - {field: source}")
    handed.change("config/agreement.yaml", "at: form_at", "at: null")
    handed.change("connectors/hubspot/connector.yaml", "  form: ", "  # form: ")
    handed.wait(DAY)

    then = told(handed, "--at", THEN)

    assert (
        "its files cannot be read any more (agreement.yaml as kept:"
        in (then["agreement"]["problem"])
    )
    assert "unknown field 'form'" in then["agreement"]["problem"]
    assert then["agreement"]["hash"] == then["agreement"]["present"]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("gestern", "--at gestern: is no time; write 2026-03-02T14:00 (local time), "),
        ("2026-02-30", "--at 2026-02-30: no such time, "),
        ("2027-01-01", "--at 2027-01-01: that is still to come, it is "),
    ],
)
def test_a_moment_that_cannot_be_is_a_wrong_call(handed: Desk, at: str, words: str) -> None:
    done = handed.slasync("explain", "lou@x.example", "--at", at)

    assert done.exit_code == 2
    assert words in done.stderr


def test_json_has_everything_under_keys_that_stay(handed: Desk) -> None:
    handed.wait(DAY)
    found = told(handed, "--at", "2026-03-02T10:30")

    assert list(found) == [
        "lead", "at", "past", "agreement", "facts", "learned_later", "definitions", "routing",
        "clocks", "near_misses", "nothing", "decisions", "writes", "next", "sections",
    ]  # fmt: skip
    assert list(found["agreement"]) == [
        "name", "version", "hash", "in_force", "since", "present", "problem",
    ]  # fmt: skip
    assert list(found["clocks"][0]) == [
        "cycle", "clock", "generation", "calendar", "begun_at", "ended_at", "end", "rungs",
        "stopped_by", "problem", "deadline", "agreement", "ruling",
    ]  # fmt: skip
    assert list(found["clocks"][0]["rungs"][0]) == [
        "rung", "after", "due", "state", "why", "notes", "arithmetic",
    ]  # fmt: skip
    assert found["definitions"][0]["conditions"] == [
        {"text": "score >= 75", "truth": True, "read": {"score": 80}, "off_by": None}
    ]
    assert found["clocks"][0]["rungs"][0]["due"] == "2026-03-02T09:00:00Z"
    assert found["clocks"][0]["rungs"][0]["state"] == "fired"


def test_what_people_read_is_at_most_100_columns_wide_and_loses_no_word(handed: Desk) -> None:
    handed.work(DAY)
    printed = handed.slasync("explain", "lou@x.example").stdout

    assert max(map(len, printed.splitlines())) <= 100
    for each in told(handed)["sections"]:
        for line in each["lines"]:
            assert "".join(line.split()).replace("|", "") in (
                "".join(printed.split()).replace("|", "")
            )
