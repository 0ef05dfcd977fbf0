"""How many calls of HubSpot's API a thousand contacts cost: listed, searched, read by id, written.

The simulated HubSpot counts them. Floor: the most that HubSpot answers or takes at once, 100 a page
of the list and a batch, 200 a page of the search. Above it is what a pass of changes needs besides.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure
from benchmarks.marketing_calls import Asked, Instance, costs
from benchmarks.shipped import AMPLE
from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS, build_connector
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.inprocess import InProcessPool
from slasync.rehearsal.stage import shipped_settings
from slasync.sandbox.time import Driven
from slasync.sandbox.town import build
from slasync.sandbox.world import World

LEADS = 4_000
A_BATCH, A_SEARCH = 100, 200
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def measure(leads: int = LEADS) -> Iterator[Figure]:
    """Yield calls per 1,000 contacts: loaded first, changed since, read by id, written."""
    instance, batch = _opened(), 1_000 / A_BATCH
    before, ids = instance.driven.now(), _created(instance, leads)
    yield from costs(instance, {
        "hubspot_first_load_calls": Asked(lambda i: i.read(CONTACTS, None), leads, batch),
        "hubspot_changes_calls": Asked(
            lambda i: i.read(CONTACTS, before), leads, 1_000 / A_SEARCH
        ),
        "hubspot_read_calls": Asked(lambda i: i.fetch(ids), leads, batch),
        "hubspot_write_calls": Asked(lambda i: i.write(ids), leads, batch),
    })  # fmt: skip


def _opened() -> Instance:
    driven = Driven(MONDAY)
    town = build(World(driven.now))
    settings = shipped_settings(town, MONDAY.date())
    if settings.hubspot is None:
        raise LookupError("the shipped configuration lacks HubSpot")
    config = replace(settings.hubspot, budget=AMPLE)
    seams = Seams(clock=DrivenClock(driven))
    pool = InProcessPool(town.hubspot.handle)
    return Instance(driven, town, build_connector(config, seams, pool_manager=pool))


def _created(instance: Instance, leads: int) -> list[str]:
    """Make contacts, some in each second, and wait until the search shows them."""
    made = []
    for number in range(leads):
        if number % 20 == 0:
            instance.pass_time(instance.driven.now() + timedelta(seconds=1))
        values = {"email": f"p{number}@x.example"}
        made.append(instance.town.hubspot.create("contacts", values, "import"))
    instance.pass_time(instance.driven.now() + timedelta(minutes=10))
    return made
