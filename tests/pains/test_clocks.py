"""Clocks that stood still, began anew, were booked to somebody, or were switched off."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import OnReassign, Pausing, Rung, Start
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.kpis import Chapter
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Action
from slasync.store.outbox_values import State
from slasync.store.unit import transaction
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    PROCESSING,
    a_lead,
    an_agreement,
    called,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.domain.clocking import HANDED_OVER, a_clock, decided_hourly, fired
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.reports.month_books import AT, MonthBooks, handed_over
from tests.reports.month_books import fired as breached
from tests.workers.office import Office
from tests.workers.storms import a_storm

ENDING = {Action.CLOSE_TASK, Action.CLEAR_STALE}
ON_HOLD = replace(FIRST_TOUCH, pausing=Pausing(statuses=frozenset({"On hold"})))
SIX_HOURS = replace(
    FIRST_TOUCH,
    rungs=(Rung("late", Offset(6, Unit.BUSINESS_HOURS), (task(),)),),
    on_reassign=OnReassign.CONTINUE,
)


@pytest.fixture
def books(sqlite_engine: Engine) -> MonthBooks:
    return MonthBooks(sqlite_engine)


@pain("P4")
@fault("T13")
def test_what_is_told_at_once_and_one_by_one_has_taken_the_same_time(books: MonthBooks) -> None:
    """Ten minutes before the first hold, an hour between the two, an hour after the second."""
    told = [
        status(AT + 10 * MINUTE, "On hold", by=None), status(AT + 2 * HOUR, "Open", by=None),
        status(AT + 3 * HOUR, "On hold", by=None), status(AT + 5 * HOUR, "Open", by=None),
        called(AT + 6 * HOUR),
    ]  # fmt: skip
    books.lead(AT, *told)
    slowly = books.lead(AT)
    for fact in reversed(told):
        books.learn(slowly, fact)

    found = books.figures(clocks=(ON_HOLD,), stages={})

    both = [found.figure(name).value for name in ("first_touch_median", "first_touch_p90")]
    assert both == [10 + 60 + 60] * 2


@pain("P4")
def test_a_lead_that_was_on_hold_when_it_came_has_waited_only_since_it_was_opened(
    books: MonthBooks,
) -> None:
    books.lead(
        AT, status(AT - HOUR, "On hold", by=MIA), status(AT + 2 * HOUR, "Open", by=None),
        called(AT + 3 * HOUR),
    )  # fmt: skip

    found = books.figures(clocks=(ON_HOLD,), stages={})

    assert found.figure("first_touch_median").value == 60


@pain("P4")
def test_a_lead_that_is_given_up_on_hold_breached_nothing_in_all_that_time() -> None:
    """On hold from the first hour for three weeks, and closed from there."""
    held = [status(MONDAY + HOUR, "On hold"), status(MONDAY + 21 * DAY, "Unqualified")]
    clock = a_clock(pausing=Pausing(frozenset({"On hold"})))

    own, last = decided_hourly([*HANDED_OVER, *held], clock, MONDAY + 22 * DAY)

    assert fired(own) == []
    assert [view.ended_at for view in last.clocks] == [MONDAY + 21 * DAY]


@pain("P11")
def test_of_a_clock_of_six_hours_who_had_five_has_the_breach(books: MonthBooks) -> None:
    """It ran out with Ben, who had had it for an hour; Ana had had it for five."""
    late = AT + 6 * HOUR
    books.lead(AT, owned(AT + 5 * HOUR, BEN, by=MIA), breached(late, "late"))

    found = books.figures(clocks=(SIX_HOURS,))

    tables = {each.name: each for each in found.chapters[Chapter.RESPONSE].tables}
    assert [row[:2] for row in tables["breaches_by_owner"].rows] == [(ANA.name, 1)]


@pain("P10")
def test_each_of_two_rounds_has_the_first_touch_that_was_made_in_it(books: MonthBooks) -> None:
    """Touched after one hour, recycled; handed over again a week later, touched after two."""
    again = AT + 7 * DAY
    key = books.lead(AT, called(AT + HOUR), status(AT + 2 * HOUR, "Nurturing"))
    books.learn(
        key, scored(AT + 3 * HOUR, 10), scored(again, 90), status(again, "Open", by=None),
        handed_over(again, "c2"), called(again + 2 * HOUR),
    )  # fmt: skip

    found = books.figures()

    assert found.figure("first_touch_median").of == 2
    assert [found.figure(n).value for n in ("first_touch_median", "first_touch_p90")] == [90, 120]


@pain("P13")
def test_a_second_due_time_of_the_same_day_is_told_as_well() -> None:
    """Two hours after each attempt the next is due: at eleven, and at two."""
    rungs = (Rung("next", Offset(2, Unit.BUSINESS_HOURS), (task(),)),)
    policy = a_clock(starts_on=Start.ATTEMPT, rungs=rungs)
    tries = [called(MONDAY), called(MONDAY + 3 * HOUR)]

    own, _ = decided_hourly([*HANDED_OVER, *tries], policy, MONDAY + 7 * HOUR)

    assert fired(own) == [("next", 0), ("next", 1)]
    due = [f.data["due"] for f in own if f.kind == FactKind.FIRED and "due" in f.data]
    assert due == [(MONDAY + hours * HOUR).isoformat() for hours in (2, 5)]


@pain("P13")
def test_the_next_owner_of_the_same_day_is_told_though_the_one_before_was(engine: Engine) -> None:
    office = Office(engine)
    lead = office.lead(ANA)
    office.decide()
    office.go_on(HOUR)
    office.learn(lead, owned(office.clock.now(), BEN, by=MIA))
    office.decide()

    assert office.fired() == [(lead, "day_0"), (lead, "day_0")]


@pain("P5")
@pytest.mark.parametrize("passed", [5 * MINUTE, DAY, 4 * DAY, 12 * DAY])
def test_of_a_clock_that_is_switched_off_nothing_more_is_sent(
    sqlite_engine: Engine, passed: timedelta
) -> None:
    """Five leads had their first task, and the reminders of five were held."""
    office = Office(sqlite_engine, agreement=an_agreement(clocks=(FIRST_TOUCH,)))
    a_storm(office, 5)
    before = {view.key for view in office.writes(Action.TASK)}

    without(office)
    office.go_on(passed)
    office.decide()

    tasks = office.writes(Action.TASK)
    assert {view.key for view in tasks} == before
    held = [v.state for v in tasks if v.write.rung != "day_0"]
    assert held == [State.SUPERSEDED] * 5
    closed = {v.write.task_key for v in office.writes(Action.CLOSE_TASK)}
    assert closed == {v.write.task_key for v in tasks}


@pain("P5")
def test_what_a_clock_that_is_switched_off_had_asked_for_is_closed_and_said_why() -> None:
    flagged = replace(PROCESSING, name="first_touch")
    facts: list[Fact] = [*HANDED_OVER]
    for day in range(13):
        now = MONDAY + day * DAY
        found = decide(a_lead(), facts, terms(now, agreement=an_agreement(clocks=(flagged,))))
        facts += found.facts
    off = terms(MONDAY + 13 * DAY, agreement=an_agreement(clocks=(a_clock(rungs=()),)))

    last = decide(a_lead(), facts, off)
    again = decide(a_lead(), [*facts, *last.facts], off)

    done = [(w.action, w.values.get("text")) for w in last.writes if w.action in ENDING]
    said = "Closed by slasync: this is not agreed any more."
    assert done == [(Action.CLOSE_TASK, said)] * 2 + [(Action.CLEAR_STALE, None)]
    assert not [w for w in again.writes if w.action in {*ENDING, Action.TASK}]


def without(office: Office) -> None:
    """Start with an agreement that lacks the clock: every open lead is looked at anew."""
    office.agreement = replace(office.agreement, clocks=(PROCESSING,), version="2", hash="1" * 64)
    with transaction(office.engine) as unit:
        unit.leads.mark_dirty(unit.leads.all_keys(), office.clock.now())
