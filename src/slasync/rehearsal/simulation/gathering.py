"""Gathers, at the end of a run, what the judge may look at."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from slasync.polling import FULL_STREAMS
from slasync.rehearsal.simulation.company import agreed, robot
from slasync.rehearsal.simulation.database import Files, cursor_log, outbox_log, tables_of
from slasync.rehearsal.simulation.evidence import (
    BOOKS,
    Evidence,
    FieldPair,
    Policy,
    QueueDepth,
    Row,
    Skew,
    Span,
    UserSeen,
)
from slasync.rehearsal.simulation.scene import Scene
from slasync.rehearsal.simulation.terms import BOTTOM_FORMS, STATUSES, THRESHOLD
from slasync.rehearsal.stage import WEBHOOK_SECRET
from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.activities import Activity
from slasync.sandbox.marketo.activity_types import FORM
from slasync.sandbox.town import QUEUE, REPS, Town
from slasync.systems import FieldMapping

NOTED = 30  # seconds: a clock that is less wrong than that is not held
OPEN = "state IN ('pending', 'maybe_sent')"
CRM_OBJECTS = ("Lead", "Contact", "Task", "Event")


def depth(scene: Scene) -> QueueDepth:
    """Count what is open now."""
    path = scene.daemons[0].slot.engine.url.database or ""
    with closing(sqlite3.connect(path)) as db:
        outbox = _count(db, f"outbox WHERE {OPEN}")
        inbox = _count(db, "inbox WHERE state = 'pending'")
        quarantine = _count(db, "quarantine")
    return QueueDepth(at=scene.around.now(), outbox=outbox, inbox=inbox, quarantine=quarantine)


def read_to(scene: Scene) -> datetime:
    """Return up to when all that is polled has been read."""
    path = scene.daemons[0].slot.engine.url.database or ""
    full = ", ".join(f"'{stream}'" for stream in sorted(FULL_STREAMS))
    marks = f"SELECT min(watermark) FROM cursor WHERE stream NOT IN ({full})"  # noqa: S608 - own words
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(marks).fetchone()[0]
    return datetime.fromisoformat(found) if found else scene.began


def _count(db: sqlite3.Connection, what: str) -> int:
    found: int = db.execute(f"SELECT count(*) FROM {what}").fetchone()[0]  # noqa: S608 - own words
    return found


def evidence_of(
    scene: Scene, files: Files, *, healed: datetime, quiet: datetime, ended: datetime
) -> Evidence:
    """Return everything of a run that is over."""
    around, path = scene.around, files.path
    town, gathered = around.town, around.gathered
    tables = tables_of(path)
    return Evidence(
        seed=around.plan.seed,
        began=scene.began,
        started=around.plan.start,
        healed=healed,
        ended=ended,
        policy=_policy(scene, tables),
        users=dict(_users(town)),
        us={
            "salesforce": town.salesforce.integration_user_id,
            "hubspot": town.hubspot.credentials()["app_id"],
            "marketo": town.marketo.credentials()["user"],
        },
        journal=tuple(around.world.journal.entries()),
        visible=gathered.visible,
        requests=tuple(gathered.requests),
        vendor=_vendor_rows(town) | _marketing_rows(around.plan.company.marketing, town),
        tables=tables,
        outbox_log=outbox_log(path),
        cursor_log=cursor_log(path),
        webhooks=tuple(gathered.webhooks),
        crashes=tuple(gathered.crashes),
        skews=tuple(_skews(scene)),
        outages=tuple(_outages(scene)),
        up=tuple(gathered.up),
        paused=tuple(gathered.paused),
        asleep=tuple(gathered.asleep),
        depths=tuple(gathered.depths),
        quiet_from=quiet,
        rewound=tuple(gathered.rewound),
        logs=tuple(gathered.logs),
        canaries=_canaries(town),
    )


def _policy(scene: Scene, tables: dict[str, tuple[Row, ...]]) -> Policy:
    around, town = scene.around, scene.around.town
    terms = agreed(around.plan)
    kept = {row["key"]: row["value"] for row in tables["meta"]}
    users = town.users
    return Policy(
        org=town.salesforce.org_id,
        effective_from=datetime.fromisoformat(kept["effective_from"]),
        hours=terms.hours,
        ladders=terms.ladders,
        threshold=THRESHOLD,
        marketing=BOOKS[around.plan.company.marketing],
        bottom_forms=frozenset(BOTTOM_FORMS),
        members=tuple(users[name] for name in REPS),
        queue=town.queues[QUEUE],
        stage_of_status=STATUSES,
        leadership=(users["lea"],),
        cap_owner=around.plan.cap_owner,
        cap_total=around.plan.cap_total,
        settle=around.settings.settle,
        overlap=around.settings.overlap,
        poll=timedelta(minutes=around.plan.company.poll),
        absent=frozenset({users[name] for name in (around.plan.company.absent,) if name}),
        reads_share=_share(scene),
        mapping=_mapping(scene),
    )


def _share(scene: Scene) -> dict[str, int]:
    """Calls are counted for all lives and daemons together. Whose clock is far wrong counts them in
    another day: each time that may be a day's share more."""
    plan = scene.around.plan
    calls, days = plan.company.calls, 1 + 2 * sum(abs(j.seconds) > NOTED for j in plan.jumps)
    systems = ("salesforce", plan.company.marketing)
    return dict.fromkeys(systems, calls * days) if calls else {}


