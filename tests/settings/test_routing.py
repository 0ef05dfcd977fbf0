"""Routing and teams as written in the files: what they come to, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.domain.identity.company import By
from slasync.domain.identity.company_match import MatchTerms
from slasync.domain.lead import InHours, Member
from slasync.domain.routing_rules import Destination, To
from slasync.polling import slow_streams
from slasync.settings import Settings, schemas
from slasync.systems import AccountsConfig, OpportunitiesConfig
from tests.settings.configs import Configuration, shipped

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
INBOUND = "pools:\n  inbound:\n"
DACH = """
pools:
  dach:
    members:
      - dora@sandbox.example
      - {who: chi@sandbox.example, weight: 2, skills: [french], most_open: 20}
    leadership: [lea@sandbox.example]
    in_hours: preferred
    most_open: 40
    most_a_day: 8
  inbound:
"""
ROUTING = "routing: {pool: inbound}\n"
GERMANS = "{field: country, values: [DE], pool: dach}"


def configured(root: Path, routing: str) -> Configuration:
    """Write rules into the agreement, beside a second pool."""
    lines = "".join(f"  {line}\n" for line in routing.splitlines())
    changed = shipped(root).change(AGREEMENT, ROUTING, f"routing:\n  pool: inbound\n{lines}")
    return changed.change(TEAMS, INBOUND, DACH.lstrip())


def routed(settings: Settings, **fields: str | float | None) -> str:
    """Name the first rule that is met."""
    rules = settings.agreement.routing.rules
    return next((rule.name for rule in rules if rule.holds(fields)), "")


# what it comes to


def test_the_short_form_is_a_pool_without_rules(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement

    assert agreement.pool == "inbound"
    assert agreement.routing.rules == ()
    assert agreement.routing.pools(agreement.pool) == {"inbound"}


def test_rules_are_asked_in_their_order_then_territories(tmp_path: Path) -> None:
    settings = configured(
        tmp_path,
        """\
rules:
  - {name: own_accounts, to: account_owner}
  - {name: large, when: score >= 150, to: lea@sandbox.example}
  - {name: partners, when: source == 'Partner', to: {queue: Partner queue}}
  - {name: french, when: country == 'FR', to: dach, skills: [french]}
territories:
  munich: {field: source, starts_with: ["Munich "], pool: dach}
  dach: {field: country, values: [DE, AT, CH], pool: dach}
