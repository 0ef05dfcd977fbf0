"""The clock of marketing's: from a lead's return to its place in a nurture programme."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest

from slasync.domain.agreement import Enrolment
from slasync.domain.clocks import ClockState, ClockView
from slasync.domain.decide import Decision, decide
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explain
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from tests.builders import (
    ANA,
    CONTACT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    owned,
    scored,
    status,
)
from tests.domain.enrolling import (
    MARA,
    STAMPED,
    STATE,
    known_in_hubspot,
    marketing_terms,
    nurtured,
    with_enrolment,
)

HANDED = MONDAY
RETURNED = MONDAY + 2 * HOUR  # Monday, 11:00
LIMIT = RETURNED + DAY  # a business day later


def history(*more: Fact, back: datetime = RETURNED) -> list[Fact]:
    """Handed over on Monday at 9:00, worked by Ana, given back."""
    begins = [*known_in_hubspot(HANDED - DAY), owned(HANDED - DAY), scored(HANDED)]
    return [*begins, status(back, "Nurturing"), *more]


def decided(facts: Sequence[Fact], now: datetime, enrolment: Enrolment = STATE) -> Decision:
    """Decide at the hand-over, then at `now`."""
    agreement = with_enrolment(enrolment)
    early = [fact for fact in facts if fact.seen_at <= HANDED]
    first = decide(a_lead(), early, marketing_terms(HANDED, agreement))
    known = [*[fact for fact in facts if fact.seen_at <= now], *first.facts]
    return decide(a_lead(), known, marketing_terms(now, agreement))


def enrolment_of(decision: Decision) -> ClockView | None:
    return next((c for c in decision.clocks if c.clock == "enrolment"), None)


def test_it_runs_from_the_return_and_its_limit_is_in_its_own_unit() -> None:
    view = enrolment_of(decided(history(), RETURNED + MINUTE))

    assert view is not None
    assert (view.state, view.anchor_at, view.due_at) == (ClockState.RUNNING, RETURNED, LIMIT)


def test_it_does_not_run_while_sales_has_the_lead() -> None:
    facts = [*known_in_hubspot(HANDED - DAY), owned(HANDED - DAY), scored(HANDED)]

    assert enrolment_of(decided(facts, RETURNED)) is None


@pytest.mark.parametrize("end", ["Unqualified", "Working"])
def test_a_lead_that_did_not_go_back_has_no_such_clock(end: str) -> None:
    facts = [
        *known_in_hubspot(HANDED - DAY), owned(HANDED - DAY), scored(HANDED),
        status(RETURNED, end),
    ]  # fmt: skip

    assert enrolment_of(decided(facts, RETURNED + DAY)) is None


def test_being_enrolled_ends_it() -> None:
    view = enrolment_of(decided(history(nurtured(RETURNED + HOUR)), RETURNED + 2 * HOUR))

    assert view is not None
    assert (view.state, view.end_reason, view.ended_at) == (
        ClockState.ENDED, "enrolled", RETURNED + HOUR,
    )  # fmt: skip


def test_a_lead_that_is_not_enrolled_in_time_is_a_breach_that_marketing_is_told_of() -> None:
    made = decided(history(), LIMIT)

    assert [line.to for line in made.digest] == [MARA]
    (fired,) = [f for f in made.facts if f.kind == FactKind.FIRED and f.data["rung"] == "limit"]
    assert fired.data["due"] == LIMIT.isoformat()


def test_a_minute_before_the_limit_nobody_is_told() -> None:
    assert not decided(history(), LIMIT - MINUTE).digest


def test_nobody_is_blamed_before_the_evidence_has_been_read_past_the_limit() -> None:
    agreement = with_enrolment()
    now = LIMIT + HOUR
    ready = {clock.name: now for clock in agreement.clocks} | {"enrolment": LIMIT - MINUTE}
    first = decide(a_lead(), history()[:4], marketing_terms(HANDED, agreement))
    terms = marketing_terms(now, agreement, ready=ready)

    assert not decide(a_lead(), [*history(), *first.facts], terms).digest


def test_of_a_lead_that_no_record_tells_about_it_is_not_known_and_never_a_breach() -> None:
    unknown = [fact for fact in history() if fact.source_id != "in hubspot"]

    made = decided(unknown, LIMIT + DAY)

    assert enrolment_of(made) is None
    assert not made.digest


def test_without_any_evidence_agreed_it_is_not_known_either() -> None:
    agreement = with_enrolment(None)
    first = decide(a_lead(), history()[:4], marketing_terms(HANDED, agreement))
    made = decide(a_lead(), [*history(), *first.facts], marketing_terms(LIMIT + DAY, agreement))

    assert enrolment_of(made) is None
    assert not made.digest


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (status(RETURNED + HOUR, "Working"), "with_sales"),
        (status(RETURNED + HOUR, "Unqualified"), "disqualified"),
        (a_fact(FactKind.CONVERTED, RETURNED + HOUR, {"contact": "003"}), "converted"),
        (a_fact(FactKind.DELETED, RETURNED + HOUR), "deleted"),
    ],
)
def test_marketing_owes_nothing_more_once_it_is_rid_of_the_lead(after: Fact, why: str) -> None:
    made = decided(history(after), LIMIT + HOUR)

    view = enrolment_of(made)
    assert view is not None
    assert (view.end_reason, view.ended_at) == (why, RETURNED + HOUR)
    assert not made.digest


def test_another_hand_over_ends_it_with_the_cycle_it_belongs_to() -> None:
    down, up = scored(RETURNED + HOUR, 10), scored(RETURNED + 2 * HOUR, 90)

    made = decided(history(down, up), RETURNED + 3 * HOUR)

    of_first = [c for c in made.clocks if c.clock == "enrolment"]
    assert [(c.cycle, c.end_reason) for c in of_first] == [("c1", "with_sales")]


# what counts as evidence


def test_a_lead_that_is_in_a_programme_when_it_comes_back_is_enrolled_at_once() -> None:
    view = enrolment_of(decided(history(nurtured(HANDED - DAY)), RETURNED + MINUTE))

    assert view is not None
    assert (view.end_reason, view.ended_at) == ("enrolled", RETURNED)


def test_a_lead_that_had_left_the_programme_by_then_is_not() -> None:
    facts = history(nurtured(HANDED - DAY), nurtured(HANDED + HOUR, None))

    view = enrolment_of(decided(facts, RETURNED + MINUTE))

    assert view is not None
    assert view.state == ClockState.RUNNING


def test_where_the_system_tells_when_an_enrolment_of_an_earlier_return_does_not_count() -> None:
    old = nurtured(HANDED - 9 * DAY, nurture_at=(HANDED - 9 * DAY).isoformat())

    view = enrolment_of(decided(history(old), RETURNED + MINUTE, STAMPED))

    assert view is not None
    assert view.state == ClockState.RUNNING


def test_the_systems_own_time_counts_however_late_it_is_read() -> None:
    at = RETURNED + HOUR
    told = nurtured(LIMIT + DAY, nurture_at=at.isoformat())

    view = enrolment_of(decided(history(told), LIMIT + 2 * DAY, STAMPED))

    assert view is not None
    assert (view.end_reason, view.ended_at) == ("enrolled", at)


def test_enrolled_anew_into_the_programme_it_was_in_before_counts_by_its_new_time() -> None:
    old = nurtured(HANDED - 9 * DAY, nurture_at=(HANDED - 9 * DAY).isoformat())
    stamp = (RETURNED + HOUR).isoformat()
    anew = a_fact(FactKind.CHANGED, RETURNED + HOUR, {"nurture_at": stamp}, source="hubspot")

    view = enrolment_of(decided(history(old, anew), RETURNED + 2 * HOUR, STAMPED))

    assert view is not None
    assert view.ended_at == RETURNED + HOUR


def test_whoever_was_enrolled_while_sales_had_the_lead_is_enrolled_when_it_comes_back() -> None:
    at = HANDED + HOUR
    meanwhile = nurtured(at, nurture_at=at.isoformat())

    view = enrolment_of(decided(history(meanwhile), RETURNED + MINUTE, STAMPED))

    assert view is not None
    assert (view.end_reason, view.ended_at) == ("enrolled", RETURNED)


# late and out of order


def test_a_return_learned_late_counts_from_when_it_happened() -> None:
    facts = [replace(f, seen_at=LIMIT + HOUR) if f.kind == FactKind.STATUS else f
             for f in history()]  # fmt: skip

    view = enrolment_of(decided(facts, LIMIT + HOUR))

    assert view is not None
    assert view.anchor_at == RETURNED


def test_the_same_facts_in_any_order_give_the_same_return() -> None:
    facts = history(nurtured(RETURNED + HOUR), nurtured(RETURNED + 2 * HOUR, None))
    agreement = with_enrolment()
    first = decide(a_lead(), facts[:4], marketing_terms(HANDED, agreement))
    known = [*facts[2:], *first.facts[:2]]

    backs = {
        repr(fold([*facts[:2], *some], agreement, a_roster()).cycles[0].back)
        for some in permutations(known[:6])
    }

    assert len(backs) == 1


def test_a_conversion_before_the_return_that_is_learned_late_withdraws_the_clock() -> None:
    agreement = with_enrolment()
    first = decide(a_lead(), history()[:4], marketing_terms(HANDED, agreement))
    breached = [*history(), *first.facts]
    breach = decide(a_lead(), breached, marketing_terms(LIMIT, agreement))
    late = a_fact(
        FactKind.CONVERTED, RETURNED - HOUR, {"contact": "003"}, seen_at=LIMIT + HOUR
    )  # fmt: skip

    made = decide(
        a_lead(), [*breached, *breach.facts, late], marketing_terms(LIMIT + HOUR, agreement)
    )

    view = enrolment_of(made)
    assert view is not None
    assert (view.state, view.end_reason) == (ClockState.ENDED, "converted")


# explained


def told(facts: Sequence[Fact], now: datetime) -> str:
    agreement = with_enrolment()
    first = decide(a_lead(), history()[:4], marketing_terms(HANDED, agreement))
    account = Account(
        lead=a_lead(CONTACT, RECORD),
        facts=[*facts, *first.facts],
        terms=marketing_terms(now, agreement),
    )
    return "\n".join(f"{s.title}: {line}" for s in explain(account) for line in s.lines)


def test_an_explanation_tells_its_limit_what_would_stop_it_and_what_comes_next() -> None:
    words = told(history(), RETURNED + MINUTE)

    assert "Clock enrolment: limit, 1 business day: due Tue 03 Mar 2026 11:00 UTC" in words
    assert "would be stopped by: conversion" in words
    assert "evidence of a nurture programme: nurture != null" in words
    assert "Next: enrolment/limit at Tue 03 Mar 2026 11:00 UTC" in words
    assert "digest to marketing" in words


def test_an_explanation_says_when_it_was_enrolled() -> None:
    words = told(history(nurtured(RETURNED + HOUR)), RETURNED + 2 * HOUR)

    assert "in a nurture programme since 2026-03-02T12:00:00Z" in words
    assert "Clock enrolment: ended at Mon 02 Mar 2026 12:00 UTC" in words


def test_an_explanation_says_that_nobody_can_tell_and_why() -> None:
    unknown = [fact for fact in history() if fact.source_id != "in hubspot"]

    words = told(unknown, RETURNED + MINUTE)

    assert "not known whether it is in a nurture programme: it has no hubspot contact" in words


def test_an_explanation_says_that_the_lead_has_not_come_back_yet() -> None:
    words = told([*known_in_hubspot(HANDED - DAY), owned(HANDED - DAY), scored(HANDED)], HANDED)

    assert "has not begun: it counts from the return to marketing" in words
    assert ANA.name in words
