"""Stages that a company does without, orders otherwise or calls by names of its own."""

from dataclasses import replace

import pytest

from slasync.domain.agreement import Stage, Text
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.stage_moves import moves_of
from slasync.domain.history import fold
from slasync.domain.lifecycle import USUAL, Lifecycle
from slasync.domain.writes import Action
from tests.builders import (
    DAY,
    HOUR,
    LEAD,
    MONDAY,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    owned,
    scored,
    status,
    terms,
)

HANDED_OVER = [owned(MONDAY - DAY), scored(MONDAY)]
CONVERTED = a_fact(FactKind.CONVERTED, MONDAY + 2 * HOUR, {"opportunity": True})


def stage_of(facts: list[Fact], *left_out: Stage) -> Stage:
    agreement = an_agreement(lifecycle=Lifecycle(frozenset(left_out)))
    own = decide(a_lead(), facts, terms(MONDAY, agreement=agreement)).facts
    return fold([*facts, *own], agreement, a_roster()).stage


@pytest.mark.parametrize(
    ("left_out", "stage"),
    [
        ((), Stage.OPPORTUNITY),
        ((Stage.OPPORTUNITY,), Stage.SQL),
        ((Stage.OPPORTUNITY, Stage.SQL), Stage.SAL),
        ((Stage.OPPORTUNITY, Stage.SQL, Stage.SAL), Stage.MQL),
    ],
)
def test_a_lead_is_at_the_last_stage_that_there_is(
    left_out: tuple[Stage, ...], stage: Stage
) -> None:
    assert stage_of([*HANDED_OVER, CONVERTED], *left_out) is stage


def test_before_the_first_stage_that_there_is_a_contact_is_at_that_one() -> None:
    assert stage_of([], Stage.TARGET) is Stage.LEAD
    assert stage_of([]) is Stage.TARGET


def test_the_way_is_as_agreed_and_the_rest_stands_aside() -> None:
    agreed = Lifecycle(frozenset({Stage.SAL}), (Stage.LEAD, Stage.MQL, Stage.SQL))

    assert agreed.way == (Stage.LEAD, Stage.MQL, Stage.SQL)
    assert Stage.TARGET in agreed.aside
    assert Stage.SAL not in agreed.aside
    assert USUAL.way[0] is Stage.TARGET
    assert USUAL.aside == (Stage.RECYCLED, Stage.DISQUALIFIED)


def test_a_status_can_stand_for_an_opportunity_while_the_lead_is_at_work() -> None:
    agreement = an_agreement(stages={"Negotiating": Stage.OPPORTUNITY})
    facts = [*HANDED_OVER, status(MONDAY + HOUR, "Negotiating")]

    decision = decide(a_lead(), facts, terms(MONDAY + HOUR, agreement=agreement))

    assert decision.stage is Stage.OPPORTUNITY


def test_a_conversion_passes_no_stage_that_is_left_out() -> None:
    usual, without = (
        terms(MONDAY + DAY, agreement=an_agreement(lifecycle=lifecycle))
        for lifecycle in (USUAL, Lifecycle(frozenset({Stage.SQL})))
    )
    own = decide(a_lead(), HANDED_OVER, replace(usual, now=MONDAY)).facts
    facts = [*HANDED_OVER, *own, CONVERTED]

    assert [m.after for m in moves_of(LEAD, facts, usual)][-2:] == [Stage.SQL, Stage.OPPORTUNITY]
    assert [m.after for m in moves_of(LEAD, facts, without)][-1:] == [Stage.OPPORTUNITY]
    assert Stage.SQL not in [m.after for m in moves_of(LEAD, facts, without)]


def test_a_text_names_the_stage_as_the_two_sides_do() -> None:
    names = {"en": {"mql": "Hot lead"}, "de": {"mql": "Heißer Lead"}}
    agreement = an_agreement(
        lifecycle=Lifecycle(names=names), texts={"remind": Text("$lead: $stage")}
    )

    decision = decide(a_lead(), HANDED_OVER, terms(MONDAY, agreement=agreement))

    [task] = [w for w in decision.writes if w.action is Action.TASK]
    assert task.values["subject"] == "Lou Reed: Hot lead"
