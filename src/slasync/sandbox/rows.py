"""Rows of CSV files, streamed with the line on which each begins."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from slasync.sandbox.cells import Row
from slasync.sandbox.marked import Wrong, did_you_mean


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"


PLAIN = Dialect()


def header(path: Path, dialect: Dialect = PLAIN) -> list[str]:
    """Return the column names. Raises Wrong when there are none, OSError."""
    with path.open(encoding=dialect.encoding, newline="") as file:
        _, names = next(_lines(path, file, dialect), (1, []))
    if not any(names):
        raise Wrong([f"{path}:1: no header line"])
    return [name.strip() for name in names]


def rows(path: Path, dialect: Dialect = PLAIN) -> Iterator[tuple[int, Row]]:
    """Yield (line, row), one at a time; blank lines are passed over. Raises Wrong, OSError."""
    names = header(path, dialect)
    with path.open(encoding=dialect.encoding, newline="") as file:
        for line, cells in islice(_lines(path, file, dialect), 1, None):
            if len(cells) != len(names):
                raise Wrong([f"{path}:{line}: {len(cells)} cells for {len(names)} columns"])
            yield line, dict(zip(names, cells, strict=True))


def _lines(path: Path, file: TextIO, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its cells."""
    reader, begins = csv.reader(file, delimiter=dialect.delimiter, strict=True), 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Wrong([f"{path}:{begins}: {error}"]) from error
    except UnicodeDecodeError as error:
        raise Wrong([f"{path}:{begins}: not {dialect.encoding}"]) from error


def unknown_columns(
    path: Path, names: list[str], read: set[str], ignored: Iterable[str]
) -> list[str]:
    """Return what is wrong: columns that the map does not name, columns that are not there."""
    known = read | set(ignored)
    problems = [
        f"{path}:1: column {number}: {name!r} is not in the map{did_you_mean(name, known)}"
        for number, name in enumerate(names, 1)
        if name not in known
    ]
    missing = sorted(known - set(names))
    problems += [f"{path}:1: no column {m!r}{did_you_mean(m, names)}" for m in missing]
    twice = sorted({name for name in names if names.count(name) > 1})
    return problems + [f"{path}:1: column {name!r} is there twice" for name in twice]
