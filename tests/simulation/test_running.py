"""A small company's day, played with one thing going wrong at a time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from slasync.rehearsal.simulation.database import Files, opened
from slasync.rehearsal.simulation.judging import Verdict, try_plan
from slasync.rehearsal.simulation.plan import (
    FIRST,
    SECOND,
    ActPart,
    CrashPart,
    FaultPart,
    JumpPart,
    OutagePart,
    PausePart,
    Plan,
    SecondPart,
)
from slasync.rehearsal.simulation.running import play

pytestmark = pytest.mark.slow

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
CALM = Plan(seed=1, start=MONDAY, calendar="long", pace="hourly", new=3, old=1, diligence=0.0)


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with opened() as found:
        yield found


def held(verdict: Verdict) -> Verdict:
    """Return a verdict on a plan in which nothing was broken."""
    told = [f"{each.invariant} {each.lead}: {each.says}" for each in verdict.broken]
    assert not told, "\n".join([*told, *verdict.story])
    return verdict


def test_on_a_calm_day_the_ladders_are_climbed_and_old_leads_left_alone(files: Files) -> None:
    busy = replace(CALM, acts=tuple(ActPart(number=n, kind="score_up", at=60.0) for n in (1, 2, 3)))
    played = play(busy, files)
    us = played.evidence.us["salesforce"]
    entries = played.evidence.journal
    subjects = {str(e.after.get("Subject", "")) for e in entries if e.by == us}
    assert {" ".join(subject.split()[:2]) for subject in subjects if subject} >= {
        "first_touch day_0", "first_touch day_1", "first_touch day_2", "processing day_7",
    }  # fmt: skip
    assert not played.evidence.crashes
    assert not played.failures
    assert all(e.at >= MONDAY for e in entries if e.by in set(played.evidence.us.values()))


def test_one_plan_leaves_one_trace_and_another_plan_another(files: Files) -> None:
    assert play(CALM, files).trace == play(CALM, files).trace
    assert play(CALM, files).trace != play(replace(CALM, new=2), files).trace


def test_a_daemon_that_died_is_started_again_and_goes_on(files: Files) -> None:
    plan = replace(CALM, crash=CrashPart(at=(40, 300, 900), again=1.0, longest=1.0))
    verdict = held(try_plan(plan, files))
    assert verdict.counters["crash"] > 3
    assert verdict.counters["crash while recovering"] >= 1


def test_two_daemons_one_of_them_held_up_work_side_by_side(files: Files) -> None:
    plan = replace(
        CALM,
        new=6,
        second=SecondPart(since=0, until=1400),
        pauses=(PausePart(daemon=FIRST, at=300, minutes=20, sleeps=True),
                PausePart(daemon=SECOND, at=500, minutes=20)),
    )  # fmt: skip
    counters = held(try_plan(plan, files)).counters
    assert counters["second daemon wrote"] > 0
    assert counters["held up in the middle"] == 2


def test_a_clock_that_jumps_and_systems_that_are_out_delay_and_break_nothing(files: Files) -> None:
    plan = replace(
        CALM,
        jumps=(JumpPart(daemon=FIRST, since=100, until=200, seconds=7 * 86_400.0),),
        outages=(
            OutagePart(system="salesforce", how="timeout", since=300, until=400),
            OutagePart(system="hubspot", how="quota", since=350, until=450),
        ),
    )
    counters = held(try_plan(plan, files)).counters
    assert counters["clock jump"] == 1
    assert counters["outage.salesforce.timeout"] > 0


def test_faults_strike_while_they_are_in_force_and_no_longer(files: Files) -> None:
    fault = FaultPart(kind="timeout_after", path=".*", probability=0.2, delay=1, since=0, until=720)
    played = play(replace(CALM, faults=(fault,)), files)
    struck = [r.at for r in played.evidence.requests if r.fault == "timeout_after"]
    assert struck
    assert max(struck) <= played.evidence.started + (played.evidence.healed - MONDAY) / 2
