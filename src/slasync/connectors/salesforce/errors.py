"""What Salesforce's refusals mean: its codes and broken answers, translated in one place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import requests
from simple_salesforce.exceptions import SalesforceError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from slasync.connectors.receipts import NEW_REFUSAL
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Outcome, Receipt

SECONDS = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
BAD_REQUEST, UNAVAILABLE = 400, 503
TOO_EARLY_TO_TELL = 500  # from here on the request may have taken effect


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error as Salesforce words it; `status` is that of the HTTP answer or the part."""

    code: str
    message: str
    status: int
    fields: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()  # ids of the records that a duplicate rule found


@dataclass(frozen=True, slots=True)
class Verdict:
    """A refusal in slasync's words. `stops`: it is slasync as such that is refused."""

    outcome: Outcome
    message: str
    after: timedelta | None = None
    stops: bool = False
    unfit_owner: bool = False

    def receipt(self) -> Receipt:
        return Receipt(
            self.outcome, message=self.message, after=self.after, unfit_owner=self.unfit_owner
        )

    def error(self) -> SlasyncError:
        """Return what to raise when the verdict is about a whole call."""
        if self.stops:
            return Stopped(self.message)
        if self.outcome in {Outcome.TRY_LATER, Outcome.UNKNOWN}:
            return TryLater(self.message, self.after, unknown=self.outcome is Outcome.UNKNOWN)
        return Refused(self.message)


