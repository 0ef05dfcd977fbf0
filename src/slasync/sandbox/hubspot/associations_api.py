"""The calls on links between records: v4, and what is left of v3."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.associations import End, plain, primary
from slasync.sandbox.hubspot.call import Answer, Call, id_of, objects_of, types_of
from slasync.sandbox.hubspot.errors import Json, bad, not_found
from slasync.sandbox.hubspot.objects import as_id, next_link

PAGE = 500
MOST_READ, MOST_WRITTEN = 1_000, 2_000
Row = Mapping[str, Any]


def listed(call: Call) -> Answer:
    """GET /crm/v4/objects/{object}/{id}/associations/{to}."""
    return _page(call, _link)


def listed_v3(call: Call) -> Answer:
    """GET /crm/v3/objects/{object}/{id}/associations/{to}."""
    label = f"{call.kind.singular}_to_{call.portal.kind(call.params['to']).singular}"
    return _page(call, lambda _, other, __: {"id": str(other[1]), "type": label})


def tie_default(call: Call) -> Answer:
    """PUT .../associations/default/{to}/{to_id}: a plain link, told from both sides."""
    one, other = _ends(call)
    call.portal.links.tie(one, other, plain(one[0], other[0]))
    return _complete(call, [_spec(one, other), _spec(other, one)])


def tie(call: Call) -> Answer:
    """PUT /crm/v4/.../associations/{to}/{to_id}: labels given are added."""
    one, other = _ends(call)
    call.portal.links.tie(one, other, _types(call.json()))
    return Answer(HTTPStatus.CREATED, _tied(call, one, other))


def tie_v3(call: Call) -> Answer:
    """PUT /crm/v3/.../associations/{to}/{to_id}/{type}."""
    one, other = _ends(call)
    text = call.params["type"]
    types = {int(text)} if is_number(text) else plain(one[0], other[0])
    call.portal.links.tie(one, other, types)
    return Answer(value={"id": str(one[1]), "associations": {}})


def untie(call: Call) -> Answer:
    """DELETE .../associations/{to}/{to_id}: every label of the link."""
    one, other = _ends(call)
    call.portal.links.untie(one, other)
    return Answer(HTTPStatus.NO_CONTENT)


def labels(call: Call) -> Answer:
    """GET /crm/v4/associations/{object}/{to}/labels."""
    names = call.kind.name, call.portal.kind(call.params["to"]).name
    found: list[tuple[int, str | None]] = [(type_id, None) for type_id in plain(*names)]
    found += [(type_id, "Primary") for type_id in primary(*names)]
    shown = [
        {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}
        for type_id, label in found
    ]
    return Answer(value={"results": shown})


def batch_read(call: Call) -> Answer:
    """POST /crm/v4/associations/{object}/{to}/batch/read: ids without links are errors."""
    to = call.portal.kind(call.params["to"]).name
    results: list[Json] = []
    errors: list[Json] = []
    for row in _inputs(call, MOST_READ):
        key = id_of({"input": row}, "input")
        one = (call.kind.name, as_id(key))
        found = call.portal.links.of(one, to)
        if found:
            links = [_link(one, (to, other), found[other]) for other in sorted(found)]
            results.append({"from": {"id": str(one[1])}, "to": links})
        else:
            missing = f"No {call.kind.name} to {to} associations for {key}"
            errors.append(not_found(missing).row({"fromObjectId": [key]}))
    return _complete(call, results, errors)


def batch_tie(call: Call) -> Answer:
    """POST .../batch/create, with the types of each link."""
    results = []
    for one, other, row in _pairs(call):
        call.portal.links.tie(one, other, _types(row.get("types")))
        results.append(_tied(call, one, other))
    return _complete(call, results, status=HTTPStatus.CREATED)


def batch_default(call: Call) -> Answer:
    """POST .../batch/associate/default: plain links, told from both sides."""
    results = []
    for one, other, _ in _pairs(call):
        call.portal.links.tie(one, other, plain(one[0], other[0]))
        results += [_spec(one, other), _spec(other, one)]
    return _complete(call, results)


def batch_untie(call: Call) -> Answer:
    """POST .../batch/archive; `to` of a row is a list."""
    to = call.portal.kind(call.params["to"]).name
    for row in _inputs(call, MOST_WRITTEN):
        to_ends = row.get("to")
        others = to_ends if isinstance(to_ends, list) else [to_ends]
        for other in others:
            one = (call.kind.name, as_id(id_of(row, "from")))
            call.portal.links.untie(one, (to, as_id(id_of({"to": other}, "to"))))
    return Answer(HTTPStatus.NO_CONTENT)


def batch_untie_labels(call: Call) -> Answer:
    """POST .../batch/labels/archive: the link ends with its last label."""
    for one, other, row in _pairs(call):
        call.portal.links.untie(one, other, _types(row.get("types")))
    return Answer(HTTPStatus.NO_CONTENT)


def batch_v3(call: Call) -> Answer:
    """POST /crm/v3/associations/{object}/{to}/batch/{create,read,archive}."""
    match call.params["action"]:
        case "create":
            return _batch_create_v3(call)
        case "archive":
            return batch_untie(call)
        case "read":
            return _batch_read_v3(call)
    raise not_found()


def _batch_create_v3(call: Call) -> Answer:
    """One input has two results, one for each direction."""
    results: list[Json] = []
    for one, other, _ in _pairs(call):
        call.portal.links.tie(one, other, plain(one[0], other[0]))
        for near, far in ((one, other), (other, one)):
            ids = {"from": {"id": str(near[1])}, "to": {"id": str(far[1])}}
            results.append(ids | {"type": _label(call, near, far)})
    return _complete(call, results, status=HTTPStatus.CREATED)


def _batch_read_v3(call: Call) -> Answer:
    to = call.portal.kind(call.params["to"])
    label = f"{call.kind.singular}_to_{to.singular}"
    results: list[Json] = []
    for row in _inputs(call, MOST_READ):
        key = id_of({"input": row}, "input")
        found = call.portal.links.of((call.kind.name, as_id(key)), to.name)
        links = [{"id": str(other), "type": label} for other in sorted(found)]
        results.append({"from": {"id": key}, "to": links})
    return _complete(call, results)


def _page(call: Call, show: Callable[[End, End, set[int]], Json]) -> Answer:
    size = call.number("limit", PAGE, PAGE)
    after = as_id(call.text("after") or "0")
    one = _existing(call, call.kind.name, call.params["id"])
    to = call.portal.kind(call.params["to"]).name
    found = call.portal.links.of(one, to)
    ids = sorted(other for other in found if other >= after)
    body: Json = {"results": [show(one, (to, i), found[i]) for i in ids[:size]]}
    if len(ids) > size:
        more = str(ids[size])
        body["paging"] = {"next": {"after": more, "link": next_link(call, more)}}
    return Answer(value=body)


def _ends(call: Call) -> tuple[End, End]:
    """Return both ends that the path names. Raises 404."""
    to = call.portal.kind(call.params["to"]).name
    one = _existing(call, call.kind.name, call.params["id"])
    return one, _existing(call, to, call.params["to_id"])


def _existing(call: Call, name: str, key: str) -> End:
    record = call.portal.tables[name].find(as_id(key))
    if record is None:
        raise not_found(f"Object {name}-{key} does not exist")
    return name, record.id


def _pairs(call: Call) -> list[tuple[End, End, Row]]:
    to = call.portal.kind(call.params["to"]).name
    return [
        (
            _existing(call, call.kind.name, id_of(row, "from")),
            _existing(call, to, id_of(row, "to")),
            row,
        )
        for row in _inputs(call, MOST_WRITTEN)
    ]


def _inputs(call: Call, most: int) -> list[Row]:
    inputs = objects_of(call.body(), "inputs")
    if len(inputs) > most:
        raise bad(f"inputs must be a list of at most {most}")
    return [*inputs]


def _types(given: Any) -> set[int]:
    entries = objects_of({"types": given}, "types")
    if not entries:
        raise bad("At least one association type is required")
    return types_of(entries)


def _link(one: End, other: End, types: set[int]) -> Json:
    first = primary(one[0], other[0])
    shown = [
        {
            "category": "HUBSPOT_DEFINED",
            "typeId": type_id,
            "label": "Primary" if type_id in first else None,
        }
        for type_id in sorted(types)
    ]
    return {"toObjectId": other[1], "associationTypes": shown}


def _spec(one: End, other: End) -> Json:
    type_id = next(iter(plain(one[0], other[0])), None)
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"from": {"id": str(one[1])}, "to": {"id": str(other[1])}, "associationSpec": spec}


def _tied(call: Call, one: End, other: End) -> Json:
    return {
        "fromObjectTypeId": call.portal.kind(one[0]).type_id,
        "fromObjectId": one[1],
        "toObjectTypeId": call.portal.kind(other[0]).type_id,
        "toObjectId": other[1],
        "labels": [],
    }


def _label(call: Call, one: End, other: End) -> str:
    return f"{call.portal.kind(one[0]).singular}_to_{call.portal.kind(other[0]).singular}"


def _complete(
    call: Call,
    results: list[Json],
    errors: list[Json] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Answer:
    now = stamps.iso(call.portal.now)
    body: Json = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
        return Answer(HTTPStatus.MULTI_STATUS, body)
    return Answer(status, body)
