"""Leads that may be one person are listed with reasons; nothing is decided by points."""

import pytest

from slasync.domain.identity.matching import MOST_ALIKE, Candidate, candidates
from slasync.domain.lead import Lead, LeadKey, Ref

LOU = {
    "email": "lou@acme.example",
    "first_name": "Lou",
    "last_name": "Reed",
    "company": "Acme GmbH",
    "phone": "030 1234567",
    "country": "Germany",
}


def lead(number: int, **fields: str) -> Lead:
    ref = Ref("hubspot", "contact", str(number))
    return Lead(LeadKey(str(ref)), (ref,), {**LOU, **fields})


def found(*leads: Lead, least: int = 50) -> list[Candidate]:
    return candidates(leads, least=least)


def words(candidate: Candidate) -> list[str]:
    return [reason.words for reason in candidate.reasons]


def test_the_same_number_in_two_spellings_speaks_for_one_person() -> None:
    other = lead(2, email="lou@home.example", phone="+49 (0)30 1234567", country="DE", company="")

    (pair,) = found(lead(1), other)

    assert pair.leads == ("hubspot:contact:1", "hubspot:contact:2")
    assert words(pair) == [
        "the same telephone number",
        "the same name",
        "each is a contact in hubspot: merge them there",
    ]
    assert pair.points == 65


def test_a_plus_in_the_address_and_a_legal_form_count_for_nothing() -> None:
    other = lead(2, email="Lou+fair@acme.example", company="ACME", phone="")

    (pair,) = found(lead(1, phone=""), other)

    assert "the same e-mail address but for what follows the plus" in words(pair)
    assert "the same company" in words(pair)


@pytest.mark.parametrize("lacking", ["phone", "email", "last_name"])
def test_what_is_lacking_speaks_neither_for_nor_against(lacking: str) -> None:
    blank = {lacking: ""}
    (pair,) = found(lead(1, **blank), lead(2, **blank))

    assert "other names" not in words(pair)


def test_a_shared_number_of_other_people_is_not_worth_a_look() -> None:
    other = lead(2, email="eva@acme.example", first_name="Eva", last_name="Braun")

    assert found(lead(1), other) == []
    (pair,) = found(lead(1), other, least=1)
    assert {"other names", "the same telephone number"} <= set(words(pair))


def test_a_number_that_many_have_is_a_switchboards() -> None:
    many = [lead(n, email=f"p{n}@x{n}.example", first_name=f"P{n}", company="") for n in
            range(MOST_ALIKE + 1)]  # fmt: skip

    assert found(*many, least=1) == []
    assert len(found(*many[:2], least=1)) == 1


def test_two_that_somebody_has_parted_are_not_shown_again() -> None:
    one, other = lead(1), lead(2)

    assert len(candidates([one, other])) == 1
    assert candidates([one, other], [(other.key, one.key)]) == []
