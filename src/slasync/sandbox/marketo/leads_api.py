"""Leads read, deleted and merged.

Guessed: the answer to a read of one lead that is not there, and the words for too many values.
"""

from collections.abc import Sequence

from slasync.sandbox.marketo import merging
from slasync.sandbox.marketo.call import Answer, Call, whole
from slasync.sandbox.marketo.failures import Json, invalid, no_field, no_lead, not_searchable
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.paging import ROWS, cut

DEFAULT_FIELDS = ("id", "firstName", "lastName", "email", "updatedAt", "createdAt")
MOST_VALUES, MOST_MATCHES = 300, 1_000
PARTITION = "Default"
_TRUTHS = ("true", "false")


def one(call: Call) -> Answer:
    """GET /rest/v1/lead/{id}.json."""
    names = asked(call)
    lead = call.instance.leads.shown(call.path_id(), call.instance.now)
    if lead is None:
        raise no_lead()
    return Answer([row(call, lead, names)])


def by_filter(call: Call) -> Answer:
    """GET /rest/v1/leads.json."""
    name, names = call.need("filterType"), asked(call)
    values = call.names("filterValues")
    call.need("filterValues")
    if len(values) > MOST_VALUES:
        raise invalid(f"Max number of filterValues '{MOST_VALUES}' exceeded")
    if name not in call.instance.schema.searchable():
        raise not_searchable(name) if call.instance.schema.get(name) else no_field(name)
    wanted: Sequence[object] = [whole(v) for v in values] if name == "id" else values
    found = call.instance.leads.search(name, wanted, call.instance.now)
    if len(found) > MOST_MATCHES:
        raise invalid("Too many results match the filter")
    return paged(call, found, names)


def partitions(_: Call) -> Answer:
    """GET /rest/v1/leads/partitions.json: there is only the one that every instance has."""
    return Answer([{"id": 1, "name": PARTITION, "description": "Initial system lead partition"}])


def paged(call: Call, found: list[Lead], names: Sequence[str]) -> Answer:
    """Return one page of leads, with a token only where another page follows."""
    page, after = cut(found, lambda lead: lead.id, call.after(ROWS), call.size())
    return Answer([row(call, lead, names) for lead in page], call.paged(ROWS, after))


def deleted(call: Call) -> Answer:
    """POST /rest/v1/leads/delete.json, and DELETE /rest/v1/leads.json."""
    result: list[Json] = []
    for number in lead_ids(call):
        lead = call.instance.leads.rows.get(number)
        if lead is None:
            result.append({"status": "skipped", "reasons": [no_lead().entry]})
            continue
        call.instance.delete(lead, call.source)
        result.append({"id": number, "status": "deleted"})
    return Answer(result)


def merged(call: Call) -> Answer:
    """POST /rest/v1/leads/{id}/merge.json."""
    losers = call.ids("leadIds") or call.ids("leadId")
    in_crm = call.text("mergeInCRM", "false").lower()
    if in_crm not in _TRUTHS:
        raise invalid(f"Invalid value '{in_crm}' for mergeInCRM")
    merging.merge(call.instance, call.path_id(), losers, call.source, in_crm=in_crm == "true")
    return Answer()


def list_membership(call: Call) -> Answer:
    """GET /rest/v1/leads/{id}/listMembership.json."""
    lead = call.path_id()
    if lead not in call.instance.leads.rows:
        raise no_lead()
    on = [each.id for each in call.instance.lists if lead in each.members]
    page, after = cut(on, int, call.after(ROWS), call.size())
    shown: list[Json] = [{"id": number} for number in page]
    return Answer(shown, {**call.paged(ROWS, after), "moreResult": bool(after)})


def asked(call: Call) -> list[str]:
    """Return the fields a read is to show. Raises Failure 1006."""
    names = call.names("fields")
    for name in names:
        call.instance.schema.need(name)
    return list(dict.fromkeys(("id", *names))) if names else list(DEFAULT_FIELDS)


def row(call: Call, lead: Lead, names: Sequence[str]) -> Json:
    """Return a lead as reads show it."""
    return {name: call.instance.value(lead, name) for name in names}


def lead_ids(call: Call) -> list[int]:
    """Return the leads that address or body name, at most 300. Raises Failure 1001, 1003."""
    ids = call.ids("id")
    if not ids and call.request.body:
        rows = call.body().get("input") or ()
        ids = [whole(each.get("id") if isinstance(each, dict) else each) for each in rows]
    if not ids:
        raise invalid("Lead ids not specified")
    if len(ids) > MOST_VALUES:
        raise invalid(f"Max number of lead ids '{MOST_VALUES}' exceeded")
    return ids
