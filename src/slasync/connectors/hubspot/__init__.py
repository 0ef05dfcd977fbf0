"""HubSpot: read for what marketing knows of a lead, written to for what slasync made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slasync.clock import Clock, Seams
from slasync.connectors.http import Calls, Observer
from slasync.connectors.hubspot.crm_read import HubSpotCrmSource
from slasync.connectors.hubspot.crm_write import HubSpotCrmSink
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.hubspot.probe import lacking, probe
from slasync.connectors.hubspot.probe_crm import (
    business_problems,
    crm_problems,
    deal_stages,
    window,
)
from slasync.connectors.hubspot.probe_people import people_problems, status_problems
from slasync.connectors.hubspot.probe_scopes import scopes_lacking, scopes_unused
from slasync.connectors.hubspot.read import ARCHIVED, CONTACTS, OWNERS, STREAMS, HubSpotSource
from slasync.connectors.hubspot.sweeping import HubSpotLister
from slasync.connectors.hubspot.transport import Transport
from slasync.connectors.hubspot.write import HubSpotSink
from slasync.connectors.naming import Named
from slasync.connectors.provisioning import Findings
from slasync.systems import HubSpotConfig

__all__ = [
    "ARCHIVED",
    "CONTACTS",
    "OWNERS",
    "STREAMS",
    "HubSpotConnector",
    "HubSpotCrmSink",
    "HubSpotCrmSource",
    "HubSpotSink",
    "HubSpotSource",
    "build_connector",
]


@dataclass(frozen=True, slots=True)
class HubSpotConnector:
    """Source and sink on one transport, so that they share budget, burst and connections.

    Where HubSpot is both the CRM and marketing's system, it is one connection in two roles.
    """

    config: HubSpotConfig
    source: HubSpotSource | HubSpotCrmSource
    sink: HubSpotSink | HubSpotCrmSink
    calls: Calls
    transport: Transport
    clock: Clock

    @property
    def lister(self) -> HubSpotLister:
        """What sweeps compare the mirror with."""
        return HubSpotLister(self.source, self.transport)

    @property
    def account(self) -> str:
        """The account's number. Raises TryLater or Stopped."""
        return str(self.transport.account().get("portalId", ""))

    def pin(self, keep: Callable[[str], str]) -> None:
        """Stop at another account than the one that is kept: the first call tells."""
        self.transport.pin(keep)

    @property
    def org_id(self) -> str:
        """The account's number, of the CRM. Raises TryLater or Stopped."""
        return self.account

    def probe(self) -> list[str]:
        """Return what the account lacks, one sentence each. Raises TryLater or Stopped."""
        found = probe(self.config, self.transport)
        found += scopes_lacking(self.config, self.transport)
        if self.config.crm is None:
            return found
        found += crm_problems(self.config.crm, self.transport)
        return [*found, *business_problems(self.config.crm, self.transport)]

    def unknown(self, named: Named) -> Findings:
        """Return what the files name of the CRM and the account lacks, and the other way round.

        Nothing where HubSpot is not the CRM. Raises TryLater or Stopped.
        """
        if self.config.crm is None:
            return Findings()
        of_status = status_problems(self.config.crm, named, self.transport)
        problems = *people_problems(named, self.transport), *of_status
        return Findings(problems) + deal_stages(named, self.config.crm, self.transport)

    def lacking(self) -> list[str]:
        """Return which properties are mapped and gone. Raises TryLater or Stopped."""
        return lacking(self.config, self.transport)

    def notes(self) -> list[str]:
        """Return what is to be known and cannot be mended. Raises TryLater or Stopped."""
        found = [*scopes_unused(self.config, self.transport)]
        if self.config.crm is None:
            return found
        milliseconds = window(self.transport, self.clock) * 1000
        what = "an owner that a person changes in the moment slasync changes him is overwritten"
        return [*found, f"{what}: the window is {milliseconds:.0f} ms"]

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
    if config.crm is None:
        return HubSpotConnector(config, source, sink, transport.calls, transport, seams.clock)
    objects = Objects(transport, config.page_size)
    return HubSpotConnector(
        config,
        HubSpotCrmSource(transport, config, config.crm, source),
        HubSpotCrmSink(objects, config, config.crm, sink, seams.clock),
        transport.calls,
        transport,
        seams.clock,
    )
