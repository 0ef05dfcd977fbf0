"""The number of seeds that is published is the number that was run, on this very source."""

from dataclasses import replace
from pathlib import Path

from slasync.rehearsal.simulation import tally
from slasync.rehearsal.simulation.__main__ import main
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
    path = tmp_path / "tally.json"
    tally.add(path, "this", verdicts(1, 2, 3, 7))
    tally.add(path, "this", verdicts(3, 4, broken=(4,)))
    tally.add(path, "another", verdicts(9))
    assert tally.read(path) == {
        "this": {"runs": [[1, 4], [7, 7]], "broken": [4], "seeds": 5},
        "another": {"runs": [[9, 9]], "broken": [], "seeds": 1},
    }


def test_a_seed_that_failed_stays_told(tmp_path: Path) -> None:
    path = tmp_path / "tally.json"
    tally.add(path, "this", verdicts(5, broken=(5,)))
    tally.add(path, "this", verdicts(5, 6))
    assert tally.read(path)["this"]["broken"] == [5]


def test_each_day_counts_for_the_source_it_was_run_on_as_soon_as_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "tally.json"
    main(["--seeds", "1", "--first", "3", "--jobs", "1", "--tally", str(path)])
    assert tally.read(path)[source_hash()]["runs"] == [[3, 3]]
