"""All leads of the instance, and how they are found: by id and by any searchable field."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Lead:
    """One version of one lead. `values` holds what is set; stamps are milliseconds.

    `updated` is what `updatedAt` shows: the last write of a standard field. `touched` is the last
    write of any field.
    """

    id: int
    values: Mapping[str, Any]
    created: int
    updated: int
    touched: int


Late = tuple[int, Lead | None]
"""Until when readers do not see a write, and what they see instead."""


class Leads:
    """The live leads. Until `late_until` readers go on seeing the version before.

    A write that can be seen shows those before it as well.
    """

    def __init__(self, first: int) -> None:
        self.rows: dict[int, Lead] = {}
        self._ids: list[int] = []
        self._indexes: dict[str, dict[str, set[int]]] = {}
        self._late: dict[int, list[Late]] = {}
        self._next = first

    def new_id(self) -> int:
        self._next += 1
        return self._next - 1

    def put(self, lead: Lead, *, late_until: int | None = None) -> None:
        """Store a new version."""
        old = self.rows.get(lead.id)
        if old is None:
            self._enter(lead.id)
        self._move(lead.id, old, lead)
        self.rows[lead.id] = lead
        self._hide(lead.id, old, late_until)

    def remove(self, lead: Lead, *, late_until: int | None = None) -> None:
        """Take out a lead: deleted or merged away."""
        del self.rows[lead.id]
        del self._ids[bisect_left(self._ids, lead.id)]
        self._move(lead.id, lead, None)
        self._hide(lead.id, lead, late_until)

    def find(self, name: str, value: Any) -> list[int]:
        """Return the ids of the live leads with this value, whatever its case."""
        return sorted(self._index(name).get(_key(value), ()))

    def search(self, name: str, values: Iterable[Any], now: int) -> list[Lead]:
        """Return the leads that a reader sees with one of the values, by id."""
        wanted = {_key(value) for value in values}
        index = self._index(name)
        found = {lead_id for value in wanted for lead_id in index.get(value, ())}
        self._settle(now)
        shown = [self.rows[i] for i in found if i not in self._late]
        for (_, lead), *_ in self._late.values():
            if lead is not None and _key(_value(lead, name)) in wanted:
                shown.append(lead)
        return sorted(shown, key=lambda lead: lead.id)

    def shown(self, lead_id: int, now: int) -> Lead | None:
        """Return the version that a reader sees."""
        self._settle(now)
        return self._late[lead_id][0][1] if lead_id in self._late else self.rows.get(lead_id)

    def hidden_until(self, lead_id: int) -> int | None:
        """Return until when readers see the version before; None when they see this one."""
        return self._late[lead_id][-1][0] if lead_id in self._late else None

    def all_shown(self, now: int) -> Iterator[Lead]:
        """Yield what a reader sees, by id."""
        self._settle(now)
        for lead_id in sorted({*self._ids, *self._late}):
            lead = self.shown(lead_id, now)
            if lead is not None:
                yield lead

    def __len__(self) -> int:
        return len(self.rows)

    def _settle(self, now: int) -> None:
        left = ((lead, _unseen(late, now)) for lead, late in self._late.items())
        self._late = {lead: late for lead, late in left if late}

    def _hide(self, lead_id: int, old: Lead | None, until: int | None) -> None:
        if until is not None:
            self._late.setdefault(lead_id, []).append((until, old))
        else:
            self._late.pop(lead_id, None)

    def _enter(self, lead_id: int) -> None:
        if not self._ids or lead_id > self._ids[-1]:
            self._ids.append(lead_id)
        else:
            insort(self._ids, lead_id)

    def _index(self, name: str) -> dict[str, set[int]]:
        if name not in self._indexes:
            index: dict[str, set[int]] = {}
            for lead in self.rows.values():
                value = _value(lead, name)
                if value is not None:
                    index.setdefault(_key(value), set()).add(lead.id)
            self._indexes[name] = index
        return self._indexes[name]

    def _move(self, lead_id: int, old: Lead | None, new: Lead | None) -> None:
        for name, index in self._indexes.items():
            before, after = (_value(each, name) if each else None for each in (old, new))
            if before == after:
                continue
            if before is not None:
                index.get(_key(before), set()).discard(lead_id)
            if after is not None:
                index.setdefault(_key(after), set()).add(lead_id)


def _unseen(late: list[Late], now: int) -> list[Late]:
    """Return the writes after the last one that readers see."""
    seen = max((n for n, (until, _) in enumerate(late, 1) if until <= now), default=0)
    return late[seen:]


def _value(lead: Lead, name: str) -> Any:
    return lead.id if name == "id" else lead.values.get(name)


def _key(value: Any) -> str:
    return str(value).strip().lower()
