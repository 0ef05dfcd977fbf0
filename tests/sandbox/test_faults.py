"""Every kind of fault, in process and over real sockets."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from slasync.sandbox.connection import Limits
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import NoAnswer, Request, Reset, Response, TimedOut
from slasync.sandbox.server import Server
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WRITES = "^(POST /crm/v3/objects|POST /services/data/.*/sobjects)"
SYSTEMS = ("hubspot", "salesforce")


class Bench:
    """Both systems on a driven clock, and one write for each."""

    def __init__(self) -> None:
        self.clock = Driven(MONDAY)
        self.town: Town = build(World(self.clock.now))
        self.world = self.town.world
        self.session = self._log_in()

    def switch_on(self, kind: Kind, path: str = WRITES, delay: timedelta = MINUTE) -> None:
        self.world.faults.switch_on(Rule(kind, path, delay=delay))

    def request(self, system: str, base: str = "http://127.0.0.1") -> Request:
        if system == "hubspot":
            token = self.town.hubspot.credentials()["access_token"]
            path, body = "/crm/v3/objects/contacts", b'{"properties":{"email":"a@x.example"}}'
        else:
            token, path = self.session, "/services/data/v62.0/sobjects/Lead"
            body = b'{"LastName":"L","Company":"C"}'
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return Request("POST", base + path, headers, body)

    def handle(self, system: str, request: Request) -> Response:
        vendor = self.town.hubspot if system == "hubspot" else self.town.salesforce
        return vendor.handle(request)

    def send(self, system: str) -> Response:
        return self.handle(system, self.request(system))

    def applied(self, system: str) -> int:
        name = "contacts" if system == "hubspot" else "Lead"
        return len(self.world.journal.writes(system, name, "create"))

    def _log_in(self) -> str:
        told = self.town.salesforce.credentials()
        form = f"grant_type=client_credentials&client_id={told['client_id']}"
        form += f"&client_secret={told['client_secret']}"
        url = "http://127.0.0.1/services/oauth2/token"
        answer = self.town.salesforce.handle(Request("POST", url, {}, form.encode()))
        return str(answer.json()["access_token"])


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(bench: Bench, system: str) -> Iterator[Server]:
    limits = Limits(silence=20)
    with Server(lambda request: bench.handle(system, request), limits=limits) as running:
        yield running


def over_http(bench: Bench, system: str, server: Server) -> httpx.Response:
    request = bench.request(system, server.url)
    with httpx.Client(timeout=0.4) as client:
        return client.post(request.url, content=request.body, headers=dict(request.headers))


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [(Kind.TOO_MANY, {"hubspot": 429, "salesforce": 403}), (Kind.SERVER_ERROR, {})],
)
def test_a_refusal_is_worded_by_the_vendor_and_applies_nothing(
    bench: Bench, system: str, server: Server, kind: Kind, statuses: dict[str, int]
) -> None:
    bench.switch_on(kind)

    inside, outside = bench.send(system), over_http(bench, system, server)

    assert inside.status == outside.status_code == statuses.get(system, 503)
    assert isinstance(inside.json(), list if system == "salesforce" else dict)
    assert set(inside.json()[0] if system == "salesforce" else inside.json()) == set(
        outside.json()[0] if system == "salesforce" else outside.json()
    )
    assert bench.applied(system) == 0


UNANSWERED: list[tuple[Kind, type[NoAnswer], type[httpx.HTTPError], int]] = [
    (Kind.TIMEOUT_BEFORE, TimedOut, httpx.ReadTimeout, 0),
    (Kind.TIMEOUT_AFTER, TimedOut, httpx.ReadTimeout, 1),
    (Kind.RESET_AFTER, Reset, httpx.ReadError, 1),
]


@pytest.mark.parametrize(("kind", "inside", "_", "applied"), UNANSWERED)
def test_in_process_a_request_can_stay_without_an_answer(
    system: str, kind: Kind, inside: type[NoAnswer], _: object, applied: int
) -> None:
    bench = Bench()
    bench.switch_on(kind)

    with pytest.raises(inside):
        bench.send(system)

    assert bench.applied(system) == applied


@pytest.mark.parametrize(("kind", "_", "outside", "applied"), UNANSWERED)
def test_a_client_without_an_answer_cannot_tell_whether_it_was_applied(
    system: str, kind: Kind, _: object, outside: type[httpx.HTTPError], applied: int
) -> None:
    bench = Bench()
    bench.switch_on(kind)

    with Server(lambda request: bench.handle(system, request)) as server:
        with pytest.raises(outside):
            over_http(bench, system, server)
        assert bench.applied(system) == applied


def test_a_late_write_takes_effect_after_the_client_gave_up(
    bench: Bench, system: str, server: Server
) -> None:
    bench.switch_on(Kind.LATE, delay=5 * MINUTE)

    with pytest.raises(httpx.ReadTimeout):
        over_http(bench, system, server)

    assert bench.applied(system) == 0
    pass_time(bench.clock, bench.world.agenda, MONDAY + 5 * MINUTE)
    assert bench.applied(system) == 1


def test_an_html_page_comes_with_200_and_applies_nothing(
    bench: Bench, system: str, server: Server
) -> None:
    bench.switch_on(Kind.HTML)

    inside, outside = bench.send(system), over_http(bench, system, server)

    assert inside.status == outside.status_code == 200
    assert outside.headers["content-type"].startswith("text/html")
    assert inside.body == outside.content
    assert bench.applied(system) == 0


def test_a_truncated_body_is_no_json_although_the_write_took_effect(
    bench: Bench, system: str, server: Server
) -> None:
    bench.switch_on(Kind.TRUNCATED)

    answer = over_http(bench, system, server)

    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert answer.status_code == 201
    assert bench.applied(system) == 1


def test_a_session_that_is_ended_is_answered_by_401(bench: Bench) -> None:
    bench.switch_on(Kind.TOKEN_EXPIRED, "POST /services/data")

    answer = bench.send("salesforce")

    assert (answer.status, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert bench.applied("salesforce") == 0
    bench.world.faults.switch_off()
    assert bench.send("salesforce").status == 401
    bench.session = bench._log_in()  # noqa: SLF001 - its own
    assert bench.send("salesforce").status == 201


@pytest.mark.parametrize("kind", [Kind.ROW_REFUSED, Kind.ROW_LOCKED])
def test_one_row_of_a_batch_fails_and_the_others_do_not(
    bench: Bench, system: str, kind: Kind
) -> None:
    rows = [{"email": f"{n}@x.example"} for n in range(40)]
    bench.world.faults.switch_on(Rule(kind, f"{system}/", probability=0.3))
    if system == "hubspot":
        path = "/crm/v3/objects/contacts/batch/create"
        traced = [{"properties": row, "objectWriteTraceId": row["email"]} for row in rows]
        body = json.dumps({"inputs": traced}).encode()
    else:
        path = "/services/data/v62.0/composite/sobjects"
        lead = {"attributes": {"type": "Lead"}, "LastName": "L", "Company": "C"}
        body = json.dumps({"allOrNone": False, "records": [lead for _ in rows]}).encode()
    asked = bench.request(system)

    answer = bench.handle(system, Request("POST", f"http://127.0.0.1{path}", asked.headers, body))

    if system == "hubspot":
        assert answer.status == 207
        assert len(answer.json()["results"]) == bench.applied(system)
    else:
        assert sum(row["success"] for row in answer.json()) == bench.applied(system)
    assert 0 < bench.applied(system) < 40


def test_a_row_that_commits_late_is_invisible_to_readers_until_then(
    bench: Bench, system: str
) -> None:
    bench.world.faults.switch_on(Rule(Kind.LATE_VISIBLE, f"{system}/", delay=5 * MINUTE))
    assert bench.send(system).status == 201
    asked = bench.request(system)
    path = "/crm/v3/objects/contacts"
    if system == "salesforce":
        path = "/services/data/v62.0/query?q=SELECT+Id+FROM+Lead"

    def seen() -> int:
        answer = bench.handle(system, Request("GET", f"http://127.0.0.1{path}", asked.headers))
        return len(answer.json()["results" if system == "hubspot" else "records"])

    assert seen() == 0
    pass_time(bench.clock, bench.world.agenda, MONDAY + 6 * MINUTE)
    assert seen() == 1


def test_a_fault_strikes_only_the_paths_it_names_and_only_so_often(bench: Bench) -> None:
    bench.world.faults.switch_on(Rule(Kind.SERVER_ERROR, WRITES, times=2))

    statuses = [bench.send("salesforce").status for _ in range(4)]

    assert statuses == [503, 503, 201, 201]
