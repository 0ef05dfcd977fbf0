"""How the cells of a CSV row become a record's fields: columns, templates, constants, types."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from slasync.sandbox.marked import Section

Row = Mapping[str, str]
TYPES = ("text", "number", "bool", "date", "datetime")
YES, NO = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}
_FORMATTER = string.Formatter()


class BadCell(ValueError):
    """A cell that cannot be read as the map says."""


@dataclass(frozen=True, slots=True)
class Template:
    """Text with columns in braces: "{first} {last}"; "{id:.8}" takes the first 8 characters."""

    parts: tuple[tuple[str, str | None, str], ...]  # (text before, column, format)

    @property
    def columns(self) -> set[str]:
        return {column for _, column, _ in self.parts if column is not None}

    def filled(self, row: Row) -> str:
        """Return the text; "" when every column in it is empty."""
        cells = [row[column] for _, column, _ in self.parts if column is not None]
        if cells and not any(cells):
            return ""
        return "".join(
            before + (format(row[column], spec) if column is not None else "")
            for before, column, spec in self.parts
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """What one field gets: a template's text, replaced by `values`, read as `type`."""

    target: str
    template: Template
    type: str = "text"
    format: str | None = None  # of dates, as strptime reads it; None: ISO 8601
    zone: tzinfo = UTC  # of instants without an offset
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None  # for what `values` does not name; None: the text itself

    def value(self, row: Row) -> Any:
        """Return a JSON value, None for an empty cell. Raises BadCell."""
        text = self.template.filled(row).strip()
        if self.values and text:
            fallback = text if self.otherwise is None else self.otherwise
            text = self.values.get(text, fallback)
        return _READ[self.type](self, text) if text else None

    def instant(self, row: Row) -> datetime | None:
        """Return a UTC instant, None for an empty cell. Raises BadCell."""
        text = self.template.filled(row).strip()
        return _instant(self, text) if text else None


@dataclass(frozen=True, slots=True)
class Cells:
    """The fields of one kind of record and the columns that are left out on purpose."""

    cells: tuple[Cell, ...]
    constants: Mapping[str, Any]
    ignored: frozenset[str]

    @property
    def columns(self) -> set[str]:
        """The columns that must be there."""
        return set().union(*(cell.template.columns for cell in self.cells))

    @property
    def fields(self) -> list[str]:
        return [*self.constants, *(cell.target for cell in self.cells)]

    def values(self, row: Row) -> dict[str, Any]:
        """Return the fields with a value. Raises BadCell naming the field."""
        values = dict(self.constants)
        for cell in self.cells:
            try:
                value = cell.value(row)
            except BadCell as error:
                raise BadCell(f"{cell.target}: {error}") from None
            if value is not None:
                values[cell.target] = value
        return values


def template(text: str) -> Template:
    """Compile a template. Raises ValueError."""
    parts = tuple(
        (before, column, spec or "") for before, column, spec, _ in _FORMATTER.parse(text)
    )
    if any(column == "" for _, column, _ in parts):
        raise ValueError("{} names no column")
    return Template(parts)


def column(name: str) -> Template:
    return Template((("", name, ""),))


def cells(section: Section, zone: ZoneInfo) -> Cells:
    """Compile the keys `columns`, `templates`, `constants` and `ignore` of a section."""
    named = section.section("columns")
    found = [_of_column(named, name, value, zone) for name, value in named.items()]
    texts = section.section("templates")
    found += [_of_template(texts, name, value, zone) for name, value in texts.items()]
    constants = dict(section.section("constants").items())
    made = [*constants, *(cell.target for cell in found)]
    for twice in sorted({name for name in made if made.count(name) > 1}):
        section.complain(None, f"field {twice} is filled twice")
    return Cells(tuple(found), constants, frozenset(section.texts("ignore")))


def cell(section: Section, key: str, zone: ZoneInfo) -> Cell:
    """Compile `key: column` or `key: {column: ..., format: ...}` into an instant's cell."""
    value = section.data.get(key)
    if isinstance(value, str):
        return Cell(key, column(value), "datetime", zone=zone)
    own = section.section(key, required=True)
    own.only("column", "format", "zone")
    name = own.text("column")
    return Cell(key, column(name), "datetime", own.optional("format"), own.zone("zone", zone.key))


def _of_column(section: Section, name: str, value: Any, zone: ZoneInfo) -> Cell:
    if isinstance(value, str):
        return Cell(value, column(name), zone=zone)
    return _detailed(section, name, section.section(name, required=True).text("field"), zone, name)


def _of_template(section: Section, name: str, value: Any, zone: ZoneInfo) -> Cell:
    if isinstance(value, str):
        return Cell(name, _compiled(section, name, value), zone=zone)
    return _detailed(section, name, name, zone, None)


def _detailed(
    section: Section, key: str, target: str, zone: ZoneInfo, from_column: str | None
) -> Cell:
    own = section.section(key, required=True)
    source = "template" if from_column is None else "field"
    own.only(source, "type", "format", "zone", "values", "otherwise")
    made = column(from_column) if from_column else _compiled(own, "template", own.text("template"))
    return Cell(
        target,
        made,
        own.choice("type", TYPES, "text"),
        own.optional("format"),
        own.zone("zone", zone.key),
        {name: str(value) for name, value in own.section("values").items()},
        own.optional("otherwise"),
    )


def _compiled(section: Section, key: str, text: str) -> Template:
    try:
        return template(text)
    except ValueError as error:
        section.complain(key, f"no template: {error}")
        return Template(())


def _text(_: Cell, text: str) -> str:
    return text


def _number(_: Cell, text: str) -> int | float:
    try:
        number = float(text)
    except ValueError:
        raise BadCell(f"{text!r} is no number") from None
    return int(number) if number.is_integer() else number


def _bool(_: Cell, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise BadCell(f"{text!r} is neither true nor false")
    return text.lower() in YES


def _moment(cell_: Cell, text: str, kind: str) -> datetime:
    try:
        # strptime gives what the format tells; without an offset the zone is set by the callers
        if cell_.format:
            return datetime.strptime(text, cell_.format)  # noqa: DTZ007 - see above
        return datetime.fromisoformat(text)
    except ValueError:
        as_what = f" as {cell_.format}" if cell_.format else ""
        raise BadCell(f"{text!r} is no {kind}{as_what}") from None


def _date(cell_: Cell, text: str) -> str:
    return date.isoformat(_moment(cell_, text, "date").date())


def _instant(cell_: Cell, text: str) -> datetime:
    """Read an instant; a date alone is 00:00, a local time is one of the cell's zone."""
    at = _moment(cell_, text, "time")
    return (at if at.tzinfo else at.replace(tzinfo=cell_.zone)).astimezone(UTC)


def _datetime(cell_: Cell, text: str) -> str:
    at = _instant(cell_, text)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


_READ: dict[str, Callable[[Cell, str], Any]] = {
    "text": _text,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
}
