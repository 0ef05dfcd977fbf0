"""The running sandbox: real sockets, real client libraries, the control endpoint, the command."""

import base64
import hmac
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest
import requests
from click.testing import CliRunner
from hubspot.hubspot import HubSpot
from simple_salesforce.api import Salesforce

from slasync.cli.sandbox import sandbox
from slasync.sandbox.http import Request, Reset
from slasync.sandbox.marketing import Plan
from slasync.sandbox.posting import NotHere, post
from slasync.sandbox.runner import Settings, Up


@pytest.fixture
def up() -> Iterator[Up]:
    with Up(Settings(people=False)) as running:
        yield running


class Caller:
    """A client that knows what `up` printed."""

    def __init__(self, running: Up, client: httpx.Client) -> None:
        self.told = running.describe()
        self.client = client
        self.url = self.told["salesforce"]["url"]

    def control(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.told['control']['token']}"}
        url = f"{self.told['control']['url']}/{path}"
        return self.client.request(method, url, headers=headers, **more)

    def log_in(self) -> str:
        form = {"grant_type": "client_credentials"}
        form |= {n: self.told["salesforce"][n] for n in ("client_id", "client_secret")}
        answer = self.client.post(f"{self.url}/services/oauth2/token", data=form)
        return str(answer.json()["access_token"])

    def create_contact(self, email: str = "a@x.example") -> httpx.Response:
        return self.client.post(
            f"{self.told['hubspot']['url']}/crm/v3/objects/contacts",
            headers={"Authorization": f"Bearer {self.told['hubspot']['access_token']}"},
            json={"properties": {"email": email}},
        )


@pytest.fixture
def caller(up: Up) -> Iterator[Caller]:
    with httpx.Client(timeout=10) as client:
        yield Caller(up, client)


def test_the_hubspot_client_library_works_by_its_base_url(up: Up, caller: Caller) -> None:
    client = HubSpot(access_token=caller.told["hubspot"]["access_token"])
    client.config["host"] = caller.told["hubspot"]["url"]
    api = client.crm.contacts.basic_api
    try:
        made = api.create({"properties": {"email": "a@x.example"}}, _request_timeout=5)
        listed = api.get_page(limit=10, _request_timeout=5)
    finally:
        api.api_client.rest_client.pool_manager.clear()
        api.api_client.close()

    assert [row.id for row in listed.results] == [made.id]
    assert [c["email"] for c in up.town.hubspot.rows("contacts")] == ["a@x.example"]


def test_the_salesforce_client_library_works_over_https(tmp_path: Path) -> None:
    with (
        Up(Settings(tls=True, ca_file=tmp_path / "ca.pem", people=False)) as running,
        httpx.Client(verify=ssl.create_default_context(cafile=tmp_path / "ca.pem")) as client,
        requests.Session() as session,
    ):
        caller = Caller(running, client)
        session.verify = str(tmp_path / "ca.pem")
        session.trust_env = False  # else a bundle named by the environment takes its place
        host = caller.url.removeprefix("https://")
        sf = Salesforce(instance=host, session_id=caller.log_in(), session=session, version="62.0")
        leads: Any = sf.Lead
        made = leads.create({"LastName": "L", "Company": "C", "Email": "a@x.example"})
        found = sf.query_all("SELECT Id, Owner.Name FROM Lead WHERE Email = 'a@x.example'")

    assert made["success"]
    assert [row["Id"] for row in found["records"]] == [made["id"]]
    assert found["records"][0]["Owner"]["Name"] == "Inbound queue"


def test_a_jwt_signed_with_the_printed_key_logs_in(caller: Caller) -> None:
    told = caller.told["salesforce"]
    now = datetime.fromisoformat(caller.control("GET", "now").json()["now"])
    claims = {
        "iss": told["client_id"],
        "sub": told["username"],
        "aud": "https://login.salesforce.com",
        "exp": now + timedelta(minutes=2),
    }
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode(claims, told["private_key"], algorithm="RS256"),
    }
    answer = caller.client.post(f"{caller.url}/services/oauth2/token", data=form)

    assert answer.status_code == 200, answer.text


def test_the_journal_is_read_piece_by_piece(caller: Caller) -> None:
    before = caller.control("GET", "journal").json()
    caller.create_contact()
    after = caller.control("GET", f"journal?since={before['next']}").json()

    assert [(e["system"], e["operation"], e["object"]) for e in after["entries"]] == [
        ("hubspot", "create", "contacts")
    ]
    assert after["entries"][0]["after"]["email"] == "a@x.example"
    assert after["next"] == after["total"] == before["total"] + 1
    assert len(caller.control("GET", "journal?since=1&limit=2").json()["entries"]) == 2


def test_without_the_token_the_control_endpoint_says_nothing(caller: Caller) -> None:
    for headers in ({}, {"Authorization": "Bearer guess"}):
        answer = caller.client.get(f"{caller.told['control']['url']}/journal", headers=headers)
        assert (answer.status_code, set(answer.json())) == (401, {"error"})


