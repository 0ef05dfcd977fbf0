"""What a webhook says: events, each a hint that a record should be read again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from slasync.connectors.hubspot.contact import contact_ref
from slasync.connectors.hubspot.values import from_ms
from slasync.domain.lead import Ref
from slasync.errors import Refused
from slasync.ports import Rejected

STREAM = "hubspot.webhooks"
LARGEST_BODY = 1_000_000  # bytes
MOST_EVENTS = 100  # of one delivery, as HubSpot promises
DEEPEST = 6  # levels of nesting in one event; real ones have two
LONGEST_KIND = 100
LONGEST_NUMBER = 20
CONTACT_TYPE = "0-1"
ERASED = "privacyDeletion"  # on the person's own demand, for good
GONE = frozenset({"deletion", ERASED})


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a delivery. Its values may be stale: it only tells what to read."""

    key: str  # the same for the same event delivered again
    kind: str  # "contact.propertyChange"
    occurred_at: datetime
    refs: tuple[Ref, ...]  # contacts to fetch; none when the event is about something else
    gone: bool = False  # the contact was deleted: it will not be found
    erased: bool = False  # and that for good, on the person's own demand
    account: str = ""  # the number of the account that it happened in
    source: str = ""  # HubSpot's changeSource and sourceId: our own app's id means an echo
    source_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def parse(body: bytes) -> Delivery:
    """Read the body of a delivery. A malformed event is set aside; the others go on.

    Raises Refused when the body is no list of at most 100 events.
    """
    if len(body) > LARGEST_BODY:
        raise Refused(f"a webhook of {len(body)} bytes: more than {LARGEST_BODY}")
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(f"a webhook that is not JSON: {error}") from error
    if not isinstance(told, list) or len(told) > MOST_EVENTS:
        raise Refused(f"a webhook that is no list of at most {MOST_EVENTS} events")
    key = hashlib.sha256(body).hexdigest()
    found = [_event(each, f"{key}:{n}") for n, each in enumerate(told)]
    return Delivery(
        tuple(event for event in found if isinstance(event, Event)),
        tuple(event for event in found if isinstance(event, Rejected)),
    )


def _event(told: Any, place: str) -> Event | Rejected:
    """Read one event; `place` names it where it cannot name itself."""
    try:
        kind = _kind(told)
        return Event(
            key=event_key(told),
            kind=kind,
            occurred_at=from_ms(_number(told, "occurredAt")),
            refs=tuple(contact_ref(number) for number in _contacts(told, kind)),
            gone=kind.rpartition(".")[2] in GONE,
            erased=kind.rpartition(".")[2] == ERASED,
            account=str(told.get("portalId") or ""),
            source=str(told.get("changeSource") or ""),
            source_id=str(told.get("sourceId") or ""),
            raw=told,
        )
    except ValueError as error:
        deep = _deeper(told, DEEPEST)  # too deep to be written, perhaps
        raw = told if isinstance(told, dict) and not deep else {}
        return Rejected(STREAM, _digest(place if deep else told), str(error), raw)


def event_key(told: Mapping[str, Any]) -> str:
    """Return what tells two events apart; `eventId` does not, it is not unique."""
    about = told.get("objectId")
    if about is None:  # merges and associations name several records instead
        about = [told.get(name) for name in (*_MERGE, "mergedObjectIds", *_ASSOCIATION)]
    parts = [
        told.get("portalId"), told.get("subscriptionId"), about,
        told.get("propertyName"), told.get("occurredAt"), told.get("propertyValue"),
    ]  # fmt: skip
    return _digest(parts)


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value)).hexdigest()[:40]


_MERGE = ("primaryObjectId", "newObjectId")
_ASSOCIATION = ("fromObjectId", "toObjectId", "associationType", "associationRemoved")


def _kind(told: Any) -> str:
    if not isinstance(told, dict) or _deeper(told, DEEPEST):
        raise ValueError("an event is a flat JSON object")
    kind = told.get("subscriptionType") or told.get("eventType")
    if not isinstance(kind, str) or not kind or len(kind) > LONGEST_KIND:
        raise ValueError("the event has no subscriptionType")
    return kind


def _contacts(told: Mapping[str, Any], kind: str) -> list[str]:
    """Return the ids of the contacts that the event is about."""
    if kind.endswith(".associationChange"):
        return _ids(_associated(told, kind), kind)
    if kind.partition(".")[0] != "contact" and told.get("objectTypeId") != CONTACT_TYPE:
        return []
    if kind.endswith(".merge"):
        merged = told.get("mergedObjectIds") or []
        if not isinstance(merged, list):
            raise ValueError("mergedObjectIds is no list")
        return _ids([told.get(name) for name in (*_MERGE, "objectId")] + merged, kind)
    return _ids([_number(told, "objectId")], kind)


def _associated(told: Mapping[str, Any], kind: str) -> list[Any]:
    """Return the ends of an association that are contacts: `CONTACT_TO_COMPANY` names both."""
    near, _, far = str(told.get("associationType") or "").upper().partition("_TO_")
    if not far:
        is_contacts = kind.startswith("contact.") or told.get("objectTypeId") == CONTACT_TYPE
        return [told.get("objectId") or told.get("fromObjectId")] if is_contacts else []
    ends = ((near, "fromObjectId"), (far, "toObjectId"))
    return [told.get(name) for type_, name in ends if type_ == "CONTACT"]


def _ids(named: Iterable[Any], kind: str) -> list[str]:
    return list(dict.fromkeys(str(_whole(number, kind)) for number in named if number is not None))


def _number(told: Mapping[str, Any], name: str) -> int:
    return _whole(told.get(name), name)


def _whole(value: Any, name: str) -> int:
    """Return a number given as number or digits. Raises ValueError."""
    text = "" if isinstance(value, bool | float) else str(value)
    if len(text) > LONGEST_NUMBER or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} is no whole number")
    return int(text)


def _deeper(value: Any, levels: int) -> bool:
    """Tell whether `value` is nested more than `levels` deep."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)
