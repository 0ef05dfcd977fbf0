"""The connector over real sockets: one connection, time-outs that are kept, nothing left open."""

import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS, HubSpotConnector, build_connector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Ask, Outcome
from slasync.sandbox.http import Request, Reset, Response
from slasync.sandbox.server import Server
from tests.connectors.hubspot.bench import MONDAY, Bench, a_config
from tests.faults.marks import fault

PATIENCE = timedelta(milliseconds=200)


def connected(url: str, token: str, bench: Bench) -> HubSpotConnector:
    config = replace(a_config(token), url=url, read_timeout=PATIENCE, connect_timeout=PATIENCE)
    return build_connector(config, Seams(clock=bench.clock))


def a_write(contact: str) -> Write:
    return Write(
        key="k",
        lead=LeadKey("l"),
        system="hubspot",
        action=Action.PROPERTIES,
        values={"stage": "MQL"},
        target=Ref("hubspot", "contact", contact),
    )


def test_reads_and_writes_share_one_connection() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    accepted: set[int] = set()

    def handle(request: Request) -> Response:
        accepted.add(threading.get_ident())  # the server gives each connection a thread
        return bench.hubspot.handle(request)

    with Server(handle) as server:
        connector = connected(server.url, bench.hubspot.credentials()["access_token"], bench)
        for _ in range(5):
            connector.source.read([Ask(CONTACTS, MONDAY)])
            connector.source.read([Ask(CONTACTS, MONDAY, MONDAY)])
            connector.sink.apply([a_write(contact)])
            bench.clock.advance(timedelta(seconds=1))
        connector.close()

    assert len(accepted) == 1
    assert bench.hubspot.get("contacts", contact)["slasync_stage"] == "MQL"


@fault("V6", "V40")
def test_a_call_whose_connection_is_cut_is_not_repeated_behind_our_back() -> None:
    bench, requests = Bench(), []

    def handle(request: Request) -> Response:
        requests.append(request.method)
        raise Reset

    with Server(handle) as server:
        connector = connected(server.url, "token", bench)
        with pytest.raises(TryLater):
            connector.source.read([Ask(CONTACTS, MONDAY)])
        (receipt,) = connector.sink.apply([a_write("1")])
        connector.close()

    assert requests == ["GET", "POST"]
    assert receipt.outcome == Outcome.UNKNOWN


@fault("V40", "V6")
def test_a_silent_server_is_given_up_and_a_write_to_it_is_unknown() -> None:
    bench = Bench()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connector = connected(f"http://127.0.0.1:{silent.getsockname()[1]}", "token", bench)

        with pytest.raises(TryLater) as waited:
            connector.source.read([Ask(CONTACTS, MONDAY)])
        (receipt,) = connector.sink.apply([a_write("1")])
        connector.close()

    assert not waited.value.unknown
    assert receipt.outcome == Outcome.UNKNOWN


@fault("V40")
def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connector = connected(f"http://127.0.0.1:{port}", "token", Bench())

    with pytest.raises(TryLater) as refused:
        connector.sink.apply([a_write("1")])

    assert not refused.value.unknown
    connector.close()
