"""What Marketo's refusals mean for the caller: codes in answers that say 200, one table for all.

Marketo answers nearly everything with HTTP 200; `success: false` and a code of three or four
digits tell what went wrong with the call, a code beside a row what went wrong with the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from slasync.connectors.receipts import NEW_REFUSAL, Missing, mended
from slasync.errors import Refused, SlasyncError, Stopped, TryLater

QUOTA_ZONE = ZoneInfo("America/Chicago")  # Marketo's day of quotas ends at its midnight
MIDNIGHT_MARGIN = timedelta(seconds=5)
LONGEST_MESSAGE = 500

WINDOW = timedelta(seconds=20)
SHORT = timedelta(seconds=2)
SECONDS = timedelta(seconds=5)
EDGE_PAUSE = timedelta(seconds=30)
WAITS: Mapping[str, timedelta] = {
    "606": WINDOW,  # too many calls in 20 s, of all integrations together
    "615": SHORT,  # too many at the same time
    "608": EDGE_PAUSE,
    "614": EDGE_PAUSE,
    "713": SECONDS,
    "718": SECONDS,
    "719": SECONDS,
    "1016": timedelta(minutes=1),
    "1019": SECONDS,
    "1022": SECONDS,
}
"""Nothing was done; how long to wait."""
DOUBTFUL = frozenset({"500", "502", "604", "611"})
"""It may have been done all the same."""
PARTITION = "give the user's role the workspace of that partition (Admin, Users & Roles)"
MERGE = "merge the two leads by hand, in the CRM"
REMEDIES: Mapping[str, str] = {
    "1003": "correct the value it names, or map another field in connectors/marketo/connector.yaml",
    "1005": "there is such a lead: merge the two in Marketo",
    "1006": "make the field (`slasync provision marketo` makes those of slasync), or map another"
    " one in connectors/marketo/connector.yaml",
    "1007": "merge these leads in Marketo",
    "1008": PARTITION,
    "1009": PARTITION,
    "1010": PARTITION,
    "1021": "map a field of leads in connectors/marketo/connector.yaml, not one of companies",
    "1076": MERGE,
    "1077": MERGE,
    "1078": MERGE,
    "1079": MERGE,
}
"""What a person can do about a row that is refused."""
ACCESS: Mapping[str, str] = {
    "603": "Marketo refuses access: give the role of slasync's API user the permissions of"
    " connectors/marketo/setup.md, and the address of this machine to the allow-list",
    "616": "Marketo's subscription does not have this",
    "703": "Marketo does not have this feature switched on",
    "1008": f"Marketo refuses this partition to slasync's API user: {PARTITION}",
    "1018": "Marketo refuses this while its own sync with a CRM is on",
}
"""Nothing goes on before an admin has mended it."""
TOKEN_CODES = frozenset({"601", "602"})
GONE = frozenset({"1004", "1013"})


class TokenRefused(Stopped):
    """The token was not accepted. Nothing was done."""


class AlreadyQueued(Refused):
    """The job is on its way: an earlier answer was lost."""


class BadPosition(Refused):
    """A paging token is accepted no more: reading begins again at a time."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One code and its words."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}"[:LONGEST_MESSAGE]


def complaint_of(told: object) -> Complaint:
    """Read the first of `errors` or `reasons`; codes are text here and numbers there."""
    first = told[0] if isinstance(told, Sequence) and not isinstance(told, str) and told else told
    if not isinstance(first, Mapping):
        return Complaint("", "no reason is given")
    return Complaint(
        str(first.get("code") or ""), " ".join(str(first.get("message") or "").split())
    )


def translate(told: Complaint, operation: str, now: datetime, *, writes: bool) -> SlasyncError:
    """Return the error to raise for a call that failed as a whole. `now` is Marketo's time."""
    words = f"{operation}: {told}"
    match told.code:
        case "601" | "602":
            error: SlasyncError = TokenRefused(words)
        case code if code in WAITS:
            error = TryLater(words, WAITS[code])
        case code if code in DOUBTFUL:
            error = TryLater(words, SECONDS, unknown=writes)
        case "607":
            error = TryLater(words, until_midnight(now))
        case "1029":
            error = _of_jobs(told, words, now)
        case code if code in ACCESS:
            error = Stopped(f"{ACCESS[code]} ({words})")
        case _:
            error = _refused(told, words)
    return error


def _of_jobs(told: Complaint, words: str, now: datetime) -> SlasyncError:
    """One code stands for three things: only its words tell which."""
    said = told.message.lower()
    if "already" in said:
        return AlreadyQueued(words)
    return TryLater(words, until_midnight(now) if "quota" in said else timedelta(minutes=1))


def _refused(told: Complaint, words: str) -> Refused:
    if told.code in GONE:
        return Missing(words)
    if told.code == "1003" and "token" in told.message.lower():
        return BadPosition(words)
    if told.code == "1006":
        return Refused(mended(words, REMEDIES[told.code]))
    return Refused(words)


def row_error(told: Complaint) -> SlasyncError:
    """Translate the reason why one row was skipped."""
    if told.code in WAITS:
        return TryLater(str(told), WAITS[told.code])
    if told.code in DOUBTFUL:
        return TryLater(str(told), SECONDS, unknown=True)
    if told.code in GONE:
        return Missing(str(told))
    return Refused(mended(str(told), REMEDIES.get(told.code) or NEW_REFUSAL.format("Marketo")))


def of_status(status: int, operation: str, *, writes: bool) -> SlasyncError:
    """Translate an answer that really has another status than 200."""
    words = f"{operation}: HTTP {status}"
    match status:
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE | HTTPStatus.REQUEST_URI_TOO_LONG:
            return Refused(f"{words}: lower page_size or batch_size in connector.yaml")
        case HTTPStatus.NOT_FOUND:
            return Missing(words)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return TryLater(words, EDGE_PAUSE)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TryLater(words, SECONDS, unknown=writes)
        case _ if status < HTTPStatus.BAD_REQUEST:
            return Stopped(f"{operation} was answered by {status}: check the url of marketo")
    return TryLater(words, EDGE_PAUSE)  # too many, or a page of the network in front of Marketo


def unreachable(error: httpx.TransportError, operation: str, *, writes: bool) -> TryLater:
    """Translate a call that got no answer. Only when no connection was made, nothing was sent."""
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    words = f"{operation}: no answer ({type(error).__name__})"
    return TryLater(words, unknown=writes and not unsent)


def unreadable(operation: str, *, writes: bool) -> TryLater:
    """Translate an answer that is not what Marketo answers."""
    return TryLater(f"{operation}: the answer is not JSON, or cut short", unknown=writes)


def until_midnight(now: datetime) -> timedelta:
    """Return how long it is until Marketo's day of quotas ends, and a bit."""
    tomorrow = now.astimezone(QUOTA_ZONE).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time.min, tzinfo=QUOTA_ZONE)
    return midnight - now + MIDNIGHT_MARGIN


def told_of(body: Mapping[str, Any]) -> Complaint:
    """Return what an answer with `success: false` complains of."""
    return complaint_of(body.get("errors"))
