"""What slasync stands on is part of health: credentials, disk, clocks, threads, webhooks."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.connectors.http import Call, Lane
from slasync.store.cursors import Cursor
from slasync.web.metrics import Metrics
from slasync.web.progress import health_of
from slasync.web.snapshot import Disk
from slasync.web.symptoms import Symptom
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.web.test_progress import MINUTE, NOW, progress

GIB = 2**30


@pytest.mark.parametrize(
    ("changes", "symptom", "words"),
    [
        (
            {"refused": {"salesforce": NOW - 5 * MINUTE}},
            Symptom.CREDENTIALS,
            "salesforce has refused slasync's credentials for 5 minutes: `slasync check --live`",
        ),
        ({"disk": Disk(100 * 2**20, 50 * GIB)}, Symptom.DISK_FULL, "100 MiB are free on"),
        ({"disk": Disk(40 * 2**20, GIB)}, Symptom.DISK_FULL, "40 MiB are free on"),
        (
            {"stalled": timedelta(seconds=45)},
            Symptom.STALLED,
            "nothing in slasync went on for 45 seconds",
        ),
        (
            {"oldest_unserved": NOW - 11 * MINUTE},
            Symptom.UNSERVED,
            "leads have been due for 11 minutes and are not decided",
        ),
    ],
)
@fault("L7", "L27")
def test_without_it_slasync_is_not_ready(
    changes: dict[str, Any], symptom: Symptom, words: str
) -> None:
    health = health_of(progress(**changes))

    assert not health.ready
    assert [problem.symptom for problem in health.found] == [symptom]
    assert health.problems[0].startswith(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"disk": Disk(700 * 2**20, 50 * GIB)}, "700 MiB are free on the database's disk"),
        (
            {"skews": {"salesforce": 3 * MINUTE}},
            "this machine's clock is 3 minutes behind salesforce's",
        ),
        (
            {"skews": {"hubspot": -3 * MINUTE}},
            "this machine's clock is 3 minutes ahead of hubspot's",
        ),
        ({"unsigned_webhooks": 12, "webhooks": 3}, "12 webhooks were refused within the last hour"),
    ],
)
@fault("W5")
def test_of_what_is_about_to_go_wrong_health_tells(changes: dict[str, Any], words: str) -> None:
    health = health_of(progress(**changes))

    assert health.ready
    assert health.problems[0].startswith(words)


@pytest.mark.parametrize(
    "changes",
    [
        {"refused": {"salesforce": NOW - MINUTE}},  # a session that ended is made anew
        {"disk": Disk(10 * GIB, 50 * GIB)},
        {"disk": Disk(400 * 2**20, GIB)},  # of a small disk, a large part
        {"stalled": timedelta(seconds=6)},
        {"skews": {"salesforce": timedelta(seconds=20)}},
        {"unsigned_webhooks": 12, "webhooks": 300},
        {"oldest_due": NOW - 90 * MINUTE, "oldest_unserved": NOW - MINUTE},
    ],
)
def test_what_is_as_usual_is_no_problem(changes: dict[str, Any]) -> None:
    assert health_of(progress(**changes)).problems == ()


def test_its_gauges_are_shown() -> None:
    gauges = health_of(
        progress(
            oldest_due=NOW - 5 * MINUTE, oldest_unserved=NOW - 2 * MINUTE, disk=Disk(7, 9),
            skews={"hubspot": timedelta(seconds=2)}, refused={"salesforce": NOW},
            stalled=timedelta(seconds=6), webhooks=4, unsigned_webhooks=1,
        )
    ).gauges  # fmt: skip

    assert gauges["oldest_due_seconds"] == 300
    assert gauges["oldest_unserved_seconds"] == 120
    assert (gauges["disk_free_bytes"], gauges["disk_size_bytes"]) == (7, 9)
    assert gauges["clock_skew_seconds[hubspot]"] == 2
    assert gauges["credentials_refused[salesforce]"] == 1
    assert gauges["credentials_refused[hubspot]"] == 0
    assert gauges["stalled_seconds"] == 6
    assert (gauges["webhooks_of_hour"], gauges["unsigned_webhooks_of_hour"]) == (4, 1)


def a_call(status: int | None, lane: Lane = Lane.READ) -> Call:
    return Call("salesforce", lane, "GET /services", status, 0.1)


@pytest.mark.parametrize(
    ("calls", "refused"),
    [
        ([a_call(401)], True),
        ([a_call(400, Lane.LOGIN)], True),
        ([a_call(400)], False),
        ([a_call(401), a_call(200, Lane.LOGIN)], False),
        ([a_call(401), a_call(None)], True),
        ([a_call(401), a_call(503)], True),
        ([a_call(503, Lane.LOGIN)], False),
    ],
)
def test_credentials_are_refused_until_a_call_succeeds(calls: list[Call], refused: bool) -> None:  # noqa: FBT001
    metrics = Metrics(DrivenClock())
    for call in calls:
        metrics.called(call)

    assert bool(metrics.noticed.refused()) is refused


def test_refused_credentials_are_timed_from_the_first_refusal() -> None:
    clock = DrivenClock()
    metrics, began = Metrics(clock), clock.now()
    for _ in range(3):
        metrics.called(a_call(401))
        clock.advance(60)

    assert metrics.noticed.refused() == {"salesforce": began}


@fault("W5")
def test_webhooks_are_counted_for_an_hour() -> None:
    clock = DrivenClock()
    metrics = Metrics(clock)
    for outcome in ("unsigned", "unsigned", "stored", "too_large"):
        metrics.webhook(outcome)

    assert metrics.noticed.of_hour() == (1, 2)
    clock.advance(3_601)
    assert metrics.noticed.of_hour() == (0, 0)


def test_what_it_was_judged_by_is_told_in_figures() -> None:
    told = health_of(
        progress(
            cursors={
                "hubspot.contacts": Cursor("hubspot.contacts", "hubspot", watermark=NOW - MINUTE),
                # read once an hour: how far it goes says nothing of how fresh the leads are
                "hubspot.users": Cursor("hubspot.users", "hubspot", watermark=NOW - 40 * MINUTE),
                "salesforce.leads": Cursor("salesforce.leads", "salesforce"),
            },
            oldest_due=NOW - 3 * MINUTE,
            unsent={"salesforce": NOW - MINUTE},
            refused={"salesforce": NOW - MINUTE},
            disk=Disk(5 * GIB, 50 * GIB),
            skews={"salesforce": timedelta(seconds=2)},
        )
    ).seen

    assert told == {
        "read_up_to": {"hubspot": at(NOW - MINUTE), "salesforce": None},
        "oldest_due": at(NOW - 3 * MINUTE),
        "oldest_unserved": None,
        "oldest_write": {"salesforce": at(NOW - MINUTE)},
        "credentials_refused_since": {"salesforce": at(NOW - MINUTE)},
        "disk": {"free_bytes": 5 * GIB, "size_bytes": 50 * GIB},
        "clock_skew_seconds": {"salesforce": 2.0},
    }


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
