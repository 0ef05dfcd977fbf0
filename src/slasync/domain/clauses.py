"""A rule taken apart: which of its clauses hold, by which values, and what is lacking."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from slasync.domain.lead import Fields

NEAR = 0.1
"""A number this near to its bound, as a share of it, nearly met it."""


class Join(StrEnum):
    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One condition, or several joined.

    `truth` is None where a field it reads is null. Where numbers are compared, `gap` is how far
    they are apart, `bound` the one compared with.
    """

    text: str
    truth: bool | None
    read: Fields
    gap: float | None = None
    bound: float | None = None
    join: Join | None = None
    parts: tuple["Clause", ...] = ()

    @property
    def nulls(self) -> tuple[str, ...]:
        return tuple(name for name, value in sorted(self.read.items()) if value is None)

    @property
    def near(self) -> bool:
        """Whether numbers were compared and the bound was nearly reached."""
        return self.gap is not None and self.gap <= NEAR * abs(self.bound or 0)


def leaves(clause: Clause) -> Iterator[Clause]:
    """Yield the single conditions, as they are written."""
    if not clause.parts:
        yield clause
    for part in clause.parts:
        yield from leaves(part)


def lacking(clause: Clause) -> tuple[Clause, ...]:
    """Return the fewest conditions that would have to turn for the whole to hold."""
    if clause.truth:
        return ()
    if not clause.parts:
        return (clause,)
    each = [lacking(part) for part in clause.parts]
    if clause.join is Join.AND:
        return tuple(leaf for found in each for leaf in found)
    return min(each, key=farness)


def farness(missing: tuple[Clause, ...]) -> tuple[int, float]:
    """Order what is lacking: fewer conditions first, then what numbers were nearer."""
    shares = [_share(leaf) for leaf in missing]
    return len(missing), sum(shares)


def nearly(clause: Clause) -> bool:
    """Tell whether one condition alone was lacking, by a little or while others held."""
    missing = lacking(clause)
    if len(missing) != 1:
        return False
    others = any(leaf.truth for leaf in _beside(clause, missing[0]))
    return missing[0].near or others


def _beside(clause: Clause, leaf: Clause) -> Iterator[Clause]:
    """Yield the conditions joined by `and` to a lacking one."""
    if clause.join is Join.AND:
        yield from (each for part in clause.parts for each in leaves(part) if each is not leaf)
        return
    for part in clause.parts:
        if any(each is leaf for each in leaves(part)):
            yield from _beside(part, leaf)


def _share(leaf: Clause) -> float:
    if leaf.gap is None:
        return 1.0
    return min(leaf.gap / abs(leaf.bound), 1.0) if leaf.bound else min(leaf.gap, 1.0)
