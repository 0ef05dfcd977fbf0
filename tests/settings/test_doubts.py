"""Ladders that do less than they seem to are warned of."""

from pathlib import Path

import pytest

from tests.pains.marks import pain
from tests.settings.configs import Configuration, shipped

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
FOUR_HOURS = "rung: day_2\n        after: 4\n        unit: business_hours"
DECIDE_NOW = "{do: task, to: owner, text: decide_now}"


def warnings(configuration: Configuration) -> list[str]:
    return [str(warning) for warning in configuration.load().warnings]


def test_the_shipped_ladders_raise_no_doubts(tmp_path: Path) -> None:
    told = warnings(shipped(tmp_path))

    assert not [warning for warning in told if "clocks." in warning]


@pain("also/ladder")
def test_a_ladder_that_only_reminds_the_owner_has_no_end(tmp_path: Path) -> None:
    text = """  endless:
    ends_on: [touch, deleted]
    reads: [salesforce.leads]
    ladder:
      - {rung: remind, after: 1, effects: [{do: task, to: owner, text: reminder}]}
      - {rung: again, after: 2, effects: [{do: task, to: owner, text: reminder}]}
"""
    mark = "# (5) Where leads go"
    configuration = shipped(tmp_path).change(AGREEMENT, mark, text + mark)

    [told] = [warning for warning in warnings(configuration) if "without an end" in warning]

    assert "clocks.endless.ladder[1]" in told


def test_a_clock_that_does_not_read_what_could_have_ended_it_is_told(tmp_path: Path) -> None:
    """A call is told by tasks: a rung that does not wait for them blames who has called."""
    reads = "reads: [salesforce.tasks, salesforce.events, salesforce.lead_history"
    configuration = shipped(tmp_path).change(AGREEMENT, reads, "reads: [salesforce.events")

    [told] = [warning for warning in warnings(configuration) if "clocks." in warning]

    assert "clocks.first_touch.reads: without salesforce.tasks a rung may blame somebody" in told


def test_a_manager_who_is_not_named_is_told_by_the_rung_that_wants_him(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    lines = (tmp_path / TEAMS).read_text().splitlines(keepends=True)
    configuration.write(TEAMS, "".join(line for line in lines if "manager:" not in line))

    told = [warning for warning in warnings(configuration) if "names no manager" in warning]

    assert "clocks.first_touch.ladder[2].effects[1]" in told[0]


def test_a_pool_of_one_cannot_be_reassigned_within(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    lines = (tmp_path / TEAMS).read_text().splitlines(keepends=True)
    others = ("- ben@", "- chi@", "- dora@")
    kept = [line for line in lines if not line.strip().startswith(others)]
    configuration.write(TEAMS, "".join(kept))

    [told] = [warning for warning in warnings(configuration) if "has one member" in warning]

    assert "clocks.first_touch.ladder[3].effects[1]" in told


# rungs that are never reached


def test_a_rung_of_another_unit_that_is_due_before_the_one_before_it_is_told(
    tmp_path: Path,
) -> None:
    """Four hours of work are over before the first business day is."""
    configuration = shipped(tmp_path).change(AGREEMENT, "rung: day_2\n        after: 2", FOUR_HOURS)

    [told] = [warning for warning in warnings(configuration) if "clocks." in warning]

    assert "clocks.first_touch.ladder[1]: rung day_1 is never reached: day_2, which" in told
    assert "which stands after it, is always due before it (4 business hours, 1 bus" in told


def test_a_rung_of_another_unit_that_is_due_later_is_no_doubt(tmp_path: Path) -> None:
    later = FOUR_HOURS.replace("4", "20")
    configuration = shipped(tmp_path).change(AGREEMENT, "rung: day_2\n        after: 2", later)

    assert not [warning for warning in warnings(configuration) if "never reached" in warning]


@pytest.mark.parametrize(
    "effect",
    [
        "{do: recycle, reason: not reached}",
        "{do: status, status: Disqualified, reason: not reached}",
    ],
)
def test_a_rung_after_one_that_gives_the_lead_up_is_told(tmp_path: Path, effect: str) -> None:
    configuration = shipped(tmp_path).change(AGREEMENT, DECIDE_NOW, effect)

    told = [warning for warning in warnings(configuration) if "never reached" in warning]

    assert len(told) == 2
    assert (
        "clocks.processing.ladder[1]: rung day_8 is never reached: with day_7 the lead" in told[0]
    )


def test_a_rung_that_gives_the_lead_up_after_some_attempts_only_hides_no_other(
    tmp_path: Path,
) -> None:
    bounded = "rung: day_7\n        attempts_from: 3"
    configuration = (
        shipped(tmp_path)
        .change(AGREEMENT, DECIDE_NOW, "{do: recycle, reason: not reached}")
        .change(AGREEMENT, "rung: day_7", bounded)
    )

    assert not [warning for warning in warnings(configuration) if "never reached" in warning]


PROCESSING = "    ends_on: [converted"


def test_a_deadline_of_another_unit_before_the_first_rung_is_told(tmp_path: Path) -> None:
    """Four hours of work are over long before the seventh day."""
    deadline = f"    deadline: {{after: 4, unit: business_hours}}\n{PROCESSING}"
    configuration = shipped(tmp_path).change(AGREEMENT, PROCESSING, deadline)

    [told] = [warning for warning in warnings(configuration) if "deadline" in warning]

    assert "clocks.processing.deadline: the deadline (4 business hours) is always before" in told
    assert "the first rung (7 business days): nobody would be told in time" in told


def test_a_deadline_of_another_unit_after_the_first_rung_is_no_doubt(tmp_path: Path) -> None:
    deadline = f"    deadline: {{after: 200, unit: business_hours}}\n{PROCESSING}"
    configuration = shipped(tmp_path).change(AGREEMENT, PROCESSING, deadline)

    assert not [warning for warning in warnings(configuration) if "deadline" in warning]


def test_a_rung_that_asks_for_attempts_of_a_clock_that_a_touch_ends_is_told(
    tmp_path: Path,
) -> None:
    bounded = "rung: day_2\n        attempts_from: 2"
    configuration = shipped(tmp_path).change(AGREEMENT, "rung: day_2", bounded)

    [told] = [warning for warning in warnings(configuration) if "never reached" in warning]

    assert "clocks.first_touch.ladder[2]: rung day_2 is never reached: it asks for 2 or" in told


@pytest.mark.parametrize("end", ["recycled", "disqualified"])
def test_an_end_that_no_status_stands_for_is_told(tmp_path: Path, end: str) -> None:
    configuration = shipped(tmp_path)
    text = (tmp_path / AGREEMENT).read_text()
    before, _, stages = text.partition("  of_status:")
    stages = stages.replace(f": {end}\n", ": sal\n")
    configuration.write(AGREEMENT, f"{before}  of_status:{stages}")

    told = [warning for warning in warnings(configuration) if "never comes" in warning]

    what = f"{end} never comes: no status in stages.of_status stands for it"
    assert [what in warning for warning in told] == [True, True]
    assert "clocks.first_touch.ends_on" in told[0]


def test_a_pool_without_the_queue_that_leads_are_sent_to_is_told(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    lines = (tmp_path / TEAMS).read_text().splitlines(keepends=True)
    configuration.write(TEAMS, "".join(line for line in lines if "queue:" not in line))

    [told] = [warning for warning in warnings(configuration) if "queue" in warning]

    assert "pool inbound names no queue, where clock first_touch sends a lead" in told
    assert "(restarts: 2)" in told
