"""To whom a lead goes: the first rule that is met and can be followed; those before it are told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from slasync.domain.agreement import Agreement
from slasync.domain.assigning import assigned
from slasync.domain.decide import chosen, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Absence, Pool, Ref, Roster, User, UserKey
from slasync.domain.routing import Choice, Load
from slasync.domain.routing_rules import Destination, Routing, RoutingRule, To
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    CONTACT,
    DAY,
    HOUR,
    MIA,
    MONDAY,
    POOL,
    QUEUE,
    RECORD,
    a_fact,
    a_lead,
    an_agreement,
    owned,
    scored,
    terms,
)
from tests.pains.marks import pain

DORA = User(UserKey("005DOR"), "Dora", "dora@sandbox.example")
PARTNERS = User(UserKey("00GPAR"), "Partner queue", None, QUEUE.kind)
DACH = Pool("dach", ("dora@sandbox.example",), manager="chi@sandbox.example", calendar="vienna")
IN_CRM = Ref("salesforce", "contact", "003000000000001AAA")


def a_rule(name: str, to: Destination, **wanted: Any) -> RoutingRule:
    """A rule that wants these values of fields; none: every lead meets it."""
    text = " and ".join(f"{field} == {value!r}" for field, value in wanted.items())

    def holds(fields: Mapping[str, Any]) -> bool:
        return all(fields.get(field) == value for field, value in wanted.items())

    return RoutingRule(name, text, holds, frozenset(wanted), to)


TO_DACH = a_rule("germans", Destination(To.POOL, "dach"), country="DE")
TO_OWNER = a_rule("own_accounts", Destination(To.ACCOUNT_OWNER))
TO_MIA = a_rule("large", Destination(To.USER, "mia@sandbox.example"), size="large")
TO_PARTNERS = a_rule("partners", Destination(To.QUEUE, "Partner queue"), source="Partner")


def a_roster(*changed: User, absences: tuple[Absence, ...] = ()) -> Roster:
    users = {u.key: u for u in (ANA, BEN, CHI, MIA, DORA, BOT, QUEUE, PARTNERS, *changed)}
    return Roster.of(users, {"inbound": POOL, "dach": DACH}, absences)


def routed(
    *rules: RoutingRule,
    history: tuple[Fact, ...] = (),
    roster: Roster | None = None,
    contact: bool = False,
    loads: Mapping[str, Mapping[UserKey, Load]] | None = None,
    **fields: Any,
) -> Choice:
    """Hand a lead over that no person owns and say who gets it."""
    agreement = an_agreement(routing=Routing(rules))
    at = terms(MONDAY, agreement=agreement, roster=roster or a_roster())
    lead = a_lead(CONTACT, RECORD, *([IN_CRM] if contact else []), **fields)
    facts = [owned(MONDAY - DAY, QUEUE), *history, scored(MONDAY)]
    decision = decide(lead, facts, at)
    return assigned(decision, lead, facts, at, {}, loads)[0]


def contact_of(owner: User) -> tuple[Fact, ...]:
    entered = {"system": "salesforce", "kind": "lead", "id": RECORD.id}
    return (
        a_fact(FactKind.ENTERED, MONDAY - 3 * DAY, entered),
        a_fact(FactKind.OWNER, MONDAY - 2 * DAY, {"owner": owner.key, "of": "contact"}),
    )


# rules


@pain("also/default")
def test_without_rules_a_lead_goes_to_the_default_pool() -> None:
    choice = routed()

    assert (choice.owner, choice.pool) == (ANA.key, "inbound")
    assert choice.why.startswith("round robin in inbound: ana@sandbox.example is next at turn 0")


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"country": "DE", "size": "large"}, DORA),
        ({"country": "AT", "size": "large"}, MIA),
        ({"source": "Partner"}, PARTNERS),
        ({}, ANA),
    ],
)
def test_the_first_rule_that_is_met_decides(fields: dict[str, Any], owner: User) -> None:
    assert routed(TO_DACH, TO_MIA, TO_PARTNERS, **fields).owner == owner.key


def test_the_rules_before_the_one_that_decided_are_told_with_the_values_they_saw() -> None:
    choice = routed(TO_DACH, TO_MIA, TO_PARTNERS, country="FR", size="large")

    assert choice.why.startswith("rule large: to mia@sandbox.example; not by germans: ")
    assert choice.kept["rule"] == "large"
    assert choice.kept["missed"] == ["germans: country == 'DE' is not met, country is 'FR'"]


def test_where_no_rule_is_met_that_is_told_too() -> None:
    choice = routed(TO_DACH)

    assert choice.why.startswith("no rule: round robin in inbound")
    assert choice.why.endswith("not by germans: country == 'DE' is not met, country is unknown")


def test_a_pool_that_a_rule_names_and_where_nobody_is_eligible_is_not_left_for_the_next() -> None:
    away = Absence("dora@sandbox.example", MONDAY - DAY, MONDAY + DAY)
    rules = (TO_DACH, a_rule("all", Destination(To.POOL, "inbound")))

    choice = routed(*rules, country="DE", roster=a_roster(absences=(away,)))

    assert choice.owner is None
    assert "nobody in dach is eligible and it has no queue" in choice.why


def test_a_queue_that_the_crm_does_not_have_is_passed_over() -> None:
    missing = a_rule("lost", Destination(To.QUEUE, "Lost queue"))

    choice = routed(missing)

    assert choice.owner == ANA.key
    assert "lost: the CRM has no queue Lost queue" in choice.why


@pytest.mark.parametrize(
    ("mia", "why"),
    [
        (replace(MIA, active=False), "is not active"),
        (replace(MIA, kind=BOT.kind), "is no person"),
        (replace(MIA, email=None), "is no user of the CRM"),
    ],
)
def test_a_user_who_cannot_take_it_is_passed_over(mia: User, why: str) -> None:
    choice = routed(TO_MIA, size="large", roster=a_roster(mia))

    assert choice.owner == ANA.key
    assert f"large: mia@sandbox.example {why}" in choice.why


# the account's owner


def test_the_owner_of_the_contact_gets_the_lead() -> None:
    choice = routed(TO_OWNER, history=contact_of(CHI), contact=True)

    assert (choice.owner, choice.pool) == (CHI.key, "inbound")
    assert choice.why == "rule own_accounts: to chi@sandbox.example"


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        (MIA, "mia@sandbox.example is a member of no pool"),
        (replace(CHI, active=False), "chi@sandbox.example is not active"),
        (QUEUE, "the CRM has no contact of this person that somebody owns"),
    ],
)
def test_an_owner_who_is_no_eligible_member_is_passed_over(owner: User, why: str) -> None:
    choice = routed(TO_OWNER, history=contact_of(owner), contact=True, roster=a_roster(owner))

    assert choice.owner == ANA.key
    assert f"own_accounts: {why}" in choice.why


def test_the_owner_of_the_contact_has_the_limits_of_his_pool() -> None:
    limited = replace(POOL, of={"chi@sandbox.example": replace(POOL.terms_of(""), most_open=1)})
    users = {u.key: u for u in (ANA, BEN, CHI, MIA, QUEUE)}
    roster = Roster.of(users, {"inbound": limited})
    loads = {"inbound": {CHI.key: Load(open=1)}}

    choice = routed(TO_OWNER, history=contact_of(CHI), contact=True, roster=roster, loads=loads)

    assert choice.owner == ANA.key
    assert "chi@sandbox.example has 1 open lead, 1 is the most" in choice.why


def test_a_contact_that_is_not_linked_any_more_owns_nothing() -> None:
    assert routed(TO_OWNER, history=contact_of(CHI), contact=False).owner == ANA.key


def test_a_lead_given_to_the_accounts_owner_does_not_count_as_dealt() -> None:
    at = terms(MONDAY, agreement=an_agreement(routing=Routing((TO_OWNER,))), roster=a_roster())
    lead = a_lead(CONTACT, RECORD, IN_CRM)
    facts = [owned(MONDAY - DAY, QUEUE), *contact_of(CHI), scored(MONDAY)]

    _, states = assigned(decide(lead, facts, at), lead, facts, at, {})

    assert states == {}


# round and round


def given_away(times: int, ago: timedelta) -> tuple[Fact, ...]:
    return tuple(
        a_fact(
            FactKind.ROUTED, MONDAY - ago,
            {"cycle": "c0", "generation": n, "owner": BEN.key, "pool": "inbound"},
            source_id=f"routed:c0:{n}",
        )
        for n in range(times + 1)
    )  # fmt: skip


def reassigned(agreement: Agreement, history: tuple[Fact, ...]) -> Choice:
    at = terms(MONDAY, agreement=agreement, roster=a_roster())
    facts = [owned(MONDAY - DAY, QUEUE), *history, scored(MONDAY)]
    decision = decide(a_lead(), facts, at)
    assert decision.assign
    again = replace(decision, assign=replace(decision.assign, generation=1))
    return assigned(again, a_lead(), facts, at, {})[0]


@pytest.mark.parametrize(
    ("times", "ago", "owner"),
    [(3, 2 * DAY, QUEUE), (2, 2 * DAY, ANA), (3, 31 * DAY, ANA)],
    ids=["too often", "not so often", "long ago"],
)
def test_a_lead_that_was_given_away_too_often_goes_to_the_queue(
    times: int, ago: timedelta, owner: User
) -> None:
    agreement = an_agreement(routing=Routing(reassignments=3))

    choice = reassigned(agreement, given_away(times, ago))

    assert choice.owner == owner.key
    if owner is QUEUE:
        assert choice.why.startswith("it was given to another owner 3 times within 30 days")


def test_a_new_hand_over_is_dealt_however_often_the_lead_was_given_away() -> None:
    assert routed(history=given_away(20, 2 * DAY)).owner == ANA.key


# what follows from the pool


def test_manager_and_calendar_of_a_lead_are_those_of_the_pool_it_was_dealt_in() -> None:
    agreement = an_agreement(routing=Routing((TO_DACH,)))
    calendars = {"office": terms(MONDAY).calendars["office"]}
    calendars["vienna"] = calendars["office"]
    at = terms(MONDAY, agreement=agreement, roster=a_roster(), calendars=calendars)
    lead = a_lead(country="DE")
    facts = [owned(MONDAY - DAY, QUEUE), scored(MONDAY)]
    first = decide(lead, facts, at)
    choice, _ = assigned(first, lead, facts, at, {})
    history = [*facts, *first.facts, chosen(first, choice, MONDAY)]
    history += [*decide(lead, history, at).facts, owned(MONDAY + HOUR, DORA, BOT)]

    later = terms(MONDAY + 2 * DAY, agreement=agreement, roster=a_roster(), calendars=calendars)
    second = decide(lead, history, later)

    assert {clock.calendar for clock in second.clocks} == {"vienna"}
    tasks = [w.values["owner"] for w in second.writes if w.action == Action.TASK]
    assert CHI.key in tasks


# released


def test_an_owner_whom_a_person_chose_is_kept_until_he_is_released() -> None:
    facts = [owned(MONDAY - DAY), scored(MONDAY), owned(MONDAY + HOUR, BEN, MIA)]
    for day in range(4):
        facts += decide(a_lead(), facts, terms(MONDAY + HOUR + day * DAY)).facts
    late = terms(MONDAY + 4 * DAY + HOUR)
    assert decide(a_lead(), facts, late).assign is None

    release = a_fact(FactKind.RELEASED, MONDAY + 2 * HOUR, {"why": ""}, source="slasync")
    known = [f for f in facts if f.kind != FactKind.FIRED or f.data["rung"] != "day_3"]
    assert decide(a_lead(), [*known, release], late).assign is not None


def test_who_a_person_chooses_after_a_release_is_kept_again() -> None:
    release = a_fact(FactKind.RELEASED, MONDAY + HOUR, {"why": ""}, source="slasync")
    facts = [owned(MONDAY - DAY), scored(MONDAY), release, owned(MONDAY + 2 * HOUR, BEN, MIA)]
    for day in range(5):
        decision = decide(a_lead(), facts, terms(MONDAY + 2 * HOUR + day * DAY))
        facts += decision.facts
        assert decision.assign is None
