"""Marketo as it is written to: fields of leads, 300 a call; lists and campaigns beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slasync.connectors.http import Lane, on_lane
from slasync.connectors.list_changes import LISTS
from slasync.connectors.marketo.campaigns import MOST_LEADS, PROGRAMMES, Requests
from slasync.connectors.marketo.contact import SYSTEM
from slasync.connectors.marketo.errors import complaint_of, row_error
from slasync.connectors.marketo.lists import LeadLists
from slasync.connectors.marketo.transport import Json, Transport
from slasync.connectors.marketo.values import as_json, instant, same
from slasync.connectors.receipts import Missing, folded, receipt_of
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.systems import Direction, MarketoConfig

PROPERTIES = "properties"
WRITTEN = frozenset({Action.PROPERTIES, Action.PROPERTY, Action.LIST, Action.PROGRAMME})
DONE = frozenset({"updated", "created"})
STAMP = "updatedAt"
STATUS = "leadStatus"

NOTHING_TO_WRITE = Receipt(
    Outcome.ALREADY, message="none of these values has a field in connector.yaml (written)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one lead is sent: the values of all its writes in the batch, later ones winning."""

    id: str
    fields: Mapping[str, object]

    def input(self) -> Json:
        return {"id": int(self.id), **self.fields}


class MarketoSink:
    """Keeps slasync's own fields of leads up to date, and does what rungs say there.

    Leads are only ever updated, by their id: none is made. Marketo knows no precondition: what lies
    between reading and writing is a window, not a lock.
    """

    def __init__(self, transport: Transport, config: MarketoConfig) -> None:
        self._transport = transport
        self._written = config.written
        self._fields = {
            mapped.name: mapped.field
            for mapped in config.contact_fields
            if mapped.direction is not Direction.READ
        }
        self._lists = LeadLists(transport, config.lists)
        self._requests = Requests(transport, config.programmes)
        self._batch_size = config.batch_size

    @property
    def system(self) -> str:
        return SYSTEM

    @property
    def lanes(self) -> Mapping[str, int]:
        return {PROPERTIES: self._batch_size, LISTS: self._batch_size, PROGRAMMES: MOST_LEADS}

    def lane(self, write: Write) -> str:
        return {Action.LIST: LISTS, Action.PROGRAMME: PROGRAMMES}.get(write.action, PROPERTIES)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send the writes; several to one lead go as one row, earlier ones folded into it."""
        settled = {write.key: receipt for write in writes if (receipt := self._refusal(write))}
        fit = [write for write in writes if write.key not in settled]
        of = {action: [w for w in fit if w.action is action] for action in WRITTEN}
        values = [w for w in fit if w.action in {Action.PROPERTIES, Action.PROPERTY}]
        with on_lane(Lane.WRITE):
            settled |= self._lists.apply(of[Action.LIST])
            settled |= self._requests.apply(of[Action.PROGRAMME])
            sent = self._send_all(self._rows(values))
        last = {_id(write): write.key for write in values}
        for write in values:
            receipt = sent[_id(write)]
            carried = last[_id(write)] != write.key
            settled[write.key] = folded(receipt) if carried else receipt
        return [settled[write.key] for write in writes]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        """Read status and stamp of these leads now; None for those that are gone."""
        found = self._read([ref.id for ref in refs], (STATUS,))
        return {ref: _snapshot(ref, found.get(ref.id)) for ref in refs}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Tell by reading what became of the writes."""
        fit = [write for write in writes if self._refusal(write) is None]
        with on_lane(Lane.REREAD):
            told = self._lists.look([write for write in fit if write.action is Action.LIST])
            told |= self._requests.look([w for w in fit if w.action is Action.PROGRAMME])
        values = [w for w in fit if w.action in {Action.PROPERTIES, Action.PROPERTY}]
        names = dict.fromkeys(name for write in values for name in self._values(write))
        found = self._read([_id(write) for write in values], tuple(names)) if values else {}
        return [told.get(write.key) or self._looked(write, found) for write in writes]

    def _looked(self, write: Write, found: Mapping[str, Json]) -> Receipt:
        refusal = self._refusal(write)
        if refusal is not None:
            return refusal
        record = found.get(_id(write))
        if record is None:
            return Receipt(Outcome.GONE, write.target)
        wanted = self._values(write)
        if all(same(value, record.get(name)) for name, value in wanted.items()):
            return Receipt(Outcome.APPLIED, write.target)
        if write.action is Action.PROPERTY and "before" in write.values:
            before = as_json(write.values["before"])
            if not all(same(before, record.get(name)) for name in wanted):
                words = f"somebody gave {write.values['field']} another value"
                return Receipt(Outcome.OVERTAKEN, write.target, message=words)
        # the other fields are slasync's own: whatever they hold, nobody else's word is overwritten
        return Receipt(Outcome.TRY_LATER, write.target, message="the values are not there")

    def _refusal(self, write: Write) -> Receipt | None:
        """Return the receipt of a write that needs no call: wrong kind, no lead, no values."""
        if write.action not in WRITTEN:
            return Receipt(Outcome.REFUSED, message=f"Marketo is not sent {write.action} writes")
        target = write.target
        if target is None or (target.system, target.kind) != (SYSTEM, "contact"):
            return Receipt(Outcome.REFUSED, message="the write names no lead of Marketo")
        if not target.id.isdigit():
            return Receipt(Outcome.REFUSED, target, message=f"{target.id!r} is no id of Marketo")
        if write.action in {Action.LIST, Action.PROGRAMME}:
            kind = self._lists if write.action is Action.LIST else self._requests
            told = kind.refusal(write)
            return Receipt(Outcome.REFUSED, target, message=told) if told else None
        if self._values(write):
            return None
        return NOTHING_TO_WRITE if write.action is Action.PROPERTIES else _unmapped(write)

    def _values(self, write: Write) -> Mapping[str, object]:
        if write.action is Action.PROPERTY:
            name = self._fields.get(str(write.values.get("field")))
            return {name: as_json(write.values.get("value"))} if name else {}
        return {
            self._written[name]: as_json(value)
            for name, value in write.values.items()
            if name in self._written
        }

    def _rows(self, writes: Sequence[Write]) -> list[Row]:
        by_lead: dict[str, dict[str, object]] = {}
        for write in writes:
            by_lead.setdefault(_id(write), {}).update(self._values(write))
        return [Row(number, fields) for number, fields in by_lead.items()]

    def _send_all(self, to_send: Sequence[Row]) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(to_send), self._batch_size):
            batch = to_send[start : start + self._batch_size]
            try:
                receipts |= self._send(batch)
            except TryLater as error:
                if not receipts and not error.unknown:
                    raise  # nothing at all was sent
                receipts |= {row.id: receipt_of(error, _ref(row)) for row in batch}
        return receipts

    def _send(self, batch: Sequence[Row]) -> dict[str, Receipt]:
        """Send one batch. One that is refused as a whole is halved until the culprit is alone."""
        try:
            return settled(batch, self._transport.sync([row.input() for row in batch]))
        except Refused as error:
            if len(batch) == 1:
                return {batch[0].id: receipt_of(error, _ref(batch[0]))}
        middle = len(batch) // 2
        return self._send_half(batch[:middle]) | self._send_half(batch[middle:])

    def _send_half(self, batch: Sequence[Row]) -> dict[str, Receipt]:
        """As `_send`, but the other half may have been written: every row is told for itself."""
        try:
            return self._send(batch)
        except TryLater as error:
            return {row.id: receipt_of(error, _ref(row)) for row in batch}

    def _read(self, ids: Iterable[str], fields: Sequence[str]) -> dict[str, Json]:
        wanted = [number for number in dict.fromkeys(ids) if number.isdigit()]
        found: dict[str, Json] = {}
        with on_lane(Lane.REREAD):
            for start in range(0, len(wanted), self._batch_size):
                batch = wanted[start : start + self._batch_size]
                for record in self._transport.leads(batch, ("id", *fields, STAMP)):
                    found[str(record.get("id"))] = record
        return found


