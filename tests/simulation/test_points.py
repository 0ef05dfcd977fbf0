"""Points at which a daemon can be made to die: their names must be those that a run passes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from slasync.rehearsal.simulation.database import opened
from slasync.rehearsal.simulation.plan import CrashPart, Plan
from slasync.rehearsal.simulation.points import EVERY, NAMED
from slasync.rehearsal.simulation.running import play

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
BUSY = Plan(seed=1, start=MONDAY, calendar="long", pace="hourly", new=4, old=1, diligence=0.5)
POINTS = ("start:begin>salesforce.answered#1", "push:salesforce:push.marked#1", f"{NAMED[0]}#2")


@pytest.mark.slow
def test_a_daemon_dies_where_the_plan_names_and_a_run_passes_what_can_be_named() -> None:
    with opened() as files:
        played = play(replace(BUSY, crash=CrashPart(named=POINTS, longest=1.0)), files)
    died = {crash.point for crash in played.evidence.crashes}
    assert died == {point.partition("#")[0] for point in POINTS}
    passed = {
        name.removeprefix("passed@") for name in played.counters if name.startswith("passed@")
    }
    assert passed <= set(EVERY)
    assert set(NAMED) <= passed
