"""Two spellings of one thing compare alike, and what cannot be read for certain stays as it is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slasync.domain.identity import normalising
from slasync.domain.identity.country_words import NATIONAL


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        (" Lou@Example.COM ", "lou@example.com"),
        ("lou@bücher.de", "lou@xn--bcher-kva.de"),
        ("lou@xn--bcher-kva.de", "lou@xn--bcher-kva.de"),
        ("lou@example.com.", "lou@example.com"),
        ("lou+news@example.com", "lou+news@example.com"),
        ("l.o.u@gmail.com", "l.o.u@gmail.com"),
        ("lou@" + "ü" * 70 + ".de", "lou@" + "ü" * 70 + ".de"),
        ("no address", None),
        (None, None),
    ],
)
def test_an_address_is_compared_in_small_letters_its_domain_as_the_network_writes_it(
    written: str | None, compared: str | None
) -> None:
    assert normalising.email(written) == compared


@pytest.mark.parametrize(
    ("written", "bare"),
    [("lou+news@x.de", "lou@x.de"), ("lou@x.de", "lou@x.de"), ("+all@x.de", "+all@x.de")],
)
def test_what_follows_a_plus_goes_only_where_that_is_wanted(written: str, bare: str) -> None:
    assert normalising.email(written, plus_tags=False) == bare


@pytest.mark.parametrize(
    ("written", "country", "compared"),
    [
        ("030 1234567", "Deutschland", "+49301234567"),
        ("+49 (0)30 123-4567", None, "+49301234567"),
        ("+49 030 1234567", None, "+49301234567"),
        ("0049 30 1234567", None, "+49301234567"),
        ("0151/2345678", "AT", "+431512345678"),
        ("(415) 555-2671", "USA", "+14155552671"),
        ("1-415-555-2671", "us", "+14155552671"),
        ("06 20 123 4567", "Ungarn", "+36201234567"),
        ("06 698 12345", "Italy", "+390669812345"),
        ("+39 06 698 12345", None, "+390669812345"),
        ("612 345 678", "Spanien", "+34612345678"),
        ("020 7946 0958 ext. 12", "UK", "+442079460958"),
    ],
)
def test_a_number_is_written_with_its_countrys_code(
    written: str, country: str | None, compared: str
) -> None:
    assert normalising.phone(written, country) == compared


@pytest.mark.parametrize(
    ("written", "country", "stays"),
    [
        ("555 1234", "DE", "555 1234"),  # perhaps local, without the town's code
        ("030 1234567", None, "030 1234567"),
        ("030 1234567", "Narnia", "030 1234567"),
        ("+999 12345678", None, "+999 12345678"),  # no country has that code
        ("+49 30", None, "+49 30"),
        ("+49 30 1234567890123", None, "+49 30 1234567890123"),
        ("call 030-ACME-1", "DE", "call 030-ACME-1"),
        ("ask me", "DE", None),
        ("", "DE", None),
    ],
)
def test_a_number_that_is_not_certain_stays_as_it_is(
    written: str, country: str | None, stays: str | None
) -> None:
    assert normalising.phone(written, country) == stays


@given(st.sampled_from(sorted(NATIONAL)), st.text("0123456789 ()-/.+", max_size=20))
@example("CY", "010000")
@example("HU", "06 0 123456")
@example("DE", "+49 00 30 123456")
def test_a_number_once_normalised_stays_so(country: str, written: str) -> None:
    once = normalising.phone(written, country)

    assert normalising.phone(once, country) == once


@pytest.mark.parametrize(
    ("written", "code"),
    [("Germany", "DE"), ("deutschland", "DE"), ("DE", "DE"), ("Österreich", "AT"),
     ("U.S.A.", "US"), ("Vereinigte Staaten von Amerika", "US"), ("Großbritannien", "GB"),
     ("The Netherlands", "NL"), (" Schweiz ", "CH"), ("Türkei", "TR"), ("Narnia", None)],
)  # fmt: skip
def test_a_country_is_known_by_its_names_and_codes(written: str, code: str | None) -> None:
    assert normalising.country_code(written) == code


def test_an_unknown_country_is_compared_by_its_words() -> None:
    assert normalising.country(" Nárnia ") == normalising.country("narnia") == "narnia"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Dr. Éva Müller-Lüdenscheidt", "eva muller ludenscheidt"), ("Søren  Øst", "Soren Ost")],
)
def test_names_are_compared_without_titles_accents_and_signs(one: str, other: str) -> None:
    assert normalising.name(one) == normalising.name(other)
