"""The calls on lists and their members."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.call import Answer, Call, bounded, texts_of
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, bad, not_found
from slasync.sandbox.hubspot.lists import RecordList, by_hand

PAGE, MOST = 100, 250
MOST_RECORDS = 100_000
SEARCHED, MOST_SEARCHED = 20, 500


def create(call: Call) -> Answer:
    """POST /crm/v3/lists: 200, and the list inside an object."""
    body = call.body()
    kind = call.portal.kind(str(body.get("objectTypeId", "")))
    name, processing = str(body.get("name", "")), str(body.get("processingType", ""))
    made = call.portal.lists.make(name, kind.type_id, processing, call.portal.now)
    return Answer(value={"list": shown(made)})


def several(call: Call) -> Answer:
    """GET /crm/v3/lists?listIds=1&listIds=2: those that there are."""
    wanted = set(call.names("listIds"))
    found = [each for each in call.portal.lists.all() if str(each.id) in wanted]
    return Answer(value={"lists": [shown(each) for each in found]})


def search(call: Call) -> Answer:
    """POST /crm/v3/lists/search: by part of the name and by kind, from an offset on."""
    body = call.body()
    words, kinds = str(body.get("query") or "").lower(), texts_of(body, "processingTypes")
    found = [
        each
        for each in call.portal.lists.all()
        if words in each.name.lower() and (not kinds or each.kind in kinds)
    ]
    start = bounded("offset", str(body.get("offset") or 0), 1 << 31, least=0)
    end = start + bounded("count", str(body.get("count") or SEARCHED), MOST_SEARCHED)
    return Answer(
        value={
            "offset": min(end, len(found)),
            "hasMore": end < len(found),
            "lists": [shown(each) for each in found[start:end]],
            "total": len(found),
        }
    )


def named(call: Call) -> Answer:
    """GET /crm/v3/lists/object-type-id/{object}/name/{name}."""
    type_id, name = call.kind.type_id, call.params["name"]
    for each in call.portal.lists.all():
        if (each.type_id, each.name) == (type_id, name):
            return Answer(value={"list": shown(each)})
    raise not_found(f"List does not exist with name {name} and object type ID {type_id}.")


def renamed(call: Call) -> Answer:
    """PUT /crm/v3/lists/{list}/update-list-name?listName=..."""
    found, name = call.portal.lists.need(call.params["list"]), call.text("listName")
    if not name or any(e.name == name and e is not found for e in call.portal.lists.all()):
        raise bad(f"List with name {name} already exists" if name else "List name is empty")
    found.name, found.changed = name, call.portal.now
    return Answer(value={"updatedList": shown(found)})


def restored(call: Call) -> Answer:
    """PUT /crm/v3/lists/{list}/restore."""
    call.portal.lists.restore(call.params["list"])
    return Answer(HTTPStatus.NO_CONTENT)


def emptied(call: Call) -> Answer:
    """DELETE /crm/v3/lists/{list}/memberships: all of them."""
    found = by_hand(call.portal.lists.need(call.params["list"]))
    _change(call, found, (), list(found.members))
    return Answer(HTTPStatus.NO_CONTENT)


def got(call: Call) -> Answer:
    """GET /crm/v3/lists/{list}."""
    return Answer(value={"list": shown(call.portal.lists.need(call.params["list"]))})


def deleted(call: Call) -> Answer:
    """DELETE /crm/v3/lists/{list}: its members stay what they are."""
    call.portal.lists.need(call.params["list"]).deleted = True
    return Answer(HTTPStatus.NO_CONTENT)


def members(call: Call) -> Answer:
    """GET /crm/v3/lists/{list}/memberships: by id, page by page."""
    found = call.portal.lists.need(call.params["list"])
    size, after = call.number("limit", PAGE, MOST), call.text("after", "0")
    if not is_number(after):
        raise bad(f"Invalid paging token: {after}")
    live = call.portal.table(call.portal.kind(found.type_id)).live
    rest = sorted(record for record in found.members if record > int(after) and record in live)
    page = rest[:size]
    body: Json = {"results": [_member(found, record) for record in page]}
    if len(rest) > size:
        body["paging"] = {"next": {"after": str(page[-1])}}
    return Answer(value=body)


def added(call: Call) -> Answer:
    """PUT .../memberships/add: those on the list already are in no part of the answer."""
    found = by_hand(call.portal.lists.need(call.params["list"]))
    return Answer(value=_change(call, found, _ids(call.json()), ()))


def removed(call: Call) -> Answer:
    """PUT .../memberships/remove."""
    found = by_hand(call.portal.lists.need(call.params["list"]))
    return Answer(value=_change(call, found, (), _ids(call.json())))


def added_and_removed(call: Call) -> Answer:
    """PUT .../memberships/add-and-remove."""
    found, body = by_hand(call.portal.lists.need(call.params["list"])), call.body()
    to_add, to_remove = body.get("recordIdsToAdd", []), body.get("recordIdsToRemove", [])
    return Answer(value=_change(call, found, _ids(to_add), _ids(to_remove)))


def of_record(call: Call) -> Answer:
    """GET /crm/v3/lists/records/{object}/{id}/memberships: the lists that a record is on."""
    kind, record = call.kind, _id(call.params["id"])
    live = call.portal.table(kind).find(record)
    if live is None:
        return Answer(value={"results": []})
    found = call.portal.lists.of(kind.type_id, live.id)
    return Answer(value={"results": [_membership(each, live.id) for each in found]})


def shown(found: RecordList) -> Json:
    """Return a list as the API shows it."""
    return {
        "listId": str(found.id),
        "listVersion": 1,
        "createdAt": stamps.iso(found.made),
        "updatedAt": stamps.iso(found.changed),
        "processingType": found.kind,
        "processingStatus": "COMPLETE",
        "name": found.name,
        "objectTypeId": found.type_id,
        "size": len(found.members),
    }


def _change(call: Call, found: RecordList, to_add: Iterable[int], to_remove: Iterable[int]) -> Json:
    kind = call.portal.kind(found.type_id)
    now = call.portal.now
    plus, minus, missing = [], [], []
    for record in to_add:
        live = call.portal.table(kind).find(record)
        if live is None:
            missing.append(record)
        elif live.id not in found.members:
            found.members[live.id] = now
            plus.append(record)
    for record in to_remove:
        live = call.portal.table(kind).find(record)
        if live is None:
            missing.append(record)
        elif found.members.pop(live.id, None) is not None:
            minus.append(record)
    if plus or minus:
        found.changed = now
        _tell(call, kind, found, plus, minus)
    return {
        "recordsIdsAdded": [str(record) for record in plus],  # as HubSpot spells it
        "recordIdsRemoved": [str(record) for record in minus],
        "recordIdsMissing": [str(record) for record in missing],
    }


def _tell(
    call: Call, kind: Kind, found: RecordList, plus: Iterable[int], minus: Iterable[int]
) -> None:
    """Write down each change, so that a rehearsal can count them."""
    for records, before, after in ((plus, None, "member"), (minus, "member", None)):
        for record in records:
            name = f"list:{found.id}"
            call.portal.journal(
                kind, record, "list", origin=call.origin, before={name: before}, after={name: after}
            )


def _ids(value: Any) -> list[int]:
    """Read a bare array of ids. Raises 400."""
    if not isinstance(value, list) or len(value) > MOST_RECORDS:
        raise bad(f"Invalid input JSON: a list of at most {MOST_RECORDS} record ids is expected")
    return [_id(each) for each in value]


def _id(value: Any) -> int:
    if not is_number(str(value)):
        raise bad(f"Invalid record id: {value}")
    return int(value)


def _member(found: RecordList, record: int) -> Json:
    added_at = stamps.iso(found.members[record])
    return {"recordId": str(record), "membershipTimestamp": added_at}


def _membership(found: RecordList, record: int) -> Json:
    at = stamps.iso(found.members[record])
    return {
        "listId": str(found.id),
        "listVersion": 1,
        "firstAddedTimestamp": at,
        "lastAddedTimestamp": at,
    }
