"""How many calls of Salesforce's API a thousand due tasks cost, re-reads included.

The simulated Salesforce counts them while the real push step sends: first tasks queued by hand,
then tasks of leads that were read, handed over and decided about in earnest, then the same with
the fields that show reps how a lead stands, of which what they cost more is told. Floor: one call
for each 1,000 rows, five collections of 200, and nothing is re-read.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.quiet import quiet
from benchmarks.shipped import AMPLE, new_database
from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Role, Write
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.inprocess import InProcessAdapter, InProcessPool, in_process_httpx
from slasync.rehearsal.stage import shipped_settings
from slasync.sandbox.time import Driven
from slasync.sandbox.town import REPS, Town, build
from slasync.sandbox.world import World
from slasync.settings import Settings
from slasync.store.engine import open_engine
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.wiring import Application, Connectors, assemble
from slasync.workers.step import Step

TASKS = 1_000
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHOWN = frozenset({"status", "due", "next_step", "why", "attempts", "priority"})
"""The fields that the shipped connector.yaml shows reps."""
PUSH = "push:salesforce"


@dataclass(frozen=True, slots=True)
class Office:
    """slasync over a simulated Salesforce with leads, each of them some rep's."""

    town: Town
    driven: Driven
    application: Application
    leads: tuple[str, ...]  # Salesforce ids

    def step(self, name: str) -> Step:
        return next(step for step in self.application.steps if step.name == name)


def measure(tasks: int = TASKS) -> Iterator[Figure]:
    """Yield calls per 1,000 tasks, queued by hand and really decided; and per 1,000 leads shown."""
    by_hand, _ = _measured(tasks, _queue_by_hand)
    decided, floor = _measured(tasks, _decide)
    shown, _ = _measured(tasks, _decide, shows=SHOWN)
    for name, value in (
        ("write_back_calls", by_hand),
        ("write_back_calls_decided", decided),
        ("write_back_calls_shown", shown - decided),
    ):
        yield Figure(name, value, "calls/1,000", floor, value / floor)


def _measured(
    tasks: int, queue: Callable[[Office], None], shows: frozenset[str] = frozenset()
) -> tuple[float, float]:
    """Return what was used and the least there is, as calls per 1,000 tasks."""
    with quiet(), ExitStack() as closing:
        office = _open(tasks, closing, shows)
        queue(office)
        calls = _calls(office, tasks)
    batches = -(-tasks // _batch(office.application.settings))
    return calls * 1_000 / tasks, batches * 1_000 / tasks


def _open(leads: int, closing: ExitStack, shows: frozenset[str]) -> Office:
    driven = Driven(MONDAY)
    town = build(World(driven.now))
    folder = Path(closing.enter_context(TemporaryDirectory()))
    engine = open_engine(new_database(folder / "slasync.db"))
    closing.callback(engine.dispose)
    settings = _settings(town, shows)
    seams = Seams(clock=DrivenClock(driven), chance=town.world.chance)
    connectors = _connected(settings, town, seams)
    closing.callback(connectors.close)
    application = assemble(settings, seams, connectors, engine=engine, worker="benchmark")
    return Office(town, driven, application, _leads(town, leads))


def _settings(town: Town, shows: frozenset[str]) -> Settings:
    found = shipped_settings(town, MONDAY.date())
    if found.salesforce is None or found.hubspot is None:
        raise LookupError("the shipped configuration lacks a system")
    return replace(
        found,
        agreement=replace(found.agreement, effective_from=MONDAY, shows=shows),
        salesforce=replace(found.salesforce, budget=AMPLE),
        hubspot=replace(found.hubspot, budget=AMPLE),
        caps=replace(found.caps, bulk=None),  # everybody comes at once, and is to be written
    )


def _connected(settings: Settings, town: Town, seams: Seams) -> Connectors:
    if settings.salesforce is None or settings.hubspot is None:
        raise LookupError("both systems are needed")
    crm = town.salesforce.handle
    adapter, transport = InProcessAdapter(crm), in_process_httpx(crm)
    pool = InProcessPool(town.hubspot.handle)
    return Connectors(
        salesforce.build_connector(
            settings.salesforce, seams, adapter=adapter, httpx_transport=transport
        ),
        hubspot.build_connector(settings.hubspot, seams, pool_manager=pool),
    )


def _leads(town: Town, count: int) -> tuple[str, ...]:
    """Have Salesforce hold leads that reps own already, so that nobody is routed."""
    owners = [town.users[name] for name in REPS]
    rows = [
        {
            "LastName": f"Last{n}",
            "Company": f"Company {n}",
            "Email": f"person{n}@company{n}.example",
            "OwnerId": owners[n % len(owners)],
        }
        for n in range(count)
    ]
    return tuple(town.salesforce.load("Lead", rows, town.salesforce.admin_id))


def _queue_by_hand(office: Office) -> None:
    crm = office.town.salesforce
    items = [
        OutboxItem(_task(id_, UserKey((crm.get("Lead", id_) or {})["OwnerId"])), "tasks", MONDAY)
        for id_ in office.leads
    ]
    with transaction(office.application.engine) as unit:
        unit.outbox.add(items, MONDAY)


def _task(lead: str, owner: UserKey) -> Write:
    return Write(
        key=f"write-{lead}",
        lead=LeadKey(f"salesforce:lead:{lead}"),
        system="salesforce",
        action=Action.TASK,
        values={
            "subject": "Call",
            "text": "Please call.",
            "priority": "High",
            "owner": owner,
            "due": MONDAY.isoformat(),
            "due_date": MONDAY.date().isoformat(),
        },
        target=Ref("salesforce", "lead", lead),
        task_key=f"task-{lead}",
        judged=Judged(owner, None),
        role=Role.OWNER,
    )


def _decide(office: Office) -> None:
    """Have marketing score everybody high enough; read and decide until there is no work."""
    for n, id_ in enumerate(office.leads):
        properties = {
            "email": f"person{n}@company{n}.example",
            "hubspotscore": "80",
            "salesforceleadid": id_,
        }
        office.town.hubspot.create("contacts", properties, "import")
    office.driven.advance_to(MONDAY + timedelta(minutes=5))  # watermarks trail by two
    steps = [s for s in office.application.steps if not s.name.startswith("push")]
    while any(step.run() for step in steps):
        office.driven.advance_to(office.driven.now() + timedelta(seconds=1))


def _calls(office: Office, tasks: int) -> int:
    """Send everything queued; return the calls it cost.

    Raises unless all tasks are there, and where anything is shown, that of all leads.
    """
    crm = office.town.salesforce
    before = crm.calls.total()
    while office.step(PUSH).run():
        pass
    used = crm.calls.total() - before
    with reading(office.application.engine) as unit:
        done = unit.outbox.counts().get(("salesforce", State.DONE), 0)
    made = sum(1 for _ in crm.rows("Task"))
    wanted = tasks * 2 if office.application.agreement.shows else tasks
    if (done, made) != (wanted, tasks):
        raise AssertionError(f"{tasks} tasks wanted, {done} writes done, {made} tasks made")
    return used


def _batch(settings: Settings) -> int:
    if settings.salesforce is None:
        raise LookupError("Salesforce is needed")
    return settings.salesforce.task_batch * settings.salesforce.collections_a_call
