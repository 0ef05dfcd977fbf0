"""Tasks by a ledger: one for each key, whenever slasync ends and whichever answer is lost."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import ActivityReading, Outcome
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import NoAnswer, Request, Response, TimedOut
from tests.connectors.contract_sink import (
    KEY,
    SinkContract,
    a_task,
    a_write,
    outcomes,
)
from tests.connectors.contract_source import SourceContract, read_all
from tests.connectors.salesforce.ledger import LEDGER, LedgerRig
from tests.faults.marks import fault


@pytest.fixture
def rig() -> Iterator[LedgerRig]:
    rig = LedgerRig()
    yield rig
    rig.close()


class TestLedgerSink(SinkContract):
    """The sink's contract, by a ledger."""


class TestLedgerSource(SourceContract):
    """The source's contract, by a ledger."""

    @pytest.fixture
    def small_pages(self) -> Iterator[LedgerRig]:
        rig = LedgerRig(changed={"page_size": 3, "ledger": LEDGER})
        yield rig
        rig.close()


def key(number: int) -> str:
    return f"{number:040x}"


def a_first(lead: Ref, rep: UserKey, of: str = KEY) -> Write:
    """Return the first rung's task: its key is the write's own."""
    write = a_task(lead, rep, of)
    return Write(**{n: getattr(write, n) for n in Write.__dataclass_fields__} | {"key": of})


def every_task(rig: LedgerRig) -> int:
    return len(list(rig.org.rows("Task")))


# -- one transaction


def test_key_task_and_the_note_of_it_are_made_together(rig: LedgerRig) -> None:
    [receipt] = rig.sink.apply([a_first(rig.lead(), rig.rep())])
    assert receipt.created
    assert receipt.ref
    assert rig.claims() == [(KEY, receipt.ref.id)]


@fault("V34")
def test_a_task_that_is_refused_leaves_its_key_free(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    refuse = True
    rig.org.add_validation("Task", lambda _, after: "No calls" if refuse and after else None)
    [receipt] = rig.sink.apply([a_first(lead, rep)])
    assert receipt.outcome is Outcome.REFUSED
    assert "No calls" in receipt.message
    assert not rig.claims()
    refuse = False
    assert outcomes(rig.sink.apply([a_first(lead, rep)])) == [Outcome.APPLIED]


@fault("V10")
def test_a_refused_task_does_not_hold_up_the_others(rig: LedgerRig) -> None:
    leads, rep = [rig.lead() for _ in range(3)], rig.rep()
    rig.convert(leads[1])
    told = rig.sink.apply([a_first(lead, rep, key(n)) for n, lead in enumerate(leads)])
    assert outcomes(told) == [Outcome.APPLIED, Outcome.GONE, Outcome.APPLIED]
    assert [claimed for claimed, _ in rig.claims()] == [key(0), key(2)]


# -- answers lost, requests late, crashes


@fault("V6")
@pytest.mark.parametrize("kind", [Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.TRUNCATED])
def test_when_the_answer_is_lost_the_ledger_tells_that_the_task_was_made(
    rig: LedgerRig, kind: Kind
) -> None:
    writes = [a_first(rig.lead(), rig.rep(), key(n)) for n in range(3)]
    rig.strike(kind)
    assert outcomes(rig.sink.apply(writes)) == [Outcome.UNKNOWN] * 3
    assert outcomes(rig.sink.look(writes)) == [Outcome.APPLIED] * 3
    assert every_task(rig) == 3


@fault("V7")
def test_a_call_that_is_carried_out_after_it_was_given_up_makes_no_second_task(
    rig: LedgerRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    late: list[Request] = []

    def kept_back(request: Request) -> Response:
        if request.path.endswith("/graph") and not late:
            late.append(request)
            raise TimedOut
        return rig.org.handle(request)

    rig.carry = kept_back
    write = a_first(lead, rep)
    assert outcomes(rig.sink.apply([write])) == [Outcome.UNKNOWN]
    assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]
    assert outcomes(rig.sink.apply([write])) == [Outcome.APPLIED]
    answer = rig.org.handle(late[0]).json()
    assert answer["graphs"][0]["isSuccessful"] is False
    assert every_task(rig) == len(rig.claims()) == 1


def cut_at(rig: LedgerRig, number: int, *, before: bool) -> None:
    """Have slasync's call with this number be its last: cut off before or after its effect."""
    seen = 0

    def cut(request: Request) -> Response:
        nonlocal seen
        seen += 1
        if seen == number and before:
            raise NoAnswer
        answer = rig.org.handle(request)
        if seen == number:
            raise NoAnswer
        return answer

    rig.carry = cut


@fault("V6", "V8")
@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("before", [True, False], ids=["request", "answer"])
def test_wherever_a_batch_is_cut_off_each_key_has_one_task_in_the_end(
    rig: LedgerRig, number: int, *, before: bool
) -> None:
    """Calls: look twice for later rungs, make 50, make the rest, look twice, change."""
    lead, rep, other = rig.lead(), rig.rep(), rig.rep()
    rig.sink.apply([a_first(lead, rep, key(n)) for n in range(3)])
    batch = [
        a_task(lead, other, key(0)),  # a later rung of a task that is there
        a_first(lead, other, key(1)),  # a first rung that was sent before, unknown to slasync
        *(a_first(lead, other, key(n)) for n in range(10, 65)),
    ]
    cut_at(rig, number, before=before)
    pending = settled_rows(rig, batch)
    rig.carry = rig.org.handle
    for _ in range(4):
        pending = settled_rows(rig, pending)
    assert not pending
    keys = [claimed for claimed, _ in rig.claims()]
    assert sorted(keys) == sorted({key(n) for n in (0, 1, 2, *range(10, 65))})
    assert every_task(rig) == 58
    assert {owner for n in (0, 1) for _, owner, _ in rig.tasks(key(n))} == {other}


def settled_rows(rig: LedgerRig, batch: list[Write]) -> list[Write]:
    """Send or look up as push does; return what is still to be written."""
    try:
        told = rig.sink.apply(batch)
    except TryLater:
        return batch
    unknown = [w for w, r in zip(batch, told, strict=True) if r.outcome is Outcome.UNKNOWN]
    again = [w for w, r in zip(batch, told, strict=True) if r.outcome is Outcome.TRY_LATER]
    if unknown:
        try:
            found = rig.sink.look(unknown)
        except TryLater:
            return batch  # its outcome stays unknown: everything is asked again
        again += [w for w, r in zip(unknown, found, strict=True) if r.outcome is Outcome.TRY_LATER]
    return again


@fault("V25")
def test_a_claim_that_cannot_be_seen_yet_is_waited_for(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    unseen = Rule(Kind.LATE_VISIBLE, f"salesforce/{LEDGER.object}", delay=timedelta(minutes=1))
    rig.world.faults.switch_on(unseen)
    rig.sink.apply([a_first(lead, rep)])
    [told] = rig.sink.apply([a_first(lead, rep)])
    assert (told.outcome, "cannot be seen yet" in told.message) == (Outcome.TRY_LATER, True)
    assert every_task(rig) == 1


# -- what people do to it


@fault("V50")
def test_a_task_that_a_person_deleted_is_not_made_again(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_first(lead, rep)])
    rig.delete_task(KEY, rep)
    assert outcomes(rig.sink.apply([a_first(lead, rep)])) == [Outcome.GONE]
    assert outcomes(rig.sink.look([a_first(lead, rep)])) == [Outcome.OVERTAKEN]
    assert every_task(rig) == 0


def test_a_row_that_somebody_emptied_makes_no_second_task(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_first(lead, rep)])
    [row] = list(rig.org.rows(LEDGER.object))
    rig.org.update(LEDGER.object, row["Id"], {LEDGER.task: None}, rig.org.admin_id)
    assert outcomes(rig.sink.apply([a_first(lead, rep)])) == [Outcome.GONE]
    assert every_task(rig) == 1


