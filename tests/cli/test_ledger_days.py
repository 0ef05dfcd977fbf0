"""Days of the whole daemon in an organisation whose tasks are kept apart by a ledger."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.time import pass_time
from tests.cli.desk import Desk, a_desk
from tests.faults.marks import fault


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """slasync's first start there, with nothing in the systems."""
    desk = a_desk(tmp_path)
    crm = desk.town.salesforce
    crm.org.switches.activity_keys = False
    for name in ("Task", "Event"):
        crm.remove_field(name, "Slasync_Key__c")
    connector = "connectors/salesforce/connector.yaml"
    desk.change(connector, "task_key: activity_field", "task_key: ledger")
    desk.environ["SALESFORCE_ADMIN_TOKEN"] = crm.auth.open(crm.admin_id)
    assert desk.slasync("provision", "salesforce", "--apply").exit_code == 0
    desk.slasync("sync", "--once")
    return desk


def days(desk: Desk, count: int) -> None:
    """Let days pass, what others put off included, and do what there is to do every six hours."""
    for _ in range(4 * count):
        pass_time(desk.driven, desk.town.world.agenda, desk.driven.now() + timedelta(hours=6))
        desk.slasync("sync", "--once")


def claims(desk: Desk) -> dict[str, str]:
    return {row["Key__c"]: row["Task__c"] for row in desk.rows("Slasync_Ledger__c")}


def test_a_lead_that_nobody_works_has_one_task_a_key_and_its_reminders(desk: Desk) -> None:
    desk.arrives()
    desk.work(timedelta(minutes=10))
    days(desk, 2)
    tasks = {row["Id"]: row for row in desk.rows("Task")}
    assert set(claims(desk).values()) == set(tasks)
    assert 1 <= len(tasks) <= 2  # the owner's, and the manager's from day 2
    assert desk.json("parked", "list")["writes"] == []


def test_a_task_that_its_rep_ends_stops_the_clock_and_is_no_call_of_somebody_else(
    desk: Desk,
) -> None:
    desk.arrives()
    desk.work(timedelta(minutes=10))
    [task] = desk.rows("Task")
    desk.town.salesforce.complete_task(task["Id"], task["OwnerId"])
    desk.work()
    desk.work()
    days(desk, 2)
    assert len(desk.rows("Task")) <= 2
    told = desk.slasync("explain", "lou@x.example").output
    assert "our task ended" in told


@fault("V6", "V7")
@pytest.mark.parametrize("kind", [Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.LATE, Kind.TRUNCATED])
def test_whatever_becomes_of_the_calls_no_key_has_two_tasks(desk: Desk, kind: Kind) -> None:
    rule = Rule(kind, "POST .*composite/graph", probability=0.7, delay=timedelta(minutes=7))
    desk.town.world.faults.switch_on(rule)
    for number in range(6):
        desk.arrives(f"lead{number}@x.example")
        desk.work(timedelta(minutes=10))
    days(desk, 1)
    assert desk.town.world.faults.fired[rule] > 1
    desk.town.world.faults.take_off(rule)
    days(desk, 1)
    made = claims(desk)
    assert len(made) >= 6
    assert sorted(made.values()) == sorted(row["Id"] for row in desk.rows("Task"))
