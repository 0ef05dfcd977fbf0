"""Writing to Salesforce: how few calls, with which headers, and what each fault does to a row."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import structlog

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.salesforce import build_connector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import Stopped, TryLater
from slasync.ports import Outcome
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Request, Response
from slasync.sandbox.server import Server
from slasync.systems import Budget
from tests.connectors.contract_sink import (
    COUNTED,
    KEY,
    SINCE,
    a_change,
    a_task,
    a_write,
    outcomes,
)
from tests.connectors.in_process import httpx_carrier
from tests.connectors.salesforce.org import OrgRig, a_config
from tests.faults.marks import fault
from tests.pains.marks import pain


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def key(number: int) -> str:
    return f"{number:040x}"


# -- calls and headers


def test_a_thousand_due_tasks_take_two_calls_with_their_rereads(rig: OrgRig) -> None:
    rep = rig.rep()
    leads = [rig.lead() for _ in range(1000)]
    assert rig.sink.lanes["tasks"] == 1000
    assert all(rig.sink.reread(leads).values())
    told = rig.sink.apply([a_task(lead, rep, key(n)) for n, lead in enumerate(leads)])
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert rig.calls(*COUNTED) == 2


def test_where_several_collections_to_a_call_are_not_wanted_a_thousand_tasks_take_five() -> None:
    rig = OrgRig(changed={"collections_a_call": 1})
    rep, lead = rig.rep(), rig.lead()
    told = rig.sink.apply([a_task(lead, rep, key(n)) for n in range(1000)])
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert rig.calls(Lane.WRITE) == 5
    rig.close()


def test_tasks_about_one_lead_stand_together_and_each_row_has_its_own_receipt(
    rig: OrgRig,
) -> None:
    rep, first, second = rig.rep(), rig.lead(), rig.lead()
    writes = [a_task((first, second)[n % 2], rep, key(n)) for n in range(6)]
    told = rig.sink.apply(writes)
    about_by_id = {row["Id"]: row["WhoId"] for row in rig.org.rows("Task")}  # as they were made
    about = [about_by_id[receipt.ref.id] for receipt in told if receipt.ref]
    assert list(about_by_id.values()) == [first.id] * 3 + [second.id] * 3
    assert about == [write.target.id for write in writes if write.target]


@fault("V48")
def test_owners_go_25_to_a_call_each_with_its_own_precondition(rig: OrgRig) -> None:
    rep, leads = rig.rep(), [rig.lead() for _ in range(26)]
    snapshots = rig.sink.reread(leads)
    rig.sink.apply([a_change(lead, rep, None) for lead in leads[:25]])
    [call] = [r for r in rig.adapter.sent if r.path.endswith("/composite")]
    parts = call.json()["compositeRequest"]
    assert len(parts) == rig.sink.lanes["owners"] == 25
    assert all(part["httpHeaders"]["Sforce-Auto-Assign"] == "FALSE" for part in parts)
    assert all(snapshots.values())


@fault("V37")
def test_every_request_switches_assignment_rules_off_and_names_slasync(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.sink.apply([a_write(Action.FLAG_STALE, lead, since=SINCE, why="old")])
    assert len(rig.adapter.sent) == 2
    for request in rig.adapter.sent:
        assert request.header("Sforce-Auto-Assign") == "FALSE"
        assert (request.header("Sforce-Call-Options") or "").startswith("client=slasync/")


@pain("P19")
@fault("V37")
def test_assignment_rules_do_not_take_our_leads_away(rig: OrgRig) -> None:
    rig.org.assign_leads_to(rig.org.inbox_queue_id)
    lead, rep = rig.lead(), rig.rep()
    create = a_write(Action.CREATE_LEAD, None, lead_key="hubspot:contact:9", owner=rep)
    made = rig.sink.apply([create])[0].ref
    rig.sink.apply([a_change(lead, rep, None)])
    rig.sink.apply([a_write(Action.FLAG_STALE, lead, since=SINCE, why="old")])
    assert made
    assert rig.owner(lead) == rig.owner(made) == rep


def test_the_calls_of_one_batch_stay_within_the_lane(rig: OrgRig) -> None:
    rep, lead = rig.rep(), rig.lead()
    rig.sink.apply([a_task(lead, rep, key(n)) for n in range(1001)])
    assert rig.calls(Lane.WRITE) == 2


def test_flags_on_leads_and_contacts_go_in_one_call(rig: OrgRig) -> None:
    contacts = [rig.org.create("Contact", {"LastName": "B"}, rig.org.admin_id) for _ in range(12)]
    refs = [ref for c in contacts for ref in (rig.lead(), Ref("salesforce", "contact", c))]
    receipts = rig.sink.apply(
        [a_write(Action.FLAG_STALE, ref, since=SINCE, why="old") for ref in refs]
    )
    assert outcomes(receipts) == [Outcome.APPLIED] * 24
    assert [receipt.ref for receipt in receipts] == refs
    assert rig.calls(Lane.WRITE) == 1


# -- what is written


def test_a_task_carries_what_the_rep_needs(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    remind = "2026-03-03T08:00:00+00:00"
    rig.sink.apply([a_task(lead, rep, due_date="2026-03-03", remind_at=remind)])
    [task] = rig.org.rows("Task")
    assert task["WhoId"] == lead.id
    assert task["ActivityDate"] == "2026-03-03"
    assert task["Description"] == "Convert, Recycle or Disqualify"
    assert (task["Priority"], task["Status"]) == ("High", "Not Started")
    assert task["IsReminderSet"]
    assert task["ReminderDateTime"].startswith("2026-03-03T08:00:00")


def test_a_task_that_changes_hands_is_due_by_the_date_of_its_new_owner_s_zone(rig: OrgRig) -> None:
    lead, other = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rig.rep(), due_date="2026-03-03")])
    words = {"subject": "S" * 300, "text": "Bis morgen", "due_date": "2026-03-04"}
    rig.sink.apply([a_write(Action.TASK, lead, owner=other, words=words)])
    [task] = rig.org.rows("Task")
    assert (task["OwnerId"], task["ActivityDate"]) == (other, "2026-03-04")
    assert (task["Subject"], task["Description"]) == ("S" * 254 + "…", "Bis morgen")


def test_a_withdrawn_task_keeps_its_text_and_says_why(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.sink.apply([a_task(lead, rig.rep())])
    rig.sink.apply([a_write(Action.CLOSE_TASK, lead, text="Called in time after all.")])
    [task] = rig.org.rows("Task")
    assert task["Description"] == "Convert, Recycle or Disqualify\n\nCalled in time after all."


def test_a_subject_that_is_too_long_is_cut(rig: OrgRig) -> None:
    told = rig.sink.apply([a_task(rig.lead(), rig.rep(), subject="long " * 100)])
    assert outcomes(told) == [Outcome.APPLIED]
    assert len(rig.tasks(KEY)[0][0]) == 255


def test_what_salesforce_requires_of_a_lead_and_nobody_knows_is_said_to_be_unknown(
    rig: OrgRig,
) -> None:
    write = a_write(
        Action.CREATE_LEAD, None, lead_key="hubspot:contact:9", email="x@y.example", employees=7
    )
    ref = rig.sink.apply([write])[0].ref
    assert ref
    row = rig.org.get("Lead", ref.id) or {}
    assert (row["LastName"], row["Company"]) == ("x@y.example", "[not provided]")
    assert not row.get("NumberOfEmployees")  # mapped for reading only


def test_a_write_that_makes_no_sense_is_refused_alone(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    lost = Write(
        key="k", lead=LeadKey("x"), system="salesforce", action=Action.TASK, values={"subject": "?"}
    )
    told = rig.sink.apply([lost, a_task(lead, rep)])
    assert outcomes(told) == [Outcome.REFUSED, Outcome.APPLIED]
    assert "names no task" in told[0].message


@fault("V50")
def test_a_key_whose_task_was_deleted_and_made_again_means_the_living_task(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.delete_task(KEY, rep)
    made = rig.sink.apply([a_task(lead, rep)])[0]
    assert made.created
    assert rig.sink.look([a_task(lead, rep)])[0].ref == made.ref
    close = a_write(Action.CLOSE_TASK, lead, text="withdrawn")
    assert outcomes(rig.sink.apply([close])) == [Outcome.APPLIED]


# -- rows that fail


@fault("V10")
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(Kind.ROW_REFUSED, Outcome.REFUSED), (Kind.ROW_LOCKED, Outcome.TRY_LATER)],
)
def test_a_row_that_fails_does_not_touch_the_others(
    rig: OrgRig, kind: Kind, outcome: Outcome
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.strike(kind, "salesforce/Task")
    told = rig.sink.apply([a_task(lead, rep, key(n)) for n in range(3)])
    assert outcomes(told) == [outcome, Outcome.APPLIED, Outcome.APPLIED]
    assert told[0].message


@fault("V34")
def test_a_validation_rule_is_told_in_the_admins_words(rig: OrgRig) -> None:
    rig.org.add_validation("Task", lambda _, after: "No calls" if after else None)
    [receipt] = rig.sink.apply([a_task(rig.lead(), rig.rep())])
    assert receipt.outcome is Outcome.REFUSED
    assert "No calls" in receipt.message
    assert "exempt the integration user" in receipt.message


@pain("P23")
@fault("V35")
def test_a_duplicate_rule_names_the_lead_it_found(rig: OrgRig) -> None:
    lead = rig.lead(email="twin@prospect.example")
    rig.org.org.switches.duplicate_rule = "block"
    values = {
        "lead_key": "hubspot:contact:9", "email": "twin@prospect.example",
        "last_name": "Lovelace", "company": "Engines",
    }  # fmt: skip
    [receipt] = rig.sink.apply([a_write(Action.CREATE_LEAD, None, **values)])
    assert receipt.outcome is Outcome.REFUSED
    assert lead.id in receipt.message


def test_a_look_up_that_is_refused_keeps_the_rows_unknown(rig: OrgRig) -> None:
    flag = a_write(Action.FLAG_STALE, rig.lead(), since=SINCE, why="old")
    rig.org.remove_field("Lead", "Slasync_Stale__c")
    with pytest.raises(TryLater, match="Slasync_Stale__c"):
        rig.sink.look([flag])


@pain("P30/rights")
@fault("V34")
def test_a_hidden_field_is_told_with_its_remedy(rig: OrgRig) -> None:
    rig.org.remove_field("Lead", "Slasync_Why__c")
    flag = a_write(Action.FLAG_STALE, rig.lead(), since=SINCE, why="old")
    [receipt] = rig.sink.apply([flag])
    assert receipt.outcome is Outcome.REFUSED
    assert "Slasync_Why__c" in receipt.message


# -- whole calls that fail


@fault("V6")
@pytest.mark.parametrize("kind", [Kind.TRUNCATED, Kind.RESET_AFTER, Kind.TIMEOUT_AFTER])
def test_an_answer_that_is_lost_leaves_all_rows_unknown_and_one_task_each(
    rig: OrgRig, kind: Kind
) -> None:
    lead, rep = rig.lead(), rig.rep()
    writes = [a_task(lead, rep, key(n)) for n in range(3)]
    rig.strike(kind)
    assert outcomes(rig.sink.apply(writes)) == [Outcome.UNKNOWN] * 3
    assert outcomes(rig.sink.look(writes)) == [Outcome.APPLIED] * 3
    rig.sink.apply(writes)
    assert [len(rig.tasks(key(n))) for n in range(3)] == [1, 1, 1]


@fault("V16")
def test_a_maintenance_page_with_status_200_is_no_success(rig: OrgRig) -> None:
    write = a_task(rig.lead(), rig.rep())
    rig.strike(Kind.HTML)
    assert outcomes(rig.sink.apply([write])) == [Outcome.UNKNOWN]
    assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]


@fault("V2")
@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY])
def test_a_system_that_is_busy_is_left_alone_for_a_while(rig: OrgRig, kind: Kind) -> None:
    rig.strike(kind)
    with pytest.raises(TryLater) as told:
        rig.sink.apply([a_task(rig.lead(), rig.rep())])
    assert not told.value.unknown
    assert told.value.after


@fault("V11")
@pytest.mark.parametrize("rows", [2, 4])
def test_an_answer_of_another_length_is_matched_to_nothing(rig: OrgRig, rows: int) -> None:
    def resized(_: Request, answer: Response) -> Response:
        items = (answer.json() * 2)[:rows]
        return Response(answer.status, answer.headers, json.dumps(items).encode())

    lead, rep = rig.lead(), rig.rep()
    rig.tamper = resized
    told = rig.sink.apply([a_task(lead, rep, key(n)) for n in range(3)])
    assert outcomes(told) == [Outcome.UNKNOWN] * 3


@fault("V11")
def test_parts_that_come_back_in_another_order_are_matched_to_nothing(rig: OrgRig) -> None:
    def turned(_: Request, answer: Response) -> Response:
        body = answer.json()
        body["compositeResponse"].reverse()
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    leads, rep = [rig.lead(), rig.lead()], rig.rep()
    rig.tamper = turned
    told = rig.sink.apply([a_change(lead, rep, None) for lead in leads])
    assert outcomes(told) == [Outcome.UNKNOWN] * 2


@fault("V10")
def test_what_was_sent_first_keeps_its_receipts_when_the_rest_fails(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep, key(1))])
    rig.strike(Kind.SERVER_ERROR, r"/composite$")  # the look-up before closing
    told = rig.sink.apply([a_task(lead, rep, key(2)), a_write(Action.CLOSE_TASK, lead, key(1))])
    assert outcomes(told) == [Outcome.APPLIED, Outcome.TRY_LATER]


# -- sessions


@fault("V13")
def test_a_session_that_ends_is_renewed_and_the_same_request_sent_again(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.reread([lead])
    rig.adapter.sent.clear()
    rig.org.expire_sessions()
    assert outcomes(rig.sink.apply([a_task(lead, rep)])) == [Outcome.APPLIED]
    first, again = rig.adapter.sent
    assert (first.method, first.url, first.body) == (again.method, again.url, again.body)
    changed = {name for name in first.headers if first.headers[name] != again.headers.get(name)}
    assert changed == {"Authorization"}
    assert rig.connector.calls.by_lane()[Lane.LOGIN] == 2


@fault("V15")
def test_many_threads_whose_session_ended_log_in_once(rig: OrgRig) -> None:
    leads = [rig.lead() for _ in range(16)]
    rig.sink.reread(leads)
    rig.org.expire_sessions()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda lead: rig.sink.reread([lead])[lead], leads))
    assert all(told)
    assert rig.connector.calls.by_lane()[Lane.LOGIN] == 2


@fault("V13", "V37")
def test_an_owner_change_after_a_renewed_session_is_not_rerouted(rig: OrgRig) -> None:
    rig.org.assign_leads_to(rig.org.inbox_queue_id)
    lead, rep = rig.lead(), rig.rep()
    rig.sink.reread([lead])
    rig.org.expire_sessions()
    rig.sink.apply([a_change(lead, rep, None)])
    assert rig.owner(lead) == rep


@fault("V14")
def test_a_session_refused_again_stops_instead_of_going_round(rig: OrgRig) -> None:
    body = b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    rig.tamper = lambda _, __: Response(401, (("Content-Type", "application/json"),), body)
    with pytest.raises(Stopped, match="scopes"):
        rig.sink.apply([a_task(rig.lead(), rig.rep())])
    assert len(rig.adapter.sent) == 2


def test_a_session_of_the_wrong_kind_is_not_renewed(rig: OrgRig) -> None:
    text = "This session is not valid for use with the REST API"
    body = json.dumps([{"message": text, "errorCode": "INVALID_SESSION_ID"}]).encode()
    rig.tamper = lambda _, __: Response(401, (), body)
    with pytest.raises(Stopped, match="not valid for use"):
        rig.sink.apply([a_task(rig.lead(), rig.rep())])
    assert len(rig.adapter.sent) == 1


@fault("V14")
def test_a_user_who_was_frozen_stops_without_hammering(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.reread([lead])
    rig.org.update("User", rig.org.integration_user_id, {"IsActive": False}, rig.org.admin_id)
    for _ in range(3):
        with pytest.raises(Stopped, match="inactive"):
            rig.sink.apply([a_task(lead, rep)])
    assert rig.connector.calls.by_lane()[Lane.LOGIN] == 2


# -- budget and discretion


@fault("V3")
def test_reads_stop_before_writes_when_the_share_runs_low() -> None:
    budget = Budget(daily_calls=50, share=0.2, reserve=0.2)  # 10 calls, 2 of them kept
    rig = OrgRig(changed={"budget": budget})
    lead, rep = rig.lead(), rig.rep()
    for _ in range(8):
        rig.source.fetch([lead])
    with pytest.raises(TryLater):
        rig.source.fetch([lead])
    assert outcomes(rig.sink.apply([a_task(lead, rep)])) == [Outcome.APPLIED]
    rig.sink.reread([lead])
    with pytest.raises(TryLater) as told:
        rig.sink.apply([a_task(lead, rep, key(2))])
    assert not told.value.unknown
    assert not rig.tasks(key(2))
    rig.close()


def test_the_quota_of_the_organisation_is_learned_from_answers(rig: OrgRig) -> None:
    rig.sink.reread([rig.lead()])
    quota = rig.connector.calls.quota
    assert quota
    assert (quota.used, quota.allowed) == (1, 100_000)


@fault("S10")
def test_logs_hold_neither_tokens_nor_people(rig: OrgRig) -> None:
    lead, rep = rig.lead(email="secret@prospect.example"), rig.rep()
    with structlog.testing.capture_logs() as logs:
        rig.source.fetch([lead])
        rig.sink.apply([a_task(lead, rep)])
        rig.sink.look([a_task(lead, rep)])
    text = json.dumps(logs, default=str)
    assert len(logs) >= 4
    for secret in ("secret@prospect", "Bearer", rig.org.client.secret, "Call this lead", KEY):
        assert secret not in text


# -- over sockets


def served(rig: OrgRig, server: Server, **changed: Any) -> Any:
    config = a_config(rig.org, url=server.url, read_timeout=timedelta(seconds=0.5), **changed)
    return build_connector(config, Seams(clock=rig.clock))


def test_a_sandbox_on_plain_http_is_reached_under_its_https_name(rig: OrgRig) -> None:
    with Server(rig.org.handle) as server:
        connector = served(rig, server)
        told = connector.sink.apply([a_task(rig.lead(), rig.rep())])
        connector.close()
    assert outcomes(told) == [Outcome.APPLIED]


@fault("V40")
@pytest.mark.parametrize("kind", [Kind.TIMEOUT_AFTER, Kind.RESET_AFTER])
def test_over_sockets_too_silence_leaves_the_row_unknown(rig: OrgRig, kind: Kind) -> None:
    write = a_task(rig.lead(), rig.rep())
    rig.strike(kind)
    with Server(rig.org.handle) as server:
        connector = served(rig, server)
        assert outcomes(connector.sink.apply([write])) == [Outcome.UNKNOWN]
        assert outcomes(connector.sink.look([write])) == [Outcome.APPLIED]
        connector.close()


@fault("V40")
def test_when_no_connection_is_made_nothing_was_sent(rig: OrgRig) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        config = a_config(rig.org, url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        carrier = httpx_carrier(rig.org.handle)
        connector = build_connector(config, Seams(clock=rig.clock), httpx_transport=carrier)
        with pytest.raises(TryLater) as told:
            connector.sink.apply([a_task(rig.lead(), rig.rep())])
        connector.close()
    assert not told.value.unknown
