"""What listens: nothing by accident, to nobody else, and to nothing that is ambiguous."""

import ast
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.routing import Route

import slasync.connectors.hubspot.signature as signature_module
from slasync.settings.deployment_file import ListenersPart
from slasync.web.health import health_app
from slasync.web.metrics import Metrics
from slasync.web.server import WebServer
from slasync.web.symptoms import Health
from tests.faults.marks import fault
from tests.web.test_webhooks import Kept, a_delivery, an_app, an_event

OPEN_TO_ALL = {
    ("GET", "/livez"): "says only that the process answers",
    ("GET", "/readyz"): "names no person; bind it where monitoring can reach it",
    ("GET", "/metrics"): "as above",
}
SIGNED = {("POST", "/webhooks/hubspot")}


def routes(app: object) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in app.routes  # type: ignore[attr-defined] # an application
        if isinstance(route, Route)
        for method in (route.methods or ())
        if method != "HEAD"
    }


@fault("S19")
def test_every_address_is_open_for_a_reason() -> None:
    health = health_app(lambda: Health(ready=True), Metrics())

    assert routes(an_app(Kept())) == SIGNED
    assert routes(health) == set(OPEN_TO_ALL)


@fault("S16")
def test_what_listens_listens_to_this_machine_only_unless_told_otherwise() -> None:
    listeners = ListenersPart()

    assert listeners.dashboard
    hosts = {listeners.webhooks.host, listeners.health.host, listeners.dashboard.host}
    assert hosts == {"127.0.0.1"}


@fault("S22")
def test_signatures_are_compared_in_equal_time_only() -> None:
    tree = ast.parse(Path(signature_module.__file__).read_text(encoding="utf-8"))
    compared = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and "sign" in ast.unparse(node).lower()
    ]
    called = [ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)]

    assert [c for c in compared if "==" in c and "SIGNATURE" not in c] == []
    assert "hmac.compare_digest" in called


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def port(kept: Kept) -> Iterator[int]:
    server = WebServer(an_app(kept), "127.0.0.1", 0)
    yield server.start()
    server.stop()


def spoken(port: int, request: bytes) -> bytes:
    """Send bytes; return all that is answered until the server closes the connection."""
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
        suppress(OSError),  # the server may close in the middle of what it refuses
    ):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1")]


def a_request(*more: bytes, body: bytes = b"") -> bytes:
    genuine = a_delivery(an_event())
    headers = [f"{name}: {value}".encode() for name, value in genuine.headers]
    lines = [b"POST /webhooks/hubspot HTTP/1.1", b"Host: hooks.example.com", *headers, *more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


SMUGGLED = b"0\r\n\r\nGET /webhooks/hubspot HTTP/1.1\r\nHost: x\r\n\r\n"


@fault("S21")
@pytest.mark.parametrize(
    "request_",
    [
        a_request(b"Content-Length: 2", b"Content-Length: 3", body=b"[]x"),
        a_request(b"Content-Length: +2", body=b"[]"),
        a_request(b"Content-Length: 0x2", body=b"[]"),
        a_request(b"Transfer-Encoding: chunked, identity", body=SMUGGLED),
        a_request(b"Transfer-Encoding: xchunked", body=SMUGGLED),
        a_request(b"Transfer-Encoding : chunked", body=SMUGGLED),
        a_request(b"X-Long: " + b"x" * 1_000_000),
        a_request(*[b"X-%d: y" % n for n in range(20_000)]),
        a_request(b"X-Odd\x00: y"),
        b"POST /webhooks/hubspot HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"",
    ],
    ids=[
        "two lengths", "plus", "hexadecimal", "two codings", "odd coding", "blank", "long", "many",
        "nul", "version", "tls", "nothing",
    ],
)  # fmt: skip
def test_what_two_servers_could_read_differently_is_not_read(
    port: int, kept: Kept, request_: bytes
) -> None:
    assert set(statuses(spoken(port, request_))) <= {400, 401, 413, 431}
    assert kept.deliveries == []


@fault("S21")
def test_what_is_hidden_behind_a_chunked_body_is_judged_for_itself(port: int, kept: Kept) -> None:
    both = a_request(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=SMUGGLED)

    assert set(statuses(spoken(port, both))) <= {400, 401, 405}
    assert kept.deliveries == []


@fault("W8")
def test_silent_connections_to_webhooks_leave_health_alone(port: int) -> None:
    health = WebServer(health_app(lambda: Health(ready=True), Metrics()), "127.0.0.1", 0)
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(250)]
    try:
        answer = spoken(health.start(), b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    finally:
        health.stop()
        for connection in silent:
            connection.close()

    assert statuses(answer) == [200]


@fault("W8")
@pytest.mark.slow
@pytest.mark.parametrize("said", [b"", b"POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nX-Sl"])
def test_a_connection_that_does_not_get_on_is_closed(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as silent:
        silent.sendall(said)
        assert silent.recv(1) == b""
