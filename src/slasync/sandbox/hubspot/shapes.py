"""Records as the API shows them: on reads, and as answers to writes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Record

_ON_CREATE = {
    "contacts": ("hs_all_contact_vids", "hs_email_domain", "hs_is_contact", "hs_is_unworked",
                 "hs_pipeline"),
    "tasks": ("hs_task_is_completed", "hs_task_is_open", "hs_task_is_overdue"),
}  # fmt: skip
_SOURCES = ("hs_object_source", "hs_object_source_id", "hs_object_source_label")
_SOMETIMES = {  # worked-out values that come back when what they rest on was written
    "email": ("hs_email_domain",),
    "hs_task_status": ("hs_task_is_completed", "hs_task_is_open", "hs_task_is_overdue"),
    "dealstage": ("hs_is_closed", "hs_is_closed_won"),
}


@dataclass(frozen=True, slots=True)
class View:
    """What a reader asked to see."""

    properties: tuple[str, ...] = ()
    with_history: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()


def reader(portal: Portal, kind: Kind, view: View) -> Callable[[Record], Json]:
    """Return what shows records of this type to a reader who asked for `view`."""
    asked = (*view.properties, *view.with_history) or kind.defaults
    names = sorted({*asked, kind.created, kind.modified, "hs_object_id"})
    stored = [name for name in names if name not in portal.computed[kind.name]]
    worked_out = [(name, portal.computed[kind.name][name]) for name in names if name not in stored]
    now = portal.now

    def shown(record: Record) -> Json:
        get = record.properties.get
        values = {name: get(name) for name in stored}
        for name, work_out in worked_out:
            values[name] = work_out(record, now)
        body = _envelope(portal, kind, record, {name: values[name] for name in names})
        if view.with_history:
            body["propertiesWithHistory"] = {
                name: history(portal, kind, record, name) for name in view.with_history
            }
        if view.associations and (ties := _associations(portal, kind, record, view)):
            body["associations"] = ties
        return body

    return shown


def created(portal: Portal, kind: Kind, record: Record) -> Json:
    """Return the answer to a create: all that is set, and what HubSpot added."""
    always = (kind.created, kind.modified, "hs_object_id", *_SOURCES)
    names = {*record.properties, *always, *_ON_CREATE.get(kind.name, ())}
    return _written(portal, kind, record, names)


def updated(portal: Portal, kind: Kind, old: Record, new: Record, given: Iterable[str]) -> Json:
    """Return the answer to an update: what was written and what changed with it."""
    changed = {n for n, v in new.properties.items() if old.properties.get(n) != v}
    names = {*given, *changed, kind.created, kind.modified, "hs_object_id"}
    for name in given:
        names.update(_SOMETIMES.get(name, ()))
    return _written(portal, kind, new, names)


def without_id(kind: Kind, body: Json) -> Json:
    """Leave out what answers to batch updates of contacts leave out: the id is outside."""
    if kind.name == "contacts":
        for name in (kind.created, "hs_object_id"):
            body["properties"].pop(name, None)
    return body


def history(portal: Portal, kind: Kind, record: Record, name: str) -> list[Json]:
    """Return all values that a property had, newest first."""
    changes = portal.table(kind).history.get(record.id, [])
    entries: list[Json] = []
    first = portal.value(kind, record, name)
    for change in reversed(changes):
        if name in change.after:
            entries.append(
                {
                    "value": change.after[name] or "",
                    "timestamp": stamps.iso(change.at),
                    "sourceType": change.origin.source,
                    "sourceId": change.origin.source_id,
                }
            )
            first = change.before[name]
    if first is not None:
        made = {"value": first, "timestamp": stamps.iso(record.created)}
        source = {"sourceType": record.origin.source, "sourceId": record.origin.source_id}
        entries.append(made | source)
    return entries


def _written(portal: Portal, kind: Kind, record: Record, names: Iterable[str]) -> Json:
    values: dict[str, str | None] = {}
    stamped = (kind.created, kind.modified)
    for name in sorted(set(names)):
        value = portal.value(kind, record, name) or ""
        if name.startswith("hs_lifecyclestage_") and value:
            value = str(stamps.parse(value))  # seen as milliseconds in write answers
        elif name not in stamped:
            value = stamps.short_iso(value)
        values[name] = value
    return _envelope(portal, kind, record, values)


def _envelope(portal: Portal, kind: Kind, record: Record, values: Mapping[str, str | None]) -> Json:
    body: Json = {
        "id": str(record.id),
        "properties": values,
        "createdAt": stamps.iso(record.created),
        "updatedAt": stamps.iso(record.modified),
        "archived": record.archived is not None,
    }
    if record.archived is not None:
        body["archivedAt"] = stamps.iso(record.archived)
    place = f"{portal.options.portal_id}/record/{kind.type_id}/{record.id}"
    body["url"] = f"https://app-eu1.hubspot.com/contacts/{place}"
    return body


def _associations(portal: Portal, kind: Kind, record: Record, view: View) -> Json:
    ties: Json = {}
    for name in view.associations:
        to = portal.kind(name)
        found = portal.links.of((kind.name, record.id), to.name)
        if found:
            label = f"{kind.singular}_to_{to.singular}"
            results = [{"id": str(other), "type": label} for other in sorted(found)]
            ties[to.name] = {"results": results}
    return ties
