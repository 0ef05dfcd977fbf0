from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.settings import freshness, poll_interval
from slasync.systems import Budget


@pytest.mark.parametrize(
    ("budget", "calls", "seconds"),
    [
        (Budget(100_000), 1, 15),  # 16,000 calls a day would be one every 5.4 s
        (Budget(100_000), 4, 22),  # 86,400 s * 4 / 16,000 = 21.6
        (Budget(15_000), 2, 72),  # a developer organisation
        (Budget(15_000, share=0.05, reserve=0.5), 2, 461),
        (Budget(1_000_000, burst=2, burst_window=timedelta(seconds=10)), 4, 25),
    ],
)
def test_polls_are_as_frequent_as_the_budget_allows(
    budget: Budget, calls: int, seconds: int
) -> None:
    assert poll_interval(budget, calls) == timedelta(seconds=seconds)


@given(
    daily=st.integers(1_000, 5_000_000),
    share=st.floats(0.01, 1),
    reserve=st.floats(0, 0.99),
    burst=st.integers(0, 200),
    calls=st.integers(1, 20),
)
def test_polls_never_use_more_than_their_part(
    daily: int, share: float, reserve: float, burst: int, calls: int
) -> None:
    budget = Budget(daily, share, burst, reserve=reserve)

    interval = poll_interval(budget, calls)

    assert interval >= timedelta(seconds=15)
    assert calls * (timedelta(days=1) / interval) <= daily * share * (1 - reserve) * 1.000001
    if burst:
        in_window = calls * (budget.burst_window / interval)
        assert in_window <= burst * (1 - reserve) * 1.000001


def test_freshness_says_what_the_quota_buys() -> None:
    told = freshness(Budget(100_000), 4, settle=timedelta(minutes=2))

    assert told.startswith("polled every 22 s by 4 calls: 15,710 of 100,000 calls a day (15.7%)")
    assert told.endswith("complete data within 2 min 22 s")


def test_freshness_of_an_interval_given_by_hand() -> None:
    told = freshness(Budget(100_000), 1, timedelta(0), poll=timedelta(hours=1))

    assert told.startswith("polled every 1 h by 1 call: 24 of 100,000 calls a day (0.0%)")
