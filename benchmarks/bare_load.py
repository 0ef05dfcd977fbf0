"""The least any program does for a first load: fetch, decode, upsert, in one loop without layers.

It stores the very rows that the pull step stores, in the same tables, a transaction a page.
"""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import Insert, insert

from benchmarks.contact_pages import LIST, ORIGIN, ListedContacts
from benchmarks.shipped import Shipped
from slasync.rehearsal.inprocess import InProcessPool
from slasync.store.engine import open_engine
from slasync.store.tables import FACT, LEAD, LINK, RECORD
from slasync.store.unit import transaction
from slasync.systems import FieldType

Json = dict[str, Any]

READ = {FieldType.NUMBER: int, FieldType.DATETIME: lambda text: _instant(text).isoformat()}


def bare_load(database: str, settings: Shipped, contacts: ListedContacts) -> None:
    """Fetch all contacts into `database`, whose tables are there and empty."""
    pool, after = InProcessPool(contacts.handle), "0"
    fields = [(m.name, m.field, READ.get(m.type, str)) for m in settings.hubspot.contact_fields]
    watched, now = sorted(settings.rules.watched), datetime.fromtimestamp(0, UTC)
    statements = [(table, _upsert(table)) for table in (RECORD, LINK, LEAD, FACT)]
    engine = open_engine(database)
    while after:
        asked = {"limit": "100", "after": after, "properties": ",".join(f for _, f, _ in fields)}
        page = orjson.loads(pool.request("GET", f"{ORIGIN}{LIST}", fields=asked).data)
        rows: dict[str, list[Json]] = {table.name: [] for table, _ in statements}
        for contact in page["results"]:
            _take(contact, fields, watched, now, rows)
        with transaction(engine) as unit:
            for table, statement in statements:
                unit.db.execute(statement, rows[table.name])
        after = page.get("paging", {}).get("next", {}).get("after", "")
    engine.dispose()


def _upsert(table: Table) -> Insert:
    """Replace mirror rows, keep what is append-only."""
    statement = insert(table)
    if table in {LINK, FACT}:
        return statement.on_conflict_do_nothing()
    new = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=[*table.primary_key], set_=new)


def _take(
    contact: Json,
    mapped: list[Any],
    watched: list[str],
    now: datetime,
    rows: dict[str, list[Json]],
) -> None:
    """Add one contact's rows."""
    told, number = contact["properties"], contact["id"]
    fields = {name: read(told[f]) if told[f] else None for name, f, read in mapped}
    key = f"hubspot:contact:{number}"
    at, born = _instant(told["lastmodifieddate"]), _instant(told["createdate"])
    ref = {"system": "hubspot", "kind": "contact", "external_id": number}
    rows["record"].append(
        ref | {
            "modified_at": at, "seen_at": now, "deleted": False, "email": told["email"],
            "owner": None, "status": None, "fields": fields, "raw": contact,
            "since": {"first": at.isoformat()},
        }
    )  # fmt: skip
    rows["link"].append(ref | {"lead_key": key, "how": "first", "linked_at": now, "evidence": {}})
    if told["salesforceleadid"]:
        crm = {"system": "salesforce", "kind": "lead", "external_id": told["salesforceleadid"]}
        named = {"evidence": {"named_by": key}}
        rows["link"].append(crm | named | {"lead_key": key, "how": "id", "linked_at": now})
    rows["lead"].append(
        {
            "key": key, "email": told["email"], "fields": fields, "stage": "", "sla_state": "",
            "dirty_at": now, "created_at": now, "updated_at": now,
        }
    )  # fmt: skip
    known = {"lead_key": key, "source": "hubspot", "seen_at": now, "by": None, "about": key}
    rows["fact"].append(
        known | {
            "source_id": f"entered:{key}", "kind": "entered", "occurred_at": born,
            "data": {"system": "hubspot", "kind": "contact", "id": number}, "at_latest": False,
        }
    )  # fmt: skip
    version = f"changed:{key}:{at.isoformat()}"
    changed = {name: fields[name] for name in watched if fields[name] is not None}
    rows["fact"].append(
        known | {
            "source_id": version, "kind": "changed", "occurred_at": born, "data": changed,
            "at_latest": True,
        }
    )  # fmt: skip


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
