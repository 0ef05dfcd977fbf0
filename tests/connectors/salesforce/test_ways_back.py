"""Leads that go back, and leads that were merged: what Salesforce is written, and tells."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from slasync.connectors.salesforce.records import conditional_part
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Judged
from slasync.ports import ActivityReading, Outcome, PersonReading
from slasync.systems import Direction, FieldMapping, FieldType
from tests.connectors.contract_sink import a_write, outcomes
from tests.connectors.contract_source import read_all
from tests.connectors.salesforce.org import LEAD_FIELDS, OrgRig

MAPPED = (
    *LEAD_FIELDS,
    FieldMapping("recycle_reason", "Description", Direction.BOTH),
    FieldMapping("nurture_path", "Jigsaw", Direction.WRITE),
    FieldMapping("nurture_return", "EmailBouncedDate", Direction.BOTH, FieldType.DATETIME),
    FieldMapping("disqualify_reason", "Industry", Direction.READ),
)
VALUES = {
    "status": "Recycled",
    "why": "not reached",
    "recycle_reason": "not reached",
    "nurture_path": "no_answer",
    "nurture_return": "2026-04-01T08:00:00+00:00",
    "nurture_return_on": "2026-04-01",
}


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig(changed={"lead_fields": MAPPED})
    yield rig
    rig.close()


def test_status_reason_path_and_return_take_effect_together(rig: OrgRig) -> None:
    lead = rig.lead()
    seen = rig.sink.reread([lead])[lead]
    assert seen is not None
    write = a_write(Action.STATUS, lead, **VALUES)
    judged = Judged(seen.owner, seen.modified_at, seen.status)

    told = rig.sink.apply([replace(write, judged=judged)])

    row = rig.org.get("Lead", lead.id) or {}
    assert outcomes(told) == [Outcome.APPLIED]
    assert [row[n] for n in ("Status", "Description", "Jigsaw")] == [
        "Recycled", "not reached", "no_answer",
    ]  # fmt: skip
    assert str(row["EmailBouncedDate"]).startswith("2026-04-01T08:00:00")
    assert row.get("Industry") is None


def test_who_was_faster_wins_all_of_it(rig: OrgRig) -> None:
    lead = rig.lead()
    seen = rig.sink.reread([lead])[lead]
    assert seen is not None
    rig.clock.advance(5)
    rig.org.update("Lead", lead.id, {"Status": "Disqualified"}, rig.org.admin_id)

    judged = Judged(seen.owner, seen.modified_at, seen.status)
    told = rig.sink.apply([replace(a_write(Action.STATUS, lead, **VALUES), judged=judged)])

    row = rig.org.get("Lead", lead.id) or {}
    assert outcomes(told) == [Outcome.OVERTAKEN]
    assert (row["Status"], row.get("Description")) == ("Disqualified", None)


def test_a_field_that_holds_a_date_is_given_the_day_in_the_calendars_zone(rig: OrgRig) -> None:
    dated = FieldMapping("nurture_return", "Return__c", Direction.BOTH, FieldType.DATE)
    config = replace(rig.config, lead_fields=(dated,))
    target = Ref("salesforce", "lead", "00Q1")

    part = conditional_part(a_write(Action.STATUS, target, **VALUES), target, config)

    assert part["body"] == {
        "Status": "Recycled",
        "Slasync_Why__c": "not reached",
        "Return__c": "2026-04-01",
    }


def test_a_merge_is_told_of_the_lead_that_remains(rig: OrgRig) -> None:
    kept, gone = rig.lead(email="a@x.example"), rig.lead(email="b@x.example")
    rig.clock.advance(60)
    rig.org.merge_leads(kept.id, [gone.id], rig.org.admin_id)
    rig.clock.advance(60)

    readings = read_all(rig, "leads")

    [merge] = [r for r in readings if isinstance(r, ActivityReading)]
    assert (merge.kind, merge.about, merge.data) == (FactKind.MERGED, kept, {"from": [gone.id]})
    deleted = {r.ref: r.deleted for r in readings if isinstance(r, PersonReading)}
    assert deleted == {kept: False, gone: True}


def test_how_long_a_call_lasted_is_told(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_call(lead.id, by=rep, minutes=3)
    rig.clock.advance(60)

    [call] = [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]

    assert (call.data["channel"], call.data["seconds"]) == ("call", 180)
