"""The calls on property definitions and their groups."""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.call import Answer, Call, objects_of
from slasync.sandbox.hubspot.errors import Json, Problem, bad, conflict, not_found
from slasync.sandbox.hubspot.properties import TRUTHS, Property, Schema

FITS = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "phone_number": {"phonenumber", "text"},
}
MOST_UNIQUE = 10
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def listed(call: Call) -> Answer:
    """GET /crm/v3/properties/{object}: all at once, no paging."""
    archived = call.truth("archived")
    found = [p for p in _schema(call).all() if (p.archived is not None) == archived]
    return Answer(value={"results": [shown(prop) for prop in found]})


def got(call: Call) -> Answer:
    """GET /crm/v3/properties/{object}/{name}."""
    return Answer(value=shown(_schema(call).need(call.params["name"])))


def create(call: Call) -> Answer:
    """POST /crm/v3/properties/{object}."""
    return Answer(HTTPStatus.CREATED, shown(define(_schema(call), call.body(), call.portal.now)))


def change(call: Call) -> Answer:
    """PATCH /crm/v3/properties/{object}/{name}. What is unique stays unique."""
    schema, body = _schema(call), call.body()
    old = schema.need(call.params["name"])
    if "hasUniqueValue" in body and body["hasUniqueValue"] != old.unique:
        raise bad("hasUniqueValue cannot be changed")
    new = replace(
        old,
        label=str(body.get("label", old.label)),
        description=str(body.get("description", old.description)),
        type=str(body.get("type", old.type)),
        field_type=str(body.get("fieldType", old.field_type)),
        group=_group(schema, body.get("groupName", old.group)),
        options=_options(body) if "options" in body else old.options,
        hidden=bool(body.get("hidden", old.hidden)),
        changed=call.portal.now,
    )
    _refuse_misfit(new.type, new.field_type)
    schema.properties[old.name] = new
    return Answer(value=shown(new))


def archive(call: Call) -> Answer:
    """DELETE /crm/v3/properties/{object}/{name}; those HubSpot made stay."""
    _archive(_schema(call), call.params["name"], call.portal.now)
    return Answer(HTTPStatus.NO_CONTENT)


def batch(call: Call) -> Answer:
    """POST /crm/v3/properties/{object}/batch/{create,read,archive}."""
    schema, now = _schema(call), call.portal.now
    inputs = objects_of(call.body(), "inputs")
    match call.params["action"]:
        case "create":
            found = [define(schema, given, now) for given in inputs]
            return _complete(found, now, HTTPStatus.CREATED)
        case "read":
            return _complete([schema.need(str(given.get("name"))) for given in inputs], now)
        case "archive":
            for given in inputs:
                _archive(schema, str(given.get("name")), now)
            return Answer(HTTPStatus.NO_CONTENT)
    raise not_found()


def groups(call: Call) -> Answer:
    """GET /crm/v3/properties/{object}/groups."""
    return Answer(value={"results": [_group_shown(g) for g in _schema(call).groups.values()]})


def group_got(call: Call) -> Answer:
    """GET /crm/v3/properties/{object}/groups/{name}."""
    return Answer(value=_group_shown(_need_group(call)))


def group_created(call: Call) -> Answer:
    """POST /crm/v3/properties/{object}/groups."""
    schema, body = _schema(call), call.body()
    name = str(body.get("name", ""))
    if name in schema.groups:
        raise conflict(f"A property group named '{name}' already exists.")
    schema.groups[name] = {"name": name, "label": body.get("label", name)} | {
        "displayOrder": body.get("displayOrder", -1)
    }
    return Answer(HTTPStatus.CREATED, _group_shown(schema.groups[name]))


def group_changed(call: Call) -> Answer:
    """PATCH /crm/v3/properties/{object}/groups/{name}."""
    group = _need_group(call)
    group |= {k: v for k, v in call.body().items() if k in {"label", "displayOrder"}}
    return Answer(value=_group_shown(group))


