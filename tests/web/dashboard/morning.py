"""A bad morning: a company at work for nine days, leads overdue, a batch held, writes refused."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select, update

from slasync.domain.caps import Reason
from slasync.rehearsal.demo import ARRIVING, BEGINS, NEW, THRESHOLD, ZONE, Demo, prepare
from slasync.sandbox.hours import Hours
from slasync.sandbox.marketing import Plan
from slasync.serving import Serving, snapshot
from slasync.settings.access import Dashboard
from slasync.showing import front
from slasync.store.access import LocalUser
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import State
from slasync.store.tables import OUTBOX
from slasync.store.unit import Unit, transaction
from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.front import Front
from slasync.web.server import WebServer
from tests.web.dashboard.house import KEPT, PEOPLE

PARKED, HELD = 2, 7
LONG = "Donaudampfschifffahrtsgesellschaft Oberviechtach und Umgebung mbH"
REFUSED = "FIELD_CUSTOM_VALIDATION_EXCEPTION: a task needs a campaign (rule Require_Campaign)"


@dataclass(frozen=True, slots=True)
class Morning:
    """Where the dashboard is served, and what is behind it."""

    url: str
    engine: Engine
    front: Front
    batch: str


def a_morning(folder: Path, closing: ExitStack) -> Morning:
    """Let nine days pass, spoil some of what came of them, and serve the dashboard."""
    demo = prepare(folder / "morning.db")
    closing.callback(demo.stage.close)
    _nine_days(demo)
    stage = demo.stage
    settings = replace(
        stage.application.settings,
        agreement=replace(
            stage.application.settings.agreement, crm_url="https://acme.my.salesforce.com"
        ),
    )
    seams = stage.application.seams
    serving = Serving(settings, stage.engine, seams, stage.application.connectors)
    serving.application = stage.application
    batch = _spoiled(stage.engine)
    made = front(settings, Dashboard(), stage.engine, seams, lambda unit: snapshot(serving, unit))
    server = WebServer(dashboard_app(made), "127.0.0.1", 0, name="dashboard")
    port = server.start()
    closing.callback(server.stop)
    return Morning(f"http://127.0.0.1:{port}", stage.engine, made, batch)


def _nine_days(demo: Demo) -> None:
    hours = Hours(ZoneInfo(ZONE))
    now = demo.stage.driven.now()
    demo.town.staff.begin()
    demo.town.marketing.begin(Plan(now, ARRIVING, NEW, hours, threshold=THRESHOLD))
    demo.stage.driver.run(BEGINS + timedelta(days=9, hours=2, minutes=30))


def _long_names(unit: Unit, at: datetime) -> None:
    """Have the lead that the overview names first work where German companies do."""
    first = unit.board.page(1)[0].key
    fields = dict(unit.leads.get([first])[first].fields, company=LONG)
    unit.leads.put([LeadUpdate(first, None, fields, None)], at)


def _spoiled(engine: Engine) -> str:
    """Park the last writes to Salesforce, hold some before them, and let people in."""
    at = BEGINS + timedelta(days=9, hours=2)
    with transaction(engine) as unit:
        batch = unit.held.open_for(
            Reason.LATE, "7 tasks were decided late, above 5 for one owner",
            now=at, day=at.date(), window=timedelta(hours=1),
        )  # fmt: skip
        for name, rank in PEOPLE.items():
            unit.access.add(LocalUser(name, rank, KEPT, at, at))
        _long_names(unit, at)
    tasks = (
        select(OUTBOX.c.id)
        .where(OUTBOX.c.action == "task", OUTBOX.c.state == State.DONE.value)
        .order_by(OUTBOX.c.id.desc())
        .limit(PARKED + HELD)
    )
    with transaction(engine) as unit:
        ids = list(unit.db.execute(tasks).scalars())
        parked = {"state": State.PARKED.value, "outcome": REFUSED, "external_ref": None}
        unit.db.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids[:PARKED])).values(**parked))
        held = {"state": State.HELD.value, "batch": batch, "held_because": "above 5 tasks"}
        unit.db.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids[PARKED:])).values(**held))
    return batch
