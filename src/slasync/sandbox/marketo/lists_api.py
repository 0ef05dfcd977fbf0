"""Static lists, by both APIs: that of the lead database, and that of assets.

Guessed: that adding a member again says `added`.
"""

import json

from slasync.sandbox.marketo import leads_api, membership, stamps
from slasync.sandbox.marketo.call import Answer, Call, whole
from slasync.sandbox.marketo.failures import Failure, Json, no_lead
from slasync.sandbox.marketo.lists import FOLDER, FOLDER_NAME, WORKSPACE, StaticList, folder
from slasync.sandbox.marketo.paging import ROWS, cut

MOST_ASSETS, USUAL_ASSETS = 200, 20
NOTHING = ("No assets found for the given search criteria.",)
_BEGINNING = 0


def listed(call: Call) -> Answer:
    """GET /rest/v1/lists.json."""
    ids, names = set(call.ids("id")), set(call.names("name"))
    found = [
        each
        for each in call.instance.lists
        if (not ids or each.id in ids) and (not names or each.name in names)
    ]
    page, after = cut(found, lambda each: each.id, call.after(ROWS), call.size())
    return Answer([_shown(each) for each in page], call.paged(ROWS, after))


def got(call: Call) -> Answer:
    """GET /rest/v1/lists/{id}.json."""
    return Answer([_shown(call.instance.lists.need(call.path_id()))])


def members(call: Call) -> Answer:
    """GET /rest/v1/lists/{id}/leads.json, and the older path with `list`."""
    found, names = call.instance.lists.need(call.path_id()), leads_api.asked(call)
    now = call.instance.now
    seen = (call.instance.leads.shown(each, now) for each in sorted(found.members))
    return leads_api.paged(call, [lead for lead in seen if lead is not None], names)


def added(call: Call) -> Answer:
    """POST /rest/v1/lists/{id}/leads.json."""
    to = call.instance.lists.need(call.path_id())
    result: list[Json] = []
    for number in leads_api.lead_ids(call):
        lead = call.instance.leads.rows.get(number)
        if lead is None:
            result.append(_skipped(number, no_lead()))
            continue
        membership.add(call.instance, to, lead, call.source)
        result.append({"id": number, "status": "added"})
    return Answer(result)


def removed(call: Call) -> Answer:
    """DELETE /rest/v1/lists/{id}/leads.json."""
    of = call.instance.lists.need(call.path_id())
    result: list[Json] = []
    for number in leads_api.lead_ids(call):
        lead = call.instance.leads.rows.get(number)
        if lead is not None and membership.remove(call.instance, of, lead, call.source):
            result.append({"id": number, "status": "removed"})
        else:
            reason = Failure("1015", "Lead not in list") if lead is not None else no_lead()
            result.append(_skipped(number, reason))
    return Answer(result)


def is_member(call: Call) -> Answer:
    """GET /rest/v1/lists/{id}/leads/ismember.json."""
    found = call.instance.lists.need(call.path_id())
    result: list[Json] = []
    for number in leads_api.lead_ids(call):
        if number not in call.instance.leads.rows:
            result.append(_skipped(number, no_lead()))
        else:
            on = number in found.members
            result.append({"id": number, "status": "memberof" if on else "notmemberof"})
    return Answer(result)


def assets(call: Call) -> Answer:
    """GET /rest/asset/v1/staticLists.json."""
    offset = whole(call.text("offset") or "0")
    size = call.size("maxReturn", MOST_ASSETS) if call.text("maxReturn") else USUAL_ASSETS
    return _assets(call, list(call.instance.lists)[offset : offset + size])


def asset(call: Call) -> Answer:
    """GET /rest/asset/v1/staticList/{id}.json."""
    return _assets(call, [e for e in call.instance.lists if e.id == call.path_id()])


def asset_named(call: Call) -> Answer:
    """GET /rest/asset/v1/staticList/byName.json."""
    found = call.instance.lists.named(call.need("name"))
    return _assets(call, [] if found is None else [found])


def asset_made(call: Call) -> Answer:
    """POST /rest/asset/v1/staticLists.json; the body is a form."""
    try:
        given = json.loads(call.need("folder"))
        number = int(given["id"])
    except (ValueError, KeyError, TypeError):
        raise Failure("701", "folder cannot be blank") from None
    if number != FOLDER:
        raise Failure("710", "Parent Folder Not Found")
    description = call.text("description") or None
    made = call.instance.lists.make(call.text("name"), call.instance.now, description)
    return _assets(call, [made])


def asset_deleted(call: Call) -> Answer:
    """POST /rest/asset/v1/staticList/{id}/delete.json."""
    number = call.path_id()
    if not any(each.id == number for each in call.instance.lists):
        raise Failure("702", "Static List not found")
    call.instance.lists.delete(number)
    return Answer([{"id": number}])


def folder_named(call: Call) -> Answer:
    """GET /rest/asset/v1/folder/byName.json: there is only the one for lists."""
    if call.need("name") != FOLDER_NAME:
        return Answer(warnings=NOTHING)
    shown: Json = {
        "name": FOLDER_NAME,
        "description": None,
        "createdAt": stamps.asset(_BEGINNING),
        "updatedAt": stamps.asset(_BEGINNING),
        "url": None,
        "folderId": folder(),
        "folderType": "List",
        "parent": {"id": 5, "type": "Folder"},
        "path": f"/Lead Database/{WORKSPACE}/{FOLDER_NAME}",
        "isArchive": False,
        "isSystem": True,
        "accessZoneId": 1,
        "workspace": WORKSPACE,
        "id": FOLDER,
    }
    return Answer([shown])


def _assets(call: Call, found: list[StaticList]) -> Answer:
    if not found:
        return Answer(warnings=NOTHING)
    host = f"https://app-{call.instance.options.munchkin_id[:3].lower()}.marketo.com"
    shown = [
        {
            "id": each.id,
            "name": each.name,
            **({"description": each.description} if each.description else {}),
            "createdAt": stamps.asset(each.made),
            "updatedAt": stamps.asset(each.changed),
            "folder": folder(),
            "computedUrl": f"{host}/#ST{each.id}A1",
            "workspace": WORKSPACE,
        }
        for each in found
    ]
    return Answer(shown)


def _shown(each: StaticList) -> Json:
    return {
        "id": each.id,
        "name": each.name,
        **({"description": each.description} if each.description else {}),
        "workspaceId": 1,
        "workspaceName": WORKSPACE,
        "createdAt": stamps.iso(each.made),
        "updatedAt": stamps.iso(each.changed),
    }


def _skipped(number: int, reason: Failure) -> Json:
    return {"id": number, "status": "skipped", "reasons": [reason.entry]}
