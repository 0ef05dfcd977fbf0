"""A lead that went back is left alone until its time comes, whatever a machine says meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import Agreement
from slasync.domain.clocks import ClockState
from slasync.domain.decide import Decision
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.facts import Fact, FactKind
from slasync.domain.nurture import NURTURE
from slasync.domain.protection import rest_of
from slasync.domain.score_model import Model, Sign, Urgent
from slasync.domain.state import Met
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    BOT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POOL,
    a_fact,
    a_lead,
    a_roster,
    status,
    terms,
)
from tests.domain.recycling import (
    NOT_YET,
    RECYCLED,
    again,
    agreed,
    decided,
    folded,
    given_back,
    handed_over,
    wrote,
)

OVER = RECYCLED + 14 * DAY
BACK = RECYCLED + 90 * DAY
IN_MARKETING = replace(POOL, marketing=("max@sandbox.example",))


def handovers(decision: Decision) -> list[Fact]:
    return [f for f in decision.facts if f.kind is FactKind.HANDOVER]


def resting(decision: Decision) -> tuple[str | None, datetime | None]:
    """What the lead's clock engine waits for, and until when."""
    [view] = [v for v in decision.clocks if v.clock == NURTURE and v.cycle == "c1"]
    return view.next_rung, view.wake_at


def test_a_handover_by_automation_within_the_cool_down_opens_no_cycle_and_is_waited_for() -> None:
    decision = decided([*given_back(), *again(RECYCLED + 5 * DAY)], RECYCLED + 5 * DAY, agreed())

    assert handovers(decision) == []
    assert {w.action for w in decision.writes} <= {Action.PROPERTIES}  # no task, no other owner
    assert decision.assign is None
    assert resting(decision) == ("cool_down", OVER)


def test_it_opens_a_cycle_when_the_cool_down_ends_which_counts_from_then() -> None:
    facts = [*given_back(), *again(RECYCLED + 5 * DAY)]
    before = decided(facts, OVER - MINUTE, agreed())
    decision = decided(facts, OVER + 2 * HOUR, agreed())

    state = folded([*facts, *decision.facts], agreed())
    assert handovers(before) == []
    assert [f.occurred_at for f in handovers(decision)] == [OVER]
    assert [(c.key, c.anchor) for c in state.cycles] == [("c1", MONDAY), ("c2", OVER)]
    assert state.cycles[1].evidence["score"] == 90
    assert resting(decision) == (None, None)


def test_what_does_not_hold_any_more_when_the_cool_down_ends_hands_nobody_over() -> None:
    fallen = a_fact(FactKind.CHANGED, RECYCLED + 6 * DAY, {"score": 20}, source="hubspot")
    facts = [*given_back(), *again(RECYCLED + 5 * DAY), fallen]

    assert handovers(decided(facts, OVER + HOUR, agreed())) == []


def test_what_falls_after_the_cool_down_was_handed_over_before_it_fell() -> None:
    fallen = a_fact(FactKind.CHANGED, OVER + HOUR, {"score": 20}, source="hubspot")
    facts = [*given_back(), *again(RECYCLED + 5 * DAY), fallen]

    assert [f.occurred_at for f in handovers(decided(facts, OVER + 2 * HOUR, agreed()))] == [OVER]


def test_after_the_cool_down_a_handover_counts_at_once() -> None:
    at = OVER + DAY

    decision = decided([*given_back(), *again(at)], at, agreed())

    assert [f.occurred_at for f in handovers(decision)] == [at]


def test_a_path_without_a_cool_down_holds_nothing_back() -> None:
    at = RECYCLED + DAY

    decision = decided([*given_back(reason="not reached"), *again(at)], at, agreed())

    assert [f.occurred_at for f in handovers(decision)] == [at]


def test_a_person_who_hands_the_lead_over_within_the_cool_down_gets_through() -> None:
    at = RECYCLED + DAY
    by_person = decided([*given_back(), *again(at, by=ANA)], at, agreed())
    by_machine = decided([*given_back(), *again(at, by=BOT)], at, agreed())

    assert [f.occurred_at for f in handovers(by_person)] == [at]
    assert handovers(by_machine) == []