def test_the_sandboxs_time_can_be_asked_for(up: Up, caller: Caller) -> None:
    told = caller.control("GET", "now").json()

    assert datetime.fromisoformat(told["now"]) <= up.town.world.now()
    assert told["speed"] == 1


def test_a_fault_strikes_until_it_is_switched_off(caller: Caller) -> None:
    rule = {"kind": "too_many", "path": "POST /crm"}
    assert caller.control("POST", "faults", json=rule).json()["rules"][0]["struck"] == 0
    assert caller.create_contact().status_code == 429
    assert caller.control("GET", "faults").json()["rules"][0]["struck"] == 1

    caller.control("DELETE", "faults")

    assert caller.create_contact().status_code == 201
    assert caller.control("GET", "faults").json() == {"rules": []}


def test_a_fault_of_so_many_times_can_be_switched_on_again(caller: Caller) -> None:
    rule = {"kind": "server_error", "path": "POST /crm", "times": 1}
    seen = []
    for number in range(2):
        caller.control("POST", "faults", json=rule)
        seen += [caller.create_contact(f"{number}{n}@x.example").status_code for n in range(2)]

    assert seen == [503, 201, 503, 201]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"kind": "too_mny"}, "too_mny"),
        ({"kind": "late", "pth": "x"}, "did you mean path?"),
        ({"kind": "late", "path": "("}, "path"),
        ({"kind": "late", "probability": 2}, "probability"),
        ({"kind": "late", "delay": "soon"}, "delay"),
        ("late", "object"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(caller: Caller, rule: Any, said: str) -> None:
    answer = caller.control("POST", "faults", json=rule)

    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_habits_of_people_can_be_changed(up: Up, caller: Caller) -> None:
    change = {"name": "dora", "diligence": 1, "first_answer": 60, "away": ["2026-03-02"]}
    answer = caller.control("POST", "people", json=change)

    told = {p["name"]: p for p in answer.json()["people"]}
    assert (told["dora"]["diligence"], told["dora"]["away"]) == (1.0, ["2026-03-02"])
    dora = next(p for p in up.town.staff.people if p.name == "dora")
    assert dora.habits.first_answer == timedelta(minutes=1)
    assert caller.control("POST", "people", json={"name": "eve"}).status_code == 400
    assert caller.control("POST", "people", json=change | {"converts": 1}).status_code == 400


def test_what_does_not_exist_is_said_to(caller: Caller) -> None:
    answer = caller.control("GET", "jornal")

    assert answer.status_code == 404
    assert "GET /_sandbox/journal" in answer.json()["error"]


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks and keeps them."""

    kept: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


def test_webhooks_are_delivered_with_their_signature() -> None:
    kept: list[tuple[dict[str, str], bytes]] = []
    taking = type("Taking", (Receiver,), {"kept": kept})
    with HTTPServer(("127.0.0.1", 0), taking) as receiver:
        thread = Thread(target=receiver.handle_request)  # one delivery
        thread.start()
        url = f"http://127.0.0.1:{receiver.server_port}/webhooks/hubspot"
        with (
            Up(Settings(people=False, webhook=url, speed=60)) as running,
            httpx.Client() as client,
        ):
            secret = running.describe()["hubspot"]["webhook_secret"]
            Caller(running, client).create_contact()
            thread.join(20)

    (headers, body), *_ = kept
    signed = f"POST{url}{body.decode()}{headers['X-HubSpot-Request-Timestamp']}"
    digest = hmac.digest(secret.encode(), signed.encode(), "sha256")
    assert headers["X-HubSpot-Signature-v3"] == base64.b64encode(digest).decode()
    assert {event["subscriptionType"] for event in json.loads(body)} >= {"contact.creation"}


def test_a_receiver_that_is_not_there_gives_no_answer() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/hook"

        with pytest.raises(Reset):
            post(Request("POST", url, {}, b"[]"))


def test_webhooks_leave_for_this_machine_only() -> None:
    with pytest.raises(NotHere):
        Up(Settings(webhook="http://crm.example/hook"))


def test_contacts_arrive_and_reps_work_by_themselves() -> None:
    with Up(Settings(speed=60, contacts_a_day=50_000)) as running:
        journal = running.town.world.journal
        for _ in range(200):
            if journal.writes("hubspot", "contacts", "create"):
                break
            running.stopped.wait(0.05)

        assert journal.writes("hubspot", "contacts", "create")


def test_a_port_that_is_taken_ends_the_start_with_nothing_left_open(up: Up) -> None:
    taken = int(up.describe()["hubspot"]["url"].rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Up(Settings(port_hubspot=taken))


def a_command(*words: str) -> "subprocess.Popen[str]":
    code = "from slasync.cli.sandbox import sandbox; sandbox()"
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_one_line_and_serves_until_a_signal(number: int, tmp_path: Path) -> None:
    with a_command("up", "--json", "--ca", str(tmp_path / "ca.pem")) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        trusting = ssl.create_default_context(cafile=told["ca_file"])
        with httpx.Client(verify=trusting) as client:
            answer = client.get(f"{told['salesforce']['url']}/services/data")
        process.send_signal(number)
        rest = process.stdout.read()

    assert answer.status_code == 200
    assert (process.returncode, rest) == (0, "")


def test_a_file_is_loaded_into_a_running_sandbox(up: Up, tmp_path: Path) -> None:
    files = a_load(tmp_path, up, "mail,name\na@x.example,Ann\nb@x.example,Bob\n")

    answer = CliRunner().invoke(sandbox, ["load", *files, "--json"])

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output) == {"rows": 2, "created": 2, "updated": 0}
    assert [c["firstname"] for c in up.town.hubspot.rows("contacts")] == ["Ann", "Bob"]


def test_what_is_wrong_with_a_load_is_told_at_once_with_code_2(up: Up, tmp_path: Path) -> None:
    files = a_load(tmp_path, up, "mial,name\na@x.example,Ann\n", field="firstnam")

    answer = CliRunner().invoke(sandbox, ["load", *files])

    assert answer.exit_code == 2
    assert f"{tmp_path}/map.yaml:4:24: columns.name: contacts has no field 'firstnam'" in (
        answer.stderr
    )
    assert f"{tmp_path}/rows.csv:1: column 1: 'mial' is not in the map" in answer.stderr
    assert list(up.town.hubspot.rows("contacts")) == []


def test_a_sandbox_that_is_not_there_is_told_with_code_1(up: Up, tmp_path: Path) -> None:
    files = a_load(tmp_path, up, "mail,name\n")
    up.stop()

    answer = CliRunner().invoke(sandbox, ["load", *files])

    assert answer.exit_code == 1
    assert "refused" in answer.stderr


def a_load(folder: Path, running: Up, rows: str, field: str = "firstname") -> list[str]:
    (folder / "rows.csv").write_text(rows)
    (folder / "map.yaml").write_text(
        f"system: hubspot\nobject: contacts\nkey: email\ncolumns: {{mail: email, name: {field}}}\n"
    )
    (folder / "up.json").write_text(json.dumps(running.describe()))
    files = {"--map": "map.yaml", "--to": "up.json"}
    named = [word for option, name in files.items() for word in (option, str(folder / name))]
    return [str(folder / "rows.csv"), *named]


def test_marketo_is_served_with_its_credentials(caller: Caller) -> None:
    told = caller.told["marketo"]
    form = {"grant_type": "client_credentials"}
    form |= {name: told[name] for name in ("client_id", "client_secret")}
    token = caller.client.post(f"{told['url']}/identity/oauth/token", data=form).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}

    fields = caller.client.get(f"{told['url']}/rest/v1/leads/describe2.json", headers=headers)

    names = {field["name"] for field in fields.json()["result"][0]["fields"]}
    assert {"email", "leadScore", "slasyncStage", "slasyncDue"} <= names


def test_faults_strike_marketo_and_its_journal_is_told(up: Up, caller: Caller) -> None:
    up.town.marketo.create({"email": "a@x.example"})
    caller.control("POST", "faults", json={"kind": "server_error", "path": "identity"})

    answer = caller.client.post(f"{caller.told['marketo']['url']}/identity/oauth/token")
    entries = caller.control("GET", "journal").json()["entries"]

    assert answer.status_code in {200, 502}  # in Marketo's own ways to fail
    assert "access_token" not in answer.text
    assert entries[-1]["system"] == "marketo"


def test_contacts_arrive_where_marketing_works() -> None:
    with Up(Settings(people=False, marketing="marketo")) as running:
        hours = running.town.staff.people[0].hours
        now = running.town.world.now()
        running.town.marketing.arrive(Plan(now, timedelta(days=1), 1, hours))

        assert [row["leadScore"] for row in running.town.marketo.rows()] == [0]
        assert list(running.town.hubspot.rows("contacts")) == []


def test_marketos_campaigns_call_a_receiver_with_the_secret_that_is_told() -> None:
    heard: list[tuple[str | None, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["X-Slasync-Secret"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    url = f"http://127.0.0.1:{receiver.server_port}/webhooks/marketo"
    receiver.timeout = 10
    try:
        with Up(Settings(people=False, marketing="marketo", marketo_webhook=url)) as running:
            lead = running.town.marketo.create({"email": "a@x.example"})
            receiver.handle_request()
            secret = running.describe()["marketo"]["webhook_secret"]
    finally:
        receiver.server_close()

    [(given, body)] = heard
    assert given == secret
    assert (body["id"], body["event"]) == (int(lead), "Tell slasync: created")