# -- reading


def test_a_task_is_read_with_the_key_that_its_row_claims(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_first(lead, rep)])
    rig.close_task(KEY, rep)
    rig.log_call(lead, rep)
    read = [each for each in read_all(rig, "tasks") if isinstance(each, ActivityReading)]
    assert sorted(str(each.data.get("task_key")) for each in read) == ["None", KEY, KEY]


def test_a_ledger_that_is_hidden_keeps_tasks_from_being_read_as_calls_of_reps(
    rig: LedgerRig,
) -> None:
    rig.sink.apply([a_first(rig.lead(), rig.rep())])
    rig.close_task(KEY, rig.rep())
    rig.org.remove_field(LEDGER.object, LEDGER.task)
    with pytest.raises(TryLater, match="Task__c"):
        read_all(rig, "tasks")


# -- calls


def test_fifty_first_tasks_take_a_call_and_as_many_of_later_rungs_three(
    rig: LedgerRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_first(lead, rep, key(n)) for n in range(200)])
    assert calls(rig) == (4, 0)
    rig.sink.apply([a_task(lead, rep, key(n)) for n in range(200)])
    assert calls(rig) == (8, 8)
    assert rig.sink.lanes["tasks"] == 50


def test_a_page_of_ended_tasks_takes_one_call_more_to_read(rig: LedgerRig) -> None:
    rig.sink.apply([a_first(rig.lead(), rig.rep(), key(n)) for n in range(30)])
    for n in range(30):
        rig.close_task(key(n), rig.rep())
    before = calls(rig), rig.calls(Lane.READ)
    assert len(read_all(rig, "tasks")) == 60
    assert (calls(rig), rig.calls(Lane.READ)) == ((before[0][0], before[0][1] + 1), before[1] + 1)


def calls(rig: LedgerRig) -> tuple[int, int]:
    return rig.calls(Lane.WRITE), rig.calls(Lane.REREAD)


# -- answers that make no sense


Tampered = Callable[[dict[str, Any]], Any]


def turned(body: dict[str, Any]) -> None:
    body["graphs"].reverse()


def halved(body: dict[str, Any]) -> None:
    del body["graphs"][1:]


def emptied(body: dict[str, Any]) -> None:
    for graph in body["graphs"]:
        graph["graphResponse"] = {}


@fault("V11")
@pytest.mark.parametrize("tampered", [turned, halved, emptied])
def test_an_answer_that_fits_no_task_leaves_them_unknown(
    rig: LedgerRig, tampered: Tampered
) -> None:
    def tamper(_: Request, answer: Response) -> Response:
        body = answer.json()
        tampered(body)
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    writes = [a_first(rig.lead(), rig.rep(), key(n)) for n in range(2)]
    rig.tamper = tamper
    assert outcomes(rig.sink.apply(writes)) == [Outcome.UNKNOWN] * 2
    rig.tamper = lambda _, answer: answer
    assert outcomes(rig.sink.look(writes)) == [Outcome.APPLIED] * 2


def test_a_closed_task_stays_found_by_its_key(rig: LedgerRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_first(lead, rep)])
    rig.close_task(KEY, rep)
    close = a_write(Action.CLOSE_TASK, lead, text="withdrawn")
    assert outcomes(rig.sink.apply([close])) == [Outcome.ALREADY]
