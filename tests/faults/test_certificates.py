"""A server that cannot prove who it is gets neither a token nor a question."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS
from slasync.connectors.hubspot import build_connector as hubspot_at
from slasync.connectors.salesforce import build_connector as salesforce_at
from slasync.errors import SlasyncError
from slasync.ports import Ask, Outcome
from slasync.sandbox.http import Request, Response
from slasync.sandbox.server import Server
from slasync.sandbox.time import system_now
from slasync.sandbox.tls import throw_away
from tests.connectors.contract_sink import a_task
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.connectors.hubspot.bench import a_config as hubspot_config
from tests.connectors.salesforce.org import OrgRig
from tests.connectors.salesforce.org import a_config as salesforce_config
from tests.faults.marks import fault
from tests.faults.tampered import told

pytestmark = fault("V39")


@pytest.fixture
def asked() -> list[Request]:
    return []


@pytest.fixture(params=["unknown authority", "expired", "another name"])
def stranger(
    request: pytest.FixtureRequest, tmp_path: Path, asked: list[Request]
) -> Iterator[Server]:
    """A server whose certificate nobody has reason to trust."""
    ago = timedelta(days=5_000) if request.param == "expired" else timedelta(0)
    tls = throw_away(tmp_path / "ca.pem", system_now() - ago)

    def handle(each: Request) -> Response:
        asked.append(each)
        return Response(200, (("Content-Type", "application/json"),), b"{}")

    host = "127.0.0.2" if request.param == "another name" else "127.0.0.1"
    with Server(handle, tls=tls.context, host=host) as server:
        yield server


def refused(call: Callable[[], object]) -> bool:
    with suppress(SlasyncError):
        call()
        return False
    return True


def test_salesforce_is_not_asked_where_its_certificate_is_not_to_be_trusted(
    stranger: Server, asked: list[Request]
) -> None:
    rig = OrgRig()
    config = salesforce_config(rig.org, url=stranger.url)
    connector = salesforce_at(config, Seams(clock=rig.clock))
    lead, rep = rig.lead(), rig.rep()

    assert refused(lambda: connector.sink.reread([lead]))
    assert refused(lambda: connector.sink.apply([a_task(lead, rep)]))
    assert refused(connector.source.vendor_now)
    connector.close()
    rig.close()
    assert asked == []


def test_hubspot_is_not_asked_where_its_certificate_is_not_to_be_trusted(
    stranger: Server, asked: list[Request]
) -> None:
    config = replace(hubspot_config("a token"), url=stranger.url)
    connector = hubspot_at(config, Seams(clock=Bench().clock))

    assert refused(lambda: connector.source.read([Ask(CONTACTS, MONDAY)]))
    with suppress(SlasyncError):
        assert Outcome.APPLIED not in {r.outcome for r in connector.sink.apply([told("1")])}
    connector.close()
    assert asked == []
