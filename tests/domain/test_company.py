"""Names and domains of companies: what is the same, and what tells nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.identity.company import (
    CONTACTS_COMPANY,
    By,
    Companies,
    Company,
    KeyKind,
    asked_by,
    domains_in,
    email_domain,
    is_shared,
    keys_of,
    label,
    name_key,
    wider,
)
from slasync.domain.identity.company_words import SECOND_LEVEL, SHARED_DOMAINS

EVERY = frozenset(By)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller & Söhne GmbH", "Mueller und Soehne G.m.b.H.", "Muller Sohne", "MÜLLER+SÖHNE"),
        ("Acme, Inc.", "ACME Incorporated", "The Acme Company", "acme", "Acme Ltd", "A.C.M.E."),
        ("Acme GmbH & Co. KG", "Acme GmbH & Co KG", "Acme KG", "acme AG"),
        ("Foo UG (haftungsbeschränkt)", "Foo UG", "foo"),
        ("L'Oréal S.A.", "L\u2019Oreal SA", "Loreal"),
        ("Fiat S.p.A.", "FIAT SpA", "Fiat"),
        ("Straße AG", "Strasse AG", "STRASSE"),
        ("AT&T Inc.", "AT & T", "AT and T"),
        ("AB Volvo", "Volvo AB", "Volvo"),
        ("Østergård A/S", "Ostergard"),
        ("Łódź sp. z o.o.", "Lodz"),
    ],
)
def test_spellings_of_one_name_come_to_the_same(spellings: tuple[str, ...]) -> None:
    assert len({name_key(each) for each in spellings}) == 1, [name_key(s) for s in spellings]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme Tools"),
        ("Müller Schweiz AG", "Müller AG"),
        ("Deutsche Bank", "Deutsche Bahn"),
        ("3M", "4M"),
        ("AG", "GmbH"),
        ("東京", "大阪"),
    ],
)
def test_names_that_differ_in_more_than_their_form_are_different(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    "nothing",
    ["", "  ", "n/a", "N.A.", "-", "none", "[not provided]", "Privat", "Self-employed",
     "selbstständig", "Freelancer", "Test GmbH", "unknown", "keine Angabe", "???"],
)  # fmt: skip
def test_what_people_write_who_give_no_company_is_no_name(nothing: str) -> None:
    assert name_key(nothing) == ""


def test_a_name_that_is_nothing_but_a_legal_form_is_kept() -> None:
    assert name_key("SE") == "se"


@given(st.text())
def test_a_name_written_in_the_one_way_stays_so(name: str) -> None:
    key = name_key(name)
    assert name_key(name) == key
    assert key == key.strip()
    assert "  " not in key


@given(st.text(alphabet="abcäöüß AGgmbh&.,-", min_size=1), st.sampled_from(["GmbH", "AG", "Inc."]))
def test_case_and_a_legal_form_behind_it_never_make_another_name(name: str, form: str) -> None:
    key = name_key(name)
    if len(key.split()) > 1:  # of one word alone nothing is left out
        assert name_key(f"{name} {form}") == key
    assert name_key(name.upper()) == name_key(name.lower())


@pytest.mark.parametrize(
    ("written", "domains"),
    [
        ("https://www.Acme.de/about?x=1#y", ("acme.de",)),
        ("acme.co.uk:8080", ("acme.co.uk",)),
        ("http://user:secret@shop.acme.com/", ("shop.acme.com",)),
        ("www.acme.com, acme.de; ACME.COM|x.acme.com", ("acme.com", "acme.de", "x.acme.com")),
        ("müller.de", ("xn--mller-kva.de",)),
        ("acme.com.", ("acme.com",)),
        ("https://www.linkedin.com/company/acme", ()),
        ("acme.wordpress.com", ()),
        ("127.0.0.1 localhost acme", ()),
        ("acme..com -acme.com", ()),
        ("", ()),
    ],
)
def test_domains_are_taken_out_of_what_is_written(written: str, domains: tuple[str, ...]) -> None:
    assert domains_in(written) == domains


@given(st.text())
def test_whatever_is_written_as_a_website_gives_domains_or_nothing(text: str) -> None:
    for domain in domains_in(text):
        assert domains_in(domain) == (domain,)


@pytest.mark.parametrize(
    "email", ["ann@gmail.com", "ann@GMX.de", "ann@mail.yahoo.com", "ann@web.de", "ann@me.com"]
)
def test_an_address_that_anybody_can_have_asks_for_no_company(email: str) -> None:
    assert asked_by({"email": email}, EVERY) == frozenset()


def test_a_domain_asks_for_those_it_is_part_of_down_to_what_its_owner_chose() -> None:
    assert wider("mail.de.acme.co.uk") == ("mail.de.acme.co.uk", "de.acme.co.uk", "acme.co.uk")
    assert label("mail.de.acme.co.uk") == "acme"
    assert label("acme.com") == label("acme.de") == "acme"


def test_the_agreement_can_name_further_providers() -> None:
    asked = asked_by({"email": "ann@reseller.example"}, EVERY, {"reseller.example"})
    assert asked == frozenset()
    assert is_shared("eu.reseller.example", {"reseller.example"})


def test_a_lead_asks_by_all_that_it_tells_and_only_by_what_counts() -> None:
    fields = {
        "email": "ann@de.acme.com", "website": "acme.de", "company": "Acme GmbH",
        CONTACTS_COMPANY: "001A",
    }  # fmt: skip
    domain, name, company = KeyKind.DOMAIN, KeyKind.NAME, KeyKind.COMPANY
    assert asked_by(fields, EVERY) == {
        (domain, "de.acme.com"), (domain, "acme.com"), (domain, "acme.de"), (name, "acme"),
        (company, "001A"),
    }  # fmt: skip
    assert asked_by(fields, {By.NAME}) == {(name, "acme")}


@pytest.mark.parametrize("value", [None, 5, "", "ann", "ann@", "@", "a@b@"])
def test_an_address_that_is_none_has_no_domain(value: str | int | None) -> None:
    assert email_domain({"email": value}) == ""


def test_a_deleted_company_is_found_by_nothing_and_a_merged_one_leads_to_the_one_that_stayed() -> (
    None
):
    gone = Company("001A", "Acme", domains=("acme.com",), deleted=True)
    merged = Company("001B", "Acme", deleted=True, merged_into="001C")
    stayed = Company("001C", "Acme")
    assert keys_of(gone) == frozenset()
    found = Companies([gone, merged, stayed]).found([(KeyKind.COMPANY, "001B")])
    assert [company.key for company in found] == ["001B", "001C"]


def test_companies_come_with_those_they_belong_to_however_many_and_even_in_a_ring() -> None:
    ring = [Company(f"001{n}", f"Firm {n}", parent=f"001{(n + 1) % 4}") for n in range(4)]
    found = Companies(ring).found([(KeyKind.NAME, "firm 2")])
    assert [company.key for company in found] == ["0010", "0011", "0012", "0013"]


def test_the_lists_hold_domains_as_they_are_compared() -> None:
    assert all(domain == domain.lower() and "." in domain for domain in SHARED_DOMAINS)
    assert not SHARED_DOMAINS & SECOND_LEVEL
