"""From the revenue goal to the MQLs a month."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from slasync.domain.figures.goal import Goal


def a_goal(**changes: Any) -> Goal:
    ordinary: dict[str, Any] = {
        "begins": date(2026, 1, 1),
        "ends": date(2026, 12, 31),
        "revenue": Fraction(1_200_000),
        "average_deal": Fraction(10_000),
        "rates": (Fraction(1, 2), Fraction(1, 10)),
    }
    return Goal(**ordinary | changes)


def test_revenue_divided_by_deal_rates_and_months_are_the_mqls_a_month() -> None:
    goal = a_goal()

    assert (goal.customers, goal.mqls_a_month) == (120, 200)


def test_a_part_of_a_customer_or_mql_is_a_whole_one() -> None:
    goal = a_goal(revenue=Fraction(1_200_001))

    assert (goal.customers, goal.mqls_exactly) == (121, Fraction(121 * 20, 12))
    assert goal.mqls_a_month == 202


def test_figures_given_by_hand_count() -> None:
    goal = a_goal(customers_given=60)
    by_hand = a_goal(mqls_given=10)

    assert (goal.customers, goal.customers_needed, goal.mqls_a_month) == (60, 120, 100)
    assert (by_hand.mqls_a_month, by_hand.mqls_needed) == (10, 200)


@pytest.mark.parametrize("missing", [{"revenue": None}, {"average_deal": None}, {"rates": ()}])
def test_nothing_is_derived_from_half_a_goal(missing: dict[str, Any]) -> None:
    goal = a_goal(**missing)

    assert (goal.mqls_needed, goal.mqls_a_month) == (None, None)


@pytest.mark.parametrize(
    ("begins", "ends", "months"),
    [
        ("2026-01-01", "2026-12-31", 12),
        ("2026-01-15", "2026-02-14", 1),
        ("2026-01-31", "2026-02-27", 1),
        ("2024-02-29", "2025-02-27", 12),
        ("2026-06-01", "2026-06-10", Fraction(10, 30)),
        ("2026-06-16", "2026-08-31", 2 + Fraction(16, 31)),
        ("2026-01-01", "9999-12-31", 12 * (10_000 - 2026)),
    ],
)
def test_months_of_a_period_are_whole_or_counted_by_their_days(
    begins: str, ends: str, months: Fraction
) -> None:
    goal = a_goal(begins=date.fromisoformat(begins), ends=date.fromisoformat(ends))

    assert goal.months == months


def test_a_period_of_one_day_still_has_a_length() -> None:
    goal = a_goal(ends=date(2026, 1, 1))

    assert goal.months == Fraction(1, 31)
    assert goal.mqls_needed == 120 * 20 * 31