BUSY = {
    "SERVER_UNAVAILABLE": MINUTE,
    "UNABLE_TO_LOCK_ROW": SECONDS,
    "QUERY_TIMEOUT": MINUTE,
    "ENTITY_IS_LOCKED": QUARTER,  # in an approval process
    "PROCESSING_HALTED": SECONDS,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": SECONDS,
    "STORAGE_LIMIT_EXCEEDED": QUARTER,
}
WAIT_FOR = {  # what a person can do about it meanwhile
    "ENTITY_IS_LOCKED": "the record is in an approval: decide that, or unlock the record",
    "STORAGE_LIMIT_EXCEEDED": "the organisation's storage is full: free some (Setup, Storage"
    " Usage), or buy more",
}
DOUBTFUL = {"UNKNOWN_EXCEPTION", "REQUEST_RUNNING_TOO_LONG"}  # of a row, too: looked up first
GONE = {"ENTITY_IS_DELETED", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"}
STOPS = {
    "INVALID_SESSION_ID": "the new session is refused as well: check the app's scopes (api)",
    "API_DISABLED_FOR_ORG": "this edition has no API: buy it, or ask Salesforce to enable it",
    "API_CURRENTLY_DISABLED": "the organisation's API is switched off: ask Salesforce",
    "INSUFFICIENT_ACCESS": "give the integration user the permission 'API Enabled'",
    "UNSUPPORTED_API_VERSION": "set api_version in connector.yaml to one the organisation has",
}
NO_KEY = "external id field"  # NOT_FOUND says it of a field too, and then of no record
NO_KEY_REMEDY = (
    "the key field does not exist or is hidden from the integration user: `slasync provision"
    " salesforce` makes it and the permission set that shows it"
)
DEAD = "INVALID_CROSS_REFERENCE_KEY"
PERMISSION = "give the integration user access in its permission set"
FIELD = "the field does not exist or is hidden from the integration user: deploy it, grant it"
OWNER = "choose an active user with access to leads, or take him out of the pool"
REMEDIES = {
    "INVALID_FIELD": FIELD,
    "INVALID_FIELD_FOR_INSERT_UPDATE": FIELD,
    "INVALID_TYPE": FIELD,
    "INSUFFICIENT_ACCESS_OR_READONLY": PERMISSION,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": PERMISSION,
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": OWNER,
    "INACTIVE_OWNER_OR_USER": OWNER,
    "TRANSFER_REQUIRES_READ": OWNER,
    "REQUIRED_FIELD_MISSING": "map the field in connector.yaml, or make it optional",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "exempt the integration user from the validation rule",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "exempt the integration user from the lookup filter",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow failed: show it to its author",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow failed: show it to its author",
    "APEX_ERROR": "a trigger or flow failed: show it to its author",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist, or map another",
    "INVALID_OPERATION": "let the queue own leads and tasks (Setup, Queues, Supported Objects), or"
    " choose another owner",
    "FIELD_INTEGRITY_EXCEPTION": "the value does not fit the field: correct the mapping in"
    " connector.yaml",
    "NUMBER_OUTSIDE_VALID_RANGE": "the number does not fit the field: correct it, or widen the"
    " field",
    "STRING_TOO_LONG": "shorten the text in the agreement, or lengthen the field",
    "LIMIT_EXCEEDED": "a limit of the organisation is reached, the message says which: make room"
    " below it, or have Salesforce raise it",
    "MALFORMED_ID": "an id is none of Salesforce's: correct the record, queue or user that the"
    " field names",
    "INVALID_EMAIL_ADDRESS": "correct the address in the marketing system",
    "DUPLICATE_VALUE": "another record has this value in a unique field: merge the two",
    "DUPLICATE_EXTERNAL_ID": "the records that it names carry one key: delete all but one",
    "DUPLICATES_DETECTED": "link or merge with the record found, or exempt the integration user"
    " from the duplicate rule",
    DEAD: "a record or user that it names is gone: correct the owner",
}


def translate(
    complaint: Complaint, own_keys: Collection[str] = (), *, by_id: bool = False
) -> Verdict:
    """Say what `complaint` means for what was asked. The code decides, then the status.

    `own_keys` are slasync's unique fields: a value found there twice is its own earlier write.
    `by_id`: the record was addressed by its id, so a dead reference may be the record itself.
    """
    return (
        _busy(complaint)
        or _stopping(complaint)
        or _of_record(complaint, own_keys, by_id=by_id)
        or _by_status(complaint)
    )


def _said(complaint: Complaint) -> str:
    return f"{complaint.code}: {complaint.message}"


def _busy(complaint: Complaint) -> Verdict | None:
    if complaint.code in BUSY:
        hint = WAIT_FOR.get(complaint.code)
        said = f"{_said(complaint)} To mend it: {hint}." if hint else _said(complaint)
        return Verdict(Outcome.TRY_LATER, said, BUSY[complaint.code])
    if complaint.code != "REQUEST_LIMIT_EXCEEDED":
        return None
    of_the_day = "totalrequests" in complaint.message.lower()
    return Verdict(Outcome.TRY_LATER, _said(complaint), QUARTER if of_the_day else SECONDS)


def _stopping(complaint: Complaint) -> Verdict | None:
    remedy = STOPS.get(complaint.code)
    if complaint.code == "NOT_FOUND" and NO_KEY in complaint.message.lower():
        remedy = NO_KEY_REMEDY
    if remedy is None:
        return None
    return Verdict(Outcome.REFUSED, f"{_said(complaint)} ({remedy})", stops=True)


def _of_record(complaint: Complaint, own_keys: Collection[str], *, by_id: bool) -> Verdict | None:
    code = complaint.code
    if code in DOUBTFUL:
        return Verdict(Outcome.UNKNOWN, _said(complaint), MINUTE)
    if code == "DUPLICATE_VALUE" and _names(complaint, own_keys):
        return Verdict(Outcome.UNKNOWN, _said(complaint))
    if code in GONE or (code == DEAD and _dead(complaint, by_id=by_id)):
        return Verdict(Outcome.GONE, _said(complaint))
    if code not in REMEDIES:
        return None
    unfit = REMEDIES[code] == OWNER or (code == DEAD and "OwnerId" in complaint.fields)
    return Verdict(Outcome.REFUSED, _with_remedy(complaint), unfit_owner=unfit)


def _dead(complaint: Complaint, *, by_id: bool) -> bool:
    """Tell whether a dead reference is the lead itself rather than the owner it should get."""
    owner = "OwnerId" in complaint.fields or "owner" in complaint.message.lower()
    return not owner and (by_id or "WhoId" in complaint.fields)


def _names(complaint: Complaint, own_keys: Collection[str]) -> bool:
    return any(key in complaint.message or key in complaint.fields for key in own_keys)


def _with_remedy(complaint: Complaint) -> str:
    fields = [name for name in complaint.fields if name not in complaint.message]
    where = f" [{', '.join(fields)}]" if fields else ""
    remedy = REMEDIES.get(complaint.code) or NEW_REFUSAL.format("Salesforce")
    found = f" Found: {', '.join(complaint.duplicates)}." if complaint.duplicates else ""
    return f"{_said(complaint)}{where}{found} To mend it: {remedy}."


BY_STATUS = {
    401: Verdict(Outcome.REFUSED, "not let in: check the credentials", stops=True),
    403: Verdict(
        Outcome.REFUSED, "forbidden: check the integration user's permissions", stops=True
    ),
    404: Verdict(Outcome.GONE, "the record does not exist"),
    410: Verdict(Outcome.REFUSED, "the API version is gone: raise api_version", stops=True),
    412: Verdict(Outcome.OVERTAKEN, "the record was changed after it was read"),
    429: Verdict(Outcome.TRY_LATER, "too many requests", MINUTE),
    UNAVAILABLE: Verdict(Outcome.TRY_LATER, "Salesforce is not available", MINUTE),
}


MOVED = Verdict(
    Outcome.REFUSED, "sent on to another address: check the url in connector.yaml", stops=True
)


def _by_status(complaint: Complaint) -> Verdict:
    said = _said(complaint)
    known = BY_STATUS.get(complaint.status) or (MOVED if complaint.status < BAD_REQUEST else None)
    if known:
        return Verdict(known.outcome, f"{known.message} ({said})", known.after, known.stops)
    if complaint.status >= TOO_EARLY_TO_TELL:
        return Verdict(Outcome.UNKNOWN, said, MINUTE)
    return Verdict(Outcome.REFUSED, _with_remedy(complaint))


def complaint_of(body: Any, status: int) -> Complaint:
    """Read the first error of an answer: a list of errors, one error, or a page of a gateway."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return Complaint(f"HTTP {status}", _shortened(body), status)
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or status
    return Complaint(
        code=str(code),
        message=str(first.get("message") or first.get("error_description") or ""),
        status=status,
        fields=_fields(first),
        duplicates=_duplicates(first),
    )


def _shortened(body: Any) -> str:
    text = " ".join(str(body or "no text").split())
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - a readable line


def _fields(error: Mapping[str, Any]) -> tuple[str, ...]:
    fields = error.get("fields")
    return tuple(map(str, fields)) if isinstance(fields, Sequence) else ()


def _duplicates(error: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        results = error["duplicateResult"]["matchResults"]
        return tuple(m["record"]["Id"] for r in results for m in r["matchRecords"])
    except (KeyError, TypeError):
        return ()


def failure(
    error: requests.RequestException | SalesforceError | ValueError, *, effect: bool
) -> SlasyncError:
    """Translate what a whole call raised; `effect`: it was a write, which may have been applied."""
    if isinstance(error, SalesforceError):
        verdict = translate(complaint_of(error.content, int(error.status)))
        if verdict.outcome is Outcome.UNKNOWN and not effect:
            verdict = replace(verdict, outcome=Outcome.TRY_LATER)
        return verdict.error()
    if isinstance(error, requests.exceptions.SSLError):
        return Stopped(f"the TLS connection to Salesforce fails: {type(error).__name__}")
    if never_sent(error):
        return TryLater("Salesforce cannot be reached", SECONDS)
    return TryLater(f"no usable answer: {type(error).__name__}", SECONDS, unknown=effect)


def never_sent(error: BaseException) -> bool:
    """Tell whether the connection was not even made."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and (
        isinstance(cause, MaxRetryError)
        and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)
    )
