"""dispute: who decides about a breach by the command line, and how often one is disputed."""

import re
from datetime import timedelta

import pytest

from tests.cli.desk import Desk

AGREED = """\
snooze: {clocks: [first_touch, processing], at_most: 5 business_days, times: 2}
dispute: {clocks: [first_touch, processing], text: dispute_asked}

texts:
  dispute_asked:
    subject: {de: "$owner widerspricht: $lead bis $due", en: "$owner disputes $lead: by $due"}
"""
DISPUTED = {"Slasync_Dispute__c": True, "Slasync_Dispute_Reason__c": "I was at a fair"}


@pytest.fixture
def disputed(new_desk: Desk) -> Desk:
    """A lead of a rep who was reminded and does not think that is right."""
    new_desk.map_rep_fields()
    new_desk.change("config/agreement.yaml", "texts:\n", AGREED)
    _dispute(new_desk)
    return new_desk


def _dispute(desk: Desk) -> None:
    desk.work()
    desk.arrives()
    desk.work()
    desk.work()
    (lead,) = desk.rows("Lead")
    desk.town.salesforce.update("Lead", str(lead["Id"]), DISPUTED, str(lead["OwnerId"]))
    desk.wait(timedelta(minutes=10))
    desk.work()


def test_the_manager_has_a_task_and_the_lead_says_that_it_is_disputed(disputed: Desk) -> None:
    subjects = [str(task["Subject"]) for task in disputed.rows("Task")]
    (lead,) = disputed.rows("Lead")

    assert any(" disputes Lou Reed: by " in subject for subject in subjects)
    assert "your manager decides" in str(lead["Slasync_Why__c"])
    assert lead["Slasync_Status__c"] == "disputed"
    assert lead["Slasync_Next_Step__c"] == "Wait: your manager decides"


def test_accepted_it_is_decided_and_counted(disputed: Desk) -> None:
    done = disputed.slasync("dispute", "accept", "lou@x.example", "--why", "the fair of Hanover")
    disputed.wait(timedelta(minutes=10))
    disputed.work()

    assert done.exit_code == 0, done.output
    assert "dispute accepted (I was at a fair); the breach does not count" in done.output
    [task] = [t for t in disputed.rows("Task") if "disputes" in str(t["Subject"])]
    assert task["IsClosed"]
    [rate] = disputed.json("dispute", "list")["rates"]
    assert (rate["asked"], rate["accepted"], rate["open"]) == (1, 1, 0)
    told = disputed.slasync("explain", "lou@x.example").output
    assert "dispute accepted by an operator: the fair of Hanover" in told


def test_refused_the_clock_goes_on(disputed: Desk) -> None:
    assert disputed.json("dispute", "refuse", "lou@x.example")["decision"] == "refused"
    disputed.wait(timedelta(minutes=10))
    disputed.work()

    (lead,) = disputed.rows("Lead")
    assert "Dispute refused" in str(lead["Slasync_Why__c"])


def test_what_is_decided_cannot_be_decided_again(disputed: Desk) -> None:
    disputed.slasync("dispute", "refuse", "lou@x.example")
    disputed.wait(timedelta(minutes=1))

    again = disputed.slasync("dispute", "accept", "lou@x.example")

    assert again.exit_code == 2
    assert "nobody disputes anything, or it is decided already" in again.output


def test_who_waits_is_listed(disputed: Desk) -> None:
    told = disputed.slasync("dispute", "list").output

    assert "1 waiting for a decision" in told
    assert "I was at a fair" in told


def test_where_no_dispute_is_agreed_it_says_so(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    done = desk.slasync("dispute", "accept", "lou@x.example")

    assert done.exit_code == 2
    assert "agreement.yaml has no dispute" in done.output


def test_a_lead_that_nobody_knows_is_wrong_usage(disputed: Desk) -> None:
    done = disputed.slasync("dispute", "accept", "nobody@x.example")

    assert done.exit_code == 2
    assert "no lead is known as nobody@x.example" in done.output


def test_what_stands_there_to_be_uncommented_works(new_desk: Desk) -> None:
    new_desk.map_rep_fields()
    path = new_desk.home / "config/agreement.yaml"
    shipped = path.read_text("utf-8").replace("# dispute: {", "dispute: {")
    [commented] = re.findall(r"  # dispute_asked:\n(?:  #.*\n)+", shipped)
    path.write_text(shipped.replace(commented, commented.replace("  # ", "  ")), "utf-8")

    checked = new_desk.slasync("check")

    assert checked.exit_code == 0, checked.output
    _dispute(new_desk)
    [asked] = [t for t in new_desk.rows("Task") if " disputes: Lou Reed, VU. " in str(t["Subject"])]
    assert "Reason: I was at a fair" in str(asked["Description"])


def test_a_snoozed_lead_says_until_when(new_desk: Desk) -> None:
    new_desk.map_rep_fields()
    new_desk.change("config/agreement.yaml", "texts:\n", AGREED)
    new_desk.work()
    new_desk.arrives()
    new_desk.work()
    new_desk.work()
    (lead,) = new_desk.rows("Lead")
    wish = {
        "Slasync_Snooze_Until__c": (new_desk.driven.now() + timedelta(days=2)).isoformat(),
        "Slasync_Snooze_Reason__c": "on holiday until Wednesday",
    }
    new_desk.town.salesforce.update("Lead", str(lead["Id"]), wish, str(lead["OwnerId"]))
    new_desk.wait(timedelta(minutes=10))
    new_desk.work()

    (lead,) = new_desk.rows("Lead")
    assert lead["Slasync_Status__c"] == "snoozed"
    assert "Snoozed until" in str(lead["Slasync_Why__c"])
