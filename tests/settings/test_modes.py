"""`mode`, `canary` and `modes` of slasync.yaml: what they say, and what is refused."""

from pathlib import Path

import pytest

from slasync.domain.modes import Canary, Mode, TeamMode
from slasync.settings import Settings
from tests.settings.configs import ENVIRON, Configuration, shipped

SLASYNC, TEAMS = "config/slasync.yaml", "config/teams.yaml"
DACH = """  dach:
    members: [ben@sandbox.example, dora@sandbox.example]
    leadership: [lea@sandbox.example]
"""


def configured(root: Path, *lines: str, mode: str = "enforce") -> Configuration:
    """Two pools, inbound and dach, and these lines in slasync.yaml."""
    made = shipped(root, ENVIRON | {"SLASYNC_MODE": mode})
    made.change(TEAMS, "\npools:\n", f"\npools:\n{DACH}")
    text = "".join(f"{line}\n" for line in lines)
    return made.change(SLASYNC, "\nlog_level:", f"\n{text}\nlog_level:")


def loaded(root: Path, *lines: str, mode: str = "enforce") -> Settings:
    return configured(root, *lines, mode=mode).load()


def problem(root: Path, *lines: str, mode: str = "enforce") -> str:
    (found,) = configured(root, *lines, mode=mode).problems()
    return found


def test_without_modes_the_deployments_holds_for_every_team(tmp_path: Path) -> None:
    settings = loaded(tmp_path, mode="shadow")
    assert settings.modes.deployment == TeamMode(Mode.SHADOW)
    assert settings.modes.teams == {}


def test_each_team_has_its_mode(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "modes: {inbound: enforce, dach: shadow}")
    teams = settings.modes.teams
    assert {name: team.mode for name, team in teams.items()} == {
        "inbound": Mode.ENFORCE,
        "dach": Mode.SHADOW,
    }
    assert settings.modes.teams_of(None, "dach") == ("dach",)


@pytest.mark.parametrize(("written", "share"), [("10 %", 1000), ("2.5%", 250), ("0.25 %", 25)])
def test_a_canary_is_a_share_of_leads(tmp_path: Path, written: str, share: int) -> None:
    settings = loaded(tmp_path, f"canary: {written}", mode="canary")
    assert settings.modes.deployment == TeamMode(Mode.CANARY, Canary(share))


def test_or_the_leads_of_reps_in_whatever_case_they_are_written(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, "modes:", "  inbound: {canary: [ANA@sandbox.example]}", "  dach: observe"
    )
    chosen = Canary(reps=frozenset({"ana@sandbox.example"}))
    assert settings.modes.teams["inbound"] == TeamMode(Mode.CANARY, chosen)


def test_a_team_without_a_choice_of_its_own_has_the_deployments(tmp_path: Path) -> None:
    lines = ("canary: 20 %", "modes: {inbound: canary, dach: {canary: 5 %}}")
    teams = loaded(tmp_path, *lines).modes.teams
    assert teams["inbound"].canary == Canary(share=2000)
    assert teams["dach"].canary == Canary(share=500)


def test_a_team_that_there_is_not_is_refused_with_the_nearest(tmp_path: Path) -> None:
    found = problem(tmp_path, "modes:", "  inbound: enforce", "  dahc: shadow", "  dach: shadow")
    assert "there is no team (a pool of teams.yaml) 'dahc' (did you mean dach?)" in found
    assert found.startswith("config/slasync.yaml:")


def test_a_team_that_is_removed_from_teams_yaml_is_refused_until_its_mode_goes_too(
    tmp_path: Path,
) -> None:
    made = configured(tmp_path, "modes: {inbound: enforce, dach: shadow}")
    made.change(TEAMS, DACH, "")
    (found,) = made.problems()
    assert "there is no team (a pool of teams.yaml) 'dach'" in found


def test_a_team_that_is_forgotten_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, "modes: {inbound: enforce}")
    assert "modes: dach has no mode here: say one for each pool" in found


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("enforced", "'enforced' is no mode: write observe, shadow, canary, enforce"),
        ("{canary: 10 %, reps: []}", "write a mode, or the canary with its choice"),
        ("7", "write a mode, or the canary with its choice: {canary: 10 %}"),
    ],
)
def test_what_is_no_mode_of_a_team_is_refused(tmp_path: Path, written: str, what: str) -> None:
    assert what in problem(tmp_path, "modes:", "  dach: shadow", f"  inbound: {written}")


def test_a_mode_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    found = problem(tmp_path, "modes: {dach: shadow, inbound: enforced}")
    assert "(did you mean enforce?)" in found


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("10", "'10' chooses nobody: write a share such as 10 %"),
        ("ten percent", "'ten percent' chooses nobody"),
        ("110 %", "'110 %' chooses nobody"),
        ("0 %", "0 % chooses nobody apart: mode shadow takes none, mode enforce all"),
        ("100 %", "100 % chooses nobody apart"),
        ("[]", "the list is empty: write a share such as 10 %"),
        ("[ana]", "'ana' is no e-mail address"),
        ("[anna@sandbox.example]", "anna@sandbox.example is in no pool (did you mean ana@"),
    ],
)
def test_a_canary_that_chooses_nobody_is_refused(tmp_path: Path, written: str, what: str) -> None:
    assert what in problem(tmp_path, f"canary: {written}", mode="canary")


def test_a_rep_of_another_team_is_refused_in_a_teams_canary(tmp_path: Path) -> None:
    found = problem(
        tmp_path, "modes:", "  inbound: shadow", "  dach: {canary: [ana@sandbox.example]}"
    )
    assert "ana@sandbox.example is not in pool dach" in found


def test_mode_canary_without_a_choice_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, mode="canary")
    assert "mode is canary, and nobody is chosen: add canary: 10 %" in found


def test_a_teams_canary_without_a_choice_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, "modes: {inbound: canary, dach: shadow}")
    assert "modes.inbound is canary, and nobody is chosen" in found


def test_the_modes_are_no_part_of_what_was_agreed(tmp_path: Path) -> None:
    """Going live team by team must not make the two sides sign again."""
    before = loaded(tmp_path / "a", "modes: {inbound: shadow, dach: shadow}")
    after = loaded(tmp_path / "b", "modes: {inbound: enforce, dach: shadow}")
    assert before.agreement.hash == after.agreement.hash
