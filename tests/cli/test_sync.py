"""sync --once and status: what the daemon does all the time, once, and where everything stands."""

from datetime import timedelta
from pathlib import Path

from slasync.sandbox.faults import Kind, Rule
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from tests.cli.desk import Desk, a_desk
from tests.faults.marks import fault


def test_once_has_to_be_said(new_desk: Desk) -> None:
    assert new_desk.slasync("sync").exit_code == 2


def test_a_lead_goes_all_the_way_to_a_task(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    [task] = desk.rows("Task")
    assert task["Subject"].startswith("New lead: Lou Reed, VU. Get in touch by ")


def test_it_says_what_was_read_and_written(desk: Desk) -> None:
    desk.arrives()
    desk.wait()

    came = desk.json("sync", "--once")

    assert (came["ok"], came["leads"], came["leads_new"], came["mode"]) == (True, 1, 1, "enforce")
    assert came["writes"]["salesforce"] == {"done": 3}  # the lead, what it says, its first task
    assert came["calls"]["salesforce"] > 0


def test_a_second_time_there_is_nothing_left_to_do(desk: Desk) -> None:
    desk.arrives()
    desk.wait()
    desk.slasync("sync", "--once")
    applied = len(desk.town.world.journal)

    came = desk.json("sync", "--once")

    assert (came["leads_new"], came["writes"], came["rounds"]) == (0, {}, {})
    assert len(desk.town.world.journal) == applied


def test_in_mode_observe_nothing_is_written(desk: Desk) -> None:
    desk.mode("observe")
    desk.arrives()
    desk.work()

    assert not desk.rows("Lead")
    assert desk.json("status")["leads"] == {"mql": 1}


def test_a_system_that_is_not_read_is_named_and_something_wrong(desk: Desk) -> None:
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, ".*contacts.*"))
    desk.wait()

    done = desk.slasync("sync", "--once")

    assert done.exit_code == 1
    assert "hubspot.contacts was not read" in done.stderr


def test_what_another_process_is_reading_is_left_to_it_and_said(desk: Desk) -> None:
    """It may be one that was killed: for as long as its lease lasts nobody else can read."""
    desk.work()
    desk.wait()
    now = desk.driven.now()
    with transaction(open_engine(desk.environ["SLASYNC_DATABASE"])) as unit:
        unit.cursors.claim(["hubspot.contacts"], "another", now, now + timedelta(minutes=5))

    done = desk.slasync("sync", "--once")

    assert done.exit_code == 1
    assert "hubspot.contacts was not read: another process is at it" in done.stderr
    desk.wait(timedelta(minutes=5))
    assert desk.slasync("sync", "--once").exit_code == 0


def test_a_first_start_without_an_answer_cannot_reach_the_system(new_desk: Desk) -> None:
    new_desk.town.world.faults.switch_on(Rule(Kind.TIMEOUT_BEFORE, ".*oauth2.*"))

    assert new_desk.slasync("sync", "--once").exit_code == 3


def test_wrong_credentials_are_something_wrong(desk: Desk) -> None:
    desk.environ["SALESFORCE_CONSUMER_SECRET"] = "wrong"

    assert desk.slasync("sync", "--once").exit_code == 1


@fault("V45", "S31", "I22")
def test_a_database_of_another_organisation_is_refused(desk: Desk, tmp_path: Path) -> None:
    elsewhere = a_desk(tmp_path / "elsewhere", org_id="00D000000000099EAA")
    elsewhere.environ["SLASYNC_DATABASE"] = desk.environ["SLASYNC_DATABASE"]

    done = elsewhere.slasync("sync", "--once")

    assert done.exit_code == 1
    assert "this database belongs to Salesforce organisation" in done.stderr


@fault("V45", "S31")
def test_marketing_s_other_account_is_refused(desk: Desk) -> None:
    with transaction(open_engine(desk.environ["SLASYNC_DATABASE"])) as unit:
        unit.meta.put("hubspot.account", "4711")

    desk.wait()
    done = desk.slasync("sync", "--once")

    assert done.exit_code == 1
    assert "this database belongs to HubSpot account 4711" in done.stderr


def test_status_tells_how_far_each_stream_is_known(desk: Desk) -> None:
    desk.wait(timedelta(hours=3))

    done = desk.slasync("status")

    assert done.exit_code == 0
    assert "salesforce.lead_history  2026-03-02T08:58:00Z  3 h" in done.output


def test_status_counts_what_waits(desk: Desk) -> None:
    desk.arrives()
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "(POST|PATCH) .*composite/sobjects.*"))
    desk.work()
    desk.wait(timedelta(hours=1))

    done = desk.slasync("status")

    assert "salesforce  pending  1" in done.output
    assert "The oldest write to salesforce has waited for 60 min." in done.output
