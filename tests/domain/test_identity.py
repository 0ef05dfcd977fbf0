"""Which lead a record belongs to, and what a lead's fields are when several records tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.identity.belonging import (
    Ambiguous,
    Same,
    Unknown,
    match,
    merged_fields,
    normalised,
)
from slasync.domain.lead import LeadKey, Ref

ONE, TWO = LeadKey("hubspot:contact:1"), LeadKey("hubspot:contact:2")
RECORD = Ref("salesforce", "lead", "00Q1")
CONTACT = Ref("hubspot", "contact", "1")


def test_an_explicit_link_goes_before_the_address() -> None:
    assert match(RECORD, [ONE], [TWO], {}) == Same(ONE, "id")


def test_links_that_name_two_leads_are_not_guessed_about() -> None:
    assert isinstance(match(RECORD, [ONE, TWO], [], {}), Ambiguous)


def test_one_lead_with_the_same_address_is_meant() -> None:
    assert match(RECORD, [], [ONE], {ONE: [CONTACT]}) == Same(ONE, "email")


def test_two_leads_with_the_same_address_are_not_guessed_about() -> None:
    assert isinstance(match(RECORD, [], [ONE, TWO], {}), Ambiguous)


def test_a_lead_that_has_such_a_record_already_is_another_person() -> None:
    assert match(RECORD, [], [ONE], {ONE: [Ref("salesforce", "lead", "00Q2")]}) == Unknown()


@pytest.mark.parametrize(
    ("written", "compared"),
    [(" Lou@Example.com ", "lou@example.com"), ("", None), (None, None), ("no address", None)],
)
def test_addresses_are_compared_trimmed_and_in_lower_case(
    written: str | None, compared: str | None
) -> None:
    assert normalised(written) == compared


fields = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(0, 3), max_size=4)
records = st.lists(
    st.tuples(st.sampled_from(["salesforce", "hubspot", "marketo"]), fields),
    max_size=3,
    unique_by=lambda record: record[0],
)
PRECEDENCE = ("salesforce", "hubspot")


@given(known=records, data=st.data())
def test_the_order_of_the_records_changes_nothing(
    known: list[tuple[str, dict[str, int | None]]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(known))

    assert merged_fields(shuffled, PRECEDENCE) == merged_fields(known, PRECEDENCE)


@given(known=records)
def test_a_field_has_the_first_value_there_is_in_order_of_precedence(
    known: list[tuple[str, dict[str, int | None]]],
) -> None:
    rank = {"salesforce": 0, "hubspot": 1, "marketo": 2}
    merged = merged_fields(known, PRECEDENCE)

    for name in {name for _, record in known for name in record}:
        told = [
            record[name]
            for system, record in sorted(known, key=lambda each: rank[each[0]])
            if record.get(name) is not None
        ]
        assert merged[name] == (told[0] if told else None)


@given(known=records)
def test_merging_what_was_merged_gives_the_same(
    known: list[tuple[str, dict[str, int | None]]],
) -> None:
    merged = merged_fields(known, PRECEDENCE)

    assert merged_fields([("salesforce", merged)], PRECEDENCE) == merged
