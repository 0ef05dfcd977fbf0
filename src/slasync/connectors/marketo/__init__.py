"""Marketo: read for what marketing knows of a lead, written to for what slasync made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from slasync.clock import Seams
from slasync.connectors.http import Calls, Observer
from slasync.connectors.marketo.contact import CONTACTS
from slasync.connectors.marketo.probe import probe
from slasync.connectors.marketo.read import STREAMS, MarketoSource
from slasync.connectors.marketo.transport import Transport
from slasync.connectors.marketo.write import MarketoSink
from slasync.errors import Stopped
from slasync.systems import MarketoConfig

__all__ = [
    "CONTACTS",
    "STREAMS",
    "MarketoConnector",
    "MarketoSink",
    "MarketoSource",
    "build_connector",
]

UNTOLD = (
    "write rights cannot be read: compare the role of slasync's API user with"
    " connectors/marketo/setup.md"
)


@dataclass(frozen=True, slots=True)
class MarketoConnector:
    """Source and sink on one transport, so that they share token, budget and connections."""

    config: MarketoConfig
    source: MarketoSource
    sink: MarketoSink
    calls: Calls
    transport: Transport

    @property
    def lister(self) -> None:
        """Marketo cannot be asked which leads there are: by id only, or by an export."""
        return None

    @property
    def account(self) -> str:
        """The instance's Munchkin id, which its address begins with."""
        host = urlsplit(self.config.url).hostname or ""
        return host.partition(".")[0].upper()

    def pin(self, keep: Callable[[str], str]) -> None:
        """Stop at another instance than the one that is kept. Raises Stopped."""
        known = keep(self.account)
        if known != self.account:
            raise Stopped(
                f"this database belongs to Marketo instance {known}, slasync.yaml names"
                f" {self.account}: use another database, or that instance"
            )

    def probe(self) -> list[str]:
        """Return what the instance lacks, one sentence each. Raises TryLater or Stopped."""
        return probe(self.config, self.transport)

    def notes(self) -> list[str]:
        """Return what nobody can tell."""
        return [UNTOLD]

    def lacking(self) -> list[str]:
        """Return nothing: a field that is gone is refused by its name when it is asked for."""
        return []

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()


def build_connector(
    config: MarketoConfig,
    seams: Seams,
    *,
    httpx_transport: httpx.BaseTransport | None = None,
    observers: tuple[Observer, ...] = (),
) -> MarketoConnector:
    """Connect to Marketo; no call is made yet.

    `httpx_transport` stands in for httpx's: rehearsals pass one that calls a simulated Marketo in
    this process.
    """
    transport = Transport(config, seams, httpx_transport=httpx_transport, observers=observers)
    source = MarketoSource(transport, config, seams.clock)
    sink = MarketoSink(transport, config)
    return MarketoConnector(config, source, sink, transport.calls, transport)
