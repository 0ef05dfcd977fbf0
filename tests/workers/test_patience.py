"""How long to wait after a failure."""

from datetime import timedelta

import pytest

from slasync.sandbox.world import Chance
from slasync.workers.patience import LONGEST, doubling, patience

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 2), (2, 4), (5, 32), (11, 2048)])
def test_each_wait_is_twice_as_long(failures: int, seconds: int) -> None:
    assert doubling(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize("failures", [12, 13, 1000, 10**9])
def test_no_wait_is_longer_than_the_longest(failures: int) -> None:
    assert doubling(failures) == LONGEST == HOUR
    assert doubling(failures, timedelta(minutes=5)) == timedelta(minutes=5)


def test_waits_differ_by_up_to_a_quarter_so_that_not_all_come_back_at_once() -> None:
    chance = Chance(1)("wait")
    waits = {patience(10, chance) for _ in range(200)}
    assert len(waits) > 190
    assert all(doubling(10) * 0.75 <= wait <= doubling(10) for wait in waits)
