"""Records made one: what their sum comes to is nobody's doing, and makes no MQL."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.decide import decide
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.facts import Fact, FactKind
from slasync.domain.state import Met
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    a_fact,
    a_lead,
    an_agreement,
    owned,
    scored,
    terms,
)
from tests.domain.recycling import folded
from tests.pains.marks import pain

MERGED = a_fact(FactKind.MERGED, MONDAY, {"from": ["2", "3"]}, source="hubspot")
BEFORE = [owned(MONDAY - 10 * DAY), scored(MONDAY - 2 * DAY, 40)]


def met(*facts: Fact) -> Met | None:
    return folded([*BEFORE, *facts], an_agreement()).met


@pain("P22")
@pytest.mark.parametrize("after", [0 * MINUTE, MINUTE, HOUR])
def test_a_score_that_rises_through_a_merge_makes_no_mql(after: timedelta) -> None:
    risen = scored(MONDAY + after, 110)

    assert met(risen) is not None
    assert met(MERGED, risen) is None


def test_a_record_first_seen_after_a_merge_begins_with_a_sum_that_makes_no_mql() -> None:
    state = folded([MERGED, scored(MONDAY, 110)], an_agreement())

    assert (state.met, state.by_merge) == (None, {"score"})


def test_a_score_that_rises_later_counts() -> None:
    risen = met(MERGED, scored(MONDAY + 2 * HOUR, 110))

    assert risen is not None
    assert risen.at == MONDAY + 2 * HOUR


def test_a_rise_before_the_merge_counts_and_the_merge_takes_nothing_back() -> None:
    risen = met(scored(MONDAY - HOUR, 90), MERGED, scored(MONDAY, 190))

    assert risen is not None
    assert risen.at == MONDAY - HOUR


def test_the_score_has_to_fall_and_rise_by_itself_before_it_makes_an_mql() -> None:
    summed = [MERGED, scored(MONDAY, 110)]
    higher = scored(MONDAY + 5 * DAY, 120)
    fallen = scored(MONDAY + 6 * DAY, 60)
    risen = met(*summed, higher, fallen, scored(MONDAY + 7 * DAY, 80))

    assert met(*summed, higher) is None
    assert risen is not None
    assert risen.at == MONDAY + 7 * DAY


def test_a_form_that_a_merge_brought_along_is_no_news_and_one_sent_afterwards_is() -> None:
    old = {"form": "Demo request", "form_at": (MONDAY - DAY).isoformat()}
    new = {"form": "Demo request", "form_at": (MONDAY + MINUTE).isoformat()}
    brought = a_fact(FactKind.CHANGED, MONDAY, old, source="hubspot")
    sent = a_fact(FactKind.CHANGED, MONDAY + 2 * MINUTE, new, source="hubspot")

    assert met(MERGED, brought) is None
    found = met(MERGED, brought, sent)
    assert found is not None
    assert found.at == MONDAY + MINUTE


def test_how_long_a_rise_is_taken_to_come_from_a_merge_is_agreed() -> None:
    facts = [*BEFORE, MERGED, scored(MONDAY + 2 * HOUR, 110)]

    assert folded(facts, an_agreement(after_merge=3 * HOUR)).met is None


@given(st.permutations([*BEFORE, MERGED, scored(MONDAY, 110), scored(MONDAY + DAY, 120)]))
def test_whichever_is_learned_first_the_merge_or_the_rise_it_is_the_same(
    facts: list[Fact],
) -> None:
    state = folded(facts, an_agreement())

    assert (state.met, state.by_merge, state.merges) == (None, {"score"}, [MONDAY])


def test_the_explanation_says_that_a_merge_is_why_nothing_happened() -> None:
    facts = [*BEFORE, MERGED, scored(MONDAY, 110)]
    decision = decide(a_lead(), facts, terms(MONDAY + HOUR))
    told = explained(Account(lead=a_lead(), facts=facts, terms=terms(MONDAY + HOUR)))

    [miss] = [each for each in told.near_misses if each.name == "score"]
    assert decision.writes == ()
    assert "records were merged at 2026-03-02T09:00:00Z" in miss.words
    assert any("merged with 2, 3" in fact.words for fact in told.facts)
