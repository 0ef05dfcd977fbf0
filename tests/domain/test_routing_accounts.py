"""Leads go to the owner of their account, when one is clear; what else fitted is told."""

from dataclasses import replace
from typing import Any

import pytest

from slasync.domain.assigning import assigned
from slasync.domain.decide import chosen, decide
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.facts import Fact
from slasync.domain.identity.company import Companies, Company
from slasync.domain.identity.company_match import MatchTerms
from slasync.domain.lead import User, UserKey
from slasync.domain.routing import Choice
from slasync.domain.routing_rules import Routing
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    CONTACT,
    MIA,
    MONDAY,
    RECORD,
    a_lead,
    an_agreement,
    owned,
    scored,
    terms,
)
from tests.domain.test_routing_rules import IN_CRM, TO_OWNER, a_roster, contact_of

ACME = Company("001A", "Acme GmbH", CHI.key, ("acme.com",))
ASIA = Company("001B", "Acme Asia", BEN.key, ("acme.com",))
READ = MatchTerms()


def routed(
    *companies: Company,
    history: tuple[Fact, ...] = (),
    read: MatchTerms | None = READ,
    changed: User | None = None,
    **fields: Any,
) -> tuple[Choice, Fact]:
    """Hand a lead over that no person owns; return the choice and its fact."""
    routing = Routing((TO_OWNER,), companies=read)
    now = terms(
        MONDAY,
        agreement=an_agreement(routing=routing),
        roster=a_roster(*([changed] if changed else [])),
    )
    refs = (CONTACT, RECORD, *([IN_CRM] if history else []))
    lead = replace(a_lead(*refs), fields={"email": "ann@acme.com", **fields})
    facts = [scored(MONDAY), owned(MONDAY, BOT), *history]
    decision = decide(lead, facts, now)
    choice, _ = assigned(decision, lead, facts, now, {}, None, Companies(companies).found)
    return choice, chosen(decision, choice, MONDAY)


def test_the_owner_of_the_account_gets_the_lead_and_the_evidence_is_told() -> None:
    choice, fact = routed(ACME, replace(ASIA, domains=("acme.asia",)), company="Acme")

    assert (choice.owner, choice.pool) == (CHI.key, "inbound")
    assert choice.why == (
        "rule own_accounts: to chi@sandbox.example, owner of account Acme GmbH"
        " (e-mail domain acme.com, name Acme GmbH)"
    )
    assert fact.data["company"] == "001A"


def test_accounts_that_fit_less_are_kept_with_the_choice() -> None:
    _, fact = routed(ACME, ASIA, company="Acme GmbH")

    assert fact.data["companies"] == ["Acme Asia (001B), 60 points: e-mail domain acme.com"]


def test_accounts_that_fit_alike_are_not_used_and_all_of_them_are_told() -> None:
    choice, fact = routed(ACME, ASIA)

    assert choice.owner == ANA.key  # the pool's next
    both = "Acme GmbH (001A), 60 points: e-mail domain acme.com; Acme Asia (001B), 60 points"
    contactless = "the CRM has no contact of this person that somebody owns"
    assert fact.data["missed"] == [
        f"own_accounts: 2 accounts fit, none clearly: {both}: e-mail domain acme.com; {contactless}"
    ]


def test_where_no_account_is_clear_the_contacts_owner_counts() -> None:
    choice, fact = routed(ACME, ASIA, history=contact_of(BEN))

    assert choice.owner == BEN.key
    assert "company" not in fact.data
    assert len(fact.data["companies"]) == 2


def test_the_accounts_owner_counts_more_than_the_contacts() -> None:
    assert routed(ACME, history=contact_of(BEN))[0].owner == CHI.key


@pytest.mark.parametrize(
    ("company", "changed", "why"),
    [
        (ACME, replace(CHI, active=False), "chi@sandbox.example is not active"),
        (replace(ACME, owner=MIA.key), None, "mia@sandbox.example is a member of no pool"),
        (replace(ACME, owner=UserKey("005GONE")), None,
         "its owner 005GONE is no user with an e-mail address"),
    ],
)  # fmt: skip
def test_an_owner_of_an_account_who_cannot_take_the_lead_is_passed_over(
    company: Company, changed: User | None, why: str
) -> None:
    choice, _ = routed(company, changed=changed)

    assert choice.owner == ANA.key
    assert f"own_accounts: account Acme GmbH (e-mail domain acme.com): {why}" in choice.why


def test_where_accounts_are_not_read_only_the_contact_counts() -> None:
    choice, _ = routed(ACME, read=None)

    assert choice.why.endswith(
        "not by own_accounts: the CRM has no contact of this person that somebody owns"
    )


def test_who_had_the_lead_in_this_cycle_does_not_get_it_again_as_the_accounts_owner() -> None:
    routing = Routing((TO_OWNER,), companies=READ)
    now = terms(MONDAY, agreement=an_agreement(routing=routing), roster=a_roster())
    lead = replace(a_lead(), fields={"email": "ann@acme.com"})
    facts = [scored(MONDAY), owned(MONDAY, BOT)]
    decision = decide(lead, facts, now)
    assert decision.assign
    again = replace(decision, assign=replace(decision.assign, exclude=frozenset({CHI.key})))

    choice, _ = assigned(again, lead, facts, now, {}, None, Companies([ACME]).found)

    assert choice.owner == ANA.key
    assert "chi@sandbox.example had it before" in choice.why


def test_explain_names_the_accounts_that_did_not_decide() -> None:
    routing = Routing((TO_OWNER,), companies=READ)
    now = terms(MONDAY, agreement=an_agreement(routing=routing), roster=a_roster())
    lead = replace(a_lead(), fields={"email": "ann@acme.com"})
    facts = [scored(MONDAY), owned(MONDAY, BOT)]
    decision = decide(lead, facts, now)
    named = replace(lead, fields={"email": "ann@acme.com", "company": "Acme GmbH"})
    choice, _ = assigned(decision, named, facts, now, {}, None, Companies([ACME, ASIA]).found)
    known = [*facts, *decision.facts, chosen(decision, choice, MONDAY)]

    told = explained(Account(lead=lead, facts=known, terms=now))

    (routing_told,) = told.routing
    other = "Acme Asia (001B), 60 points: e-mail domain acme.com"
    assert routing_told.companies == (other,)
    assert f"not for account {other}" in [miss.words for miss in told.near_misses]
    lines = [line for section in told.sections for line in section.lines]
    assert f"  not for account {other}" in lines


def test_explain_tells_of_a_wish_which_accounts_are_too_near_to_one_another() -> None:
    routing = Routing((TO_OWNER,), companies=READ)
    pool = replace(a_roster().pools["inbound"], members=(), queue=None)
    roster = replace(a_roster(), pools={"inbound": pool})
    now = terms(MONDAY, agreement=an_agreement(routing=routing), roster=roster)
    lead = replace(a_lead(), fields={"email": "ann@acme.com"})
    account = Account(
        lead=lead, facts=[scored(MONDAY), owned(MONDAY, BOT)], terms=now, companies=[ACME, ASIA]
    )

    assert any(
        "2 accounts fit, none clearly: Acme GmbH" in line for line in explained(account).next
    )
