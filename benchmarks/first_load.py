"""How many HubSpot contacts a second a first load brings into a durable SQLite database.

Value: the real pull step, from the vendor's client library to the committed page. Floor: a bare
loop that fetches the same pages, decodes them and upserts the very same rows.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import Engine, Table
from sqlalchemy.dialects.sqlite import Insert, insert

from benchmarks.contact_pages import (
    LIST,
    ORIGIN,
    ListedContacts,
    Shipped,
    encoded,
    first_load,
    shipped,
)
from benchmarks.figures import Figure, seconds
from slasync.rehearsal.inprocess import InProcessPool
from slasync.store.engine import open_engine
from slasync.store.schema import migrate
from slasync.store.tables import FACT, LEAD, LINK, RECORD

CONTACTS = 10_000
RUNS = 3
KIND, SYSTEM = "contact", "hubspot"
KEYS = {RECORD: ("system", "kind", "external_id"), LEAD: ("key",)}

Json = dict[str, Any]
Rows = dict[Table, list[Json]]


def measure(contacts: int = CONTACTS, runs: int = RUNS) -> Iterator[Figure]:
    """Yield contacts a second and list calls per 1,000 contacts."""
    settings, listed = shipped(), ListedContacts(encoded(contacts))
    calls = 0
    values, floors = [], []
    with TemporaryDirectory() as folder:
        for run in range(runs):  # in turn, so that both see the same machine
            databases = [_empty(Path(folder) / f"{who}{run}.db") for who in ("value", "floor")]
            value, floor = databases
            values.append(seconds(lambda: first_load(value, settings, listed)))
            floors.append(seconds(lambda: bare_loop(floor, settings, listed)))
    listed.calls.clear()
    fast, least = contacts / min(values), contacts / min(floors)
    yield Figure("first_load", fast, "contacts/s", least, fast / least)
