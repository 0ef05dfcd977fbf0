"""A small demo: the same figures each time, whatever goes wrong on the way."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from slasync.rehearsal.figures import Figures
from slasync.sandbox.faults import AROUND, Kind, Rule
from tests.faults.marks import fault
from tests.rehearsal import scene
from tests.rehearsal.scene import Scene, a_scene

# in all about one call in six
CALLS = tuple(Rule(kind, probability=0.02) for kind in sorted(AROUND))
ROWS = (Rule(Kind.ROW_LOCKED, probability=0.08), Rule(Kind.LATE_VISIBLE, probability=0.08))
ROOT = Path(scene.__file__).parents[2]


def nothing_wrong(figures: Figures) -> None:
    assert figures.mirrored == figures.leads
    assert (figures.duplicate_tasks, figures.double_effects) == (0, 0)
    assert (figures.mirror_differences, figures.parked) == (0, 0)


@pytest.mark.slow
def test_leads_are_handed_over_worked_and_told_of_once(tmp_path: Path) -> None:
    with a_scene(tmp_path) as played:
        assert journal_of_ours(played) == []  # of the old leads, all above the score
        played.play()
        figures = played.figures()
    nothing_wrong(figures)
    assert figures.handed_over >= 5
    assert figures.tasks_written >= figures.handed_over
    assert figures.touched


def journal_of_ours(played: Scene) -> list[Any]:
    town = played.stage.town
    us = town.salesforce.integration_user_id
    return [e for e in town.world.journal.entries() if e.by == us]


@fault("V6", "V7", "V13", "V16", "V17", "V24", "V33")
@pytest.mark.slow
def test_whatever_goes_wrong_on_the_way_the_end_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    with a_scene(tmp_path / "calm") as played:
        played.play()
        calm = played.figures()
    with a_scene(tmp_path) as played:
        played.play(faults=(*CALLS, *ROWS))
        stormy = played.figures()
    nothing_wrong(stormy)
    assert stormy.calls["salesforce"] > calm.calls["salesforce"]
    assert (stormy.leads, stormy.handed_over) == (calm.leads, calm.handed_over)


@fault("V6", "V7")
@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_no_storm_makes_a_second_task_or_loses_a_lead(tmp_path: Path, seed: int) -> None:
    storm = tuple(Rule(kind, probability=0.05) for kind in sorted(AROUND))
    with a_scene(tmp_path, seed=seed, new=12) as played:
        played.play(days=2, afterwards=4, faults=(*storm, *ROWS))
        assert played.stage.town.world.faults.fired == {}  # switched off in the end
        nothing_wrong(played.figures())


@fault("I25")
@pytest.mark.slow
def test_the_same_seed_gives_the_same_journal_in_whatever_process(tmp_path: Path) -> None:
    told = [played_elsewhere(tmp_path / seed, seed) for seed in ("1", "20000")]
    assert told[0] == told[1]
    assert told[0]["journal"]


def played_elsewhere(folder: Path, hash_seed: str) -> Any:
    """Play in a process of its own, where sets come in another order."""
    folder.mkdir()
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-m", "tests.rehearsal.scene", str(folder)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths},
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])
