"""First loads by Bulk API 2.0: the same readings as by REST, resumable, in few calls."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.salesforce import build_connector
from slasync.connectors.salesforce.bulk import BulkReader, Place, first_load, place
from slasync.connectors.salesforce.soql import Table
from slasync.connectors.salesforce.streams import streams
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Ask, PersonReading, Position, Reading, Rejected
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response
from slasync.sandbox.server import Server
from slasync.systems import AccountsConfig, FieldMapping
from tests.builders import MONDAY
from tests.connectors.contract_source import read_all
from tests.connectors.salesforce.org import OrgRig, a_config
from tests.faults.marks import fault

LEADS = "salesforce.leads"
RESULTS = "/results"
QUARTER_HOUR = timedelta(minutes=15)


@dataclass
class Load:
    """One full reading of a stream, made step by step; `wait` lets the time pass that is asked."""

    rig: OrgRig
    stream: str = LEADS
    rows_a_call: int = 10_000
    upto: datetime | None = None
    position: Position | None = None
    done: bool = False
    readings: list[Reading] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    errors: list[SlasyncError] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upto = self.upto or self.rig.source.vendor_now()
        self.reader = self.fresh()

    def fresh(self) -> BulkReader:
        """Return a reader as a new process has it."""
        transport = self.rig.connector.transport
        return BulkReader(self.rig.config, transport, rows_a_call=self.rows_a_call)

    def step(self) -> None:
        """Ask for one page; keep what it tells, and its error."""
        ask = Ask(self.stream, self.upto or MONDAY, position=self.position)
        try:
            answer = self.reader.read(ask, streams(self.rig.config)[self.stream])
        except TryLater as error:
            self.errors.append(error)
            return
        if answer.error is not None:
            self.errors.append(answer.error)
            return
        if answer.wait is not None:
            assert answer.position == self.position
            assert not answer.readings
            self.waits.append(answer.wait)
            return
        self.readings += answer.readings
        self.rejected += answer.rejected
        self.position, self.done = answer.position, answer.position is None

    def wait(self) -> None:
        """Let the time pass that was asked for since the last step, if any was."""
        asked = [*self.waits, *(error.after for error in self.errors)]
        longest = max((each for each in asked if each), default=timedelta(seconds=1))
        self.rig.clock.advance(longest.total_seconds())

    def until(self, enough: Callable[["Load"], bool]) -> "Load":
        for _ in range(500):
            if self.done or enough(self):
                return self
            errors, waits = [*self.errors], [*self.waits]
            self.errors, self.waits = [], []
            self.step()
            if self.errors or self.waits:
                self.wait()
            self.errors, self.waits = errors + self.errors, waits + self.waits
        raise AssertionError("the load does not end")

    def whole(self) -> "Load":
        return self.until(lambda _: False)

    @property
    def place(self) -> Place:
        return place(self.position) or Place()

    @property
    def names(self) -> list[str]:
        return [str(r.fields["last_name"]) for r in self.readings if isinstance(r, PersonReading)]


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    yield from a_rig()


@pytest.fixture
def small() -> Iterator[OrgRig]:
    """An org with ten leads; pages hold three rows."""
    for rig in a_rig(page_size=3):
        put(rig, 10)
        yield rig


def a_rig(**changed: Any) -> Iterator[OrgRig]:
    rig = OrgRig(changed=changed)
    yield rig
    rig.close()


def put(rig: OrgRig, count: int) -> None:
    rows = [{"LastName": f"N{n}", "Company": "Initech"} for n in range(count)]
    rig.org.load("Lead", rows, rig.org.admin_id)


def loaded(rig: OrgRig, **given: Any) -> Load:
    return Load(rig, **given).whole()


def expected(count: int) -> list[str]:
    return [f"N{n}" for n in range(count)]


# -- the same as by REST


def a_town(rig: OrgRig, count: int) -> None:
    """Fill the org with leads of every kind: odd text, empty fields, numbers, flags, deleted."""
    rep = rig.rep()
    odd = ['O"Neil', "a,b", "one\ntwo", "one\r\ntwo", " spaced ", "\u2028\u0085", "Ümläut", "#N/A"]
    for n in range(count):
        fields: dict[str, Any] = {
            "LastName": odd[n % len(odd)], "Company": f"Company {n}", "OwnerId": rep,
            "Email": f"p{n}@x.example" if n % 3 else None,
            "NumberOfEmployees": n if n % 4 else None,
            "AnnualRevenue": n * 1.5 if n % 5 else None,
            "DoNotCall": n % 2 == 0,
            "Slasync_Stale_Since__c": "2026-11-02T08:30:00.000+0000" if n % 7 == 0 else None,
            "Slasync_Lead_Key__c": f"salesforce:lead:{n}" if n % 11 == 0 else None,
        }  # fmt: skip
        made = rig.org.create("Lead", {k: v for k, v in fields.items() if v is not None}, rep)
        if n % 97 == 0:
            rig.org.delete("Lead", made, rep)
        elif n % 89 == 0:
            rig.org.convert_lead(made, rep, with_opportunity=True)
        if n % 500 == 0:
            rig.clock.advance(1)


def mapped() -> dict[str, Any]:
    """Map fields of every type, also to text."""
    base = OrgRig().config.lead_fields
    further = (
        FieldMapping("do_not_call", "DoNotCall"), FieldMapping("revenue", "AnnualRevenue"),
    )  # fmt: skip
    return {"lead_fields": (*base, *further)}


def test_five_thousand_leads_are_read_row_by_row_as_by_rest() -> None:
    for rig in a_rig(**mapped()):
        a_town(rig, 5_000)
        by_bulk = {each.ref: each for each in loaded(rig, rows_a_call=2_100).readings}
        by_rest = {each.ref: each for each in read_all(rig, "leads")}
        assert len(by_bulk) == 5_000
        for ref, reading in by_rest.items():
            assert by_bulk[ref] == reading
            assert typed(by_bulk[ref].raw) == typed(reading.raw)


def typed(raw: Any) -> dict[str, str]:
    """Tell the types of a row's values; whole numbers of REST may be floats in a file."""
    kinds = {name: type(value).__name__ for name, value in raw.items()}
    return {name: "number" if kind in {"int", "float"} else kind for name, kind in kinds.items()}