reassignments: {most: 4, within: 10 d}
""",
    ).load()

    routing = settings.agreement.routing
    assert [rule.name for rule in routing.rules] == [
        "own_accounts", "large", "partners", "french", "munich", "dach",
    ]  # fmt: skip
    assert [rule.to for rule in routing.rules] == [
        Destination(To.ACCOUNT_OWNER),
        Destination(To.USER, "lea@sandbox.example"),
        Destination(To.QUEUE, "Partner queue"),
        Destination(To.POOL, "dach"),
        Destination(To.POOL, "dach"),
        Destination(To.POOL, "dach"),
    ]
    assert routing.rules[3].skills == {"french"}
    assert (routing.reassignments, routing.within.days) == (4, 10)
    assert routing.pools("inbound") == {"inbound", "dach"}


@pytest.mark.parametrize(
    ("country", "name"),
    [("DE", "dach"), (" de ", "dach"), ("Österreich", "dach"), ("FR", ""), (None, ""), ("D", "")],
)
def test_a_territory_takes_its_values_however_they_are_written(
    tmp_path: Path, country: str | None, name: str
) -> None:
    part = "territories:\n  dach: {field: country, values: [DE, österreich], pool: dach}"

    assert routed(configured(tmp_path, part).load(), country=country) == name


def test_the_fields_that_rules_read_are_watched(tmp_path: Path) -> None:
    part = "territories:\n  dach: {field: country, values: [DE], pool: dach}"

    assert "country" not in shipped(tmp_path / "a").load().agreement.watched
    assert "country" in configured(tmp_path / "b", part).load().agreement.watched


def test_members_have_what_their_pool_says_unless_they_say_otherwise(tmp_path: Path) -> None:
    pool = configured(tmp_path, "").load().pools["dach"]

    assert pool.members == ("dora@sandbox.example", "chi@sandbox.example")
    assert pool.in_hours is InHours.PREFERRED
    assert pool.terms_of("dora@sandbox.example") == Member(most_open=40, most_a_day=8)
    assert pool.terms_of("chi@sandbox.example") == Member(
        weight=2, skills=frozenset({"french"}), most_open=20, most_a_day=8
    )
    assert pool.capped


def test_a_pool_of_addresses_alone_counts_nobodys_leads(tmp_path: Path) -> None:
    assert not shipped(tmp_path).load().pools["inbound"].capped


def test_absences_may_be_of_members_with_more_than_an_address(tmp_path: Path) -> None:
    absent = "absences: [{who: chi@sandbox.example, from: 2026-12-01, to: 2026-12-02}]"

    settings = configured(tmp_path, "").change(TEAMS, "absences: []", absent).load()

    assert [absence.email for absence in settings.absences] == ["chi@sandbox.example"]


def test_editors_are_told_that_an_address_alone_is_a_member() -> None:
    pool = schemas()[TEAMS]["$defs"]["PoolPart"]["properties"]

    kinds = [
        alternative.get("type", "a member") for alternative in pool["members"]["items"]["anyOf"]
    ]
    assert kinds == ["string", "a member"]


# accounts


OWN = "rules: [{name: own, to: account_owner}]"


def test_accounts_are_read_when_a_rule_asks_for_their_owner_and_only_then(tmp_path: Path) -> None:
    asked = configured(tmp_path / "asked", OWN).load()
    unasked = configured(tmp_path / "unasked", "").load()

    assert asked.salesforce
    assert asked.salesforce.accounts == AccountsConfig(("Website",), timedelta(minutes=15))
    assert asked.agreement.routing.matching == MatchTerms()
    assert unasked.salesforce
    assert unasked.salesforce.accounts is None
    assert unasked.agreement.routing.matching is None


def test_accounts_can_be_read_always_or_never_whatever_the_rules_ask(tmp_path: Path) -> None:
    when = ("connectors/salesforce/connector.yaml", "read: when_needed ")
    never = configured(tmp_path / "never", OWN).change(*when, "read: never ").load()
    always = configured(tmp_path / "always", "").change(*when, "read: always ").load()

    assert never.salesforce
    assert (never.salesforce.accounts, never.agreement.routing.matching) == (None, None)
    assert always.salesforce
    assert always.salesforce.accounts is not None


def test_opportunities_are_read_where_it_is_asked_for_and_not_as_shipped(tmp_path: Path) -> None:
    when = ("connectors/salesforce/connector.yaml", "  read: never ")
    shipped = configured(tmp_path / "shipped", "").load()
    always = configured(tmp_path / "always", "").change(*when, "  read: always ").load()

    assert shipped.salesforce
    assert shipped.salesforce.opportunities is None
    assert always.salesforce
    assert always.salesforce.opportunities == OpportunitiesConfig(timedelta(minutes=15))


@pytest.mark.parametrize(
    ("wanted", "streams"),
    [("true", {"opportunities", "opportunity_roles"}), ("false", {"opportunities"})],
)
def test_contact_roles_are_read_as_often_as_opportunities_unless_they_are_not_wanted(
    tmp_path: Path, wanted: str, streams: set[str]
) -> None:
    file = "connectors/salesforce/connector.yaml"
    found = configured(tmp_path, "").change(file, "  read: never ", "  read: always ")
    found.change(file, "contact_roles: true", f"contact_roles: {wanted}")

    slow = slow_streams(found.load())

    assert slow == {f"salesforce.{name}": timedelta(minutes=15) for name in streams}


def test_how_accounts_are_matched_is_as_agreed(tmp_path: Path) -> None:
    told = "account_match: {by: [email, name], providers: [reseller.example], family: top}"
    settings = configured(tmp_path, f"{OWN}\n{told}").load()

    wanted = MatchTerms(frozenset({By.EMAIL, By.NAME}), frozenset({"reseller.example"}), True)  # noqa: FBT003
    assert settings.agreement.routing.matching == wanted


# what is refused


@pytest.mark.parametrize(
    ("routing", "problem"),
    [
        ("rules: [{name: a, when: cuntry == 'DE', to: dach}]",
         "routing.rules[0].when: unknown field 'cuntry' (did you mean country?)"),
        ("rules: [{name: a, when: score >= 1, to: dahc}]",
         "routing.rules[0].to: there is no pool 'dahc' (did you mean dach?)"),
        ("rules: [{name: a, to: acount_owner}]",
         "routing.rules[0].to: there is no pool 'acount_owner' (did you mean account_owner?)"),
        ("account_match: {by: [emial]}",
         "routing.account_match.by[0]: 'emial' is none of 'contact', 'email', 'website', 'name' ("),
        ("account_match: {by: []}",
         "routing.account_match.by: "),
        ("account_match: {by: [email, name, email]}",
         "routing.account_match: evidence 'email' is there twice"),
        ("account_match: {providers: [gmail.com]}",
         "routing.account_match.providers[0]: 'gmail.com' is known to be a provider: leave it out"),
        ("account_match: {providers: ['@reseller']}",
         "routing.account_match.providers[0]: '@reseller' is no domain: write reseller.example"),
        ("account_match: {providers: [a.example, A.example]}",
         "routing.account_match: provider 'a.example' is there twice"),
        ("account_match: {family: bottom}",
         "routing.account_match.family: 'bottom' is none of 'nobody'"),
        ("account_match: {famly: top}",
         "routing.account_match.famly: unknown key 'famly' (did you mean family?)"),
        ("rules: [{name: a, to: lea@}]",
         "routing.rules[0].to: 'lea@' is no e-mail address"),
        ("rules: [{name: a, to: {pool: dach}}]",
         "routing.rules[0].to: name a pool, account_owner, somebody's e-mail address, or {queue:"),
        ("rules: [{name: a, to: {queue: ''}}]",
         "routing.rules[0].to: name a pool, account_owner"),
        ("rules: [{name: a, to: 7}]",
         "routing.rules[0].to: name a pool, account_owner"),
        ("rules: [{name: a, when: score >= 1}]",
         "routing.rules[0].to: 'to' is missing"),
        ("rules: [{name: a, wen: score >= 1, to: dach}]",
         "routing.rules[0].wen: unknown key 'wen' (did you mean when?)"),
        ("rules: [{name: a, to: lea@sandbox.example, skills: [french]}]",
         "routing.rules[0]: skills are asked of a pool's members: user lea@sandbox.example is"),
        ("rules: [{name: a, to: dach, skills: [frensh]}]",
         ("routing.rules[0].skills: no member of pool dach has frensh"
         " (did you mean french?)")),
        ("rules: [{name: a, to: dach}, {name: b, when: score >= 1, to: inbound}]",
         "routing: rule b is never reached: a before it takes every lead"),
        (f"rules: [{{name: a, to: {{queue: Q}}}}]\nterritories: {{b: {GERMANS}}}",
         "routing: territory b is never reached: a before it takes every lead"),
        ("rules: [{name: a, when: score >= 1, to: dach}, {name: b, when: 'score >=  1', to: dach}]",
         "routing: rule b is never reached: a before it has the same condition"),
        ("rules: [{name: a, when: score >= 1, to: dach}, {name: a, when: score >= 2, to: dach}]",
         "routing: rule 'a' is there twice"),
        (f"rules: [{{name: a, when: score >= 1, to: dach}}]\nterritories: {{a: {GERMANS}}}",
         "routing: rule 'a' is there twice"),
        ("territories: {a: {field: cuntry, values: [DE], pool: dach}}",
         "routing.territories.a.field: unknown field 'cuntry' (did you mean country?)"),
        ("territories: {a: {field: country, values: [DE], pool: dahc}}",
         "routing.territories.a.pool: there is no pool 'dahc' (did you mean dach?)"),
        ("territories: {a: {field: country, pool: dach}}",
         "routing.territories.a: name values of the field, or what they start with (starts_with)"),
        ("territories: {a: {field: country, values: [80331], pool: dach}}",
         "routing.territories.a.values[0]: should be text: put it in quotes"),
        (f"territories: {{a: {GERMANS}, b: {{field: country, values: [de], pool: inbound}}}}",
         "routing: country de of territory b is a's already"),
        ("reassignments: {most: 0}",
         "routing.reassignments.most: should be greater than or equal to 1"),
        ("reassignments: {within: 30}",
         "routing.reassignments.within: a duration has a unit"),
    ],
)  # fmt: skip
def test_a_mistake_in_routing_is_refused_with_its_place_and_what_was_meant(
    tmp_path: Path, routing: str, problem: str
) -> None:
    found = configured(tmp_path, routing).problems()

    assert len(found) == 1, found
    file, _, _, text = found[0].split(":", 3)
    assert (file, text.strip()[: len(problem)]) == (AGREEMENT, problem)


def test_who_may_pass_a_lead_on_does_not_keep_it_from_the_next_rule(tmp_path: Path) -> None:
    rules = """\
