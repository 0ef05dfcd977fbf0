"""Plans that once broke a promise, written down by --shrink: each holds now.

A plan outlives its seed: seeds mean other plans once the drawing changes.
"""

from pathlib import Path

import pytest

from slasync.rehearsal.simulation.database import opened
from slasync.rehearsal.simulation.judging import try_plan
from slasync.rehearsal.simulation.plan import from_json

PLANS = sorted((Path(__file__).parent / "plans").glob("*.json"))


@pytest.mark.slow
@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_what_was_mended_stays_mended(path: Path) -> None:
    with opened() as files:
        verdict = try_plan(from_json(path.read_text("utf-8")), files)
    told = [f"{each.invariant} {each.lead}: {each.says}" for each in verdict.broken]
    assert not told, "\n".join([*told, *verdict.story])


def test_there_are_plans_to_play() -> None:
    assert PLANS
