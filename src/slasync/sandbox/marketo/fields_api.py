"""The fields: both describe calls, and the schema by which custom ones are made.

Guessed: that a schema row that is refused is skipped with a reason, like a row of leads.
"""

from typing import Any

from slasync.sandbox.marketo.call import Answer, Call
from slasync.sandbox.marketo.failures import Failure, Json, invalid, missing, no_field
from slasync.sandbox.marketo.fields import Field
from slasync.sandbox.marketo.identity import CUSTOM_SCHEMA, STANDARD_SCHEMA
from slasync.sandbox.marketo.paging import ROWS, cut
from slasync.sandbox.marketo.standard_fields import WITHOUT_OLD_NAME

_CHANGEABLE = {"displayName": "label", "description": "description", "isHidden": "hidden"}
_SAID = ("isHtmlEncodingInEmail", "isSensitive")  # taken, and of no effect here


def describe(call: Call) -> Answer:
    """GET /rest/v1/leads/describe.json."""
    return Answer([_described(each) for each in call.instance.schema if not each.hidden])


def describe2(call: Call) -> Answer:
    """GET /rest/v1/leads/describe2.json."""
    schema = call.instance.schema
    shown = [
        {
            "name": each.name,
            "displayName": each.label,
            "dataType": each.shown_type,
            **({"length": each.length} if each.length else {}),
            "updateable": not each.read_only,
            "crmManaged": each.crm,
        }
        for each in schema
        if not each.hidden
    ]
    searchable = [[name] for name in schema.searchable()]
    return Answer([{"name": "API Lead", "searchableFields": searchable, "fields": shown}])


def listed(call: Call) -> Answer:
    """GET /rest/v1/leads/schema/fields.json."""
    permitted = call.service.permissions
    standard, custom = STANDARD_SCHEMA in permitted, CUSTOM_SCHEMA in permitted
    rows = [each for each in call.instance.schema if (custom if each.custom else standard)]
    page, after = cut(rows, lambda each: each.id, call.after(ROWS), call.size())
    shown = [_defined(each) for each in page]
    return Answer(shown, {**call.paged(ROWS, after), "moreResult": bool(after)})


def got(call: Call) -> Answer:
    """GET /rest/v1/leads/schema/fields/{name}.json."""
    return Answer([_defined(call.instance.schema.need(call.params["name"]))])


def created(call: Call) -> Answer:
    """POST /rest/v1/leads/schema/fields.json."""
    result: list[Json] = []
    for given in call.inputs():
        try:
            result.append(_create(call, given))
        except Failure as failure:
            skipped = {"status": "skipped", "reasons": [failure.entry]}
            result.append({"name": given.get("name"), **skipped})
    return Answer(result)


def changed(call: Call) -> Answer:
    """POST /rest/v1/leads/schema/fields/{name}.json: one row, a custom field."""
    field = call.instance.schema.get(call.params["name"])
    if field is None:
        raise no_field(call.params["name"])
    (given,) = call.inputs(most=1)
    unknown = [n for n in given if n not in _CHANGEABLE and n not in _SAID]
    if unknown or (not field.custom and {"displayName", "isHidden"} & set(given)):
        raise invalid(f"Field attributes cannot be changed: {', '.join(unknown or given)}")
    what: dict[str, Any] = {_CHANGEABLE[n]: v for n, v in given.items() if n in _CHANGEABLE}
    call.instance.schema.change(field, **what)
    return Answer([{"name": field.name, "status": "updated"}])


def _create(call: Call, given: Json) -> Json:
    for name in ("displayName", "name", "dataType"):
        if not given.get(name):
            raise missing(name)
    made = call.instance.schema.add(
        str(given["name"]), str(given["displayName"]), given["dataType"], given.get("description")
    )
    return {"name": made.name, "status": "created"}


def _described(field: Field) -> Json:
    shown: Json = {"id": field.id, "displayName": field.label, "dataType": field.shown_type}
    if field.length:
        shown["length"] = field.length
    shown["rest"] = {"name": field.name, "readOnly": field.read_only}
    if field.name not in WITHOUT_OLD_NAME:
        old = field.name if field.custom else field.name[:1].upper() + field.name[1:]
        shown["soap"] = {"name": old, "readOnly": False}
    return shown


def _defined(field: Field) -> Json:
    return {
        "displayName": field.label,
        "name": field.name,
        "description": field.description,
        "dataType": field.type,
        **({"length": field.length} if field.length else {}),
        "isHidden": field.hidden,
        "isHtmlEncodingInEmail": field.length is not None,
        "isSensitive": False,
        "isCustom": field.custom,
    }
