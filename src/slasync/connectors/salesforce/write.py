"""Writing to Salesforce: each lane's batch in as few calls as possible, settled row by row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce import records
from slasync.connectors.salesforce.bulk_ingest import BulkIngest
from slasync.connectors.salesforce.collections import Collections
from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.finding import Finder, snapshots
from slasync.connectors.salesforce.ledger import GRAPHS_A_CALL
from slasync.connectors.salesforce.ledger_tasks import LedgerTasks
from slasync.connectors.salesforce.look import Looker
from slasync.connectors.salesforce.people import SYSTEM
from slasync.connectors.salesforce.rep_fields import NOTHING_TO_WRITE, show_record
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.systems import SalesforceConfig

LANES = {
    Action.CREATE_LEAD: "leads",
    Action.OWNER: "owners",
    Action.STATUS: "owners",
    Action.TASK: "tasks",
    Action.CLOSE_TASK: "tasks",
    Action.FLAG_STALE: "flags",
    Action.CLEAR_STALE: "flags",
    Action.PROPERTY: "flags",
    Action.SHOW: "flags",
}
NO_CONTENT = 204

Send = Callable[[Sequence[Write]], list[Receipt]]


@dataclass(slots=True)
class Round:
    """One call to be made: its sender, the records it names, the numbers of its rows."""

    send: Send
    records: set[str] = field(default_factory=set)
    numbers: list[int] = field(default_factory=list)


class SalesforceSink:
    """Salesforce as a system that accepts writes."""

    system = SYSTEM

    def __init__(self, config: SalesforceConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._collections = Collections(transport, config.task_batch, config.collections_a_call)
        self._finder = Finder(config, transport)
        self._bulk = _bulk(config, transport)
        self._looker = Looker(config, self._finder, self._bulk)
        self._senders: Mapping[Action, Send] = {
            Action.CREATE_LEAD: self._create_leads,
            Action.OWNER: self._change_if_as_judged,
            Action.STATUS: self._change_if_as_judged,
            Action.TASK: self._write_tasks,
            Action.CLOSE_TASK: self._change_tasks,
            Action.FLAG_STALE: self._flag,
            Action.CLEAR_STALE: self._flag,
            Action.PROPERTY: self._set_fields,
            Action.SHOW: self._show,
        }
        if config.ledger:
            tasks = LedgerTasks(config, config.ledger, transport, self._finder, self._update)
            self._senders = {**self._senders, Action.TASK: tasks.write}

    @property
    def lanes(self) -> Mapping[str, int]:
        config, most = self._config, self._collections.most
        return {
            "leads": max(most, config.bulk_write_from or 0),
            "owners": config.owner_batch,
            "tasks": GRAPHS_A_CALL if config.ledger else most,
            "flags": most,
        }

    def lane(self, write: Write) -> str:
        """Tell the lane of `write`. Raises Refused for what Salesforce is never asked."""
        lane = LANES.get(write.action)
        if lane is None:
            raise Refused(f"{write.action} is not written to Salesforce")
        return lane

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send writes of one lane; see `ports.Sink`."""
        bulk = self._by_file(writes)
        if bulk is not None:
            return bulk.send([records.lead_record(write, self._config) for write in writes])
        receipts: dict[int, Receipt] = {}
        for each in self._rounds(writes):
            group = [writes[n] for n in each.numbers]
            settled = _settled(each.send, group) if receipts else _first(each.send, group)
            receipts |= zip(each.numbers, settled, strict=True)
        return [receipts.get(n) or _unfit(write) for n, write in enumerate(writes)]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        """Read owner, status and stamp now, 200 to a call. Raises TryLater or Stopped."""
        return snapshots(self._transport, refs)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Tell by reading what became of writes whose outcome is unknown; see `ports.Sink`."""
        return self._looker.look(writes)

    def _rounds(self, writes: Sequence[Write]) -> list[Round]:
        """Divide a batch into calls: one sender each, within the limit, no record twice."""
        rounds: list[Round] = []
        for n, write in enumerate(writes):
            if records.unfit(write):
                continue
            send, limit, record = self._sender(write), self._limit(write), _record(write)
            before = [i for i, each in enumerate(rounds) if record in each.records]
            later = rounds[before[-1] + 1 :] if before else rounds
            fitting = (r for r in later if r.send == send and len(r.numbers) < limit)
            chosen = next(fitting, None)
            if chosen is None:
                chosen = Round(send)
                rounds.append(chosen)
            chosen.records.add(record)
            chosen.numbers.append(n)
        return rounds

    def _by_file(self, writes: Sequence[Write]) -> BulkIngest | None:
        """Return what takes a batch as one file, where it is of very many new leads."""
        bulk, least = self._bulk, self._config.bulk_write_from
        if bulk is None or bulk.refused or least is None or len(writes) < least:
            return None
        fit = all(w.action is Action.CREATE_LEAD and not records.unfit(w) for w in writes)
        return bulk if fit and len(set(map(_record, writes))) == len(writes) else None

    def _sender(self, write: Write) -> Send:
        return self._change_tasks if records.is_move(write) else self._senders[write.action]

    def _limit(self, write: Write) -> int:
        most = self.lanes[self.lane(write)]
        if write.action in CONDITIONAL:  # they go in parts of their own
            return most
        return min(most, self._collections.rows_now)

    def _upsert(self, object_name: str, key: str, rows: Sequence[records.Record]) -> list[Any]:
        """Make tasks or change them. Each locks whom it is about: his stand in one collection."""
        send = partial(self._collections.send, f"composite/sobjects/{object_name}/{key}")
        return _sorted(send, rows, lambda row: str(row.get("WhoId") or ""))

    def _update(self, rows: Sequence[records.Record]) -> list[Any]:
        """Patch records by id. They are sent type by type: more than ten changes are refused."""
        send = partial(self._collections.send, "composite/sobjects")
        return _sorted(send, rows, lambda row: str(row["attributes"]["type"]))

    def _create_leads(self, writes: Sequence[Write]) -> list[Receipt]:
        """Make leads that are not there. An upsert that is carried out late would undo what people
        did with the lead meanwhile; of an insert the key makes nothing, and it is looked up.
        """
        config = self._config
        rows = [records.lead_record(write, config) for write in writes]
        told = self._collections.send("composite/sobjects", rows, "POST")
        receipts = [records.settle_row(item, "lead", None, config) for item in told]
        return [replace(r, created=r.outcome is Outcome.APPLIED) for r in receipts]

    def _write_tasks(self, writes: Sequence[Write]) -> list[Receipt]:
        config = self._config
        rows = [records.task_record(write, config) for write in writes]
        told = self._upsert("Task", config.task_key_field, rows)
        return [records.settle_row(item, "task", None, config) for item in told]

    def _change_tasks(self, writes: Sequence[Write]) -> list[Receipt]:
        """Close or move those that are open: an upsert would make one that is gone anew."""
        found = self._finder.tasks([str(write.task_key) for write in writes])
        pairs = [(write, found.get(str(write.task_key))) for write in writes]
        changes = {w.key: records.change_record(w, row) for w, row in pairs if row and _open(row)}
        items = self._update([*changes.values()]) if changes else []
        told = dict(zip(changes, items, strict=True))
        return [self._changed(write, row, told.get(write.key)) for write, row in pairs]

    def _changed(self, write: Write, row: Mapping[str, Any] | None, item: Any) -> Receipt:
        if row is None or row["IsDeleted"]:
            return Receipt(Outcome.GONE, message=f"task {write.task_key} does not exist any more")
        ref = Ref(SYSTEM, "task", row["Id"])
        if _open(row):
            return records.settle_row(item, "task", ref, self._config)
        if records.is_move(write):
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
        return Receipt(Outcome.ALREADY, ref)

    def _flag(self, writes: Sequence[Write]) -> list[Receipt]:
        config = self._config
        targets = [write.target for write in writes if write.target]
        pairs = list(zip(writes, targets, strict=True))
        told = self._update([records.flag_record(write, ref, config) for write, ref in pairs])
        return [
            records.settle_row(item, ref.kind, ref, config)
            for item, ref in zip(told, targets, strict=True)
        ]

    def _set_fields(self, writes: Sequence[Write]) -> list[Receipt]:
        """Give fields that are kept alike a value; what no mapping leads to is refused."""
        config = self._config
        made = [records.property_record(write, config) for write in writes]
        rows = [row for row in made if row is not None]
        told = iter(self._update(rows) if rows else [])
        return [
            records.settle_row(next(told), write.target.kind, write.target, config)
            if write.target and row is not None
            else Receipt(Outcome.REFUSED, write.target, message=records.unmapped(write))
            for write, row in zip(writes, made, strict=True)
        ]

    def _show(self, writes: Sequence[Write]) -> list[Receipt]:
        """Bring what reps are shown up to date; the last to write wins."""
        config = self._config
        made = [show_record(w, w.target, config) if w.target else None for w in writes]
        rows = [row for row in made if row is not None]
        told = iter(self._update(rows) if rows else [])
        return [
            records.settle_row(next(told), write.target.kind, write.target, config)
            if write.target and row is not None
            else NOTHING_TO_WRITE
            for write, row in zip(writes, made, strict=True)
        ]

    def _change_if_as_judged(self, writes: Sequence[Write]) -> list[Receipt]:
        targets = [write.target for write in writes if write.target]
        pairs = zip(writes, targets, strict=True)
        parts = [records.conditional_part(write, ref, self._config) for write, ref in pairs]
        told = self._transport.composite(Lane.WRITE, parts)
        return [_part_receipt(part, ref) for part, ref in zip(told, targets, strict=True)]


def _bulk(config: SalesforceConfig, transport: Transport) -> BulkIngest | None:
    if config.bulk_write_from is None:
        return None
    own = (config.lead_key_field, config.task_key_field)
    return BulkIngest(transport, "Lead", config.lead_key_field, "lead", own)


def _sorted(
    send: Callable[[Sequence[records.Record]], list[Any]],
    rows: Sequence[records.Record],
    key: Callable[[records.Record], str],
) -> list[Any]:
    """Send rows in the order of `key`; return what is said of each in their own order."""
    order = sorted(range(len(rows)), key=lambda n: key(rows[n]))
    items = dict(zip(order, send([rows[n] for n in order]), strict=True))
    return [items[n] for n in range(len(rows))]


def _record(write: Write) -> str:
    """Name the record that a write is about: none may stand twice in one call."""
    if write.action is Action.CREATE_LEAD:
        return records.lead_key(write)
    return write.task_key or str(write.target)


def _open(row: Mapping[str, Any]) -> bool:
    return not row["IsClosed"] and not row["IsDeleted"]


def _unfit(write: Write) -> Receipt:
    return Receipt(Outcome.REFUSED, message=records.unfit(write) or "")


def _first(send: Send, group: Sequence[Write]) -> list[Receipt]:
    """Send the first call of a batch: what concerns slasync as such is raised."""
    try:
        return send(group)
    except TryLater as error:
        if not error.unknown:
            raise
        return [_unanswered(error)] * len(group)
    except Refused as error:
        return [Receipt(Outcome.REFUSED, message=str(error))] * len(group)


def _settled(send: Send, group: Sequence[Write]) -> list[Receipt]:
    """Send a later call: the receipts of earlier ones must not be lost by raising."""
    try:
        return _first(send, group)
    except TryLater as error:
        return [Receipt(Outcome.TRY_LATER, message=str(error), after=error.after)] * len(group)
    except Stopped as error:
        return [Receipt(Outcome.TRY_LATER, message=str(error))] * len(group)


def _unanswered(error: TryLater) -> Receipt:
    return Receipt(Outcome.UNKNOWN, message=str(error), after=error.after)


def _part_receipt(part: Mapping[str, Any], target: Ref) -> Receipt:
    status = int(part.get("httpStatusCode") or 0)
    if status == NO_CONTENT:
        return Receipt(Outcome.APPLIED, target)
    if not status:
        return Receipt(Outcome.UNKNOWN, target, message="the answer has no status for this row")
    return translate(complaint_of(part.get("body"), status), by_id=True).receipt()
