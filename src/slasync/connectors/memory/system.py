"""What a system in memory holds, what people do there, and the faults that it is to show."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from slasync.clock import Clock
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Write
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import (
    PersonReading,
    Reading,
    Receipt,
    Rejected,
)


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

    def lead_of(self, key: str) -> PersonReading | None:
        return next((p for p in self.people() if p.lead_key == key), None)

    def strike(self) -> Fault | None:
        return self.faults.popleft() if self.faults else None


def raise_if_out(fault: Fault | None) -> None:
    if fault is Fault.STOPPED:
        raise Stopped("the credentials are refused")
    if fault is not None:
        raise TryLater("out of reach", timedelta(seconds=5))
