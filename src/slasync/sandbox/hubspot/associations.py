"""Links between records: which record is tied to which, by which types of association."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

# from, to: type id of the plain link, and of the primary one where there is such
DEFAULT_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279, ("companies", "contacts"): 280,
    ("contacts", "deals"): 4, ("deals", "contacts"): 3,
    ("companies", "deals"): 342, ("deals", "companies"): 341,
    ("contacts", "contacts"): 449, ("companies", "companies"): 450, ("deals", "deals"): 451,
    ("tasks", "contacts"): 204, ("contacts", "tasks"): 203,
    ("tasks", "companies"): 192, ("companies", "tasks"): 191,
    ("tasks", "deals"): 216, ("deals", "tasks"): 215,
    ("calls", "contacts"): 194, ("contacts", "calls"): 193,
    ("calls", "companies"): 182, ("companies", "calls"): 181,
    ("calls", "deals"): 206, ("deals", "calls"): 205,
    ("meetings", "contacts"): 200, ("contacts", "meetings"): 199,
    ("meetings", "companies"): 188, ("companies", "meetings"): 187,
    ("meetings", "deals"): 212, ("deals", "meetings"): 211,
    ("emails", "contacts"): 198, ("contacts", "emails"): 197,
    ("emails", "companies"): 186, ("companies", "emails"): 185,
    ("emails", "deals"): 210, ("deals", "emails"): 209,
    ("notes", "contacts"): 202, ("contacts", "notes"): 201,
    ("notes", "companies"): 190, ("companies", "notes"): 189,
    ("notes", "deals"): 214, ("deals", "notes"): 213,
}  # fmt: skip
PRIMARY_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 1, ("companies", "contacts"): 2,
    ("deals", "companies"): 5, ("companies", "deals"): 6,
}  # fmt: skip

End = tuple[str, int]  # object name, record id


class Told(Protocol):
    """Hears of each link that is made or removed."""

    def __call__(self, one: End, other: End, *, removed: bool) -> None: ...


class Links:
    """All links; each is kept in both directions."""

    def __init__(self, told: Told) -> None:
        self._links: dict[End, dict[str, dict[int, set[int]]]] = {}
        self._told = told

    def tie(self, one: End, other: End, types: set[int]) -> None:
        """Add a link with these types as seen from `one`; the way back gets its counterparts."""
        self._side(one, other).update(types)
        self._side(other, one).update(_counterparts(one[0], other[0], types))
        self._told(one, other, removed=False)

    def untie(self, one: End, other: End, types: set[int] | None = None) -> None:
        """Remove the link, or only these types of it."""
        left = self._side(one, other) - types if types else set()
        for near, far in ((one, other), (other, one)):
            ends = self._links.get(near, {}).get(far[0], {})
            if not left:
                ends.pop(far[1], None)
            elif near == one:
                ends[far[1]] = left
        self._told(one, other, removed=True)

    def of(self, end: End, to: str) -> dict[int, set[int]]:
        """Return the records of type `to` tied to `end`, with the types of the link."""
        return self._links.get(end, {}).get(to, {})

    def cut(self, name: str, record_id: int) -> None:
        """Remove all links of a record."""
        end = (name, record_id)
        for other in list(self._all(end)):
            self.untie(end, other)
        self._links.pop(end, None)

    def move(self, name: str, old: int, new: int) -> None:
        """Give the links of one record to another."""
        for other in list(self._all((name, old))):
            self.tie((name, new), other, set(self.of((name, old), other[0])[other[1]]))
        self.cut(name, old)

    def _all(self, end: End) -> Iterator[End]:
        for to, ends in self._links.get(end, {}).items():
            yield from ((to, other) for other in ends)

    def _side(self, near: End, far: End) -> set[int]:
        ends = self._links.setdefault(near, defaultdict(dict))
        return ends[far[0]].setdefault(far[1], set())


def plain(one: str, other: str) -> set[int]:
    """Return the types of a link made without saying which."""
    found = DEFAULT_TYPES.get((one, other))
    return set() if found is None else {found}


def primary(one: str, other: str) -> set[int]:
    """Return the type of the primary link between two object types, where there is such."""
    found = PRIMARY_TYPES.get((one, other))
    return set() if found is None else {found}


def _counterparts(one: str, other: str, types: set[int]) -> set[int]:
    back = plain(other, one)
    if PRIMARY_TYPES.get((one, other)) in types:
        back |= {PRIMARY_TYPES[other, one]}
    return back
