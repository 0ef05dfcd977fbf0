"""The calls on single records: list, get, create, update, archive, merge, erase."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from slasync.sandbox.faults import Kind as Fault
from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import merging, rules, shapes
from slasync.sandbox.hubspot.associations import plain, primary
from slasync.sandbox.hubspot.call import Answer, Call, id_of, objects_of, types_of
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, Problem, bad, locked, not_found
from slasync.sandbox.hubspot.portal import SYSTEM, Portal
from slasync.sandbox.hubspot.record import Record
from slasync.sandbox.hubspot.shapes import View

PAGE, PAGE_WITH_HISTORY, PAGE_BY_DEFAULT = 100, 50, 10
Properties = Mapping[str, Any]


def listed(call: Call) -> Answer:
    """GET /crm/v3/objects/{object}."""
    view = view_of_query(call)
    most = PAGE_WITH_HISTORY if view.with_history else PAGE
    size = call.number("limit", PAGE_BY_DEFAULT, most)
    after = call.text("after") or "0"
    if not is_number(after):
        raise bad(f"Invalid after value: {after}")
    portal, kind = call.portal, call.kind
    table = portal.table(kind)
    if call.truth("archived"):
        rows, more = table.archived_page(int(after), size)
    else:
        rows, more = table.page(int(after), size, portal.now)
    show = shapes.reader(portal, kind, view)
    body: dict[str, Any] = {"results": [show(row) for row in rows]}
    if more is not None:
        link = next_link(call, str(more))
        body["paging"] = {"next": {"after": str(more), "link": link}}
    return Answer(value=body)


def got(call: Call) -> Answer:
    """GET /crm/v3/objects/{object}/{id}."""
    portal, kind = call.portal, call.kind
    if call.truth("archived"):
        record = portal.table(kind).archived.get(as_id(call.params["id"]))
    else:
        record = find(portal, kind, call.params["id"], call.text("idProperty"))
    if record is None:
        raise not_found()
    return Answer(value=shapes.reader(portal, kind, view_of_query(call))(record))


def create(call: Call) -> Answer:
    """POST /crm/v3/objects/{object}."""
    portal, kind, body = call.portal, call.kind, call.body()
    strike(portal, kind)
    values = rules.check_create(portal, kind, properties_of(body), call.origin)
    ties = read_ties(portal, kind, objects_of(body, "associations"))
    record = rules.create(portal, kind, values, call.origin)
    tie(portal, kind, record, ties)
    return Answer(HTTPStatus.CREATED, shapes.created(portal, kind, record))


def update(call: Call) -> Answer:
    """PATCH /crm/v3/objects/{object}/{id}."""
    portal, kind, body = call.portal, call.kind, call.body()
    record = find(portal, kind, call.params["id"], call.text("idProperty"))
    if record is None:
        raise not_found()
    strike(portal, kind)
    given = properties_of(body)
    values = rules.check_update(portal, kind, record, given, call.origin)
    new = rules.update(portal, kind, record, values, call.origin)
    return Answer(value=shapes.updated(portal, kind, record, new, given))


def archive(call: Call) -> Answer:
    """DELETE /crm/v3/objects/{object}/{id}: 204 for an id that does not exist, too."""
    portal, kind = call.portal, call.kind
    record = portal.table(kind).find(as_id(call.params["id"]))
    if record is not None:
        strike(portal, kind)
        rules.archive(portal, kind, record, call.origin)
    return Answer(HTTPStatus.NO_CONTENT)


def merge(call: Call) -> Answer:
    """POST /crm/v3/objects/{object}/merge."""
    portal, kind, body = call.portal, call.kind, call.body()
    table = portal.table(kind)
    winner = table.find(as_id(str(body.get("primaryObjectId", ""))))
    loser = table.find(as_id(str(body.get("objectIdToMerge", ""))))
    if winner is None or loser is None:
        raise not_found()
    merged = merging.merge(portal, kind, winner, loser, call.origin)
    return Answer(value=shapes.reader(portal, kind, View())(merged))


def gdpr_delete(call: Call) -> Answer:
    """POST /crm/v3/objects/{object}/gdpr-delete: for good, history and all."""
    portal, kind, body = call.portal, call.kind, call.body()
    key = str(body.get("objectId") or "")
    if not key:
        raise bad("Invalid input JSON: objectId is required")
    record = find(portal, kind, key, str(body.get("idProperty") or ""))
    if record is not None:
        merging.forget(portal, kind, record, call.origin)
    return Answer(HTTPStatus.NO_CONTENT)


def find(portal: Portal, kind: Kind, key: str, by: str) -> Record | None:
    """Return the live record with this id, or this value of the unique property `by`."""
    table = portal.table(kind)
    if by in {"", "hs_object_id"}:
        return table.find(as_id(key))
    if not (kind.name == "contacts" and by == "email"):
        prop = portal.schema(kind).known(by)
        if prop is None or not prop.unique:
            raise bad(f"Property {by} is not a unique identifier property")
    holder = table.holder(by, key.strip().lower())
    return None if holder is None else table.live[holder]


def as_id(text: str) -> int:
    """Read a record's id; what is none is no record's."""
    return int(text) if is_number(text) else -1


def properties_of(body: Mapping[str, Any]) -> Properties:
    given = body.get("properties")
    if not isinstance(given, dict):
        raise bad("Invalid input JSON: properties must be an object")
    return given


def strike(portal: Portal, kind: Kind) -> None:
    """Let a fault refuse or lock this row of a write. Raises Problem."""
    chance = portal.world.chance("hubspot.rows")
    match portal.world.faults.row(SYSTEM, kind.name, chance):
        case Fault.ROW_LOCKED:
            raise locked()
        case Fault.ROW_REFUSED:
            raise refused()


def refused() -> Problem:
    return bad("A validation rule of this account refused the record.")


def view_of_query(call: Call) -> View:
    return View(
        tuple(call.names("properties")),
        tuple(call.names("propertiesWithHistory")),
        tuple(call.names("associations")),
    )


def next_link(call: Call, after: str) -> str:
    """Return the address of the next page: this one with another `after`."""
    parts = urlsplit(call.request.url)
    query = [(n, v) for n, v in parse_qsl(parts.query) if n != "after"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("after", after)])))


Tie = tuple[tuple[str, int], set[int]]


def read_ties(portal: Portal, kind: Kind, given: list[Json]) -> list[Tie]:
    """Read the associations of a create. Raises 400 for a record that is not there."""
    ties: list[Tie] = []
    for entry in given:
        other = as_id(id_of(entry, "to"))
        types = types_of(objects_of(entry, "types"))
        to = _tied_kind(portal, kind, types)
        if portal.table(to).find(other) is None:
            raise bad(f"The object {to.type_id}-{other} does not exist")
        ties.append(((to.name, other), types))
    return ties


def tie(portal: Portal, kind: Kind, record: Record, ties: list[Tie]) -> None:
    for other, types in ties:
        portal.links.tie((kind.name, record.id), other, types)


def _tied_kind(portal: Portal, kind: Kind, types: set[int]) -> Kind:
    for name in portal.tables:
        if plain(kind.name, name) & types or primary(kind.name, name) & types:
            return portal.kind(name)
    raise bad(f"Association types {sorted(types)} do not exist between {kind.name} and anything")
