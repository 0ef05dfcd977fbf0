"""Many rows to a call: collections in a composite, each with its own fate, fewer after trouble."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.stride import FEWEST, Stride
from slasync.domain.lead import UserKey
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Request, Response
from tests.connectors.contract_sink import SINCE, a_task, a_write, outcomes
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.pains.marks import pain

THREE_PARTS = 600


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def tasks(rig: OrgRig, count: int, first: int = 0) -> list[Write]:
    lead, rep = rig.lead(), rig.rep()
    return [a_task(lead, rep, f"{n:040x}") for n in range(first, first + count)]


def sent(rig: OrgRig) -> list[list[int]]:
    """Return how many records each collection of each call had."""
    bodies = [r.json() for r in rig.adapter.sent if r.method in {"POST", "PATCH"}]
    return [_sizes(body) for body in bodies if "records" in body or "compositeRequest" in body]


def _sizes(body: dict[str, Any]) -> list[int]:
    if "records" in body:
        return [len(body["records"])]
    return [len(part["body"]["records"]) for part in body["compositeRequest"] if "body" in part]


# -- calls


@pytest.mark.parametrize(
    ("rows", "calls"),
    [(1, [[1]]), (200, [[200]]), (201, [[200, 1]]), (1000, [[200] * 5]), (1001, [[200] * 5, [1]])],
)
def test_up_to_five_collections_go_in_one_call(
    rig: OrgRig, rows: int, calls: list[list[int]]
) -> None:
    assert set(outcomes(rig.sink.apply(tasks(rig, rows)))) == {Outcome.APPLIED}
    assert sent(rig) == calls


@pytest.mark.parametrize("action", [Action.TASK, Action.CREATE_LEAD, Action.FLAG_STALE])
def test_smaller_collections_are_still_five_to_a_call_at_most(action: Action) -> None:
    rig = OrgRig(changed={"task_batch": 30})
    made = {
        Action.TASK: lambda: tasks(rig, 151),
        Action.CREATE_LEAD: lambda: creations(151, rig.rep()),
        Action.FLAG_STALE: lambda: [
            a_write(action, rig.lead(), since=SINCE, why="old") for _ in range(151)
        ],
    }[action]()
    assert set(outcomes(rig.sink.apply(made))) == {Outcome.APPLIED}
    assert sent(rig) == [[30] * 5, [1]]
    rig.close()


def test_a_thousand_flags_take_one_call(rig: OrgRig) -> None:
    flags = [a_write(Action.FLAG_STALE, rig.lead(), since=SINCE, why="old") for _ in range(1000)]
    told = rig.sink.apply(flags)
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert [receipt.ref for receipt in told] == [flag.target for flag in flags]
    assert rig.calls(Lane.WRITE) == 1


@fault("V37")
def test_each_collection_of_a_call_switches_assignment_rules_off_itself(rig: OrgRig) -> None:
    rig.org.assign_leads_to(rig.org.inbox_queue_id)
    rep = rig.rep()
    rig.sink.apply(creations(300, rep))
    [call] = [r.json() for r in rig.adapter.sent if r.path.endswith("/composite")]
    assert [part["httpHeaders"] for part in call["compositeRequest"]] == [
        {"Sforce-Auto-Assign": "FALSE"}
    ] * 2
    assert {row["OwnerId"] for row in rig.org.rows("Lead")} == {rep}


def creations(count: int, owner: str) -> list[Write]:
    return [
        a_write(Action.CREATE_LEAD, None, lead_key=f"hubspot:contact:{n}", owner=owner)
        for n in range(count)
    ]


# -- each collection has its own fate


def of_the_second(rig: OrgRig, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what is answered of a call's second collection."""

    def tamper(_: Request, answer: Response) -> Response:
        body = answer.json()
        parts = body.get("compositeResponse") if isinstance(body, dict) else None
        if not parts or len(parts) < 2:
            return answer
        parts[1] = changed(parts[1])
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    rig.tamper = tamper


@fault("V10")
@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "JSON_PARSER_ERROR", Outcome.REFUSED),
        (404, "NOT_FOUND", Outcome.REFUSED),
        (400, "UNABLE_TO_LOCK_ROW", Outcome.TRY_LATER),
        (403, "REQUEST_LIMIT_EXCEEDED", Outcome.TRY_LATER),
        (403, "API_DISABLED_FOR_ORG", Outcome.TRY_LATER),
        (500, "UNKNOWN_EXCEPTION", Outcome.UNKNOWN),
    ],
)
def test_a_collection_that_fails_as_a_whole_leaves_the_others_their_receipts(
    rig: OrgRig, status: int, code: str, outcome: Outcome
) -> None:
    writes = tasks(rig, THREE_PARTS)
    error = [{"errorCode": code, "message": "as Salesforce said"}]
    of_the_second(rig, lambda part: part | {"httpStatusCode": status, "body": error})
    told = outcomes(rig.sink.apply(writes))
    assert set(told[:200]) == set(told[400:]) == {Outcome.APPLIED}
    assert set(told[200:400]) == {outcome}


@fault("V11")
@pytest.mark.parametrize("body", [None, [], [{"success": True, "id": "00T000000000001AAA"}] * 199])
def test_a_collection_answered_at_another_length_is_unknown_and_alone(
    rig: OrgRig, body: Any
) -> None:
    of_the_second(rig, lambda part: part | {"body": body})
    told = rig.sink.apply(tasks(rig, THREE_PARTS))
    assert set(outcomes(told[200:400])) == {Outcome.UNKNOWN}
    assert "has not 200 rows" in told[200].message
    assert set(outcomes(told[:200])) == set(outcomes(told[400:])) == {Outcome.APPLIED}


