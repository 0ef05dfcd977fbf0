"""What HubSpot's refusals mean for the caller: one function from answer to error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from slasync.connectors.http import retry_after
from slasync.connectors.receipts import NEW_REFUSAL, Missing, mended
from slasync.errors import Refused, SlasyncError, Stopped, TryLater

ORIGIN_UNREACHED = {503, 521, 523, 525, 526}  # the request did not get as far as HubSpot

SECOND = timedelta(seconds=1)
TEN_SECONDS = timedelta(seconds=10)
LOCK_PAUSE = timedelta(seconds=2)
GATEWAY_PAUSE = timedelta(seconds=5)
EDGE_PAUSE = timedelta(seconds=30)
HOUR = timedelta(hours=1)
MIDNIGHT_MARGIN = timedelta(seconds=5)
LONGEST_LOCK_PAUSE = timedelta(minutes=2)
MOVING, MOVE_PAUSE = 477, timedelta(minutes=5)  # of the account, between data centres
LONGEST_MESSAGE = 500

UNAUTHORIZED_REMEDY = (
    "HubSpot does not accept the access token. Put the current token of the private app or"
    " service key, or the refresh token of the installed app, where slasync.yaml takes it from, and"
    " start again."
)
SCOPE_REMEDY = "HubSpot refuses access. Grant the app these scopes, and start again: "


FLAWS = {  # of a value, as HubSpot names what is wrong with it
    "INVALID_OPTION": "add the option to the property (HubSpot, Settings, Properties), or map"
    " another value",
    "PROPERTY_DOESNT_EXIST": "make the property (`slasync provision hubspot` makes those of"
    " slasync), or correct its name in connector.yaml",
    "READ_ONLY_VALUE": "only HubSpot writes this property: map another one in connector.yaml",
    "INVALID_EMAIL": "correct the address",
    "INVALID_INTEGER": "the property takes whole numbers: map another one in connector.yaml",
    "INVALID_LONG": "the property takes whole numbers: map another one in connector.yaml",
    "INVALID_DATE": "the property takes dates: map another one in connector.yaml",
}
TAKEN = "another record has this value, which must be unique: merge the two in HubSpot"
RULE = (
    "the value breaks a rule of the property (HubSpot, Settings, Properties): change the rule, or"
    " what connector.yaml maps to it"
)


class Unauthorized(Stopped):
    """The token was not accepted. Nothing was done."""


class Unwritable(Refused):
    """The account has no such properties, or they are read-only: so for every record."""

    def __init__(self, message: str, properties: frozenset[str]) -> None:
        super().__init__(message)
        self.properties = properties


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no success, and the call it answers."""

    status: int
    operation: str  # "POST /crm/v3/objects/contacts/search"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False


def translate(
    failure: Failure, now: datetime, zone: ZoneInfo | None = None, locks: int = 1
) -> SlasyncError:
    """Return the error to raise. `zone` is the account's: its quota is renewed at its midnight.

    `locks`: how many calls in a row were refused since records were locked, this one included.
    """
    told = _told(failure.body)
    asked = retry_after(_header(failure, "Retry-After"), now) or None
    message = _message(failure, told)
    if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(message, asked or _pause(policy_of(told, failure.operation), now, zone))
    if failure.status == HTTPStatus.LOCKED:
        return TryLater(message, max(asked or LOCK_PAUSE, lock_pause(locks)))
    if failure.status == MOVING:
        return TryLater(message, asked or MOVE_PAUSE)
    if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _server_error(failure, message, asked)
    return _client_error(failure, message, told)


def _client_error(failure: Failure, message: str, told: Mapping[str, Any]) -> SlasyncError:
    match failure.status:
        case HTTPStatus.UNAUTHORIZED:
            return Unauthorized(f"{UNAUTHORIZED_REMEDY} ({message})")
        case HTTPStatus.FORBIDDEN:
            return _forbidden(message, told)
        case HTTPStatus.NOT_FOUND:
            return Missing(message)
        case HTTPStatus.REQUEST_TIMEOUT:
            return TryLater(message, unknown=failure.writes)
        case status if status < HTTPStatus.BAD_REQUEST:
            return Stopped(f"{failure.operation} was answered by {status}: check the url")
    said = str(told.get("message") or "")
    of_values = failure.writes or _flaws(said)
    words = mended(message, _remedy(told)) if of_values else message
    unwritable = _unwritable(said)
    return Unwritable(words, unwritable) if unwritable else Refused(words)


def lock_pause(locks: int) -> timedelta:
    """Return two seconds after the first lock, and twice as long after each further one."""
    return min(LOCK_PAUSE * (1 << min(locks - 1, 6)), LONGEST_LOCK_PAUSE)


def names_daily_limit(failure: Failure) -> bool:
    """Tell whether the account's calls of the day are used up."""
    limited = failure.status == HTTPStatus.TOO_MANY_REQUESTS
    return limited and policy_of(_told(failure.body), failure.operation) == "DAILY"


