"""Connects to the systems that the settings name: the CRM, marketing's system, ways to people.

Beside `wiring`, which hands it on, the only module that names connectors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from slasync.clock import Clock, Seams
from slasync.connectors import hubspot, marketo, salesforce
from slasync.connectors.http import Calls, Observer
from slasync.connectors.notify import MailMessenger, WebhookMessenger
from slasync.errors import Stopped
from slasync.ports import Feed, Lister, Messenger, Sink, Source
from slasync.settings import Settings
from slasync.systems import HubSpotConfig, MarketoConfig
from slasync.workers.pulling.defined import Defined


class Crm(Protocol):
    """The CRM, connected."""

    @property
    def source(self) -> Source: ...
    @property
    def sink(self) -> Sink: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def lister(self) -> Lister | None: ...
    @property
    def org_id(self) -> str:
        """Which organisation or account it is, for ever. Raises TryLater or Stopped."""

    def close(self) -> None: ...


class Marketing(Protocol):
    """The marketing system, connected."""

    @property
    def source(self) -> Source: ...
    @property
    def sink(self) -> Sink: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def lister(self) -> Lister | None: ...
    @property
    def account(self) -> str:
        """Which account it is, as people know it. Raises TryLater or Stopped."""

    def pin(self, keep: Callable[[str], str]) -> None:
        """Stop at any account other than the one `keep` returns when it is told the account.

        Raises Stopped where that is known at once; else the first call does.
        """

    def probe(self) -> list[str]:
        """Return what the account lacks, one sentence each. Raises TryLater or Stopped."""

    def notes(self) -> list[str]:
        """Return what is to be known and needs no mending. Raises TryLater or Stopped."""

    def lacking(self) -> list[str]:
        """Return which fields are mapped and gone, of those that would be read as empty."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Connectors:
    """The systems, connected: for production by `connect`, for rehearsals in process.

    Where one account is both, `crm` and `marketing` are the same connection.
    """

    crm: Crm
    marketing: Marketing
    messenger: Messenger | None = None  # of digests; a rehearsal writes to nobody
    messengers: tuple[Messenger, ...] = ()  # every way to people outside the CRM
    feeds: tuple[Feed, ...] = ()  # of systems that tell of changes by themselves

    @property
    def sources(self) -> Mapping[str, Source]:
        found: list[Source] = [self.crm.source, self.marketing.source]
        return {source.system: source for source in found}

    def defined(self, clock: Clock) -> Mapping[str, Source]:
        """Return the systems to be read; marketing's is not, while it lacks what is mapped."""
        source = self.marketing.source
        defined = Defined(source, self.marketing.lacking, clock)
        return {**self.sources, source.system: defined}

    @property
    def listers(self) -> Mapping[str, Lister]:
        """Those that tell cheaply what they have, by the system's name."""
        pairs = [(each.source.system, each.lister) for each in (self.crm, self.marketing)]
        return {system: lister for system, lister in pairs if lister is not None}

    @property
    def sinks(self) -> Mapping[str, Sink]:
        found: list[Sink] = [self.crm.sink, self.marketing.sink]
        return {sink.system: sink for sink in found}

    @property
    def calls(self) -> Mapping[str, Calls]:
        """The calls of each system, by its name."""
        each = {self.crm.source.system: self.crm.calls}
        return each | {self.marketing.source.system: self.marketing.calls}

    def close(self) -> None:
        """Close idle connections, and feeds."""
        for feed in self.feeds:
            feed.close()
        self.crm.close()
        self.marketing.close()


def connect(settings: Settings, seams: Seams, observers: tuple[Observer, ...] = ()) -> Connectors:
    """Connect to the real systems; no call is made yet. `observers` are told of every call."""
    messengers = tuple(_messengers(settings, seams, observers))
    via = settings.notify.via if settings.notify else None
    crm, marketing = _both(settings, seams, observers)
    return Connectors(
        crm,
        marketing,
        next((messenger for messenger in messengers if messenger.channel == via), None),
        messengers,
        _feeds(crm),
    )


def _feeds(crm: Crm) -> tuple[Feed, ...]:
    """Return what tells of changes by itself; nothing is connected yet. Raises Stopped."""
    feed = crm.feed() if isinstance(crm, salesforce.SalesforceConnector) else None
    return (feed,) if feed else ()


def _both(
    settings: Settings, seams: Seams, observers: tuple[Observer, ...]
) -> tuple[Crm, Marketing]:
    """Connect to the CRM and to marketing's system, which may be one account."""
    match settings.crm:
        case HubSpotConfig() as config:
            both = hubspot.build_connector(config, seams, observers=observers)
            return both, both
        case None:
            raise Stopped(
                "slasync.yaml names no CRM: configure salesforce among its systems, or say"
                " crm: hubspot"
            )
        case config:
            crm = salesforce.build_connector(config, seams, observers=observers)
            return crm, _marketing(settings, seams, observers)


def salesforce_of(connectors: Connectors) -> salesforce.SalesforceConnector:
    """Return the CRM as Salesforce. Raises Stopped where it is another system."""
    if isinstance(connectors.crm, salesforce.SalesforceConnector):
        return connectors.crm
    raise Stopped("the CRM is not Salesforce: there is nothing of the kind to be asked of it")


def _marketing(settings: Settings, seams: Seams, observers: tuple[Observer, ...]) -> Marketing:
    """Connect to the one marketing system there is."""
    match settings.marketing:
        case HubSpotConfig() as config:
            return hubspot.build_connector(config, seams, observers=observers)
        case MarketoConfig() as config:
            return marketo.build_connector(config, seams, observers=observers)
        case None:
            raise Stopped(
                "slasync.yaml names no marketing system: configure hubspot or marketo among its"
                " systems"
            )


def _messengers(
    settings: Settings, seams: Seams, observers: tuple[Observer, ...]
) -> Iterator[Messenger]:
    """Yield the ways to people; no connection is made yet."""
    told = settings.notify
    if told and told.smtp:
        yield MailMessenger(told.smtp)
    if told and told.webhook:
        yield WebhookMessenger(told.webhook, seams, observers=observers)
