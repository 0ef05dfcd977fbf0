"""Histories for a replay: a map names the columns of two CSV files, leads and their outcomes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from slasync.sandbox.cells import BadCell, Cell, Cells, Row, cell, cells
from slasync.sandbox.marked import Section, Wrong, did_you_mean, read
from slasync.sandbox.rows import Dialect, header, rows, unknown_columns

SHIPPED = Path(__file__).parent / "maps"
KINDS = ("converted", "recycled", "disqualified")
RIGHT_AFTER = timedelta(seconds=1)
_FIELDS = ("columns", "templates", "constants", "ignore")


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead that enters the marketing system at `at` (UTC) with these properties."""

    key: str
    at: datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of a lead at `at` (UTC), and the CRM's fields that it sets.

    `early`: the file dates it before its lead; it then happens right after the lead enters.
    """

    lead_key: str
    at: datetime
    kind: str  # "converted" | "recycled" | "disqualified"
    fields: Mapping[str, Any]
    early: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """Which definition a lead meets as it enters: a form sent, or property values."""

    form: str | None = None
    properties: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """Which outcome a row is: always one, or what a column says by `values`."""

    column: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    always: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two files: its key, its date, its fields."""

    key: str
    at: Cell
    cells: Cells
    dialect: Dialect
    kind: Kind | None = None  # of an outcome

    @property
    def columns(self) -> set[str]:
        """The columns that are read."""
        kind = {self.kind.column} if self.kind and self.kind.column else set()
        return {self.key} | self.at.template.columns | self.cells.columns | kind


@dataclass(frozen=True, slots=True)
class ReplayMap:
    """A compiled map."""

    file: Path
    title: str
    zone: ZoneInfo
    country: str  # whose public holidays the calendar keeps, "BR"
    subdivision: str | None
    met: Met
    leads: Part
    outcomes: Part


def load_map(path: Path) -> ReplayMap:
    """Read and check a map. Raises Wrong with every problem, OSError."""
    top = read(path)
    top.only("title", "zone", "country", "subdivision", "leads", "outcomes")
    zone = top.zone("zone")
    leads, outcomes = top.section("leads", required=True), top.section("outcomes", required=True)
    leads.only("key", "at", "met", "delimiter", "encoding", *_FIELDS)
    outcomes.only("lead", "at", "kind", "delimiter", "encoding", *_FIELDS)
    made = ReplayMap(
        path, top.text("title", path.stem), zone, top.text("country"), top.optional("subdivision"),
        _met(leads), _part(leads, "key", zone), _part(outcomes, "lead", zone, _kind(outcomes)),
    )  # fmt: skip
    top.raise_problems()
    return made


def find_map(names: Collection[str], folder: Path = SHIPPED) -> Path:
    """Return the shipped replay map that reads a leads file with these columns.

    Raises LookupError naming what would fit best.
    """
    missing: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        if "leads" not in read(path).data:
            continue  # a map of `sandbox load`
        leads = load_map(path).leads
        lacking = leads.columns - set(names)
        if not lacking and set(names) <= leads.columns | leads.cells.ignored:
            return path
        missing[path.name] = lacking or set(names) - leads.columns
    told = "; ".join(
        f"{name} differs in {', '.join(sorted(cols))}" for name, cols in missing.items()
    )
    raise LookupError(f"no shipped map fits these columns; give --map ({told})")


def check_files(map_: ReplayMap, leads: Path, outcomes: Path) -> None:
    """Check both headers against the map. Raises Wrong with every problem."""
    problems: list[str] = []
    for path, part in ((leads, map_.leads), (outcomes, map_.outcomes)):
        names = header(path, part.dialect)
        problems += unknown_columns(path, names, part.columns, part.cells.ignored)
    if problems:
        raise Wrong(problems)


def lead_rows(map_: ReplayMap, path: Path) -> Iterator[LeadRow]:
    """Yield the leads in the file's order. Raises Wrong naming file and line."""
    seen: set[str] = set()
    for line, row in rows(path, map_.leads.dialect):
        with_line = f"{path}:{line}"
        key = row[map_.leads.key].strip()
        if not key or key in seen:
            raise Wrong(
                [f"{with_line}: {map_.leads.key} {key!r} is {'there twice' if key else 'empty'}"]
            )
        seen.add(key)
        yield LeadRow(key, _at(map_.leads, row, with_line), _values(map_.leads, row, with_line))


def outcome_rows(
    map_: ReplayMap, path: Path, entered: Mapping[str, datetime]
) -> Iterator[OutcomeRow]:
    """Yield the outcomes in the file's order; `entered` tells when each lead came.

    One dated before its lead is moved to right after it and flagged. Raises Wrong naming file and
    line, also for a lead that is not in `entered`.
    """
    part = map_.outcomes
    for line, row in rows(path, part.dialect):
        with_line = f"{path}:{line}"
        key = row[part.key].strip()
        if key not in entered:
            raise Wrong([f"{with_line}: {part.key} {key!r} is no lead of the other file"])
        at, came = _at(part, row, with_line), entered[key]
        kind, values = _outcome_kind(part, row, with_line), _values(part, row, with_line)
        yield OutcomeRow(key, max(at, came + RIGHT_AFTER), kind, values, early=at < came)


def _part(section: Section, key: str, zone: ZoneInfo, kind: Kind | None = None) -> Part:
    dialect = Dialect(section.text("delimiter", ","), section.text("encoding", "utf-8-sig"))
    return Part(section.text(key), cell(section, "at", zone), cells(section, zone), dialect, kind)


def _met(section: Section) -> Met:
    met = section.section("met", required=True)
    met.only("form", "properties")
    properties = dict(met.section("properties").items())
    return Met(met.optional("form"), properties or None)


def _kind(section: Section) -> Kind:
    """Compile `kind: converted`, or `kind: {column: ..., values: {won: converted}}`."""
    if isinstance(section.data.get("kind"), str):
        return Kind(always=section.choice("kind", KINDS))
    own = section.section("kind", required=True)
    own.only("column", "values")
    values = own.section("values", required=True)
    return Kind(
        own.text("column"), {name: values.choice(name, KINDS) for name, _ in values.items()}
    )


def _outcome_kind(part: Part, row: Row, where: str) -> str:
    kind = part.kind
    if kind is None or kind.column is None:
        return kind.always if kind else KINDS[0]
    value = row[kind.column].strip()
    if value not in kind.values:
        tip = did_you_mean(value, kind.values)
        raise Wrong([f"{where}: {kind.column}: {value!r} is not in the map{tip}"])
    return kind.values[value]


def _at(part: Part, row: Row, where: str) -> datetime:
    try:
        at = part.at.instant(row)
    except BadCell as error:
        raise Wrong([f"{where}: {error}"]) from None
    if at is None:
        raise Wrong([f"{where}: {', '.join(part.at.template.columns)} is empty"])
    return at


def _values(part: Part, row: Row, where: str) -> dict[str, Any]:
    try:
        return part.cells.values(row)
    except BadCell as error:
        raise Wrong([f"{where}: {error}"]) from None
