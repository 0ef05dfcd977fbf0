"""Which company a lead belongs to: clear evidence only, whatever the order, and never a guess."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.identity.company import CONTACTS_COMPANY, By, Companies, Company, asked_by
from slasync.domain.identity.company_match import CompanyMatch, MatchTerms, match_company
from slasync.domain.lead import UserKey

ANA, BEN = UserKey("005ANA"), UserKey("005BEN")


def acme(key: str = "001A", name: str = "Acme GmbH", **changes: Any) -> Company:
    ordinary: dict[str, Any] = {"owner": ANA, "domains": ("acme.com",)}
    return Company(key, name, **ordinary | changes)


def matched(fields: dict[str, Any], *companies: Company, **terms: Any) -> CompanyMatch:
    """Match as it is done: only with what the lead's keys find."""
    by = MatchTerms(**terms)
    found = Companies(companies).found(asked_by(fields, by.by, by.providers))
    return match_company(fields, found, by)


def key(match: CompanyMatch) -> str | None:
    return match.company.key if match.company else None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"email": "ann@acme.com"}, "account Acme GmbH (e-mail domain acme.com)"),
        ({"email": "ann@de.acme.com"}, "account Acme GmbH (e-mail domain acme.com)"),
        ({"website": "https://www.acme.com/jobs"}, "account Acme GmbH (website acme.com)"),
        ({"company": "ACME"}, "account Acme GmbH (name Acme GmbH)"),
        ({"company": "acme gmbh", "email": "ann@gmail.com"}, "account Acme GmbH (name Acme GmbH)"),
        ({"company": "Acme", "email": "ann@acme.com"},
         "account Acme GmbH (e-mail domain acme.com, name Acme GmbH)"),
        ({CONTACTS_COMPANY: "001A"}, "account Acme GmbH (its contact in the CRM)"),
    ],
)  # fmt: skip
def test_one_clear_piece_of_evidence_is_enough_and_is_told(
    fields: dict[str, Any], why: str
) -> None:
    match = matched(fields, acme(), acme("001B", "Bolt AG", domains=("bolt.com",), owner=BEN))
    assert (key(match), match.owner, match.why) == ("001A", ANA, why)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"email": "ann@gmail.com"},
        {"email": "ann@gmail.com", "company": "n/a"},
        {"email": "ann@acme.de"},
        {"company": "Acme Tools"},
        {CONTACTS_COMPANY: "001Z"},
    ],
)
def test_without_evidence_no_company_is_found(fields: dict[str, Any]) -> None:
    match = matched(fields, acme(), acme("001G", "Mail", domains=("gmail.com",)))
    assert (key(match), match.owner, match.why) == (None, None, "no account of the CRM fits")


def test_of_several_that_fit_alike_none_is_used_and_all_are_named_with_their_points() -> None:
    match = matched({"email": "ann@acme.com"}, acme(), acme("001B", "Acme Asia", owner=BEN))
    assert (match.company, match.owner) == (None, None)
    assert match.why == "2 accounts fit, none clearly"
    assert [str(each) for each in match.candidates] == [
        "Acme GmbH (001A), 60 points: e-mail domain acme.com",
        "Acme Asia (001B), 60 points: e-mail domain acme.com",
    ]


def test_the_name_tells_apart_two_that_share_a_domain() -> None:
    fields = {"email": "ann@acme.com", "company": "Acme Asia Ltd."}
    match = matched(fields, acme(), acme("001B", "Acme Asia", owner=BEN))
    assert (key(match), match.owner) == ("001B", BEN)
    assert [each.company.key for each in match.others] == ["001A"]


def test_the_nearer_domain_tells_apart_a_daughter_from_its_mother() -> None:
    daughter = acme("001B", "Acme France", domains=("fr.acme.com",), owner=BEN)
    assert key(matched({"email": "ann@fr.acme.com"}, acme(), daughter)) == "001B"
    assert key(matched({"email": "ann@acme.com"}, acme(), daughter)) == "001A"


def test_of_two_with_one_name_the_one_spelled_so_is_meant() -> None:
    german, american = acme(domains=()), acme("001B", "Acme Inc.", domains=(), owner=BEN)
    assert key(matched({"company": "ACME inc."}, german, american)) == "001B"
    assert key(matched({"company": "Acme"}, german, american)) is None


def test_the_address_says_more_than_the_name_that_somebody_typed() -> None:
    bolt = acme("001B", "Bolt AG", domains=(), owner=BEN)
    match = matched({"email": "ann@acme.com", "company": "Bolt"}, acme(), bolt)
    assert key(match) == "001A"
    assert [str(each) for each in match.others] == ["Bolt AG (001B), 30 points: name Bolt AG"]


def test_a_name_spelled_exactly_against_an_address_is_not_decided() -> None:
    bolt = acme("001B", "Bolt AG", domains=(), owner=BEN)
    assert key(matched({"email": "ann@acme.com", "company": "Bolt AG"}, acme(), bolt)) is None


def test_a_name_does_not_count_where_the_websites_have_nothing_in_common() -> None:
    match = matched({"email": "ann@acme-tools.fr", "company": "Acme"}, acme())
    assert (key(match), match.why) == (None, "no account of the CRM fits")
    assert str(match.candidates[0]) == (
        "Acme GmbH (001A), 0 points: name Acme GmbH, but its website is acme.com, not acme-tools.fr"
    )


def test_another_ending_of_the_same_domain_is_no_contradiction() -> None:
    assert key(matched({"email": "ann@acme.fr", "company": "Acme"}, acme())) == "001A"