def group_archived(call: Call) -> Answer:
    """DELETE /crm/v3/properties/{object}/groups/{name}: only an empty one."""
    schema, group = _schema(call), _need_group(call)
    if any(p.group == group["name"] and p.archived is None for p in schema.all()):
        raise bad(f"Property group {group['name']} still has properties")
    del schema.groups[group["name"]]
    return Answer(HTTPStatus.NO_CONTENT)


def define(schema: Schema, body: Mapping[str, Any], now: int) -> Property:
    """Add a property as its JSON describes it. Raises 400 and 409."""
    name, type_, field_type = (str(body.get(k, "")) for k in ("name", "type", "fieldType"))
    if not _NAME.match(name):
        raise bad(f"Invalid property name: {name!r}")
    _refuse_misfit(type_, field_type)
    unique = bool(body.get("hasUniqueValue"))
    if unique and len(schema.unique_names) >= MOST_UNIQUE:
        raise bad(f"At most {MOST_UNIQUE} properties can have unique values")
    options = _options(body) or (dict.fromkeys(TRUTHS, "") if type_ == "bool" else {})
    return schema.add(
        Property(
            name,
            str(body.get("label") or name),
            type_,
            field_type,
            _group(schema, body.get("groupName")),
            options=options,
            description=str(body.get("description") or ""),
            unique=unique,
            form_field=bool(body.get("formField")),
            hidden=bool(body.get("hidden")),
            display_order=int(body.get("displayOrder", -1)),
            made=now,
            changed=now,
        )
    )


def shown(prop: Property) -> Json:
    """Return a definition as the API shows it."""
    body: Json = {
        "updatedAt": stamps.iso(prop.changed),
        "createdAt": stamps.iso(prop.made),
        "name": prop.name,
        "label": prop.label,
        "type": prop.type,
        "fieldType": prop.field_type,
        "description": prop.description,
        "groupName": prop.group,
        "options": [
            {"label": label, "value": value, "displayOrder": order, "hidden": False}
            for order, (value, label) in enumerate(prop.options.items())
        ],
        "displayOrder": prop.display_order,
        "calculated": prop.calculated,
        "externalOptions": prop.type == "enumeration" and not prop.options,
        "archived": prop.archived is not None,
        "hasUniqueValue": prop.unique,
        "hidden": prop.hidden,
        "hubspotDefined": prop.hubspot_defined,
        "modificationMetadata": {
            "archivable": not prop.hubspot_defined,
            "readOnlyDefinition": prop.hubspot_defined,
            "readOnlyValue": prop.read_only,
        },
        "formField": prop.form_field,
        "dataSensitivity": "non_sensitive",
    }
    if prop.name == "hubspot_owner_id":
        body["referencedObjectType"] = "OWNER"
    return body | ({"archivedAt": stamps.iso(prop.archived)} if prop.archived else {})


def _schema(call: Call) -> Schema:
    return call.portal.schema(call.kind)


def _archive(schema: Schema, name: str, now: int) -> None:
    if schema.need(name).hubspot_defined:
        raise bad(f"Property {name} is defined by HubSpot and cannot be archived")
    schema.archive(name, now)


def _complete(found: list[Property], now: int, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    at = stamps.iso(now)
    results = [shown(prop) for prop in found]
    body = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    return Answer(status, body)


def _refuse_misfit(type_: str, field_type: str) -> None:
    if field_type not in FITS.get(type_, set()):
        raise bad(f"Field type {field_type!r} does not fit type {type_!r}")


def _options(body: Mapping[str, Any]) -> dict[str, str]:
    return {str(o.get("value")): str(o.get("label", "")) for o in objects_of(body, "options")}


def _group(schema: Schema, name: Any) -> str:
    if name not in schema.groups:
        raise bad(f"Property group {name!r} does not exist")
    return str(name)


def _need_group(call: Call) -> Json:
    group = _schema(call).groups.get(call.params["name"])
    if group is None:
        raise Problem(HTTPStatus.NOT_FOUND, "Property group does not exist", "OBJECT_NOT_FOUND")
    return group


def _group_shown(group: Json) -> Json:
    return {"displayOrder": -1, "archived": False} | group
