"""The number of seeds that is published is the number that was run, on this very source."""

from dataclasses import replace
from pathlib import Path

from slasync.rehearsal.simulation import tally
from slasync.rehearsal.simulation.drawing import draw
from slasync.rehearsal.simulation.judging import Broken, Verdict
from slasync.rehearsal.simulation.sources import source_hash


def verdicts(*seeds: int, broken: tuple[int, ...] = ()) -> list[Verdict]:
    plan = draw(1)
    return [
        Verdict(replace(plan, seed=seed), "", (Broken(1, "", "says"),) if seed in broken else ())
        for seed in seeds
    ]


def test_a_seed_that_is_run_twice_counts_once(tmp_path: Path) -> None:
    tally.add(tmp_path, verdicts(1, 2, 3, 7))
    tally.add(tmp_path, verdicts(3, 4, broken=(4,)))
    entry = tally.read(tmp_path)[source_hash()]
    assert entry == {"runs": [[1, 4], [7, 7]], "broken": [4], "seeds": 5}


def test_a_seed_that_failed_stays_told(tmp_path: Path) -> None:
    tally.add(tmp_path, verdicts(5, broken=(5,)))
    tally.add(tmp_path, verdicts(5, 6))
    assert tally.read(tmp_path)[source_hash()]["broken"] == [5]
