"""Health of the calls: none left is a promise at risk; that they will end is told beforehand."""

from datetime import timedelta
from typing import Any

import pytest

from slasync.domain.budgets import Lane, Notice, Quota
from slasync.domain.forecast import Outlook
from slasync.web.progress import health_of
from tests.faults.marks import fault
from tests.web.test_progress import NOW, progress

HOUR = timedelta(hours=1)


def an_outlook(**changes: Any) -> Outlook:
    ordinary: dict[str, Any] = {
        "system": "salesforce",
        "share": 20_000,
        "spent": 5_000,
        "by_lane": {"read": 5_000},
        "others": None,
        "quota": None,
        "pace": 400.0,
        "share_ends": None,
        "quota_ends": None,
        "renewed": NOW + 9 * HOUR,
    }
    return Outlook(**ordinary | changes)


def test_calls_that_last_are_no_problem() -> None:
    assert health_of(progress(calls=(an_outlook(),))).problems == ()


@fault("V3")
def test_no_call_left_for_reading_makes_it_unready() -> None:
    outlook = an_outlook(spent=20_000, stopped=(Lane.READ, Lane.BACKFILL))
    health = health_of(progress(calls=(outlook,)))
    assert not health.ready
    [problem] = health.problems
    assert problem == (
        "calls to salesforce: 20,000 of 20,000 calls of the day, 400 in the hour; none left for"
        " read, backfill; some are free again from 2026-03-02 21:00 UTC"
    )
    assert health.gauges["calls_left[salesforce]"] == 0


@fault("V3", "V4")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"share_ends": NOW + 3 * HOUR}, "at this pace they end at 2026-03-02 15:00 UTC"),
        (
            {"quota_ends": NOW + 2 * HOUR, "share_ends": NOW + 3 * HOUR},
            "at this pace the organisation's quota ends at 2026-03-02 14:00 UTC",
        ),
        ({"stopped": (Lane.BACKFILL,)}, "none left for backfill"),
    ],
)
def test_that_calls_will_end_is_told_while_all_goes_on(changes: dict[str, Any], words: str) -> None:
    health = health_of(progress(calls=(an_outlook(**changes),)))
    assert health.ready
    assert words in health.problems[0]


def test_the_gauges_tell_use_others_and_the_end() -> None:
    outlook = an_outlook(
        share_ends=NOW + HOUR, quota=Quota(70_000, 100_000), others=65_000,
        notice=Notice(NOW + 90 * 24 * HOUR, "deprecated"),
    )  # fmt: skip
    gauges = health_of(progress(calls=(outlook,))).gauges
    assert {name: value for name, value in gauges.items() if "[salesforce]" in name} == {
        "calls_of_day[salesforce]": 5_000,
        "calls_of_hour[salesforce]": 400,
        "calls_left[salesforce]": 15_000,
        "calls_of_others[salesforce]": 65_000,
        "quota_left[salesforce]": 30_000,
        "calls_end_seconds[salesforce]": 3_600,
        "sunset_seconds[salesforce]": 90 * 24 * 3_600,
    }


@fault("V44")
@pytest.mark.parametrize(("days", "told"), [(59, True), (61, False), (-1, True)])
def test_an_interface_that_ends_within_sixty_days_is_told_of(days: int, *, told: bool) -> None:
    notice = Notice(NOW + days * 24 * HOUR, "deprecated @1688169599")
    health = health_of(progress(calls=(an_outlook(notice=notice),)))
    assert health.ready
    assert bool(health.problems) is told
    assert not told or "salesforce: the interface in use ends on 2026-" in health.problems[0]
    assert health.gauges["sunset_seconds[salesforce]"] == days * 24 * 3_600


@fault("V44")
def test_an_interface_whose_end_is_not_told_is_told_of() -> None:
    notice = Notice(None, "deprecated true")
    health = health_of(progress(calls=(an_outlook(notice=notice),)))
    assert "ends at a time that it does not tell (deprecated true)" in health.problems[0]
