"""Deadlines and elapsed time, pauses and all, equal to those of somebody who watches the clock.

5,000 random cases here, or as many as SLASYNC_ORACLE_CASES says; `make oracle` compares 100,000.
"""

import os

import pytest

from tests.domain.random_calendars import A_BATCH, disagreements
from tests.faults.marks import fault
from tests.pains.marks import pain

SLICES = 20
CASES = int(os.environ.get("SLASYNC_ORACLE_CASES", "5000"))
BATCHES = range(1, -(-CASES // A_BATCH) + 1)


@pain("P1", "P4")
@fault("T3", "T4", "T5")
@pytest.mark.parametrize("first", range(SLICES))
def test_random_deadlines_and_elapsed_times_with_pauses_are_those_of_the_oracle(first: int) -> None:
    assert [words for seed in BATCHES[first::SLICES] for words in disagreements(seed)] == []
