"""Ladders that do less than they seem to are warned of."""

from pathlib import Path

from tests.pains.marks import pain
from tests.settings.configs import Configuration, shipped

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"


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
