"""A HubSpot that is nothing but its contacts' list: pages already encoded, answered in process."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import orjson

from benchmarks.quiet import quiet
from benchmarks.shipped import Shipped
from slasync.clock import Seams
from slasync.connectors.hubspot import CONTACTS, HubSpotConnector, build_connector
from slasync.rehearsal.inprocess import InProcessPool
from slasync.sandbox.http import Request, Response
from slasync.store.engine import open_engine
from slasync.systems import HubSpotConfig
from slasync.workers.pulling.pull import Pace, Pull

PAGE = 100
LIST = "/crm/v3/objects/contacts"
ORIGIN = "https://api.hubapi.com"
DATE = ("Date", "Mon, 02 Mar 2026 09:00:00 GMT")
FIRST_ID = 10_000_000_001
BORN = datetime(2025, 1, 1, tzinfo=UTC)
FORMS = ("Demo request", "Newsletter", "White paper", "Contact sales")
COUNTRIES = ("Germany", "Austria", "Switzerland", "Brazil")
Page = Callable[[int], bytes]


@dataclass(slots=True)
class ListedContacts:
    """Answers the list by `page`, 100 contacts each; `calls` counts what was asked."""

    page: Page
    calls: Counter[str] = field(default_factory=Counter)

    def handle(self, request: Request) -> Response:
        """Answer one request as HubSpot does; whatever is not the list tells the time only."""
        self.calls[request.path] += 1
        if request.path != LIST:
            return Response(HTTPStatus.OK, (DATE,), b'{"timeZone":"UTC"}')
        return Response(HTTPStatus.OK, (DATE,), self.page(int(request.query.get("after", 0))))


def connected(config: HubSpotConfig, contacts: ListedContacts) -> HubSpotConnector:
    """Connect the vendor's own client library to `contacts`, without sockets."""
    pool = InProcessPool(contacts.handle)
    return build_connector(config, Seams(), pool_manager=pool, streams=(CONTACTS,))


def first_load(database: str, settings: Shipped, contacts: ListedContacts) -> int:
    """Pull all contacts into `database` as the daemon does; return the number of list calls."""
    engine = open_engine(database)
    connector = connected(settings.hubspot, contacts)
    pull = Pull(
        engine,
        Seams(),
        connector.source,
        settings.rules,
        Pace(),
        "benchmark",
        settings.settings.agreement,
    )
    before = contacts.calls[LIST]
    with quiet():
        while pull.run():
            pass
    connector.close()
    engine.dispose()
    return contacts.calls[LIST] - before


def encoded(contacts: int) -> Page:
    """Encode all pages at once, so that encoding is not measured."""
    pages = {after: encode_page(after, contacts) for after in range(0, contacts, PAGE)}
    return pages.__getitem__


def encoding(contacts: int) -> Page:
    """Encode each page when it is asked for, so that none is kept."""
    return lambda after: encode_page(after, contacts)


def encode_page(after: int, contacts: int) -> bytes:
    """Encode contacts number `after` to `after + 99` of `contacts`, as HubSpot's list does."""
    following = min(after + PAGE, contacts)
    body: dict[str, object] = {"results": [_contact(n) for n in range(after, following)]}
    if following < contacts:
        link = f"{ORIGIN}{LIST}?limit={PAGE}&after={following}"
        body["paging"] = {"next": {"after": str(following), "link": link}}
    return orjson.dumps(body)


def _contact(number: int) -> dict[str, object]:
    """Make one contact; every fourth is linked to a Salesforce lead, every third sent a form."""
    id_ = str(FIRST_ID + number)
    created = _iso(BORN + timedelta(minutes=7 * number % 500_000))
    modified = _iso(BORN + timedelta(days=300, seconds=11 * number))
    sent = number % 3 == 0
    properties = {
        "email": f"person{number}@company{number % 977}.example",
        "firstname": f"First{number % 311}",
        "lastname": f"Last{number}",
        "company": f"Company {number % 977}",
        "phone": f"+49 821 {number:07d}",
        "jobtitle": "Head of Operations" if number % 5 else None,
        "country": COUNTRIES[number % 4],
        "hs_analytics_source": "ORGANIC_SEARCH",
        "hubspotscore": str(number % 100),
        "lifecyclestage": "lead",
        "recent_conversion_event_name": FORMS[number % 4] if sent else None,
        "recent_conversion_date": modified if sent else None,
        "num_conversion_events": "1" if sent else "0",
        "salesforceleadid": None if number % 4 else f"00Qg5{number:010d}EAA",
        "salesforcecontactid": None,
        "hs_object_source_id": "userId:1",
        "hs_merged_object_ids": None,
        "hs_object_id": id_,
        "createdate": created,
        "lastmodifieddate": modified,
    }
    return {
        "id": id_,
        "properties": properties,
        "createdAt": created,
        "updatedAt": modified,
        "archived": False,
        "url": f"https://app-eu1.hubspot.com/contacts/1/record/0-1/{id_}",
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
