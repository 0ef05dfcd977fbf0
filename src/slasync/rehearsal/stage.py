"""A stage: simulated systems, the whole daemon over them, one driven clock."""

import gc
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connectors import hubspot, marketo, salesforce
from slasync.errors import Stopped
from slasync.rehearsal.driver import DrivenClock, Driver
from slasync.rehearsal.inprocess import InProcessAdapter, InProcessPool, in_process_httpx
from slasync.sandbox.server import Server
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town
from slasync.settings import Mode, Settings, load
from slasync.settings.defaults import copy_defaults
from slasync.store.engine import open_engine
from slasync.systems import (
    CreateLeads,
    HubSpotConfig,
    MarketingConfig,
    MarketoConfig,
    SalesforceConfig,
)
from slasync.wiring import Application, Connectors, Marketing, assemble, connect

WEBHOOK_SECRET = "the-header-of-a-rehearsal"  # noqa: S105 - of simulated webhooks
FIRST_LOADED = timedelta(days=20)
RARELY = (100_000, 20, 100)  # a whole town lives in memory: looking through it takes its time


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything of one rehearsal."""

    town: Town
    driven: Driven
    application: Application
    driver: Driver
    engine: Engine
    closing: ExitStack = field(repr=False)

    def close(self) -> None:
        self.closing.close()


def environment(town: Town) -> dict[str, str]:
    """What a deployment against this town has in its environment."""
    crm, marketing = town.salesforce.credentials(), town.hubspot.credentials()
    marketo = town.marketo.credentials()
    return {
        "SALESFORCE_URL": crm["instance_url"],
        "SALESFORCE_CONSUMER_KEY": crm["client_id"],
        "SALESFORCE_CONSUMER_SECRET": crm["client_secret"],
        "HUBSPOT_ACCESS_TOKEN": marketing["access_token"],
        "HUBSPOT_WEBHOOK_SECRET": marketing["webhook_secret"],
        "MARKETO_URL": f"https://{marketo['munchkin_id'].lower()}.mktorest.com",
        "MARKETO_CLIENT_ID": marketo["client_id"],
        "MARKETO_CLIENT_SECRET": marketo["client_secret"],
        "MARKETO_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }


def shipped_settings(
    town: Town, today: date, marketing: str = "hubspot", crm_name: str = "salesforce"
) -> Settings:
    """Load the shipped configuration, aimed at `town`, writing at once and creating leads."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home, marketing, crm_name)
        found = load(home / "config", home / "connectors", environment(town), today=today)
    if isinstance(found.crm, HubSpotConfig):
        return replace(found, mode=Mode.ENFORCE)  # its contacts are its leads
    crm, _ = _both(found)
    crm = replace(crm, create_leads=CreateLeads.AT_HANDOVER)
    if found.marketo is not None:  # nobody is older than the town
        found = replace(found, marketo=replace(found.marketo, oldest=today - FIRST_LOADED))
    return replace(found, mode=Mode.ENFORCE, salesforce=crm)


Carrier = Callable[[Settings, Town, Seams, ExitStack], Connectors]
"""Connects daemon and town; what it opens is closed by the stack."""


def in_process(settings: Settings, town: Town, seams: Seams, _: ExitStack) -> Connectors:
    """Put the vendors' own client libraries on the simulated systems, without sockets."""
    if isinstance(settings.crm, HubSpotConfig):
        both = _hubspot_in_process(settings.crm, town, seams)
        return Connectors(both, both)
    crm, marketing = _both(settings)
    handle = town.salesforce.handle
    return Connectors(
        salesforce.build_connector(
            crm,
            seams,
            adapter=InProcessAdapter(handle),
            httpx_transport=in_process_httpx(handle),
        ),
        _marketing_in_process(marketing, town, seams),
    )


def _marketing_in_process(config: MarketingConfig, town: Town, seams: Seams) -> Marketing:
    if isinstance(config, MarketoConfig):
        transport = in_process_httpx(town.marketo.handle)
        return marketo.build_connector(config, seams, httpx_transport=transport)
    return _hubspot_in_process(config, town, seams)


def _hubspot_in_process(
    config: HubSpotConfig, town: Town, seams: Seams
) -> hubspot.HubSpotConnector:
    return hubspot.build_connector(config, seams, pool_manager=InProcessPool(town.hubspot.handle))


def over_sockets(settings: Settings, town: Town, seams: Seams, closing: ExitStack) -> Connectors:
    """Serve the simulated systems on this machine and connect as in production."""
    crm, marketing = _both(settings)
    salesforce_at = closing.enter_context(Server(town.salesforce.handle)).url
    town.salesforce.served_at(salesforce_at)
    aimed = replace(
        settings,
        salesforce=replace(crm, url=salesforce_at),
        notify=None,  # a rehearsal writes to nobody
    )
    if isinstance(marketing, MarketoConfig):
        at = closing.enter_context(Server(town.marketo.handle)).url
        return connect(replace(aimed, marketo=replace(marketing, url=at)), seams)
    at = closing.enter_context(Server(town.hubspot.handle)).url
    return connect(replace(aimed, hubspot=replace(marketing, url=at)), seams)


def _both(settings: Settings) -> tuple[SalesforceConfig, MarketingConfig]:
    if settings.salesforce is None or settings.marketing is None:
        raise Stopped("a rehearsal needs a CRM and a marketing system in slasync.yaml")
    return settings.salesforce, settings.marketing


def raise_curtain(  # noqa: PLR0913 - what a stage is made of
    town: Town,
    driven: Driven,
    settings: Settings,
    database: Path,
    *,
    carrier: Carrier = in_process,
    worker: str = "rehearsal",
) -> Stage:
    """Put daemon and town on one clock, on a SQLite file."""
    gc.set_threshold(*RARELY)
    closing = ExitStack()
    seams = Seams(clock=DrivenClock(driven), chance=town.world.chance)
    engine = open_engine(f"sqlite:///{database}", durable=False)
    closing.callback(engine.dispose)
    connected = carrier(settings, town, seams, closing)
    closing.callback(connected.close)
    application = assemble(settings, seams, connected, engine=engine, worker=worker)
    changes = counted_commits(engine)
    driver = Driver(driven, town.world.agenda, application.steps, changes=changes)
    return Stage(town, driven, application, driver, engine, closing)


def counted_commits(engine: Engine) -> Callable[[], int]:
    """Count the transactions of this process that may have changed something."""
    turns = _CountedTurns()
    engine.pool.slasync_writer = turns  # type: ignore[attr-defined]
    return lambda: turns.count


class _CountedTurns:
    """Stands in for the lock of writers, and counts how often it was taken."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def acquire(self, *, timeout: float) -> bool:
        taken = self._lock.acquire(timeout=timeout)
        self.count += taken
        return taken

    def release(self) -> None:
        self._lock.release()
