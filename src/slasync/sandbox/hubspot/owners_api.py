"""The calls on owners."""

from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot.call import Answer, Call
from slasync.sandbox.hubspot.errors import bad, not_found
from slasync.sandbox.hubspot.objects import next_link

PAGE, PAGE_BY_DEFAULT = 500, 100


def listed(call: Call) -> Answer:
    """GET /crm/v3/owners: the active ones, or with `archived=true` the others."""
    size = call.number("limit", PAGE_BY_DEFAULT, PAGE)
    after = call.text("after") or "0"
    if not is_number(after):
        raise bad(f"Invalid after value: {after}")
    email = call.text("email").lower()
    archived = call.truth("archived")
    found = sorted(
        (
            owner
            for owner in call.portal.owners
            if owner.archived == archived
            and owner.id >= int(after)
            and (not email or owner.email.lower() == email)
        ),
        key=lambda owner: owner.id,
    )
    body: dict[str, Any] = {"results": [owner.json() for owner in found[:size]]}
    if len(found) > size:
        more = str(found[size].id)
        body["paging"] = {"next": {"after": more, "link": next_link(call, more)}}
    return Answer(value=body)


def got(call: Call) -> Answer:
    """GET /crm/v3/owners/{id}, by owner id or with `idProperty=userId` by user id."""
    key, by = call.params["id"], call.text("idProperty") or "id"
    if by not in {"id", "userId"} or not is_number(key):
        raise bad(f"Invalid owner id or idProperty: {key}, {by}")
    owner = call.portal.owners.find(int(key), by_user_id=by == "userId")
    if owner is None or owner.archived != call.truth("archived"):
        raise not_found("No Owner found")
    return Answer(value=owner.json())
