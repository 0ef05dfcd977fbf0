"""Writing many records: one collection by itself, several of them in one composite call.

A collection that fails inside a composite fails alone: its rows get receipts, the others items.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.records import Record
from slasync.connectors.salesforce.stride import Stride
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, SlasyncError, TryLater
from slasync.ports import Outcome, Receipt

OK = 200
NO_RULES = {"Sforce-Auto-Assign": "FALSE"}  # parts do not take that over from their call
LOCKED = "UNABLE_TO_LOCK_ROW"
Item = Any
"""What Salesforce says of one row; a Receipt where it says something of the whole collection."""


class Collections:
    """Sends rows; every method raises what the transport raises about a whole call."""

    def __init__(self, transport: Transport, size: int, collections_a_call: int) -> None:
        self._transport = transport
        self._size = size  # of a collection, at most 200
        self._stride = Stride.full(size * collections_a_call)

    @property
    def most(self) -> int:
        """Rows of one call when all goes well."""
        return self._stride.most

    @property
    def rows_now(self) -> int:
        """Rows of one call as things are."""
        return self._stride.rows

    def send(self, path: str, rows: Sequence[Record], method: str = "PATCH") -> list[Item]:
        """Send up to `most` rows to the resource at `path`, in one call; return their items."""
        lots = [rows[n : n + self._size] for n in range(0, len(rows), self._size)]
        try:
            if len(lots) == 1:
                items = self._one(method, path, rows)
            else:
                items = self._several(method, path, lots)
        except TryLater as error:
            self._stride = self._stride.shorter() if error.unknown else self._stride
            raise
        self._stride = self._after(items)
        return items

    def _one(self, method: str, path: str, rows: Sequence[Record]) -> list[Item]:
        return self._transport.rows(Lane.WRITE, method, path, _body(rows), len(rows))

    def _several(self, method: str, path: str, lots: Sequence[Sequence[Record]]) -> list[Item]:
        common = {"method": method, "path": path, "httpHeaders": NO_RULES}
        parts = [common | {"body": _body(rows)} for rows in lots]
        told = self._transport.composite(Lane.WRITE, parts)
        pairs = zip(told, lots, strict=True)
        return [item for part, rows in pairs for item in _items(part, len(rows))]

    def _after(self, items: Sequence[Item]) -> Stride:
        busy = any(_is_locked(item) for item in items)
        return self._stride.shorter() if busy else self._stride.longer()


def _body(rows: Sequence[Record]) -> dict[str, Any]:
    return {"allOrNone": False, "records": list(rows)}


def _items(part: Mapping[str, Any], expected: int) -> Iterator[Item]:
    """Yield what one collection of a composite says of its rows."""
    body, status = part.get("body"), int(part.get("httpStatusCode") or 0)
    if status == OK and isinstance(body, list) and len(body) == expected:
        yield from body
        return
    if status in {0, OK}:
        text = f"the answer has not {expected} rows"
        yield from [Receipt(Outcome.UNKNOWN, message=text)] * expected
        return
    yield from [_of_all(translate(complaint_of(body, status)).error())] * expected


def _of_all(error: SlasyncError) -> Receipt:
    """Say of each row what was said of its collection; what stops slasync keeps rows waiting."""
    if isinstance(error, Refused):
        return Receipt(Outcome.REFUSED, message=str(error))
    if isinstance(error, TryLater):
        outcome = Outcome.UNKNOWN if error.unknown else Outcome.TRY_LATER
        return Receipt(outcome, message=str(error), after=error.after)
    return Receipt(Outcome.TRY_LATER, message=str(error))


def _is_locked(item: Item) -> bool:
    if isinstance(item, Receipt):
        return LOCKED in item.message
    return isinstance(item, Mapping) and complaint_of(item.get("errors"), OK).code == LOCKED
