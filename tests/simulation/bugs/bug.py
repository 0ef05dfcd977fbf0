"""What a seeded bug is: a name, why somebody would write it, and the edits that make it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, under src/slasync, `old` stands exactly once and becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """`expected` are the numbers of the invariants of which one should see it."""

    name: str
    what: str
    expected: tuple[int, ...]
    edits: tuple[Edit, ...]
