"""Clocks that go by what a lead is in: a stage, what a rule asks for, a queue's hands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import ClockPolicy, Definition, End, Rung, Situation, Stage, Start
from slasync.domain.clocks import ClockState, starts_of
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import UserKind, Value
from slasync.domain.writes import Action, Role
from tests.builders import (
    BEN,
    DAY,
    HOUR,
    MIA,
    MONDAY,
    QUEUE,
    a_fact,
    a_lead,
    a_roster,
    days,
    owned,
    status,
    task,
    terms,
)
from tests.domain.clocking import (
    HANDED_OVER,
    OUTCOMES,
    a_clock,
    decided_hourly,
    fired,
    the_view,
    with_clock,
)

STAGES = {
    "Open": Stage.MQL, "Working": Stage.SAL, "Qualified": Stage.SQL, "Nurturing": Stage.RECYCLED,
}  # fmt: skip
IN_SQL = Situation(stage=Stage.SQL)
SQL = a_clock(
    starts_on=Start.STAGE,
    begins_in=IN_SQL,
    stops=(replace(IN_SQL, left=True),),
    ends=OUTCOMES | {End.STAGE},
)
BOOKED = Definition(
    "booked", "demo == true", lambda f: f.get("demo") is True, frozenset({"demo"}),
    occurred_field="demo_at",
)  # fmt: skip
DEMO = a_clock(starts_on=Start.RULE, begins_in=Situation(rule=BOOKED))


def played(
    facts: Sequence[Fact], policy: ClockPolicy, until: datetime, **more: Any
) -> tuple[list[Fact], Decision]:
    agreement = with_clock(policy, stages=STAGES)
    return decided_hourly([*HANDED_OVER, *facts], policy, until, agreement=agreement, **more)


def told(hour: float, **fields: Value) -> Fact:
    return a_fact(FactKind.CHANGED, MONDAY + hour * HOUR, fields, source="hubspot")


def known_at(facts: Sequence[Fact], at: datetime) -> list[Fact]:
    return [replace(fact, seen_at=at) for fact in facts]


# a stage


def test_a_clock_can_count_from_a_stage_and_end_when_it_is_left() -> None:
    into, out = status(MONDAY + 2 * HOUR, "Qualified"), status(MONDAY + 5 * HOUR, "Working")

    _, before = played([], SQL, MONDAY + HOUR)
    _, within = played([into], SQL, MONDAY + 3 * HOUR)
    _, after = played([into, out], SQL, MONDAY + 6 * HOUR)

    assert before.clocks == ()
    assert the_view(within).anchor_at == MONDAY + 2 * HOUR
    assert the_view(within).due_at == MONDAY + DAY + 2 * HOUR
    assert (the_view(after).end_reason, the_view(after).ended_at) == ("stage", MONDAY + 5 * HOUR)


def test_a_stage_reached_again_begins_the_clock_anew() -> None:
    there_and_back = [
        status(MONDAY + 2 * HOUR, "Qualified"),
        status(MONDAY + 5 * HOUR, "Working"),
        status(MONDAY + DAY + HOUR, "Qualified"),
    ]

    own, last = played(there_and_back, SQL, MONDAY + 2 * DAY + HOUR)

    assert fired(own) == [("first", 1)]
    assert the_view(last).anchor_at == MONDAY + DAY + HOUR


def test_a_stage_that_the_lead_is_in_at_the_hand_over_counts_from_it() -> None:
    before = status(MONDAY - DAY, "Qualified")

    _, decision = played([before], SQL, MONDAY)

    assert the_view(decision).anchor_at == MONDAY


def test_a_clock_can_end_with_a_stage_that_is_reached() -> None:
    clock = a_clock(stops=(Situation(stage=Stage.SQL),), ends=OUTCOMES | {End.STAGE})
    on = [status(MONDAY + HOUR, "Working"), status(MONDAY + 4 * HOUR, "Qualified")]

    _, decision = played(on, clock, MONDAY + 5 * HOUR)

    assert (the_view(decision).end_reason, the_view(decision).ended_at) == (
        "stage",
        MONDAY + 4 * HOUR,
    )


def test_stages_learned_all_at_once_are_counted_as_those_learned_one_by_one() -> None:
    there_and_back = [
        status(MONDAY + 2 * HOUR, "Qualified"),
        status(MONDAY + DAY + 3 * HOUR, "Working"),
        status(MONDAY + DAY + 4 * HOUR, "Qualified"),
    ]
    end = MONDAY + DAY + 6 * HOUR

    one_by_one, then = played(there_and_back, SQL, end)
    at_once, now = played(known_at(there_and_back, end), SQL, end)

    assert the_view(now) == the_view(then)
    assert _recorded(at_once) == _recorded(one_by_one)
    assert fired(one_by_one) == [("first", 0)]  # told in time the one, too late the other
    assert fired(at_once) == []


def _recorded(own: Sequence[Fact]) -> list[tuple[str, object, object]]:
    """What began, and which rungs passed, told or not."""
    kinds = {FactKind.STARTED, FactKind.FIRED}
    found = [f for f in own if f.kind in kinds and f.data["clock"] == "clock"]
    return [(f.kind.value, f.data["generation"], f.data.get("rung")) for f in found]


def test_a_stage_found_to_have_been_reached_sooner_counts_from_then_under_the_same_key() -> None:
    seen = status(MONDAY + 4 * HOUR, "Qualified")
    sooner = replace(status(MONDAY + 2 * HOUR, "Qualified"), seen_at=MONDAY + 6 * HOUR)

    own, last = played([seen, sooner], SQL, MONDAY + DAY + 3 * HOUR)

    assert the_view(last).anchor_at == MONDAY + 2 * HOUR
    assert fired(own) == [("first", 0)]


# a rule


def test_a_rule_counts_from_the_time_that_the_system_tells() -> None:
    at = (MONDAY + HOUR).isoformat()

    _, before = played([told(1, demo=False)], DEMO, MONDAY + 2 * HOUR)
    _, after = played([told(3, demo=True, demo_at=at)], DEMO, MONDAY + 3 * HOUR)

    assert before.clocks == ()
    assert the_view(after).anchor_at == MONDAY + HOUR


def test_a_rule_can_end_a_clock_and_what_holds_already_does_so_at_once() -> None:
    clock = a_clock(stops=(Situation(rule=BOOKED),), ends=OUTCOMES | {End.RULE})

    _, later = played([told(3, demo=True)], clock, MONDAY + 4 * HOUR)
    _, already = played([told(-3, demo=True)], clock, MONDAY)

    assert (the_view(later).end_reason, the_view(later).ended_at) == ("rule", MONDAY + 3 * HOUR)
    assert the_view(already).ended_at == MONDAY


def test_what_turns_out_not_to_have_held_is_taken_back() -> None:
    both = Definition(
        "both",
        "demo == true and size == 'L'",
        lambda f: f.get("demo") is True and f.get("size") == "L",
        frozenset({"demo", "size"}),
    )
    ladder = (Rung("now", days(0), (task(),)),)
    clock = a_clock(starts_on=Start.RULE, begins_in=Situation(rule=both), rungs=ladder)
    late = replace(told(1, size="S"), seen_at=MONDAY + 3 * HOUR)

    own, last = played([told(0, size="L"), told(2, demo=True), late], clock, MONDAY + 4 * HOUR)

    assert fired(own) == [("now", 0)]
    assert (the_view(last).end_reason, the_view(last).ended_at) == ("unbegun", MONDAY + 2 * HOUR)
    state = fold([*HANDED_OVER, told(0, size="L"), told(2, demo=True), late, *own],
                 with_clock(clock, stages=STAGES), a_roster())  # fmt: skip
    assert state.cycle is not None
    assert not state.cycle.tasks
    assert starts_of(clock, state.cycle) == []  # nothing for the figures


# a queue


IN_QUEUE = a_clock(
    starts_on=Start.QUEUE,
    begins_in=Situation(held_by=UserKind.QUEUE),
    stops=(Situation(held_by=UserKind.QUEUE, left=True),),
    ends=OUTCOMES | {End.TAKEN},
    rungs=(Rung("first", days(1), (task(Role.MANAGER),)),),
)


def test_a_clock_of_queues_runs_while_one_has_the_lead() -> None:
    into = owned(MONDAY + 2 * HOUR, QUEUE, by=MIA)
    out = owned(MONDAY + 6 * HOUR, BEN, by=MIA)

    _, before = played([], IN_QUEUE, MONDAY + HOUR)
    _, within = played([into], IN_QUEUE, MONDAY + 3 * HOUR)
    _, after = played([into, out], IN_QUEUE, MONDAY + 7 * HOUR)

    assert before.clocks == ()
    assert the_view(within).state == ClockState.RUNNING
    assert the_view(within).due_at == MONDAY + DAY + 2 * HOUR
    assert (the_view(after).end_reason, the_view(after).ended_at) == ("taken", MONDAY + 6 * HOUR)


def test_its_rungs_are_for_the_manager_and_each_queue_time_has_its_own() -> None:
    changes = [
        owned(MONDAY + 2 * HOUR, QUEUE, by=MIA),
        owned(MONDAY + DAY + 4 * HOUR, BEN, by=MIA),
        owned(MONDAY + DAY + 6 * HOUR, QUEUE, by=MIA),
    ]

    own, _ = played(changes, IN_QUEUE, MONDAY + 3 * DAY)

    assert fired(own) == [("first", 0), ("first", 1)]
    effects = [f.data["effects"] for f in own if f.data.get("rung") == "first"]
    assert [each["to"] for [each] in effects] == [MIA.key, MIA.key]


def test_no_clock_of_queues_begins_while_the_lead_is_on_its_way_to_a_person() -> None:
    facts = [owned(MONDAY - DAY, QUEUE), *HANDED_OVER[1:]]
    choice = a_fact(
        FactKind.ROUTED, MONDAY,
        {"cycle": "c1", "generation": 0, "owner": BEN.key, "from": QUEUE.key, "pool": "inbound",
         "why": "next"},
        source="slasync", source_id="routed:c1:0",
    )  # fmt: skip
    handover = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "score", "evidence": {}},
        source="slasync", source_id="handover:c1",
    )  # fmt: skip
    at = terms(MONDAY, agreement=with_clock(IN_QUEUE))

    decision = decide(a_lead(), [*facts, handover, choice], at)

    assert Action.OWNER in [w.action for w in decision.writes]
    assert decision.clocks == ()


# whatever the order


EVENTS = [
    *HANDED_OVER,
    status(MONDAY + 2 * HOUR, "Qualified"),
    told(3, demo=True),
    owned(MONDAY + 4 * HOUR, QUEUE, by=MIA),
    status(MONDAY + 5 * HOUR, "Working"),
    told(6, demo=False),
    owned(MONDAY + 7 * HOUR, BEN, by=MIA),
    status(MONDAY + DAY + HOUR, "Qualified"),
    told(25, demo=True),
]
CLOCKS = {clock: played(EVENTS[2:], clock, MONDAY + DAY + 2 * HOUR)[0]
          for clock in (SQL, DEMO, IN_QUEUE)}  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.starts_on)
@given(st.data())
def test_the_same_facts_in_any_order_give_the_same_state_and_writes(
    clock: ClockPolicy, data: st.DataObject
) -> None:
    at = terms(MONDAY + 3 * DAY, agreement=with_clock(clock, stages=STAGES))
    facts = [*EVENTS, *CLOCKS[clock]]

    assert decide(a_lead(), data.draw(st.permutations(facts)), at) == decide(a_lead(), facts, at)
