"""Clocks of every kind: what they begin with, when they stand still, and what ends them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import (
    CalendarBy,
    Definition,
    Effect,
    EffectKind,
    End,
    OnReassign,
    Pausing,
    Rung,
    Stage,
    Start,
)
from slasync.domain.clocks import ClockState
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Absence
from slasync.domain.score_model import Model, Urgent
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Unit
from slasync.domain.writes import Action, Role
from tests.builders import (
    ANA,
    BEN,
    BOT,
    DAY,
    HOUR,
    MIA,
    MONDAY,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    days,
    nine_to_five,
    owned,
    status,
    task,
    terms,
)
from tests.domain.clocking import (
    CREATED,
    HANDED_OVER,
    OUTCOMES,
    a_clock,
    decided_hourly,
    fired,
    the_view,
    with_clock,
)
from tests.domain.scoring_builders import seen
from tests.pains.marks import pain

ACCEPTANCE = a_clock(starts_on=Start.ASSIGNMENT, ends=OUTCOMES | {End.ACCEPTED})
NEXT_ATTEMPT = a_clock(starts_on=Start.ATTEMPT)


# what they begin with


def test_acceptance_runs_from_the_assignment_and_ends_when_the_rep_accepts() -> None:
    _, before = decided_hourly(HANDED_OVER, ACCEPTANCE, MONDAY + HOUR)
    accepted = status(MONDAY + 3 * HOUR, "Working")
    _, after = decided_hourly([*HANDED_OVER, accepted], ACCEPTANCE, MONDAY + 4 * HOUR)

    assert the_view(before).state == ClockState.RUNNING
    assert the_view(before).due_at == MONDAY + DAY
    assert (the_view(after).end_reason, the_view(after).ended_at) == (
        "accepted",
        MONDAY + 3 * HOUR,
    )


def test_each_owner_has_an_acceptance_clock_of_his_own() -> None:
    given_on = owned(MONDAY + DAY + 2 * HOUR, BEN, by=MIA)

    own, last = decided_hourly([*HANDED_OVER, given_on], ACCEPTANCE, MONDAY + 3 * DAY)

    assert fired(own) == [("first", 0), ("first", 1)]
    assert the_view(last).anchor_at == given_on.occurred_at


def test_what_the_owner_before_accepted_does_not_end_the_next_ones_clock() -> None:
    accepted = status(MONDAY + HOUR, "Working")
    given_on = owned(MONDAY + 5 * HOUR, BEN, by=MIA)

    own, last = decided_hourly([*HANDED_OVER, accepted, given_on], ACCEPTANCE, MONDAY + 2 * DAY)

    assert the_view(last).ended_at is None
    assert fired(own) == [("first", 1)]


def test_a_clock_of_attempts_does_not_run_before_the_first() -> None:
    _, decision = decided_hourly(HANDED_OVER, NEXT_ATTEMPT, MONDAY + 5 * DAY)

    assert decision.clocks == ()


def test_the_next_attempt_is_due_so_long_after_the_last_one_each_time_once() -> None:
    attempts = [called(MONDAY + HOUR), called(MONDAY + 2 * DAY)]

    own, last = decided_hourly([*HANDED_OVER, *attempts], NEXT_ATTEMPT, MONDAY + 3 * DAY + HOUR)

    assert fired(own) == [("first", 0), ("first", 1)]
    assert the_view(last).anchor_at == MONDAY + 2 * DAY


def test_an_earlier_attempt_learned_late_fires_nothing_again() -> None:
    late = replace(called(MONDAY + HOUR), seen_at=MONDAY + DAY + 6 * HOUR)
    attempts = [called(MONDAY + 2 * HOUR), late]

    own, _ = decided_hourly([*HANDED_OVER, *attempts], NEXT_ATTEMPT, MONDAY + DAY + 8 * HOUR)

    assert fired(own) == [("first", 0)]


def test_a_rung_that_an_attempt_came_too_late_for_is_recorded_as_missed_and_not_sent() -> None:
    unread = MONDAY + 2 * DAY  # nothing was known for two days
    attempts = [called(MONDAY + HOUR), called(MONDAY + DAY + 6 * HOUR)]
    at = terms(unread, agreement=with_clock(NEXT_ATTEMPT))
    first = decide(a_lead(), [*HANDED_OVER, attempts[0]], replace(at, now=MONDAY + 2 * HOUR))

    late = decide(a_lead(), [*HANDED_OVER, *attempts, *first.facts], at)

    [missed] = [f for f in late.facts if f.kind == FactKind.FIRED and f.data["clock"] == "clock"]
    assert (missed.data["rung"], missed.data["superseded"]) == ("first", True)
    assert not [w for w in late.writes if w.action == Action.TASK]


@pain("also/default")
def test_a_clock_is_there_only_for_the_definitions_it_is_meant_for() -> None:
    of_forms = a_clock(only_for=frozenset({"form"}))
    asked = a_fact(FactKind.CHANGED, MONDAY, {"form": "Demo request"}, source="hubspot")

    _, by_score = decided_hourly(HANDED_OVER, of_forms, MONDAY + HOUR)
    _, by_form = decided_hourly([owned(CREATED), asked], of_forms, MONDAY + HOUR)

    assert by_score.clocks == ()
    assert the_view(by_form).state == ClockState.RUNNING


def test_a_clock_that_starts_with_the_acceptance_counts_from_the_first_one() -> None:
    working = a_clock(starts_on=Start.ACCEPTED, ends=OUTCOMES)
    taken, back, again = (
        status(MONDAY + n * HOUR, value)
        for n, value in ((2, "Working"), (3, "Open"), (5, "Working"))
    )

    _, before = decided_hourly(HANDED_OVER, working, MONDAY + HOUR)
    _, after = decided_hourly([*HANDED_OVER, taken, back, again], working, MONDAY + 6 * HOUR)

    assert before.clocks == ()
    assert (the_view(after).anchor_at, the_view(after).generation) == (MONDAY + 2 * HOUR, 0)


def test_buying_behaviour_begins_a_shorter_clock_once() -> None:
    model = Model(immediate=(Urgent(seen("Pricing"), 2 * DAY),))
    hours = (Rung("at_once", Offset(1, Unit.BUSINESS_HOURS), (task(),)),)
    quick = a_clock(starts_on=Start.IMMEDIATE, rungs=hours)
    agreement = an_agreement(clocks=(quick,), scoring=model)
    pricing = a_fact(FactKind.CHANGED, MONDAY + 2 * HOUR, {"form": "Pricing"}, source="hubspot")
    again = a_fact(FactKind.CHANGED, MONDAY + 4 * HOUR, {"form": "Pricing"}, source="hubspot")
    at = terms(MONDAY + HOUR, agreement=agreement)
    later = replace(at, now=MONDAY + 5 * HOUR, ready={"clock": MONDAY + 5 * HOUR})

    before = decide(a_lead(), HANDED_OVER, at)
    after = decide(a_lead(), [*HANDED_OVER, *before.facts, pricing], later)
    last = decide(a_lead(), [*HANDED_OVER, *before.facts, *after.facts, pricing, again], later)

    assert before.clocks == ()
    assert the_view(after).anchor_at == MONDAY + 2 * HOUR
    assert [w.rung for w in after.writes if w.action == Action.TASK] == ["at_once"]
    assert the_view(last).generation == 0
    assert not last.writes


# when they stand still

PAUSED_BY_STATUS = a_clock(pausing=Pausing(frozenset({"On hold"})))


def test_time_in_a_pausing_status_does_not_count() -> None:
    held = [status(MONDAY + HOUR, "On hold"), status(MONDAY + 3 * HOUR, "Open")]

    _, decision = decided_hourly([*HANDED_OVER, *held], PAUSED_BY_STATUS, MONDAY + 4 * HOUR)

    assert the_view(decision).due_at == MONDAY + DAY + 2 * HOUR


def test_a_clock_that_stands_still_with_no_end_in_sight_has_no_deadline_and_sends_nothing() -> None:
    held = status(MONDAY + HOUR, "On hold")

    own, decision = decided_hourly([*HANDED_OVER, held], PAUSED_BY_STATUS, MONDAY + 9 * DAY)

    assert fired(own) == []
    view = the_view(decision)
    assert (view.state, view.due_at, view.wake_at) == (ClockState.PAUSED, None, None)


def test_a_paused_clock_goes_on_when_the_status_changes() -> None:
    held = [status(MONDAY + HOUR, "On hold"), status(MONDAY + 7 * DAY + HOUR, "Open")]

    own, _ = decided_hourly([*HANDED_OVER, *held], PAUSED_BY_STATUS, MONDAY + 8 * DAY)

    assert fired(own) == [("first", 0)]


@pain("P4")
def test_pauses_learned_all_at_once_give_the_deadline_of_those_learned_one_by_one() -> None:
    held = [
        status(MONDAY + HOUR, "On hold"),
        status(MONDAY + 2 * HOUR, "Open"),
        status(MONDAY + 3 * HOUR, "On hold"),
        status(MONDAY + 6 * HOUR, "Open"),
    ]
    at_once = [replace(fact, seen_at=MONDAY + 7 * HOUR) for fact in held]

    _, one_by_one = decided_hourly([*HANDED_OVER, *held], PAUSED_BY_STATUS, MONDAY + 7 * HOUR)
    _, together = decided_hourly([*HANDED_OVER, *at_once], PAUSED_BY_STATUS, MONDAY + 7 * HOUR)

    assert the_view(one_by_one).due_at == the_view(together).due_at == MONDAY + DAY + 4 * HOUR


@pain("P18")
def test_an_owner_who_is_away_does_not_run_out_of_time() -> None:
    away = Absence(str(ANA.email), MONDAY + HOUR, MONDAY + 2 * DAY + HOUR)
    clock = a_clock(pausing=Pausing(absent=True))

    own, _ = decided_hourly(
        HANDED_OVER, clock, MONDAY + 2 * DAY + HOUR, roster=a_roster(absences=(away,))
    )
    _, decision = decided_hourly(HANDED_OVER, clock, MONDAY, roster=a_roster(absences=(away,)))

    assert fired(own) == []
    assert the_view(decision).due_at == MONDAY + 3 * DAY


def test_the_absence_of_somebody_else_is_no_pause() -> None:
    away = Absence(str(BEN.email), MONDAY, MONDAY + 9 * DAY)
    clock = a_clock(pausing=Pausing(absent=True))

    _, decision = decided_hourly(HANDED_OVER, clock, MONDAY, roster=a_roster(absences=(away,)))

    assert the_view(decision).due_at == MONDAY + DAY


def test_a_clock_stands_still_while_a_rule_over_the_leads_fields_holds() -> None:
    asked = Definition(
        "waits", "later == true", lambda f: f.get("later") is True, frozenset({"later"})
    )
    clock = a_clock(pausing=Pausing(condition=asked))
    said = [
        a_fact(FactKind.CHANGED, MONDAY + hour * HOUR, {"later": value}, source="hubspot")
        for hour, value in ((2, True), (5, False))
    ]

    _, decision = decided_hourly([*HANDED_OVER, *said], clock, MONDAY + 6 * HOUR)

    assert the_view(decision).due_at == MONDAY + DAY + 3 * HOUR


# how long they last


def test_a_new_owner_has_at_least_the_grace() -> None:
    clock = a_clock(on_reassign=OnReassign.MINIMUM_GRACE, grace=Offset(4, Unit.BUSINESS_HOURS))
    given_on = owned(MONDAY + 7 * HOUR, BEN, by=MIA)

    _, decision = decided_hourly([*HANDED_OVER, given_on], clock, MONDAY + 7 * HOUR)
    _, early = decided_hourly([*HANDED_OVER, owned(MONDAY + HOUR, BEN)], clock, MONDAY + HOUR)

    assert the_view(decision).due_at == MONDAY + DAY + 3 * HOUR
    assert the_view(early).due_at == MONDAY + DAY


def test_a_deadline_of_its_own_is_what_tasks_ask_for() -> None:
    clock = a_clock(deadline=days(5))

    at = terms(MONDAY, agreement=with_clock(clock))
    handed = decide(a_lead(), HANDED_OVER, at)
    later = replace(at, now=MONDAY + DAY, ready={"clock": MONDAY + DAY})
    reminded = decide(a_lead(), [*HANDED_OVER, *handed.facts], later)

    [reminder] = [w for w in reminded.writes if w.action == Action.TASK]
    assert reminder.values["due"] == (MONDAY + 7 * DAY).isoformat()
    assert the_view(handed).due_at == MONDAY + 7 * DAY
    assert the_view(handed).wake_at == MONDAY + DAY


def test_the_calendar_can_be_the_leads_own() -> None:
    week = {day: (Interval.at("14:00", "16:00"),) for day in range(5)}
    spec = CalendarSpec(
        "afternoons", "UTC", week, {}, {}, nine_to_five().spec.first, nine_to_five().spec.last
    )
    calendars = {"office": nine_to_five(), "afternoons": Calendar(spec)}
    clock = a_clock(calendar_by=CalendarBy("country", {"Brasil": "afternoons"}))
    at = terms(MONDAY, agreement=with_clock(clock), calendars=calendars)

    there = decide(a_lead(country="Brasil"), HANDED_OVER, at)
    elsewhere = decide(a_lead(country="Chile"), HANDED_OVER, at)

    assert the_view(there).due_at == MONDAY + DAY + 5 * HOUR
    assert the_view(there).calendar == "afternoons"
    assert the_view(elsewhere).due_at == MONDAY + DAY


def test_rungs_can_depend_on_how_many_attempts_were_made() -> None:
    rungs = (
        Rung("again", days(1), (task(),), attempts_below=2),
        Rung("give_back", days(1), (task(),), attempts_from=2),
    )
    clock = a_clock(starts_on=Start.ATTEMPT, rungs=rungs)
    attempts = [called(MONDAY), called(MONDAY + 2 * DAY)]

    own, _ = decided_hourly([*HANDED_OVER, *attempts], clock, MONDAY + 4 * DAY)

    assert fired(own) == [("again", 0), ("give_back", 1)]


# what their rungs do


@pytest.mark.parametrize(
    ("role", "readers"),
    [
        (Role.OWNER, [ANA.email]),
        (Role.MANAGER, [MIA.email]),
        (Role.LEADERSHIP, ["lea@sandbox.example"]),
    ],
)
def test_a_digest_line_goes_to_those_it_is_meant_for(role: Role, readers: list[str]) -> None:
    line = Effect(EffectKind.DIGEST, role, "remind")
    clock = a_clock(rungs=(Rung("first", days(0), (line,)),))

    decision = decide(a_lead(), HANDED_OVER, terms(MONDAY, agreement=with_clock(clock)))

    assert [each.to for each in decision.digest] == readers


GIVES_BACK = a_clock(
    rungs=(
        Rung(
            "give_back",
            days(1),
            (Effect(EffectKind.RECYCLE, status="Nurturing", reason="not reached"),),
        ),
    )
)


def test_a_rung_gives_the_lead_back_unless_somebody_changes_its_status_first() -> None:
    at = terms(MONDAY, agreement=with_clock(GIVES_BACK))
    facts = [*HANDED_OVER, status(MONDAY + HOUR, "Open")]
    first = decide(a_lead(), facts, at)
    later = replace(at, now=MONDAY + DAY, ready={"clock": MONDAY + DAY})

    decision = decide(a_lead(), [*facts, *first.facts], later)

    [write] = [w for w in decision.writes if w.action == Action.STATUS]
    assert write.values == {"status": "Nurturing", "why": "not reached"}
    assert write.judged is not None
    assert (write.judged.owner, write.judged.status) == (ANA.key, "Open")


def test_a_lead_given_back_ends_its_cycle_and_our_change_is_no_touch() -> None:
    given_back = status(MONDAY + DAY, "Nurturing", by=BOT)

    _, decision = decided_hourly([*HANDED_OVER, given_back], GIVES_BACK, MONDAY + DAY + HOUR)

    assert the_view(decision).end_reason == "recycled"
    assert decision.stage == Stage.RECYCLED


# whatever the order


EVENTFUL = a_clock(
    starts_on=Start.ASSIGNMENT,
    pausing=Pausing(frozenset({"On hold"}), absent=True),
    ends=OUTCOMES | {End.ACCEPTED},
)
EVENTS = [
    *HANDED_OVER,
    status(MONDAY + HOUR, "On hold"),
    status(MONDAY + 4 * HOUR, "Open"),
    owned(MONDAY + DAY, BEN, by=MIA),
    called(MONDAY + DAY + HOUR, BEN),
]
DECIDED, _ = decided_hourly(EVENTS, EVENTFUL, MONDAY + DAY + 2 * HOUR)


@given(st.permutations([*EVENTS, *DECIDED]))
def test_the_same_facts_in_any_order_give_the_same_state_and_writes(facts: list[Fact]) -> None:
    at = terms(MONDAY + 3 * DAY, agreement=with_clock(EVENTFUL))

    assert decide(a_lead(), facts, at) == decide(a_lead(), [*EVENTS, *DECIDED], at)
