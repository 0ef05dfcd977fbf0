"""A memory system as one that is read: pages in the order of stamp and id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slasync.connectors.memory.system import MemorySystem, raise_if_out
from slasync.domain.lead import Ref
from slasync.ports import (
    Answer,
    Ask,
    Reading,
    Rejected,
)


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
        raise_if_out(self._memory.strike())
        return [self._page(ask) for ask in asks]

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        self._memory.calls["fetch"] += 1
        raise_if_out(self._memory.strike())
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
