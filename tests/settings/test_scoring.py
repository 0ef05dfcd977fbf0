"""The scoring model as an admin writes it: what it becomes, and what can be wrong with it."""

import re
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from slasync.domain.agreement import Agreement
from slasync.domain.score_model import About, Check, Model, Threshold
from slasync.domain.scoring import immediate, score
from slasync.settings.score_rules import domain_of
from tests.builders import DAY, MONDAY
from tests.domain.scoring_builders import names, told
from tests.settings.configs import shipped
from tests.settings.scoring_examples import AGREEMENT, CHECK, HUBSPOT, with_check

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"


def agreed(root: Path, check: str = CHECK) -> Agreement:
    return with_check(shipped(root), check).load().agreement


def model_of(agreement: Agreement) -> Model:
    assert agreement.scoring
    return agreement.scoring


def check_of(agreement: Agreement) -> Check:
    check = model_of(agreement).check
    assert check
    return check


def test_without_a_check_nothing_is_worked_out_and_nothing_more_is_watched(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement

    assert agreement.scoring is None
    assert agreement.watched == {"score", "form", "form_at"}


def test_a_check_is_compiled_with_its_caps_threshold_and_half_lives(tmp_path: Path) -> None:
    check = check_of(agreed(tmp_path))

    assert [(c.name, c.points, c.about) for c in check.fit] == [
        ("decision_maker", 30, About.AUTHORITY),
        ("big", 20, About.FIRMOGRAPHIC),
        ("private_address", -20, None),
    ]
    assert [(b.sign.name, b.points, b.half_life) for b in check.interest] == [
        ("pricing", 30, 10 * DAY),
        ("pages", 1, 30 * DAY),
        ("met", 15, 30 * DAY),
    ]
    assert (check.fit_cap, check.interest_cap, check.differs_by) == (50, 60, 25)
    assert check.threshold == Threshold(total=70, fit=20)


def test_what_scoring_reads_is_watched(tmp_path: Path) -> None:
    agreement = agreed(tmp_path)

    read = {"title", "employees", "email", "form", "form_at", "pages_seen"}
    assert model_of(agreement).reads == read
    assert agreement.watched == read | {"score"}


@pytest.mark.parametrize(
    ("fields", "fit"),
    [
        ({"title": "Chief Buyer", "employees": 200, "email": "lou@vu.example"}, ["decision_maker",
         "big"]),
        ({"title": "Buyer", "employees": 199, "email": "Lou@GMail.com "}, ["private_address"]),
        ({"title": None, "employees": None, "email": None}, []),
        ({"email": "no address"}, []),
    ],
)  # fmt: skip
def test_fit_is_read_from_fields_and_the_domain_of_the_address(
    tmp_path: Path, fields: dict[str, Any], fit: list[str]
) -> None:
    found = score([told(**fields)], check_of(agreed(tmp_path)), MONDAY)

    assert names(found.parts) == fit


def test_interest_and_urgency_are_read_from_changes(tmp_path: Path) -> None:
    agreement = agreed(tmp_path)
    history = [
        told(form="Pricing", form_at=MONDAY.isoformat()),
        told(1, pages_seen=5),
        told(2, pages_seen=8),
        told(3, form="Demo request", form_at=(MONDAY + 2.5 * DAY).isoformat()),
    ]

    found = score(history, check_of(agreement), MONDAY + 10 * DAY)
    urged = immediate(history, model_of(agreement))

    assert [(p.name, p.points) for p in found.parts] == [("pricing", 30), ("pages", 3)]
    assert found.parts[0].value == 15
    assert urged is not None
    assert (urged.name, urged.at) == ("asks_for_demo", MONDAY + 2.5 * DAY)
    assert urged.lapses_at == MONDAY + 4.5 * DAY


def test_urgency_needs_no_check(tmp_path: Path) -> None:
    check = "  immediate:\n    - {name: demo, when: \"form == 'Demo request'\"}\n"

    model = model_of(agreed(tmp_path, check))

    assert model.check is None
    assert model.reads == {"form"}
    assert [u.lasts for u in model.immediate] == [None]


def test_a_field_of_one_s_own_named_like_a_derived_one_stands(tmp_path: Path) -> None:
    configuration = with_check(shipped(tmp_path)).change(
        HUBSPOT, "custom: {", "custom: {email_domain: {field: domain}, "
    )
    check = check_of(configuration.load().agreement)

    found = score([told(email="lou@vu.example", email_domain="gmx.de")], check, MONDAY)

    assert "email" not in check.reads
    assert names(found.parts) == ["private_address"]


@pytest.mark.parametrize(
    ("address", "domain"),
    [("lou@GMX.de", "gmx.de"), ("a@b@c.example", "c.example"), ("lou@", None), ("lou", None),
     (None, None), (5, None)],
)  # fmt: skip
def test_the_domain_is_what_follows_the_last_at(address: object, domain: str | None) -> None:
    assert domain_of(address) == domain


def test_the_example_of_the_manual_loads(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"^    scoring:\n(?:    .*\n)+", MANUAL.read_text("utf-8"), re.MULTILINE
    )
    own = ("custom: {employees: {field: company_size, type: number},"
           " pages_seen: {field: hs_analytics_num_page_views, type: number},"
           " budget: {field: budget, type: number},"
           " decides_on: {field: decides, type: date}}")  # fmt: skip
    configuration = shipped(tmp_path).change(HUBSPOT, "custom: {}", own)
    text = (tmp_path / AGREEMENT).read_text("utf-8")
    (part,) = re.findall(r"^scoring:\n(?:  .*\n)+", text, re.MULTILINE)

    model = model_of(configuration.change(AGREEMENT, part, dedent(example)).load().agreement)

    assert model.check
    assert model.immediate


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("employees >= 200", "employes >= 200",
         "check.fit.points[1].when: unknown field 'employes' (did you mean employees?)"),
        ("email_domain in", "email_domian in",
         ("check.fit.points[2].when: unknown field 'email_domian'"
          " (did you mean email_domain?)")),
        ("employees >= 200", "employees =~ '2'", "check.fit.points[1].when: =~ and !~"),
        ("employees >= 200", "score >= 75",
         "check.fit.points[1].when: reads score: a check that reads what it checks agrees with it"),
        ("form in ['Pricing']", "score > 3 and form in ['Pricing']",
         "check.interest.events[0].when: reads score: a check that reads what it checks"),
        ("per: pages_seen", "per: score", "check.interest.events[1].per: reads score"),
        ("per: pages_seen", "per: page_seen",
         "check.interest.events[1].per: unknown field 'page_seen' (did you mean pages_seen?)"),
        ("per: pages_seen", "per: form",
         "check.interest.events[1].per: field 'form' holds text: name one that counts"),
        ("at: form_at, points", "at: form, points",
         "check.interest.events[0].at: field 'form' holds text: name one that holds a time"),
        ("at: form_at, lasts", "at: form_ta, lasts",
         "immediate[0].at: unknown field 'form_ta' (did you mean form_at?)"),
        ("form == 'Demo request'", "from == 'Demo request'",
         "immediate[0].when: unknown field 'from' (did you mean form?)"),
        ("touch: [meeting]", "touch: [meetign]",
         "check.interest.events[2].touch[0]: 'meetign' is none of 'meeting'"),
        ("touch: [meeting]", "touch: [meeting], per: pages_seen",
         "check.interest.events[2]: touch stands alone: leave out when, per and at"),
        ("touch: [meeting], ", "",
         "check.interest.events[2]: says not what shows it: give when, per or touch"),
        ("about: authority", "about: autority",
         "check.fit.points[0].about: 'autority' is none of"),
        ("points: 30, about", "points: 0, about",
         "check.fit.points[0].points: 0 points change nothing: leave it out"),
        ("points: 30, about", "points: 20000, about",
         "check.fit.points[0].points: should be less than or equal to 10000"),
        ("points: 30, about", 'points: "30", about',
         "check.fit.points[0].points: should be a number"),
        ("half_life: 10 d", "half_life: 0 d",
         ("check.interest.events[0].half_life: a half-life of zero: what a lead does would be"
          " worth nothing at once")),
        ("half_life: 30 d", "half_life: 30",
         "check.interest.half_life: a duration has a unit"),
        ("      half_life: 30 d\n", "",
         "check.interest: event pages has no half_life, and interest has none for all"),
        ("lasts: 2 d", "lasts: 0 s",
         "immediate[0].lasts: lasts no time at all: nobody could act"),
        ("name: big, when: employees >= 200", "name: big, when: \"'Chief'  in title\"",
         "check.fit: decision_maker and big ask the same: 'Chief' in title"),
        ("name: big,", "name: decision_maker,", "check.fit: 'decision_maker' is there twice"),
        ("name: pages,", "name: pricing,", "check.interest: 'pricing' is there twice"),
        ("per: pages_seen", "when: \"form in ['Pricing']\"",
         "check.interest: pricing and pages ask the same: form in ['Pricing']"),
        ("cap: 50", "cap: 0", "check.fit.cap: should be greater than 0"),
        ("      cap: 50\n", "", "check.fit.cap: 'cap' is missing"),
        ("cap: 50", "cap: 50\n      capp: 3",
         "check.fit.capp: unknown key 'capp' (did you mean cap?)"),
        ("threshold: {total: 70, fit: 20}", "threshold: {}",
         "check.threshold: asks for nothing: give total, fit or interest"),
        ("total: 70", "total: 111",
         ("check: threshold.total is 111 and can never be reached: fit and interest make 110"
          " together at most")),
        ("cap: 50", "cap: 15",
         "check: threshold.fit is 20 and can never be reached: the cap of fit is 15"),
        ("fit: 20}", "fit: 20, interest: 61}",
         "check: threshold.interest is 61 and can never be reached: the cap of interest is 60"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_with_its_reason(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    configuration = with_check(shipped(tmp_path)).change(AGREEMENT, old, new)

    problems = configuration.problems()

    assert problems, "accepted"
    assert f": scoring.{problem}" in problems[0] or f": scoring: {problem}" in problems[0]


def test_negative_points_alone_never_reach_a_threshold(tmp_path: Path) -> None:
    check = CHECK.replace("points: 30,", "points: -30,").replace("points: 20,", "points: -10,")

    (problem,) = with_check(shipped(tmp_path), check).problems()

    assert "threshold.fit is 20 and can never be reached: its points make 0 at most" in problem


def test_two_urgent_signs_that_are_one_are_refused(tmp_path: Path) -> None:
    twice = CHECK + "    - {name: again, when: \"form  ==  'Demo request'\"}\n"

    (problem,) = with_check(shipped(tmp_path), twice).problems()

    assert "scoring: asks_for_demo and again ask the same: form == 'Demo request'" in problem


def test_a_half_life_is_one_of_the_units_of_durations(tmp_path: Path) -> None:
    check = check_of(agreed(tmp_path, CHECK.replace("half_life: 10 d", "half_life: 36 h")))

    assert check.interest[0].half_life == timedelta(hours=36)
