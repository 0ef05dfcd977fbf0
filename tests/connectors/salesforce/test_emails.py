"""E-mails in Salesforce: one that the lead wrote is contact, one that a person sent a touch."""

from collections.abc import Iterator
from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.probe import Probe
from slasync.domain.facts import FactKind, Grade
from slasync.domain.lead import Ref
from slasync.ports import ActivityReading
from slasync.sandbox.salesforce import times
from tests.builders import DAY, HOUR, MONDAY
from tests.connectors.contract_source import read_all
from tests.connectors.salesforce.org import OrgRig


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def told(rig: OrgRig) -> list[ActivityReading]:
    return [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]


def calls_of(rig: OrgRig) -> int:
    before = rig.calls(Lane.READ)
    told(rig)
    return rig.calls(Lane.READ) - before


def test_an_e_mail_that_the_lead_wrote_is_contact_and_no_touch_of_who_logged_it(
    rig: OrgRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_email(lead.id, rep, incoming=True)
    [contact] = told(rig)
    assert (contact.kind, contact.about, contact.by) == (FactKind.CONTACT, lead, rep)
    assert contact.data == {"channel": "email", "grade": Grade.STRONG}  # not the lead's words
    assert contact.occurred_at == MONDAY


def test_an_e_mail_that_a_person_sent_is_one_touch_though_it_has_a_task_as_well(
    rig: OrgRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_email(lead.id, rep, incoming=False)
    [touch] = told(rig)
    assert (touch.kind, touch.by, touch.data["channel"]) == (FactKind.TOUCH, rep, "email")


def test_an_e_mail_logged_by_a_task_alone_is_a_touch(rig: OrgRig) -> None:
    fields = {"WhoId": rig.lead().id, "TaskSubtype": "Email", "Status": "Completed"}
    rig.org.create("Task", {"Subject": "Hello", **fields}, rig.rep())
    [touch] = told(rig)
    assert touch.kind is FactKind.TOUCH


@pytest.mark.parametrize(
    ("sent", "at", "grade"),
    [
        (MONDAY - 20 * HOUR, MONDAY - 20 * HOUR, Grade.STRONG),  # logged the next morning
        (MONDAY - 9 * DAY, MONDAY, Grade.SUSPECT),
        (MONDAY + 2 * DAY, MONDAY, Grade.SUSPECT),
        (None, MONDAY, Grade.STRONG),
    ],
)
def test_when_it_was_sent_counts_within_a_day_of_when_it_was_logged(
    rig: OrgRig, sent: Any, at: Any, grade: Grade
) -> None:
    date = {"MessageDate": times.stamp(sent) if sent else None}
    rig.org.log_email(rig.lead().id, rig.rep(), incoming=True, **date)
    [contact] = told(rig)
    assert (contact.occurred_at, contact.data["grade"]) == (at, grade)


def test_e_mails_cost_one_call_a_page_and_are_asked_for_once(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_call(lead.id, rep)
    alone = calls_of(rig)
    for _ in range(300):
        rig.org.log_email(lead.id, rep, incoming=True)
    assert calls_of(rig) == alone + 1
    assert calls_of(rig) == alone
    assert {each.kind for each in told(rig)} == {FactKind.TOUCH, FactKind.CONTACT}


def test_an_organisation_without_e_mails_is_asked_once_and_its_tasks_count_as_before(
    rig: OrgRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_call(lead.id, rep)
    alone = calls_of(rig)
    rig.org.remove_object("EmailMessage")
    fields = {"WhoId": lead.id, "TaskSubtype": "Email", "Status": "Completed"}
    rig.org.create("Task", {"Subject": "Hello", **fields}, rep)
    assert calls_of(rig) == alone + 1
    rig.org.create("Task", {"Subject": "Hello again", **fields}, rep)
    assert calls_of(rig) == alone
    assert [each.kind for each in told(rig)] == [FactKind.TOUCH] * 3


def test_with_emails_never_they_are_not_asked_for() -> None:
    rig = OrgRig(changed={"emails": False})
    rig.org.log_email(rig.lead().id, rig.rep(), incoming=True)
    assert [each.kind for each in told(rig)] == [FactKind.TOUCH]
    rig.close()


def test_an_e_mail_that_is_told_of_by_its_task_s_id_is_understood_as_well(rig: OrgRig) -> None:
    task = rig.org.log_email(rig.lead().id, rig.rep(), incoming=True)
    [contact] = rig.source.fetch([Ref("salesforce", "task", task)])
    assert isinstance(contact, ActivityReading)
    assert contact.kind is FactKind.CONTACT


def test_the_live_check_says_that_nobody_knows_who_wrote(rig: OrgRig) -> None:
    probe = Probe(rig.config, rig.connector.transport)
    assert not [each for each in probe.unseen() if "EmailMessage" in each]
    rig.org.remove_object("EmailMessage")
    probe = Probe(rig.config, rig.connector.transport)
    [note] = [each for each in probe.unseen() if "EmailMessage" in each]
    assert "counts as one that was sent" in note