def test_the_persons_own_contact_counts_more_than_an_address() -> None:
    bolt = acme("001B", "Bolt AG", domains=("bolt.com",), owner=BEN)
    fields = {CONTACTS_COMPANY: "001B", "email": "ann@acme.com"}
    assert key(matched(fields, acme(), bolt)) == "001B"


def test_a_contact_of_one_company_with_address_and_name_of_another_is_not_decided() -> None:
    bolt = acme("001B", "Bolt AG", domains=("bolt.com",), owner=BEN)
    fields = {CONTACTS_COMPANY: "001B", "email": "ann@acme.com", "company": "Acme GmbH"}
    assert key(matched(fields, acme(), bolt)) is None


def test_a_contact_of_a_company_that_was_merged_is_the_other_ones() -> None:
    old = acme("001O", deleted=True, merged_into="001M", domains=())
    middle = acme("001M", deleted=True, merged_into="001A", domains=())
    assert key(matched({CONTACTS_COMPANY: "001O"}, old, middle, acme(domains=()))) == "001A"


def test_a_ring_of_merges_leads_nowhere() -> None:
    one = acme("001A", deleted=True, merged_into="001B")
    other = acme("001B", deleted=True, merged_into="001A")
    assert key(matched({CONTACTS_COMPANY: "001A"}, one, other)) is None


def test_a_deleted_company_is_never_used() -> None:
    assert key(matched({"email": "ann@acme.com"}, acme(deleted=True))) is None


def test_who_owns_all_that_fit_is_no_guess() -> None:
    match = matched({"email": "ann@acme.com"}, acme(), acme("001B", "Acme Asia"))
    assert (match.company, match.owner) == (None, ANA)
    assert match.why == "2 accounts fit and have one owner"


def test_companies_that_nobody_owns_have_no_owner_in_common() -> None:
    match = matched({"email": "ann@acme.com"}, acme(owner=None), acme("001B", owner=None))
    assert match.why == "2 accounts fit, none clearly"


def test_the_top_of_a_family_is_used_where_that_was_agreed_and_only_there() -> None:
    top = acme("001T", "Acme Holding")
    middle = acme("001M", "Acme Europe", domains=(), parent="001T", owner=BEN)
    low = acme("001L", "Acme France", parent="001M", owner=BEN)
    fields = {"email": "ann@acme.com"}
    assert key(matched(fields, top, middle, low)) is None
    match = matched(fields, top, middle, low, top_of_family=True)
    assert (key(match), match.why) == (
        "001T",
        "account Acme Holding (e-mail domain acme.com), above 1 more that fits",
    )


def test_two_families_have_no_common_top() -> None:
    fields, stranger = {"email": "ann@acme.com"}, acme("001S", "Acme Gardens", owner=BEN)
    top, low = acme("001T", "Acme Holding"), acme("001L", "Acme France", parent="001T")
    assert key(matched(fields, top, low, stranger, top_of_family=True)) is None


def test_evidence_that_was_not_agreed_does_not_count() -> None:
    fields = {"email": "ann@acme.com", "company": "Acme"}
    assert key(matched(fields, acme(), by=frozenset({By.WEBSITE}))) is None
    match = matched(fields, acme(), by=frozenset({By.NAME}))
    assert match.why == "account Acme GmbH (name Acme GmbH)"


def test_a_website_that_is_the_addresss_domain_is_no_second_evidence() -> None:
    match = matched({"email": "ann@acme.com", "website": "www.acme.com"}, acme())
    assert match.candidates[0].points == 60


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["a@acme.com", "a@fr.acme.com", "a@bolt.com", "a@gmx.de"]),
        "company": st.sampled_from(["Acme", "Acme GmbH", "Bolt", "n/a"]),
        "website": st.sampled_from(["acme.com", "www.bolt.com", "linkedin.com/x"]),
        CONTACTS_COMPANY: st.sampled_from(["0010", "0011", "0012", "0019"]),
    },
)
NUMBERS = st.integers(0, 5).map(lambda n: f"001{n}")
COMPANIES = st.dictionaries(
    NUMBERS,
    st.tuples(
        st.sampled_from(["Acme GmbH", "Acme Inc", "Acme France", "Bolt"]),
        st.sampled_from([ANA, BEN, None]),
        st.sampled_from([(), ("acme.com",), ("fr.acme.com",), ("bolt.com", "acme.com")]),
        st.none() | NUMBERS,
        st.booleans(),
        st.none() | NUMBERS,
    ),
).map(
    lambda made: [Company(k, n, o, d, p, gone, into if gone else None)
                  for k, (n, o, d, p, gone, into) in made.items()]
)  # fmt: skip


@given(FIELDS, COMPANIES, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_companies_changes_nothing_and_who_is_chosen_is_clearly_ahead(
    fields: dict[str, Any],
    companies: list[Company],
    random: Any,
    top: bool,  # noqa: FBT001 - drawn
) -> None:
    match = matched(fields, *companies, top_of_family=top)
    shuffled = [*companies]
    random.shuffle(shuffled)
    assert matched(fields, *shuffled, top_of_family=top) == match
    assert all(not each.company.deleted for each in match.candidates)
    if match.company is None:
        return
    points = {each.company.key: each.points for each in match.candidates}
    rest = [p for k, p in points.items() if k != match.company.key]
    assert points[match.company.key] > 0
    assert top or all(points[match.company.key] - p >= 20 for p in rest)
