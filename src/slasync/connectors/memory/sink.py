"""A memory system as one that accepts writes, each by itself."""

from collections.abc import Callable, Mapping, Sequence

from slasync.connectors.memory.look import Looker, as_values, is_move
from slasync.connectors.memory.system import Fault, MemorySystem, MemoryTask, raise_if_out
from slasync.domain.lead import Ref, UserKey
from slasync.domain.nurture import OWN_FIELDS
from slasync.domain.writes import Action, Write
from slasync.ports import (
    Outcome,
    PersonReading,
    Receipt,
    Snapshot,
)

LANES = {
    Action.CREATE_LEAD: "leads",
    Action.OWNER: "owners",
    Action.STATUS: "owners",
    Action.TASK: "tasks",
    Action.CLOSE_TASK: "tasks",
    Action.FLAG_STALE: "flags",
    Action.CLEAR_STALE: "flags",
    Action.PROPERTIES: "properties",
    Action.PROPERTY: "properties",
    Action.SHOW: "flags",
    Action.LIST: "lists",
    Action.NOTIFY: "messages",
}
SIZES = {"leads": 200, "owners": 25, "tasks": 200, "flags": 200, "properties": 100, "lists": 50}

Apply = Callable[[Write], Receipt]


class MemorySink:
    """A memory system as one that accepts writes."""

    def __init__(self, system: MemorySystem) -> None:
        self._memory = system
        self.system = system.name
        self._looker = Looker(system)
        self._appliers: Mapping[Action, Apply] = {
            Action.CREATE_LEAD: self._create_lead,
            Action.TASK: self._task,
            Action.CLOSE_TASK: self._close,
            Action.OWNER: self._owner_or_status,
            Action.STATUS: self._owner_or_status,
            Action.FLAG_STALE: self._flag,
            Action.CLEAR_STALE: self._flag,
            Action.PROPERTIES: self._properties,
            Action.PROPERTY: self._properties,
            Action.SHOW: self._properties,
            Action.LIST: self._properties,
        }

    @property
    def lanes(self) -> Mapping[str, int]:
        return SIZES

    def lane(self, write: Write) -> str:
        return LANES[write.action]

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Apply each write by itself; the next fault, if any, befalls the whole call."""
        self._memory.calls["apply"] += 1
        fault = self._memory.strike()
        unknown = [Receipt(Outcome.UNKNOWN, message="the answer was lost")] * len(writes)
        if fault is Fault.REQUEST_LOST:
            return unknown
        if fault is not Fault.ANSWER_LOST:
            raise_if_out(fault)
        receipts = [self._one(write) for write in writes]
        return receipts if fault is None else unknown

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        self._memory.calls["reread"] += 1
        raise_if_out(self._memory.strike())
        return {ref: self._snapshot(ref) for ref in refs}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self._memory.calls["look"] += 1
        raise_if_out(self._memory.strike())
        return [self._looker.told(write) for write in writes]

    def _one(self, write: Write) -> Receipt:
        refusal = self._memory.refusals.pop(write.key, None)
        if refusal is not None:
            return refusal
        receipt = self._appliers[write.action](write)
        if receipt.outcome is Outcome.APPLIED:
            self._memory.journal.append(write)
        return receipt

    def _snapshot(self, ref: Ref) -> Snapshot | None:
        if ref.kind == "task":
            found = (t for t in self._memory.tasks.values() if t.id == ref.id and not t.deleted)
            now = self._memory.now()
            return next((Snapshot(ref, t.owner, None, now, closed=t.closed) for t in found), None)
        person = self._memory.person(ref)
        if person is None:
            return None
        gone = person.converted is not None
        return Snapshot(ref, person.owner, person.status, person.modified_at, gone)

    def _create_lead(self, write: Write) -> Receipt:
        key = str(write.values.get("lead_key") or write.lead)
        found = self._memory.lead_of(key)
        if found is not None:
            return Receipt(Outcome.APPLIED, found.ref)
        ref, now = self._memory.ref("lead"), self._memory.now()
        fields = {k: v for k, v in write.values.items() if k not in {"owner", "lead_key"}}
        lead = PersonReading(
            ref=ref, modified_at=now, created_at=now, fields=fields, lead_key=key,
            email=fields.get("email"), owner=write.values.get("owner"), status="New",
        )  # fmt: skip
        self._memory.put("leads", lead)
        return Receipt(Outcome.APPLIED, ref, created=True)

    def _task(self, write: Write) -> Receipt:
        if is_move(write):
            return self._move(write, self._memory.tasks.get(str(write.task_key)))
        person = self._memory.person(write.target) if write.target else None
        if write.target and (person is None or person.converted):
            return Receipt(Outcome.GONE, message="the lead is gone")
        key, values = str(write.task_key), write.values
        old = self._memory.tasks.get(key)
        known = old if old and not old.deleted else None
        task = known or MemoryTask(self._memory.ref("task").id, write.target, "", "", None, None)
        task.subject, task.text = values["subject"], values.get("text", "")
        task.owner, task.due = values.get("owner"), values.get("due_date")
        self._memory.tasks[key] = task
        return Receipt(Outcome.APPLIED, Ref(self.system, "task", task.id), created=known is None)

    def _move(self, write: Write, task: MemoryTask | None) -> Receipt:
        if task is None or task.deleted:
            return Receipt(Outcome.GONE, message="the task is gone")
        ref = Ref(self.system, "task", task.id)
        if task.closed:
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody closed the task")
        task.owner = write.values["owner"]
        if words := write.values.get("words"):
            task.subject, task.text, task.due = words["subject"], words["text"], words["due_date"]
        return Receipt(Outcome.APPLIED, ref)

    def _close(self, write: Write) -> Receipt:
        task = self._memory.tasks.get(str(write.task_key))
        if task is None or task.deleted:
            return Receipt(Outcome.GONE, message="the task is gone")
        ref = Ref(self.system, "task", task.id)
        if task.closed:
            return Receipt(Outcome.ALREADY, ref)
        task.closed = True
        task.text = f"{task.text}\n\n{write.values.get('text', '')}".strip()
        return Receipt(Outcome.APPLIED, ref)

    def _owner_or_status(self, write: Write) -> Receipt:
        person = self._memory.person(write.target) if write.target else None
        if person is None or person.converted:
            return Receipt(Outcome.GONE, message="the lead is gone")
        judged = write.judged.modified_at if write.judged else None
        if judged is not None and person.modified_at > judged:
            return Receipt(Outcome.OVERTAKEN, person.ref, message="the lead was changed")
        if write.action is Action.OWNER:
            self._memory.change(person.ref, owner=UserKey(write.values["owner"]))
        else:
            told = {n: v for n, v in write.values.items() if n in OWN_FIELDS}
            fields = {**person.fields, **told}
            self._memory.change(person.ref, status=str(write.values["status"]), fields=fields)
        return Receipt(Outcome.APPLIED, person.ref)

    def _flag(self, write: Write) -> Receipt:
        person = self._memory.person(write.target) if write.target else None
        if person is None or person.converted:
            return Receipt(Outcome.GONE, message="the lead is gone")
        self._memory.stale.pop(person.ref, None)
        if write.action is Action.FLAG_STALE:
            self._memory.stale[person.ref] = dict(write.values)
        self._memory.change(person.ref)
        return Receipt(Outcome.APPLIED, person.ref)

    def _properties(self, write: Write) -> Receipt:
        person = self._memory.person(write.target) if write.target else None
        if person is None:
            return Receipt(Outcome.GONE, message="the record is gone")
        self._memory.properties.setdefault(person.ref, {}).update(as_values(write))
        self._memory.change(person.ref)
        return Receipt(Outcome.APPLIED, person.ref)
