"""caps: what a storm is and what becomes of it, with a message for each mistake."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.domain.caps import Bulk, Burst, Caps
from tests.settings.configs import Configuration, shipped

FILE = "config/slasync.yaml"


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return shipped(tmp_path)


def test_as_shipped_the_caps_are_those_of_the_code(configuration: Configuration) -> None:
    assert configuration.load().caps == Caps()


def test_every_part_can_be_changed(configuration: Configuration) -> None:
    configuration.change(FILE, "burst: {factor: 3, days: 20}", "burst: {factor: 2.5, days: 10}")
    configuration.change(FILE, "{leads: 500, within: 10 min}", "{leads: 50, within: 1 h}")
    configuration.change(FILE, "spread: 20", "spread: 5")
    configuration.change(FILE, "max_age: 1 d\n", "max_age: 8 h\n")
    caps = configuration.load().caps
    assert (caps.burst, caps.bulk) == (Burst(2.5, 10), Bulk(50, timedelta(hours=1)))
    assert (caps.spread, caps.max_age) == (5, timedelta(hours=8))


def test_each_rule_can_be_left_out_by_null(configuration: Configuration) -> None:
    configuration.change(FILE, "burst: {factor: 3, days: 20}", "burst: null")
    configuration.change(FILE, "bulk: {leads: 500, within: 10 min}", "bulk: null")
    configuration.change(FILE, "spread: 20", "spread: null")
    caps = configuration.load().caps
    assert (caps.burst, caps.bulk, caps.spread) == (None, None, None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("per_owner: 20", "per_owner: 300", "per_owner (300) is above total (200)"),
        ("factor: 3", "factor: 0.5", "greater than or equal to 1"),
        ("days: 20", "days: 3", "greater than or equal to 5"),
        ("days: 20", "days: 90", "less than or equal to 60"),
        ("days: 20", "weeks: 4", "unknown key 'weeks': allowed are days, factor"),
        ("leads: 500", "leads: 1", "greater than or equal to 2"),
        ("within: 10 min", "within: 2 h", "write 1 s at least and 1 h at most"),
        ("within: 10 min", "within: 10", "a duration has a unit"),
        ("spread: 20", "spread: 0", "greater than or equal to 1"),
        ("max_age: 1 d\n", "max_age: 5 min\n", "write 1 h at least: somebody must have the time"),
    ],
)
def test_a_mistake_is_told_at_its_line(
    configuration: Configuration, old: str, new: str, words: str
) -> None:
    (problem,) = configuration.change(FILE, old, new).problems()
    assert problem.startswith(f"{FILE}:")
    assert words in problem
