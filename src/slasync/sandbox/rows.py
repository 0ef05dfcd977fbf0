"""Rows of CSV files, streamed with the line on which each begins."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    with _opened(path, dialect) as (names, _, _):
        return names


def rows(path: Path, dialect: Dialect = PLAIN) -> Iterator[tuple[int, Row]]:
    """Yield (line, row), one at a time; blank lines are passed over. Raises Wrong, OSError."""
    with _opened(path, dialect) as (names, reader, start):
        line = start
        for cells in reader:
            if cells and len(cells) != len(names):
                raise Wrong([f"{path}:{line}: {len(cells)} cells for {len(names)} columns"])
            if cells:
                yield line, dict(zip(names, cells, strict=True))
            line = reader.line_num + 1


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


@contextmanager
def _opened(path: Path, dialect: Dialect) -> Iterator[tuple[list[str], "csv._reader", int]]:
    with path.open(encoding=dialect.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.delimiter, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            if not names:
                raise Wrong([f"{path}:1: no header line"])
            yield names, reader, reader.line_num + 1
        except csv.Error as error:
            raise Wrong([f"{path}:{reader.line_num}: {error}"]) from error
        except UnicodeDecodeError as error:
            raise Wrong([f"{path}:{reader.line_num + 1}: not {dialect.encoding}"]) from error
