"""Tasks in HubSpot, each made once: its key stands in a property of tasks that is unique."""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime

from slasync.clock import Clock
from slasync.connectors.hubspot.contact import SYSTEM, Record
from slasync.connectors.hubspot.crm_batches import Batches, Row, fresh
from slasync.connectors.hubspot.crm_finding import Finder
from slasync.connectors.hubspot.crm_people import OWNER
from slasync.connectors.hubspot.crm_records import is_move, trace
from slasync.connectors.hubspot.engagements import COMPLETED, HAPPENED, STATUS
from slasync.connectors.hubspot.values import as_text, to_ms
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome, Receipt
from slasync.systems import HubSpotCrmConfig

SUBJECT, BODY, PRIORITY = "hs_task_subject", "hs_task_body", "hs_task_priority"
REMINDERS, TYPE = "hs_task_reminders", "hs_task_type"
TO_CONTACT = 204  # the type of association
SUBJECT_LENGTH, BODY_LENGTH = 255, 60_000
END_OF_DAY = "T16:00:00Z"  # of a due date without a time
PRIORITIES = {"high": "HIGH", "normal": "MEDIUM", "medium": "MEDIUM", "low": "LOW"}
SEND_AGAIN = Receipt(Outcome.TRY_LATER, message="it did not take effect")