def test_every_other_stream_is_read_as_by_rest() -> None:
    for rig in a_rig(accounts=AccountsConfig()):
        a_town(rig, 100)
        rep = rig.rep()
        [first, second, *_] = [
            row["Id"] for row in rig.org.rows("Lead") if not row.get("IsConverted")
        ]
        rig.org.merge_leads(first, [second], rep)
        rig.org.log_call(first, rep, Description='said:\n"yes"')
        rig.org.log_meeting(first, rep)
        rig.org.update("Lead", first, {"Status": "Working - Contacted"}, rep)
        for name in streams(rig.config):
            by_bulk = loaded(rig, stream=name)
            by_rest = read_all(rig, name.partition(".")[2])
            assert by_rest, name
            assert same(by_bulk.readings) == same(by_rest), name


def same(readings: list[Reading]) -> list[str]:
    return sorted(repr(each).replace(".0", "") for each in readings)


# -- few calls


@pytest.mark.parametrize(("count", "most"), [(5_000, 1.0), (20_000, 0.3)])
def test_calls_for_a_thousand_leads(rig: OrgRig, count: int, most: float) -> None:
    put(rig, count)
    before = rig.calls(Lane.READ)
    assert len(loaded(rig).readings) == count
    assert (rig.calls(Lane.READ) - before) / (count / 1_000) <= most


def test_a_part_is_fetched_once_however_many_pages_it_makes(small: OrgRig) -> None:
    load = loaded(small)
    assert load.names == expected(10)
    assert len([r for r in small.adapter.sent if RESULTS in r.url]) == 1


@fault("V21")
def test_the_streams_rows_end_where_the_pass_began(small: OrgRig) -> None:
    load = Load(small)
    small.clock.advance(60)
    put(small, 1)
    assert load.whole().names == expected(10)


