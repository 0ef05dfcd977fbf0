"""HubSpot as it is written to: properties of contacts, a hundred at a time, and their lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slasync.connectors.http import Lane, on_lane
from slasync.connectors.hubspot.answers import rows
from slasync.connectors.hubspot.contact import (
    MERGED,
    MODIFIED,
    SYSTEM,
    Record,
    known_ids,
    modified_at,
)
from slasync.connectors.hubspot.errors import Unwritable, row_error
from slasync.connectors.hubspot.lists import MOST, ContactLists
from slasync.connectors.hubspot.transport import Json, Transport
from slasync.connectors.hubspot.values import as_text, same
from slasync.connectors.list_changes import LISTS
from slasync.connectors.receipts import folded, receipt_of
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.systems import Direction, HubSpotConfig

PROPERTIES = "properties"
WRITTEN = frozenset({Action.PROPERTIES, Action.PROPERTY, Action.LIST})
OWNER = "hubspot_owner_id"
STATUS = "hs_lead_status"

NOTHING_TO_WRITE = Receipt(
    Outcome.ALREADY, message="none of these values has a property in connector.yaml (written)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one contact is sent: the values of all its writes in the batch, later ones winning."""

    id: str
    trace: str
    properties: Mapping[str, str]

    def input(self) -> Json:
        return {
            "id": self.id,
            "objectWriteTraceId": self.trace,
            "properties": dict(self.properties),
        }


