"""CSV as the Bulk API writes and reads it: delimiters, line endings, quotes, empty values."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import NUMERIC, Field

DELIMITERS = {
    "BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t",
}  # fmt: skip
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
MEDIA = "text/csv"
NOTHING = "#N/A"  # sets a field to null; an empty value leaves it as it is
YES, NO = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}
Cells = list[str]


@dataclass(frozen=True, slots=True)
class Style:
    """How a job's files are written, by the names of its creation."""

    delimiter: str = "COMMA"
    ending: str = "LF"


def written(style: Style, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a file: every value in quotes, a quote inside doubled."""
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=DELIMITERS[style.delimiter],
        lineterminator=ENDINGS[style.ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()


def parsed(style: Style, data: bytes) -> tuple[Cells, list[Cells]]:
    """Return header and rows; lines without anything are passed over.

    Raises InvalidBatch as the Trouble that a whole job fails with.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("The file is not encoded in UTF-8") from None
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=DELIMITERS[style.delimiter], strict=True
    )
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise invalid(f"Failed to parse the CSV: {error}") from None
    _check_ending(style, text)
    if not rows:
        raise invalid("The file has no header")
    return rows[0], rows[1:]


def _check_ending(style: Style, text: str) -> None:
    """Raise where the header's line does not end as the job says; a header spans one line."""
    first, end, _ = text.partition("\n")
    if end and first.endswith("\r") != (style.ending == "CRLF"):
        text = f"LineEnding is invalid on user data. Current LineEnding setting is {style.ending}"
        raise Trouble("ClientInputError", text)


def invalid(text: str) -> Trouble:
    return Trouble("InvalidBatch", text)


def shown(field: Field, value: Any) -> str:
    """Write a value as it stands in the result of a query; null is empty."""
    if value is None:
        return ""
    if field.type == "boolean":
        return "true" if value else "false"
    if field.type == "datetime":
        return str(value).replace("+0000", "Z")
    return str(float(value)) if field.type in NUMERIC - {"int"} else str(value)


def meant(field: Field | None, cell: str) -> Any:
    """Read a cell that is not empty: null, a flag in any of its words, or the text."""
    if cell == NOTHING:
        return None
    if field is None or field.type != "boolean":
        return cell
    word = cell.lower()
    return True if word in YES else False if word in NO else cell
