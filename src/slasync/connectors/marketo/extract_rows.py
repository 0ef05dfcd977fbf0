"""The rows of a bulk extract's file, as its bytes come: a part may end anywhere."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

QUOTE, LINE_END = b'"', b"\n"


def whole_rows(part: bytes, *, last: bool) -> int:
    """Return how many bytes of `part`, which begins with a row, are rows that are complete.

    A line ends a row only outside quotes. With `last` nothing follows, and the end ends a row.
    """
    if last:
        return len(part)
    end = place = 0
    quoted = False
    for line in part.split(LINE_END)[:-1]:
        place += len(line) + 1
        quoted ^= bool(line.count(QUOTE) % 2)
        if not quoted:
            end = place
    return end


def records(rows: bytes, columns: Sequence[str]) -> list[Mapping[str, str]]:
    """Read complete rows. Raises ValueError when one has another number of cells."""
    found: list[Mapping[str, str]] = []
    for number, cells in enumerate(_cells(rows), 1):
        if cells and len(cells) != len(columns):
            raise ValueError(f"row {number} has {len(cells)} cells, not {len(columns)}")
        if cells:
            found.append(dict(zip(columns, cells, strict=True)))
    return found


def header(rows: bytes) -> tuple[list[str], int]:
    """Return the names in the first row, and how many bytes it has."""
    end = rows.find(LINE_END)
    length = len(rows) if end < 0 else end + 1
    return next(_cells(rows[:length]), []), length


def _cells(rows: bytes) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(rows.decode("utf-8-sig"), newline=""))
    except csv.Error as error:  # a cell longer than the csv module takes, say
        raise ValueError(str(error)) from error