def _mapping(scene: Scene) -> dict[str, tuple[FieldPair, ...]]:
    settings = scene.around.settings
    if settings.salesforce is None or settings.marketing is None:
        return {}
    return {
        "salesforce.lead": _pairs(settings.salesforce.lead_fields),
        "salesforce.contact": _pairs(settings.salesforce.contact_fields),
        f"{scene.around.plan.company.marketing}.contact": _pairs(settings.marketing.contact_fields),
    }


def _pairs(fields: tuple[FieldMapping, ...]) -> tuple[FieldPair, ...]:
    return tuple(FieldPair(name=f.name, field=f.field, type=f.type.value) for f in fields)


def _users(town: Town) -> Iterator[tuple[str, UserSeen]]:
    crm = town.salesforce
    reps = {town.users[name] for name in REPS}
    automatic = {crm.integration_user_id, robot(town)}
    for row in crm.org.stores["User"].rows.values():
        yield (
            row["Id"],
            UserSeen(
                name=str(row.get("Name", "")),
                email=str(row.get("Email", "")),
                active=bool(row.get("IsActive")),
                kind="automation" if row["Id"] in automatic else "person",
                manager=row.get("ManagerId"),
                rep=row["Id"] in reps,
            ),
        )
    for row in crm.org.stores["Group"].rows.values():
        yield row["Id"], UserSeen(name=str(row.get("Name", "")), kind="queue")


def _vendor_rows(town: Town) -> dict[str, tuple[Row, ...]]:
    return {
        f"salesforce.{name}": tuple(town.salesforce.org.stores[name].rows.values())
        for name in CRM_OBJECTS
    }


def _marketing_rows(system: str, town: Town) -> dict[str, tuple[Row, ...]]:
    books = BOOKS[system]
    if system == "hubspot":
        return {books.rows: tuple(town.hubspot.rows(books.object))}
    forms = tuple(_activity(row) for row in town.marketo.activities(FORM))
    return {books.rows: tuple(town.marketo.rows()), books.activities: forms}


def _activity(row: Activity) -> Row:
    at, visible = stamps.instant(row.at), stamps.instant(row.visible)
    return {"lead": str(row.lead), "at": at, "visible": visible, "form": row.primary}


def _skews(scene: Scene) -> Iterator[Skew]:
    for jump in scene.around.plan.jumps:
        yield Skew(
            since=scene.around.at(jump.since),
            until=scene.around.at(jump.until),
            offset=timedelta(seconds=jump.seconds),
            daemon=jump.daemon,
        )


def _outages(scene: Scene) -> Iterator[Span]:
    for part in scene.around.plan.outages:
        yield Span(
            since=scene.around.at(part.since), until=scene.around.at(part.until), what=part.system
        )


def _canaries(town: Town) -> tuple[str, ...]:
    """Secrets, and names and addresses of people, that no output may hold."""
    crm, portal = town.salesforce.credentials(), town.hubspot.credentials()
    secrets = [crm["client_secret"], portal["access_token"], portal["webhook_secret"]]
    secrets += [town.marketo.credentials()["client_secret"], WEBHOOK_SECRET]
    market = town.marketing.market
    known = (market.known(contact) for contact in market.contacts())
    people = [person.get(name, "") for person in known for name in ("email", "lastname")]
    return tuple(dict.fromkeys(value for value in (*secrets, *people) if value))
