"""Every write that a simulated system applied, in order: the truth that tests and figures read."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One applied write. `before` and `after` hold the changed fields only."""

    number: int
    at: datetime
    system: str  # "salesforce" | "hubspot" | "marketo"
    operation: str  # "create" | "update" | "delete" | "undelete" | "merge" | "convert"
    object: str  # the vendor's object name: "Lead", "Task", "contacts"
    id: str
    by: str  # user id of the person or of the integration that wrote
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Journal:
    """Append-only."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()  # several systems, each with a lock of its own, write here

    def add(  # noqa: PLR0913 - an entry has that many parts
        self,
        *,
        at: datetime,
        system: str,
        operation: str,
        object_name: str,
        record_id: str,
        by: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        with self._lock:
            self._entries.append(
                Entry(
                    number=len(self._entries) + 1,
                    at=at,
                    system=system,
                    operation=operation,
                    object=object_name,
                    id=record_id,
                    by=by,
                    before=before,
                    after=after,
                )
            )

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self, since: int = 0) -> Iterator[Entry]:
        """Yield the entries whose number is above `since`, oldest first."""
        yield from self._entries[since:]

    def writes(self, system: str, object_name: str, operation: str | None = None) -> list[Entry]:
        """Return the entries of one object, of one operation when given."""
        return [
            e
            for e in self._entries
            if e.system == system
            and e.object == object_name
            and (operation is None or e.operation == operation)
        ]
