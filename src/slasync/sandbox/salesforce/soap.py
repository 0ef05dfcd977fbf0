"""The three SOAP calls that have no REST counterpart: login, convertLead, merge (partner API)."""

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from slasync.sandbox.http import Request, Response, is_number
from slasync.sandbox.salesforce import ids, leads
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.unit import Options, Unit

if TYPE_CHECKING:
    from slasync.sandbox.salesforce.vendor import Salesforce

LAST_WITH_LOGIN = 64
SPACES = (
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def answer(vendor: "Salesforce", request: Request) -> Response:
    """Answer POST /services/Soap/u/{version}[/{org}]."""
    text = request.body.decode(errors="replace")
    version = request.path.split("/")[4].partition(".")[0]
    try:
        if _element(text, "login") is not None:
            return _login(vendor, text, version)
        user = _user(vendor, text)
        vendor.limits.count("POST Soap", vendor.world.now())
        body = _called(vendor, user, text)
    except Trouble as trouble:
        return fault(trouble)
    used = vendor.limits.used(vendor.world.now())
    info = f"<current>{used}</current><limit>{vendor.limits.daily}</limit><type>API REQUESTS</type>"
    head = f"<LimitInfoHeader><limitInfo>{info}</limitInfo></LimitInfoHeader>"
    return envelope(200, body, head)


def _login(vendor: "Salesforce", text: str, version: str) -> Response:
    if is_number(version) and int(version) > LAST_WITH_LOGIN:
        raise Trouble("UNSUPPORTED_API_VERSION", "login() is not available in this version")
    client = vendor.client
    given = _element(text, "username"), _element(text, "password") or ""
    right = {client.password, client.password + client.security_token}
    if given[0] != client.username or given[1] not in right:
        why = "Invalid username, password, security token; or user locked out."
        raise Trouble("INVALID_LOGIN", why)
    user = vendor.auth.org.stores["User"].find("Username", client.username)[0]
    url = f"{client.instance_url}/services/Soap/u/{version}.0/{vendor.org_id[:15]}"
    parts = {
        "metadataServerUrl": url.replace("/u/", "/m/"), "passwordExpired": "false",
        "sandbox": "false", "serverUrl": url, "sessionId": vendor.auth.open(user["Id"]),
        "userId": user["Id"],
    }  # fmt: skip
    info = {
        "organizationId": vendor.org_id,
        "sessionSecondsValid": str(int(client.lifetime.total_seconds())),
        "userEmail": user["Email"], "userFullName": user["Name"], "userId": user["Id"],
        "userName": user["Username"], "userTimeZone": user["TimeZoneSidKey"],
    }  # fmt: skip
    inner = f"{_elements(parts)}<userInfo>{_elements(info)}</userInfo>"
    return envelope(200, f"<loginResponse><result>{inner}</result></loginResponse>")


def _user(vendor: "Salesforce", text: str) -> str:
    user = vendor.auth.user_of_token(_element(text, "sessionId") or "")
    if user is None:
        raise Trouble("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")
    return user


def _called(vendor: "Salesforce", user: str, text: str) -> str:
    unit = Unit(vendor.world, user, vendor.world.now(), Options(through_api=True))
    convert, merge = _element(text, "convertLead"), _element(text, "merge")
    if convert is None and merge is None:
        raise Trouble("UNKNOWN_EXCEPTION", "this call is not simulated")
    mark = unit.mark()
    try:
        body = (
            _convert(vendor, unit, convert)
            if convert is not None
            else _merge(vendor, unit, merge or "")
        )
    except Trouble as trouble:
        unit.rollback(mark)
        name = "convertLead" if convert is not None else "merge"
        error = _elements({"message": trouble.message, "statusCode": trouble.code})
        result = f"<result><errors>{error}</errors><success>false</success></result>"
        return f"<{name}Response>{result}</{name}Response>"
    unit.keep()
    return body


def _convert(vendor: "Salesforce", unit: Unit, text: str) -> str:
    lead = ids.required(_element(text, "leadId"), "Lead ID", "leadId")
    company = (vendor.org.row(lead) or {}).get("Company")
    without = _element(text, "doNotCreateOpportunity") == "true"
    how = leads.Conversion(
        status=_element(text, "convertedStatus"),
        account=_element(text, "accountId"),
        contact=_element(text, "contactId"),
        owner=_element(text, "ownerId"),
        opportunity=None if without else _element(text, "opportunityName") or company,
    )
    made = leads.convert(vendor.org, unit, lead, how)
    parts = {"accountId": made.account, "contactId": made.contact, "leadId": made.lead}
    none = '<opportunityId xsi:nil="true"/>'
    chance = _elements({"opportunityId": made.opportunity}) if made.opportunity else none
    inner = f"{_elements(parts)}{chance}<success>true</success>"
    return f"<convertLeadResponse><result>{inner}</result></convertLeadResponse>"


def _merge(vendor: "Salesforce", unit: Unit, text: str) -> str:
    master = ids.required(_element(_element(text, "masterRecord") or "", "Id"), "Lead ID", "Id")
    losers = [ids.required(i, "Lead ID", "Id") for i in _all(text, "recordToMergeIds")]
    leads.merge(vendor.org, unit, master, losers)
    merged = "".join(_elements({"mergedRecordIds": each}) for each in losers)
    inner = f"<id>{master}</id>{merged}<success>true</success>"
    return f"<mergeResponse><result>{inner}</result></mergeResponse>"


def _all(text: str, name: str) -> list[str]:
    found = re.findall(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>(.*?)</(?:\w+:)?{name}>", text, re.DOTALL)
    return [unescape(each).strip() if "<" not in each else each for each in found]


def _element(text: str, name: str) -> str | None:
    return next(iter(_all(text, name)), None)


def _elements(parts: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())


def fault(trouble: Trouble) -> Response:
    text = f"{trouble.code}: {escape(trouble.message)}"
    detail = (
        f"<sf:exceptionCode>{trouble.code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(trouble.message)}</sf:exceptionMessage>"
    )
    body = (
        f"<soapenv:Fault><faultcode>sf:{trouble.code}</faultcode><faultstring>{text}</faultstring>"
        f'<detail><sf:ApiFault xmlns:sf="urn:fault.partner.soap.sforce.com">{detail}</sf:ApiFault>'
        "</detail></soapenv:Fault>"
    )
    return envelope(500, body)


def envelope(status: int, body: str, head: str = "") -> Response:
    header = f"<soapenv:Header>{head}</soapenv:Header>" if head else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<soapenv:Envelope {SPACES}>{header}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
    return Response(status, (("Content-Type", "text/xml; charset=utf-8"),), text.encode())
