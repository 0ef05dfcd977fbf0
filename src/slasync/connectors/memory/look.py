"""After an unknown outcome: what became of each write, told by comparing."""

from collections.abc import Mapping
from typing import Any

from slasync.connectors.memory.system import MemorySystem, MemoryTask
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.ports import (
    Outcome,
    Receipt,
)


class Looker:
    """Compares what is there with what was to be written."""

    def __init__(self, system: MemorySystem) -> None:
        self._memory = system

    def told(self, write: Write) -> Receipt:
        """Compare what is there with what was to be written."""
        match write.action:
            case Action.CREATE_LEAD:
                found = self._memory.lead_of(str(write.values.get("lead_key") or write.lead))
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
            gone = write.action is Action.CLOSE_TASK or is_move(write)
            return Receipt(Outcome.OVERTAKEN, message="no such task") if gone else _AGAIN
        ref = Ref(self._memory.name, "task", task.id)
        if task.deleted:
            return Receipt(Outcome.OVERTAKEN, ref, message="somebody deleted the task")
        if write.action is Action.CLOSE_TASK:
            return _applied(ref) if task.closed else _AGAIN
        said = write.values.get("words") or write.values
        subject = said.get("subject", task.subject)
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
        if write.action not in {Action.FLAG_STALE, Action.CLEAR_STALE}:
            there = self._memory.properties.get(ref, {})
            done = as_values(write).items() <= there.items()
            before, field = write.values.get("before"), str(write.values.get("field"))
            if not done and "before" in write.values and there.get(field, before) != before:
                return Receipt(Outcome.OVERTAKEN, ref, message="somebody chose another value")
        else:
            flagged = write.action is Action.FLAG_STALE
            done = self._memory.stale.get(ref) == (dict(write.values) if flagged else None)
        return _applied(ref) if done else _AGAIN


def is_move(write: Write) -> bool:
    """Tell whether a task only changes hands: it is changed where it stands, and never made."""
    return write.action is Action.TASK and "subject" not in write.values


def as_values(write: Write) -> Mapping[str, Any]:
    """Return what a record holds once a write to the marketing system took effect."""
    values = write.values
    match write.action:
        case Action.PROPERTY:
            return {values["field"]: values["value"]}
        case Action.LIST:
            return {f"list {values['list']}": values["change"] == "add"}
    return values


_AGAIN = Receipt(Outcome.TRY_LATER, message="it did not take effect")


def _applied(ref: Ref) -> Receipt:
    return Receipt(Outcome.APPLIED, ref)
