"""SOAP login: user name, password and security token, for organisations without an app.

It does not exist from API version 65 on, and Salesforce ends it for everybody in Summer '27.
"""

from urllib.parse import urlsplit

import httpx

from slasync.connectors.salesforce.errors import SECONDS
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.soap_xml import Element, NoXml, parsed, written
from slasync.errors import Stopped, TryLater
from slasync.systems import Secret

LAST_VERSION = 64.0
OK = 200
ENDS = "SOAP login ends in Summer '27: set up client_credentials or jwt (setup.md)"
PASSING = {"SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "UNKNOWN_EXCEPTION"}
REMEDIES = {
    "INVALID_LOGIN": "check username, password and security_token; a new password makes a new"
    " token; after several failures the user is locked (Setup, Users)",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "set security_token, or add this machine's address to the"
    " trusted IP ranges",
    "PASSWORD_LOCKOUT": "unlock the user (Setup, Users), then correct the password",
    "UNSUPPORTED_API_VERSION": ENDS,
    "API_DISABLED_FOR_ORG": "this edition has no API: buy it, or ask Salesforce to enable it",
    "LOGIN_DURING_RESTRICTED_TIME": "widen the login hours of the user's profile",
    "LOGIN_DURING_RESTRICTED_DOMAIN": "add this machine's address to the login IP ranges of the"
    " user's profile",
}


def path_of(api_version: str) -> str:
    """Return the address of the call, in a version that has it."""
    return f"/services/Soap/u/{min(float(api_version), LAST_VERSION):.1f}"


def envelope(username: str, password: Secret, token: Secret | None) -> bytes:
    """Write the call; the security token goes behind the password."""
    shown = password.reveal() + (token.reveal() if token else "")
    inner = written("n:username", username) + written("n:password", shown)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:n="urn:partner.soap.sforce.com">'
        "<e:Header><n:CallOptions><n:client>slasync/1.0</n:client></n:CallOptions></e:Header>"
        f"<e:Body><n:login>{inner}</n:login></e:Body></e:Envelope>"
    ).encode()


def told(answer: httpx.Response) -> Element:
    """Return the result of a login. Raises TryLater or Stopped."""
    try:
        message = parsed(answer.content)
    except NoXml as error:
        raise TryLater(
            f"no session: HTTP {answer.status_code}, no SOAP message", SECONDS
        ) from error
    fault = message.find("Fault")
    if fault is not None:
        raise _meant(fault)
    result = message.find("result")
    if answer.status_code != OK or result is None:
        raise TryLater(f"no session: HTTP {answer.status_code}, no result", SECONDS)
    if result.of("passwordExpired") == "true":
        raise Stopped("the password of the integration user has expired: set a new one")
    return result


def _meant(fault: Element) -> Stopped | TryLater:
    code, text = fault.find("exceptionCode"), fault.find("exceptionMessage")
    name = code.text.strip() if code else fault.of("faultcode").rpartition(":")[2]
    said = f"{name}: {text.text.strip() if text else fault.of('faultstring')}"
    if name in PASSING:
        return TryLater(f"no session: {said}", SECONDS)
    remedy = REMEDIES.get(name)
    return Stopped(f"Salesforce gives no session: {said}{f' ({remedy})' if remedy else ''}")


def session_of(result: Element) -> tuple[Secret, str, str, str]:
    """Return session, instance, organisation and user. Raises TryLater where one is missing."""
    session, info = result.of("sessionId"), result.find("userInfo") or Element("userInfo")
    try:
        server = urlsplit(result.of("serverUrl"))
        org, user = to18(info.of("organizationId")), to18(result.of("userId"))
    except ValueError as error:
        raise TryLater(
            "the answer to the login names no address, organisation or user", SECONDS
        ) from error
    if not session or not server.netloc:
        raise TryLater("the answer to the login holds no session", SECONDS)
    instance = f"{server.scheme}://{server.netloc.replace('-api.', '.', 1)}"
    return Secret(session), instance, org, user
