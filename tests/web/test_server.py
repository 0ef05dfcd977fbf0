"""The server around an application: it listens at once, and ends when told to."""

import http.client
import socket
import threading
from collections.abc import Callable

import pytest
from starlette.types import Receive, Scope, Send

from slasync.errors import Stopped
from slasync.web.health import health_app
from slasync.web.metrics import Metrics
from slasync.web.server import WebServer
from slasync.web.symptoms import Health
from tests.faults.marks import fault

App = Callable[[Scope, Receive, Send], object]


def a_server() -> WebServer:
    return WebServer(health_app(lambda: Health(ready=True), Metrics()), "127.0.0.1", 0)


def get(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def test_it_answers_as_soon_as_it_has_started_and_not_after_it_stopped() -> None:
    server = a_server()
    port = server.start()
    assert server.alive

    answer = get(port, "/livez")
    server.stop()

    assert answer.status == 200
    assert answer.getheader("server") is None
    assert not server.alive
    with pytest.raises(ConnectionRefusedError):
        get(port, "/livez")


def test_an_address_in_use_is_told_and_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = WebServer(health_app(lambda: Health(ready=True), Metrics()), "127.0.0.1", port)

        with pytest.raises(Stopped, match=str(port)):
            server.start()
        server.stop()


@fault("crash/shutdown")
def test_it_stops_though_a_client_keeps_its_connection_open() -> None:
    server = a_server()
    port = server.start()
    idle = socket.create_connection(("127.0.0.1", port))
    try:
        server.stop()
        assert not server.alive
    finally:
        idle.close()


def test_it_leaves_signals_alone() -> None:
    before = threading.active_count()
    server = a_server()
    server.start()
    server.stop()

    assert threading.active_count() <= before + 1  # a worker of the framework may idle on
