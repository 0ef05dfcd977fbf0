"""Health is progress: each promise at risk is named, and nothing else makes slasync unready."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slasync.domain.caps import Reason
from slasync.store.cursors import Cursor
from slasync.store.held import Fate, HeldBatch
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


def a_batch(**changes: Any) -> HeldBatch:
    ordinary: dict[str, Any] = {
        "name": "late-2026-03-02",
        "reason": Reason.LATE,
        "because": "6 tasks, the cap is 2",
        "opened_at": NOW - timedelta(hours=1),
        "fate": Fate.OPEN,
        "writes": 6,
    }
    return HeldBatch(**ordinary | changes)


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
            {
                "cursors": {
                    "salesforce.leads": a_cursor(watermark=None, advanced_at=NOW - 90 * MINUTE)
                }
            },
            (
                "the first load of salesforce.leads has brought nothing for 90 minutes: the system"
                " prepares it yet; nothing is judged before"
            ),
        ),
        (
            {"unsent": {"salesforce": NOW - 16 * MINUTE}},
            "writes to salesforce have waited for 16 minutes; tasks and owners come late",
        ),
        (
            {
                "unsent": {"salesforce": NOW - 16 * MINUTE},
                "unsent_because": {"salesforce": "503: maintenance"},
            },
            (
                "writes to salesforce have waited for 16 minutes: 503: maintenance; tasks and"
                " owners come late"
            ),
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
        (
            {"held": (a_batch(),)},
            (
                "batch late-2026-03-02 has held 6 writes for 60 minutes: 6 tasks, the cap is 2;"
                " `slasync held show late-2026-03-02`"
            ),
        ),
        (
            {"held": (a_batch(opened_at=NOW - timedelta(days=2)),), "folds": False},
            (
                "batch late-2026-03-02 has held 6 writes for 2880 minutes: 6 tasks, the cap is 2;"
                " `slasync held show late-2026-03-02`; it is not folded, since no digest reaches"
            ),
        ),
        ({"quarantined": {"hubspot.contacts": 1}}, "1 record of hubspot.contacts is set aside"),
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


@pytest.mark.parametrize(
    ("review", "told"),
    [
        (None, []),
        (date(2026, 3, 3), []),
        (date(2026, 3, 2), ["the review is due on 2026-03-02"]),
        (date(2026, 2, 1), ["the review was due on 2026-02-01"]),
    ],
)
def test_a_review_that_is_due_is_told_and_nothing_stands_still_for_it(
    review: date | None, told: list[str]
) -> None:
    health = health_of(progress(review=review))

    assert health.ready
    assert [problem.partition(":")[0] for problem in health.problems] == told


def test_messages_that_wait_are_people_who_are_not_told() -> None:
    health = health_of(progress(unsent={"notify": NOW - 20 * MINUTE}))

    assert not health.ready
    assert health.problems == ("messages to people have waited for 20 minutes",)


def test_a_message_that_leaves_in_the_morning_is_not_late() -> None:
    health = health_of(progress(unsent={"notify": NOW + 8 * 60 * MINUTE}))

    assert (health.ready, health.problems) == (True, ())
    assert health.gauges["oldest_write_seconds[notify]"] == 0


def test_held_batches_are_counted_by_reason_and_the_oldest_is_timed() -> None:
    more = a_batch(name="bulk-owner-2026-03-02", reason=Reason.OWNERS, opened_at=NOW, writes=700)
    gauges = health_of(progress(held=(a_batch(), more))).gauges

    assert gauges["held_batches"] == 2
    assert (gauges["held_writes[late]"], gauges["held_writes[bulk-owner]"]) == (6, 700)
    assert (gauges["held_writes[burst]"], gauges["oldest_held_seconds"]) == (0, 3600)


def test_a_write_that_is_spread_to_a_later_hour_has_not_waited() -> None:
    health = health_of(progress(unsent={"salesforce": NOW + timedelta(hours=3)}))

    assert health.ready
    assert health.gauges["oldest_write_seconds[salesforce]"] == 0
