"""The double: a system in memory behind the same ports, held to the same contract as the real.

`MemorySystem` is what is stored, and what people do there; `MemorySource` and `MemorySink` are
the ports onto it. Faults are switched on by tests, one call or one row at a time.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from slasync.clock import Clock
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import (
    Answer,
    Ask,
    Outcome,
    PersonReading,
    Reading,
    Receipt,
    Rejected,
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
}
SIZES = {"leads": 200, "owners": 25, "tasks": 200, "flags": 200, "properties": 100}


class Fault(StrEnum):
    """What can befall a whole call."""

    UNREACHABLE = "unreachable"  # TryLater, nothing happened
    STOPPED = "stopped"  # refused as such
    REQUEST_LOST = "request_lost"  # unknown, nothing happened
    ANSWER_LOST = "answer_lost"  # unknown, everything happened


@dataclass(slots=True)
class MemoryTask:
    """A task as a rep sees it."""

    id: str
    about: Ref | None
    subject: str
    text: str
    owner: UserKey | None
    due: str | None
    closed: bool = False
    deleted: bool = False


@dataclass(slots=True)
class MemorySystem:
    """One system's records, and the faults it is to show."""

    clock: Clock
    name: str = "salesforce"
    streams: tuple[str, ...] = ("users", "queues", "leads", "contacts", "tasks", "events")
    page_size: int = 100
    readings: dict[str, dict[tuple[Ref, str], Reading]] = field(default_factory=dict)
    broken: dict[str, list[tuple[datetime, Rejected]]] = field(default_factory=dict)
    tasks: dict[str, MemoryTask] = field(default_factory=dict)
    stale: dict[Ref, Mapping[str, Any]] = field(default_factory=dict)
    properties: dict[Ref, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[str, Receipt] = field(default_factory=dict)  # write key -> answer, once
    stream_errors: dict[str, SlasyncError] = field(default_factory=dict)  # once
    faults: deque[Fault] = field(default_factory=deque)  # of the next calls
    journal: list[Write] = field(default_factory=list)  # what took effect
    calls: Counter[str] = field(default_factory=Counter)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def now(self) -> datetime:
        """Return the time to the second, as vendors stamp records."""
        return self.clock.now().replace(microsecond=0)

    def ref(self, kind: str) -> Ref:
        return Ref(self.name, kind, f"{kind}-{next(self._numbers):06d}")

    def put(self, stream: str, reading: Reading) -> Ref:
        """Store what a stream is to tell, in the place of what it told of the same thing."""
        kind = str(getattr(reading, "kind", ""))
        self.readings.setdefault(stream, {})[reading.ref, kind] = reading
        return reading.ref

    def put_broken(self, stream: str, rejected: Rejected) -> None:
        """Store a record that cannot be understood."""
        self.broken.setdefault(stream, []).append((self.now(), rejected))

    def person(self, ref: Ref) -> PersonReading | None:
        """Return a lead or contact that is not deleted."""
        found = self.readings.get(f"{ref.kind}s", {}).get((ref, ""))
        alive = isinstance(found, PersonReading) and not found.deleted
        return found if alive and isinstance(found, PersonReading) else None

    def people(self) -> list[PersonReading]:
        found = [r for rows in self.readings.values() for r in rows.values()]
        return [r for r in found if isinstance(r, PersonReading) and not r.deleted]

    def change(self, ref: Ref, **changes: Any) -> None:
        """Have somebody change a lead or contact, now."""
        person = self.person(ref)
        if person is None:
            raise KeyError(ref)
        self.put(f"{ref.kind}s", replace(person, modified_at=self.now(), **changes))

    def strike(self) -> Fault | None:
        return self.faults.popleft() if self.faults else None


def _raise_if_out(fault: Fault | None) -> None:
    if fault is Fault.STOPPED:
        raise Stopped("the credentials are refused")
    if fault is not None:
        raise TryLater("out of reach", timedelta(seconds=5))


class MemorySource:
    """A memory system as one that is read."""

    def __init__(self, system: MemorySystem) -> None:
        self._memory = system
        self.system = system.name

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(f"{self.system}.{name}" for name in self._memory.streams)

    def vendor_now(self) -> datetime:
        return self._memory.now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask; all asks are one call."""
        self._memory.calls["read"] += 1
        _raise_if_out(self._memory.strike())
        return [self._page(ask) for ask in asks]

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        self._memory.calls["fetch"] += 1
        _raise_if_out(self._memory.strike())
        return [person for ref in refs if (person := self._memory.person(ref))]

    def _page(self, ask: Ask) -> Answer:
        name = ask.stream.removeprefix(f"{self.system}.")
        error = self._memory.stream_errors.pop(ask.stream, None)
        if error is not None:
            return Answer(ask.stream, error=error)
        rows = [(at, key, r) for at, key, r in self._rows(name) if _inside(ask, at)]
        rest = [row for row in rows if ask.position is None or _mark(row) > ask.position]
        page, size = rest[: self._memory.page_size], self._memory.page_size
        told = [row[2] for row in page]
        return Answer(
            stream=ask.stream,
            readings=tuple(r for r in told if not isinstance(r, Rejected)),
            rejected=tuple(r for r in told if isinstance(r, Rejected)),
            position=_mark(page[-1]) if len(rest) > size else None,
        )

    def _rows(self, name: str) -> list[tuple[datetime, str, Reading | Rejected]]:
        """Return a stream's rows in the order (stamp, id)."""
        good = self._memory.readings.get(name, {}).items()
        rows: list[tuple[datetime, str, Reading | Rejected]] = [
            (reading.modified_at, f"{ref.id}/{kind}", reading) for (ref, kind), reading in good
        ]
        rows += [(at, broken.id, broken) for at, broken in self._memory.broken.get(name, [])]
        return sorted(rows, key=_mark)


def _mark(row: tuple[datetime, str, Any]) -> str:
    return f"{row[0].isoformat()}|{row[1]}"


def _inside(ask: Ask, at: datetime) -> bool:
    return at <= ask.upto and (ask.since is None or at >= ask.since.replace(microsecond=0))


Apply = Callable[[Write], Receipt]


class MemorySink:
    """A memory system as one that accepts writes."""

    def __init__(self, system: MemorySystem) -> None:
        self._memory = system
        self.system = system.name
        self._appliers: Mapping[Action, Apply] = {
            Action.CREATE_LEAD: self._create_lead,
            Action.TASK: self._task,
            Action.CLOSE_TASK: self._close,
            Action.OWNER: self._owner_or_status,
            Action.STATUS: self._owner_or_status,
            Action.FLAG_STALE: self._flag,
            Action.CLEAR_STALE: self._flag,
            Action.PROPERTIES: self._properties,
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
            _raise_if_out(fault)
        receipts = [self._one(write) for write in writes]
        return receipts if fault is None else unknown

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        self._memory.calls["reread"] += 1
        _raise_if_out(self._memory.strike())
        return {ref: self._snapshot(ref) for ref in refs}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self._memory.calls["look"] += 1
        _raise_if_out(self._memory.strike())
        return [self._told(write) for write in writes]

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
        found = self._lead_of(key)
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

    def _lead_of(self, key: str) -> PersonReading | None:
        return next((p for p in self._memory.people() if p.lead_key == key), None)

    def _task(self, write: Write) -> Receipt:
        if _is_move(write):
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
            self._memory.change(person.ref, status=str(write.values["status"]))
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
        self._memory.properties.setdefault(person.ref, {}).update(write.values)
        self._memory.change(person.ref)
        return Receipt(Outcome.APPLIED, person.ref)

    def _told(self, write: Write) -> Receipt:
        """Compare what is there with what was to be written."""
        match write.action:
            case Action.CREATE_LEAD:
                found = self._lead_of(str(write.values.get("lead_key") or write.lead))
                return _applied(found.ref) if found else _AGAIN
            case Action.TASK | Action.CLOSE_TASK:
                return self._told_task(write, self._memory.tasks.get(str(write.task_key)))
            case Action.OWNER:
                return self._told_owner(write, write.target)
            case Action.STATUS:
                return self._told_status(write, write.target)
            case _:
                return self._told_values(write, write.target)

    def _told_task(self, write: Write, task: MemoryTask | None) -> Receipt:
        if task is None:
            gone = write.action is Action.CLOSE_TASK or _is_move(write)
            return Receipt(Outcome.OVERTAKEN, message="no such task") if gone else _AGAIN
        ref = Ref(self.system, "task", task.id)
        if task.deleted:
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody deleted the task")
        if write.action is Action.CLOSE_TASK:
            return _applied(ref) if task.closed else _AGAIN
        subject = write.values.get("subject", task.subject)
        if (task.subject, task.owner) == (subject, write.values.get("owner")):
            return _applied(ref)
        return Receipt(Outcome.OVERTAKEN, ref, message="closed") if task.closed else _AGAIN

    def _told_owner(self, write: Write, ref: Ref | None) -> Receipt:
        person = self._memory.person(ref) if ref else None
        if person is not None and person.owner == write.values["owner"]:
            return _applied(person.ref)
        if person is not None and write.judged and person.owner == write.judged.owner:
            return _AGAIN
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody chose another owner")

    def _told_status(self, write: Write, ref: Ref | None) -> Receipt:
        person = self._memory.person(ref) if ref else None
        if person is not None and person.status == write.values["status"]:
            return _applied(person.ref)
        if person is not None and write.judged and person.status == write.judged.status:
            return _AGAIN
        return Receipt(Outcome.OVERTAKEN, ref, message="somebody chose another status")

    def _told_values(self, write: Write, ref: Ref | None) -> Receipt:
        if ref is None or self._memory.person(ref) is None:
            return Receipt(Outcome.OVERTAKEN, ref, message="the record is gone")
        if write.action is Action.PROPERTIES:
            there = self._memory.properties.get(ref, {})
            done = write.values.items() <= there.items()
        else:
            flagged = write.action is Action.FLAG_STALE
            done = self._memory.stale.get(ref) == (dict(write.values) if flagged else None)
        return _applied(ref) if done else _AGAIN


def _is_move(write: Write) -> bool:
    """Tell whether a task only changes hands: it is changed where it stands, and never made."""
    return write.action is Action.TASK and "subject" not in write.values


_AGAIN = Receipt(Outcome.TRY_LATER, message="it did not take effect")


def _applied(ref: Ref) -> Receipt:
    return Receipt(Outcome.APPLIED, ref)
