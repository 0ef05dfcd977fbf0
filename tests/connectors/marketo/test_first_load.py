"""The first load: bulk extracts that are made, waited for, read in parts and checked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from slasync.connectors.marketo import CONTACTS
from slasync.connectors.marketo.errors import until_midnight
from slasync.connectors.marketo.positions import (
    SPAN,
    Job,
    Loading,
    beginning,
    encode,
    extract_of,
)
from slasync.errors import Refused, TryLater
from slasync.ports import Answer, Ask, PersonReading
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.marketo import Extract
from tests.connectors.marketo.bench import MONDAY, Bench
from tests.faults.marks import fault

CREATE, FILE = "POST /bulk/v1/leads/export/create.json", "GET /bulk/v1/leads/export/{id}/file.json"


def filled(leads: int, **changes: Any) -> Bench:
    """An instance whose leads were made over some weeks."""
    bench = Bench(**changes)
    bench.marketo.load(_rows(leads))
    return bench


def _rows(leads: int) -> list[Mapping[str, Any]]:
    return [
        {
            "email": f"p{n}@example.com",
            "lastName": f'Lee "{n}",\nof two lines',
            "leadScore": n % 100,
            "createdAt": (MONDAY - timedelta(minutes=n % 40_000 + 1)).isoformat(),
        }
        for n in range(leads)
    ]


def the_names(pages: list[Answer]) -> list[str]:
    people = [r for page in pages for r in page.readings if isinstance(r, PersonReading)]
    return [str(person.email) for person in people]


def test_everybody_is_read_once_whatever_stands_in_a_cell() -> None:
    bench = filled(3_000)

    people = bench.people()

    assert len(people) == 3_000
    one = next(p for p in people.values() if p.email == "p7@example.com")
    assert one.fields["last_name"] == 'Lee "7",\nof two lines'
    assert one.fields["score"] == 7


def test_how_far_a_load_has_come_is_told_by_its_extracts() -> None:
    oldest, upto = date(2026, 1, 1), beginning(date(2026, 3, 2)) + timedelta(hours=9)
    third = [(beginning(oldest) + n * SPAN).isoformat() for n in range(3)]
    job = Job("x", third[1], third[2])

    assert extract_of(None, oldest, upto) == (1, 3)
    assert extract_of(encode(Loading(third[2], (job,))), oldest, upto) == (2, 3)
    assert extract_of(encode(Loading(third[2])), oldest, upto) == (3, 3)
    assert extract_of(encode(Loading("")), oldest, upto) == (3, 3)


def test_months_are_read_one_after_the_other_from_the_oldest_day_on() -> None:
    bench = filled(10, changes={"oldest": date(2025, 9, 1)})

    bench.whole()

    spans = [
        r.json()["filter"]["createdAt"] for r in bench.requests if r.path.endswith("create.json")
    ]
    assert spans[0]["startAt"] == "2025-09-01T00:00:00Z"
    assert [s["startAt"] for s in spans[1:]] == [s["endAt"] for s in spans[:-1]]
    assert spans[-1]["endAt"] == "2026-03-02T09:00:00Z"
    assert len(spans) == 7


def test_no_more_jobs_are_under_way_than_configured() -> None:
    bench = filled(10, changes={"oldest": date(2025, 1, 1), "jobs": 3})

    pages = bench.whole()

    under_way = [page.position.count('"id"') for page in pages if page.position]
    assert max(under_way) == 3


def test_what_marketo_prepares_is_waited_for_and_is_no_failure() -> None:
    bench = filled(10)

    waits = [page.wait for page in bench.whole() if page.wait]

    assert waits
    assert set(waits) == {timedelta(seconds=60)}  # Marketo itself looks no more often


def test_a_lead_says_what_it_said_when_its_file_was_begun() -> None:
    bench = filled(1)
    started = bench.driven.now()

    [person] = bench.people().values()

    assert started <= person.modified_at <= bench.driven.now()
    assert person.since == person.created_at == MONDAY - timedelta(minutes=1)


def test_what_changed_while_a_load_waited_for_its_file_is_not_as_old_as_the_load() -> None:
    """A simulated day: a score that rose meanwhile was dated by the beginning of the load."""
    bench = Bench()
    number = bench.lead(leadScore=55)
    begun = bench.driven.now()
    risen = bench.wait(minutes=10)
    bench.marketo.score(number, 55)

    pages = bench.whole(upto=begun + timedelta(minutes=1))
    [person] = [each for page in pages for each in page.readings]

    assert isinstance(person, PersonReading)
    assert (person.fields["score"], person.since) == (110, risen)


def test_a_lead_without_a_value_has_none_and_not_the_word_null() -> None:
    bench = Bench()
    bench.marketo.load([{"email": "a@example.com"}])

    [person] = bench.people().values()

    assert person.fields["last_name"] is None
    assert person.fields["score"] is None


def test_a_file_is_read_in_parts_that_end_with_a_row() -> None:
    bench = filled(200, changes={"part": 1_000})

    names = the_names(bench.whole())

    assert sorted(names) == sorted(f"p{n}@example.com" for n in range(200))
    assert bench.marketo.calls[FILE] > 10


def test_a_row_longer_than_a_part_is_read_all_the_same() -> None:
    bench = Bench(changes={"part": 64})
    bench.marketo.load([{"email": "a@example.com", "lastName": "x" * 200}])

    [person] = bench.people().values()

    assert person.fields["last_name"] == "x" * 200


@fault("V20")
@pytest.mark.parametrize("killed_after", range(0, 28, 3))
def test_a_load_goes_on_after_a_kill_at_any_point(killed_after: int) -> None:
    bench = filled(150, changes={"part": 2_000})
    ask, names = Ask(CONTACTS, bench.driven.now()), list[str]()
    for step in range(200):
        if step == killed_after:
            bench.restart()
        answer = bench.page(ask)
        names += the_names([answer])
        if answer.wait is not None:
            bench.wait(seconds=answer.wait.total_seconds())
        elif answer.position is None:
            break
        assert (answer.position, answer.wait) != (ask.position, None), "the same page twice"
        ask = replace(ask, position=answer.position)

    assert set(names) == {f"p{n}@example.com" for n in range(150)}
    assert bench.marketo.calls[CREATE] <= 3  # at most one job is made in vain


def the_rest(bench: Bench, ask: Ask) -> list[str]:
    """Read on to the end; return who was read."""
    names = list[str]()
    for _ in range(60):
        answer = bench.page(ask)
        names += the_names([answer])
        if answer.position is None:
            return names
        if answer.wait:
            bench.wait(seconds=answer.wait.total_seconds())
        ask = replace(ask, position=answer.position)
    raise AssertionError("it finds no end")


@fault("V20")
@pytest.mark.parametrize("minutes", [0, 1, 60])
@pytest.mark.parametrize("failing", [0, 1])
def test_a_job_queued_just_before_a_kill_is_read_whatever_became_of_it_since(
    minutes: int, failing: int
) -> None:
    bench = filled(5)
    struck = Rule(Kind.ROW_REFUSED, path="marketo/export", times=failing)
    bench.world.faults.switch_on(struck)
    ask = Ask(CONTACTS, bench.driven.now())
    made = replace(ask, position=bench.page(ask).position)
    bench.page(made)  # queued, and nobody has noted it
    bench.restart()
    bench.wait(minutes=minutes)

    assert sorted(the_rest(bench, made)) == [f"p{n}@example.com" for n in range(5)]
    assert bench.marketo.calls[CREATE] == 1 + failing


def test_a_job_that_marketo_will_not_queue_is_told_and_not_waited_for() -> None:
    def refuse(request: Request, answer: Response) -> Response:
        told = {"success": False, "errors": [{"code": "1003", "message": "no such filter"}]}
        if request.path.endswith("enqueue.json"):
            return json_response(200, told)
        return replace(answer, body=answer.body.replace(b'"Queued"', b'"Created"'))

    bench = filled(5)
    bench.tamper = refuse

    ask = Ask(CONTACTS, bench.driven.now())
    made = replace(ask, position=bench.page(ask).position)
    (answer,) = bench.source.read([made])

    assert isinstance(answer.error, Refused)
    assert "no such filter" in str(answer.error)


def test_a_job_that_failed_is_made_again() -> None:
    bench = filled(5)
    bench.world.faults.switch_on(Rule(Kind.ROW_REFUSED, path="marketo/export", times=1))

    assert len(bench.people()) == 5
    assert bench.marketo.calls[CREATE] == 2


def test_a_job_that_fails_again_and_again_is_told_with_its_leads() -> None:
    bench = filled(5)
    bench.world.faults.switch_on(Rule(Kind.ROW_REFUSED, path="marketo/export"))

    with pytest.raises(TryLater, match=r"made from 2026-02-01.* failed 4 times: Failed"):
        bench.whole()


def test_a_file_without_its_sum_is_not_believed() -> None:
    bench, spoilt = filled(5), list[Request]()

    def spoil(request: Request, answer: Response) -> Response:
        if spoilt or not request.path.endswith("file.json"):
            return answer
        spoilt.append(request)
        return replace(answer, body=answer.body.replace(b"p3@", b"p9@"))

    bench.tamper = spoil

    people = bench.people()

    assert {str(p.email) for p in people.values()} == {f"p{n}@example.com" for n in range(5)}
    assert bench.marketo.calls[CREATE] == 2


def test_a_file_that_comes_later_than_the_job_says_is_waited_for() -> None:
    bench = filled(5, options={"extract": Extract(file_after=timedelta(seconds=90))})

    assert len(bench.people()) == 5


def test_a_file_that_is_kept_no_longer_is_made_again() -> None:
    bench = filled(5)
    ask = Ask(CONTACTS, bench.driven.now())
    while (answer := bench.page(ask)).wait is None:
        ask = replace(ask, position=answer.position)
    bench.wait(days=8)
    ask = replace(ask, position=answer.position, upto=bench.driven.now())

    assert sorted(the_rest(bench, ask)) == [f"p{n}@example.com" for n in range(5)]


@fault("V3")
def test_when_the_bytes_of_the_day_are_used_up_it_waits_for_the_next_one() -> None:
    bench = filled(5, options={"extract": Extract(daily_bytes=0)})
    ask = Ask(CONTACTS, bench.driven.now())

    answer = bench.page(ask)

    assert answer.wait == until_midnight(bench.driven.now())
    assert answer.wait.total_seconds() == pytest.approx(21 * 3600 + 5)  # 9:00 UTC is 3:00 there


@fault("V17")
def test_a_part_that_is_cut_short_is_not_taken_in() -> None:
    def cut(request: Request, answer: Response) -> Response:
        short = request.path.endswith("file.json") and answer.status == 206
        return replace(answer, body=answer.body[:-3]) if short else answer

    bench = filled(5)
    bench.tamper = cut

    with pytest.raises(TryLater, match="cut short"):
        bench.whole()


def test_a_thousand_leads_cost_few_calls() -> None:
    bench = filled(20_000)

    bench.whole()

    calls = sum(bench.marketo.calls.values())
    assert calls * 1_000 / 20_000 <= 3.4
