"""Outbound Messages: SOAP posts about saved records, sent again until they are acknowledged."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from slasync.sandbox.http import NoAnswer, Request, Response
from slasync.sandbox.journal import Entry
from slasync.sandbox.salesforce.org import Org

Deliver = Callable[[Request], Response]
MOST = 100  # notifications of one message
LOOK = timedelta(seconds=1)  # between two looks at what was saved
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=2)
GIVEN_UP = timedelta(hours=24)
SENT_TWICE = 0.02  # how often a message comes again although it was acknowledged
TOLD = {"create", "update", "undelete", "convert", "merge"}
NAMES = 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@dataclass(frozen=True, slots=True)
class Notification:
    """That a record was saved; its values are read when it is sent."""

    id: str
    object: str
    record: str
    since: datetime


@dataclass(slots=True)
class Endpoint:
    """One receiver: which objects it hears of and with which fields, and what waits for it."""

    url: str
    action: str  # id of the outbound message
    fields: Mapping[str, Sequence[str]]  # object -> fields
    seen: int  # entries of the journal
    waiting: list[Notification] = field(default_factory=list)
    wait: timedelta = FIRST_WAIT
    not_before: datetime | None = None


class OutboundMessages:
    """All receivers. `sent` counts messages by outcome: taken, failed; and notifications given up.

    `later` puts an action on the agenda under the org's lock.
    """

    def __init__(
        self, org: Org, org_id: str, later: Callable[[timedelta, Callable[[], None]], None]
    ) -> None:
        self._org = org
        self._org_id = org_id
        self._later = later
        self.endpoints: list[Endpoint] = []
        self.sent: Counter[str] = Counter()
        self.deliver: Deliver | None = None

    def subscribe(
        self, url: str, fields: Mapping[str, Sequence[str]], deliver: Deliver
    ) -> Endpoint:
        """Send messages about these objects to `url` from now on."""
        if not self.endpoints:
            self._later(LOOK, self._look)
        self.deliver = deliver
        made = Endpoint(url, self._org.new_id("04k"), fields, len(self._org.world.journal))
        self.endpoints.append(made)
        return made

    def _look(self) -> None:
        """Queue what was saved since the last look, and send what is due."""
        for endpoint in self.endpoints:
            entries = list(self._org.world.journal.entries(endpoint.seen))
            endpoint.seen += len(entries)
            self._queue(endpoint, [e for e in entries if e.system == "salesforce"])
            self._send(endpoint)
        self._later(LOOK, self._look)

    def _queue(self, endpoint: Endpoint, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.object in endpoint.fields and entry.operation in TOLD:
                new = self._org.new_id("04l")
                told = Notification(new, entry.object, entry.id, self._org.world.now())
                endpoint.waiting.append(told)

    def _send(self, endpoint: Endpoint) -> None:
        now = self._org.world.now()
        fresh = [n for n in endpoint.waiting if now - n.since <= GIVEN_UP]
        self.sent["given_up"] += len(endpoint.waiting) - len(fresh)
        endpoint.waiting = fresh
        if not fresh or (endpoint.not_before and now < endpoint.not_before):
            return
        batch = self._batch(fresh)
        if self._taken(endpoint, batch):
            again = self._org.world.chance("salesforce.outbound").random() < SENT_TWICE
            endpoint.waiting = fresh if again else [n for n in fresh if n not in batch]
            endpoint.wait, endpoint.not_before = FIRST_WAIT, None
        else:
            endpoint.not_before = now + endpoint.wait
            endpoint.wait = min(endpoint.wait * 2, LONGEST_WAIT)

    def _batch(self, waiting: Sequence[Notification]) -> Sequence[Notification]:
        """Take what goes in one message: one object's, in no order."""
        of_one = [n for n in waiting if n.object == waiting[0].object][:MOST]
        self._org.world.chance("salesforce.outbound").shuffle(of_one)
        return of_one

    def _taken(self, endpoint: Endpoint, batch: Sequence[Notification]) -> bool:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        request = Request("POST", endpoint.url, headers, self.message(endpoint, batch))
        try:
            answer = self.deliver(request) if self.deliver else Response(404)
        except NoAnswer:
            self.sent["failed"] += 1
            return False
        taken = answer.status == 200 and b"<Ack>true</Ack>" in answer.body  # noqa: PLR2004 - HTTP
        self.sent["taken" if taken else "failed"] += 1
        return taken

    def message(self, endpoint: Endpoint, batch: Sequence[Notification]) -> bytes:
        """Write a message with the records' values of this moment."""
        url = "https://acme.my.salesforce.com/services/Soap"
        head = (
            f"<OrganizationId>{self._org_id}</OrganizationId><ActionId>{endpoint.action}</ActionId>"
            f'<SessionId xsi:nil="true"/><EnterpriseUrl>{url}/c/62.0/{self._org_id[:15]}'
            f"</EnterpriseUrl><PartnerUrl>{url}/u/62.0/{self._org_id[:15]}</PartnerUrl>"
        )
        told = "".join(self._notification(endpoint, each) for each in batch)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            f' xmlns:xsd="http://www.w3.org/2001/XMLSchema" {XSI}><soapenv:Body>'
            '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"{head}{told}</notifications></soapenv:Body></soapenv:Envelope>"
        ).encode()

    def _notification(self, endpoint: Endpoint, told: Notification) -> str:
        row = self._org.row(told.record) or {}
        values = {"Id": told.record} | {n: row.get(n) for n in endpoint.fields[told.object]}
        inner = "".join(
            f"<sf:{name}>{escape(str(value))}</sf:{name}>"
            for name, value in values.items()
            if value is not None
        )
        return (
            f'<Notification><Id>{told.id}</Id><sObject xsi:type="sf:{told.object}" {NAMES}>'
            f"{inner}</sObject></Notification>"
        )
