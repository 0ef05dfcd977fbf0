"""A first load of Salesforce's leads by Bulk API 2.0: its memory, and calls per 1,000 leads.

The simulated Salesforce is in this process and the load in one of its own, with a socket between
them: files come in as they do from the vendor, and the organisation is not in the load's memory.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.first_load_memory import STATUS, peak
from benchmarks.quiet import quiet
from benchmarks.shipped import AMPLE, Shipped, new_database, shipped
from slasync.clock import Seams
from slasync.connectors.salesforce import SalesforceConnector, build_connector
from slasync.rehearsal.driver import DrivenClock
from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.server import Server
from slasync.sandbox.time import Driven
from slasync.sandbox.world import World
from slasync.store.engine import open_engine
from slasync.store.unit import reading
from slasync.systems import SalesforceConfig, Secret
from slasync.workers.pulling.pull import Pace, Pull

LEADS = 100_000
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
STREAM = "salesforce.leads"
SECOND = timedelta(seconds=1)
THOUSAND = 1_000
BY_REST = sys.maxsize  # no object has so many rows


class Office:
    """A simulated Salesforce full of leads, whose time goes on by a second with each call."""

    def __init__(self, leads: int) -> None:
        self._driven = Driven(MONDAY)
        self.crm = Salesforce(World(self._driven.now), daily_limit=10_000_000)
        self.crm.assign_leads_to(None)
        self.crm.load("Lead", [_lead(n) for n in range(leads)], self.crm.admin_id)

    def handle(self, request: Request) -> Response:
        self._driven.advance_to(self._driven.now() + SECOND)
        return self.crm.handle(request)

    def called(self) -> int:
        return self.crm.calls.total()

    def command(self, database: str, url: str, start: datetime, by_bulk_from: int) -> list[str]:
        """Return how a process is started that loads from here, its clock set to `start`."""
        client = self.crm.client
        given = [database, url, client.key, client.secret, start.isoformat(), str(by_bulk_from)]
        return [sys.executable, "-m", "benchmarks.salesforce_load", *given]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load took."""

    least: float  # MB, before the first page
    most: float  # MB
    calls: int


def measure(leads: int = LEADS) -> Iterator[Figure]:
    """Yield the most resident memory of the load, then calls per 1,000 leads, Bulk and REST.

    The floor of memory is what is there before the first page; of calls, a file of 10,000 rows
    a call, or a page of 2,000.
    """
    if not STATUS.exists():
        print("salesforce_load needs Linux: /proc tells the peak", file=sys.stderr)
        return
    office = Office(leads)
    by_bulk, by_rest = _load(office, min(leads, 20_000)), _load(office, BY_REST)
    yield Figure("salesforce_load_memory", by_bulk.most, "MB", by_bulk.least,
                 by_bulk.most / by_bulk.least)  # fmt: skip
    for name, loaded, rows in (("bulk", by_bulk, 10_000), ("rest", by_rest, 2_000)):
        value, floor = loaded.calls * THOUSAND / leads, -(-leads // rows) * THOUSAND / leads
        yield Figure(f"salesforce_load_calls_{name}", value, "calls/1,000", floor, value / floor)


def _load(office: Office, by_bulk_from: int) -> Loaded:
    with TemporaryDirectory() as folder, Server(office.handle) as server:
        office.crm.served_at(server.url)
        database, before = new_database(Path(folder) / "slasync.db"), office.called()
        command = office.command(database, server.url, MONDAY, by_bulk_from)
        root = Path(__file__).parents[1]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)  # noqa: S603 - ourselves
        least, most = told.stdout.splitlines()[-1].split()
        return Loaded(float(least), float(most), office.called() - before)


def _lead(number: int) -> dict[str, object]:
    return {
        "LastName": f"Last{number}",
        "FirstName": f"First{number % 311}",
        "Company": f"Company {number % 977}",
        "Email": f"person{number}@company{number % 977}.example",
        "Phone": f"+49 821 {number:07d}",
        "Title": "Head of Operations",
        "LeadSource": "Web",
    }


def main(arguments: list[str]) -> None:
    """Load in this process. Prints a line a page, at the end its peak before and after."""
    database, url, key, secret, start, by_bulk_from = arguments
    settings, driven = shipped(), Driven(datetime.fromisoformat(start))
    config = replace(
        _config(settings),
        url=url,
        secrets={"consumer_key": Secret(key), "consumer_secret": Secret(secret)},
        bulk_read_from=int(by_bulk_from),
        budget=AMPLE,
    )
    seams = Seams(clock=DrivenClock(driven))
    with quiet():
        connector = build_connector(config, seams)
        least = peak()
        _pull(database, settings, connector, driven)
        connector.close()
    print(least, peak())


def _config(settings: Shipped) -> SalesforceConfig:
    if settings.settings.salesforce is None:
        raise LookupError("the shipped configuration has no Salesforce")
    return settings.settings.salesforce


def _pull(database: str, settings: Shipped, connector: SalesforceConnector, driven: Driven) -> None:
    """Read as the daemon does, until the leads' first pass is complete."""
    engine = open_engine(database)
    seams = Seams(clock=DrivenClock(driven))
    owner = driven.now().isoformat()
    pull = Pull(engine, seams, connector.source, settings.rules, Pace(), owner, settings.agreement)
    while not _complete(pull):
        if not pull.run():
            driven.advance_to(pull.next_at() or driven.now() + SECOND)
        print("page", flush=True)
    engine.dispose()


def _complete(pull: Pull) -> bool:
    with reading(pull.engine) as unit:
        cursor = unit.cursors.all().get(STREAM)
    return cursor is not None and cursor.passes > 0


if __name__ == "__main__":
    main(sys.argv[1:])
