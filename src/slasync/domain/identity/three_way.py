"""A field that several systems keep: what each of them is to hold, by what they last agreed on.

Three-way: a value that is as both sides last agreed was not changed, however it differs from the
other one now. Pure; each side is judged by its own direction. Where nobody can tell which value
holds there is a conflict, and a person decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from slasync.domain.identity import normalising
from slasync.domain.identity.company import name_key
from slasync.domain.lead import Ref, Value

FLIPS = 3
"""So often a value may be written that was there before: then two systems undo each other."""
FLIPPING = timedelta(days=1)
"""Within which that is counted."""
KEPT_WRITES = 12


class Keeping(StrEnum):
    """What slasync may do with a field on one side."""

    READ = "read"
    TWO_WAY = "two_way"
    NEWEST_WINS = "newest_wins"
    UNLESS_BLANK = "unless_blank"  # written only while it is blank here
    MANUAL = "manual"  # written only when a person has said so


class ConflictKind(StrEnum):
    """Why nobody can tell which value holds."""

    BOTH_CHANGED = "both_changed"
    NEVER_AGREED = "never_agreed"
    WHICH_IS_NEWER = "which_is_newer"
    MANUAL = "manual"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Since:
    """When a value came to be there. Not `exact`: it may have been at any time after `after`."""

    at: datetime
    exact: bool = False
    after: datetime | None = None

    def later_than(self, other: "Since") -> bool:
        """Tell whether it is certain that this came after the other."""
        begins = self.at if self.exact else self.after
        return begins is not None and begins >= other.at and self.at > other.at


@dataclass(frozen=True, slots=True)
class Side:
    """One record's value of the field. `nulls`: it may be made blank here."""

    ref: Ref
    value: Value
    keeping: Keeping
    since: Since | None = None
    nulls: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """What all sides last agreed on."""

    value: Value


@dataclass(frozen=True, slots=True)
class Written:
    """A value that slasync wrote, or decided to write."""

    ref: Ref
    value: Value
    at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why nobody can tell which value holds, in words."""

    kind: ConflictKind
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows: values to write, by record; a conflict; what is agreed on, where all agree."""

    writes: Mapping[Ref, Value]
    conflict: Conflict | None = None
    agreed: Base | None = None


Compare = Callable[[Value], Any]


def comparing(field: str, country: Value = None) -> Compare:
    """Return how values of a field are compared: two spellings of one thing are no difference."""

    def alike(value: Value) -> Any:
        if isinstance(value, bool):
            return str(value).lower(), bool  # True is no 1
        if not isinstance(value, str):
            return value
        text = value.strip()
        return (spelled(text) or text) if text else None

    ways: Mapping[str, Callable[[str], str | None]] = {
        "email": normalising.email,
        "phone": lambda text: normalising.phone(text, str(country or "")),
        "country": normalising.country,
        "company": name_key,
    }
    spelled = ways.get(field, str)
    return alike


def merge(sides: Sequence[Side], base: Base | None, alike: Compare) -> Outcome:
    """Say what each side is to hold. All sides agreeing is the base of the next time."""
    if len({alike(side.value) for side in sides}) <= 1:
        return Outcome({}, agreed=Base(sides[0].value) if sides else None)
    writes: dict[Ref, Value] = {}
    conflicts: list[Conflict] = []
    for side in sides:
        if side.keeping is Keeping.READ:
            continue
        others = [other for other in sides if other is not side]
        for found in _judged(side, others, base, alike):
            if isinstance(found, Conflict):
                conflicts.append(found)
            else:
                writes[side.ref] = found.value
    if conflicts:
        return Outcome({}, conflicts[0])
    return Outcome(writes)


def _judged(
    side: Side, others: Sequence[Side], base: Base | None, alike: Compare
) -> Iterator[Base | Conflict]:
    """Yield what one side is to hold, or why that cannot be told; nothing where it stays."""
    own = alike(side.value)
    changed = [o for o in others if base is None or alike(o.value) != alike(base.value)]
    wanted = [o for o in changed if alike(o.value) != own and _may_take(side, o, alike)]
    if not wanted:
        return
    if side.keeping is Keeping.MANUAL:
        yield Conflict(ConflictKind.MANUAL, f"{side.ref} is written only when a person says so")
        return
    if len({alike(o.value) for o in wanted}) > 1:
        yield _newest(side, wanted, alike) or _unclear(ConflictKind.BOTH_CHANGED, wanted)
        return
    untouched = own is None if base is None else own == alike(base.value)
    if untouched:
        yield Base(wanted[0].value)
    elif side.keeping is Keeping.UNLESS_BLANK:
        return
    elif found := _newest(side, [side, *wanted], alike):
        yield from () if alike(found.value) == own else (found,)
    else:
        kind = ConflictKind.NEVER_AGREED if base is None else ConflictKind.BOTH_CHANGED
        newer = side.keeping is Keeping.NEWEST_WINS
        yield _unclear(ConflictKind.WHICH_IS_NEWER if newer else kind, [side, *wanted])


def _may_take(side: Side, other: Side, alike: Compare) -> bool:
    """Tell whether a side may be given another's value: blank only where that is allowed."""
    if side.keeping is Keeping.UNLESS_BLANK and alike(side.value) is not None:
        return False
    return alike(other.value) is not None or side.nulls


def _newest(side: Side, among: Sequence[Side], alike: Compare) -> Base | None:
    """Return the value that certainly came last, where this side goes by that."""
    if side.keeping is not Keeping.NEWEST_WINS:
        return None
    for one in among:
        rivals = [o for o in among if alike(o.value) != alike(one.value)]
        if one.since and all(o.since and one.since.later_than(o.since) for o in rivals):
            return Base(one.value)
    return None


def _unclear(kind: ConflictKind, among: Sequence[Side]) -> Conflict:
    named = " and ".join(str(side.ref) for side in among)
    why = {
        ConflictKind.BOTH_CHANGED: f"{named} were both changed since they agreed",
        ConflictKind.NEVER_AGREED: f"{named} say different things, and have never agreed",
        ConflictKind.WHICH_IS_NEWER: f"which of {named} is newer cannot be told",
    }[kind]
    return Conflict(kind, why)


# systems that undo each other


def looping(writes: Sequence[Written], wanted: Mapping[Ref, Value], now: datetime) -> bool:
    """Tell whether writing `wanted` would go on with two systems undoing each other's values."""
    recent = [written for written in writes if now - written.at <= FLIPPING]
    for ref, value in wanted.items():
        mine = [written.value for written in recent if written.ref == ref]
        if mine.count(value) >= FLIPS:
            return True
    values = [written.value for written in recent] + list(wanted.values())
    returned = sum(
        1 for n, value in enumerate(values) if n > 1 and value == values[n - 2] != values[n - 1]
    )
    return returned >= FLIPS


def noted(writes: Sequence[Written], wanted: Mapping[Ref, Value], now: datetime) -> list[Written]:
    """Return the last writes with those that are decided now."""
    made = [Written(ref, value, now) for ref, value in sorted(wanted.items())]
    return [*writes, *made][-KEPT_WRITES:]


def seen(before: tuple[Value, Since] | None, value: Value, read: datetime, *, was: datetime | None,
         told: datetime | None = None) -> tuple[Value, Since]:  # fmt: skip
    """Return a side's value with when it came: as the system's history tells it, else at the latest
    when the record was changed, `read`, and after its version before, `was`.
    """
    if before is not None and before[0] == value and told is None:
        return before
    if told is not None:
        return value, Since(told, exact=True)
    return value, Since(read, after=was)
