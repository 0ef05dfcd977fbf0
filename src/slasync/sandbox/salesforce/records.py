"""The rows of one object, with the indexes that keep a query's cost to what it asks for.

A row is a plain dict of its non-null fields in wire form (stamps sort as text). It is never changed
in place: a write puts a new dict, so older versions stay whole for readers, locators and undo.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slasync.sandbox.salesforce.schema import ObjectType, Row
from slasync.sandbox.salesforce.times import stamp

BIN = timedelta(days=15)  # how long a deleted row can be queried, undeleted and listed as deleted
SLACK = 1000


class Timeline:
    """(stamp, id) pairs in order. Pairs of older versions linger until there are many of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._pairs: list[tuple[str, str]] = []
        self._stale = 0

    def add(self, at: str, record_id: str) -> None:
        pair = (at, record_id)
        if not self._pairs or pair >= self._pairs[-1]:
            self._pairs.append(pair)
        else:
            insort(self._pairs, pair)

    def outdate(self, rows: dict[str, Row]) -> None:
        """Note that one pair is no longer true; clear up when half of them are not."""
        self._stale += 1
        if self._stale > SLACK + len(self._pairs) // 2:
            self._pairs = sorted((r[self.name], i) for i, r in rows.items() if self.name in r)
            self._stale = 0

    def count(self, low: str, high: str) -> int:
        """Return about how many rows lie in [low, high]."""
        return bisect_left(self._pairs, (high + "~",)) - bisect_left(self._pairs, (low,))

    def between(self, low: str, high: str, rows: dict[str, Row]) -> Iterator[Row]:
        """Yield the rows whose stamp lies in [low, high], in order of (stamp, id)."""
        last = None
        start, end = bisect_left(self._pairs, (low,)), bisect_left(self._pairs, (high + "~",))
        for pair in self._pairs[start:end] if end - start < SLACK else self._lazily(start, end):
            row = rows.get(pair[1])
            if row is not None and pair != last and row.get(self.name) == pair[0]:
                yield row
            last = pair

    def _lazily(self, start: int, end: int) -> Iterator[tuple[str, str]]:
        pairs = self._pairs
        for place in range(start, end):
            yield pairs[place]


@dataclass(slots=True)
class Matching:
    """Ids by the value of one field."""

    key: Callable[[str], str]
    ids: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, value: str, record_id: str) -> None:
        self.ids.setdefault(self.key(value), {})[record_id] = None

    def remove(self, value: str, record_id: str) -> None:
        found = self.ids.get(self.key(value), {})
        found.pop(record_id, None)
        if not found:
            self.ids.pop(self.key(value), None)

    def find(self, value: str) -> Iterable[str]:
        return self.ids.get(self.key(value), ())


@dataclass(frozen=True, slots=True)
class Hidden:
    """Readers see `before` (None: nothing) until the write commits at `until`."""

    until: datetime
    before: Row | None


def _folded(text: str) -> str:
    return text.lower()


def _as_is(text: str) -> str:
    return text


class Store:
    """All rows of one object, deleted ones of the last 15 days included."""

    def __init__(self, type_: ObjectType) -> None:
        self.type = type_
        self.rows: dict[str, Row] = {}
        self.hidden: dict[str, Hidden] = {}
        self.deleted: deque[tuple[str, str]] = deque()  # (stamp, id), oldest first
        self.timelines = {
            n: Timeline(n) for n in ("SystemModstamp", "CreatedDate", "Id") if type_.has(n)
        }
        self.matching: dict[str, Matching] = {}
        for name in sorted(type_.indexed | {f.name for f in type_.unique}):
            self.index(name)

    def index(self, name: str) -> None:
        """Keep an index of a field from now on."""
        found = self.type.find(name)
        made = Matching(_folded if found is None or found.folds_case else _as_is)
        for row in self.rows.values():
            if row.get(name) is not None:
                made.add(row[name], row["Id"])
        self.matching[name] = made

    def put(self, row: Row) -> None:
        """Insert or replace a row."""
        record_id, before = row["Id"], self.rows.get(row["Id"])
        self.rows[record_id] = row
        self._reindex(record_id, before or {}, row)

    def drop(self, record_id: str) -> None:
        """Remove a row without a trace."""
        before = self.rows.pop(record_id)
        self._reindex(record_id, before, {})

    def _reindex(self, record_id: str, before: Row, after: Row) -> None:
        for name, timeline in self.timelines.items():
            old, new = before.get(name), after.get(name)
            if old != new:
                if old is not None:
                    timeline.outdate(self.rows)
                if new is not None:
                    timeline.add(new, record_id)
        for name, matching in self.matching.items():
            old, new = before.get(name), after.get(name)
            if old != new:
                if old is not None:
                    matching.remove(old, record_id)
                if new is not None:
                    matching.add(new, record_id)

    def find(self, name: str, value: str) -> list[Row]:
        """Return the current rows, deleted ones too, with this value in an indexed field."""
        return [self.rows[i] for i in self.matching[name].find(value)]

    def live(self, name: str, value: str) -> list[Row]:
        """Return the current rows that are not deleted with this value in an indexed field."""
        return [r for r in self.find(name, value) if not r.get("IsDeleted")]

    def hide(self, record_id: str, until: datetime, before: Row | None) -> None:
        """Have readers see `before` until then; what an earlier hidden write covers stays so."""
        earlier = self.hidden.get(record_id)
        if earlier is not None:
            until, before = max(until, earlier.until), earlier.before
        self.hidden[record_id] = Hidden(until, before)

    def uncover(self, now: datetime) -> None:
        """Let readers see what has committed by now, and forget rows long deleted."""
        if self.hidden:
            self.hidden = {i: h for i, h in self.hidden.items() if h.until > now}
        if self.deleted:
            self._purge(stamp(now - BIN))

    def _purge(self, limit: str) -> None:
        while self.deleted and self.deleted[0][0] < limit:
            at, record_id = self.deleted.popleft()
            row = self.rows.get(record_id)
            if row is not None and row.get("IsDeleted") and row.get("SystemModstamp", at) == at:
                self.drop(record_id)

    def seen(self, record_id: str, now: datetime) -> Row | None:
        """Return the version that readers see, deleted or not."""
        self.uncover(now)
        hidden = self.hidden.get(record_id)
        return self.rows.get(record_id) if hidden is None else hidden.before

    def count(self) -> int:
        return len(self.rows)