def test_a_query_asks_for_all_rows_up_to_the_start_of_the_pass() -> None:
    ask = Ask(LEADS, MONDAY)
    assert first_load(Table("Lead"), ["Id"], ask, "") == (
        "SELECT Id FROM Lead WHERE SystemModstamp <= 2026-03-02T09:00:00Z ORDER BY Id"
    )
    table = Table("Event", condition="IsChild = false", also="StartDateTime")
    assert first_load(table, ["Id"], ask, "00U'1") == (
        "SELECT Id FROM Event WHERE IsChild = false AND (SystemModstamp <= 2026-03-02T09:00:00Z"
        " OR StartDateTime <= 2026-03-02T09:00:00Z) AND Id > '00U\\'1' ORDER BY Id"
    )
    unbounded = Table("User", bounded=False)
    assert first_load(unbounded, ["Id"], ask, "") == "SELECT Id FROM User ORDER BY Id"


# -- resumable


@pytest.mark.parametrize("rows_a_call", [1, 3, 4, 5, 10, 20])
def test_a_load_goes_on_in_a_new_process_from_any_place(small: OrgRig, rows_a_call: int) -> None:
    load = Load(small, rows_a_call=rows_a_call)
    while not load.done:
        load.reader = load.fresh()
        load.step()
        if load.waits:
            load.wait()
    assert load.names == expected(10)


def test_a_page_read_again_is_the_same(small: OrgRig) -> None:
    load = Load(small, rows_a_call=4).until(lambda load: bool(load.readings))
    position, seen = load.position, len(load.readings)
    load.step()
    once = load.readings[seen:]
    load.position = position
    load.step()
    assert once
    assert load.readings[seen + len(once) :] == once


@fault("V20")
@pytest.mark.parametrize("rows_a_call", [2, 10])
@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_a_job_that_is_gone_is_replaced_from_the_id_reached(
    small: OrgRig, rows_a_call: int, pages: int
) -> None:
    load = Load(small, rows_a_call=rows_a_call)
    load.until(lambda load: bool(load.place.job) and len(load.readings) >= 3 * pages)
    job = load.place.job
    small.clock.advance(60)
    if load.done:
        return
    load.reader.close()
    delete_job(small, job)
    load.whole()
    assert load.names == expected(10)
    assert not any(isinstance(error, Refused) for error in load.errors)


def delete_job(rig: OrgRig, job: str) -> None:
    answer = rig.connector.transport.answer(Lane.READ, "DELETE", f"jobs/query/{job}")
    assert answer.status_code == 204


def test_a_load_taken_up_after_the_results_expired_loses_nothing(small: OrgRig) -> None:
    load = Load(small, rows_a_call=4).until(lambda load: len(load.readings) >= 4)
    small.clock.advance(timedelta(days=30).total_seconds())
    load.reader = load.fresh()
    assert load.whole().names == expected(10)


def test_rows_out_of_order_are_read_again_when_their_job_is_gone(small: OrgRig) -> None:
    def reversed_rows(request: Request, answer: Response) -> Response:
        if RESULTS not in request.url or answer.status != 200:
            return answer
        header, *rows = answer.body.splitlines(keepends=True)
        return Response(answer.status, answer.headers, b"".join([header, *rows[::-1]]))

    small.tamper = reversed_rows
    load = Load(small).until(lambda load: len(load.readings) >= 6)
    small.tamper = lambda _, answer: answer
    load.reader.close()
    delete_job(small, load.place.job)
    assert set(load.whole().names) == set(expected(10))


def test_a_position_of_rest_is_none_of_a_load(small: OrgRig) -> None:
    [answer] = small.source.read([Ask(LEADS, small.source.vendor_now())])
    assert place(answer.position) is None
    with pytest.raises(ValueError, match="begun by REST"):
        BulkReader(small.config, small.connector.transport).read(
            Ask(LEADS, MONDAY, position=answer.position), streams(small.config)[LEADS]
        )


# -- while the job is at work, and when it fails


def test_while_the_job_is_at_work_the_stream_waits_and_nothing_is_wrong(small: OrgRig) -> None:
    load = Load(small)
    load.step()
    load.step()
    assert load.waits == [timedelta(seconds=5)]
    assert load.errors == []