class Tasks:
    """Writes tasks and tells what became of them."""

    def __init__(
        self, crm: HubSpotCrmConfig, finder: Finder, batches: Batches, clock: Clock
    ) -> None:
        self._crm, self._finder, self._batches, self._clock = crm, finder, batches, clock

    def write(self, writes: Sequence[Write], *, first: bool) -> list[Receipt]:
        """Make, change and close tasks, no key twice. Raises as `Batches.send` does."""
        found = self._finder.tasks([str(write.task_key) for write in writes])
        new = [w for w in writes if w.task_key not in found and _makes(w)]
        people = self._finder.people([w.target.id for w in new if w.target])
        receipts: dict[str, Receipt] = {}
        made, changed = list[Row](), list[Row]()
        for write in writes:
            record = found.get(str(write.task_key))
            told = self._unneeded(write, record, people)
            if told is not None:
                receipts[trace(write)] = told
            elif record is None:
                made.append(self._new(write))
            else:
                ref = Ref(SYSTEM, "task", str(record["id"]))
                body = {"id": ref.id, "properties": self._change(write, record)}
                changed.append(Row(trace(write), body, ref))
        sent = self._batches.send("tasks", "create", made, first=first)
        done = self._batches.send("tasks", "update", changed, first=first and not made)
        receipts |= {
            key: fresh(told.receipt, self._crm.task_key_property) for key, told in sent.items()
        }
        receipts |= {key: told.receipt for key, told in done.items()}
        receipts |= self._gone_since([w for w in new if _is_refused(receipts[trace(w)])])
        return [receipts[trace(write)] for write in writes]

    def _gone_since(self, refused: Sequence[Write]) -> dict[str, Receipt]:
        """Tell which of the tasks that HubSpot would not make are about contacts deleted since."""
        about = [write for write in refused if write.target]
        people = self._finder.people([w.target.id for w in about if w.target]) if about else {}
        told = {trace(write): self._finder.gone(write, people) for write in about}
        return {key: receipt for key, receipt in told.items() if receipt}

    def look(self, writes: Sequence[Write]) -> list[Receipt]:
        """Tell by reading; of keys that no task has, the bin is looked through as well."""
        keys = [str(write.task_key) for write in writes]
        found = self._finder.tasks(keys)
        missing = {key for key in keys if key not in found}
        binned = self._finder.binned(missing) if missing else frozenset()
        return [self._looked(w, found.get(str(w.task_key)), binned) for w in writes]

    def _unneeded(
        self, write: Write, record: Record | None, people: Mapping[str, Record]
    ) -> Receipt | None:
        """Return the receipt of a write that is not sent; None of one that is."""
        if record is None and _makes(write):
            return self._finder.gone(write, people)
        if record is None:
            return Receipt(Outcome.GONE, message=f"task {write.task_key} does not exist any more")
        ref = Ref(SYSTEM, "task", str(record["id"]))
        if is_closed(record) and is_move(write):
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
        if is_closed(record) and write.action is Action.CLOSE_TASK:
            return Receipt(Outcome.ALREADY, ref)
        return None

    def _new(self, write: Write) -> Row:
        contact = write.target.id if write.target else ""
        at_once = as_text(self._clock.now().isoformat())  # HubSpot wants each task to be due
        own = {
            self._crm.task_key_property: str(write.task_key),
            self._crm.task_contact_property: contact,
            STATUS: "NOT_STARTED",
            TYPE: "TODO",
        }
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TO_CONTACT}]
        body = {
            "properties": {HAPPENED: at_once} | self._texts(write.values) | own,
            "associations": [{"to": {"id": contact}, "types": types}],
        }
        return Row(trace(write), body)

    def _change(self, write: Write, record: Record) -> dict[str, str]:
        """Return what changes of a task that is there; its status is the rep's."""
        if write.action is Action.CLOSE_TASK:
            held = (record.get("properties") or {}).get(BODY) or ""
            told = "<br><br>".join(filter(None, (held, as_html(write.values.get("text")))))
            return {STATUS: COMPLETED, BODY: told[:BODY_LENGTH]}
        if is_move(write):
            words = write.values.get("words") or {}
            return {OWNER: str(write.values["owner"])} | (self._texts(words) if words else {})
        return self._texts(write.values)

    def _texts(self, values: Mapping[str, object]) -> dict[str, str]:
        """Return what a task says, as HubSpot's properties."""
        due, owner = values.get("due"), values.get("owner")
        due = due or (f"{values['due_date']}{END_OF_DAY}" if values.get("due_date") else None)
        told = {
            SUBJECT: str(values.get("subject") or "")[:SUBJECT_LENGTH],
            BODY: as_html(values.get("text"))[:BODY_LENGTH],
            HAPPENED: as_text(str(due)) if due else "",
            PRIORITY: PRIORITIES.get(str(values.get("priority") or "").lower(), ""),
            OWNER: str(owner) if owner else "",
            REMINDERS: _milliseconds(values.get("remind_at")),
        }
        return {name: value for name, value in told.items() if value}

    def _looked(self, write: Write, record: Record | None, binned: frozenset[str]) -> Receipt:
        if record is None:
            makes = _makes(write) and write.task_key not in binned
            words = "the task does not exist any more"
            return SEND_AGAIN if makes else Receipt(Outcome.OVERTAKEN, message=words)
        ref = Ref(SYSTEM, "task", str(record["id"]))
        held = record.get("properties") or {}
        if write.action is Action.CLOSE_TASK:
            return Receipt(Outcome.APPLIED, ref) if is_closed(record) else SEND_AGAIN
        said = write.values.get("words") or write.values
        owner, subject = write.values.get("owner"), said.get("subject")
        same = owner in {None, held.get(OWNER)}
        if same and (subject is None or held.get(SUBJECT) == str(subject)[:SUBJECT_LENGTH]):
            return Receipt(Outcome.APPLIED, ref)
        if is_closed(record):
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
        return SEND_AGAIN


def is_closed(record: Record) -> bool:
    return (record.get("properties") or {}).get(STATUS) == COMPLETED


def as_html(text: object) -> str:
    """Return plain text as the HTML that a task's body is."""
    return html.escape(str(text), quote=False).replace("\n", "<br>") if text else ""


def _is_refused(receipt: Receipt) -> bool:
    return receipt.outcome is Outcome.REFUSED


def _makes(write: Write) -> bool:
    return write.action is Action.TASK and not is_move(write)


def _milliseconds(at: object) -> str:
    return str(to_ms(datetime.fromisoformat(str(at)))) if at else ""
