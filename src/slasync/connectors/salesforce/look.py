"""After an unknown outcome: what became of each write, told by reading.

The intended value stands: done. The judged value stands: send again. Anything else: overtaken.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.salesforce.bulk_ingest import BulkIngest
from slasync.connectors.salesforce.finding import Finder
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.records import (
    LONG_TEXT,
    TEXT,
    cut,
    is_move,
    lead_key,
    property_field,
    same_instant,
    unmapped,
)
from slasync.connectors.salesforce.rep_fields import fields_of, is_shown
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome, Receipt
from slasync.systems import SalesforceConfig

TASKS = {Action.TASK, Action.CLOSE_TASK}
SEND_AGAIN = Receipt(Outcome.TRY_LATER, message="it did not take effect")


class Looker:
    """Compares what is there with what was to be written."""

    def __init__(
        self, config: SalesforceConfig, finder: Finder, bulk: BulkIngest | None = None
    ) -> None:
        self._config = config
        self._finder = finder
        self._bulk = bulk

    def look(self, writes: Sequence[Write]) -> list[Receipt]:
        """Return one receipt for each write, in order. Raises TryLater or Stopped."""
        if self._bulk is None:
            return self._looked(writes)
        making = {n: lead_key(w) for n, w in enumerate(writes) if w.action is Action.CREATE_LEAD}
        told = self._bulk.told([*making.values()])
        known = {n: told[key] for n, key in making.items() if key in told}
        rest = [n for n in range(len(writes)) if n not in known]
        found = self._looked([writes[n] for n in rest]) if rest else []
        known |= zip(rest, self._may_still_come(found, self._bulk), strict=True)
        return [known[n] for n in range(len(writes))]

    def _may_still_come(self, found: Sequence[Receipt], bulk: BulkIngest) -> Sequence[Receipt]:
        """Do not send again what a job of an earlier process may be about to make."""
        after = bulk.at_work() if SEND_AGAIN in found else None
        if after is None:
            return found
        waiting = Receipt(Outcome.UNKNOWN, message="a Bulk job is at work", after=after)
        return [waiting if told == SEND_AGAIN else told for told in found]

    def _looked(self, writes: Sequence[Write]) -> list[Receipt]:
        tasks = self._tasks([str(w.task_key) for w in writes if w.action in TASKS])
        leads = self._leads([lead_key(w) for w in writes if w.action is Action.CREATE_LEAD])
        records = self._records([w.target for w in writes if w.target and _on_record(w)])
        shown = self._shown([w for w in writes if w.action is Action.SHOW])
        records |= {ref: {**records.get(ref, {}), **row} for ref, row in shown.items()}
        return [self._told(write, tasks, leads, records) for write in writes]

    def _tasks(self, keys: Sequence[str]) -> Mapping[str, Row]:
        return self._finder.tasks(keys) if keys else {}

    def _leads(self, keys: Sequence[str]) -> Mapping[str, Row]:
        return self._finder.leads(keys) if keys else {}

    def _records(self, refs: Sequence[Ref]) -> dict[Ref, Row]:
        return self._finder.flags(refs) if refs else {}

    def _shown(self, writes: Sequence[Write]) -> dict[Ref, Row]:
        """Read what records show reps; of a record only these fields."""
        names = sorted({n for w in writes for n in fields_of(w, self._config).values()})
        return self._finder.fields([w.target for w in writes if w.target], names) if names else {}

    def _told(
        self,
        write: Write,
        tasks: Mapping[str, Row],
        leads: Mapping[str, Row],
        records: Mapping[Ref, Row],
    ) -> Receipt:
        match write.action:
            case Action.TASK:
                row = tasks.get(str(write.task_key))
                return _moved(write, row) if is_move(write) else _task(write, row)
            case Action.CLOSE_TASK:
                return _closed(tasks.get(str(write.task_key)))
            case Action.CREATE_LEAD:
                return _created(leads.get(lead_key(write)))
            case _:
                return self._record(write, write.target, records)

    def _record(self, write: Write, ref: Ref | None, records: Mapping[Ref, Row]) -> Receipt:
        row = records.get(ref) if ref else None
        if row is None:
            return Receipt(Outcome.OVERTAKEN, ref, message="the record is gone")
        if write.action is Action.OWNER:
            return _owner(write, ref, row)
        if write.action is Action.STATUS:
            return _status(write, ref, row)
        if write.action is Action.PROPERTY:
            return self._property(write, ref)
        if write.action is Action.SHOW:
            shown = is_shown(write, row, self._config)
            return Receipt(Outcome.APPLIED, ref) if shown else SEND_AGAIN
        return self._flag(write, ref, row)

    def _property(self, write: Write, ref: Ref | None) -> Receipt:
        """Compare a field that is kept alike: whoever gave it another value since is not undone."""
        name = property_field(write, self._config)
        if name is None or ref is None:
            return Receipt(Outcome.REFUSED, ref, message=unmapped(write))
        held = self._finder.values(ref, name)
        if held == write.values.get("value"):
            return Receipt(Outcome.APPLIED, ref)
        if held == write.values.get("before"):
            return SEND_AGAIN
        words = f"somebody gave {write.values['field']} another value"
        return Receipt(Outcome.OVERTAKEN, ref, message=words)

    def _flag(self, write: Write, ref: Ref | None, row: Row) -> Receipt:
        """Compare a flag; whoever set another value since, last write wins."""
        flagged = write.action is Action.FLAG_STALE
        since = write.values.get("since") if flagged else None
        same = same_instant(row[self._config.stale_since_field], since)
        intended = bool(row[self._config.stale_field]) == flagged and same
        return Receipt(Outcome.APPLIED, ref) if intended else SEND_AGAIN


def _on_record(write: Write) -> bool:
    return write.action not in {*TASKS, Action.CREATE_LEAD, Action.SHOW}


def _task(write: Write, row: Row | None) -> Receipt:
    if row is None:
        return SEND_AGAIN
    ref = Ref(SYSTEM, "task", row["Id"])
    if row["IsDeleted"]:
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody deleted the task")
    owner = write.values.get("owner")
    subject = cut(write.values.get("subject"), TEXT)
    if row["Subject"] == subject and owner in {None, row["OwnerId"]}:
        return Receipt(Outcome.APPLIED, ref)
    if row["IsClosed"]:
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
    return SEND_AGAIN


def _moved(write: Write, row: Row | None) -> Receipt:
    if row is None or row["IsDeleted"]:
        return Receipt(Outcome.OVERTAKEN, message="the task does not exist any more")
    ref = Ref(SYSTEM, "task", row["Id"])
    if row["OwnerId"] == write.values["owner"] and _says(row, write.values.get("words")):
        return Receipt(Outcome.APPLIED, ref)
    if row["IsClosed"]:
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
    return SEND_AGAIN


def _says(row: Row, words: Mapping[str, Any] | None) -> bool:
    """Tell whether a task has these words; where there are none it keeps its own."""
    if not words:
        return True
    wanted = cut(words["subject"], TEXT), cut(words["text"], LONG_TEXT)
    return (row["Subject"], row["Description"]) == wanted


def _closed(row: Row | None) -> Receipt:
    if row is None or row["IsDeleted"]:
        return Receipt(Outcome.OVERTAKEN, message="the task does not exist any more")
    ref = Ref(SYSTEM, "task", row["Id"])
    return Receipt(Outcome.APPLIED, ref) if row["IsClosed"] else SEND_AGAIN


def _created(row: Row | None) -> Receipt:
    if row is None:
        return SEND_AGAIN
    ref = Ref(SYSTEM, "lead", row["Id"])
    if row["IsDeleted"]:
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody deleted the lead")
    return Receipt(Outcome.APPLIED, ref)


def _status(write: Write, ref: Ref | None, row: Row) -> Receipt:
    status = row["Status"]
    if status == write.values["status"]:
        return Receipt(Outcome.APPLIED, ref)
    if write.judged and status == write.judged.status:
        return SEND_AGAIN
    return Receipt(Outcome.OVERTAKEN, ref, message=f"the status is {status!r} now")


def _owner(write: Write, ref: Ref | None, row: Row) -> Receipt:
    owner = row["OwnerId"]
    if owner == write.values["owner"]:
        return Receipt(Outcome.APPLIED, ref)
    if write.judged and owner == write.judged.owner:
        return SEND_AGAIN
    return Receipt(Outcome.OVERTAKEN, ref, message=f"the owner is {owner} now")
