"""What one request or one action of a person does: all its writes, undone or kept together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from slasync.sandbox.salesforce.records import Store
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.world import World

SYSTEM = "salesforce"


@dataclass(frozen=True, slots=True)
class Options:
    """How a write wishes to be treated: request headers, or a person's way of working."""

    auto_assign: bool = False  # whether the active lead assignment rule runs
    allow_duplicates: bool = False  # saved although an alert rule finds a duplicate
    through_api: bool = False  # rows of the API can be struck by faults


@dataclass(slots=True)
class Unit:
    """The writes of one user at one instant. `rollback(mark())` takes back what came after."""

    world: World
    by: str
    at: datetime
    options: Options = field(default_factory=Options)
    _steps: list[tuple[Callable[[], None] | None, dict[str, Any] | None]] = field(
        default_factory=list
    )

    def mark(self) -> int:
        return len(self._steps)

    def rollback(self, mark: int = 0) -> None:
        while len(self._steps) > mark:
            undo, _ = self._steps.pop()
            if undo is not None:
                undo()

    def put(
        self, store: Store, row: Row, *, visible_after: timedelta | None = timedelta(0)
    ) -> None:
        """Write a row; readers see it once `visible_after` has passed (None: as they do now)."""
        record_id = row["Id"]
        before, hidden = store.rows.get(record_id), store.hidden.get(record_id)
        store.put(row)
        if visible_after:
            store.hide(record_id, self.at + visible_after, before)
        elif visible_after is not None:
            store.hidden.pop(record_id, None)

        def undo() -> None:
            if before is None:
                store.drop(record_id)
            else:
                store.put(before)
            if hidden is None:
                store.hidden.pop(record_id, None)
            else:
                store.hidden[record_id] = hidden

        self._steps.append((undo, None))

    def drop(self, store: Store, record_id: str) -> None:
        before = store.rows[record_id]
        store.drop(record_id)
        self._steps.append((lambda: store.put(before), None))

    def undo_by(self, undo: Callable[[], None]) -> None:
        """Name what takes back a step that was done elsewhere."""
        self._steps.append((undo, None))

    def note(
        self, operation: str, object_name: str, record_id: str, before: Row, after: Row
    ) -> None:
        """Have a write entered in the journal when the unit is kept."""
        entry = {
            "at": self.at, "system": SYSTEM, "operation": operation, "object_name": object_name,
            "record_id": record_id, "by": self.by, "before": before, "after": after,
        }  # fmt: skip
        self._steps.append((None, entry))

    def keep(self) -> None:
        """Make it final: enter its writes in the journal."""
        for _, entry in self._steps:
            if entry is not None:
                self.world.journal.add(**entry)
        self._steps.clear()
