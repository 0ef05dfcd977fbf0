"""Keys: the same effect has the same key for ever, different effects have different ones."""

import string
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.lead import LeadKey
from slasync.domain.writes import KeyParts, Role, write_key

ORDINARY = KeyParts(
    org="00D",
    lead=LeadKey("hubspot:contact:1"),
    cycle="c1",
    clock="first_touch",
    generation=0,
    rung="day_0",
    role=Role.OWNER,
    action="task",
)
words = st.text(max_size=12)
parts = st.builds(
    KeyParts,
    org=words,
    lead=words.map(LeadKey),
    cycle=words,
    clock=words,
    generation=st.integers(0, 9),
    rung=words,
    role=st.sampled_from(Role),
    action=words,
    extra=st.dictionaries(words, words, max_size=2),
)


def test_a_key_never_changes_from_one_version_of_slasync_to_the_next() -> None:
    assert write_key(ORDINARY) == "46f5f3e221ba47957196ee2e5a95dbc886863656"


@given(one=parts, other=parts)
def test_keys_are_equal_exactly_when_all_parts_are(one: KeyParts, other: KeyParts) -> None:
    assert (write_key(one) == write_key(other)) == (one == other)


@given(one=parts)
def test_a_key_fits_into_the_crms_field_and_is_lower_case_hexadecimal(one: KeyParts) -> None:
    key = write_key(one)

    assert len(key) == 40
    assert set(key) <= set(string.hexdigits.lower())


@given(text=words, other=words)
def test_parts_do_not_run_into_one_another(text: str, other: str) -> None:
    joined = replace(ORDINARY, cycle=text + other, clock="")
    apart = replace(ORDINARY, cycle=text, clock=other)

    assert (write_key(joined) == write_key(apart)) == (not other)
