"""Which mode holds for a lead: its team, the most careful of several, and whom the canary takes."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from slasync.domain.lead import LeadKey, Pool
from slasync.domain.modes import Canary, Mode, Modes, TeamMode, most_careful
from tests.builders import ANA, BEN, BOT, CHI, LEAD, MIA, QUEUE

OBSERVE, SHADOW, ENFORCE = TeamMode(Mode.OBSERVE), TeamMode(Mode.SHADOW), TeamMode(Mode.ENFORCE)
POOLS = {
    "inbound": Pool("inbound", ("ana@sandbox.example", "ben@sandbox.example"), queue=QUEUE.name),
    "dach": Pool("dach", ("BEN@sandbox.example",), manager="mia@sandbox.example"),
}
TEN = Canary(share=1000)


def modes(deployment: TeamMode = ENFORCE, **teams: TeamMode) -> Modes:
    return Modes(deployment, teams, POOLS)


def keys(count: int) -> list[LeadKey]:
    return [LeadKey(f"hubspot:contact:{n}") for n in range(count)]


def test_of_several_modes_the_most_careful_holds() -> None:
    assert most_careful([Mode.ENFORCE, Mode.SHADOW, Mode.CANARY]) is Mode.SHADOW
    assert most_careful([Mode.CANARY, Mode.ENFORCE]) is Mode.CANARY
    assert most_careful(reversed(Mode)) is Mode.OBSERVE
    assert most_careful([]) is Mode.ENFORCE


def test_a_person_has_a_lead_for_his_pool() -> None:
    found = modes()
    assert found.teams_of(ANA, None) == ("inbound",)
    assert found.teams_of(CHI, None) == ()


def test_a_member_of_several_pools_has_it_of_the_one_it_was_dealt_out_in() -> None:
    found = modes()
    assert found.teams_of(BEN, None) == ("dach", "inbound")
    assert found.teams_of(BEN, "inbound") == ("inbound",)
    assert found.teams_of(ANA, "dach") == ("inbound",)  # dealt out there, and given to ana since


def test_a_manager_has_it_of_the_pools_that_are_his() -> None:
    assert modes().teams_of(MIA, "inbound") == ("dach",)


def test_with_a_queue_a_machine_or_nobody_it_is_the_pools_it_was_dealt_out_in() -> None:
    found = modes()
    assert found.teams_of(QUEUE, "dach") == ("dach",)
    assert found.teams_of(BOT, "dach") == ("dach",)
    assert found.teams_of(None, "dach") == ("dach",)
    assert found.teams_of(QUEUE, None) == ("inbound",)  # whose queue it is
    assert found.teams_of(BOT, None) == ()
    assert found.teams_of(None, "gone") == ()


def test_the_deployments_mode_bounds_what_a_team_may_do() -> None:
    team = {"inbound": ENFORCE, "dach": OBSERVE}
    assert modes(SHADOW, **team).holds(LEAD, ("inbound",), None).mode is Mode.SHADOW
    assert modes(ENFORCE, **team).holds(LEAD, ("inbound",), None).mode is Mode.ENFORCE
    assert modes(ENFORCE, **team).holds(LEAD, ("dach",), None).mode is Mode.OBSERVE


def test_a_lead_of_two_teams_is_under_the_more_careful_of_them() -> None:
    found = modes(inbound=ENFORCE, dach=SHADOW).holds(LEAD, ("dach", "inbound"), None)
    assert found.mode is Mode.SHADOW
    assert found.why == "team dach: shadow"


def test_a_lead_of_no_team_is_under_the_most_careful_of_all() -> None:
    found = modes(inbound=ENFORCE, dach=OBSERVE).holds(LEAD, (), None)
    assert found.mode is Mode.OBSERVE
    assert found.why == "no team's lead, so the most careful mode: team dach: observe"


def test_without_modes_of_teams_everybody_is_under_the_deployments() -> None:
    found = modes().holds(LEAD, (), None)
    assert (found.mode, found.why) == (Mode.ENFORCE, "the deployment: enforce")


def test_a_canary_takes_its_share_of_leads() -> None:
    taken = sum(TEN.takes(key, None) for key in keys(20_000))
    assert 1_850 < taken < 2_150


def test_a_greater_share_takes_every_lead_that_a_smaller_one_took() -> None:
    small = {key for key in keys(3_000) if TEN.takes(key, None)}
    great = {key for key in keys(3_000) if Canary(share=2_500).takes(key, None)}
    assert small < great


def test_whom_the_canary_takes_is_the_same_in_another_process() -> None:
    text = (
        "from slasync.domain.modes import Canary\n"
        "found = [n for n in range(500) if Canary(1000).takes(f'hubspot:contact:{n}', None)]\n"
        "print(*found)"
    )
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, text=True)  # noqa: S603 - our own words
    here = [n for n, key in enumerate(keys(500)) if TEN.takes(key, None)]
    assert [int(word) for word in told.stdout.split()] == here
    assert here[:3] == [21, 38, 41]  # and in every version: a lead must not change sides


@pytest.mark.parametrize(("rep", "taken"), [("ANA@sandbox.example", True), ("b@x.de", False)])
def test_a_canary_of_reps_takes_the_leads_they_own(rep: str, taken: bool) -> None:  # noqa: FBT001
    assert Canary(reps=frozenset({"ana@sandbox.example"})).takes(LEAD, rep) is taken
    assert not Canary(reps=frozenset({"ana@sandbox.example"})).takes(LEAD, None)


def test_what_the_canary_does_not_take_is_shadowed() -> None:
    found = modes(inbound=TeamMode(Mode.CANARY, TEN), dach=ENFORCE)
    by_mode: Mapping[Mode, list[str]] = {Mode.ENFORCE: [], Mode.SHADOW: []}
    for key in keys(100):
        held = found.holds(key, ("inbound",), None)
        by_mode[held.mode].append(held.why)
    said = "team inbound: canary, 10 % of leads, this lead is among them"
    assert set(by_mode[Mode.ENFORCE]) == {said}
    said = "team inbound: canary, 10 % of leads, this is none of them"
    assert set(by_mode[Mode.SHADOW]) == {said}


def test_everything_is_enforced_only_where_no_mode_says_otherwise() -> None:
    assert modes().plain
    assert modes(inbound=ENFORCE).plain
    assert not modes(inbound=SHADOW).plain
    assert not modes(SHADOW).plain


def test_anything_is_written_only_where_the_deployment_and_a_team_let_it() -> None:
    assert modes(inbound=SHADOW, dach=TeamMode(Mode.CANARY, TEN)).any_enforced
    assert not modes(inbound=SHADOW, dach=OBSERVE).any_enforced
    assert not modes(OBSERVE, inbound=ENFORCE).any_enforced


def test_modes_are_told_in_one_line_that_changes_with_them() -> None:
    found = modes(inbound=TeamMode(Mode.CANARY, TEN), dach=SHADOW)
    assert str(found) == "enforce; dach: shadow; inbound: canary, 10 % of leads"
    assert str(modes(OBSERVE)) == "observe"