class HubSpotSink:
    """Keeps slasync's own properties on contacts up to date, and does what rungs say there.

    The last write wins.

    HubSpot knows no precondition: what lies between reading and writing is a window, not a lock.
    """

    def __init__(self, transport: Transport, config: HubSpotConfig) -> None:
        self._transport = transport
        self._written = config.written
        self._fields = {
            mapped.name: mapped.field
            for mapped in config.contact_fields
            if mapped.direction is not Direction.READ
        }
        self._lists = ContactLists(transport, config.lists)
        self._batch_size = config.batch_size

    @property
    def system(self) -> str:
        return SYSTEM

    @property
    def lanes(self) -> Mapping[str, int]:
        return {PROPERTIES: self._batch_size, LISTS: MOST}

    def lane(self, write: Write) -> str:
        return LISTS if write.action is Action.LIST else PROPERTIES

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send the writes; several to one contact go as one row, earlier ones folded into it."""
        settled = {write.key: receipt for write in writes if (receipt := self._refusal(write))}
        changes = [w for w in writes if w.key not in settled and w.action is Action.LIST]
        open_writes = [w for w in writes if w.key not in settled and w.action is not Action.LIST]
        with on_lane(Lane.WRITE):
            settled |= self._lists.apply(changes)
            sent = self._send_all(self._rows(open_writes))
        last = {_target(write).id: write.key for write in open_writes}
        for write in open_writes:
            receipt = sent[_target(write).id]
            carried = last[_target(write).id] != write.key
            settled[write.key] = folded(receipt) if carried else receipt
        return [settled[write.key] for write in writes]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        """Read owner, status and stamp of these contacts now; None for those that are gone."""
        found = self._read([ref.id for ref in refs], (OWNER, STATUS))
        return {ref: _snapshot(ref, found.get(ref.id)) for ref in refs}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Tell by reading whether the contacts hold what was written."""
        fit = [write for write in writes if self._refusal(write) is None]
        with on_lane(Lane.REREAD):
            listed = self._lists.look([write for write in fit if write.action is Action.LIST])
        with_values = [write for write in fit if write.action is not Action.LIST]
        properties = dict.fromkeys(name for w in with_values for name in self._properties(w))
        found = self._read([_target(write).id for write in with_values], tuple(properties))
        return [listed.get(write.key) or self._looked(write, found) for write in writes]

    def _looked(self, write: Write, found: Mapping[str, Record]) -> Receipt:
        refusal = self._refusal(write)
        if refusal is not None:
            return refusal
        record = found.get(_target(write).id)
        if record is None:
            return Receipt(Outcome.GONE, _target(write))
        held = record.get("properties") or {}
        if all(same(text, held.get(name)) for name, text in self._properties(write).items()):
            return Receipt(Outcome.APPLIED, _target(write))
        if write.action is Action.PROPERTY and "before" in write.values:
            return self._judged(write, held)
        # these properties are slasync's own: whatever they hold, nobody else's word is overwritten
        return Receipt(Outcome.TRY_LATER, _target(write), message="the values are not there")

    def _judged(self, write: Write, held: Mapping[str, str | None]) -> Receipt:
        """This property is others' as well: sent again while it is as the decision saw it."""
        before = as_text(write.values["before"])
        if all(same(before, held.get(name)) for name in self._properties(write)):
            return Receipt(Outcome.TRY_LATER, _target(write), message="the value is not there")
        words = f"somebody gave {write.values['field']} another value"
        return Receipt(Outcome.OVERTAKEN, _target(write), message=words)

    def _refusal(self, write: Write) -> Receipt | None:
        """Return the receipt of a write that needs no call: wrong kind, no contact, no values."""
        if write.action not in WRITTEN:
            return Receipt(Outcome.REFUSED, message=f"HubSpot is not sent {write.action} writes")
        if write.target is None or (write.target.system, write.target.kind) != (SYSTEM, "contact"):
            return Receipt(Outcome.REFUSED, message="the write names no HubSpot contact")
        if write.action is Action.LIST:
            told = self._lists.refusal(write)
            return Receipt(Outcome.REFUSED, write.target, message=told) if told else None
        if self._properties(write):
            return None
        return NOTHING_TO_WRITE if write.action is Action.PROPERTIES else _unmapped(write)

    def _properties(self, write: Write) -> Mapping[str, str]:
        if write.action is Action.PROPERTY:
            name = self._fields.get(str(write.values.get("field")))
            return {name: as_text(write.values.get("value"))} if name else {}
        return {
            self._written[name]: as_text(value)
            for name, value in write.values.items()
            if name in self._written
        }

    def _rows(self, writes: Sequence[Write]) -> list[Row]:
        by_contact: dict[str, Row] = {}
        for write in writes:
            number = _target(write).id
            before = by_contact.pop(number, None)
            merged = {**(before.properties if before else {}), **self._properties(write)}
            by_contact[number] = Row(number, write.key, merged)
        return list(by_contact.values())

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
            answer = self._transport.update([row.input() for row in batch])
            return _settled(batch, answer)
        except TryLater as error:
            if not error.unknown:
                raise
            return {row.id: receipt_of(error, _ref(row)) for row in batch}
        except Refused as error:
            guilty, rest = _parted(batch, error)
            refused = {row.id: receipt_of(error, _ref(row)) for row in guilty}
        middle = (len(rest) + 1) // 2
        return refused | self._send_half(rest[:middle]) | self._send_half(rest[middle:])

    def _send_half(self, batch: Sequence[Row]) -> dict[str, Receipt]:
        """As `_send`, but the other half may have been written: every row is told for itself."""
        try:
            return self._send(batch) if batch else {}
        except TryLater as error:
            return {row.id: receipt_of(error, _ref(row)) for row in batch}

    def _read(self, ids: Iterable[str], properties: Sequence[str]) -> dict[str, Record]:
        """Read contacts by id; those merged into another are found under their old ids too."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Record] = {}
        with on_lane(Lane.REREAD):
            for start in range(0, len(wanted), self._batch_size):
                batch = wanted[start : start + self._batch_size]
                answer = self._transport.read(batch, (*properties, MODIFIED, MERGED))
                for record in rows(answer):
                    found |= dict.fromkeys(known_ids(record), record)
        return found


def _unmapped(write: Write) -> Receipt:
    words = f"connector.yaml gives contacts no field {write.values.get('field')!r} to write"
    return Receipt(Outcome.REFUSED, write.target, message=words)


def _parted(batch: Sequence[Row], error: Refused) -> tuple[Sequence[Row], Sequence[Row]]:
    """Part the rows known to be at fault from those that may be sent without them."""
    if len(batch) == 1:
        return batch, ()
    if not isinstance(error, Unwritable):
        return (), batch
    guilty = [row for row in batch if error.properties & row.properties.keys()]
    return guilty, [row for row in batch if not error.properties & row.properties.keys()]


def _settled(batch: Sequence[Row], answer: Json) -> dict[str, Receipt]:
    """Match results and errors to rows: they come in any order, and some may be missing."""
    outcomes: dict[str, Receipt] = {}
    by_trace = {row.trace: row for row in batch}
    by_id = {row.id: row for row in batch}
    for record in rows(answer):
        row = by_trace.get(str(record.get("objectWriteTraceId"))) or by_id.get(
            str(record.get("id"))
        )
        if row is not None:
            outcomes[row.id] = Receipt(Outcome.APPLIED, Ref(SYSTEM, "contact", str(record["id"])))
    for error in answer.get("errors") or ():
        context = error.get("context") or {}
        named = [by_trace.get(str(trace)) for trace in context.get("objectWriteTraceId") or ()]
        named += [by_id.get(str(number)) for number in context.get("ids") or ()]
        for row in named:
            if row is not None:
                outcomes[row.id] = receipt_of(row_error(error), _ref(row))
    return {row.id: outcomes.get(row.id) or _untold(row) for row in batch}


def _untold(row: Row) -> Receipt:
    return Receipt(Outcome.UNKNOWN, _ref(row), message="HubSpot's answer does not name this row")


def _snapshot(ref: Ref, record: Record | None) -> Snapshot | None:
    if record is None:
        return None
    held = record.get("properties") or {}
    number = held.get(OWNER)
    return Snapshot(
        ref=ref,
        owner=UserKey(number) if number else None,
        status=held.get(STATUS) or None,
        modified_at=_stamp(record),
    )


def _stamp(record: Record) -> datetime:
    try:
        return modified_at(record)
    except ValueError as error:
        raise TryLater(f"HubSpot shows no usable stamp of {record.get('id')}: {error}") from error


def _ref(row: Row) -> Ref:
    return Ref(SYSTEM, "contact", row.id)


def _target(write: Write) -> Ref:
    if write.target is None:
        raise Refused(f"write {write.key} has no target")
    return write.target
