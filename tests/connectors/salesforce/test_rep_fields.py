"""What reps are shown on a lead, written to Salesforce and compared with it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from slasync.domain.lead import Ref
from slasync.domain.rep_fields import WORDS
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome
from tests.connectors.contract_sink import a_write, outcomes
from tests.connectors.salesforce.org import OrgRig

FIELDS = {
    word: f"Slasync_{word.title()}__c"
    for word in ("status", "due", "next_step", "attempts", "priority", "lately")
}
SAYS = {
    "status": "open",
    "due": "2026-03-03T09:00:00+00:00",
    "next_step": "Call or write by Tue 3 Mar 2026, 09:00",
    "why": "With sales since Mon 2 Mar 2026, 09:00: score 80.",
    "attempts": "0",
    "priority": 1080,
    "lately": "form Demo request, Mon 2 Mar 2026, 08:55",
}


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig(changed={"shown_fields": FIELDS, "shows": frozenset(WORDS)})
    yield rig
    rig.close()


def showing(lead: Ref, key: str = "1" * 40, **says: object) -> Write:
    return replace(a_write(Action.SHOW, lead, key, **(SAYS | says)), task_key=None)


def fields(rig: OrgRig, lead: Ref) -> dict[str, object]:
    row = rig.org.get("Lead", lead.id) or {}
    return {name: row.get(name) for name in (*FIELDS.values(), "Slasync_Why__c")}


def test_all_of_them_stand_on_the_lead(rig: OrgRig) -> None:
    lead = rig.lead()

    told = rig.sink.apply([showing(lead)])

    assert outcomes(told) == [Outcome.APPLIED]
    there = fields(rig, lead)
    assert str(there.pop("Slasync_Due__c")).startswith("2026-03-03T09:00:00")
    assert there == {
        "Slasync_Status__c": "open",
        "Slasync_Next_Step__c": SAYS["next_step"],
        "Slasync_Attempts__c": "0",
        "Slasync_Priority__c": 1080,
        "Slasync_Lately__c": SAYS["lately"],
        "Slasync_Why__c": SAYS["why"],
    }


def test_they_are_emptied_by_none(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.sink.apply([showing(lead)])

    empty = replace(showing(lead), values=dict.fromkeys(SAYS))
    told = rig.sink.apply([empty])

    assert outcomes(told) == [Outcome.APPLIED]
    assert set(fields(rig, lead).values()) == {None}


def test_two_hundred_leads_are_one_call(rig: OrgRig) -> None:
    leads = [rig.lead(email=f"{n}@prospect.example") for n in range(200)]
    before = rig.connector.calls.total()

    told = rig.sink.apply([showing(lead, f"{n:040}") for n, lead in enumerate(leads)])

    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert rig.connector.calls.total() - before == 1


def test_a_word_without_a_field_is_left_out_and_none_is_no_call() -> None:
    rig = OrgRig(changed={"shown_fields": {}, "shows": frozenset({"status"})})
    lead = rig.lead()
    before = rig.connector.calls.total()

    told = rig.sink.apply([showing(lead)])

    assert outcomes(told) == [Outcome.ALREADY]
    assert rig.connector.calls.total() == before
    rig.close()


def test_what_stands_there_after_a_lost_answer_is_not_written_again(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.lose_answer()
    unknown = rig.sink.apply([showing(lead)])

    assert outcomes(unknown) == [Outcome.UNKNOWN]
    assert outcomes(rig.sink.look([showing(lead)])) == [Outcome.APPLIED]


def test_what_did_not_arrive_is_sent_again(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.lose_request()
    rig.sink.apply([showing(lead)])

    assert outcomes(rig.sink.look([showing(lead)])) == [Outcome.TRY_LATER]


def test_a_flag_and_the_fields_of_one_lead_are_told_apart_when_looked_up(rig: OrgRig) -> None:
    lead = rig.lead()
    flag = a_write(Action.FLAG_STALE, lead, since="2026-03-02T09:00:00+00:00", why="late")
    rig.sink.apply([showing(lead)])

    assert outcomes(rig.sink.look([flag, showing(lead)])) == [Outcome.TRY_LATER, Outcome.APPLIED]


def test_a_stale_flag_leaves_the_reason_that_is_shown_alone(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.sink.apply([showing(lead)])

    flag = a_write(Action.FLAG_STALE, lead, since="2026-03-02T09:00:00+00:00", why="late")
    rig.sink.apply([flag])

    assert rig.stale(lead)
    assert fields(rig, lead)["Slasync_Why__c"] == SAYS["why"]


def test_a_lead_that_is_gone_is_told_as_such(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.delete(lead)

    assert outcomes(rig.sink.apply([showing(lead)])) == [Outcome.GONE]
