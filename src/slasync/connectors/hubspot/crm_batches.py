"""Rows sent in batches of up to a hundred, each with an outcome of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slasync.connectors.hubspot.answers import rows
from slasync.connectors.hubspot.contact import SYSTEM
from slasync.connectors.hubspot.crm_people import OWNER
from slasync.connectors.hubspot.errors import row_error
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.hubspot.transport import Json
from slasync.connectors.receipts import Missing
from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Outcome, Receipt

KINDS = {"contacts": "lead", "tasks": "task"}
HELD = "properties"
TAKEN = "already has that value"


@dataclass(frozen=True, slots=True)
class Row:
    """One record to be sent; `trace` is the write's key, which the answer names."""

    trace: str
    input: Json
    ref: Ref | None = None  # None: it is only being made


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a row, and the properties that HubSpot answered with."""

    receipt: Receipt
    held: Mapping[str, str | None]


class Batches:
    """Sends rows; raises nothing once something may have left, but tells it row by row."""

    def __init__(self, objects: Objects, size: int) -> None:
        self._objects = objects
        self._size = size

    def send(self, kind: str, how: str, sent: Sequence[Row], *, first: bool) -> dict[str, Told]:
        """Create or update rows; `first`: nothing of the batch was sent before.

        Raises Stopped and TryLater only while that is so.
        """
        told: dict[str, Told] = {}
        for start in range(0, len(sent), self._size):
            part = sent[start : start + self._size]
            try:
                told |= self._one(kind, how, part)
            except (TryLater, Stopped) as error:
                unknown = isinstance(error, TryLater) and error.unknown
                if first and not told and not unknown:
                    raise
                told |= {row.trace: Told(_receipt(error, row), {}) for row in part}
        return told

    def _one(self, kind: str, how: str, part: Sequence[Row]) -> dict[str, Told]:
        """Send one call. One that is refused as a whole is halved until the culprit is alone."""
        try:
            traced = [{**row.input, "objectWriteTraceId": row.trace} for row in part]
            return _settled(kind, part, self._objects.write(kind, how, traced))
        except Refused as error:
            if len(part) == 1:
                return {part[0].trace: Told(_receipt(error, part[0]), {})}
        middle = (len(part) + 1) // 2
        done = self._half(kind, how, part[:middle])
        return done | self._half(kind, how, part[middle:])

    def _half(self, kind: str, how: str, part: Sequence[Row]) -> dict[str, Told]:
        try:
            return self._one(kind, how, part)
        except (TryLater, Stopped) as error:  # the other half may have been written
            return {row.trace: Told(_receipt(error, row), {}) for row in part}


def fresh(receipt: Receipt, key: str) -> Receipt:
    """Tell of a record that was to be made: where its key is taken, it is read first.

    An answer was lost, or another process made it in this moment.
    """
    taken = key in receipt.message and TAKEN in receipt.message
    if receipt.outcome is Outcome.REFUSED and taken:
        return Receipt(Outcome.TRY_LATER, message="a record has this key by now: it is read first")
    return receipt


def _settled(kind: str, part: Sequence[Row], answer: Json) -> dict[str, Told]:
    """Match results and errors with rows: they come in any order, and some may be missing."""
    by_trace = {row.trace: row for row in part}
    by_id = {row.ref.id: row for row in part if row.ref}
    told: dict[str, Told] = {}
    for record in rows(answer):
        row = by_trace.get(str(record.get("objectWriteTraceId"))) or by_id.get(
            str(record.get("id"))
        )
        if row is not None:
            ref = row.ref or Ref(SYSTEM, KINDS[kind], str(record["id"]))
            receipt = Receipt(Outcome.APPLIED, ref, created=row.ref is None)
            told[row.trace] = Told(receipt, record.get(HELD) or {})
    for error in answer.get("errors") or ():
        context = error.get("context") or {}
        named = [by_trace.get(str(each)) for each in context.get("objectWriteTraceId") or ()]
        named += [by_id.get(str(each)) for each in context.get("ids") or ()]
        for row in filter(None, named):
            told[row.trace] = Told(_receipt(row_error(error), row), {})
    return {row.trace: told.get(row.trace) or Told(_untold(row), {}) for row in part}


def _untold(row: Row) -> Receipt:
    return Receipt(Outcome.UNKNOWN, row.ref, message="HubSpot's answer does not name this row")


def _receipt(error: SlasyncError, row: Row) -> Receipt:
    match error:
        case TryLater(unknown=True):
            return Receipt(Outcome.UNKNOWN, row.ref, message=str(error), after=error.after)
        case TryLater():
            return Receipt(Outcome.TRY_LATER, row.ref, message=str(error), after=error.after)
        case Stopped():
            return Receipt(Outcome.TRY_LATER, row.ref, message=str(error))
        case Missing():
            return Receipt(Outcome.GONE, row.ref, message=str(error))
        case _:
            told = str(error)
            unfit = f"{OWNER}: " in told
            return Receipt(Outcome.REFUSED, row.ref, message=told, unfit_owner=unfit)
