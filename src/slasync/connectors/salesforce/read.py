"""Reading Salesforce: pages of streams, several to a call, and single records by id.

A first load of many rows goes on by Bulk API 2.0 after its first page; see bulk.py.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.bulk import BulkReader, Place, is_place
from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.ids import OBJECTS, instant
from slasync.connectors.salesforce.people import SYSTEM, Context, Row
from slasync.connectors.salesforce.soql import Mark, count_of, in_url, mark, page
from slasync.connectors.salesforce.spans import is_cut, joined, spans_of
from slasync.connectors.salesforce.streams import BROKEN_ROW, Complete, Stream, streams, understood
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Answer, Ask, Position, Reading, Rejected
from slasync.systems import SalesforceConfig

QUERIES_A_CALL = 5
RECORDS_A_CALL = 200
OK = 200
MISSING = re.compile(r"No such column '(\w+)'")
STREAM_OF_KIND = {
    "lead": "salesforce.leads", "contact": "salesforce.contacts",
    "task": "salesforce.tasks", "event": "salesforce.events",
}  # fmt: skip


class SalesforceSource:
    """Salesforce as a system that is read."""

    system = SYSTEM

    def __init__(
        self,
        config: SalesforceConfig,
        transport: Transport,
        complete: Mapping[str, Complete] = MappingProxyType({}),
    ) -> None:
        """`complete` adds to the rows of a stream what stands elsewhere."""
        self._config = config
        self._transport = transport
        self._streams = {
            name: replace(stream, complete=complete.get(name))
            for name, stream in streams(config).items()
        }
        self._abreast = transport.calls.abreast
        self._bulk = BulkReader(config, transport)

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self._streams)

    def vendor_now(self) -> datetime:
        return self._transport.vendor_now()

    def close(self) -> None:
        """Let go of files that are still coming in."""
        self._bulk.close()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask, five to a call; those of a Bulk load each by themselves.

        Raises TryLater or Stopped.
        """
        by_rest = [ask for ask in asks if not is_place(ask.position)]
        answers: dict[str, Answer] = {}
        if self._abreast.most > 1 or any(is_cut(ask.position) for ask in by_rest):
            answers |= self._side_by_side(by_rest)
        else:
            for start in range(0, len(by_rest), QUERIES_A_CALL):
                some = by_rest[start : start + QUERIES_A_CALL]
                answers |= zip((ask.stream for ask in some), self._pages(some), strict=True)
        self._go_on_by_bulk(by_rest, answers)
        for ask in asks:
            if is_place(ask.position):
                answers[ask.stream] = self._loaded(ask, alone=len(asks) == 1)
        return [answers[ask.stream] for ask in asks]

    def _side_by_side(self, asks: Sequence[Ask]) -> dict[str, Answer]:
        """Return a page of each ask; of those under way a page of several spans, a call for each.

        Raises TryLater when all calls fail, and Stopped.
        """
        most = self._abreast.most
        lots = [(ask, spans_of(ask, self._streams[ask.stream].table, most)) for ask in asks]
        begun = [a for a, _ in lots if a.position is None]
        groups = [begun[n : n + QUERIES_A_CALL] for n in range(0, len(begun), QUERIES_A_CALL)]
        groups += [[s.of(a)] for a, spans in lots if a.position is not None for s in spans]
        told = self._abreast.all([partial(self._pages_or_errors, group) for group in groups])
        errors = [error for _, error in told if error is not None]
        if errors and len(errors) == len(groups):
            raise errors[0]
        pages = dict[str, list[Answer]]()
        for answers, _ in told:
            for answer in answers:
                pages.setdefault(answer.stream, []).append(answer)
        return {ask.stream: joined(ask, spans, pages[ask.stream]) for ask, spans in lots}

    def _pages_or_errors(self, asks: Sequence[Ask]) -> tuple[list[Answer], TryLater | None]:
        """Read one call's pages; that it cannot be made now must not cost those of the others."""
        try:
            return self._pages(asks), None
        except TryLater as error:
            return [Answer(ask.stream, error=error) for ask in asks], error

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read records by id, 200 to a call. Those gone or unreadable are left out."""
        readings: list[Reading] = []
        for kind, name in STREAM_OF_KIND.items():
            ids = [ref.id for ref in refs if ref.kind == kind]
            for start in range(0, len(ids), RECORDS_A_CALL):
                readings.extend(self._records(kind, name, ids[start : start + RECORDS_A_CALL]))
        return readings

    def columns(self, stream: str) -> tuple[str, ...]:
        """Return what is read of a stream in this organisation."""
        return self._streams[stream].columns

    def told(self, stream: str, rows: Sequence[Row]) -> list[Reading]:
        """Return the readings of rows; those that cannot be understood are left out."""
        found = understood(self._streams[stream], rows, self._context(self.vendor_now()))
        return [each for each in found if not isinstance(each, Rejected)]

    def _loaded(self, ask: Ask, *, alone: bool) -> Answer:
        """Read on in a Bulk load. What is wrong with it must not cost the other streams' pages."""
        try:
            return self._bulk.read(ask, self._streams[ask.stream])
        except (TryLater, Stopped) as error:
            if alone:
                raise
            return Answer(ask.stream, error=error)

    def _go_on_by_bulk(self, asks: Sequence[Ask], answers: dict[str, Answer]) -> None:
        """Send first loads of many rows on by Bulk: a few calls in place of one for each page.

        Only an object of more than a page is counted at all.
        """
        begun = [ask.stream for ask in asks if self._may_be_long(ask, answers[ask.stream])]
        for start in range(0, len(begun), QUERIES_A_CALL):
            some = begun[start : start + QUERIES_A_CALL]
            for name, rows in zip(some, self._counted(some), strict=True):
                if rows >= self._config.bulk_read_from:
                    answers[name] = replace(answers[name], position=Place().position())

    def _may_be_long(self, ask: Ask, answer: Answer) -> bool:
        first = ask.since is None and ask.position is None and answer.position is not None
        return first and self._streams[ask.stream].in_files

    def _counted(self, names: Sequence[str]) -> list[int]:
        """Count objects' rows; one too large to be counted in time is large, a refused one none."""
        texts = [count_of(self._streams[name].table) for name in names]
        return [_count(told) for told in queries(self._transport, Lane.READ, texts)]

    def _records(self, kind: str, name: str, ids: Sequence[str]) -> list[Reading]:
        rows, stream = self._retrieved(kind, name, ids), self._streams[name]
        context = self._context(self.vendor_now())
        told = understood(stream, [row for row in rows if row], context)
        return [each for each in told if not isinstance(each, Rejected)]

    def _retrieved(self, kind: str, name: str, ids: Sequence[str]) -> list[Any]:
        """Read rows by id, without the optional columns that this organisation does not have."""
        while True:
            wanted = Wanted(OBJECTS[kind], ids, self._streams[name].columns)
            try:
                return retrieve(self._transport, Lane.READ, [wanted])[0]
            except Refused as error:
                if not self._without(name, str(error)):
                    raise

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
        return self._without(ask.stream, str(told.get("body")))

    def _without(self, name: str, words: str) -> bool:
        stream = self._streams[name]
        kept = stream.without(MISSING.findall(words))
        self._streams[name] = replace(stream, columns=kept)
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


def _count(told: Mapping[str, Any]) -> int:
    body, status = told.get("body"), int(told.get("httpStatusCode") or 0)
    if status == OK and isinstance(body, Mapping):
        return int(body.get("totalSize") or 0)
    return sys.maxsize if complaint_of(body, status).code == "QUERY_TIMEOUT" else 0


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
