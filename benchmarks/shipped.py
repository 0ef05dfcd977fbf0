"""The shipped configuration, without its limits on calls: a quota is not what is measured."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from slasync.domain.agreement import Agreement
from slasync.settings import Settings, load
from slasync.settings.defaults import copy_defaults
from slasync.store.engine import open_engine
from slasync.store.schema import migrate
from slasync.systems import Budget, HubSpotConfig
from slasync.workers.pulling.ingest import Rules

TODAY = date(2026, 3, 2)
AMPLE = Budget(daily_calls=10_000_000, burst=0)
ENVIRONMENT = {
    "SALESFORCE_URL": "https://acme.my.salesforce.com",
    "SALESFORCE_CONSUMER_KEY": "key",
    "SALESFORCE_CONSUMER_SECRET": "secret",
    "HUBSPOT_ACCESS_TOKEN": "token",
    "HUBSPOT_WEBHOOK_SECRET": "secret",
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """The settings, and what a first load takes from them."""

    settings: Settings
    hubspot: HubSpotConfig

    @property
    def agreement(self) -> Agreement:
        return self.settings.agreement

    @property
    def rules(self) -> Rules:
        return Rules(watched=self.agreement.watched)


def shipped() -> Shipped:
    """Load the shipped files."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home)
        found = load(home / "config", home / "connectors", ENVIRONMENT, today=TODAY)
    if found.hubspot is None:
        raise LookupError("the shipped configuration has no HubSpot")
    return Shipped(found, replace(found.hubspot, budget=AMPLE))


def new_database(path: Path) -> str:
    """Make an SQLite file with all tables and no rows; return its URL."""
    url = f"sqlite:///{path}"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url
