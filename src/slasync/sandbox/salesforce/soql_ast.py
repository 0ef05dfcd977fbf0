"""What a SOQL statement says, as values."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "number", "boolean", "null", "datetime", "date", "range"]


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. A `range` is a date literal: (name, n)."""

    kind: Kind
    value: Any
    at: int = 0


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through parents: ("Owner", "Name"). Only what is grouped has an alias."""

    names: tuple[str, ...]
    at: int = 0
    alias: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """COUNT(Id), MAX(CreatedDate) alias, FIELDS(ALL), toLabel(Status); `path` None: COUNT().

    `local`: CALENDAR_MONTH(convertTimezone(CreatedDate)), by the user's zone.
    """

    function: str
    path: Path | None
    alias: str | None
    at: int = 0
    local: bool = False

    @property
    def same(self) -> "tuple[str, tuple[str, ...] | None, bool]":
        """What two calls have in common that mean the same."""
        names = tuple(name.lower() for name in self.path.names) if self.path else None
        return self.function, names, self.local


@dataclass(frozen=True, slots=True)
class TypeOf:
    """TYPEOF Owner WHEN User THEN a, b ELSE c END."""

    relation: str
    cases: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    path: Path | Call
    operator: str  # = != < <= > >= like
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    path: Path | Call
    values: "tuple[Value, ...] | Statement"
    negated: bool


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Compare | In | And | Or | Not


@dataclass(frozen=True, slots=True)
class Order:
    path: Path | Call
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT."""

    text: str
    select: "tuple[Path | Call | TypeOf | Statement, ...]"
    source: str
    source_at: int
    where: Condition | None = None
    group: tuple[Path | Call, ...] = ()
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    alias: str | None = None
