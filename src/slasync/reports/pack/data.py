"""The pack for machines: CSV that no spreadsheet takes for formulas, JSON with a schema version."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from io import StringIO
from typing import Any

from slasync.domain.figures.kpis import Cell, Contents, Figure, Note, Table
from slasync.domain.figures.maturity import level_of
from slasync.reports.pack.pack import Pack

SCHEMA = "slasync.pack/1"
COLUMNS = ("chapter", "figure", "title", "value", "unit", "count", "of", "open", "unknown",
           "original", "target", "alarm_below", "standing", "alarm")  # fmt: skip
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
DIGITS = 10


def csv_files(pack: Pack) -> Mapping[str, str]:
    """Return the figures, and a file for each table."""
    month = str(pack.figures.month)
    files = {f"{month}.csv": _csv(pack, COLUMNS, _figure_rows(pack))}
    for contents in pack.figures.chapters.values():
        for table in contents.tables:
            header = [name for name, _ in table.columns]
            files[f"{month}-{table.name}.csv"] = _csv(pack, header, table.rows)
    return files


def _figure_rows(pack: Pack) -> Iterator[tuple[Cell, ...]]:
    for chapter, contents in pack.figures.chapters.items():
        for each in contents.figures:
            yield (
                chapter.value, each.name, pack.speech.title(each.name), each.value,
                each.measure.value, each.count, each.of, each.open, each.unknown, each.original,
                each.aim.target, each.aim.alarm_below, each.standing.value, each.alarm.value,
            )  # fmt: skip


def _csv(pack: Pack, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows as spreadsheets of the language's countries read them."""
    words, text = pack.speech.words, StringIO()
    writer = csv.writer(text, delimiter=words["between"], lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value, words["decimal"]) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell, decimal: str) -> str:
    """Numbers are written as such; text that would be a formula is made text by an apostrophe."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case str():
            return harmless(value)
        case _:
            return _number(value).replace(".", decimal)


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows and never runs, whatever a lead calls himself."""
    dangerous = text.lstrip(" \u00a0'").startswith(_DANGEROUS) or text.startswith(_DANGEROUS)
    return f"'{text}" if dangerous else text


def _number(value: int | Fraction) -> str:
    if value == int(value):
        return str(int(value))
    return f"{float(value):.{DIGITS}f}".rstrip("0")


def json_files(pack: Pack) -> Mapping[str, str]:
    """Return the one file; its `schema` changes when the meaning of anything in it does."""
    return {f"{pack.figures.month}.json": json.dumps(values(pack), ensure_ascii=False, indent=2)}


def values(pack: Pack) -> dict[str, Any]:
    """Return everything that the pack tells as plain values."""
    found = pack.figures
    return {
        "schema": SCHEMA,
        "month": str(found.month),
        "zone": found.zone.key,
        "as_of": found.now.isoformat(),
        "known_to": found.known_to.isoformat(),
        "over": found.over,
        "agreement": {"name": found.agreement, "version": found.version, "hash": found.hash},
        "currency": found.currency or None,
        "chapters": {name.value: _contents(pack, each) for name, each in found.chapters.items()},
        "alarms": [{"figure": each.name, "alarm": each.alarm.value} for each in found.alarms],
        "notes": [_note(each) for each in found.notes],
        "read_to": {stream: at.isoformat() for stream, at in found.read_to.items()},
        "assessment": _assessment(pack),
    }


def _note(note: Note) -> dict[str, str]:
    return {"note": note.name, **note.values} | ({"at": note.at.isoformat()} if note.at else {})


def _contents(pack: Pack, contents: Contents) -> dict[str, Any]:
    return {
        "figures": {each.name: _figure(pack, each) for each in contents.figures},
        "series": {
            each.name: {
                "unit": each.measure.value,
                "months": dict(zip(each.months, map(_plain, each.values), strict=True)),
            }
            for each in contents.series
        },
        "tables": {each.name: _table(each) for each in contents.tables},
    }


def _figure(pack: Pack, each: Figure) -> dict[str, Any]:
    return {
        "title": pack.speech.title(each.name), "value": _plain(each.value),
        "unit": each.measure.value, "count": each.count, "of": each.of, "open": each.open,
        "unknown": each.unknown, "original": _plain(each.original),
        "target": _plain(each.aim.target), "alarm_below": _plain(each.aim.alarm_below),
        "standing": each.standing.value, "alarm": each.alarm.value,
    }  # fmt: skip


def _table(table: Table) -> dict[str, Any]:
    names = [name for name, _ in table.columns]
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in table.rows]
    return {
        "columns": [{"name": n, "unit": m.value if m else None} for n, m in table.columns],
        "rows": rows,
        "total": table.total if table.total is not None else len(rows),
    }


def _plain(value: Cell) -> str | int | float | None:
    match value:
        case Fraction():
            return int(value) if value.denominator == 1 else round(float(value), DIGITS)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _assessment(pack: Pack) -> dict[str, Any] | None:
    found = pack.assessment
    if found is None:
        return None
    return {
        "on": found.at.isoformat(), "answers": dict(found.answers), "points": found.points,
        "level": level_of(found.points).value,
    }  # fmt: skip
