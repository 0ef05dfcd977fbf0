"""A file of the Bulk API as rows like REST's: decoded and typed as it comes, never as a whole."""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import requests

from slasync.connectors.salesforce.errors import SECONDS
from slasync.connectors.salesforce.people import Row
from slasync.errors import TryLater

PIECE = 64 * 1024  # bytes
LAST = "null"  # the locator of the last part
MEDIA = "text/csv"
Kinds = Mapping[str, str]
"""Types of fields as describe names them, by the field's name in lower case."""


class Torn(Exception):
    """The file ends, or goes wrong, within a row."""


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Cut a file into lines. Only a line feed ends one. Raises Torn after the last whole one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for piece in pieces:
        rest += decoder.decode(piece)
        *whole, rest = rest.split("\n")
        yield from (line + "\n" for line in whole)
    if rest or decoder.getstate()[0]:
        raise Torn("the file ends within a row")


def records(pieces: Iterable[bytes], kinds: Kinds) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file by the names of its header, values typed. Raises Torn."""
    try:
        table = csv.reader(lines(pieces), strict=True)
        header = next(table, None)
        if not header:
            raise Torn("the file has no header")
        columns = [(name, TYPED.get(kinds.get(name.lower(), ""), _text)) for name in header]
        for cells in table:
            if len(cells) != len(columns):
                raise Torn("a row has more or fewer values than the header")
            read = zip(columns, cells, strict=True)
            yield {name: typed(cell) for (name, typed), cell in read}
    except (csv.Error, UnicodeDecodeError) as error:
        raise Torn(str(error)) from error


def _text(cell: str) -> str | None:
    return cell or None  # Salesforce keeps no empty text


def _number(cell: str) -> float | str | None:
    """Read a number; what is none stays text, and its row is set aside when it is translated."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def _amount(cell: str) -> float | str | None:
    """Read an amount of money; REST writes a whole one without a fraction."""
    number = _number(cell)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _whole(cell: str) -> float | str | None:
    return int(cell) if cell.lstrip("-").isdecimal() else _number(cell)


def _flag(cell: str) -> bool | str:
    return {"true": True, "false": False, "": False}.get(cell, cell)


def _stamp(cell: str) -> str | None:
    """Write a stamp as REST does: files have Z where REST has +0000."""
    return cell.removesuffix("Z") + "+0000" if cell.endswith("Z") else cell or None


TYPED: Mapping[str, Callable[[str], Any]] = {
    "boolean": _flag, "int": _whole, "double": _number, "currency": _amount, "percent": _number,
    "datetime": _stamp,
}  # fmt: skip


class NotYet(TryLater):
    """Concerns one stream alone: the others can be read all the same."""


class Part:
    """One part of a job's result while it comes in. `read`: rows taken; `next`: where it goes on.

    Raises NotYet where the answer is no file of the Bulk API, or is cut off.
    """

    def __init__(self, answer: requests.Response, kinds: Kinds) -> None:
        self._answer = answer
        headers = answer.headers
        counted = headers.get("Sforce-NumberOfRecords", "")
        self.next = headers.get("Sforce-Locator", "")
        if MEDIA not in headers.get("Content-Type", "") or not counted.isdecimal() or not self.next:
            raise self._unusable("it is not a file of the Bulk API")
        self.total = int(counted)
        self.read = 0
        self._rows = records(answer.iter_content(PIECE), kinds)

    @property
    def ended(self) -> bool:
        return self.read >= self.total

    def take(self, count: int) -> list[Row]:
        """Return the next rows, so many or all that are left."""
        try:
            rows: list[Row] = [*islice(self._rows, min(count, self.total - self.read))]
            self.read += len(rows)
            further = next(self._rows, None) if self.ended or len(rows) < count else None
        except (Torn, requests.RequestException) as error:
            raise self._unusable(str(error)) from error
        if further is not None or (len(rows) < count and not self.ended):
            raise self._unusable(f"it should have {self.total} rows")
        if self.ended:
            self.close()
        return rows

    def skip(self, count: int, step: int) -> None:
        """Pass over rows that were taken before, a few at a time."""
        if count > self.total:
            raise self._unusable(f"it has {self.total} rows, of which {count} were read before")
        while self.read < count:
            self.take(min(step, count - self.read))

    def close(self) -> None:
        self._answer.close()

    def _unusable(self, why: str) -> NotYet:
        self.close()
        return NotYet(f"the answer is not usable: {why}", SECONDS)
