"""A call has an end, however its answer comes; and an answer ends in one place only."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.systems import Budget, HubSpotConfig, Login, SalesforceConfig, Secret
from tests.connectors.slow_server import HEAD, drip, serving, whole
from tests.faults.marks import fault

SOON = timedelta(milliseconds=300)
LONG = timedelta(seconds=60)  # for the next byte: not what ends these calls
TOKEN = "/services/oauth2/token"
BUDGET = Budget(daily_calls=1_000)
DATE = b"Date: Mon, 02 Mar 2026 09:00:00 GMT"


def a_crm(url: str) -> salesforce.SalesforceConnector:
    secrets = {"consumer_key": Secret("key"), "consumer_secret": Secret("secret")}
    config = SalesforceConfig(
        url=url, login=Login.CLIENT_CREDENTIALS, secrets=secrets, read_timeout=LONG,
        total_timeout=SOON, budget=BUDGET,
    )  # fmt: skip
    return salesforce.build_connector(config, Seams())


def a_portal(url: str) -> hubspot.HubSpotConnector:
    config = HubSpotConfig(
        url=url, secrets={"access_token": Secret("token")}, read_timeout=LONG,
        total_timeout=SOON, budget=replace(BUDGET, burst=50),
    )  # fmt: skip
    return hubspot.build_connector(config, Seams())


def a_token(url: str) -> bytes:
    return json.dumps({
        "access_token": "00D!x", "instance_url": url,
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
    }).encode()  # fmt: skip


HALF_A_HEAD = HEAD + b"X-Slow: "
HALF_A_BODY = HEAD + b"Content-Length: 100000\r\n\r\n{"
A_CHUNK = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nffff\r\n"
LAST_OF_ALL = HEAD + b"Connection: close\r\n\r\n{"
STARTS = pytest.mark.parametrize(
    "start", [HALF_A_HEAD, HALF_A_BODY, A_CHUNK, LAST_OF_ALL], ids=["head", "body", "chunk", "end"]
)


@fault("V41")
@STARTS
def test_salesforce_is_given_up_when_it_answers_byte_by_byte(start: bytes) -> None:
    def answer(request: bytes) -> Iterator[bytes]:
        yield from whole(a_token(url[0])) if TOKEN.encode() in request else drip(start)

    url: list[str] = []
    with serving(answer) as server:
        url.append(server.url)
        crm = a_crm(server.url)
        with pytest.raises(TryLater) as told:
            crm.sink.reread([Ref("salesforce", "lead", "00Q000000000001AAA")])
        assert server.given_up.wait(30)
        crm.close()
    assert not told.value.unknown  # it was a question
    assert crm.calls.total() == 1


@fault("V41")
@STARTS
def test_a_token_that_comes_byte_by_byte_is_given_up(start: bytes) -> None:
    with serving(lambda _: drip(start)) as server:
        crm = a_crm(server.url)
        with pytest.raises(TryLater, match="token"):
            _ = crm.org_id
        assert 1 <= len(server.asked) <= 3  # it may be asked for again, each time with an end
        crm.close()


@fault("V41")
@STARTS
def test_hubspot_is_given_up_when_it_answers_byte_by_byte(start: bytes) -> None:
    with serving(lambda _: drip(start)) as server:
        portal = a_portal(server.url)
        with pytest.raises(TryLater):
            portal.transport.update([{"id": "1", "properties": {}}])
        assert server.given_up.wait(30)
        portal.close()


@fault("V41")
def test_a_write_that_was_given_up_may_have_taken_effect() -> None:
    with serving(lambda _: drip(HALF_A_BODY)) as server:
        portal = a_portal(server.url)
        with pytest.raises(TryLater) as told:
            portal.transport.update([{"id": "1", "properties": {}}])
        portal.close()
    assert told.value.unknown


@fault("V41")
def test_a_connection_is_used_again_and_its_later_calls_end_as_well() -> None:
    answers = iter([whole(b'{"results":[]}', DATE), drip(HALF_A_BODY)])
    with serving(lambda _: iter(next(answers))) as server:
        portal = a_portal(server.url)
        portal.transport.owners(None)
        with pytest.raises(TryLater):
            portal.transport.owners(None)
        assert server.connections == 1
        portal.close()


@fault("V17")
def test_of_an_answer_that_ends_in_two_ways_the_chunks_count_and_the_rest_is_nobodys() -> None:
    """What stands behind would be taken for the answer to the next call."""
    forged = b'{"results":[{"id":"666"}]}'
    twice = (
        HEAD + DATE + b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'e\r\n{"results":[]}\r\n0\r\n\r\n' + HEAD + b"Content-Length: 26\r\n\r\n" + forged
    )
    answers = iter([[twice], whole(b'{"results":[{"id":"1"}]}', DATE)])
    with serving(lambda _: iter(next(answers))) as server:
        portal = a_portal(server.url)
        assert portal.transport.owners(None) == {"results": []}
        assert portal.transport.owners(None) == {"results": [{"id": "1"}]}
        assert server.connections == 2
        portal.close()
