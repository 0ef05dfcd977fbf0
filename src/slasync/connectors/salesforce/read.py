"""Reading Salesforce: pages of streams, several to a call, and single records by id."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.ids import OBJECTS, instant
from slasync.connectors.salesforce.people import SYSTEM, Context, Row
from slasync.connectors.salesforce.soql import Mark, in_url, mark, page
from slasync.connectors.salesforce.streams import BROKEN_ROW, Stream, streams, understood
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, TryLater
from slasync.ports import Answer, Ask, Position, Reading, Rejected
from slasync.systems import SalesforceConfig

QUERIES_A_CALL = 5
RECORDS_A_CALL = 200
OK = 200
MISSING = re.compile(r"No such column '(\w+)'")
STREAM_OF_KIND = {"lead": "salesforce.leads", "contact": "salesforce.contacts"}


class SalesforceSource:
    """Salesforce as a system that is read."""

    system = SYSTEM

    def __init__(self, config: SalesforceConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._streams = dict(streams(config))

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self._streams)

    def vendor_now(self) -> datetime:
        return self._transport.vendor_now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask, five to a call. Raises TryLater or Stopped."""
        answers: list[Answer] = []
        for start in range(0, len(asks), QUERIES_A_CALL):
            answers.extend(self._pages(asks[start : start + QUERIES_A_CALL]))
        return answers

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read leads and contacts by id, 200 to a call. Those gone or unreadable are left out."""
        readings: list[Reading] = []
        for kind, name in STREAM_OF_KIND.items():
            ids = [ref.id for ref in refs if ref.kind == kind]
            for start in range(0, len(ids), RECORDS_A_CALL):
                readings.extend(self._records(kind, name, ids[start : start + RECORDS_A_CALL]))
        return readings

    def _records(self, kind: str, name: str, ids: Sequence[str]) -> list[Reading]:
        stream = self._streams[name]
        [rows] = retrieve(self._transport, Lane.READ, [Wanted(OBJECTS[kind], ids, stream.columns)])
        context = self._context(self.vendor_now())
        told = understood(stream, [row for row in rows if row], context)
        return [each for each in told if not isinstance(each, Rejected)]

    def _pages(self, asks: Sequence[Ask]) -> list[Answer]:
        try:
            results = self._queried(asks)
            while sum(self._leave_out(ask, told) for ask, told in zip(asks, results, strict=True)):
                results = self._queried(asks)  # an error names one missing column at a time
        except Refused as error:
            return [Answer(ask.stream, error=error) for ask in asks]
        return [self._answer(ask, told) for ask, told in zip(asks, results, strict=True)]

    def _queried(self, asks: Sequence[Ask]) -> list[Any]:
        limit = self._config.page_size
        streams = [self._streams[ask.stream] for ask in asks]
        texts = [page(s.table, s.columns, a, limit) for s, a in zip(streams, asks, strict=True)]
        return queries(self._transport, Lane.READ, texts)

    def _leave_out(self, ask: Ask, told: Any) -> bool:
        """Drop an optional column that this organisation does not have; tell whether one was."""
        if int(told.get("httpStatusCode") or 0) == OK:
            return False  # a page of rows is long, and names no column that is missing
        stream = self._streams[ask.stream]
        missing = set(MISSING.findall(str(told.get("body")))) & stream.optional
        kept = tuple(name for name in stream.columns if name not in missing)
        self._streams[ask.stream] = replace(stream, columns=kept)
        return len(kept) < len(stream.columns)

    def _answer(self, ask: Ask, told: Mapping[str, Any]) -> Answer:
        stream = self._streams[ask.stream]
        try:
            rows, more = _rows(told, self._config.page_size)
            position = _position(stream, ask, rows[-1]) if more and rows else None
            if more and not rows:
                raise Refused(f"{ask.stream}: the page is empty, yet not the last")
        except SlasyncError as error:
            return Answer(ask.stream, error=error)
        context = self._context(ask.upto)
        told_of = list(understood(stream, rows, context))
        return Answer(
            stream=ask.stream,
            readings=tuple(each for each in told_of if not isinstance(each, Rejected)),
            rejected=tuple(each for each in told_of if isinstance(each, Rejected)),
            position=position,
        )

    def _context(self, upto: datetime) -> Context:
        return Context(self._config, self._transport.tokens.current().user_id, upto)


def queries(transport: Transport, lane: Lane, texts: Sequence[str]) -> list[Any]:
    """Run up to five queries in one call, deleted rows included; return the parts' answers."""
    parts = [{"method": "GET", "path": f"queryAll/?q={in_url(text)}"} for text in texts]
    return transport.composite(lane, parts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Up to 200 records of one object, by id."""

    object_name: str
    ids: Sequence[str]
    fields: Sequence[str]

    @property
    def path(self) -> str:
        return f"composite/sobjects/{self.object_name}"

    @property
    def body(self) -> dict[str, list[str]]:
        return {"ids": list(self.ids), "fields": list(self.fields)}


def retrieve(transport: Transport, lane: Lane, wanted: Sequence[Wanted]) -> list[list[Any]]:
    """Read up to five lots of records in one call; None stands for a record that is gone."""
    if len(wanted) == 1:
        [one] = wanted
        return [transport.rows(lane, "POST", one.path, one.body, len(one.ids))]
    parts = [{"method": "POST", "path": each.path, "body": each.body} for each in wanted]
    told = transport.composite(lane, parts)
    return [_lot(answer, each) for answer, each in zip(told, wanted, strict=True)]


def _lot(told: Mapping[str, Any], wanted: Wanted) -> list[Any]:
    body, status = told.get("body"), int(told.get("httpStatusCode") or 0)
    if status != OK:
        raise translate(complaint_of(body, status)).error()
    if not isinstance(body, list) or len(body) != len(wanted.ids):
        raise TryLater(f"the answer has not {len(wanted.ids)} rows")
    return body


def rows_of(told: Mapping[str, Any]) -> list[Row]:
    """Return the rows of one query's answer. Raises what its error means."""
    body, status = told.get("body"), int(told.get("httpStatusCode") or 0)
    if status != OK or not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise translate(complaint_of(body, status)).error()
    return [*body["records"]]


def _rows(told: Mapping[str, Any], limit: int) -> tuple[list[Row], bool]:
    """Return a page and whether rows are left: the page may be shorter than was asked for."""
    rows = rows_of(told)
    body = told["body"]
    return rows, not body.get("done", True) or int(body.get("totalSize", 0)) >= limit


def _position(stream: Stream, ask: Ask, last: Row) -> Position:
    try:
        reached = Mark(instant(last[stream.table.stamp]), last["Id"])
    except BROKEN_ROW as error:
        raise TryLater(f"{ask.stream}: the last row of the page has no stamp or id") from error
    before = mark(ask.position) if ask.position else None
    if before and (reached.at < before.at or reached == before):
        raise Refused(f"{ask.stream}: the page after {before.id} does not advance")
    return reached.position()
