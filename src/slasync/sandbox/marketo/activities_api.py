"""The change feed: activities, lead changes and deleted leads, read on from a paging token.

A page looks at a limited number of rows, so it may hold few or none while more are to come; the
token is given always. Guessed: that a row of a New Lead in leadchanges.json lists the watched
fields that were set, and that values there are text.
"""

from datetime import UTC, datetime
from typing import Any

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.activities import Activity, Change, Wanted
from slasync.sandbox.marketo.activity_types import CHANGE_VALUE, DELETE, NEW_LEAD, TYPES
from slasync.sandbox.marketo.call import PAGE, Answer, Call
from slasync.sandbox.marketo.failures import Json, invalid, invalid_date
from slasync.sandbox.marketo.paging import ACTIVITIES

MOST_TYPES, MOST_LEADS = 10, 30
LARGE_LIST = 10_000
LARGE_LISTS_REFUSED = datetime(2026, 12, 30, tzinfo=UTC)
DELETED_KEPT = 14 * stamps.DAY
_NUMBERS = 3  # in a token: since, and the two parts of the position


def paging_token(call: Call) -> Answer:
    """GET /rest/v1/activities/pagingtoken.json."""
    try:
        since = stamps.parse(call.need("sinceDatetime"))
    except ValueError:
        raise invalid_date() from None
    token = _token(call, since, call.instance.log.start(since))
    return Answer(more={"nextPageToken": token})


def types(_: Call) -> Answer:
    """GET /rest/v1/activities/types.json."""
    return Answer([each.json() for each in TYPES.values()])


def listed(call: Call) -> Answer:
    """GET /rest/v1/activities.json."""
    call.need("activityTypeIds")
    wanted_types = frozenset(call.ids("activityTypeIds"))
    if len(wanted_types) > MOST_TYPES:
        raise invalid(f"Max number of activityTypeIds '{MOST_TYPES}' exceeded")
    assets, of_lead = frozenset(call.ids("assetIds")), _of_leads(call)

    def wanted(row: Activity) -> bool:
        about = not assets or row.primary_id in assets
        return row.type in wanted_types and about and of_lead(row)

    return _page(call, wanted, lambda row: _shown(call, row))


def lead_changes(call: Call) -> Answer:
    """GET /rest/v1/activities/leadchanges.json."""
    call.need("fields")
    names = {call.instance.schema.need(name).name for name in call.names("fields")}
    of_lead = _of_leads(call)

    def wanted(row: Activity) -> bool:
        changed = any(change.name in names for change in row.changes)
        return row.type in {NEW_LEAD, CHANGE_VALUE} and changed and of_lead(row)

    return _page(call, wanted, lambda row: _changes_shown(call, row, names))


def deleted(call: Call) -> Answer:
    """GET /rest/v1/activities/deletedleads.json: those of the last two weeks."""
    oldest = call.instance.now - DELETED_KEPT
    return _page(
        call,
        lambda row: row.type == DELETE and row.at >= oldest,
        lambda row: _shown(call, row) | {"attributes": []},
    )


def _page(call: Call, wanted: Wanted, shown: Any) -> Answer:
    instance = call.instance
    numbers = instance.tokens.read(ACTIVITIES, call.need("nextPageToken"))
    if len(numbers) != _NUMBERS:
        raise invalid("Invalid nextPageToken")
    since, key, number = numbers
    size, chance = call.size(most=PAGE), instance.world.chance("marketo.pages")
    if chance.random() < instance.options.short_pages:
        size = chance.randrange(size)
    page = instance.log.page(
        (key, number),
        since=since,
        now=instance.now,
        size=size,
        scan=instance.options.scan,
        wanted=wanted,
    )
    more = {"nextPageToken": _token(call, since, page.position), "moreResult": page.more}
    return Answer([shown(row) for row in page.rows] or None, more)


def _token(call: Call, since: int, position: tuple[int, int]) -> str:
    return call.instance.tokens.write(ACTIVITIES, since, *position)


def _of_leads(call: Call) -> Wanted:
    """Return the test for the leads that are asked for, by id or by list."""
    instance, asked = call.instance, call.ids("leadIds")
    if len(asked) > MOST_LEADS:
        raise invalid(f"Max number of leadIds '{MOST_LEADS}' exceeded")
    leads = frozenset(asked) if asked else None
    for number in call.ids("listId"):
        members = instance.lists.need(number).members
        if len(members) >= LARGE_LIST and instance.world.now() >= LARGE_LISTS_REFUSED:
            raise invalid(f"List has {LARGE_LIST} or more leads")
        leads = frozenset(members) if leads is None else leads & frozenset(members)
    return lambda row: leads is None or instance.owner_of(row.lead) in leads


def _head(call: Call, row: Activity) -> Json:
    lead = row.lead if row.type == DELETE else call.instance.owner_of(row.lead)
    return {
        "id": row.number,
        "marketoGUID": str(row.number),
        "leadId": lead,
        "activityDate": stamps.iso(row.at, call.instance.options.activity_zone),
        "activityTypeId": row.type,
    }


def _shown(call: Call, row: Activity) -> Json:
    shown = _head(call, row)
    if row.campaign is not None:
        shown["campaignId"] = row.campaign
    if row.primary_id is not None:
        shown["primaryAttributeValueId"] = row.primary_id
    if row.primary is not None:
        shown["primaryAttributeValue"] = row.primary
    told = [{"name": name, "value": value} for name, value in row.attributes]
    return shown | {"attributes": told}


def _changes_shown(call: Call, row: Activity, names: set[str]) -> Json:
    source = row.attribute("Source") or row.attribute("Source Type")
    shown = _head(call, row)
    told = {"Reason": row.attribute("Reason"), "Source": source, "Lead ID": shown["leadId"]}
    return shown | {
        "fields": [_change(change) for change in row.changes if change.name in names],
        "attributes": [{"name": n, "value": v} for n, v in told.items() if v is not None],
    }


def _change(change: Change) -> Json:
    return {
        "id": change.field,
        "name": change.name,
        "newValue": text(change.new),
        "oldValue": text(change.old),
    }


def text(value: Any) -> str | None:
    """Write a value as activities have it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
