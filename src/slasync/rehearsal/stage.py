"""A stage: simulated systems, the whole daemon over them, one driven clock."""

import gc
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, event

from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.errors import Stopped
from slasync.rehearsal.driver import DrivenClock, Driver
from slasync.rehearsal.inprocess import InProcessAdapter, InProcessPool, in_process_httpx
from slasync.sandbox.server import Server
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town
from slasync.settings import Mode, Settings, load
from slasync.settings.defaults import copy_defaults
from slasync.store.engine import READING, open_engine
from slasync.systems import CreateLeads, HubSpotConfig, SalesforceConfig
from slasync.wiring import Application, Connectors, assemble, connect

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
    return {
        "SALESFORCE_URL": crm["instance_url"],
        "SALESFORCE_CONSUMER_KEY": crm["client_id"],
        "SALESFORCE_CONSUMER_SECRET": crm["client_secret"],
        "HUBSPOT_ACCESS_TOKEN": marketing["access_token"],
        "HUBSPOT_WEBHOOK_SECRET": marketing["webhook_secret"],
    }


def shipped_settings(town: Town, today: date) -> Settings:
    """Load the shipped configuration, aimed at `town`, writing at once and creating leads."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home)
        found = load(home / "config", home / "connectors", environment(town), today=today)
    crm, _ = _both(found)
    crm = replace(crm, create_leads=CreateLeads.AT_HANDOVER)
    return replace(found, mode=Mode.ENFORCE, salesforce=crm)


Carrier = Callable[[Settings, Town, Seams, ExitStack], Connectors]
"""Connects daemon and town; what it opens is closed by the stack."""


def in_process(settings: Settings, town: Town, seams: Seams, _: ExitStack) -> Connectors:
    """Put the vendors' own client libraries on the simulated systems, without sockets."""
    crm, marketing = _both(settings)
    handle = town.salesforce.handle
    return Connectors(
        salesforce.build_connector(
            crm,
            seams,
            adapter=InProcessAdapter(handle),
            httpx_transport=in_process_httpx(handle),
        ),
        hubspot.build_connector(marketing, seams, pool_manager=InProcessPool(town.hubspot.handle)),
    )


def over_sockets(settings: Settings, town: Town, seams: Seams, closing: ExitStack) -> Connectors:
    """Serve the simulated systems on this machine and connect as in production."""
    crm, marketing = _both(settings)
    salesforce_at = closing.enter_context(Server(town.salesforce.handle)).url
    hubspot_at = closing.enter_context(Server(town.hubspot.handle)).url
    town.salesforce.served_at(salesforce_at)
    aimed = replace(
        settings,
        salesforce=replace(crm, url=salesforce_at),
        hubspot=replace(marketing, url=hubspot_at),
        notify=None,  # a rehearsal writes to nobody
    )
    return connect(aimed, seams)


def _both(settings: Settings) -> tuple[SalesforceConfig, HubSpotConfig]:
    if settings.salesforce is None or settings.hubspot is None:
        raise Stopped("a rehearsal needs both systems in slasync.yaml")
    return settings.salesforce, settings.hubspot


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
    closing.callback(connected.salesforce.close)
    closing.callback(connected.hubspot.close)
    application = assemble(settings, seams, connected, engine=engine, worker=worker)
    changes = counted_commits(engine)
    driver = Driver(driven, town.world.agenda, application.steps, changes=changes)
    return Stage(town, driven, application, driver, engine, closing)


def counted_commits(engine: Engine) -> Callable[[], int]:
    """Count the transactions of this process that may have changed something."""
    commits = [0]

    @event.listens_for(engine, "commit")
    def committed(db: Connection) -> None:
        commits[0] += not db.get_execution_options().get(READING, False)

    return lambda: commits[0]
