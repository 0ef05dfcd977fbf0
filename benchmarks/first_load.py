"""How many HubSpot contacts a second a first load brings into a durable SQLite database.

Value: the real pull step, from the vendor's client library to the committed page. Floor: a bare
loop that fetches the same pages, decodes them and upserts the very same rows.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bare_load import bare_load
from benchmarks.contact_pages import ListedContacts, encoded, first_load
from benchmarks.figures import Figure, seconds
from benchmarks.shipped import new_database, shipped

CONTACTS = 10_000
RUNS = 7
THOUSAND = 1_000


def measure(contacts: int = CONTACTS, runs: int = RUNS) -> Iterator[Figure]:
    """Yield contacts a second, then list calls per 1,000 contacts."""
    settings, listed = shipped(), ListedContacts(encoded(contacts))
    values, floors, calls = [], [], []
    with TemporaryDirectory() as folder:
        empty, used = Path(folder) / "empty.db", Path(folder) / "used.db"
        new_database(empty)
        for _ in range(runs):  # in turn: both are to see the same machine
            url = f"sqlite:///{shutil.copy(empty, used)}"
            values.append(seconds(lambda: calls.append(first_load(url, settings, listed))))  # noqa: B023 - called at once
            shutil.copy(empty, used)
            floors.append(seconds(lambda: bare_load(url, settings, listed)))  # noqa: B023 - called at once
    value, floor = contacts / min(values), contacts / min(floors)
    yield Figure("first_load", value, "contacts/s", floor, value / floor)
    least = -(-contacts // settings.hubspot.page_size) * THOUSAND / contacts
    used_calls = max(calls) * THOUSAND / contacts
    yield Figure("first_load_calls", used_calls, "calls/1,000", least, used_calls / least)
