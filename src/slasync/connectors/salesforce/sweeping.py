"""Salesforce's records by id and stamp: 2,000 to a call, deleted ones included."""

from collections.abc import Mapping, Sequence

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.ids import OBJECTS, instant, to18
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.read import SalesforceSource, queries, rows_of
from slasync.connectors.salesforce.soql import by_keys, quoted
from slasync.connectors.salesforce.streams import BROKEN_ROW
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.ports import Listed, Listing, Position, Reading

KINDS = {"salesforce.leads": "lead", "salesforce.contacts": "contact"}
PAGE = 2_000
QUERIES_A_CALL = 5


class SalesforceLister:
    """Keyset pages in the order of ids: what is edited meanwhile keeps its place."""

    kinds: Mapping[str, str] = KINDS

    def __init__(self, source: SalesforceSource, transport: Transport) -> None:
        self._source, self._transport = source, transport

    def page(self, stream: str, position: Position | None) -> Listing:
        kind = KINDS[stream]
        where = f" WHERE Id > {quoted(position)}" if position else ""
        text = (
            f"SELECT Id,SystemModstamp,IsDeleted FROM {OBJECTS[kind]}"  # noqa: S608 - quoted
            f"{where} ORDER BY Id LIMIT {PAGE}"
        )
        [told] = queries(self._transport, Lane.READ, [text])
        rows = rows_of(told)
        records = tuple(_listed(stream, kind, row) for row in rows)
        # a page may be shorter than asked for: only an empty one is the last for certain
        onto = records[-1].ref.id if records and _goes_on(told, len(rows)) else None
        if onto is not None and onto == position:
            raise TryLater(f"{stream}: the page after {position} does not advance")
        return Listing(records, onto)

    def reread(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read records by id, 400 to a call; those in the recycle bin come as deleted."""
        readings: list[Reading] = []
        for stream, kind in KINDS.items():
            ids = [ref.id for ref in refs if ref.kind == kind]
            texts = by_keys(OBJECTS[kind], self._source.columns(stream), "Id", ids)
            for start in range(0, len(texts), QUERIES_A_CALL):
                some = texts[start : start + QUERIES_A_CALL]
                answers = queries(self._transport, Lane.READ, some)
                rows = [row for told in answers for row in rows_of(told)]
                readings += self._source.told(stream, rows)
        return readings


def _goes_on(told: Mapping[str, object], rows: int) -> bool:
    body = told["body"]
    done = body.get("done", True) if isinstance(body, Mapping) else True
    return not done or rows >= PAGE


def _listed(stream: str, kind: str, row: Row) -> Listed:
    try:
        ref = Ref(SYSTEM, kind, to18(row["Id"]))
        return Listed(ref, instant(row["SystemModstamp"]), bool(row["IsDeleted"]))
    except BROKEN_ROW as error:
        raise TryLater(f"{stream}: a row has no id or stamp") from error