def test_a_job_that_takes_long_is_looked_at_more_and_more_seldom(small: OrgRig) -> None:
    def at_work(request: Request, answer: Response) -> Response:
        if request.method != "GET" or "/jobs/query/" not in request.url or answer.status != 200:
            return answer
        body = json.dumps(answer.json() | {"state": "InProgress"}).encode()
        return Response(200, answer.headers, body)

    small.tamper = at_work
    hour = small.clock.now() + timedelta(hours=1)
    load = Load(small).until(lambda load: load.rig.clock.now() > hour)
    looks = [r for r in small.adapter.sent if "/jobs/query/" in r.url]
    assert 60 <= len(looks) <= 80
    small.tamper = lambda _, answer: answer
    assert load.whole().names == expected(10)


def fail_jobs(rig: OrgRig, message: str) -> None:
    def tamper(request: Request, answer: Response) -> Response:
        if request.method != "GET" or "/jobs/query/" not in request.url or answer.status != 200:
            return answer
        body = answer.json() | {"state": "Failed", "errorMessage": message}
        return Response(200, answer.headers, json.dumps(body).encode())

    rig.tamper = tamper


def test_a_failed_job_is_begun_again_ever_more_slowly_and_says_why(small: OrgRig) -> None:
    fail_jobs(small, "The query timed out")
    load = Load(small).until(lambda load: load.rig.clock.now() > MONDAY + timedelta(days=1))
    begun = [r for r in small.adapter.sent if r.method == "POST" and "/jobs/query" in r.url]
    assert 5 <= len(begun) <= 12
    assert "ended as Failed: The query timed out; another is begun at" in str(load.errors[-1])
    small.tamper = lambda _, answer: answer
    assert load.whole().names == expected(10)
    assert load.place.tries == 0


def test_a_job_that_an_admin_aborts_is_begun_again(small: OrgRig) -> None:
    load = Load(small)
    load.step()
    path = f"jobs/query/{load.place.job}"
    small.connector.transport.call(Lane.READ, "PATCH", path, {"state": "Aborted"})
    assert load.whole().names == expected(10)


def test_the_days_jobs_used_up_hold_back_this_stream_alone(small: OrgRig) -> None:
    small.org.bulk.queries.most = 0
    load = Load(small)
    load.step()
    [error] = load.errors
    assert isinstance(error, TryLater)
    assert error.after == QUARTER_HOUR
    assert "Max bulk v2 query jobs" in str(error)
    small.org.bulk.queries.most = 5
    assert load.whole().names == expected(10)


# -- what goes wrong on the way


