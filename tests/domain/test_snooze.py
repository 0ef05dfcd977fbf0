"""A rep puts a lead aside: what of it counts, in whatever order it is learned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.rep_fields import WORDS
from slasync.domain.rests import REASON, UNTIL, Rests, Snoozing
from slasync.domain.state import Rest, Resting
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    terms,
)

OF_ANA = (owned(MONDAY - 10 * DAY), scored(MONDAY))
LIMITED = Snoozing(
    clocks=frozenset({"first_touch"}),
    at_most=Offset(5, Unit.BUSINESS_DAYS),
    times=2,
    calendar=nine_to_five(),
)
TOMORROW = MONDAY + DAY


def snoozing(policy: Snoozing = LIMITED, **changes: Any) -> Any:
    return an_agreement(rests=Rests(snooze=replace(policy, **changes)), shows=frozenset(WORDS))


def asked(at: datetime, until: datetime | None, reason: str | None = "on holiday") -> Fact:
    wish = {UNTIL: until.isoformat() if until else None, REASON: reason}
    return a_fact(FactKind.CHANGED, at, wish, by=ANA)


def lived(facts: Sequence[Fact], until: datetime, policy: Snoozing = LIMITED) -> list[Decision]:
    history, made, now = list(facts), [], MONDAY
    while now <= until:
        known = [fact for fact in history if fact.seen_at <= now]
        made.append(decide(a_lead(), known, terms(now, agreement=snoozing(policy))))
        history += made[-1].facts
        now += HOUR
    return made


def rests(facts: Sequence[Fact], policy: Snoozing = LIMITED) -> tuple[Rest, ...]:
    decided = decide(a_lead(), OF_ANA, terms(MONDAY, agreement=snoozing(policy))).facts
    state = fold([*OF_ANA, *decided, *facts], snoozing(policy), a_roster())
    assert state.cycle is not None
    return state.cycle.rests


def due(decision: Decision) -> datetime | None:
    [clock] = [c for c in decision.clocks if c.clock == "first_touch"]
    return clock.due_at


def test_a_clock_rests_until_then_and_what_is_due_moves_by_as_much() -> None:
    last = lived([*OF_ANA, asked(MONDAY + HOUR, MONDAY + 2 * DAY)], MONDAY + HOUR)[-1]

    # rested for 1 day and 7 of 8 hours: from Tuesday 9 o'clock to Wednesday 16 o'clock
    assert due(last) == MONDAY + 2 * DAY + 7 * HOUR


def test_nobody_is_reminded_meanwhile() -> None:
    decisions = lived(
        [*OF_ANA, asked(MONDAY + HOUR, MONDAY + 2 * DAY)], MONDAY + 2 * DAY + 6 * HOUR
    )

    rungs = [w.rung for d in decisions for w in d.writes if "subject" in w.values]
    assert rungs == ["day_0"]


def test_clocks_that_are_not_named_go_on() -> None:
    plain = lived(OF_ANA, MONDAY + HOUR)[-1]
    snoozed = lived([*OF_ANA, asked(MONDAY + HOUR, MONDAY + 2 * DAY)], MONDAY + HOUR)[-1]

    other = [[c.due_at for c in d.clocks if c.clock == "processing"] for d in (plain, snoozed)]
    assert other[0] == other[1]


def test_the_lead_says_that_it_is_snoozed_and_until_when() -> None:
    decisions = lived([*OF_ANA, asked(MONDAY + HOUR, TOMORROW)], MONDAY + HOUR)
    [*_, last] = [w for d in decisions for w in d.writes if w.action is Action.SHOW]

    assert last.values["status"] == "snoozed"
    assert last.values["why"].startswith("Snoozed until Tue 3 Mar 2026, 09:00. ")


def test_when_the_rest_is_over_the_lead_is_looked_at_and_open_again() -> None:
    decisions = lived([*OF_ANA, asked(MONDAY + HOUR, MONDAY + 3 * HOUR)], MONDAY + 4 * HOUR)
    [clock] = [c for c in decisions[2].clocks if c.clock == "first_touch"]
    shown = [w for d in decisions for w in d.writes if w.action is Action.SHOW]

    assert clock.wake_at == MONDAY + 3 * HOUR
    assert [write.values["status"] for write in shown] == ["open", "snoozed", "open"]


def test_a_snooze_that_is_over_is_told_of_no_more() -> None:
    taken_back = asked(MONDAY + 2 * HOUR, None)
    decisions = lived([*OF_ANA, asked(MONDAY + HOUR, TOMORROW), taken_back], MONDAY + 2 * HOUR)
    shown = [w for d in decisions for w in d.writes if w.action is Action.SHOW]

    assert [w.values["why"].partition(" Mon")[0] for w in shown] == [
        "With sales since",
        "Snoozed until Tue 3 Mar 2026, 09:00. With sales since",
        "With sales since",
    ]


def test_who_asked_when_and_why_is_kept() -> None:
    [rest] = rests([asked(MONDAY + HOUR, TOMORROW)])

    assert (rest.by, rest.asked_at, rest.reason) == (ANA.key, MONDAY + HOUR, "on holiday")
    assert (rest.kind, rest.asked_until) == (Resting.SNOOZED, TOMORROW)


def test_what_is_longer_than_agreed_counts_as_far_as_was_agreed() -> None:
    [rest] = rests([asked(MONDAY, MONDAY + 30 * DAY)])

    assert rest.kind is Resting.TOO_LONG
    assert rest.pause is not None
    assert rest.pause.ends == MONDAY + 7 * DAY


def test_a_third_one_does_not_count() -> None:
    facts = [asked(MONDAY + n * DAY, MONDAY + n * DAY + HOUR) for n in range(3)]

    kinds = [rest.kind for rest in rests(facts)]

    assert kinds == [Resting.SNOOZED, Resting.SNOOZED, Resting.TOO_OFTEN]


def test_a_later_end_is_another_one_and_an_earlier_end_is_not() -> None:
    longer = rests([asked(MONDAY, TOMORROW), asked(MONDAY + HOUR, TOMORROW + DAY)])
    shorter = rests([asked(MONDAY, TOMORROW + DAY), asked(MONDAY + HOUR, TOMORROW)])

    assert [rest.pause and rest.pause.ends for rest in longer] == [
        MONDAY + HOUR,
        TOMORROW + DAY,
    ]
    assert [rest.pause and rest.pause.ends for rest in shorter] == [TOMORROW]


def test_shortened_twice_and_then_taken_back_it_is_one_all_the_same() -> None:
    [rest] = rests(
        [
            asked(MONDAY, MONDAY + 4 * DAY),
            asked(MONDAY + HOUR, MONDAY + 2 * DAY),
            asked(MONDAY + 2 * HOUR, MONDAY + DAY),
            asked(MONDAY + 3 * HOUR, None),
        ]
    )

    assert rest.pause is not None
    assert rest.pause.ends == MONDAY + 3 * HOUR


def test_taken_back_it_ends_at_once() -> None:
    [rest] = rests([asked(MONDAY, TOMORROW), asked(MONDAY + HOUR, None)])

    assert rest.pause is not None
    assert rest.pause.ends == MONDAY + HOUR


def test_without_a_reason_it_counts_from_when_there_is_one() -> None:
    facts = [asked(MONDAY, TOMORROW, None), asked(MONDAY + HOUR, TOMORROW, "ill")]

    [rest] = rests(facts)
    [waiting] = rests(facts[:1])

    assert (waiting.kind, waiting.pause) == (Resting.NO_REASON, None)
    assert rest.pause is not None
    assert rest.pause.begins == MONDAY + HOUR


def test_a_reason_is_not_asked_for_where_none_is_agreed() -> None:
    [rest] = rests([asked(MONDAY, TOMORROW, None)], replace(LIMITED, reason_required=False))

    assert rest.kind is Resting.SNOOZED


def test_what_stood_there_before_the_hand_over_is_no_wish() -> None:
    assert rests([asked(MONDAY - DAY, MONDAY + 3 * DAY)]) == ()


def test_a_time_that_is_over_already_and_words_that_are_no_time_are_no_wish() -> None:
    words = a_fact(FactKind.CHANGED, MONDAY + HOUR, {UNTIL: "next week", REASON: "ill"})

    assert rests([asked(MONDAY + MINUTE, MONDAY - DAY), words]) == ()


@given(st.permutations(range(4)), st.data())
def test_the_order_in_which_wishes_are_learned_does_not_matter(
    order: list[int], data: st.DataObject
) -> None:
    hours = data.draw(st.lists(st.integers(0, 90), min_size=4, max_size=4))
    facts = [asked(MONDAY + n * HOUR, MONDAY + hours[n] * HOUR) for n in range(4)]

    found = rests([facts[n] for n in order])

    assert found == rests(facts)
    assert sum(rest.pause is not None for rest in found) <= 2


@pytest.mark.parametrize("unlimited", [replace(LIMITED, at_most=None, times=None)])
def test_without_limits_all_of_it_counts(unlimited: Snoozing) -> None:
    facts = [asked(MONDAY + n * DAY, MONDAY + n * DAY + 20 * HOUR) for n in range(4)]

    assert {rest.kind for rest in rests(facts, unlimited)} == {Resting.SNOOZED}
