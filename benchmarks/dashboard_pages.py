"""How long the dashboard's pages take with 100,000 leads at work.

In process, from the request to the last byte; the fastest of several, as others use the machine.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Integer, case, cast, func, select, update
from starlette.testclient import TestClient

from benchmarks.figures import Figure, best_of
from benchmarks.quiet import quiet
from benchmarks.shipped import new_database, shipped
from benchmarks.waiting_leads import MONDAY, REPS, Crowd, build
from slasync.clock import Seams
from slasync.domain.access import Rank
from slasync.domain.agreement import Agreement
from slasync.offline import accounted, standing
from slasync.rehearsal.driver import DrivenClock
from slasync.sandbox.time import Driven
from slasync.settings.access import Dashboard
from slasync.store.access import LocalUser, Session
from slasync.store.engine import open_engine
from slasync.store.tables import CLOCK, LEAD
from slasync.store.unit import Unit, transaction
from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.front import Front
from slasync.web.dashboard.tokens import SESSION, kept
from slasync.web.progress import Progress
from slasync.workers.deciding.decide import ready_gates

LEADS, TIMES = 100_000, 5
BOUND = 0.3  # seconds: what is promised of each page
STATES = ("touched", "overdue", "stale")
NOT_FOUND = "/leads?q=nobody@nowhere.example"  # a search that looks everywhere
PAGES = {
    "overview": "/",
    "queue": "/queue",
    "queue_of_a_team": "/queue?team=inbound",
    "queue_of_a_rep": f"/queue?rep={REPS[0].key}&state=late",
    "lead": "/leads/hubspot:contact:10000000777",
    "teams": "/teams",
    "rep": f"/reps/{REPS[1].key}",
    "funnel": "/funnel",
    "systems": "/systems",
    "search": NOT_FOUND,
    "held": "/held",
    "parked": "/parked",
    "accounts": "/accounts",
    "quality": "/quality",
    "agreement": "/agreement",
    "users": "/users",
    "audit": "/audit",
}
TOKEN = "of-a-benchmark"  # noqa: S105 - a throw-away session
SOMEBODY = Session(
    token=kept(TOKEN), who="bench", rank=None, address="", agent="", begun_at=MONDAY,
    seen_at=MONDAY, ends_at=MONDAY + timedelta(hours=12),
)  # fmt: skip


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing, quiet():
        client = _served(Path(folder), closing)
        last = _last_page(client)
        for name, path in (PAGES | {"last_page_of_the_queue": last}).items():
            get = partial(_got, client, path)
            get()
            taken = best_of(TIMES, get)
            yield Figure(f"dashboard_{name}_100k", 1000 * taken, "ms", 1000 * BOUND,
                         taken / BOUND)  # fmt: skip


def _got(client: TestClient, path: str) -> str:
    answer = client.get(path)
    if answer.status_code != (404 if path == NOT_FOUND else 200):
        raise AssertionError(f"{path}: {answer.status_code}")
    return answer.text


def _last_page(client: TestClient) -> str:
    """Go to a page far behind: it must cost what the first one costs."""
    path = "/queue"
    for _ in range(20):
        found = _got(client, path).partition("&amp;from=")[2].partition('"')[0]
        path = f"/queue?from={found}"
    return path


def _served(folder: Path, closing: ExitStack) -> TestClient:
    made = shipped()
    url, settings = new_database(folder / "bench.db"), made.settings
    build(url, Crowd(LEADS, 10, 1), made)
    engine = open_engine(url)
    closing.callback(engine.dispose)
    with transaction(engine) as unit:
        _spread(unit.db)
        unit.db.exec_driver_sql("ANALYZE")
    with transaction(engine) as unit:
        unit.access.add(LocalUser("bench", Rank.ADMIN, "", MONDAY, MONDAY))
        unit.access.begin(SOMEBODY)
    front = Front(
        engine=engine,
        seams=Seams(clock=DrivenClock(Driven(MONDAY))),
        settings=settings,
        access=Dashboard(),
        progress=partial(_progress, made.agreement),
        account=partial(accounted, settings),
        terms=lambda unit, now: standing(settings, unit, now).terms,
    )
    return TestClient(
        dashboard_app(front), base_url="http://127.0.0.1:8813", cookies={SESSION: TOKEN}
    )


def _spread(db: Connection) -> None:
    """Give each lead an owner, a state and a deadline of its own."""
    number = cast(func.substr(LEAD.c.key, 17), Integer)
    owner = case(*((number % len(REPS) == n, rep.key) for n, rep in enumerate(REPS)))
    state = case(*((number % 4 == n, name) for n, name in enumerate(STATES)), else_="open")
    due = select(func.min(CLOCK.c.due_at)).where(CLOCK.c.lead_key == LEAD.c.key)
    values = {"owner": owner, "sla_state": state, "due_at": due.scalar_subquery()}
    db.execute(update(LEAD).values(**values))


def _progress(agreement: Agreement, unit: Unit) -> Progress:
    """What the daemon's own health asks of the database."""
    ready = ready_gates(agreement, unit.cursors.watermarks())
    return Progress(
        now=MONDAY,
        started=MONDAY,
        steps=("decide",),
        cursors=unit.cursors.all(),
        outbox=unit.outbox.counts(),
        held=tuple(unit.held.open()),
        unsent=unit.outbox.oldest_unsent(),
        quarantined=unit.quarantine.counts(),
        waiting_for_data=unit.clocks.waiting(ready, MONDAY),
        without_record=unit.clocks.without_record(MONDAY),
        unfilled=unit.pools.unfilled(MONDAY - timedelta(days=1)),
        put_off=unit.pools.put_off(MONDAY),
    )