def unreachable(error: HTTPError, operation: str, *, writes: bool) -> TryLater:
    """Translate a call that got no answer. Only when no connection was made, nothing was sent."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    sent = not isinstance(reason, NewConnectionError | ConnectTimeoutError)
    return TryLater(f"{operation}: no answer ({type(reason).__name__})", unknown=writes and sent)


def unreadable(operation: str, *, writes: bool) -> TryLater:
    """Translate an answer that says success but is not what HubSpot answers."""
    return TryLater(f"{operation}: the answer is not JSON, or cut short", unknown=writes)


def policy_of(told: Mapping[str, Any], operation: str) -> str:
    """Tell which limit was hit: DAILY, TEN_SECONDLY_ROLLING or SECONDLY.

    The answer of a search names no policy, so the message's word counts, and then the path.
    """
    words = f"{told.get('policyName') or ''} {told.get('message') or ''}".upper()
    for policy in ("TEN_SECONDLY_ROLLING", "DAILY", "SECONDLY"):
        if re.search(rf"\b{policy}\b", words):
            return policy
    if "TEN_SECONDLY" in words:
        return "TEN_SECONDLY_ROLLING"
    return "SECONDLY" if operation.endswith("/search") else "TEN_SECONDLY_ROLLING"


def row_error(error: Mapping[str, Any]) -> SlasyncError:
    """Translate the entry of one row in the `errors` of a batch."""
    message = plain(str(error.get("message") or error.get("category") or "refused"))
    category = str(error.get("category") or "")
    if category == "OBJECT_NOT_FOUND":
        return Missing(message)
    if category in {"RATE_LIMITS", "RATE_LIMIT"}:
        return TryLater(message, TEN_SECONDS)
    if "LOCK" in category:
        return TryLater(message, LOCK_PAUSE)
    if category in {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"}:
        return TryLater(message, GATEWAY_PAUSE, unknown=True)
    return Refused(mended(message, _remedy(error)))


def _remedy(told: Mapping[str, Any]) -> str:
    """Say how a person mends what HubSpot refuses to write."""
    message = str(told.get("message") or "")
    kinds = dict.fromkeys(str(flaw.get("error")) for flaw in _flaws(message))
    known = dict.fromkeys(FLAWS.get(kind, RULE) for kind in kinds)
    if known:
        return "; ".join(known)
    category = told.get("category")
    if category == "CONFLICT" or re.search(r"already (exists|has that value)", message):
        return TAKEN
    return RULE if category == "VALIDATION_ERROR" else NEW_REFUSAL.format("HubSpot")


def plain(message: str) -> str:
    """Make one line of a message, with the list of flaws that may be embedded in it spelt out."""
    flaws = _flaws(message)
    if flaws:
        head = message.partition("[")[0].rstrip(": ")
        return f"{head}: {'; '.join(map(_flaw, flaws))}"[:LONGEST_MESSAGE]
    return " ".join(message.split())[:LONGEST_MESSAGE]


def _flaws(message: str) -> list[Mapping[str, Any]]:
    """Return what is wrong with property values: a JSON array after the words of the message."""
    _, bracket, tail = message.partition("[")
    try:
        found = orjson.loads(bracket + tail)
    except orjson.JSONDecodeError:
        return []
    return found if all(isinstance(flaw, dict) for flaw in found) else []


def _unwritable(message: str) -> frozenset[str]:
    kinds = {"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"}
    return frozenset(str(f.get("name")) for f in _flaws(message) if f.get("error") in kinds)


def _flaw(flaw: Mapping[str, Any]) -> str:
    return f"{flaw.get('name', '?')}: {flaw.get('message', '?')} ({flaw.get('error', '?')})"


def _pause(policy: str, now: datetime, zone: ZoneInfo | None) -> timedelta:
    match policy:
        case "DAILY":
            return HOUR if zone is None else until_midnight(now, zone)
        case "SECONDLY":
            return SECOND
    return TEN_SECONDS


def until_midnight(now: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long it is from `now`, in UTC, until the next day begins in `zone`, and a bit."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time.min, tzinfo=zone)
    return midnight - now + MIDNIGHT_MARGIN


def _forbidden(message: str, told: Mapping[str, Any]) -> SlasyncError:
    if not told:  # an HTML page of the network in front of HubSpot: not about us
        return TryLater(message, EDGE_PAUSE)
    scopes = [
        str(scope)
        for error in told.get("errors") or ()
        for scope in (error.get("context") or {}).get("requiredGranularScopes") or ()
    ]
    return Stopped(f"{SCOPE_REMEDY}{', '.join(scopes) or message}")


def _server_error(failure: Failure, message: str, asked: timedelta | None) -> TryLater:
    edge = failure.status > HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
    unknown = failure.writes and failure.status not in ORIGIN_UNREACHED
    return TryLater(message, asked or (EDGE_PAUSE if edge else GATEWAY_PAUSE), unknown=unknown)


def _message(failure: Failure, told: Mapping[str, Any]) -> str:
    words = plain(str(told.get("message") or told.get("status") or "no JSON in the answer"))
    number = told.get("correlationId")
    known_as = f", correlation id {number}" if number else ""
    return f"{failure.operation}: {failure.status} {words}{known_as}"


def _header(failure: Failure, name: str) -> str | None:
    return next((v for k, v in failure.headers.items() if k.lower() == name.lower()), None)


def _told(body: str) -> Mapping[str, Any]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