rules:
  - {name: a, when: score >= 1, to: account_owner}
  - {name: b, when: score >= 1, to: lea@sandbox.example}
  - {name: c, when: score >= 1, to: dach}
"""
    assert configured(tmp_path, rules).problems() == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("weight: 2", "weight: 0",
         "pools.dach.members[1].weight: should be greater than or equal to 1"),
        ("weight: 2", "weihgt: 2",
         "pools.dach.members[1].weihgt: unknown key 'weihgt' (did you mean weight?)"),
        ("who: chi@sandbox.example", "who: chi",
         "pools.dach.members[1].who: 'chi' is no e-mail address"),
        ("- dora@sandbox.example", "- dora",
         "pools.dach.members[0]: 'dora' is no e-mail address"),
        ("- dora@sandbox.example", "- CHI@sandbox.example",
         "pools.dach.members: CHI@sandbox.example is there twice"),
        ("in_hours: preferred", "in_hours: prefered",
         "pools.dach.in_hours: 'prefered' is none of"),
        ("most_a_day: 8", "most_a_day: 0",
         "pools.dach.most_a_day: should be greater than or equal to 1"),
        ("skills: [french]", "calendar: pairs",
         "pools.dach.members[1].calendar: there is no calendar 'pairs'"),
        ("  dach:\n", "  account_owner:\n",
         "pools: no pool is named account_owner: in rules that is who owns the account"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pool_is_refused_with_its_place_and_what_was_meant(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    found = configured(tmp_path, "").change(TEAMS, old, new).problems()

    assert len(found) == 1, found
    file, _, _, text = found[0].split(":", 3)
    assert (file, text.strip()[: len(problem)]) == (TEAMS, problem)
