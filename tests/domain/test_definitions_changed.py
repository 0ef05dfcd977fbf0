"""A definition that changed: it counts from when it came into force, and moves nothing before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from slasync.domain.agreement import Agreement, Definition
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.in_force import Defined, dated
from tests.builders import BY_SCORE, DAY, HOUR, MONDAY, a_lead, a_roster, owned, scored
from tests.builders import an_agreement as agreed
from tests.builders import terms as builders_terms


def above(threshold: int) -> Definition:
    return replace(
        BY_SCORE,
        text=f"score >= {threshold}",
        rule=lambda fields: float(str(fields.get("score") or 0)) >= threshold,
    )


def in_force(*editions: tuple[int, datetime]) -> Agreement:
    """Return the last of some editions, each with its threshold; its hash tells its number."""
    defined = [
        Defined(f"edition {n}", at, (above(threshold),))
        for n, (threshold, at) in enumerate(editions)
    ]
    last = defined[-1]
    return dated(agreed(hash=last.hash, definitions=last.definitions), defined)


LONG_AGO, CHANGED = MONDAY - 9 * DAY, MONDAY + 7 * DAY
FIRST = in_force((75, LONG_AGO))
LOWERED = in_force((75, LONG_AGO), (35, CHANGED))


def decided(facts: Sequence[Fact], agreement: Agreement, now: datetime) -> Decision:
    return decide(a_lead(), facts, builders_terms(now, agreement=agreement))


def anchors(facts: Sequence[Fact], agreement: Agreement) -> list[datetime]:
    orders = (facts, list(reversed(facts)))
    found = [[c.anchor for c in fold(each, agreement, a_roster()).cycles] for each in orders]
    assert found[0] == found[1]
    return found[0]


def handed_over(facts: Sequence[Fact], agreement: Agreement, now: datetime) -> list[Fact]:
    """Return the history with the hand-over that is decided, if one is."""
    own = decided(facts, agreement, now).facts
    return [*facts, *(fact for fact in own if fact.kind is FactKind.HANDOVER)]


def test_who_met_it_before_it_was_agreed_is_handed_over_as_of_then_and_no_rung_is_late() -> None:
    facts = [owned(MONDAY), scored(MONDAY, 40), scored(CHANGED + DAY, 41)]

    decision = decided(facts, LOWERED, CHANGED + HOUR)

    assert anchors([*facts, *decision.facts], LOWERED) == [CHANGED]
    rungs = [f.data["rung"] for f in decision.facts if f.kind is FactKind.FIRED]
    assert rungs == ["place", "day_0"]


def test_who_meets_it_after_it_was_agreed_is_handed_over_as_of_the_moment_itself() -> None:
    facts = handed_over([scored(MONDAY, 20), scored(CHANGED + DAY, 40)], LOWERED, CHANGED + DAY)
    assert anchors(facts, LOWERED) == [CHANGED + DAY]


def test_who_did_not_meet_it_any_more_when_it_was_agreed_is_not_handed_over() -> None:
    facts = [scored(MONDAY, 40), scored(CHANGED - HOUR, 20)]
    assert handed_over(facts, LOWERED, CHANGED + DAY) == facts


def test_the_first_edition_counts_for_what_was_before() -> None:
    facts = handed_over([scored(MONDAY)], in_force((75, CHANGED)), CHANGED)
    assert anchors(facts, FIRST) == [MONDAY]


def test_a_definition_that_was_agreed_again_counts_in_both_of_its_times_and_not_between() -> None:
    again = in_force((35, LONG_AGO), (75, MONDAY), (35, CHANGED))
    before = handed_over([scored(MONDAY - DAY, 40)], again, CHANGED)
    between = handed_over([scored(MONDAY + DAY, 40)], again, CHANGED)
    assert (anchors(before, again), anchors(between, again)) == ([MONDAY - DAY], [CHANGED])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("threshold", [35, 90])
def test_a_cycle_keeps_the_beginning_that_its_own_edition_gives_it(
    threshold: int, *, late: bool
) -> None:
    """Score 41 on Monday, 80 on Wednesday, of which is learned at once or after the change."""
    told = [scored(MONDAY, 41), scored(MONDAY + 2 * DAY)]
    known = [*told[:1], scored(MONDAY + 4 * DAY, 85)] if late else told
    facts = handed_over(known, FIRST, MONDAY + 4 * DAY)

    after = [*facts, *(told[1:] if late else [])]

    present = in_force((75, LONG_AGO), (threshold, CHANGED))
    assert anchors(after, present) == anchors(after, FIRST) == [MONDAY + 2 * DAY]


def test_an_edition_that_cannot_be_read_moves_no_beginning() -> None:
    facts = handed_over([scored(MONDAY)], FIRST, MONDAY + HOUR)
    gone = [Defined(FIRST.hash, LONG_AGO, ()), Defined("new", CHANGED, (above(35),))]
    present = dated(agreed(hash="new", definitions=(above(35),)), gone)
    assert anchors(facts, present) == [MONDAY]
