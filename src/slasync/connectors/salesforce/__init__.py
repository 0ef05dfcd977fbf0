"""Salesforce behind the ports: `build_connector` makes a source and a sink on one transport."""

from dataclasses import dataclass

import httpx
from requests.adapters import BaseAdapter

from slasync.clock import Seams
from slasync.connectors.http import Calls, Observer
from slasync.connectors.salesforce.probe import probe
from slasync.connectors.salesforce.read import SalesforceSource
from slasync.connectors.salesforce.token import Tokens
from slasync.connectors.salesforce.transport import Transport, Wire
from slasync.connectors.salesforce.write import SalesforceSink
from slasync.systems import SalesforceConfig

__all__ = ["SalesforceConnector", "SalesforceSink", "SalesforceSource", "build_connector"]


@dataclass(frozen=True, slots=True)
class SalesforceConnector:
    """Both ports, and what stands behind them."""

    config: SalesforceConfig
    source: SalesforceSource
    sink: SalesforceSink
    calls: Calls
    transport: Transport

    @property
    def org_id(self) -> str:
        """The organisation's 18-character id. Raises TryLater or Stopped."""
        return self.transport.tokens.current().org_id

    @property
    def user_id(self) -> str:
        """The integration user's id. Raises TryLater or Stopped."""
        return self.transport.tokens.current().user_id

    def probe(self) -> list[str]:
        """Return what the organisation lacks, one sentence each. Raises TryLater or Stopped."""
        return probe(self.config, self.transport)

    def close(self) -> None:
        self.transport.close()


def build_connector(
    config: SalesforceConfig,
    seams: Seams,
    *,
    adapter: BaseAdapter | None = None,
    httpx_transport: httpx.BaseTransport | None = None,
    observers: tuple[Observer, ...] = (),
) -> SalesforceConnector:
    """Connect to one organisation. Nothing is sent before the first call.

    `adapter` carries the REST calls and `httpx_transport` those for tokens and the time; in
    production both are left out. `observers` are told of every request.
    """
    calls = Calls("salesforce", seams.clock, config.budget, observers, seams.heard)
    timeout = httpx.Timeout(
        config.read_timeout.total_seconds(), connect=config.connect_timeout.total_seconds()
    )
    plain = config.url.startswith("http://")  # a sandbox on this machine: never by a proxy
    client = httpx.Client(transport=httpx_transport, timeout=timeout, trust_env=not plain)
    tokens = Tokens(config, seams.clock, client, calls)
    transport = Transport(config, tokens, calls, client, adapter or Wire(config))
    source = SalesforceSource(config, transport)
    return SalesforceConnector(config, source, SalesforceSink(config, transport), calls, transport)
