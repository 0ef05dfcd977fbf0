"""What Marketo is sent: fields of leads, each row with an outcome of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response, json_response
from tests.connectors.marketo.bench import Bench, a_write
from tests.faults.marks import fault

SYNC = "POST /rest/v1/leads.json"
LOST = (Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.TRUNCATED, Kind.HTML)
DUE = "2026-03-03T17:00:00+00:00"


def shows(lead: str | None, key: str = "k", **values: Any) -> Write:
    return a_write(Action.PROPERTIES, lead, key, **(values or {"stage": "MQL"}))


def sets(lead: str | None, value: Any = "yes", name: str = "reply", **more: Any) -> Write:
    return a_write(Action.PROPERTY, lead, field=name, value=value, **more)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def test_what_slasync_shows_is_written_under_the_fields_names() -> None:
    bench = Bench()
    lead = bench.lead()

    [receipt] = bench.sink.apply([shows(lead, stage="MQL", owner="ana@x.example", due=DUE)])

    assert (receipt.outcome, receipt.ref) == (Outcome.APPLIED, Ref("marketo", "contact", lead))
    held = bench.marketo.get(lead)
    assert (held["slasyncStage"], held["slasyncOwner"]) == ("MQL", "ana@x.example")
    assert held["slasyncDue"] == "2026-03-03T17:00:00Z"


def test_nothing_clears_a_field() -> None:
    bench = Bench()
    lead = bench.lead()
    bench.sink.apply([shows(lead, stage="MQL", due=DUE)])

    bench.sink.apply([shows(lead, stage="", due="")])

    assert not {"slasyncStage", "slasyncDue"} & bench.marketo.get(lead).keys()


def test_three_hundred_leads_go_in_one_call() -> None:
    bench = Bench()
    leads = [bench.lead(f"p{n}") for n in range(301)]

    receipts = bench.sink.apply([shows(each, each) for each in leads])

    assert set(outcomes(receipts)) == {Outcome.APPLIED}
    assert bench.marketo.calls[SYNC] == 2


def test_leads_are_updated_by_their_id_and_never_made() -> None:
    bench = Bench()
    lead = bench.lead()
    bench.marketo.delete(lead)

    [receipt] = bench.sink.apply([shows(lead)])

    body = next(
        r.json() for r in bench.requests if r.method == "POST" and r.path.endswith("leads.json")
    )
    assert (body["action"], body["lookupField"]) == ("updateOnly", "id")
    assert receipt.outcome is Outcome.GONE
    assert list(bench.marketo.rows()) == []


def test_several_writes_to_one_lead_are_one_row_and_the_later_value_stands() -> None:
    bench = Bench()
    lead = bench.lead()

    receipts = bench.sink.apply([
        shows(lead, "1", stage="MQL", owner="a"), shows(lead, "2", stage="SAL"),
        sets(lead, key="3"),
    ])  # fmt: skip

    assert outcomes(receipts) == [Outcome.ALREADY, Outcome.ALREADY, Outcome.APPLIED]
    held = bench.marketo.get(lead)
    assert (held["slasyncStage"], held["slasyncOwner"], held["reply"]) == ("SAL", "a", "yes")


@fault("V10", "V34")
def test_a_row_that_is_refused_holds_up_no_other_and_is_told_in_marketos_words() -> None:
    bench = Bench()
    good, bad, other = (bench.lead(name) for name in "abc")
    writes = [shows(good, "1"), shows(bad, "2", due="2026-99-01T00:00"), shows(other, "3")]

    receipts = bench.sink.apply(writes)

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.REFUSED, Outcome.APPLIED]
    assert "Invalid value for field 'slasyncDue'" in receipts[1].message
    assert bench.marketo.calls[SYNC] == 1


@fault("V33")
def test_a_row_that_is_locked_is_tried_again_later() -> None:
    bench = Bench()
    one, two = bench.lead("a"), bench.lead("b")
    bench.world.faults.switch_on(Rule(Kind.ROW_LOCKED, path="marketo/leads", times=1))

    receipts = bench.sink.apply([shows(one, "1"), shows(two, "2")])

    assert outcomes(receipts) == [Outcome.TRY_LATER, Outcome.APPLIED]
    assert receipts[0].after is not None


@fault("V10")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["fine", "gone", "wrong"]), min_size=1, max_size=25))
def test_each_row_is_told_as_it_ended(kinds: list[str]) -> None:
    bench, writes = Bench(), []
    for n, kind in enumerate(kinds):
        lead = bench.lead(f"p{n}")
        if kind == "gone":
            bench.marketo.delete(lead)
        writes.append(shows(lead, str(n), due="T" if kind == "wrong" else DUE))

    expected = {"fine": Outcome.APPLIED, "gone": Outcome.GONE, "wrong": Outcome.REFUSED}
    assert outcomes(bench.sink.apply(writes)) == [expected[kind] for kind in kinds]


@fault("V12")
def test_a_field_that_the_instance_does_not_have_is_named_for_each_row() -> None:
    bench = Bench(changes={"written": {"stage": "slasyncStage", "owner": "nowhere"}})
    one, two = bench.lead("a"), bench.lead("b")

    receipts = bench.sink.apply([shows(one, "1", owner="x"), shows(two, "2", stage="MQL")])

    assert outcomes(receipts) == [Outcome.REFUSED, Outcome.APPLIED]
    assert "Field 'nowhere' not found" in receipts[0].message


@fault("V12")
def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_is_alone() -> None:
    bench = Bench()
    leads = [bench.lead(f"p{n}") for n in range(8)]

    def refuse(request: Request, answer: Response) -> Response:
        if request.method != "POST" or leads[5] not in request.body.decode():
            return answer
        told = {
            "requestId": "e#1",
            "success": False,
            "errors": [{"code": "709", "message": "rule"}],
        }
        return json_response(200, told)

    bench.tamper = refuse
    receipts = bench.sink.apply([shows(each, each) for each in leads])

    assert outcomes(receipts) == [Outcome.REFUSED if n == 5 else Outcome.APPLIED for n in range(8)]
    assert bench.marketo.calls[SYNC] <= 8


@fault("V11")
@pytest.mark.parametrize("how", ["fewer", "more", "swapped"])
def test_an_answer_that_does_not_fit_the_rows_tells_of_none_of_them(how: str) -> None:
    bench = Bench()
    leads = [bench.lead(f"p{n}") for n in range(3)]

    def spoil(request: Request, answer: Response) -> Response:
        if request.method != "POST" or not request.path.endswith("leads.json"):
            return answer
        body = answer.json()
        rows = body["result"]
        body["result"] = {"fewer": rows[:2], "more": [*rows, rows[0]], "swapped": rows[::-1]}[how]
        return json_response(200, body)

    bench.tamper = spoil
    writes = [shows(each, each) for each in leads]

    assert outcomes(bench.sink.apply(writes)) == [Outcome.UNKNOWN] * 3
    assert outcomes(bench.sink.look(writes)) == [Outcome.APPLIED] * 3


@fault("V6")
@pytest.mark.parametrize("kind", LOST)
def test_after_a_lost_answer_reading_tells_whether_it_took_effect(kind: Kind) -> None:
    bench = Bench()
    lead = bench.lead()
    bench.sink.reread([Ref("marketo", "contact", lead)])  # logged in
    bench.world.faults.switch_on(Rule(kind, path="POST /rest/v1/leads", times=1))
    write = shows(lead, stage="MQL", due=DUE)

    assert outcomes(bench.sink.apply([write])) == [Outcome.UNKNOWN]

    applied = bench.marketo.get(lead).get("slasyncStage") == "MQL"
    assert outcomes(bench.sink.look([write])) == [Outcome.APPLIED if applied else Outcome.TRY_LATER]


def test_where_the_limit_is_reached_nothing_was_sent_and_all_is_kept() -> None:
    bench = Bench()
    lead = bench.lead()
    bench.world.faults.switch_on(Rule(Kind.TOO_MANY, path="POST /rest/v1/leads", times=1))

    with pytest.raises(TryLater) as told:
        bench.sink.apply([shows(lead)])

    assert not told.value.unknown
    assert outcomes(bench.sink.apply([shows(lead)])) == [Outcome.APPLIED]


# fields that rungs write


@pytest.mark.parametrize(("value", "held"), [("yes", "yes"), (None, None), (12, "12")])
def test_a_field_gets_its_value_under_the_name_it_has_there(value: Any, held: str | None) -> None:
    bench = Bench()
    lead = bench.lead(reply="before")
    write = sets(lead, value)

    assert outcomes(bench.sink.apply([write])) == [Outcome.APPLIED]
    assert bench.marketo.get(lead).get("reply") == held
    assert outcomes(bench.sink.look([write])) == [Outcome.APPLIED]


def test_a_field_that_somebody_gave_another_value_in_between_is_theirs() -> None:
    bench = Bench()
    lead = bench.lead(reply="later")

    [receipt] = bench.sink.look([sets(lead, before="no")])

    assert (receipt.outcome, receipt.message) == (
        Outcome.OVERTAKEN, "somebody gave reply another value"
    )  # fmt: skip


def test_a_field_that_is_as_it_was_judged_is_sent_again() -> None:
    bench = Bench()
    lead = bench.lead(reply="no")

    assert outcomes(bench.sink.look([sets(lead, before="no")])) == [Outcome.TRY_LATER]


@pytest.mark.parametrize("name", ["email", "nowhere"])
def test_a_field_that_is_not_mapped_for_writing_is_refused_by_name(name: str) -> None:
    bench = Bench()

    [receipt] = bench.sink.apply([sets(bench.lead(), name=name)])

    assert receipt.outcome is Outcome.REFUSED
    assert receipt.message == f"connector.yaml gives leads no field {name!r} to write"


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (a_write(Action.TASK, "1"), "Marketo is not sent task writes"),
        (shows(None), "the write names no lead of Marketo"),
        (replace(shows("1"), target=Ref("hubspot", "contact", "1")), "names no lead of Marketo"),
        (shows("odd"), "'odd' is no id of Marketo"),
    ],
)
def test_what_cannot_be_sent_is_refused_without_a_call(write: Write, words: str) -> None:
    bench = Bench()

    [receipt] = bench.sink.apply([write])

    assert receipt.outcome is Outcome.REFUSED
    assert words in receipt.message
    assert bench.requests == []


def test_state_that_has_no_field_there_is_not_shown_and_costs_nothing() -> None:
    bench = Bench(changes={"written": {}})

    assert outcomes(bench.sink.apply([shows("1")])) == [Outcome.ALREADY]
    assert bench.requests == []


def test_rereading_tells_what_is_there_now() -> None:
    bench = Bench()
    kept, gone = bench.lead("a", leadStatus="Open"), bench.lead("b")
    bench.marketo.delete(gone)
    refs = [Ref("marketo", "contact", each) for each in (kept, gone)]

    told = bench.sink.reread(refs)

    snapshot = told[refs[0]]
    assert snapshot is not None
    assert (snapshot.status, snapshot.owner) == ("Open", None)
    assert told[refs[1]] is None
