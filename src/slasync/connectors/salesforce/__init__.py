"""Salesforce behind the ports: `build_connector` makes a source and a sink on one transport."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import httpx
from requests.adapters import BaseAdapter

from slasync.clock import Clock, Seams
from slasync.connectors.deadline import watched_client
from slasync.connectors.http import Calls, Observer
from slasync.connectors.salesforce.asked_tasks import tasks_of_others
from slasync.connectors.salesforce.emails import Emails
from slasync.connectors.salesforce.hours import offered
from slasync.connectors.salesforce.ledger import Ledger
from slasync.connectors.salesforce.probe import probe
from slasync.connectors.salesforce.read import SalesforceSource
from slasync.connectors.salesforce.roles import Roles
from slasync.connectors.salesforce.streams import Complete
from slasync.connectors.salesforce.sweeping import SalesforceLister
from slasync.connectors.salesforce.token import Tokens
from slasync.connectors.salesforce.transport import Transport, Wire
from slasync.connectors.salesforce.write import SalesforceSink
from slasync.domain.lead import Ref
from slasync.domain.time.calendar_offer import OfferedCalendar
from slasync.errors import Stopped
from slasync.ports import Asked
from slasync.systems import Managers, SalesforceConfig

if TYPE_CHECKING:
    from slasync.connectors.salesforce.pubsub import PubSubFeed

__all__ = ["SalesforceConnector", "SalesforceSink", "SalesforceSource", "build_connector"]


TASKS, USERS = "salesforce.tasks", "salesforce.users"


@dataclass(frozen=True, slots=True)
class SalesforceConnector:
    """Both ports, and what stands behind them."""

    config: SalesforceConfig
    source: SalesforceSource
    sink: SalesforceSink
    calls: Calls
    transport: Transport
    clock: Clock

    @property
    def org_id(self) -> str:
        """The organisation's 18-character id. Raises TryLater or Stopped."""
        return self.transport.tokens.current().org_id

    @property
    def lister(self) -> SalesforceLister:
        """What sweeps compare the mirror with."""
        return SalesforceLister(self.source, self.transport)

    @property
    def user_id(self) -> str:
        """The integration user's id. Raises TryLater or Stopped."""
        return self.transport.tokens.current().user_id

    def feed(self) -> "PubSubFeed | None":
        """Return what tells of changes by itself, not connected yet; None: nothing is to.

        Raises Stopped where the libraries for it are not there.
        """
        if self.config.pubsub is None:
            return None
        try:
            from slasync.connectors.salesforce.pubsub import (  # noqa: PLC0415 - an extra
                PubSubFeed,
            )
        except ModuleNotFoundError as error:
            raise Stopped(
                "changes: pubsub needs gRPC and Avro: pip install 'slasync[pubsub]', or write"
                " changes: poll in connectors/salesforce/connector.yaml"
            ) from error
        return PubSubFeed(self.config.pubsub, self.transport.tokens, self.clock)

    def probe(self) -> list[str]:
        """Return what the organisation lacks, one sentence each. Raises TryLater or Stopped."""
        feed = self.feed()
        return [*probe(self.config, self.transport), *(feed.probe() if feed else ())]

    def asked(self, leads: Sequence[Ref], since: datetime) -> list[Asked]:
        """Return the tasks about `leads` that others made since then.

        Raises TryLater, Refused or Stopped.
        """
        return list(tasks_of_others(self.transport, self.user_id, leads, since))

    def calendars(self, first: date, last: date) -> list[OfferedCalendar]:
        """Return its business hours with the holidays from `first` to `last`, as calendars.

        Raises TryLater, Stopped, or Refused where they may not be read.
        """
        return offered(self.transport, first, last)

    def close(self) -> None:
        self.source.close()
        self.transport.close()


def _completing(config: SalesforceConfig, transport: Transport) -> Mapping[str, Complete]:
    """Return what tells of rows that are read what stands elsewhere, by stream.

    Of a task: under which key slasync made it, and its e-mail. Of a user: his manager by the roles.
    """
    found: dict[str, Complete] = {TASKS: _of_tasks(config, transport)}
    if config.managers is Managers.ROLE_ABOVE:
        found[USERS] = Roles(transport).managed
    return found


def _of_tasks(config: SalesforceConfig, transport: Transport) -> Complete:
    keyed: Complete = list
    mailed = Emails(transport).told if config.emails else keyed
    if config.ledger is not None:
        ledger = Ledger(config.ledger, transport)
        keyed = partial(ledger.keyed, column=config.task_key_field)
    return lambda rows: mailed(keyed(rows))


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
    calls = Calls(
        "salesforce", seams.clock, config.budget, observers, seams.heard,
        abreast=seams.abreast(config.budget.concurrency), deadline=config.total_timeout,
    )  # fmt: skip
    timeout = httpx.Timeout(
        config.read_timeout.total_seconds(), connect=config.connect_timeout.total_seconds()
    )
    plain = config.url.startswith("http://")  # a sandbox on this machine: never by a proxy
    client = httpx.Client(transport=httpx_transport, timeout=timeout, trust_env=not plain)
    watched_client(client)
    tokens = Tokens(config, seams.clock, client, calls)
    transport = Transport(config, tokens, calls, client, adapter or Wire(config))
    source = SalesforceSource(config, transport, _completing(config, transport))
    return SalesforceConnector(
        config, source, SalesforceSink(config, transport), calls, transport, seams.clock
    )