@fault("V13", "V16", "V17")
@pytest.mark.parametrize(
    "kind",
    [
        Kind.TRUNCATED, Kind.HTML, Kind.TIMEOUT_BEFORE, Kind.RESET_AFTER, Kind.SERVER_ERROR,
        Kind.TOO_MANY, Kind.TOKEN_EXPIRED,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["POST .*jobs/query", "GET .*jobs/query/[^/]*$", RESULTS, "describe"]
)
def test_an_answer_that_is_lost_or_broken_costs_no_row(
    small: OrgRig, kind: Kind, path: str
) -> None:
    load = Load(small, rows_a_call=4)
    rule = Rule(kind, path, times=1 if kind is Kind.TOKEN_EXPIRED else 3)
    small.world.faults.switch_on(rule)
    assert load.whole().names == expected(10)
    assert small.world.faults.fired[rule] > 0


@fault("V17")
@pytest.mark.parametrize("cut", range(1, 60))
def test_a_file_cut_anywhere_gives_no_wrong_row(small: OrgRig, cut: int) -> None:
    def cut_off(request: Request, answer: Response) -> Response:
        if RESULTS not in request.url:
            return answer
        return Response(200, answer.headers, answer.body[: -cut * 7])

    load = Load(small)
    load.until(lambda load: load.place.ready or bool(load.errors))
    small.tamper = cut_off
    load.step()
    small.clock.advance(5)
    load.step()
    small.tamper = lambda _, answer: answer
    assert load.whole().names == expected(10)


def test_an_ended_permission_stops_the_load(small: OrgRig) -> None:
    load = Load(small)
    load.step()
    small.clock.advance(10)
    body = json.dumps([{"errorCode": "API_DISABLED_FOR_ORG", "message": "off"}]).encode()
    small.tamper = lambda _, answer: Response(403, answer.headers, body)
    with pytest.raises(Stopped, match="this edition has no API"):
        load.step()


@pytest.mark.parametrize(
    ("header", "value"),
    [("Sforce-NumberOfRecords", "11"), ("Sforce-NumberOfRecords", "9"), ("Sforce-Locator", "")],
)
def test_a_file_that_does_not_hold_what_its_headers_say_is_not_believed(
    small: OrgRig, header: str, value: str
) -> None:
    def tamper(request: Request, answer: Response) -> Response:
        if RESULTS not in request.url:
            return answer
        headers = tuple((k, value if k == header else v) for k, v in answer.headers)
        return Response(answer.status, headers, answer.body)

    small.tamper = tamper
    load = Load(small).until(lambda load: any("not usable" in str(e) for e in load.errors))
    assert not load.done
    small.tamper = lambda _, answer: answer
    assert load.whole().names == expected(10)


# -- rows and columns


def test_a_row_that_is_not_understood_is_set_aside(small: OrgRig) -> None:
    def broken(request: Request, answer: Response) -> Response:
        if RESULTS not in request.url:
            return answer
        body = answer.body.replace(b'"2026-', b'"20x6-', 1)
        return Response(answer.status, answer.headers, body)

    small.tamper = broken
    load = loaded(small)
    assert load.names == expected(10)[1:]
    [row] = load.rejected
    assert (row.stream, row.raw["LastName"]) == (LEADS, "N0")
    assert "ValueError" in row.reason


def test_an_optional_column_that_is_not_there_is_left_out(rig: OrgRig) -> None:
    rep, lead = rig.rep(), rig.lead()
    rig.log_call(lead, rep)
    rig.org.remove_field("Task", "CompletedDateTime")
    load = loaded(rig, stream="salesforce.tasks")
    assert len(load.readings) == 1
    assert "CompletedDateTime" not in load.readings[0].raw


def test_a_column_that_is_needed_and_not_there_is_told_and_asked_for_again(small: OrgRig) -> None:
    [field_] = [f for f in small.org.org.schema["Lead"].fields.values() if f.name == "LeadSource"]
    small.org.remove_field("Lead", "LeadSource")
    load = Load(small)
    load.step()
    [error] = load.errors
    assert isinstance(error, Refused)
    assert "No such column 'LeadSource'" in str(error)
    small.org.add_field("Lead", field_)
    assert load.whole().names == expected(10)


def test_an_empty_object_is_a_load_without_rows(rig: OrgRig) -> None:
    load = loaded(rig)
    assert (load.readings, load.rejected) == ([], [])


def test_a_reading_since_a_time_is_left_to_rest(small: OrgRig) -> None:
    reader = BulkReader(small.config, small.connector.transport)
    with pytest.raises(ValueError, match="not a full one"):
        reader.read(Ask(LEADS, MONDAY, since=MONDAY), streams(small.config)[LEADS])


def test_two_streams_are_loaded_side_by_side(small: OrgRig) -> None:
    leads, users = Load(small), Load(small, stream="salesforce.users")
    users.reader = leads.reader
    while not (leads.done and users.done):
        for load in (leads, users):
            if not load.done:
                load.step()
        small.clock.advance(3)
    assert leads.names == expected(10)
    assert len(users.readings) == len(read_all(small, "users"))


def test_a_file_comes_over_a_socket_while_its_pages_are_stored(rig: OrgRig) -> None:
    put(rig, 5_000)
    with Server(rig.org.handle) as server:
        rig.org.served_at(server.url)
        rig.connector.close()
        rig.connector = build_connector(a_config(rig.org), Seams(clock=rig.clock))
        rig.source = rig.connector.source
        load = Load(rig, rows_a_call=4_500).until(lambda load: len(load.readings) == 2_000)
        assert load.place.row == 2_000
        assert rig.calls(Lane.READ) == 4  # describe, create, look, results
        assert load.whole().names == expected(5_000)
        assert rig.calls(Lane.READ) == 5