def settled(batch: Sequence[Row], outcomes: Sequence[Json]) -> dict[str, Receipt]:
    """Match outcomes to rows by their order: those that were skipped name no lead."""
    named = [(row, told) for row, told in zip(batch, outcomes, strict=False) if told.get("id")]
    if len(outcomes) != len(batch) or any(str(told["id"]) != row.id for row, told in named):
        words = "Marketo's answer does not fit the rows that were sent"
        return {row.id: Receipt(Outcome.UNKNOWN, _ref(row), message=words) for row in batch}
    return {row.id: _outcome(row, told) for row, told in zip(batch, outcomes, strict=True)}


def _outcome(row: Row, told: Json) -> Receipt:
    if told.get("status") in DONE:
        return Receipt(Outcome.APPLIED, _ref(row))
    why = told.get("reasons") or told.get("reason")
    if not why:
        words = f"Marketo says {told.get('status') or 'nothing'} of this row"
        return Receipt(Outcome.UNKNOWN, _ref(row), message=words)
    return receipt_of(row_error(complaint_of(why)), _ref(row))


def _unmapped(write: Write) -> Receipt:
    words = f"connector.yaml gives leads no field {write.values.get('field')!r} to write"
    return Receipt(Outcome.REFUSED, write.target, message=words)


def _snapshot(ref: Ref, record: Json | None) -> Snapshot | None:
    if record is None:
        return None
    status = record.get(STATUS)
    return Snapshot(ref, None, str(status) if status else None, _stamp(record))


def _stamp(record: Json) -> datetime:
    try:
        return instant(str(record.get(STAMP)))
    except ValueError as error:
        raise TryLater(f"Marketo shows no usable stamp of {record.get('id')}: {error}") from error


def _ref(row: Row) -> Ref:
    return Ref(SYSTEM, "contact", row.id)


def _id(write: Write) -> str:
    if write.target is None:
        raise Missing(f"write {write.key} has no target")
    return write.target.id
