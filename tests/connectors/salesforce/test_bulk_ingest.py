"""Very many new leads as one file: each told for itself, each there once, whatever befalls it."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.connectors.http import Lane
from slasync.connectors.salesforce import build_connector
from slasync.connectors.salesforce.bulk_ingest import complaint_in, file_of
from slasync.connectors.salesforce.bulk_rows import records
from slasync.domain.lead import LeadKey
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Request, Response
from slasync.sandbox.world import Chance
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.workers.pushing.push import Push
from tests.connectors.contract_sink import a_task, a_write, outcomes
from tests.connectors.in_process import httpx_carrier
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.workers.given import Crash

FROM = 30
COUNT = 40


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig(changed={"bulk_write_from": FROM, "collections_a_call": 1})
    rig.sink.reread([rig.lead()])  # logged in
    yield rig
    rig.close()


def creations(rig: OrgRig, count: int = COUNT, **more: Any) -> list[Write]:
    rep = rig.rep()
    return [creation(n, owner=rep, **more) for n in range(count)]


def creation(number: int, **values: Any) -> Write:
    key = f"hubspot:contact:{number}"
    given = {"email": f"p{number}@prospect.example", "last_name": f"N{number}"} | values
    return a_write(Action.CREATE_LEAD, None, lead_key=key, **given)


def made(rig: OrgRig) -> dict[str, int]:
    """Count the living leads by slasync's key."""
    counts: dict[str, int] = {}
    for row in rig.org.rows("Lead"):
        key = row.get("Slasync_Lead_Key__c")
        if key:
            counts[key] = counts.get(key, 0) + 1
    return counts


def each_once(rig: OrgRig, count: int = COUNT) -> bool:
    return made(rig) == {f"hubspot:contact:{n}": 1 for n in range(count)}


def looked(rig: OrgRig, writes: list[Write]) -> list[Receipt]:
    """Look as often as it is asked for, letting the time pass, until all is known."""
    for _ in range(50):
        told = list(rig.sink.look(writes))
        waits = [each.after for each in told if each.outcome is Outcome.UNKNOWN]
        if not waits:
            return told
        rig.clock.advance(max(each or timedelta(seconds=1) for each in waits).total_seconds())
    raise AssertionError("it is not told")


def jobs(rig: OrgRig) -> list[Request]:
    return [r for r in rig.adapter.sent if r.method == "POST" and r.path.endswith("/jobs/ingest")]


# -- when


def test_so_many_new_leads_are_handed_over_as_one_file_and_told_by_looking(rig: OrgRig) -> None:
    writes = creations(rig)
    handed = rig.sink.apply(writes)
    assert set(outcomes(handed)) == {Outcome.UNKNOWN}
    assert all(receipt.after for receipt in handed)
    told = looked(rig, writes)
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert all(receipt.created for receipt in told)
    by_id = {row["Id"]: row.get("Slasync_Lead_Key__c") for row in rig.org.rows("Lead")}
    assert [by_id[str(r.ref.id if r.ref else "")] for r in told] == [
        write.values["lead_key"] for write in writes
    ]
    assert len(jobs(rig)) == 1


def test_the_lane_holds_a_file_and_calls_do_not_grow_with_it() -> None:
    rig = OrgRig(changed={"bulk_write_from": 5_000})
    assert rig.sink.lanes["leads"] == 5_000
    writes = creations(rig, 5_000)
    rig.sink.apply(writes)
    told = looked(rig, writes)
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert rig.calls(Lane.WRITE, Lane.REREAD) <= 10
    rig.close()


@pytest.mark.parametrize("count", [1, FROM - 1])
def test_fewer_go_by_collections_and_are_told_at_once(rig: OrgRig, count: int) -> None:
    assert set(outcomes(rig.sink.apply(creations(rig, count)))) == {Outcome.APPLIED}
    assert jobs(rig) == []


