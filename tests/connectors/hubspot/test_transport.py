"""The way out to HubSpot when it answers what the simulated one never would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import orjson
import pytest

from slasync.clock import Seams
from slasync.connectors.http import Quota
from slasync.connectors.hubspot import CONTACTS, HubSpotConnector, build_connector
from slasync.connectors.hubspot.values import to_ms
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Answer, Ask, Outcome
from slasync.sandbox.http import Request, Response
from slasync.sandbox.hubspot import Limits
from tests.connectors.hubspot.bench import MONDAY, Bench, DrivenClock, InProcessPool, a_config
from tests.faults.marks import fault

DATE = ("Date", "Mon, 02 Mar 2026 09:00:00 GMT")


def an_answer(value: Any, status: int = 200) -> Response:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return Response(status, (DATE, ("Content-Type", "application/json")), body)


def scripted(answers: Iterable[Response | Callable[[Request], Response]]) -> InProcessPool:
    """A vendor that gives these answers, one after another; the last one for ever."""
    listed = list(answers)
    script: Iterator[Any] = chain(listed, repeat(listed[-1]))

    def handle(request: Request) -> Response:
        answer = next(script)
        return answer if isinstance(answer, Response) else answer(request)

    return InProcessPool(handle)


def connected(pool: InProcessPool, **changes: Any) -> HubSpotConnector:
    config = replace(a_config("token"), **changes)
    return build_connector(config, Seams(clock=DrivenClock()), pool_manager=pool)


def a_row(number: int, stamp: str = "2026-03-02T08:00:00Z") -> dict[str, Any]:
    properties = {"createdate": stamp, "lastmodifieddate": stamp, "email": f"p{number}@example.com"}
    return {"id": str(number), "properties": properties, "archived": False}


def a_write(number: int) -> Write:
    return Write(
        key=f"k{number}",
        lead=LeadKey("l"),
        system="hubspot",
        action=Action.PROPERTIES,
        values={"stage": "MQL"},
        target=Ref("hubspot", "contact", str(number)),
    )


@fault("V20")
@pytest.mark.parametrize("stays", [
    {"results": [a_row(1)], "paging": {"next": {"after": "7"}}},
    {"results": [], "paging": {"next": {"after": "8"}}},
    {"status": "fine"},
])  # fmt: skip
def test_a_list_page_that_does_not_advance_is_an_error_and_no_end(stays: Any) -> None:
    source = connected(scripted([an_answer(stays)])).source
    position = '{"after": "7", "archived": false}'

    with pytest.raises(TryLater):
        source.read([Ask(CONTACTS, MONDAY, None, position)])


@fault("V16")
def test_a_search_page_that_announces_rows_and_gives_none_is_an_error() -> None:
    empty = {"total": 3, "results": [], "paging": {"next": {"after": "200"}}}

    with pytest.raises(TryLater, match="advance"):
        connected(scripted([an_answer(empty)])).source.read([Ask(CONTACTS, MONDAY, MONDAY)])


@fault("V23", "V24")
def test_a_row_shown_newer_than_the_index_knows_it_does_not_end_the_pass_early() -> None:
    newer = a_row(2, "2026-03-02T09:30:00Z")  # modified since, after the pass's upper bound
    found = {"results": [a_row(1), newer], "paging": {"next": {"after": "2"}}}
    ask = Ask(CONTACTS, MONDAY, MONDAY - timedelta(hours=2))

    (page,) = connected(scripted([an_answer(found)])).source.read([ask])

    eight = MONDAY - timedelta(hours=1)
    assert page.position == f'{{"low": {to_ms(eight)}}}'


def test_an_id_page_that_goes_back_is_an_error() -> None:
    back = {"results": [a_row(5)], "paging": {"next": {"after": "200"}}}
    ask = Ask(CONTACTS, MONDAY, MONDAY, '{"at": 1772442000000, "last": 9}')

    with pytest.raises(TryLater, match="advance"):
        connected(scripted([an_answer(back)])).source.read([ask])


@fault("V42")
def test_records_that_are_no_records_are_set_aside() -> None:
    odd: list[Any] = [
        None,
        [],
        {},
        {"id": "1"},
        {"id": "2", "properties": []},
        {"properties": {}},
        a_row(3),
    ]

    (page,) = connected(scripted([an_answer({"results": odd})])).source.read(
        [Ask(CONTACTS, MONDAY)]
    )

    assert [r.ref.id for r in page.readings] == ["3"]
    assert len(page.rejected) == len(odd) - 1


@fault("V16", "V17")
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html></html>", b'{"results": [', b"\xff"])
def test_an_answer_that_is_no_json_object_is_tried_later(body: bytes) -> None:
    pool = scripted([an_answer(body)])

    with pytest.raises(TryLater):
        connected(pool).source.read([Ask(CONTACTS, MONDAY)])
    assert connected(pool).sink.apply([a_write(1)])[0].outcome == Outcome.UNKNOWN


@fault("V16")
def test_an_error_page_that_is_not_utf_8_is_tried_later() -> None:
    with pytest.raises(TryLater):
        connected(scripted([an_answer(b"\xff\xfe", 502)])).source.read([Ask(CONTACTS, MONDAY)])


@fault("V12")
def test_a_batch_refused_as_a_whole_is_halved_until_the_culprit_is_alone() -> None:
    def vendor(request: Request) -> Response:
        inputs = orjson.loads(request.body)["inputs"]
        if any(row["id"] == "13" for row in inputs):
            return an_answer({"message": "one of them is bad"}, 400)
        return an_answer({"results": [{"id": row["id"]} for row in reversed(inputs)]})

    pool = scripted([vendor])
    receipts = connected(pool).sink.apply([a_write(n) for n in range(64)])

    refused = [n for n, receipt in enumerate(receipts) if receipt.outcome == Outcome.REFUSED]
    assert refused == [13]
    assert [r.outcome for n, r in enumerate(receipts) if n != 13] == [Outcome.APPLIED] * 63
    assert len(pool.requests) == 13  # twice the depth, and one


def test_when_a_half_is_turned_away_the_other_half_keeps_its_receipts() -> None:
    refused = an_answer({"message": "bad"}, 400)
    done = an_answer({"results": [{"id": "0"}, {"id": "1"}]})
    busy = an_answer({"message": "secondly"}, 429)

    receipts = connected(scripted([refused, done, busy])).sink.apply([a_write(n) for n in range(4)])

    expected = [Outcome.APPLIED] * 2 + [Outcome.TRY_LATER] * 2
    assert [r.outcome for r in receipts] == expected


@fault("V11")
def test_a_row_that_the_answer_does_not_name_is_unknown() -> None:
    sink = connected(scripted([an_answer({"results": [{"id": "1"}]})])).sink

    assert [r.outcome for r in sink.apply([a_write(1), a_write(2)])] == [
        Outcome.APPLIED,
        Outcome.UNKNOWN,
    ]


@fault("V10")
def test_results_are_matched_by_trace_id_where_the_id_has_changed() -> None:
    merged = {"id": "77", "objectWriteTraceId": "k1"}

    (receipt,) = connected(scripted([an_answer({"results": [merged]})])).sink.apply([a_write(1)])

    assert (receipt.outcome, receipt.ref) == (Outcome.APPLIED, Ref("hubspot", "contact", "77"))


@fault("V5", "V40")
def test_the_library_repeats_nothing_by_itself() -> None:
    pool = scripted([an_answer({"message": "down"}, 503)])
    connector = connected(pool)

    with pytest.raises(TryLater):
        connector.sink.apply([a_write(1)])

    assert len(pool.requests) == 1


def test_the_quota_is_learned_from_the_headers() -> None:
    headers = (
        DATE,
        ("X-HubSpot-RateLimit-Daily", "250000"),
        ("X-HubSpot-RateLimit-Daily-Remaining", "249900"),
    )
    connector = connected(scripted([Response(200, headers, b'{"results": []}')]))

    connector.source.read([Ask(CONTACTS, MONDAY)])

    assert connector.calls.quota == Quota(100, 250_000)


@fault("V3")
def test_a_used_up_day_waits_for_the_accounts_midnight() -> None:
    bench = Bench(options={"zone": "America/New_York", "limits": Limits(daily=5)})
    bench.source.vendor_now()  # learns the zone, and is slasync's one call of the day
    waited = timedelta(0)

    with pytest.raises(TryLater, match="free again from 2026-03-03 05:00 UTC"):
        bench.source.read([Ask(CONTACTS, MONDAY)])
    while not isinstance(answer := read_or_wait(bench), Answer):
        bench.clock.advance(answer)
        waited += answer

    assert answer.error is None
    assert waited == timedelta(hours=20)
    assert bench.hubspot.refused.total() == 0


def read_or_wait(bench: Bench) -> Answer | timedelta:
    try:
        return bench.source.read([Ask(CONTACTS, MONDAY)])[0]
    except TryLater as later:
        if later.after is None:
            raise
        return later.after


@fault("V3")
def test_a_used_up_day_in_an_unknown_zone_is_asked_about_each_hour() -> None:
    bench = Bench(options={"limits": Limits(daily=0)})

    with pytest.raises(TryLater) as used_up:
        bench.source.read([Ask(CONTACTS, MONDAY)])

    assert used_up.value.after == timedelta(hours=1)


def test_without_a_date_header_the_vendors_time_is_not_guessed() -> None:
    connector = connected(scripted([Response(200, (), b"{}")]))

    with pytest.raises(TryLater, match="Date"):
        connector.source.vendor_now()


@fault("S10")
def test_the_token_is_shown_nowhere() -> None:
    connector = connected(scripted([an_answer({})]))

    assert "token" not in repr(connector.config.secrets).replace("access_token", "")


@fault("V10")
def test_locked_records_are_tried_again_later_and_later_until_a_write_gets_through() -> None:
    locked = an_answer({"status": "error", "message": "locked"}, 423)
    written = an_answer({"status": "COMPLETE", "results": [a_row(1)]})
    system = connected(scripted([*[locked] * 9, written, locked]))

    def wait() -> float:
        with pytest.raises(TryLater) as told:
            system.sink.apply([a_write(1)])
        assert told.value.after
        return told.value.after.total_seconds()

    waits = [wait() for _ in range(9)]
    assert [r.outcome for r in system.sink.apply([a_write(1)])] == [Outcome.APPLIED]
    assert waits == [2, 4, 8, 16, 32, 64, 120, 120, 120]
    assert wait() == 2