@fault("V10")
def test_one_row_refused_in_a_thousand_is_one_row(rig: OrgRig) -> None:
    writes = tasks(rig, 1000)
    rig.org.add_validation(
        "Task", lambda _, after: "Not this" if after["Slasync_Key__c"].endswith("1f4") else None
    )
    told = outcomes(rig.sink.apply(writes))
    assert told[0x1F4] is Outcome.REFUSED
    assert told.count(Outcome.APPLIED) == 999


@fault("V6")
@pytest.mark.parametrize("kind", [Kind.TRUNCATED, Kind.RESET_AFTER, Kind.TIMEOUT_AFTER])
def test_after_a_lost_answer_each_of_a_thousand_tasks_is_there_once(
    rig: OrgRig, kind: Kind
) -> None:
    writes = tasks(rig, 1000)
    rig.strike(kind)
    assert set(outcomes(rig.sink.apply(writes))) == {Outcome.UNKNOWN}
    assert set(outcomes(rig.sink.look(writes))) == {Outcome.APPLIED}
    rig.sink.apply(writes)
    assert sum(1 for _ in rig.org.rows("Task")) == 1000


# -- smaller after trouble


@pain("also/locks")
@fault("V33")
def test_after_a_locked_row_fewer_go_to_a_call_and_then_more_again(rig: OrgRig) -> None:
    rig.strike(Kind.ROW_LOCKED, "salesforce/Task")
    told = rig.sink.apply(tasks(rig, 1000))
    assert outcomes(told)[0] is Outcome.TRY_LATER
    assert told[0].after
    for number in (1, 2):
        rig.sink.apply(tasks(rig, 1000, number * 1000))
    assert sent(rig) == [[200] * 5, [200, 200, 100], [200, 200, 100], [200] * 5]


@fault("V6")
def test_after_a_call_without_an_answer_the_next_is_half_as_long(rig: OrgRig) -> None:
    rig.strike(Kind.TIMEOUT_BEFORE)
    rig.sink.apply(tasks(rig, 1000))
    rig.sink.apply(tasks(rig, 600))
    assert sent(rig) == [[200] * 5, [200, 200, 100], [100]]


def test_a_stride_is_never_shorter_than_the_fewest_nor_longer_than_at_first() -> None:
    stride = Stride.full(1000)
    for _ in range(20):
        stride = stride.shorter()
    assert stride.rows == FEWEST
    for _ in range(20):
        stride = stride.longer()
    assert stride.rows == 1000


# -- each class of refusal, with the way to mend it; the row beside it is written


def refused(rig: OrgRig, *writes: Write) -> str:
    """Send writes of which the first is refused, and return what is said of it."""
    told = rig.sink.apply(writes)
    assert outcomes(told) == [Outcome.REFUSED] + [Outcome.APPLIED] * (len(writes) - 1)
    return told[0].message


@fault("V36")
def test_an_inactive_owner_is_told_with_who_to_take_out_of_the_pool(rig: OrgRig) -> None:
    gone, rep = rig.rep(), rig.rep()
    rig.org.update("User", gone, {"IsActive": False}, rig.org.admin_id)
    lead = rig.lead()
    words = refused(rig, a_task(lead, gone, "a1"), a_task(lead, rep, "a2"))
    assert f"inactive user [{gone}]" in words
    assert "choose an active user" in words


@fault("V36")
def test_a_queue_that_may_not_own_tasks_is_told_with_what_to_set(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    inbox = UserKey(rig.org.inbox_queue_id)
    told = rig.sink.apply([a_task(lead, inbox, "a1"), a_task(lead, rep, "a2")])
    assert outcomes(told) == [Outcome.REFUSED, Outcome.APPLIED]
    assert "Setup, Queues, Supported Objects" in told[0].message


@fault("V34")
def test_a_field_without_rights_is_told_by_name(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.remove_field("Task", "ReminderDateTime")
    first = a_task(lead, rep, "a1", remind_at="2026-03-03T08:00:00+00:00")
    words = refused(rig, first, a_task(lead, rep, "a2"))
    assert "ReminderDateTime" in words
    assert "deploy it, grant it" in words


@fault("V34")
def test_a_value_that_a_restricted_picklist_does_not_have_is_told(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    restrict(rig, "Task", "Priority")
    first = a_write(Action.TASK, lead, "a1", owner=rep, subject="Call", priority="Urgent")
    words = refused(rig, first, a_task(lead, rep, "a2"))
    assert "restricted picklist field: Urgent" in words
    assert "add the value to the picklist, or map another" in words


def restrict(rig: OrgRig, name: str, field: str) -> None:
    type_ = rig.org.org.schema[name]
    rig.org.add_field(name, replace(type_.fields[field], restricted=True))


def test_full_storage_waits_and_says_what_to_free(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep, "a1")])
    rig.org.org.switches.storage_full = True
    told = rig.sink.apply([a_task(lead, rep, "a2"), a_task(lead, rep, "a1", "Changed")])
    assert outcomes(told) == [Outcome.TRY_LATER, Outcome.APPLIED]
    assert "Setup, Storage Usage" in told[0].message
    assert told[0].after
    rig.org.org.switches.storage_full = False
    assert outcomes(rig.sink.apply([a_task(lead, rep, "a2")])) == [Outcome.APPLIED]


@fault("V27")
def test_a_record_deleted_meanwhile_is_gone_and_the_others_are_written(rig: OrgRig) -> None:
    gone, there = rig.lead(), rig.lead()
    rig.delete(gone)
    flags = [a_write(Action.FLAG_STALE, ref, since=SINCE, why="old") for ref in (gone, there)]
    assert outcomes(rig.sink.apply(flags)) == [Outcome.GONE, Outcome.APPLIED]
