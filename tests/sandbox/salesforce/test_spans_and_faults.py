"""Updated and deleted spans, and what happens when faults are switched on."""

# ruff: noqa: S608 - a test's own SOQL for a simulated org

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Reset, TimedOut
from tests.sandbox.salesforce.desk import HOST, Desk, error, names

KEEP = {"Sforce-Auto-Assign": "FALSE"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def span(desk: Desk, which: str, start: str, end: str) -> Any:
    return desk.call("GET", f"sobjects/Lead/{which}/?start={quote(start)}&end={quote(end)}")


# -- spans --------------------------------------------------------------------------------------


def test_updated_lists_the_ids_of_a_span_by_the_minute(desk: Desk) -> None:
    first = desk.lead()
    desk.clock.pass_(minutes=10)
    desk.lead()
    answer = span(desk, "updated", "2026-11-02T09:00:30Z", "2026-11-02T10:05:00+01:00").json()
    assert answer == {"ids": [first], "latestDateCovered": "2026-11-02T09:05:00.000+0000"}
    later = span(desk, "updated", "2026-11-02T09:00:00Z", "2026-11-03T09:00:00Z").json()
    assert len(later["ids"]) == 2
    assert later["latestDateCovered"] == "2026-11-02T09:10:00.000+0000"


def test_deleted_lists_what_was_deleted_and_merged_but_not_what_came_back(desk: Desk) -> None:
    gone, back, winner, loser = (desk.lead(n) for n in "abcd")
    desk.sf.delete("Lead", gone, desk.rep)
    desk.sf.delete("Lead", back, desk.rep)
    desk.sf.undelete("Lead", back, desk.rep)
    desk.sf.merge_leads(winner, [loser], desk.rep)
    desk.clock.pass_(minutes=5)
    answer = span(desk, "deleted", "2026-11-02T08:00:00Z", "2026-11-02T09:05:00Z").json()
    stamp = "2026-11-02T09:00:00.000+0000"
    assert answer["deletedRecords"] == [
        {"id": gone, "deletedDate": stamp},
        {"id": loser, "deletedDate": stamp},
    ]
    assert answer["earliestDateAvailable"] == "2026-10-18T09:05:00.000+0000"


@pytest.mark.parametrize(
    ("which", "start", "end"),
    [
        ("updated", "2026-10-01T09:00:00Z", "2026-11-02T09:00:00Z"),
        ("deleted", "2026-10-18T08:00:00Z", "2026-11-02T09:00:00Z"),
        ("updated", "2026-11-02T09:00:10Z", "2026-11-02T09:00:50Z"),
        ("updated", "yesterday", "2026-11-02T09:00:00Z"),
    ],
)
def test_a_span_too_old_too_short_or_unreadable(
    desk: Desk, which: str, start: str, end: str
) -> None:
    assert error(span(desk, which, start, end)) == (400, "INVALID_REPLICATION_DATE")


# -- late visibility ----------------------------------------------------------------------------


def late(desk: Desk, **more: Any) -> None:
    rule = Rule(Kind.LATE_VISIBLE, "salesforce/Lead", delay=timedelta(minutes=2), **more)
    desk.world.faults.switch_on(rule)


def test_a_late_row_is_unseen_by_every_reader_until_it_commits(desk: Desk) -> None:
    late(desk)
    lead = desk.lead("Late", Email="late@x.example")
    soql = "SELECT Name FROM Lead WHERE SystemModstamp >= 2026-11-02T09:00:00Z"
    assert names(desk.query(soql)) == []
    assert desk.call("GET", f"sobjects/Lead/{lead}").status == 404
    desk.clock.pass_(minutes=1)
    start, end = "2026-11-02T08:00:00Z", "2026-11-02T10:00:00Z"
    assert span(desk, "updated", start, end).json()["ids"] == []
    desk.clock.pass_(minutes=1)
    record = desk.query("SELECT Name, SystemModstamp FROM Lead")["records"][0]
    assert record["SystemModstamp"] == "2026-11-02T09:00:00.000+0000"  # stamped before it was seen
    assert span(desk, "updated", start, end).json()["ids"] == [lead]


def test_the_version_before_a_late_change_stays_in_sight(desk: Desk) -> None:
    lead = desk.lead("Before")
    late(desk)
    desk.clock.pass_(minutes=1)
    desk.sf.update("Lead", lead, {"LastName": "After"}, desk.rep)
    assert names(desk.query(f"SELECT Name FROM Lead WHERE Id = '{lead}'")) == ["Before"]
    assert names(desk.query("SELECT Name FROM Lead WHERE Name = 'Before'")) == ["Before"]
    assert names(desk.query("SELECT Name FROM Lead WHERE Name = 'After'")) == []
    desk.clock.pass_(minutes=2)
    assert names(desk.query("SELECT Name FROM Lead ORDER BY SystemModstamp LIMIT 1")) == ["After"]


# -- rows ---------------------------------------------------------------------------------------


def test_one_locked_row_of_a_collection_fails_alone(desk: Desk) -> None:
    leads = [desk.lead() for _ in range(3)]
    desk.world.faults.switch_on(Rule(Kind.ROW_LOCKED, "salesforce/Lead", times=1))
    records = [{"attributes": {"type": "Lead"}, "id": i, "Title": "x"} for i in leads]
    results = desk.call("PATCH", "composite/sobjects", {"records": records}, KEEP).json()
    assert [r["success"] for r in results] == [False, True, True]
    assert results[0]["errors"] == [
        {
            "statusCode": "UNABLE_TO_LOCK_ROW",
            "message": "unable to obtain exclusive access to this record or 1 records: " + leads[0],
            "fields": [],
        }
    ]


def test_a_refused_row_fails_for_good_and_people_are_spared(desk: Desk) -> None:
    desk.world.faults.switch_on(Rule(Kind.ROW_REFUSED, "salesforce/Lead"))
    lead = desk.lead()
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, KEEP)
    assert error(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")


# -- requests -----------------------------------------------------------------------------------


def switch_on(desk: Desk, kind: Kind, **more: Any) -> None:
    desk.world.faults.switch_on(Rule(kind, "POST .*/sobjects/Lead", times=1, **more))


NEW = {"LastName": "x", "Company": "y"}


@pytest.mark.parametrize(
    ("kind", "raised", "written"),
    [
        (Kind.TIMEOUT_BEFORE, TimedOut, 0),
        (Kind.TIMEOUT_AFTER, TimedOut, 1),
        (Kind.RESET_AFTER, Reset, 1),
    ],
)
def test_a_lost_answer_leaves_the_client_in_doubt(
    desk: Desk, kind: Kind, raised: type[Exception], written: int
) -> None:
    switch_on(desk, kind)
    with pytest.raises(raised):
        desk.call("POST", "sobjects/Lead", NEW, KEEP)
    assert len(list(desk.sf.rows("Lead"))) == written


def test_a_late_write_happens_when_the_client_has_given_up(desk: Desk) -> None:
    switch_on(desk, Kind.LATE, delay=timedelta(minutes=3))
    with pytest.raises(TimedOut):
        desk.call("POST", "sobjects/Lead", NEW, KEEP)
    assert list(desk.sf.rows("Lead")) == []
    desk.clock.pass_(minutes=3)
    desk.world.agenda.run_due(desk.clock.at)
    assert len(list(desk.sf.rows("Lead"))) == 1


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Kind.TOO_MANY, (403, "REQUEST_LIMIT_EXCEEDED")),
        (Kind.SERVER_ERROR, (503, "SERVER_UNAVAILABLE")),
        (Kind.TOKEN_EXPIRED, (401, "INVALID_SESSION_ID")),
    ],
)
def test_the_vendors_own_refusals(desk: Desk, kind: Kind, answer: tuple[int, str]) -> None:
    switch_on(desk, kind)
    assert error(desk.call("POST", "sobjects/Lead", NEW, KEEP)) == answer
    assert list(desk.sf.rows("Lead")) == []


def test_a_page_of_html_and_a_body_cut_short(desk: Desk) -> None:
    desk.world.faults.switch_on(Rule(Kind.HTML, times=1), Rule(Kind.TRUNCATED, times=1))
    page = desk.call("GET", "limits")
    assert (page.status, page.body[:9]) == (200, b"<!DOCTYPE")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        desk.call("GET", "limits").json()


def test_paths_alone_decide_whatever_the_host(desk: Desk) -> None:
    url = f"{HOST}/services/data/v62.0/limits".replace(HOST, "http://127.0.0.1:8099")
    assert desk.sf.handle(Request("GET", url, desk.headers)).status == 200
    assert desk.sf.handle(Request("GET", f"{HOST}/nothing", desk.headers)).status == 404
