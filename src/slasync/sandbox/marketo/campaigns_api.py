"""Smart campaigns over the API: listed, and requested for leads.

Guessed: that one lead that is not there refuses the whole request.
"""

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.call import Answer, Call, whole
from slasync.sandbox.marketo.campaigns import Campaign
from slasync.sandbox.marketo.failures import Json, invalid, missing, no_lead, wrong_type
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.lists import WORKSPACE
from slasync.sandbox.marketo.paging import ROWS, cut

MOST_LEADS, MOST_TOKENS = 100, 100


def listed(call: Call) -> Answer:
    """GET /rest/v1/campaigns.json."""
    ids, names = set(call.ids("id")), set(call.names("name"))
    programs, only = set(call.names("programName")), call.text("isTriggerable")
    found = [
        each
        for each in call.services.automation.campaigns.values()
        if (not ids or each.id in ids)
        and (not names or each.name in names)
        and (not programs or each.program in programs)
        and (only not in {"1", "true"} or each.requestable)
    ]
    page, after = cut(found, lambda each: each.id, call.after(ROWS), call.size())
    return Answer([_shown(each) for each in page], call.paged(ROWS, after))


def got(call: Call) -> Answer:
    """GET /rest/v1/campaigns/{id}.json."""
    return Answer([_shown(call.services.automation.need(call.path_id()))])


def triggered(call: Call) -> Answer:
    """POST /rest/v1/campaigns/{id}/trigger.json: `input` is one object, not a list."""
    campaign = call.services.automation.need(call.path_id())
    given = call.body().get("input")
    if given is None:
        raise missing("input")
    if not isinstance(given, dict):
        raise wrong_type(type(given).__name__, "object")
    tokens = _tokens(given, campaign)
    call.services.automation.request(campaign, _leads(call, given), tokens, call.source)
    return Answer([{"id": campaign.id}])


def _leads(call: Call, given: Json) -> list[Lead]:
    rows = given.get("leads") or []
    if not isinstance(rows, list) or not rows:
        raise missing("leads")
    if len(rows) > MOST_LEADS:
        raise invalid(f"Max number of leads '{MOST_LEADS}' exceeded")
    found = []
    for row in rows:
        number = whole(row.get("id") if isinstance(row, dict) else row)
        lead = call.instance.leads.rows.get(number)
        if lead is None:
            raise no_lead()
        found.append(lead)
    return found


def _tokens(given: Json, campaign: Campaign) -> dict[str, str]:
    """Return the values for My Tokens, by their names without `my.`."""
    rows = given.get("tokens") or []
    if not isinstance(rows, list) or len(rows) > MOST_TOKENS:
        raise invalid(f"Max number of tokens '{MOST_TOKENS}' exceeded")
    tokens = {}
    for row in rows:
        written = str(row.get("name", "") if isinstance(row, dict) else row)
        name = written.strip().removeprefix("{{my.").removesuffix("}}")
        if written == name or name not in campaign.tokens:
            raise invalid(f"Token '{written}' not found")
        tokens[name] = str(row.get("value", ""))
    return tokens


def _shown(each: Campaign) -> Json:
    return {
        "id": each.id,
        "name": each.name,
        "type": "batch" if each.when is None else "trigger",
        "programName": each.program,
        "programId": each.program_id,
        "workspaceName": WORKSPACE,
        "createdAt": stamps.iso(each.made),
        "updatedAt": stamps.iso(each.made),
        "active": each.active,
    }
