"""What a bulk extract writes: its filter read, its rows found, its file made.

Guessed: that both ends of a range count, and how refusals are worded.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.activities import Activity
from slasync.sandbox.marketo.activities_api import text
from slasync.sandbox.marketo.activity_types import DELETE
from slasync.sandbox.marketo.call import whole
from slasync.sandbox.marketo.failures import Failure, Json, invalid, invalid_date, missing
from slasync.sandbox.marketo.instance import Instance
from slasync.sandbox.marketo.jobs import Produce
from slasync.sandbox.marketo.leads import Lead

FORMATS = {"CSV": ",", "TSV": "\t", "SSV": " "}
LONGEST = 31 * stamps.DAY
MOST_VALUES = 50
COLUMNS = (
    "marketoGUID", "leadId", "activityDate", "activityTypeId", "campaignId",
    "primaryAttributeValueId", "primaryAttributeValue", "attributes",
)  # fmt: skip
_LEAD_FILTERS = {
    "createdAt", "updatedAt", "staticListId", "staticListName", "smartListId", "smartListName",
}  # fmt: skip
_MANY = ("activityTypeIds", "primaryAttributeValueIds", "primaryAttributeValues")
_ACTIVITY_FILTERS = {"createdAt", *_MANY}

Rows = Iterable[list[str]]


def file_format(body: Json) -> str:
    """Return the format a job asks for. Raises Failure 1003."""
    found = body.get("format") or "CSV"
    if found not in FORMATS:
        raise invalid(f"Invalid format '{found}'")
    return str(found)


def leads(instance: Instance, body: Json) -> Produce:
    """Read a job that extracts leads. Raises Failure 1002, 1003, 1013, 1035."""
    names = body.get("fields")
    if not names or not isinstance(names, list):
        raise missing("fields")
    unknown = [str(name) for name in names if instance.schema.get(str(name)) is None]
    if unknown:
        raise invalid(f"Invalid fields [{', '.join(unknown)}]")
    find = _lead_filter(instance, _filter(body, _LEAD_FILTERS))

    def rows() -> Iterator[list[str]]:
        for lead in find():
            yield [_cell(instance.value(lead, name)) for name in names]

    return _file(body, names, rows)


def activities(instance: Instance, body: Json) -> Produce:
    """Read a job that extracts activities. Raises Failure 1002, 1003."""
    given = _filter(body, _ACTIVITY_FILTERS)
    if "createdAt" not in given:
        raise missing("createdAt")
    start, end = _range(given["createdAt"])
    wanted = _activity_filter(given)
    names = body.get("fields") or list(COLUMNS)
    unknown = [str(name) for name in names if name not in COLUMNS]
    if unknown:
        raise invalid(f"Invalid fields [{', '.join(unknown)}]")

    def rows() -> Iterator[list[str]]:
        for row in instance.log:
            seen = row.type != DELETE and row.visible <= instance.now
            if seen and start <= row.at <= end and wanted(row):
                shown = _activity(instance, row)
                yield [_cell(shown[name]) for name in names]

    return _file(body, names, rows)


def _filter(body: Json, known: set[str]) -> Mapping[str, Any]:
    given = body.get("filter")
    if not given or not isinstance(given, dict):
        raise missing("filter")
    unknown = [name for name in given if name not in known]
    if unknown:
        raise invalid(f"Invalid filter '{unknown[0]}'")
    return given


def _lead_filter(instance: Instance, given: Mapping[str, Any]) -> Callable[[], Iterable[Lead]]:
    if len(given) != 1:
        raise invalid("Only one filter type is allowed")
    ((name, value),) = given.items()
    off = name == "updatedAt" and not instance.options.updated_at_filter
    if off or name.startswith("smartList"):
        raise Failure("1035", "Unsupported filter type for target subscription")
    if name.startswith("staticList"):
        return _of_list(instance, name, value)
    start, end = _range(value)
    if name == "createdAt":
        return lambda: [
            e for e in instance.leads.all_shown(instance.now) if start <= e.created <= end
        ]
    return lambda: [e for e in instance.leads.all_shown(instance.now) if start <= e.touched <= end]


def _of_list(instance: Instance, name: str, value: Any) -> Callable[[], Iterable[Lead]]:
    if name == "staticListId":
        number = instance.lists.need(whole(value)).id
    else:
        found = instance.lists.named(str(value))
        number = instance.lists.need(found.id if found else 0).id

    def members() -> list[Lead]:
        ids = sorted(instance.lists.need(number).members)
        seen = (instance.leads.shown(each, instance.now) for each in ids)
        return [lead for lead in seen if lead is not None]

    return members


def _range(value: Any) -> tuple[int, int]:
    if not isinstance(value, dict) or not value.get("startAt") or not value.get("endAt"):
        raise missing("startAt, endAt")
    if any("." in str(value[name]) for name in ("startAt", "endAt")):
        raise invalid_date()
    try:
        start, end = stamps.parse(str(value["startAt"])), stamps.parse(str(value["endAt"]))
    except ValueError:
        raise invalid_date() from None
    if not 0 <= end - start <= LONGEST:
        raise invalid("The date range must be at most 31 days")
    return start, end


def _activity_filter(given: Mapping[str, Any]) -> Callable[[Activity], bool]:
    for name in _MANY:
        if not isinstance(given.get(name, []), list):
            raise invalid(f"Invalid value for filter '{name}'")
    types = {whole(each) for each in given.get("activityTypeIds", ())}
    ids = {whole(each) for each in given.get("primaryAttributeValueIds", ())}
    values = {str(each) for each in given.get("primaryAttributeValues", ())}
    if DELETE in types:
        raise invalid(f"Activity type '{DELETE}' is not supported")
    if ids and values:
        raise invalid("Only one of primaryAttributeValueIds and primaryAttributeValues is allowed")
    if max(len(ids), len(values)) > MOST_VALUES:
        raise invalid(f"Max number of primary attribute values '{MOST_VALUES}' exceeded")
    return lambda row: (
        (not types or row.type in types)
        and (not ids or row.primary_id in ids)
        and (not values or row.primary in values)
    )


def _activity(instance: Instance, row: Activity) -> Json:
    told = {name: text(value) for name, value in row.attributes}
    return {
        "marketoGUID": str(row.number),
        "leadId": instance.owner_of(row.lead),
        "activityDate": stamps.iso(row.at),
        "activityTypeId": row.type,
        "campaignId": row.campaign,
        "primaryAttributeValueId": row.primary_id,
        "primaryAttributeValue": row.primary,
        "attributes": json.dumps(told, separators=(",", ":"), ensure_ascii=False),
    }


def _file(body: Json, names: list[str], rows: Callable[[], Rows]) -> Produce:
    """Return what makes the file when the job runs."""
    headers, delimiter = body.get("columnHeaderNames") or {}, FORMATS[file_format(body)]

    def produce() -> tuple[int, bytes]:
        out, number = io.StringIO(), 0
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow([headers.get(name, name) for name in names])
        for row in rows():
            writer.writerow(row)
            number += 1
        return number, out.getvalue().encode()

    return produce


def _cell(value: Any) -> str:
    """Write a value into a cell; an empty one is the text `null`."""
    return text(value) or "null"