def test_a_definition_that_is_let_through_is_never_kept_back() -> None:
    at = RECYCLED + DAY
    form = {"form": "Demo request", "form_at": at.isoformat()}
    asked = a_fact(FactKind.CHANGED, at, form, source="hubspot")

    through = decided([*given_back(), asked], at, agreed(through=frozenset({"form"})))
    kept = decided([*given_back(), asked], at, agreed())

    assert [f.data["definition"] for f in handovers(through)] == ["form"]
    assert handovers(kept) == []


def urgent(agreement: Agreement, lasts: timedelta | None = None) -> Agreement:
    sign = Sign("asks", "pricing", lambda f: f.get("pricing") == "seen", ("pricing",))
    return replace(agreement, scoring=Model(immediate=(Urgent(sign, lasts),)))


@pytest.mark.parametrize("after", [-2 * HOUR, 2 * HOUR])
def test_buying_behaviour_that_wants_action_at_once_ends_the_cool_down(after: timedelta) -> None:
    at = RECYCLED + 2 * DAY
    seen = a_fact(FactKind.CHANGED, at + after, {"pricing": "seen"}, source="hubspot")
    facts = [*given_back(), *again(at), seen]

    decision = decided(facts, at + 3 * HOUR, urgent(agreed()))

    [fact] = handovers(decision)
    assert fact.occurred_at == max(at, at + after)
    assert fact.data["evidence"]["immediate"] == "asks"


def test_buying_behaviour_from_before_the_return_does_not() -> None:
    at = RECYCLED + 2 * DAY
    seen = a_fact(FactKind.CHANGED, RECYCLED - DAY, {"pricing": "seen"}, source="hubspot")

    decision = decided([*given_back(seen), *again(at)], at, urgent(agreed()))

    assert handovers(decision) == []


def test_buying_behaviour_alone_hands_nobody_over() -> None:
    at = RECYCLED + 2 * DAY
    seen = a_fact(FactKind.CHANGED, at, {"pricing": "seen"}, source="hubspot")

    assert handovers(decided([*given_back(), seen], at, urgent(agreed()))) == []


def test_a_path_chosen_later_moves_the_end_of_the_cool_down_but_never_into_the_past() -> None:
    agreement = agreed()
    kept = [*given_back(), *again(RECYCLED + DAY)]
    chosen_at = RECYCLED + 5 * DAY
    chosen = wrote(chosen_at, by=ANA, nurture_path="no_answer")  # has none

    decision = decided([*kept, chosen], chosen_at, agreement)

    assert [f.occurred_at for f in handovers(decision)] == [chosen_at]


def test_who_recycles_a_resting_lead_once_more_says_no_to_what_was_kept_back() -> None:
    kept = [*given_back(), *again(RECYCLED + DAY)]

    state = folded([*kept, status(RECYCLED + 2 * DAY, "Unqualified")], agreed())

    assert state.kept_back is None


def test_disqualified_leads_are_not_in_any_path_and_rest_for_no_time() -> None:
    at = RECYCLED + DAY
    facts = [*handed_over(), status(RECYCLED, "Unqualified"), *again(at)]

    assert [f.occurred_at for f in handovers(decided(facts, at, agreed()))] == [at]


# the return


def test_at_the_return_date_marketing_is_told_once_and_nobody_searches_for_the_lead() -> None:
    agreement, roster = agreed(reminds="back"), a_roster(pool=IN_MARKETING)
    facts = given_back()
    early = decided(facts, RECYCLED + DAY, agreement, roster=roster)
    decision = decided(facts, BACK + MINUTE, agreement, roster=roster)
    later = decided([*facts, *decision.facts], BACK + DAY, agreement, roster=roster)

    assert (early.digest, resting(early)) == ((), ("return", BACK))
    assert [(line.to, line.text) for line in decision.digest] == [
        ("max@sandbox.example", "Lou Reed is back from nurture")
    ]
    assert resting(decision) == (None, None)
    assert (later.digest, later.facts) == ((), ())


def test_the_return_waits_for_what_has_not_been_read_yet() -> None:
    agreement = agreed(reminds="back")
    ready = {"processing": BACK + DAY, NURTURE: BACK - HOUR}

    decision = decided(given_back(), BACK + HOUR, agreement, ready=ready)

    assert decision.digest == ()
    assert resting(decision) == ("return", BACK)


