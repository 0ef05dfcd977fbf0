"""The calls on the account itself: details, use of the daily limit, pipelines, tokens."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.call import Answer, Call
from slasync.sandbox.hubspot.catalogue import DEAL_STAGES
from slasync.sandbox.hubspot.errors import Json, not_found

_BEGINNING = "1970-01-01T00:00:00Z"


def details(call: Call) -> Answer:
    """GET /account-info/v3/details."""
    options, now = call.portal.options, call.portal.world.now()
    offset = now.astimezone(ZoneInfo(options.zone)).utcoffset() or timedelta(0)
    minutes = offset // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return Answer(
        value={
            "portalId": options.portal_id,
            "accountType": "STANDARD",
            "timeZone": options.zone,
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": stamps.length(offset),
            "uiDomain": "app-eu1.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def me(call: Call) -> Answer:
    """GET /integrations/v1/me, of the old API."""
    told: Json = details(call).value
    names = ("portalId", "timeZone", "accountType", "utcOffset", "utcOffsetMilliseconds")
    return Answer(value={name: told[name] for name in names} | {"currency": "EUR"})


def usage(call: Call) -> Answer:
    """GET /account-info/v3/api-usage/daily/private-apps."""
    portal, meter = call.portal, call.services.meter
    result = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": portal.options.limits.daily,
        "currentUsage": meter.used_today,
        "collectedAt": stamps.iso(portal.now),
        "fetchStatus": "SUCCESS",
        "resetsAt": stamps.iso(stamps.millis(meter.resets_at)),
    }
    return Answer(value={"results": [result]})


def pipelines(call: Call) -> Answer:
    """GET /crm/v3/pipelines/{object}: deals have one, the others none."""
    return Answer(value={"results": _pipelines(call)})


def pipeline(call: Call) -> Answer:
    """GET /crm/v3/pipelines/{object}/{pipeline}."""
    return Answer(value=_pipeline(call))


def stages(call: Call) -> Answer:
    """GET /crm/v3/pipelines/{object}/{pipeline}/stages."""
    return Answer(value={"results": _pipeline(call)["stages"]})


def stage(call: Call) -> Answer:
    """GET /crm/v3/pipelines/{object}/{pipeline}/stages/{stage}."""
    found = [s for s in _pipeline(call)["stages"] if s["id"] == call.params["stage"]]
    if not found:
        raise not_found(f"Pipeline stage with id '{call.params['stage']}' does not exist")
    return Answer(value=found[0])


def _pipeline(call: Call) -> Json:
    found = [each for each in _pipelines(call) if each["id"] == call.params["pipeline"]]
    if not found:
        raise not_found(f"Pipeline with id '{call.params['pipeline']}' does not exist")
    return found[0]


def _pipelines(call: Call) -> list[Json]:
    if call.kind.name != "deals":
        return []
    found = [
        {
            "id": name,
            "label": name.capitalize(),
            "displayOrder": number,
            "metadata": {"isClosed": _truth(won in {0.0, 1.0}), "probability": str(won)},
            "createdAt": _BEGINNING,
            "updatedAt": _BEGINNING,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }
        for number, (name, won) in enumerate(DEAL_STAGES.items())
    ]
    one = {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "stages": found}
    return [one | {"createdAt": _BEGINNING, "updatedAt": _BEGINNING, "archived": False}]


def token_v1(call: Call) -> Answer:
    """POST /oauth/v1/token."""
    return Answer(value=call.services.tokens.grant(_form(call), version=1))


def token(call: Call) -> Answer:
    """POST /oauth/v3/token, and its later versions: the answer tells more."""
    return Answer(value=call.services.tokens.grant(_form(call), version=3))


def access_token(call: Call) -> Answer:
    """GET /oauth/v1/access-tokens/{token}."""
    return Answer(value=call.services.tokens.describe(call.params["token"]))


def refresh_token(call: Call) -> Answer:
    """GET /oauth/v1/refresh-tokens/{token}."""
    return Answer(value=call.services.tokens.describe_refresh(call.params["token"]))


def revoked(call: Call) -> Answer:
    """DELETE /oauth/v1/refresh-tokens/{token} and POST /oauth/v3/token/revoke."""
    key = call.params.get("token") or _form(call).get("token", "")
    call.services.tokens.revoke(key)
    return Answer(HTTPStatus.NO_CONTENT)


def introspected(call: Call) -> Answer:
    """POST /oauth/v3/token/introspect."""
    return Answer(value=call.services.tokens.introspect(_form(call).get("token", "")))


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.request.body.decode(errors="replace")))


def _truth(value: bool) -> str:  # noqa: FBT001 - it is the value that is written
    return "true" if value else "false"
