"""All records of one object type, with what is needed to find them."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import count

from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.index import Index, Keys
from slasync.sandbox.hubspot.record import Change, Record


class Table:
    """Live and archived records, their unique values, old ids, and history."""

    def __init__(self, kind: Kind, keys: Keys) -> None:
        self.kind = kind
        self.live: dict[int, Record] = {}
        self.ids: list[int] = []
        self.archived: dict[int, Record] = {}
        self.index = Index(keys)
        self.history: dict[int, list[Change]] = {}
        self.keys = keys
        self._holders: dict[str, dict[str, int]] = {}
        self._aliases: dict[int, int] = {}
        self._late: dict[int, tuple[int, Record | None]] = {}
        self._versions = count(1)

    def find(self, record_id: int) -> Record | None:
        """Return the live record of that id, or the one it was merged into."""
        while record_id in self._aliases:
            record_id = self._aliases[record_id]
        return self.live.get(record_id)

    def holder(self, name: str, value: str) -> int | None:
        """Return the id of the live record that holds this unique value."""
        return self._holders.get(name, {}).get(value)

    def next_version(self) -> int:
        return next(self._versions)

    def put(self, record: Record, *, late_until: int | None = None) -> None:
        """Store a new version. Until `late_until` lists go on showing the old one."""
        old = self.live.get(record.id)
        if old is None:
            self._enter(record.id)
        self._move_keys(old, record)
        self.live[record.id] = record
        if late_until is None:
            self._late.pop(record.id, None)
        else:
            _, shown = self._late.get(record.id, (0, old))
            self._late[record.id] = (late_until, shown)

    def take_out(self, record: Record) -> None:
        """Remove a live record: archived, merged away or deleted for good."""
        del self.live[record.id]
        del self.ids[bisect_left(self.ids, record.id)]
        self._move_keys(record, None)
        self._late.pop(record.id, None)

    def alias(self, old: int, new: int) -> None:
        """Let the old id stand for the new one."""
        self._aliases[old] = new

    def load(self, record: Record) -> None:
        """Take in a new record of an import; the index is told by `index.load`."""
        self.live[record.id] = record
        self._enter(record.id)
        self._move_keys(None, record)

    def page(self, after: int, size: int, now: int) -> tuple[list[Record], int | None]:
        """Return live records from id `after` on, and the id to go on from, if any."""
        rows: list[Record] = []
        for position in range(bisect_left(self.ids, after), len(self.ids)):
            if len(rows) == size:
                return rows, self.ids[position]
            shown = self._shown(self.ids[position], now)
            if shown is not None:
                rows.append(shown)
        return rows, None

    def archived_page(self, after: int, size: int) -> tuple[list[Record], int | None]:
        """Return archived records likewise."""
        ids = sorted(i for i in self.archived if i >= after)
        more = ids[size] if len(ids) > size else None
        return [self.archived[i] for i in ids[:size]], more

    def __iter__(self) -> Iterator[Record]:
        return iter(self.live.values())

    def _shown(self, record_id: int, now: int) -> Record | None:
        if self._late and record_id in self._late:
            until, old = self._late[record_id]
            if now < until:
                return old
            del self._late[record_id]
        return self.live[record_id]

    def _enter(self, record_id: int) -> None:
        if not self.ids or record_id > self.ids[-1]:
            self.ids.append(record_id)
        else:
            insort(self.ids, record_id)

    def _move_keys(self, old: Record | None, new: Record | None) -> None:
        before = dict.fromkeys(self.keys(old)) if old else {}
        after = dict.fromkeys(self.keys(new)) if new else {}
        for name, value in before:
            if (name, value) not in after and self.holder(name, value) == (old and old.id):
                del self._holders[name][value]
        for name, value in after:
            if new and (name, value) not in before:
                self._holders.setdefault(name, {})[value] = new.id
