"""Values as Marketo writes them, and rows of a file that may end anywhere."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.marketo.extract_rows import header, records, whole_rows
from slasync.connectors.marketo.values import READ_AS, as_json, email, empty, instant, same
from slasync.systems import FieldType
from tests.faults.marks import fault

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T09:00:00Z", "2026-03-02T09:00:00+0000", "2026-03-02T01:00:00-08:00",
        "2026-03-02T09:00:00Z+0000", "2026-03-02T09:00:00.000Z",
    ],
)  # fmt: skip
def test_every_form_of_a_time_is_read(text: str) -> None:
    assert instant(text) == AT


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(text)


@fault("V42")
@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (FieldType.NUMBER, 42, 42),
        (FieldType.NUMBER, "42.0", 42),
        (FieldType.NUMBER, "4.5", 4.5),
        (FieldType.BOOL, False, False),
        (FieldType.BOOL, "true", True),
        (FieldType.BOOL, "1", True),
        (FieldType.TEXT, 7, "7"),
        (FieldType.TEXT, True, "true"),
        (FieldType.DATE, "2026-03-02", "2026-03-02"),
        (FieldType.DATETIME, "2026-03-02T01:00:00-08:00", "2026-03-02T09:00:00+00:00"),
    ],
)
def test_a_value_is_the_same_from_json_and_from_a_file(
    kind: FieldType, given: object, read: object
) -> None:
    assert READ_AS[kind](given) == read


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FieldType.NUMBER, "many"), (FieldType.NUMBER, "nan"), (FieldType.NUMBER, "1e400"),
        (FieldType.NUMBER, 2**63), (FieldType.NUMBER, True), (FieldType.BOOL, "yes"),
        (FieldType.TEXT, {"a": 1}), (FieldType.DATE, "soon"),
    ],
)  # fmt: skip
def test_what_a_field_cannot_hold_is_refused(kind: FieldType, given: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        READ_AS[kind](given)


@pytest.mark.parametrize(
    ("written", "found", "equal"),
    [
        ("MQL", "MQL", True), ("MQL", "SAL", False), ("MQL", None, False), (None, None, True),
        (None, "", True), (None, False, True), (True, True, True), ("true", True, True),
        (12, "12", True), (12, 12.0, True), (None, "x", False),
        ("2026-03-03T17:00:00Z", "2026-03-03T11:00:00-06:00", True),
        ("2026-03-03T17:00:00Z", "2026-03-03T17:00:01Z", False),
    ],
)  # fmt: skip
def test_what_was_written_is_known_again(written: object, found: object, *, equal: bool) -> None:
    assert same(written, found) == equal


@pytest.mark.parametrize(
    ("value", "sent"),
    [("", None), (None, None), ("x", "x"), (3, 3), (True, True),
     ("2026-03-03T17:00:00.5+00:00", "2026-03-03T17:00:00Z"), ("T", "T")],
)  # fmt: skip
def test_values_are_sent_as_marketo_takes_them(value: object, sent: object) -> None:
    assert as_json(value) == sent


@pytest.mark.parametrize(("held", "read"), [(" A@B.C ", "a@b.c"), ("", None), ("null", None)])
def test_addresses_are_compared_in_one_form(held: str, read: str | None) -> None:
    assert email(held) == read
    assert empty(held) == (read is None)


# files


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20), st.integers(1, 60))
def test_a_file_read_in_parts_is_the_file(rows: list[tuple[str, str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    data, at, wanted, found = out.getvalue().encode(), 0, size, []
    while at < len(data):
        part = data[at : at + wanted]
        length = whole_rows(part, last=at + len(part) == len(data))
        if not length:
            wanted *= 2
            continue
        found += records(part[:length], ["a", "b"])
        at, wanted = at + length, size

    assert [(row["a"], row["b"]) for row in found] == rows


def test_the_header_is_the_first_row_and_nothing_more() -> None:
    assert header(b"id,email\n1,a@b.c\n") == (["id", "email"], 9)
    assert header("\ufeffid\n".encode()) == (["id"], 6)
    assert header(b"") == ([], 0)


def test_a_row_with_other_cells_than_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 3 cells, not 2"):
        records(b"a,b\nc,d,e\n", ["x", "y"])


def test_a_cell_too_long_for_the_reader_is_refused() -> None:
    with pytest.raises(ValueError, match="field larger than field limit"):
        records(b"x" * 200_000 + b"\n", ["x"])
