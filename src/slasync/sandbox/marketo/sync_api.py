"""POST /rest/v1/leads.json: leads created and updated, each row with an outcome of its own.

Two upserts of one key that are under way together make two leads, as Marketo warns. Guessed: that
a row with an unknown, read-only or company field is skipped whole, that values of Sales Insight
are ignored, and that rows of one call see each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slasync.sandbox.faults import Kind
from slasync.sandbox.marketo import insight
from slasync.sandbox.marketo.call import Answer, Call
from slasync.sandbox.marketo.failures import (
    Failure,
    Json,
    invalid,
    invalid_value,
    no_lead,
    not_searchable,
    several,
)
from slasync.sandbox.marketo.instance import LEADS, SYSTEM
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.leads_api import PARTITION

UPSERT, CREATE, UPDATE, DUPLICATE = "createOrUpdate", "createOnly", "updateOnly", "createDuplicate"
ACTIONS = (UPSERT, CREATE, UPDATE, DUPLICATE)
_LATER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Mode:
    """What to do with each row, and by which field a lead is found."""

    action: str
    lookup: str


def sync(call: Call) -> Answer:
    """Write rows; with asyncProcessing some seconds later, and without saying how it went."""
    body, rows = call.body(), call.inputs()
    mode = _mode(call, body)
    if body.get("asyncProcessing") is True:
        world = call.instance.world
        world.agenda.add(world.now() + _LATER, "marketo.sync", lambda: _later(call, mode, rows))
        return Answer()
    return Answer([_outcome(call, mode, row) for row in rows])


def _later(call: Call, mode: Mode, rows: list[Json]) -> None:
    with call.instance.lock:
        for row in rows:
            _outcome(call, mode, row)
        call.services.overlaps.settle()


def _mode(call: Call, body: Json) -> Mode:
    action, lookup = body.get("action") or UPSERT, body.get("lookupField") or "email"
    if action not in ACTIONS:
        raise invalid(f"Invalid action '{action}'")
    if not call.instance.schema.need(str(lookup)).searchable:
        raise not_searchable(lookup)
    if lookup == "id" and action != UPDATE:
        raise invalid(f"Lookup field 'id' is not allowed with action '{action}'")
    partition = body.get("partitionName")
    if partition is not None and action not in {UPSERT, CREATE}:
        raise invalid(f"partitionName is not allowed with action '{action}'")
    if partition not in {None, PARTITION}:
        raise Failure("1008", f"Access denied to partition '{partition}'")
    return Mode(action, lookup)


def _outcome(call: Call, mode: Mode, row: Json) -> Json:
    try:
        _strike(call, row)
        return _apply(call, mode, row)
    except Failure as failure:
        return {"status": "skipped", "reasons": [failure.entry]}


def _strike(call: Call, row: Json) -> None:
    """Refuse the row where a fault says so."""
    world = call.instance.world
    match world.faults.row(SYSTEM, LEADS, world.chance("marketo.rows")):
        case Kind.ROW_REFUSED:
            name, value = next(((n, v) for n, v in row.items() if n != "id"), ("email", ""))
            raise invalid_value(name, value)
        case Kind.ROW_LOCKED:
            raise Failure("713", "Transient Error")


def _apply(call: Call, mode: Mode, row: Json) -> Json:
    values = _checked(call, mode, row)
    found = [] if mode.action == DUPLICATE else _found(call, mode, row, values)
    if found and mode.action == CREATE:
        raise Failure("1005", "Lead already exists")
    if len(found) > 1:
        raise several()
    if found:
        call.instance.update(found[0], values, call.source)
        return {"id": found[0].id, "status": "updated"}
    if mode.action == UPDATE:
        raise no_lead()
    made = call.instance.create(values, call.source)
    call.services.overlaps.made(made.id)
    return {"id": made.id, "status": "created"}


def _checked(call: Call, mode: Mode, row: Json) -> dict[str, Any]:
    values: dict[str, Any] = {}
    options = call.instance.options
    for name, given in row.items():
        field = call.instance.schema.need(name)
        if name == "id":
            if mode.action != UPDATE:
                raise invalid(f"Field 'id' is not allowed with action '{mode.action}'")
            continue
        if field.read_only:
            raise invalid(f"Field '{name}' is read only")
        if field.company and not options.company_through_leads:
            raise Failure("1021", "Company update not allowed")
        if name not in insight.NAMES:
            values[name] = None if given is None else field.checked(given)
    return values


def _found(call: Call, mode: Mode, row: Json, values: Mapping[str, Any]) -> list[Lead]:
    """Return the leads that the row may mean."""
    value = row.get("id") if mode.lookup == "id" else values.get(mode.lookup)
    if value in (None, ""):
        raise invalid(f"Value for lookup field '{mode.lookup}' not found")
    if mode.lookup == "id":
        value = call.instance.schema.need("id").checked(value)
        lead = call.instance.leads.rows.get(value)
        return [] if lead is None else [lead]
    ids = call.instance.leads.find(mode.lookup, value)
    if call.instance.options.races:
        ids = call.services.overlaps.seen(ids, call.number)
    return [call.instance.leads.rows[each] for each in ids]
