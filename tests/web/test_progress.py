"""Health is progress: each promise at risk is named, and nothing else makes slasync unready."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slasync.store.cursors import Cursor
from slasync.store.outbox_values import State
from slasync.web.progress import Progress, health_of
from tests.faults.marks import fault

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def progress(**changes: Any) -> Progress:
    """All is well: every step goes round, every stream is read each minute."""
    ordinary: dict[str, Any] = {
        "now": NOW,
        "started": NOW - timedelta(hours=1),
        "steps": ("pull:hubspot", "decide"),
        "beats": {"pull:hubspot": NOW, "decide": NOW},
        "cursors": {"hubspot.contacts": a_cursor()},
        "intervals": {"hubspot.contacts": MINUTE},
    }
    return Progress(**ordinary | changes)


def a_cursor(**changes: Any) -> Cursor:
    ordinary: dict[str, Any] = {"watermark": NOW - 3 * MINUTE, "passes": 1}
    return Cursor("hubspot.contacts", "hubspot", **ordinary | changes)


def test_progress_is_health() -> None:
    health = health_of(progress())

    assert (health.ready, health.problems) == (True, ())


def test_before_the_start_slasync_is_not_ready_and_says_what_it_waits_for() -> None:
    health = health_of(progress(steps=(), waits_for="no token: ConnectError"))

    assert not health.ready
    assert "starting: no token: ConnectError" in health.problems[0]


@fault("V3", "V14")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"beats": {"pull:hubspot": NOW}, "failures": {"decide": "KeyError"}},
            "step decide has not gone round for 60 minutes, it fails with: KeyError",
        ),
        (
            {"cursors": {"hubspot.contacts": a_cursor(watermark=NOW - 14 * MINUTE, error="503")}},
            "hubspot.contacts is known up to 14 minutes ago only: 503; rungs that need it wait",
        ),
        (
            {"cursors": {"hubspot.contacts": a_cursor(watermark=None, failures=3, error="503")}},
            "the first load of hubspot.contacts does not get on: 503; nothing is judged before",
        ),
        (
            {"unsent": {"salesforce": NOW - 16 * MINUTE}},
            "writes to salesforce have waited for 16 minutes: tasks and owners come late",
        ),
    ],
)
def test_what_stands_still_makes_it_unready(changes: dict[str, Any], words: str) -> None:
    health = health_of(progress(**changes))

    assert (health.ready, health.problems) == (False, (words,))


@pytest.mark.parametrize(
    "changes",
    [
        {"beats": {"pull:hubspot": NOW - 9 * MINUTE, "decide": NOW}},
        {"cursors": {"hubspot.contacts": a_cursor(watermark=NOW - 12 * MINUTE)}},
        {"unsent": {"salesforce": NOW - 14 * MINUTE}},
        {"cursors": {"hubspot.contacts": a_cursor(watermark=None, failures=0)}},
        {
            "cursors": {"hubspot.contacts": a_cursor(watermark=NOW - 65 * MINUTE)},
            "intervals": {"hubspot.contacts": 60 * MINUTE},
        },
        {"outbox": {("hubspot", State.DONE): 7}, "quarantined": {"hubspot.contacts": 0}},
    ],
)
def test_what_is_only_on_its_way_is_no_problem(changes: dict[str, Any]) -> None:
    assert health_of(progress(**changes)).problems == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outbox": {("salesforce", State.PARKED): 2}}, "2 writes to salesforce are parked"),
        ({"outbox": {("salesforce", State.HELD): 6}}, "6 late writes to salesforce are held"),
        ({"quarantined": {"hubspot.contacts": 1}}, "1 records of hubspot.contacts are set aside"),
        ({"without_record": 4}, "4 leads handed over are not in the CRM yet"),
        ({"unfilled": {"inbound": 3}}, "3 leads went to the queue of pool inbound in the last day"),
        ({"put_off": 2}, "2 leads have no owner yet: nobody can take them"),
        ({"untold": 5}, "5 digest lines are kept and sent to nobody: configure `notify`"),
        ({"unsent_digests": ("550 no",)}, "a digest has not gone out: 550 no"),
        ({"ends": date(2026, 3, 20)}, "the agreement ends on 2026-03-20"),
        ({"running_out": ("calendar berlin ends on 2026-03-20",)}, "calendar berlin ends on"),
        ({"ends": date(2026, 2, 20)}, "the agreement ended on 2026-02-20"),
        ({"unsigned": ("sales has not signed the agreement",)}, "sales has not signed"),
    ],
)
def test_what_a_person_must_look_at_is_told_while_all_goes_on(
    changes: dict[str, Any], words: str
) -> None:
    health = health_of(progress(**changes))

    assert health.ready
    assert health.problems[0].startswith(words)


def test_gauges_tell_ages_and_counts() -> None:
    gauges = health_of(
        progress(outbox={("hubspot", State.DONE): 7}, waiting_for_data={"first_touch": 3})
    ).gauges

    assert gauges["freshness_seconds[hubspot.contacts]"] == 180
    assert gauges["outbox_rows[hubspot/done]"] == 7
    assert gauges["waiting_for_data[first_touch]"] == 3
    assert gauges["step_age_seconds[decide]"] == 0
