"""What a row of the fault table is, and the answers it can have besides tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulation makes it happen; `name` is that of the fault, counter or invariant."""

    name: str


@dataclass(frozen=True, slots=True)
class Later:
    """The part of slasync that would bear it does not exist yet."""

    capability: str


@dataclass(frozen=True, slots=True)
class Not:
    """It cannot be shown here, or slasync does not promise it; `reason` says which and why."""

    reason: str


Answer = Simulated | Later | Not | None
"""None: the tests that carry the row's mark are the answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, invariant or crash point. `starred`: a gauge of health must turn red."""

    id: str
    what: str
    answer: Answer = None
    starred: bool = False


def star(row_id: str, what: str, answer: Answer = None) -> Row:
    """Return a row whose fault health must show."""
    return Row(row_id, what, answer, starred=True)
