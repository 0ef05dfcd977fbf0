"""What Salesforce's Outbound Messages say: notifications, each a hint to read a record again."""

from dataclasses import dataclass

from slasync.connectors.salesforce.ids import kind_of, to18
from slasync.connectors.salesforce.people import SYSTEM
from slasync.connectors.salesforce.soap_xml import Element, NoXml, parsed
from slasync.domain.lead import Ref
from slasync.errors import Refused
from slasync.ports import Rejected

STREAM = "salesforce.outbound_messages"
SPACE = "http://soap.sforce.com/2005/09/outbound"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
LARGEST_BODY = 1_000_000  # bytes
MOST_NOTIFICATIONS = 100  # of one message, as Salesforce promises
FOLLOWED = {"lead", "contact", "task", "event"}
MEDIA = "text/xml; charset=utf-8"
TAKEN = (
    f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}"><e:Body>'
    f'<notificationsResponse xmlns="{SPACE}"><Ack>true</Ack></notificationsResponse>'
    "</e:Body></e:Envelope>"
).encode()
"""The only answer after which Salesforce does not send a message again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One notification. What it says of the record may be stale: it only tells what to read."""

    key: str  # the same for the same notification sent again
    ref: Ref


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. `passed_over` notifications are about records that slasync does not follow."""

    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    passed_over: int = 0


class Stranger(Refused):
    """The message is of another organisation."""


def parse(body: bytes, org: str) -> Delivery:
    """Read a message of organisation `org`. A malformed notification is set aside.

    Raises Refused when it is no message of at most 100 notifications; Stranger.
    """
    if len(body) > LARGEST_BODY:
        raise Refused(f"an outbound message of {len(body)} bytes: more than {LARGEST_BODY}")
    try:
        found = parsed(body).find("notifications")
    except NoXml as error:
        raise Refused(f"an outbound message that is none: {error}") from error
    if found is None or found.space != SPACE:
        raise Refused("an outbound message without notifications")
    if _org(found) != org:
        raise Stranger(f"an outbound message of organisation {found.of('OrganizationId')!r:.40}")
    told = [each for each in found.inside if each.name == "Notification"]
    if len(told) > MOST_NOTIFICATIONS:
        raise Refused(f"an outbound message of more than {MOST_NOTIFICATIONS} notifications")
    read = [_event(each, org, n) for n, each in enumerate(told)]
    return Delivery(
        events=tuple(each for each in read if isinstance(each, Event)),
        rejected=tuple(each for each in read if isinstance(each, Rejected)),
        passed_over=sum(each is None for each in read),
    )


def _org(found: Element) -> str:
    try:
        return to18(found.of("OrganizationId"))
    except ValueError:
        return ""


def _event(told: Element, org: str, place: int) -> Event | Rejected | None:
    """Read one notification; None for a kind of record that is not followed."""
    number = told.of("Id")
    about = next((each for each in told.inside if each.name == "sObject"), Element("sObject"))
    try:
        key, record = to18(number), to18(about.of("Id"))
    except ValueError as error:
        named = number[:40] or f"number {place + 1}"
        return Rejected(STREAM, named, str(error), {"Id": number[:40]})
    kind = kind_of(record)
    if kind not in FOLLOWED:
        return None
    return Event(f"outbound:{org}:{key}", Ref(SYSTEM, kind, record))
