"""An answer that names another place: no call follows it, and no token is shown there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS
from slasync.connectors.hubspot import build_connector as hubspot_at
from slasync.connectors.salesforce import build_connector as salesforce_at
from slasync.errors import SlasyncError
from slasync.ports import Ask, Outcome
from slasync.sandbox.http import Request, Response
from slasync.sandbox.server import Server
from tests.connectors.contract_sink import a_change, a_task
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.connectors.hubspot.bench import a_config as hubspot_config
from tests.connectors.salesforce.org import OrgRig
from tests.connectors.salesforce.org import a_config as salesforce_config
from tests.faults.marks import fault
from tests.faults.tampered import told

STATUSES = (301, 302, 303, 307, 308)


class Elsewhere:
    """A place that no call may reach."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(200, (("Content-Type", "application/json"),), b"{}")


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def trap(elsewhere: Elsewhere) -> Iterator[Server]:
    with Server(elsewhere.handle) as server:
        yield server


def sent_on(status: int, trap: Server, request: Request) -> Response:
    place = trap.url.replace("127.0.0.1", "localhost") + request.raw_path
    return Response(status, (("Location", place),), b"")


@fault("V38", "S7")
@pytest.mark.parametrize("status", STATUSES)
def test_a_call_to_salesforce_is_not_sent_on_to_another_host(
    status: int, elsewhere: Elsewhere, trap: Server
) -> None:
    rig = OrgRig()
    rep, lead = rig.rep(), rig.lead()

    def handle(request: Request) -> Response:
        if "/oauth2/" in request.path:
            return rig.org.handle(request)
        return sent_on(status, trap, request)

    with Server(handle) as server:
        connector = salesforce_at(
            salesforce_config(rig.org, url=server.url), Seams(clock=rig.clock)
        )
        for write in (a_task(lead, rep), a_change(lead, rep, None)):
            try:
                outcomes = {r.outcome for r in connector.sink.apply([write])}
            except SlasyncError:
                outcomes = set()
            assert Outcome.APPLIED not in outcomes
        with pytest.raises(SlasyncError):
            connector.sink.reread([lead])
        connector.close()
    rig.close()
    assert elsewhere.asked == []


@fault("V38", "S7")
@pytest.mark.parametrize("status", STATUSES)
def test_credentials_are_not_sent_on_to_another_host(
    status: int, elsewhere: Elsewhere, trap: Server
) -> None:
    rig = OrgRig()
    with Server(lambda request: sent_on(status, trap, request)) as server:
        config = salesforce_config(rig.org, url=server.url)
        connector = salesforce_at(config, Seams(clock=rig.clock))
        with pytest.raises(SlasyncError):
            connector.sink.reread([rig.lead()])
        connector.close()
    rig.close()
    assert elsewhere.asked == []


@fault("V38", "S7")
@pytest.mark.parametrize("status", STATUSES)
def test_a_call_to_hubspot_is_not_sent_on_to_another_host(
    status: int, elsewhere: Elsewhere, trap: Server
) -> None:
    bench = Bench()
    with Server(lambda request: sent_on(status, trap, request)) as server:
        config = replace(
            hubspot_config("a token"), url=server.url, read_timeout=timedelta(seconds=2)
        )
        connector = hubspot_at(config, Seams(clock=bench.clock))
        with pytest.raises(SlasyncError):
            connector.source.read([Ask(CONTACTS, MONDAY)])
        try:
            applied = Outcome.APPLIED in {r.outcome for r in connector.sink.apply([told("1")])}
        except SlasyncError:
            applied = False
        connector.close()
    assert not applied
    assert elsewhere.asked == []
