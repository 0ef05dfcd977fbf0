"""The account that a database belongs to: contacts of another have the same numbers."""

from typing import Any

import pytest

from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS, HubSpotConnector, build_connector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import Stopped, TryLater
from slasync.ports import Ask
from slasync.sandbox.faults import Kind, Rule
from tests.connectors.hubspot.bench import MONDAY, Bench, a_config
from tests.faults.marks import fault

DETAILS = "GET /account-info/v3/details"
OWN = "140772301"
A_WRITE = Write(
    key="k", lead=LeadKey("l"), system="hubspot", action=Action.PROPERTIES,
    values={"stage": "MQL"}, target=Ref("hubspot", "contact", "1"),
)  # fmt: skip


class Pinned:
    """An account, slasync with its token, and what the database has kept."""

    def __init__(self, known: str = "", **options: Any) -> None:
        self.known = known
        self.bench = Bench(options=options)
        self.connector: HubSpotConnector = build_connector(
            a_config(self.bench.hubspot.credentials()["access_token"]),
            Seams(clock=self.bench.clock),
            pool_manager=self.bench.pool,
        )
        self.connector.pin(self._keep)

    def _keep(self, told: str) -> str:
        self.known = self.known or told
        return self.known

    def read(self) -> None:
        self.connector.source.read([Ask(CONTACTS, MONDAY)])

    @property
    def called(self) -> dict[str, int]:
        return dict(self.bench.hubspot.calls)


def test_the_first_account_is_kept_and_asked_for_once() -> None:
    pinned = Pinned()
    pinned.connector.source.vendor_now()
    for _ in range(3):
        pinned.read()
    assert pinned.known == OWN
    assert pinned.called[DETAILS] == 1


@fault("V45", "S31")
def test_another_account_is_neither_read_nor_written() -> None:
    pinned = Pinned("4711")
    for _ in range(2):
        with pytest.raises(Stopped, match="belongs to HubSpot account 4711, the token to 1407723"):
            pinned.read()
        with pytest.raises(Stopped, match="use another database, or the token of that account"):
            pinned.connector.sink.apply([A_WRITE])
    assert pinned.called == {DETAILS: 1}


@fault("V45")
def test_while_the_account_is_not_told_nothing_is_read_and_it_is_asked_again() -> None:
    pinned = Pinned("4711")
    faults = pinned.bench.world.faults
    faults.switch_on(Rule(Kind.SERVER_ERROR, "account-info", times=1))
    with pytest.raises(TryLater):
        pinned.read()
    with pytest.raises(Stopped):
        pinned.read()
    assert set(pinned.called) <= {DETAILS}
