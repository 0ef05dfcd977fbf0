"""Goal, KPIs, stages, duties and sign-off: what can be written down, and what mistakes are told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from slasync.settings.agreement_parts import WordsPart
from slasync.settings.paper import load_paper
from tests.settings.configs import Configuration, shipped

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
CALENDARS = "config/calendars.yaml"
STEP = "    - {from: sal, to: sql, rate: 0.5}\n"
MOVES = "    recycled: [mql]\n"
QUOTA = "quota: {at_least: 0.9}"
FIELDS = "fields: [email, company, source]"
UNSIGNED = "  marketing: null\n  sales: null\n"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (STEP, "", "goal: conversion: mql to sal is followed by sql to opportunity: a step begins"),
        ("    - {from: mql, to: sal, rate: 0.6}\n", "",
         "goal: conversion: leads from sal to customer: begin with mql and end with customer"),
        ("rate: 0.6", "rate: 0", "goal.conversion[0].rate: should be greater than 0"),
        ("{from: sal, to: sql, rate", "{from: sla, to: sql, rate",
         "goal.conversion[1].from: 'sla' is none of"),
        ("average_deal: 25000", "average_deal: 0", "goal.average_deal: should be greater than 0"),
        ("currency: EUR", "currency: Euro", "goal.currency: should match"),
        ("  formula:\n      de: vom Vertrieb", "  formula: 5\n    target:\n      de: vom Vertrieb",
         "kpis.mql_to_sal.formula: should be text in quotes, or one for each language"),
        ("alarm_below: 0.5", "alarm_below: 0.7",
         "kpis.mql_to_sal: alarms below 0.7, above its target 0.6"),
        ("    opportunity: sales\n", "",
         "stages: order: opportunity has no owner: name marketing or sales in owned_by; moves:"),
        ("order: [target, lead,", "order: [target, target, lead,",
         "stages: order: target is there twice"),
        (MOVES, "    recycled: [recycled]\n",
         ("stages: moves: recycled leads to itself: leave it out, it is there already; hand_overs:"
          " recycled to mql is not among the moves")),
        ("    lead: [mql]\n", "    lead: [mqll]\n",
         "stages.moves.lead[0]: 'mqll' is none of"),
        ("    - from: [mql, sal, sql, opportunity]\n      to: recycled\n",
         "    - from: [mql]\n      to: sal\n",
         "stages: hand_overs: mql to sal: sales owns both: say who gives and who takes"),
        ("  order: [target", "  without: [sal]\n  order: [target",
         "stages: order: sal is left out (without); moves: sal is left out (without)"),
        ("  order: [target", "  without: [mql]\n  order: [target",
         "stages: without: mql is what is handed over, and cannot be left out"),
        ("  order: [target", "  without: [target, lead]\n  order: [target",
         "stages: without: keep target or lead: what a contact is before it is an mql"),
        ("  order: [target", "  names: {mql: Hot, sql: Hot}\n  order: [target",
         "stages: names: two stages are called 'Hot'"),
        ("  order: [target", "  names: {mqll: Hot}\n  order: [target",
         "stages.names.mqll: 'mqll' is none of 'target', 'lead', 'mql'"),
        ("probability: 20 %", "probability: 0.2",
         "definitions.opportunities[1].probability: 0.2 is no probability: write 25 %, with its"),
        ("probability: 20 %", "probability: 120 %",
         "definitions.opportunities[1].probability: 120 % is more than 100 %"),
        ("probability: 20 %", "probability: -5 %",
         "definitions.opportunities[1].probability: '-5 %' is no probability: write 25 %"),
        ("probability: 20 %", "probability: 5 %",
         ("definitions.opportunities: specified has 5 %, less than generated before it with 10 %:"
          " list the stages in their order")),
        ("name: specified", "name: generated",
         "definitions.opportunities: stage 'generated' is there twice"),
        ("called: [Needs Analysis]", "called: [Needs Analysis, Prospecting]",
         ("definitions.opportunities: the CRM's stage 'Prospecting' is there twice: it has one"
          " probability")),
        ("called: [Needs Analysis]", "called: []",
         "definitions.opportunities[1].called: is empty"),
        ("name: specified", "name: specified\n      stage: Needs Analysis",
         "definitions.opportunities[1].stage: unknown key 'stage'"),
        ("name: specified", "name: Needs Analysis",
         "definitions.opportunities[1].name: 'Needs Analysis' is no name here"),
        (FIELDS, "fields: [email, compnay]",
         ("obligations.marketing.completeness.fields[1]: unknown field 'compnay'"
          " (did you mean company?)")),
        (FIELDS, "fields: [email, email]",
         "obligations.marketing.completeness: field 'email' is there twice"),
        (FIELDS, "fields: []", "obligations.marketing.completeness.fields: is empty"),
        (QUOTA, "quota: {at_least: 90}",
         "obligations.marketing.quota.at_least: should be less than or equal to 1"),
        ("within: 1 d,", "within: tomorrow,",
         "obligations.marketing.enrolment.within: a duration has a unit"),
        ("review_every: 180 d", "review_every: 1 h",
         "review_every: review it every 1 d at the soonest, every ten years at the latest"),
        ("  sales: null", "  sales: {who: Lea, on: 2026-02-01, hash: abc}",
         "sign_off.sales.hash: 'abc' is no hash: copy what `slasync agreement hash` prints"),
        ("  sales: null", "  sales: {who: Lea, on: 1.2.2026}", "sign_off.sales.on: should be"),
        ("    clock: first_touch\n    before_rung: day_1", "    before_rung: day_1",
         "kpis.touched_in_time: before_rung needs clock: whose rung it is"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_was_meant(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    found = shipped(tmp_path).change(AGREEMENT, old, new).problems()

    assert found
    file, _, _, text = found[0].split(":", 3)
    assert (file, text.strip()[: len(problem)]) == (AGREEMENT, problem)


# texts in two languages


def test_a_text_for_people_stands_in_one_language_or_in_both() -> None:
    plain = WordsPart.model_validate("a text")
    both = WordsPart(de="ein Text", en="a text")
    german = WordsPart(de="ein Text")

    assert (plain.said_in("de"), plain.said_in("en")) == ("a text", "a text")
    assert (both.said_in("de"), both.said_in("en")) == ("ein Text", "a text")
    assert german.said_in("en") == "ein Text"


@pytest.mark.parametrize(
    ("text", "what"),
    [('""', "is empty"), ("{}", "says nothing"), ("{ed: x}", "unknown key 'ed'")],
)
def test_a_text_that_says_nothing_is_refused(tmp_path: Path, text: str, what: str) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, "    what:\n      de: monatlich", f"    what: {text}\nXX"
    )
    whole = (tmp_path / AGREEMENT).read_text("utf-8")
    begins = whole.index("XX")
    ends = whole.index("    enrol_within", begins)
    configuration.write(AGREEMENT, whole[:begins] + whole[ends:])

    assert [what in problem for problem in configuration.problems()] == [True]


# warnings


def test_a_figure_that_contradicts_the_goal_is_a_warning_and_counts(tmp_path: Path) -> None:
    settings = shipped(tmp_path).change(AGREEMENT, "mqls_a_month: null", "mqls_a_month: 120").load()

    (warning,) = settings.warnings
    assert warning.path == "goal.mqls_a_month"
    assert warning.what == "120 are given and the goal needs 150: 120 counts"


def test_customers_that_contradict_the_revenue_are_a_warning(tmp_path: Path) -> None:
    settings = (
        shipped(tmp_path)
        .change(AGREEMENT, "average_deal: 25000", "average_deal: 25000\n  customers: 200")
        .load()
    )

    assert [w.what for w in settings.warnings] == [
        "200 are given and the goal needs 216: 200 counts"
    ]


def test_a_quota_without_a_figure_is_a_warning(tmp_path: Path) -> None:
    settings = shipped(tmp_path).change(AGREEMENT, "  revenue: 5400000\n", "").load()

    assert [w.path for w in settings.warnings] == ["obligations.marketing.quota"]
    assert "nothing is owed" in settings.warnings[0].what


def test_a_programme_slower_than_what_marketing_owes_is_a_warning(tmp_path: Path) -> None:
    settings = shipped(tmp_path).change(AGREEMENT, "enrol_within: 1 d", "enrol_within: 25 h").load()

    assert [w.path for w in settings.warnings] == ["nurture[0].enrol_within"]


def signed(root: Path, on: date, more: str = "") -> Configuration:
    """The shipped agreement, signed by both sides."""
    configuration = shipped(root)
    found = load_paper(root / "config", root / "connectors").hash
    lines = (
        f"  {side}: {{who: {who}, role: Head, on: {on}, hash: {found}}}\n"
        for side, who in (("marketing", "Mia"), ("sales", "Lea"))
    )
    return configuration.change(AGREEMENT, UNSIGNED, "".join(lines) + more)


@pytest.mark.parametrize(
    ("today", "told"),
    [(date(2026, 7, 30), []), (date(2026, 7, 31), ["is"]), (date(2026, 8, 1), ["was"])],
)
def test_a_review_is_due_so_long_after_the_last_signature(
    tmp_path: Path, today: date, told: list[str]
) -> None:
    configuration = replace(signed(tmp_path, date(2026, 2, 1)), today=today)  # and 180 days

    warnings = [w.what.partition(":")[0] for w in configuration.load().warnings]
    assert warnings == [f"the review {verb} due on 2026-07-31" for verb in told]


def test_a_review_that_changed_nothing_counts_like_a_signature(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 2, 1)).change(
        AGREEMENT, "reviewed_on: null", "reviewed_on: 2026-11-01"
    )

    assert configuration.load().warnings == ()
    assert configuration.load().unsigned == ()  # it is no part of what was signed


# what was signed


def test_nothing_is_said_of_an_agreement_that_both_sides_signed(tmp_path: Path) -> None:
    assert signed(tmp_path, date(2026, 11, 1)).load().unsigned == ()


def test_an_agreement_that_nobody_signed_is_told_once(tmp_path: Path) -> None:
    (problem,) = shipped(tmp_path).load().unsigned

    assert problem.path == "sign_off"
    assert "nobody has signed the agreement" in problem.what


@pytest.mark.parametrize("side", ["marketing", "sales"])
def test_the_side_that_has_not_signed_is_named(tmp_path: Path, side: str) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1))
    text = (tmp_path / AGREEMENT).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(f"  {side}: {{who")]
    configuration.write(AGREEMENT, "\n".join(lines))

    (problem,) = configuration.load().unsigned
    assert problem.what == f"{side} has not signed the agreement"


def test_a_signature_without_a_hash_is_valid_and_says_not_what_was_signed(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1))
    found = configuration.load().signable_hash
    configuration.change(AGREEMENT, f"role: Head, on: 2026-11-01, hash: {found}", "on: 2026-11-01")

    (problem,) = configuration.load().unsigned
    assert problem.path == "sign_off.marketing"
    assert "marketing signed on 2026-11-01, and nobody can tell what" in problem.what


def test_who_is_away_next_week_is_nothing_that_anybody_signs(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1))
    away = "absences: [{who: ana@sandbox.example, from: 2026-12-01, to: 2026-12-02}]"

    assert not configuration.change(TEAMS, "absences: []", away).load().unsigned


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (AGREEMENT, "score >= 75", "score >= 76"),
        (AGREEMENT, "restarts: 2", "restarts: 3"),
        (CALENDARS, "2026-12-24: closed", "2026-12-23: closed"),
        (TEAMS, "      - ben@sandbox.example\n", ""),
    ],
)
def test_whatever_is_changed_after_the_signing_is_told(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    settings = signed(tmp_path, date(2026, 11, 1)).change(name, old, new).load()

    assert [p.path for p in settings.unsigned] == ["sign_off.marketing", "sign_off.sales"]
    assert "signed another version on 2026-11-01" in settings.unsigned[0].what
    assert settings.signable_hash[:12] in settings.unsigned[0].what


def test_comments_and_layout_may_change_under_a_signature(tmp_path: Path) -> None:
    configuration = (
        signed(tmp_path, date(2026, 11, 1))
        .change(AGREEMENT, "routing: {pool: inbound}", "# theirs\nrouting:\n  pool: 'inbound'")
        .change(TEAMS, "pools:", "# who they are\npools:")
    )

    assert configuration.load().unsigned == ()


def test_twelve_digits_of_the_hash_are_enough(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1))
    found = configuration.load().signable_hash
    configuration.change(AGREEMENT, found, found[:12]).change(AGREEMENT, found, found[:20])

    assert configuration.load().unsigned == ()


def test_the_hash_of_what_is_signed_does_not_follow_the_deployment(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1))

    configuration.change("config/slasync.yaml", "total: 200", "total: 300")

    assert configuration.load().unsigned == ()
