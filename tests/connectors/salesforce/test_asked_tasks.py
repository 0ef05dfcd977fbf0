"""Tasks that others made are asked for at once: slasync's own and what was logged are none."""

from datetime import timedelta

import pytest

from slasync.connectors.salesforce import asked_tasks
from slasync.connectors.salesforce.asked_tasks import tasks_of_others
from slasync.domain.lead import Ref
from slasync.ports import Asked
from tests.connectors.salesforce.org import OrgRig

MANY = 1_001


@pytest.fixture
def rig() -> OrgRig:
    return OrgRig()


def a_lead(rig: OrgRig, name: str = "Ann") -> Ref:
    fields = {"LastName": name, "Company": "Acme"}
    return Ref("salesforce", "lead", rig.org.create("Lead", fields, rig.org.admin_id))


def a_task(rig: OrgRig, about: Ref, by: str, **more: str) -> str:
    fields = {"WhoId": about.id, "OwnerId": rig.org.admin_id, "Status": "Not Started"}
    return rig.org.create("Task", {**fields, **more}, by)


def asked(rig: OrgRig, *leads: Ref, since: timedelta = timedelta(days=1)) -> list[Asked]:
    connector = rig.connector
    at = rig.clock.now() - since
    return list(tasks_of_others(connector.transport, connector.user_id, leads, at))


def test_a_task_of_somebody_else_is_told_open_or_done(rig: OrgRig) -> None:
    lead, by = a_lead(rig), rig.org.admin_id
    a_task(rig, lead, by)
    done = a_task(rig, lead, by)
    rig.clock.advance(3_600)
    rig.org.update("Task", done, {"Status": "Completed"}, by)

    found = asked(rig, lead)

    assert [(each.about, each.whom, each.by) for each in found] == [(lead, by, by)] * 2
    assert rig.clock.now() - found[1].at == timedelta(hours=1)


def test_slasync_s_own_tasks_those_logged_as_done_and_older_ones_are_not(rig: OrgRig) -> None:
    lead, by = a_lead(rig), rig.org.admin_id
    a_task(rig, lead, by)
    rig.clock.advance(2 * 86_400)
    a_task(rig, lead, rig.org.integration_user_id)
    a_task(rig, lead, by, Status="Completed", TaskSubtype="Call")

    assert asked(rig, lead) == []
    assert len(asked(rig, lead, since=timedelta(days=3))) == 1


def test_of_leads_with_more_tasks_than_an_answer_holds_none_is_lost(rig: OrgRig) -> None:
    busy, other = a_lead(rig), a_lead(rig, "Ben")
    for lead in (busy, other):
        for _ in range(MANY):
            a_task(rig, lead, rig.org.admin_id)
    assert MANY < asked_tasks.FULL < 2 * MANY

    found = asked(rig, busy, other)

    assert len(found) == 2 * MANY
