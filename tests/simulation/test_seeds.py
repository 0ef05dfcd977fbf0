"""A hundred seeds, each a day with its own faults: everything that is promised held."""

import os
from collections.abc import Iterator

import pytest

from slasync.rehearsal.simulation.crew import keep_to_one_processor
from slasync.rehearsal.simulation.database import opened
from slasync.rehearsal.simulation.judging import try_seed

SEEDS, PARTS = 100, 20


@pytest.fixture(autouse=True)
def one_processor() -> Iterator[None]:
    """Give each worker of the test run a processor of its own while it plays."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    keep_to_one_processor(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_seed_breaks_no_promise(part: int) -> None:
    each = SEEDS // PARTS
    with opened() as files:
        for seed in range(part * each + 1, (part + 1) * each + 1):
            verdict = try_seed(seed, files)
            told = [f"{b.invariant} {b.lead}: {b.says}" for b in verdict.broken]
            again = f"python -m slasync.rehearsal.simulation --seeds 1 --first {seed}"
            assert not told, "\n".join([again, *told[:20], *verdict.story[:200]])
