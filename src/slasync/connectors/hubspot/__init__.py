"""HubSpot: read for what marketing knows of a lead, written to for what slasync made of it."""

from dataclasses import dataclass
from typing import Any

from slasync.clock import Seams
from slasync.connectors.http import Calls, Observer
from slasync.connectors.hubspot.probe import probe
from slasync.connectors.hubspot.read import ARCHIVED, CONTACTS, OWNERS, STREAMS, HubSpotSource
from slasync.connectors.hubspot.sweeping import HubSpotLister
from slasync.connectors.hubspot.transport import Transport
from slasync.connectors.hubspot.write import HubSpotSink
from slasync.systems import HubSpotConfig

__all__ = [
    "ARCHIVED",
    "CONTACTS",
    "OWNERS",
    "STREAMS",
    "HubSpotConnector",
    "HubSpotSink",
    "HubSpotSource",
    "build_connector",
]


@dataclass(frozen=True, slots=True)
class HubSpotConnector:
    """Source and sink on one transport, so that they share budget, burst and connections."""

    config: HubSpotConfig
    source: HubSpotSource
    sink: HubSpotSink
    calls: Calls
    transport: Transport

    @property
    def lister(self) -> HubSpotLister:
        """What sweeps compare the mirror with."""
        return HubSpotLister(self.source, self.transport)

    @property
    def account(self) -> str:
        """The account's number. Raises TryLater or Stopped."""
        return str(self.transport.account().get("portalId", ""))

    def probe(self) -> list[str]:
        """Return what the account lacks, one sentence each. Raises TryLater or Stopped."""
        return probe(self.config, self.transport)

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()


def build_connector(
    config: HubSpotConfig,
    seams: Seams,
    *,
    pool_manager: Any = None,
    observers: tuple[Observer, ...] = (),
    streams: tuple[str, ...] = STREAMS,
) -> HubSpotConnector:
    """Connect to HubSpot; no call is made yet.

    `pool_manager` stands in for urllib3's: rehearsals pass one that calls a simulated HubSpot in
    this process.
    """
    transport = Transport(config, seams, pool_manager=pool_manager, observers=observers)
    source = HubSpotSource(transport, config, streams)
    sink = HubSpotSink(transport, config)
    return HubSpotConnector(config, source, sink, transport.calls, transport)
