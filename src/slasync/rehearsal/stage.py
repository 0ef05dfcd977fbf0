"""A stage: simulated systems, the whole daemon over them, one driven clock."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, event

from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.errors import Stopped
from slasync.rehearsal.driver import DrivenClock, Driver
from slasync.rehearsal.inprocess import InProcessAdapter, InProcessPool, in_process_httpx
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town
from slasync.settings import Mode, Settings, load
from slasync.settings.defaults import copy_defaults
from slasync.store.engine import READING, open_engine
from slasync.systems import CreateLeads
from slasync.wiring import Application, Connectors, assemble
from slasync.workers.pull import Pull


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything of one rehearsal."""

    town: Town
    driven: Driven
    application: Application
    driver: Driver
    engine: Engine
    closing: ExitStack = field(repr=False)

    @property
    def pulls(self) -> tuple[Pull, ...]:
        return self.application.pulls

    def close(self) -> None:
        self.closing.close()


def environment(town: Town, urls: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a deployment against this town has in its environment."""
    crm, marketing = town.salesforce.credentials(), town.hubspot.credentials()
    found = {
        "SALESFORCE_URL": crm["instance_url"],
        "SALESFORCE_CONSUMER_KEY": crm["client_id"],
        "SALESFORCE_CONSUMER_SECRET": crm["client_secret"],
        "HUBSPOT_ACCESS_TOKEN": marketing["access_token"],
        "HUBSPOT_WEBHOOK_SECRET": marketing["webhook_secret"],
    }
    return found | dict(urls or {})


def shipped_settings(town: Town, today: date, urls: Mapping[str, str] | None = None) -> Settings:
    """Load the shipped configuration, aimed at `town`, writing at once and creating leads."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home)
        found = load(home / "config", home / "connectors", environment(town, urls), today=today)
    if found.salesforce is None:
        raise Stopped("the shipped configuration has no Salesforce")
    crm = replace(found.salesforce, create_leads=CreateLeads.AT_HANDOVER)
    return replace(found, mode=Mode.ENFORCE, salesforce=crm)


def in_process(settings: Settings, town: Town, seams: Seams) -> Connectors:
    """Connect the vendors' own client libraries to the simulated systems, without sockets."""
    if settings.salesforce is None or settings.hubspot is None:
        raise Stopped("a rehearsal needs both systems")
    crm: Any = town.salesforce.handle
    return Connectors(
        salesforce.build_connector(
            settings.salesforce,
            seams,
            adapter=InProcessAdapter(crm),
            httpx_transport=in_process_httpx(crm),
        ),
        hubspot.build_connector(
            settings.hubspot, seams, pool_manager=InProcessPool(town.hubspot.handle)
        ),
    )


def raise_curtain(  # noqa: PLR0913 - what a stage is made of
    town: Town,
    driven: Driven,
    settings: Settings,
    database: Path,
    *,
    connectors: Connectors | None = None,
    started: datetime | None = None,
    worker: str = "rehearsal",
) -> Stage:
    """Put daemon and town on one clock, on a SQLite file."""
    closing = ExitStack()
    clock = DrivenClock(driven)
    seams = Seams(clock=clock, chance=town.world.chance)
    engine = open_engine(f"sqlite:///{database}", durable=False)
    closing.callback(engine.dispose)
    connected = connectors or in_process(settings, town, seams)
    closing.callback(connected.salesforce.close)
    closing.callback(connected.hubspot.close)
    agreement = replace(settings.agreement, effective_from=started)
    application = assemble(
        replace(settings, agreement=agreement), seams, connected, engine=engine, worker=worker
    )
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
