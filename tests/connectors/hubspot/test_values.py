"""HubSpot's texts and slasync's values."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.hubspot.values import (
    READ_AS,
    as_text,
    email,
    from_ms,
    instant,
    salesforce_id,
    same,
    to_ms,
)
from slasync.domain.lead import Value
from slasync.systems import FieldType
from tests.faults.marks import fault

MOMENT = datetime(2026, 3, 12, 7, 30, 26, 615_000, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@fault("T16")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12T07:30:26.615Z", MOMENT),
        ("2026-03-12T07:30:26Z", MOMENT.replace(microsecond=0)),
        (str(to_ms(MOMENT)), MOMENT),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
        ("2026-03-12T08:30:26+01:00", MOMENT.replace(microsecond=0)),
        ("-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_each_of_hubspots_forms(text: str, expected: datetime) -> None:
    assert instant(text) == expected


@fault("T16")
@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "9" * 30, "12.5", "2026-03-12T25:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        instant(text)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (FieldType.TEXT, " as it is ", " as it is "),
        (FieldType.NUMBER, "42", 42),
        (FieldType.NUMBER, "42.0", 42),
        (FieldType.NUMBER, "42.5", 42.5),
        (FieldType.NUMBER, "1.0E7", 10_000_000),
        (FieldType.BOOL, "true", True),
        (FieldType.BOOL, "False", False),
        (FieldType.BOOL, "1", True),
        (FieldType.DATE, "2026-03-12", "2026-03-12"),
        (FieldType.DATE, "1773273600000", "2026-03-12"),
        (FieldType.DATETIME, "2026-03-12T07:30:26.615Z", "2026-03-12T07:30:26.615000+00:00"),
    ],
)
def test_values_are_read_by_their_type(kind: FieldType, text: str, expected: Value) -> None:
    read = READ_AS[kind](text)

    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.NUMBER, "many"),
        (FieldType.NUMBER, "nan"),
        (FieldType.NUMBER, "1e999"),
        (FieldType.BOOL, "yes"),
        (FieldType.DATE, "tomorrow"),
    ],
)
def test_values_of_another_type_are_refused(kind: FieldType, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        READ_AS[kind](text)


@given(TIMES)
def test_a_time_that_was_written_is_recognised_however_it_is_told_back(at: datetime) -> None:
    written = as_text(at.isoformat())

    assert same(written, written)
    assert same(written, str(to_ms(at)))
    assert same(written, from_ms(to_ms(at)).isoformat())
    assert not same(written, str(to_ms(at) + 1))


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "true"), (7, "7"), ("Tea at 5", "Tea at 5"), ("T", "T")]
)
def test_values_are_written_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("written", "found", "equal"),
    [("", None, True), ("a", None, False), ("a", "a", True), ("a", "A", False), ("", "a", False),
     ("2026-03-12T07:30:26.000Z", "", False), ("2026-03-12T07:30:26.000Z", "later", False)],
)  # fmt: skip
def test_other_values_must_be_there_letter_by_letter(
    written: str, found: str | None, *, equal: bool
) -> None:
    assert same(written, found) is equal


@fault("V43")
@pytest.mark.parametrize(
    ("given_id", "known"),
    [
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
        ("001A0000006Vm9rIAC", "001A0000006Vm9rIAC"),
        (" 00QxE000001aBcD ", "00QxE000001aBcDUAU"),
        ("", None),
        (None, None),
        ("123", None),
        ("00Q/E000001aBcD", None),
        ("00QxE000001aBcDUA", None),
        ("äöüxE000001aBcD", None),
    ],
)
def test_salesforce_ids_have_eighteen_characters(given_id: str | None, known: str | None) -> None:
    assert salesforce_id(given_id) == known


@fault("V43")
@given(st.text(st.sampled_from("abcXYZ019"), min_size=15, max_size=15))
def test_ids_that_differ_in_case_only_differ_without_case_as_well(short: str) -> None:
    other = short.swapcase()
    long, other_long = salesforce_id(short), salesforce_id(other)

    assert long is not None
    assert other_long is not None
    assert (long.lower() == other_long.lower()) == (short == other)


@pytest.mark.parametrize(("text", "address"), [(" A@B.c ", "a@b.c"), ("", None), (None, None)])
def test_addresses_are_compared_without_case_and_blanks(
    text: str | None, address: str | None
) -> None:
    assert email(text) == address