def test_unless_it_is_wished_none_go_by_file() -> None:
    rig = OrgRig()
    assert rig.sink.lanes["leads"] == 1000
    assert set(outcomes(rig.sink.apply(creations(rig, 1000)))) == {Outcome.APPLIED}
    assert jobs(rig) == []
    rig.close()


def test_tasks_never_go_by_file_however_many_they_are(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    told = rig.sink.apply([a_task(lead, rep, f"{n:040x}") for n in range(COUNT)])
    assert set(outcomes(told)) == {Outcome.APPLIED}
    assert jobs(rig) == []


def test_two_writes_of_one_lead_in_a_batch_go_by_collections(rig: OrgRig) -> None:
    writes = [*creations(rig), creation(0)]
    told = rig.sink.apply(writes)
    assert set(outcomes(told[:-1])) == {Outcome.APPLIED}
    assert told[-1].outcome is Outcome.UNKNOWN  # its key is taken: it is looked up
    assert set(outcomes(looked(rig, writes))) == {Outcome.APPLIED}
    assert jobs(rig) == []
    assert each_once(rig)


@fault("V37")
def test_assignment_rules_do_not_take_the_leads_of_a_file(rig: OrgRig) -> None:
    rig.org.assign_leads_to(rig.org.inbox_queue_id)
    writes = creations(rig)
    rig.sink.apply(writes)
    looked(rig, writes)
    owners = {row["OwnerId"] for row in rig.org.rows("Lead") if row.get("Slasync_Lead_Key__c")}
    assert owners == {writes[0].values["owner"]}


# -- each row for itself


@fault("V10", "V34", "V33")
def test_rows_that_are_refused_or_locked_cost_the_others_nothing(rig: OrgRig) -> None:
    writes = creations(rig)
    rig.org.add_validation("Lead", lambda _, row: "No N7" if row["LastName"] == "N7" else None)
    rig.strike(Kind.ROW_LOCKED, "salesforce/Lead")
    rig.sink.apply(writes)
    told = looked(rig, writes)
    counts = {each: outcomes(told).count(each) for each in set(outcomes(told))}
    assert counts[Outcome.REFUSED] == counts[Outcome.TRY_LATER] == 1
    assert counts[Outcome.APPLIED] == COUNT - 2
    assert "No N7" in told[7].message
    assert "exempt the integration user" in told[7].message


def test_a_lead_that_was_there_already_is_told_as_found(rig: OrgRig) -> None:
    writes = creations(rig)
    rig.sink.apply(writes[:3])
    rig.sink.apply(writes)
    told = looked(rig, writes)
    assert [receipt.created for receipt in told[:4]] == [False, False, False, True]
    assert each_once(rig)


def test_odd_text_arrives_as_it_is(rig: OrgRig) -> None:
    odd = ['O"Neil', "a,b", "one\ntwo", " spaced ", "Ümläut", "#x", "=1+1", "\u2028"]
    writes = [creation(n, last_name=odd[n % len(odd)]) for n in range(COUNT)]
    rig.sink.apply(writes)
    looked(rig, writes)
    names = {r["Slasync_Lead_Key__c"]: r["LastName"] for r in rig.org.rows("Lead")
             if r.get("Slasync_Lead_Key__c")}  # fmt: skip
    assert all(names[str(w.values["lead_key"])] == w.values["last_name"] for w in writes)


def tampering(rig: OrgRig, part: str, change: Callable[[bytes], bytes]) -> None:
    def tamper(request: Request, answer: Response) -> Response:
        if part not in request.url or answer.status != 200:
            return answer
        return Response(200, answer.headers, change(answer.body))

    rig.tamper = tamper


@fault("V11")
def test_a_row_that_is_in_none_of_the_files_is_looked_for_by_its_key(rig: OrgRig) -> None:
    writes = creations(rig)
    rig.sink.apply(writes)
    tampering(rig, "successfulResults", lambda body: b"\n".join(body.split(b"\n")[:-2]) + b"\n")
    rig.clock.advance(60)
    told = rig.sink.look(writes)
    assert outcomes(told).count(Outcome.UNKNOWN) == 1
    assert set(outcomes(looked(rig, writes))) == {Outcome.APPLIED}
    assert each_once(rig)


@fault("V17")
def test_a_file_of_results_that_is_cut_off_is_read_again(rig: OrgRig) -> None:
    writes = creations(rig)
    rig.sink.apply(writes)
    tampering(rig, "successfulResults", lambda body: body[:-5])
    rig.clock.advance(60)
    with pytest.raises(TryLater, match="successfulResults of the job"):
        rig.sink.look(writes)
    rig.tamper = lambda _, answer: answer
    assert set(outcomes(looked(rig, writes))) == {Outcome.APPLIED}


@fault("V10")
def test_rows_of_a_job_that_an_admin_ends_are_found_unprocessed_and_go_by_collections(
    rig: OrgRig,
) -> None:
    writes = creations(rig)
    rig.sink.apply(writes)
    [job] = rig.org.bulk._jobs  # noqa: SLF001 - what an admin sees
    rig.connector.transport.call(Lane.WRITE, "PATCH", f"jobs/ingest/{job}", {"state": "Aborted"})
    told = looked(rig, writes)
    assert set(outcomes(told)) == {Outcome.TRY_LATER}
    assert set(outcomes(rig.sink.apply(writes))) == {Outcome.APPLIED}
    assert len(jobs(rig)) == 1
    assert each_once(rig)


def test_an_org_that_refuses_such_jobs_is_written_to_by_collections(rig: OrgRig) -> None:
    def refusing(request: Request, answer: Response) -> Response:
        if not request.path.endswith("/jobs/ingest"):
            return answer
        body = [{"errorCode": "FEATURENOTENABLED", "message": "no Bulk here"}]
        return Response(400, answer.headers, json.dumps(body).encode())

    rig.tamper = refusing
    writes = creations(rig)
    with pytest.raises(TryLater, match="not by Bulk any more until a restart"):
        rig.sink.apply(writes)
    assert set(outcomes(rig.sink.apply(writes))) == {Outcome.APPLIED}


# -- what goes wrong on the way


@fault("V6", "V13", "V16")
@pytest.mark.parametrize(
    "kind",
    [
        Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.SERVER_ERROR, Kind.HTML,
        Kind.TRUNCATED, Kind.TOO_MANY, Kind.TOKEN_EXPIRED,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["POST .*jobs/ingest", "PUT .*batches", "PATCH .*jobs/ingest", "GET .*jobs/ingest"]
)
def test_whatever_befalls_one_call_each_lead_is_there_once(
    sqlite_engine: Engine, rig: OrgRig, kind: Kind, path: str
) -> None:
    mill = Mill(sqlite_engine, rig)
    rig.strike(kind, path)
    mill.runs()
    assert each_once(rig)
    assert mill.states() == {State.DONE: COUNT}


@fault("V6", "V7")
@pytest.mark.parametrize("point", ["push.claimed", "push.marked", "push.answered", "push.settled"])
@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_crash_between_any_two_steps_leaves_each_lead_there_once(
    sqlite_engine: Engine, rig: OrgRig, point: str, time: int
) -> None:
    mill, left = Mill(sqlite_engine, rig), [time]

    def reached(name: str) -> None:
        left[0] -= name == point
        if name == point and not left[0]:
            raise Crash(name)

    mill.restart(reached)
    with suppress(Crash):
        mill.runs()
    rig.clock.advance(3600)
    mill.restart()
    mill.runs()
    assert each_once(rig)
    assert mill.states() == {State.DONE: COUNT}


@fault("V7")
@pytest.mark.parametrize("crash_after", range(1, 9))
def test_a_process_that_ends_at_any_point_leaves_each_lead_there_once(
    sqlite_engine: Engine, rig: OrgRig, crash_after: int
) -> None:
    mill = Mill(sqlite_engine, rig)
    mill.runs(crash_after)
    rig.clock.advance(3600)
    mill.restart()
    mill.runs()
    assert each_once(rig)
    assert mill.states() == {State.DONE: COUNT}


@fault("V7")
def test_what_a_rep_did_with_a_lead_is_not_undone_by_a_job_of_a_process_that_ended(
    sqlite_engine: Engine, rig: OrgRig
) -> None:
    mill = Mill(sqlite_engine, rig)
    mill.push.run()  # handed over; the job has not begun
    mill.restart()
    rig.clock.advance(3)  # it is at work
    for _ in range(5):
        mill.push.run()
    assert not made(rig) or each_once(rig)
    assert len([r for r in rig.adapter.sent if r.method == "PATCH" and "composite" in r.path]) == 0
    mill.runs()
    assert each_once(rig)


class Mill:
    """An outbox of new leads, and a process that writes them; another when it has ended."""

    def __init__(self, engine: Engine, rig: OrgRig) -> None:
        self.engine, self.rig, self._number = engine, rig, 0
        items = [OutboxItem(_named(w), "leads", rig.clock.now()) for w in creations(rig)]
        with transaction(engine) as unit:
            unit.outbox.add(items, rig.clock.now())
        self.restart()

    def restart(self, reached: Reached = nothing_reached) -> None:
        self._number += 1
        rig = self.rig
        connector = build_connector(
            rig.config, Seams(clock=rig.clock), adapter=rig.adapter,
            httpx_transport=httpx_carrier(rig.org.handle),
        )  # fmt: skip
        connector.transport.vendor_now()
        seams = Seams(clock=rig.clock, chance=Chance(1), reached=reached)
        self.push = Push(self.engine, seams, connector.sink, f"process {self._number}")

    def runs(self, rounds: int = 200) -> None:
        for _ in range(rounds):
            self.push.run()
            at = self.push.next_at()
            if at is None:
                return
            wait = (at - self.rig.clock.now()).total_seconds()
            self.rig.clock.advance(max(wait, 0.5))

    def states(self) -> dict[State, int]:
        with reading(self.engine) as unit:
            counts = unit.outbox.counts()
        return {state: n for (_, state), n in counts.items() if n}


def _named(write: Write) -> Write:
    key = str(write.values["lead_key"])
    return Write(
        key=f"create-{key}", lead=LeadKey(key), system="salesforce", action=write.action,
        values=write.values,
    )  # fmt: skip


# -- files


def test_a_file_has_all_columns_and_says_nothing_where_a_row_has_no_value() -> None:
    rows: list[dict[str, Any]] = [
        {"attributes": {"type": "Lead"}, "A": "x", "B": None}, {"A": 'q"', "C": True},
    ]  # fmt: skip
    read = list(records([file_of(rows)], {}))
    assert read == [{"A": "x", "B": None, "C": None}, {"A": 'q"', "B": None, "C": "true"}]


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        ("UNABLE_TO_LOCK_ROW:unable to obtain: 00Q1:--", "UNABLE_TO_LOCK_ROW",
         "unable to obtain: 00Q1", ()),
        ("REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --",
         "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]", ("Company",)),
        ("INVALID_EMAIL_ADDRESS:Email: invalid:Email,Email2 --", "INVALID_EMAIL_ADDRESS",
         "Email: invalid", ("Email", "Email2")),
        ("ODD", "ODD", "", ()),
    ],
)  # fmt: skip
def test_a_refusal_in_a_file_is_read_with_its_fields(
    text: str, code: str, message: str, fields: tuple[str, ...]
) -> None:
    complaint = complaint_in(text)
    assert (complaint.code, complaint.message, complaint.fields) == (code, message, fields)
