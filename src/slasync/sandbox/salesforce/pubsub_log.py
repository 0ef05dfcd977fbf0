"""The channel of changes: what was saved in the org, in order, kept for three days."""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from slasync.sandbox.journal import Entry
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.pubsub_schema import Schemas

RETENTION = timedelta(hours=72)
SELECTED = ("Lead", "Contact", "Task", "Event")
STEP = 7  # replay ids rise, and are neither dense nor numbers to a client
CHANGE = {"create": "CREATE", "update": "UPDATE", "delete": "DELETE", "undelete": "UNDELETE",
          "convert": "UPDATE"}  # fmt: skip
OF_THE_API = "com/salesforce/api/rest/62.0;client=slasync/1.0"
OF_PEOPLE = "com/salesforce/api/soap/62.0;client=SfdcInternalAPI/"
NOBODY = "000000000000000AAA"  # whom an overflow names


@dataclass(frozen=True, slots=True)
class Logged:
    """One event on the channel."""

    number: int
    at: datetime
    entity: str
    id: str
    schema_id: str
    payload: bytes

    @property
    def replay_id(self) -> bytes:
        return replay_id(self.number)


def replay_id(number: int) -> bytes:
    return struct.pack(">QH", number, 0)


class ChangeLog:
    """Events made of the journal when somebody looks; faults are put among them by tests.

    Call it under the org's lock.
    """

    def __init__(self, org: Org, integration: str) -> None:
        self.schemas = Schemas(org.schema)
        self._org = org
        self._integration = integration
        self._seen = len(org.world.journal)
        self._events: list[Logged] = []
        self._number = 1_000
        self._transaction: tuple[Any, int] = (None, 0)

    @property
    def tip(self) -> int:
        self._look()
        return self._number

    def number_of(self, replay_id: bytes) -> int | None:
        """Return the place that a replay id names; None: there is none, or none any more."""
        self._look()
        try:
            number, rest = struct.unpack(">QH", replay_id)
        except struct.error:
            return None
        gone = number < self._number and not self._kept_from(number)
        return None if rest or number > self._number or gone else int(number)

    def after(self, number: int, most: int, entity: str | None) -> list[Logged]:
        """Return the next events behind a place, those of one object or all."""
        self._look()
        place = bisect_right(self._events, number, key=attrgetter("number"))
        found = (e for e in self._events[place:] if entity in {None, e.entity})
        return [event for event, _ in zip(found, range(most), strict=False)]

    # what tests put on the channel

    def gap(self, entity: str, change: str, ids: Sequence[str] = (NOBODY,)) -> None:
        """Tell that something changed, and nothing of what: GAP_UPDATE, ..., GAP_OVERFLOW."""
        self._look()
        self._add(entity, change, list(ids), {}, by="", at=self._org.world.now())

    def broken(self, entity: str, payload: bytes, schema_id: str | None = None) -> None:
        """Put bytes on the channel that are no event."""
        self._look()
        known = schema_id or self.schemas.current(entity)[0]
        self._put(entity, known, payload, self._org.world.now())

    # from the journal

    def _look(self) -> None:
        entries = [
            e for e in self._org.world.journal.entries(self._seen)
            if e.system == "salesforce" and e.object in SELECTED
        ]  # fmt: skip
        self._seen = len(self._org.world.journal)
        for alike in self._alike(entries):
            first = alike[0]
            self._add(first.object, self._change(first), [e.id for e in alike], first.after,
                      by=first.by, at=first.at)  # fmt: skip
        oldest = self._org.world.now() - RETENTION
        self._events = self._events[bisect_left(self._events, oldest, key=attrgetter("at")) :]

    def _alike(self, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Put together what changed alike in one transaction: it is told in one event."""

        def key(e: Entry) -> tuple[Any, ...]:
            own = e.id if e.operation == "create" else ""
            return (e.at, e.by, e.operation, e.object, sorted(e.after.items(), key=str), own)

        yield from (list(alike) for _, alike in groupby(entries, key=key))

    def _change(self, entry: Entry) -> str:
        row = self._org.row(entry.id) or {}
        merged = "DELETE" if row.get("IsDeleted") else "UPDATE"
        return CHANGE.get(entry.operation, merged)

    def _add(  # noqa: PLR0913 - a header has that many parts
        self, entity: str, change: str, ids: list[str], values: Any, *, by: str, at: datetime
    ) -> None:
        same, place = self._transaction
        self._transaction = ((at, by), place + 1 if same == (at, by) else 1)
        header = {
            "entityName": entity, "recordIds": ids, "changeType": change,
            "changeOrigin": OF_THE_API if by == self._integration else OF_PEOPLE,
            "transactionKey": f"{int(at.timestamp() * 1000):012x}-{by}",
            "sequenceNumber": self._transaction[1],
            "commitTimestamp": int(at.timestamp() * 1000), "commitNumber": self._number,
            "commitUser": by, "nulledFields": [], "diffFields": [], "changedFields": [],
        }  # fmt: skip
        self._put(entity, *self.schemas.written(header, values), at)

    def _put(self, entity: str, schema_id: str, payload: bytes, at: datetime) -> None:
        self._number += STEP
        event_id = f"{self._number:032x}"
        logged = Logged(self._number, at, entity, event_id, schema_id, payload)
        self._events.append(logged)

    def _kept_from(self, number: int) -> bool:
        """Tell whether everything behind a place is still there."""
        return bool(self._events) and self._events[0].number <= number + STEP
