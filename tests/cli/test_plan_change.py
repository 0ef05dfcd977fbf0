"""plan --agreement and --change: what a change of the agreement does to open leads, beforehand."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk
from tests.pains.marks import pain

AGREEMENT = "config/agreement.yaml"
DAY_1 = "      - rung: day_1\n        after: 1\n"
IN_AN_HOUR = "      - rung: day_1\n        after: 1\n        unit: business_hours\n"
DAY_2 = "      - rung: day_2\n        after: 2\n"
DAY_3 = "      - rung: day_3\n        after: 3\n"
THREE_HOURS = timedelta(hours=3)


@pytest.fixture
def handed(desk: Desk) -> Desk:
    """A lead was handed over on Monday at 10:00 in Berlin; three hours later nobody called."""
    desk.arrives()
    desk.work()
    desk.work(THREE_HOURS)
    return desk


def stricter(desk: Desk, choice: str = "recompute") -> Path:
    """Write another agreement: day 1 after an hour, days 2 and 3 a day later."""
    text = (desk.home / AGREEMENT).read_text("utf-8")
    for old, new in (
        (DAY_1, IN_AN_HOUR),
        (DAY_2, DAY_2.replace("after: 2", "after: 3")),
        (DAY_3, DAY_3.replace("after: 3", "after: 4")),
        ('version: "1"', 'version: "2"'),
        ("on_change: recompute\n", f"on_change: {choice}\n"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    path = desk.home / "other.yaml"
    path.write_text(text, "utf-8")
    return path


def moved(told: dict[str, Any], choice: str) -> dict[str, tuple[str, str]]:
    """Return old and new time of each rung of the first clock, to the hour."""
    return {
        each["rung"]: (each["old"][:13], each["new"][:13])
        for each in told["choices"][choice]["deadlines"]
        if each["clock"] == "first_touch"
    }


def test_each_choice_shows_which_deadlines_move_and_what_fires_at_once(handed: Desk) -> None:
    told = handed.json("plan", "--agreement", str(stricter(handed)))

    assert told["open"] == {"leads": 1, "clocks": 2}
    assert (told["in_force"]["version"], told["new"]["version"]) == ("1", "2")
    assert moved(told, "recompute") == {
        "day_1": ("2026-03-03T09", "2026-03-02T10"),
        "day_2": ("2026-03-04T09", "2026-03-05T09"),
        "day_3": ("2026-03-05T09", "2026-03-06T09"),
    }
    assert moved(told, "keep") == {}
    assert moved(told, "grandfather") == {
        "day_2": ("2026-03-04T09", "2026-03-05T09"),
        "day_3": ("2026-03-05T09", "2026-03-06T09"),
    }
    at_once = {name: each["at_once"]["rungs"] for name, each in told["choices"].items()}
    assert at_once == {"recompute": 1, "keep": 0, "grandfather": 0}
    assert told["choices"]["recompute"]["at_once"]["messages"] == 1
    assert told["on_change"] == "recompute"


def test_in_words_the_choice_that_will_be_followed_is_marked_and_told_in_full(
    handed: Desk,
) -> None:
    done = handed.slasync("plan", "--agreement", str(stricter(handed)))

    assert done.exit_code == 0
    assert "1 lead is open, with 2 clocks" in done.output
    assert (
        "recompute: the new agreement counts for every open lead at once  <- followed when slasync"
        " is started\n  3 deadlines of 1 lead move\n    first_touch, day_1: 1 earlier, 1 at once\n"
    ) in done.output
    assert (
        "keep: every open cycle ends under the agreement it began under\n  no deadline moves"
        in (done.output)
    )
    assert "  first_touch, day_1\n    - Tue 03 Mar 2026 10:" in done.output
    assert ", fires at once\n" in done.output


def test_late_messages_above_the_cap_are_said_to_be_held(handed: Desk) -> None:
    handed.change("config/slasync.yaml", "per_owner: 20", "per_owner: 1")
    handed.change("config/slasync.yaml", "total: 200", "total: 1")
    for number in range(2):
        handed.arrives(f"lou{number}@x.example")
    handed.work()
    handed.work(THREE_HOURS)

    told = handed.json("plan", "--agreement", str(stricter(handed)))

    at_once = told["choices"]["recompute"]["at_once"]
    assert (at_once["messages"], at_once["held"]) == (3, True)
    assert told["choices"]["keep"]["at_once"]["held"] is False


def test_looking_at_a_change_changes_nothing(handed: Desk) -> None:
    other = str(stricter(handed))
    before = handed.json("status"), len(handed.town.world.journal)

    first, second = (handed.json("plan", "--agreement", other) for _ in range(2))

    assert first == second
    assert (handed.json("status"), len(handed.town.world.journal)) == before


def test_files_changed_in_place_are_announced_by_plan_and_shown_by_change(handed: Desk) -> None:
    handed.change(AGREEMENT, DAY_1, IN_AN_HOUR)

    assert "The files have changed since slasync was started: --change" in (
        handed.slasync("plan").output
    )
    told = handed.json("plan", "--change")
    assert list(moved(told, "recompute")) == ["day_1"]


@pain("P5")
def test_what_was_shown_is_what_comes(handed: Desk) -> None:
    told = handed.json("plan", "--agreement", str(stricter(handed)))
    wanted = {r: new for r, (_, new) in moved(told, "recompute").items()}
    (handed.home / AGREEMENT).write_text((handed.home / "other.yaml").read_text("utf-8"))

    handed.work(timedelta(seconds=1))

    rungs = handed.json("explain", "lou@x.example")["leads"][0]["clocks"][0]["rungs"]
    assert {r["rung"]: r["due"][:13] for r in rungs if r["rung"] != "day_0"} == wanted
    assert [r["state"] for r in rungs] == ["fired", "fired", "to_come", "to_come"]


@pytest.mark.parametrize("choice", ["keep", "grandfather"])
def test_a_start_follows_what_the_new_agreement_says_and_keeps_to_it_in_every_process(
    handed: Desk, choice: str
) -> None:
    told = handed.json("plan", "--agreement", str(stricter(handed, choice)))
    assert told["on_change"] == choice
    (handed.home / AGREEMENT).write_text((handed.home / "other.yaml").read_text("utf-8"))

    for _ in range(3):  # each is a process of its own
        handed.work()

    clock = handed.json("explain", "lou@x.example")["leads"][0]["clocks"][0]
    due = {rung["rung"]: rung["due"][:13] for rung in clock["rungs"]}
    day_2 = {"keep": "2026-03-04T09", "grandfather": "2026-03-05T09"}[choice]
    assert (due["day_1"], due["day_2"]) == ("2026-03-03T09", day_2)
    assert len(handed.rows("Task")) == 1
    assert "version 1, edition " in clock["ruling"]


def test_explain_tells_in_words_by_which_version_a_clock_is_run(handed: Desk) -> None:
    first = handed.json("check")["agreement"]["hash"]
    handed.change(AGREEMENT, DAY_1, IN_AN_HOUR)
    handed.change(AGREEMENT, 'version: "1"', 'version: "2"')
    handed.change(AGREEMENT, "on_change: recompute", "on_change: keep")
    handed.work(timedelta(days=1))

    found = handed.json("explain", "lou@x.example")["leads"][0]
    lines = next(s["lines"] for s in found["sections"] if s["title"] == "Clock first_touch")

    assert lines[1] == f"kept from version 1, edition {first[:12]}: the cycle began under it"
    assert found["clocks"][0]["agreement"] == first
    assert found["decisions"][-1]["agreement"] == first
    assert found["agreement"]["version"] == "2"
    assert "day_1, 1 business day: due" in "\n".join(lines)


def test_a_lead_that_comes_after_the_change_is_judged_by_the_new_agreement(handed: Desk) -> None:
    handed.change(AGREEMENT, DAY_1, IN_AN_HOUR)
    handed.change(AGREEMENT, 'version: "1"', 'version: "2"')
    handed.change(AGREEMENT, "on_change: recompute", "on_change: keep")
    handed.arrives("new@x.example")
    handed.work()

    old, new = (
        handed.json("explain", who)["leads"][0]["clocks"][0]
        for who in ("lou@x.example", "new@x.example")
    )

    assert (old["rungs"][1]["after"], new["rungs"][1]["after"]) == (
        "1 business day",
        "1 business hour",
    )
    assert (old["ruling"] != "", new["ruling"]) == (True, "")


def test_an_operator_may_choose_otherwise_for_one_version(handed: Desk) -> None:
    other = stricter(handed)

    done = handed.slasync("plan", "--agreement", str(other), "--on-change", "keep")

    assert done.output.startswith("when Inbound leads, version 2, edition ")
    assert done.output.endswith(
        "comes into force: keep, every open cycle ends under the agreement it began under\n"
    )
    assert handed.json("plan", "--agreement", str(other))["on_change"] == "keep"
    (handed.home / AGREEMENT).write_text(other.read_text("utf-8"))
    handed.work()
    assert len(handed.rows("Task")) == 1
    assert handed.json("explain", "lou@x.example")["leads"][0]["clocks"][0]["ruling"]


def test_an_agreement_that_cannot_be_read_any_more_is_told_and_its_leads_are_judged_anew(
    handed: Desk,
) -> None:
    """The field that its rules read is not mapped any more."""
    handed.change(AGREEMENT, "form in ['Demo", "email in ['Demo")
    handed.change(AGREEMENT, "  - {field: form, at: form_at}", "  - {field: source}")
    handed.change(AGREEMENT, "at: form_at", "at: null")
    handed.change(AGREEMENT, 'version: "1"', 'version: "2"')
    handed.change(AGREEMENT, "on_change: recompute", "on_change: keep")
    handed.change(AGREEMENT, DAY_2, f"{DAY_2}        unit: calendar_days\n")
    handed.work()
    handed.change("connectors/hubspot/connector.yaml", "  form: ", "  # form: ")
    handed.work()

    clock = handed.json("explain", "lou@x.example")["leads"][0]["clocks"][0]

    assert clock["ruling"].startswith("it began under edition ")
    assert "unknown field 'form'" in clock["ruling"]
    assert clock["ruling"].endswith(": judged by the agreement in force")
    assert clock["rungs"][2]["after"] == "2 calendar days"


def test_the_version_in_force_is_no_change(handed: Desk) -> None:
    done = handed.slasync("plan", "--agreement", str(handed.home / AGREEMENT))

    assert done.exit_code == 2
    assert "is in force already: nothing changes" in done.stderr


def test_before_the_first_start_there_is_nothing_to_keep(new_desk: Desk) -> None:
    done = new_desk.slasync("plan", "--agreement", str(stricter(new_desk)))

    assert done.exit_code != 0
    assert "there is no database" in done.output


def test_what_is_wrong_in_the_other_file_is_told_with_its_place(handed: Desk) -> None:
    other = stricter(handed)
    other.write_text(
        other.read_text("utf-8").replace("on_change: recompute\n", "on_change: kepe\n")
    )

    done = handed.slasync("plan", "--agreement", str(other))

    assert done.exit_code != 0
    assert "other.yaml" in done.stderr
    assert "on_change" in done.stderr


def test_a_definition_that_is_met_already_hands_over_from_its_change_on(desk: Desk) -> None:
    """Beforehand the plan tells how many; nothing that would have been due before is done."""
    desk.arrives(score=50)
    desk.work()
    desk.work(timedelta(days=7))
    desk.change(AGREEMENT, "when: score >= 75", "when: score >= 45")
    desk.change(AGREEMENT, 'version: "1"', 'version: "2"')
    planned = desk.json("plan", "--change")["handed_over"]
    told = desk.slasync("plan", "--change").stdout
    desk.work()
    explained = desk.slasync("explain", "lou@x.example").stdout
    for _ in range(3):  # until the record is made and read
        desk.work()

    assert planned == 1
    assert "1 more lead is handed over at once: definitions are others" in told
    assert "the next step is that a definition is met" not in explained
    assert len(desk.rows("Task")) == 1, "the first rung's, no late one"
