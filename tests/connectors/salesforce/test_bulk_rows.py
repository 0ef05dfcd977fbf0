"""Files of the Bulk API as rows: whatever stands in them, however they are cut, piece by piece."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.salesforce.bulk_rows import NotYet, Part, Torn, records
from tests.faults.marks import fault

KINDS = {
    "flag": "boolean", "whole": "int", "money": "currency", "share": "percent",
    "at": "datetime", "day": "date", "text": "string",
}  # fmt: skip


def a_file(header: list[str], rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return file.getvalue().encode()


def one(name: str, cell: str) -> Any:
    [row] = records([a_file([name, "other"], [[cell, "x"]])], KINDS)
    return row[name]


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("Flag", "true", True), ("Flag", "false", False), ("Flag", "", False),
        ("Whole", "5", 5), ("Whole", "-5", -5), ("Whole", "5.0", 5.0), ("Whole", "", None),
        ("Money", "10.5", 10.5), ("Money", "1.0E7", 10_000_000), ("Share", "", None),
        ("At", "2026-11-02T09:00:00.000Z", "2026-11-02T09:00:00.000+0000"),
        ("At", "2026-11-02T09:00:00.000+0000", "2026-11-02T09:00:00.000+0000"), ("At", "", None),
        ("Day", "2026-11-02", "2026-11-02"), ("Text", "true", "true"), ("Text", "", None),
        ("Text", " 5 ", " 5 "), ("Unknown", "5", "5"),
        ("Flag", "maybe", "maybe"), ("Whole", "five", "five"),
    ],
)  # fmt: skip
def test_a_cell_is_typed_as_describe_says(name: str, cell: str, value: object) -> None:
    read = one(name, cell)
    assert (read, type(read)) == (value, type(value))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    rows=st.lists(st.lists(texts, min_size=2, max_size=2), max_size=6),
    size=st.integers(min_value=1, max_value=50),
)
def test_any_text_is_read_back_however_the_file_is_cut_into_pieces(
    rows: list[list[str]], size: int
) -> None:
    file = a_file(["A", "B"], rows)
    pieces = [file[n : n + size] for n in range(0, len(file), size)]
    read = [[row["A"] or "", row["B"] or ""] for row in records(pieces, {})]
    assert read == rows


@given(
    rows=st.lists(st.lists(texts, min_size=2, max_size=2), min_size=1, max_size=6),
    share=st.floats(min_value=0, max_value=0.999),
)
def test_a_file_cut_off_gives_whole_rows_only(rows: list[list[str]], share: float) -> None:
    file = a_file(["A", "B"], rows)
    read = []
    try:
        for row in records([file[: int(len(file) * share)]], {}):
            read.append([row["A"] or "", row["B"] or ""])  # noqa: PERF401 - it may break off
    except Torn:
        pass
    assert read == rows[: len(read)]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "no header"),
        (b'"A","B"\n"1"\n', "more or fewer values"),
        (b'"A","B"\n"1","2","3"\n', "more or fewer values"),
        (b'"A","B"\n"1","2', "within a row"),
        (b'"A","B"\n"1","2"', "within a row"),
        (b'"A","B"\n"1","2\n', "unexpected end of data"),
        (b'"A","B"\n"1","\xff"\n', "can't decode"),
        (b'"A","B"\n"1","2"\n\xc3', "within a row"),
    ],
)
def test_a_torn_file_is_told_from_a_whole_one(file: bytes, why: str) -> None:
    with pytest.raises(Torn, match=why):
        list(records([file], {}))


class Wire:
    """A body that comes in piece by piece, and counts what was fetched of it."""

    def __init__(self, file: bytes, *, breaks_after: int | None = None) -> None:
        self._file, self._breaks_after = file, breaks_after
        self.fetched, self.closed = 0, False

    def stream(self, size: int, *, decode_content: bool) -> Iterator[bytes]:
        del decode_content
        while self.fetched < len(self._file):
            if self._breaks_after is not None and self.fetched >= self._breaks_after:
                raise requests.ConnectionError("connection reset by peer")
            piece = self._file[self.fetched : self.fetched + size]
            self.fetched += len(piece)
            yield piece

    def close(self) -> None:
        self.closed = True

    def release_conn(self) -> None:
        self.closed = True


def a_part(wire: Wire, count: int, locator: str = "null") -> Part:
    answer = requests.Response()
    answer.status_code, answer.raw = 200, wire
    answer.headers.update(
        {
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(count),
            "Sforce-Locator": locator,
        }
    )
    return Part(answer, {})


ROWS = [[str(n), "x" * 100] for n in range(50_000)]


@fault("V42")
def test_no_more_of_a_file_is_fetched_than_the_rows_taken_need() -> None:
    wire = Wire(a_file(["A", "B"], ROWS))
    part = a_part(wire, len(ROWS))
    assert wire.fetched == 0
    assert [row["A"] for row in part.take(2_000)] == [str(n) for n in range(2_000)]
    assert wire.fetched < 2_000 * 115 + 64 * 1024
    part.skip(40_000, 2_000)
    assert part.take(1)[0]["A"] == "40000"
    assert not part.ended


def test_a_part_taken_to_its_end_is_let_go() -> None:
    wire = Wire(a_file(["A", "B"], ROWS[:10]))
    part = a_part(wire, 10)
    assert len(part.take(10)) == 10
    assert part.ended
    assert wire.closed


def test_a_connection_that_breaks_is_told_with_whole_rows_kept() -> None:
    wire = Wire(a_file(["A", "B"], ROWS), breaks_after=1_000_000)
    part = a_part(wire, len(ROWS))
    assert len(part.take(5_000)) == 5_000
    with pytest.raises(NotYet, match="connection reset by peer"):
        part.take(50_000)
    assert wire.closed


def test_more_rows_than_were_read_before_must_be_there() -> None:
    with pytest.raises(NotYet, match="has 10 rows, of which 11 were read before"):
        a_part(Wire(a_file(["A", "B"], ROWS[:10])), 10).skip(11, 5)


@pytest.mark.parametrize("counted", ["", "ten", "-1"])
def test_a_part_without_a_count_is_not_usable(counted: str) -> None:
    answer = requests.Response()
    answer.raw = Wire(b"")
    answer.headers.update(
        {"Content-Type": "text/csv", "Sforce-NumberOfRecords": counted, "Sforce-Locator": "null"}
    )
    with pytest.raises(NotYet, match="not a file of the Bulk API"):
        Part(answer, {})
