"""A lead that a person sets back to open: its cycle goes on, or after a while another begins."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.agreement import Agreement, End, Stage
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import User
from slasync.domain.time.pauses import Pause
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    BOT,
    DAY,
    HOUR,
    MONDAY,
    PROCESSING,
    a_fact,
    a_roster,
    an_agreement,
    called,
    owned,
    scored,
    status,
)
from tests.domain.recycling import (
    RECYCLED,
    again,
    agreed,
    decided,
    folded,
    given_back,
    handed_over,
    wrote,
)

WEEK = 7 * DAY


def lenient(**changes: Any) -> Agreement:
    """Leads may be opened again within a week; their processing clock has its whole ladder."""
    stages = {**an_agreement().stages, "Closed - Converted": Stage.SQL, "Open": Stage.MQL}
    return replace(agreed(reopens_within=WEEK, **changes), clocks=(PROCESSING,), stages=stages)


def reopened(end: str = "Nurturing", after: timedelta = DAY, by: User = ANA) -> list[Fact]:
    at = RECYCLED + after
    return [*handed_over(), status(RECYCLED, end), status(at, "Open", by=by)]


@pytest.mark.parametrize("end", ["Nurturing", "Unqualified"])
def test_a_lead_that_a_person_opens_again_soon_goes_on_in_its_cycle_from_its_old_anchor(
    end: str,
) -> None:
    agreement = lenient()

    decision = decided(reopened(end), RECYCLED + DAY, agreement)
    state = folded([*reopened(end), *decision.facts], agreement)

    assert not [f for f in decision.facts if f.kind is FactKind.HANDOVER]
    assert [(c.key, c.anchor, c.ended) for c in state.cycles] == [("c1", MONDAY, None)]
    assert state.stage is Stage.MQL


def test_the_time_in_which_it_was_closed_does_not_count() -> None:
    before = decided(handed_over(), RECYCLED, lenient())
    after = decided(reopened(), RECYCLED + DAY, lenient())

    due = {v.clock: v.due_at for v in before.clocks}["processing"]
    assert due is not None
    assert {v.clock: v.due_at for v in after.clocks}["processing"] == due + DAY
    assert folded(reopened(), lenient()).cycles[0].closed == [Pause(RECYCLED, RECYCLED + DAY)]


def test_nothing_falls_due_by_the_opening_itself() -> None:
    facts = reopened(after=6 * DAY)  # day 7 would have been long ago

    decision = decided(facts, RECYCLED + 6 * DAY, lenient())

    assert [w for w in decision.writes if w.action is Action.TASK] == []


def test_automation_opens_nothing() -> None:
    state = folded(reopened(by=BOT), lenient())

    assert state.cycles[0].ended == (RECYCLED, End.RECYCLED)


def test_unless_it_is_agreed_a_status_that_is_set_back_begins_nothing() -> None:
    agreement = replace(lenient(), nurture=replace(lenient().nurture, reopens_within=None))

    decision = decided(reopened(), RECYCLED + DAY, agreement)

    assert folded(reopened(), agreement).cycles[0].ended == (RECYCLED, End.RECYCLED)
    assert not [f for f in decision.facts if f.kind is FactKind.HANDOVER]


def test_who_opens_it_after_that_time_hands_it_over_by_hand_and_a_cycle_of_its_own_begins() -> None:
    facts = reopened(after=WEEK + HOUR)
    at = RECYCLED + WEEK + HOUR

    decision = decided(facts, at, lenient())
    state = folded([*facts, *decision.facts], lenient())

    assert [(c.key, c.anchor, c.definition) for c in state.cycles] == [
        ("c1", MONDAY, "score"),
        ("c2", at, "by_hand"),
    ]
    assert state.cycles[0].ended == (RECYCLED, End.RECYCLED)
    assert state.cycles[1].evidence == {"status": "Open"}


def test_a_person_is_not_kept_from_it_by_a_cool_down() -> None:
    agreement = lenient()
    at = RECYCLED + WEEK + DAY
    facts = [*given_back(), *again(RECYCLED + DAY), status(at, "Open")]

    decision = decided(facts, at, agreement)

    [fact] = [f for f in decision.facts if f.kind is FactKind.HANDOVER]
    assert (fact.occurred_at, fact.data["definition"]) == (at, "by_hand")


def test_opening_a_protected_lead_ends_its_protection() -> None:
    facts = [*given_back(), *again(RECYCLED + DAY), status(RECYCLED + 2 * DAY, "Open")]

    state = folded(facts, lenient())

    assert state.kept_back is None
    assert state.open_cycle is not None


def test_a_conversion_that_was_taken_back_goes_on_too() -> None:
    converted = a_fact(FactKind.CONVERTED, RECYCLED, {"contact": "1", "opportunity": "1"})
    before = handed_over(status(MONDAY, "Open"))

    state = folded([*before, converted, status(RECYCLED + DAY, "Working")], lenient())

    assert (state.converted, state.opportunity, state.stage) == (None, False, Stage.SAL)
    assert state.cycles[0].ended is None


@pytest.mark.parametrize("after", [0 * HOUR, HOUR])
def test_the_status_of_a_conversion_opens_nothing(after: timedelta) -> None:
    converted = a_fact(FactKind.CONVERTED, RECYCLED, {"contact": "1"})
    of_it = status(RECYCLED + after, "Closed - Converted")

    state = folded([*handed_over(status(MONDAY, "Open")), converted, of_it], lenient())

    assert state.cycles[0].ended == (RECYCLED, End.CONVERTED)
    assert state.stage is Stage.SQL


def test_a_deleted_lead_is_not_opened_by_its_status() -> None:
    facts = [*handed_over(), a_fact(FactKind.DELETED, RECYCLED), status(RECYCLED + DAY, "Open")]

    assert folded(facts, lenient()).cycles[0].ended == (RECYCLED, End.DELETED)


def test_a_lead_given_up_once_more_ends_anew_with_a_reason_of_its_own() -> None:
    at = RECYCLED + 3 * DAY
    facts = [
        *given_back(reason="no budget"),
        status(RECYCLED + DAY, "Open"),
        wrote(at, recycle_reason="not reached"),
        status(at, "Nurturing"),
    ]

    cycle = folded(facts, lenient()).cycles[0]

    assert cycle.ended == (at, End.RECYCLED)
    assert cycle.said["recycle_reason"].value == "not reached"


OPENED = [
    owned(MONDAY - 10 * DAY),
    scored(MONDAY),
    wrote(RECYCLED, recycle_reason="no budget"),
    status(RECYCLED, "Nurturing"),
    *again(RECYCLED + 2 * HOUR),
    status(RECYCLED + DAY, "Open"),
    called(RECYCLED + DAY + HOUR),
    status(RECYCLED + 2 * DAY, "Unqualified"),
    wrote(RECYCLED + 3 * DAY, disqualify_reason="a student"),
]


DECIDED = [f for f in handed_over() if f.source == "slasync"]


@given(st.permutations([*OPENED, *DECIDED]))
def test_in_whatever_order_it_is_learned_the_state_is_the_same(facts: list[Fact]) -> None:
    in_time = folded([*OPENED, *DECIDED], lenient())

    state = folded(facts, lenient(), a_roster())

    assert state == in_time
    assert state.cycles[0].ended == (RECYCLED + 2 * DAY, End.DISQUALIFIED)
    assert state.kept_back is None


LEARNED = [f for f in OPENED if f.source == "salesforce" and f.kind != FactKind.OWNER]


@given(st.permutations(LEARNED))
@settings(max_examples=40)
def test_decided_about_after_each_news_however_late_it_comes_to_the_same(
    facts: list[Fact],
) -> None:
    now = RECYCLED + 4 * DAY
    history = [*OPENED[:2], *DECIDED]
    for fact in facts:
        history.append(replace(fact, seen_at=now))
        history += decided(history, now, lenient()).facts

    state = folded(history, lenient())

    assert [c.key for c in state.cycles] == ["c1"]
    assert state.cycles[0].closed == [Pause(RECYCLED, RECYCLED + DAY)]
    assert state.cycles[0].ended == (RECYCLED + 2 * DAY, End.DISQUALIFIED)
