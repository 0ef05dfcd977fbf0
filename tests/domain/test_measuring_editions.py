"""A cycle is measured by the edition that rules it, figures worked out by hand.

By the old edition a touch is owed within a business day, by the new one within four hours of nine
to five. Both hand-overs below are touched after six hours.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from slasync.domain.agreement import Agreement, OnChange, OnReassign
from slasync.domain.facts import Fact
from slasync.domain.figures.handed import all_handed
from slasync.domain.figures.measuring import Case, in_time
from slasync.domain.figures.obligations import DEADLINE, Finding, TimeLimit, Verdict
from slasync.domain.rulings import Agreed, Change, Rulings
from slasync.domain.time.calendars import Calendar, Interval
from tests.builders import DAY, HOUR, MONDAY, POOL, a_lead, called, days, nine_to_five, status
from tests.domain.test_rulings import (
    CHANGED,
    GRANDFATHER,
    KEEP,
    NEW,
    OLD,
    RECOMPUTE,
    an_edition,
    at,
    begun,
    hours,
    ruled,
)

LATER = MONDAY + DAY  # under the new edition
NOW = MONDAY + 7 * DAY
BY_RUNG = TimeLimit("first_touch", hours(4), "day_1")  # as the new edition has it
KEPT, BROKEN = Verdict.KEPT, Verdict.BROKEN


def case(facts: Sequence[Fact], rulings: Rulings, agreement: Agreement = NEW) -> Case:
    return Case.read(a_lead(), facts, at(NOW, agreement, rulings), NOW)


def judged(
    facts: Sequence[Fact],
    choice: OnChange,
    *editions: Agreement,
    owed: TimeLimit = BY_RUNG,
) -> Finding:
    editions = editions or (OLD, NEW)
    (found,) = in_time(case(facts, ruled(choice, *editions), editions[-1]), owed)
    return found


def touched(began: datetime, agreement: Agreement = OLD) -> list[Fact]:
    return [*begun(agreement, began), called(began + 6 * HOUR)]


@pytest.mark.parametrize(("choice", "verdict"), [(KEEP, KEPT), (RECOMPUTE, BROKEN)])
def test_a_kept_cycle_has_the_time_it_had_and_a_recomputed_one_has_the_new(
    choice: OnChange, verdict: Verdict
) -> None:
    found = judged(touched(MONDAY), choice)

    limits = {KEPT: MONDAY + DAY, BROKEN: MONDAY + 4 * HOUR}
    assert (found.verdict, found.due) == (verdict, limits[verdict])


@pytest.mark.parametrize("choice", OnChange)
def test_what_comes_into_force_after_a_cycle_has_ended_does_not_concern_it(
    choice: OnChange,
) -> None:
    """Touched after five hours and given back; an hour later four hours are agreed."""
    facts = [*begun(), called(MONDAY + 5 * HOUR), status(CHANGED - HOUR / 2, "Nurturing")]

    found = judged(facts, choice)

    assert (found.verdict, found.due) == (KEPT, MONDAY + DAY)


@pytest.mark.parametrize("verdict", [KEPT, BROKEN])
def test_what_came_into_force_before_a_cycle_ended_concerns_it(verdict: Verdict) -> None:
    choice = KEEP if verdict is KEPT else RECOMPUTE
    facts = [*begun(), called(MONDAY + 5 * HOUR), status(CHANGED + HOUR, "Nurturing")]

    assert judged(facts, choice).verdict is verdict


@pytest.mark.parametrize("choice", OnChange)
def test_a_cycle_handed_over_by_the_new_edition_has_the_new_time(choice: OnChange) -> None:
    found = judged([*begun(NEW, LATER), called(MONDAY + 6 * HOUR)], choice)

    assert (found.verdict, found.due) == (BROKEN, MONDAY + 4 * HOUR)


def test_grandfathered_the_later_of_both_times_counts() -> None:
    """The new edition is stricter here: day 1; and milder there: day 3 instead of 2."""
    stricter = judged(touched(MONDAY), GRANDFATHER)
    day_2 = TimeLimit("first_touch", days(3), "day_2")
    milder = judged([*begun(), called(MONDAY + 3 * DAY)], GRANDFATHER, owed=day_2)

    assert (stricter.verdict, stricter.due) == (KEPT, MONDAY + DAY)
    assert (milder.verdict, milder.due) == (KEPT, MONDAY + 3 * DAY)


def test_grandfathered_a_clock_that_stayed_what_it_was_has_its_old_time() -> None:
    """Another way of reassigning: such a clock is the old one, not a mixture of both."""
    clock = replace(NEW.clocks[0], on_reassign=OnReassign.CONTINUE)
    new = replace(NEW, clocks=(clock,))
    assert OLD.clocks[0].on_reassign is OnReassign.RESTART

    found = judged(touched(MONDAY), GRANDFATHER, OLD, new)

    assert (found.verdict, found.due) == (KEPT, MONDAY + DAY)


def test_a_rung_that_the_old_edition_did_not_have_is_measured_by_its_deadline() -> None:
    owed = TimeLimit("first_touch", days(4), "day_4")
    with_deadline = replace(OLD, clocks=(replace(OLD.clocks[0], deadline=hours(5)),))

    first_rung = judged(touched(MONDAY), KEEP, owed=owed)
    deadline = judged(touched(MONDAY), KEEP, with_deadline, NEW, owed=owed)

    assert first_rung.due == MONDAY + DAY  # it has no deadline: the first rung after the start
    assert deadline.due == MONDAY + 5 * HOUR


def test_a_deadline_is_that_of_the_edition() -> None:
    old = replace(OLD, clocks=(replace(OLD.clocks[0], deadline=hours(7)),))
    new = replace(NEW, clocks=(replace(NEW.clocks[0], deadline=hours(2)),))
    owed = TimeLimit("first_touch", hours(2), DEADLINE)

    assert judged(touched(MONDAY), KEEP, old, new, owed=owed).due == MONDAY + 7 * HOUR
    assert judged(touched(MONDAY), GRANDFATHER, old, new, owed=owed).due == MONDAY + 7 * HOUR
    assert judged(touched(MONDAY), RECOMPUTE, old, new, owed=owed).due == MONDAY + 2 * HOUR


def test_a_clock_that_the_old_edition_did_not_have_is_not_measured_in_its_cycles() -> None:
    new = an_edition(2, *NEW.clocks, replace(NEW.clocks[0], name="callback"))
    found = case(begun(), ruled(KEEP, OLD, new), new)

    assert list(in_time(found, TimeLimit("callback", hours(4), "day_1"))) == []


def test_what_is_waited_is_counted_in_the_hours_that_were_open_then() -> None:
    """Nine to five until the change; of the six hours only three were open by the new calendar."""
    afternoons = {day: (Interval.at("12:00", "17:00"),) for day in range(5)}
    short = replace(nine_to_five().spec, week=afternoons)
    changes = [Change("1" * 64, MONDAY - DAY, KEEP, "old"), Change("2" * 64, CHANGED, KEEP, "new")]
    new = Agreed(NEW, {"office": Calendar(short)}, {POOL.name: POOL})
    old = Agreed(OLD, {"office": nine_to_five()}, {POOL.name: POOL})
    kept = Rulings(changes, new, lambda _: old)
    terms = replace(at(NOW, NEW, kept), calendars=new.calendars)

    (ruled_by_old,) = all_handed(
        Case.read(a_lead(), touched(MONDAY), terms, NOW), [], lambda _: "", []
    )
    (in_force,) = all_handed(
        Case.read(a_lead(), touched(MONDAY), replace(terms, ruled=None), NOW), [], lambda _: "", []
    )

    assert (ruled_by_old.waited, in_force.waited) == (6 * HOUR, 3 * HOUR)


def test_where_a_kept_calendar_has_ended_the_agreement_in_force_counts() -> None:
    """As it does for the clocks themselves: nobody can mend a calendar that is kept."""
    spec = replace(nine_to_five().spec, last=date(2026, 3, 2))
    old = Agreed(OLD, {"office": Calendar(spec)}, {POOL.name: POOL})
    new = Agreed(NEW, {"office": nine_to_five()}, {POOL.name: POOL})
    changes = [Change("1" * 64, MONDAY - DAY, KEEP, "old"), Change("2" * 64, CHANGED, KEEP, "new")]

    (found,) = in_time(case(touched(MONDAY), Rulings(changes, new, lambda _: old)), BY_RUNG)

    assert (found.verdict, found.due) == (BROKEN, MONDAY + 4 * HOUR)
