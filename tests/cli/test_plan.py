"""plan: the very words that would be written, as a diff, with nothing sent; held writes let go."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk
from tests.pains.marks import pain

TWO_DAYS = timedelta(days=2, hours=2)


@pytest.fixture
def unsent(desk: Desk) -> Iterator[Desk]:
    """A lead is handed over, and Salesforce takes no writes."""
    desk.arrives()
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "(POST|PATCH) .*composite/sobjects.*"))
    desk.work()
    yield desk
    desk.town.world.faults.switch_off()


@pytest.fixture
def held(desk: Desk) -> Desk:
    """Three leads' reminders come late, after two days without slasync: more than the cap."""
    desk.change("config/slasync.yaml", "total: 200", "total: 2")
    desk.change("config/slasync.yaml", "per_owner: 20", "per_owner: 2")
    for number in range(3):
        desk.arrives(f"lou{number}@x.example")
    desk.work()
    desk.work(TWO_DAYS)
    return desk


def test_nothing_to_do_is_an_empty_plan(desk: Desk) -> None:
    done = desk.slasync("plan")

    assert (done.exit_code, done.output) == (0, "0 writes for 0 leads\n")


@pain("also/dry-run")
def test_queued_writes_are_shown_as_a_diff(unsent: Desk) -> None:
    done = unsent.slasync("plan")

    assert "Lou Reed  [hubspot:contact:" in done.output
    assert "salesforce, queued: lead created in the CRM at hand-over" in done.output
    assert "    + lead in salesforce, owner Ana Albers (" in done.output


def test_what_the_marketing_system_is_told_is_shown_while_it_is_queued(desk: Desk) -> None:
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "POST .*contacts/batch/update.*"))
    desk.arrives()
    desk.work()
    desk.work()

    [told] = [w for w in desk.json("plan")["writes"] if w["action"] == "properties"]

    assert told["state"] != "not queued"
    assert "~ stage: nothing -> mql" in told["diff"]
    assert any(line.startswith("~ owner: nothing -> ") for line in told["diff"])


def test_what_is_due_and_not_decided_yet_is_shown_too(desk: Desk) -> None:
    desk.arrives()
    desk.only_read()

    writes = desk.json("plan")["writes"]

    assert ("create_lead", "not queued") in [(w["action"], w["state"]) for w in writes]


@pain("also/dry-run")
def test_planning_changes_nothing(unsent: Desk) -> None:
    before = unsent.json("status"), len(unsent.town.world.journal)

    first, second = unsent.json("plan"), unsent.json("plan")

    assert first == second
    assert (unsent.json("status"), len(unsent.town.world.journal)) == before


def test_observing_shows_what_would_be_written_by_now(desk: Desk) -> None:
    desk.mode("observe")
    desk.arrives()
    desk.work()

    done = desk.slasync("plan")

    assert "mode observe: nothing is sent." in done.output
    assert "+ lead in salesforce, owner Ana Albers (" in done.output
    assert not desk.rows("Lead")


def test_observing_shows_tasks_word_for_word_where_the_lead_is_there(desk: Desk) -> None:
    desk.mode("observe")
    known = {"LastName": "Reed", "Company": "VU", "Email": "lou@x.example"}
    desk.town.salesforce.create("Lead", known, desk.town.users["ben"])
    desk.work()
    desk.arrives()
    desk.work()

    texts = [line for write in desk.json("plan")["writes"] for line in write["diff"]]

    subject = "  subject: New lead: Lou Reed, VU. Get in touch by "
    assert any(line.startswith(subject) for line in texts)
    assert any(line.startswith("  | Please contact Lou Reed by ") for line in texts)
    assert not desk.rows("Task")


def test_before_the_first_load_nothing_is_judged(new_desk: Desk) -> None:
    new_desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, ".*contacts.*"))
    new_desk.arrives()
    new_desk.slasync("sync", "--once")

    assert "The first load is not complete" in new_desk.slasync("plan").output


def test_writes_above_a_cap_are_held_and_named(held: Desk) -> None:
    assert len(held.rows("Task")) == 3  # of day 0

    done = held.slasync("plan")

    assert done.output.count("salesforce, held above a cap") == 6  # owner's and manager's
    assert "late-2026-03-04: 6 writes are held for 0 s" in done.output


def test_a_batch_is_let_go_by_its_name(held: Desk) -> None:
    batch = next(w["batch"] for w in held.json("plan")["writes"] if w["batch"])

    done = held.slasync("plan", "--allow", batch)
    held.work()

    assert done.output == "6 held writes will be sent\n"
    assert len(held.rows("Task")) == 6


def test_all_that_is_held_can_be_let_go(held: Desk) -> None:
    assert held.slasync("plan", "--allow-held").output == "6 held writes will be sent\n"


def test_a_name_that_no_batch_has_is_wrong_usage(held: Desk) -> None:
    done = held.slasync("plan", "--allow", "held-yesterday")

    assert done.exit_code == 2
    assert "held are late-2026-03-04" in done.stderr