def test_a_lead_that_qualifies_at_its_return_is_handed_over_then() -> None:
    agreement = agreed(paths=(replace(NOT_YET, cool_down=timedelta(0)),), checks=True)
    decision = decided(given_back(), BACK + HOUR, agreement)  # its score never fell

    [fact] = handovers(decision)
    assert (fact.occurred_at, fact.data["definition"]) == (BACK, "score")
    assert fact.data["evidence"] == {"score": 80}


def test_a_lead_that_does_not_qualify_at_its_return_stays_where_it_is() -> None:
    fallen = a_fact(FactKind.CHANGED, RECYCLED + 20 * DAY, {"score": 20}, source="hubspot")

    decision = decided([*given_back(), fallen], BACK + HOUR, agreed(checks=True))

    assert handovers(decision) == []
    fired = [f.data for f in decision.facts if f.kind is FactKind.FIRED]
    assert [data["rung"] for data in fired if data["clock"] == NURTURE] == ["return"]


def test_a_form_of_long_ago_is_no_reason_to_hand_a_lead_over_at_its_return() -> None:
    asked = {"form": "Demo request", "form_at": MONDAY.isoformat(), "score": 20}
    long_ago = a_fact(FactKind.CHANGED, MONDAY + HOUR, asked, source="hubspot")

    assert handovers(decided([*given_back(long_ago)], BACK + HOUR, agreed(checks=True))) == []


def test_the_cycle_before_asks_for_nothing_when_the_lead_is_with_sales_again() -> None:
    agreement, at = agreed(reminds="back"), OVER + DAY
    opened = decided([*given_back(), *again(at)], at, agreement)
    facts = [*given_back(), *again(at), *opened.facts]

    decision = decided(facts, BACK + HOUR, agreement)

    assert resting(decision) == (None, None)
    [view] = [v for v in decision.clocks if v.clock == NURTURE]
    assert view.state is ClockState.ENDED
    assert decision.digest == ()


def test_an_agreement_without_cool_down_and_return_keeps_no_clock_for_it() -> None:
    paths = (replace(NOT_YET, cool_down=timedelta(0), returns_after=None),)

    decision = decided(given_back(), RECYCLED + DAY, agreed(paths=paths))

    assert NURTURE not in {view.clock for view in decision.clocks}
    assert NURTURE not in agreed(paths=paths).gates


def test_what_is_due_after_a_return_waits_for_all_that_any_clock_reads() -> None:
    assert agreed().gates == {
        "processing": ("salesforce.tasks", "salesforce.lead_history"),
        NURTURE: ("salesforce.tasks", "salesforce.lead_history"),
    }


# explaining


def told(facts: list[Fact], now: datetime) -> str:
    account = Account(lead=a_lead(), facts=facts, terms=terms(now, agreement=agreed()))
    return "\n".join(line for s in explained(account).sections for line in s.lines)


def test_the_explanation_tells_until_when_a_lead_is_protected_and_what_is_kept_back() -> None:
    at = RECYCLED + 5 * DAY
    text = told([*given_back(), *again(at)], at + HOUR)

    assert "reason: no budget" in text
    assert "nurture path: not_yet, by its reason" in text
    assert "protected until 2026-03-19T09:00:00Z, path not_yet" in text
    assert "score was met at 2026-03-10T09:00:00Z: kept back until 2026-03-19T09:00:00Z" in text
    assert "definition score: met at 2026-03-10T09:00:00Z, protected until" in text


def test_the_explanation_tells_who_chose_the_path_and_when() -> None:
    chosen = wrote(RECYCLED + DAY, by=ANA, nurture_path="no_answer")

    text = told(given_back(chosen), RECYCLED + 2 * DAY)

    assert "nurture path: no_answer, chosen at 2026-03-06T09:00:00Z by Ana" in text


# whatever the order


@given(st.permutations([
    *given_back(),
    *again(RECYCLED + 5 * DAY),
    wrote(RECYCLED + 6 * DAY, by=ANA, nurture_path="no_answer"),
    wrote(RECYCLED + 7 * DAY, by=ANA, nurture_path="not_yet"),
]))  # fmt: skip
def test_in_whatever_order_it_is_learned_the_same_is_kept_back_for_the_same_time(
    facts: list[Fact],
) -> None:
    state = folded(facts, agreed())
    rest = rest_of(state.cycle, agreed().nurture)

    assert state.kept_back == Met(RECYCLED + 5 * DAY, "score", {"score": 90})
    assert rest is not None
    assert (rest.until, rest.returns, rest.path) == (OVER, BACK, NOT_YET)
