"""The search index of one object type: it lags behind, and finds by stamp, id and unique value."""

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from slasync.sandbox.hubspot.record import Record

SHIFT = 40  # a packed key is modified << 40 | id: one small int instead of a tuple
TOP = (1 << SHIFT) - 1

Keys = Callable[[Record], Iterable[tuple[str, str]]]


class Index:
    """Which version of each record the search knows."""

    def __init__(self, keys: Keys) -> None:
        self.rows: dict[int, Record] = {}
        self.by_modified: list[int] = []  # packed keys
        self.ids: list[int] = []
        self._keys = keys
        self._one: dict[str, dict[str, int]] = defaultdict(dict)  # name: value: id
        self._more: dict[tuple[str, str], set[int]] = {}  # further ids, while versions overlap
        self._gone: dict[int, int] = {}  # id: the version that took it out
        self._pending: list[tuple[int, int, int, int, Record | None]] = []
        self._numbers = count()
        self._visible: dict[int, int] = {}  # id: when its last version is, or was, to be seen

    def visible_from(self, record_id: int) -> int | None:
        """Return when the last version of a record told to `later` is to be seen."""
        return self._visible.get(record_id)

    def later(self, visible: int, record_id: int, version: int, record: Record | None) -> None:
        """Have the index know this version from `visible` on; None takes the record out."""
        heapq.heappush(self._pending, (visible, next(self._numbers), record_id, version, record))
        self._visible[record_id] = visible

    def settle(self, now: int) -> None:
        """Take in every version that is to be seen at `now`."""
        while self._pending and self._pending[0][0] <= now:
            _, _, record_id, version, record = heapq.heappop(self._pending)
            self._apply(record_id, version, record)

    def load(self, records: Iterable[Record]) -> None:
        """Take in many records that are new, at once."""
        for record in records:
            self.rows[record.id] = record
            self._link(record)
            self.by_modified.append(_packed(record))
            self.ids.append(record.id)
        self.by_modified.sort()
        self.ids.sort()

    def holders(self, name: str, value: str) -> set[int]:
        """Return the ids of the indexed records with this unique value."""
        one = self._one[name].get(value)
        return self._more.get((name, value), set()) | (set() if one is None else {one})

    def modified_span(self, low: int, high: int) -> tuple[int, int]:
        """Return the positions in `by_modified` of stamps from `low` to `high`, both included."""
        start = bisect_left(self.by_modified, low << SHIFT)
        return start, max(start, bisect_left(self.by_modified, (high + 1) << SHIFT))

    def id_span(self, low: int, high: int) -> tuple[int, int]:
        """Return the positions in `ids` of ids from `low` to `high`, both included."""
        start = bisect_left(self.ids, low)
        return start, max(start, bisect_left(self.ids, high + 1))

    def at_modified(self, start: int, end: int) -> Iterator[Record]:
        """Yield the records at positions of `by_modified`; backwards when end < start."""
        step = 1 if end >= start else -1
        for position in range(start, end, step):
            yield self.rows[self.by_modified[position] & TOP]

    def _apply(self, record_id: int, version: int, new: Record | None) -> None:
        old = self.rows.get(record_id)
        if version < (old.version if old else self._gone.get(record_id, -1)):
            return  # a later version was visible sooner
        if old is not None:
            self._unlink(old)
            del self.by_modified[bisect_left(self.by_modified, _packed(old))]
        if new is None:
            self._remove(record_id, version, known=old is not None)
            return
        self.rows[record_id] = new
        self._link(new)
        _enter(self.by_modified, _packed(new))
        if old is None:
            _enter(self.ids, record_id)

    def _remove(self, record_id: int, version: int, *, known: bool) -> None:
        self._gone[record_id] = version
        if known:
            del self.rows[record_id]
            del self.ids[bisect_left(self.ids, record_id)]

    def _link(self, record: Record) -> None:
        for name, value in self._keys(record):
            if self._one[name].setdefault(value, record.id) != record.id:
                self._more.setdefault((name, value), set()).add(record.id)

    def _unlink(self, record: Record) -> None:
        for name, value in self._keys(record):
            if self._one[name].get(value) == record.id:
                del self._one[name][value]
            else:
                self._more.get((name, value), set()).discard(record.id)


def _packed(record: Record) -> int:
    return record.modified << SHIFT | record.id


def _enter(ordered: list[int], key: int) -> None:
    if not ordered or key > ordered[-1]:
        ordered.append(key)
    else:
        insort(ordered, key)
