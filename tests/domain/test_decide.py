"""What is due for a lead, seen through the one function that says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import Stage
from slasync.domain.decide import Decision, chosen, decide
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Lead, User
from slasync.domain.routing import route
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    CONTACT,
    DAY,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    POOL,
    QUEUE,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.faults.marks import fault
from tests.pains.marks import pain

CREATED = MONDAY - 10 * DAY
LEAD_OF_ANA = [owned(CREATED), scored(MONDAY)]
FRIDAY_NIGHT = MONDAY + 4 * DAY + 12 * HOUR


def settled(lead: Lead, facts: Sequence[Fact], at: Terms) -> Decision:
    """Decide as the step does: route where asked, and decide on."""
    first = decide(lead, facts, at)
    if first.assign is None:
        return first
    choice, _ = route(first.assign, POOL, {}, at.roster, at.now)
    picked = chosen(first, choice, at.now)
    again = decide(lead, [*facts, *first.facts, picked], at)
    joined = (*first.facts, picked, *again.facts)
    return Decision(**{
        **{name: getattr(again, name) for name in Decision.__dataclass_fields__},
        "facts": joined,
        "writes": (*first.writes, *again.writes),
        "digest": (*first.digest, *again.digest),
    })  # fmt: skip


def day_by_day(lead: Lead, facts: Sequence[Fact], until: datetime) -> list[Decision]:
    """Decide each hour from Monday on, as a daemon that is never down."""
    history, made, now = list(facts), [], MONDAY
    while now <= until:
        decision = settled(lead, [f for f in history if f.seen_at <= now], terms(now))
        history += decision.facts
        made.append(decision)
        now += HOUR
    return made


def writes(decisions: Sequence[Decision], action: Action) -> list[Write]:
    return [w for d in decisions for w in d.writes if w.action == action]


def test_a_score_over_the_threshold_hands_the_lead_over_to_the_owner_it_has() -> None:
    decision = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))

    assert decision.stage == Stage.MQL
    [task] = [w for w in decision.writes if w.action == Action.TASK]
    assert (task.rung, task.role, task.values["owner"]) == ("day_0", Role.OWNER, ANA.key)
    assert task.values["subject"] == "Call Lou Reed (day_0)"


def test_a_lead_without_a_record_is_routed_and_created_and_its_clocks_wait() -> None:
    decision = settled(a_lead(CONTACT), [scored(MONDAY)], terms(MONDAY))

    [create] = [w for w in decision.writes if w.action == Action.CREATE_LEAD]
    assert create.values["owner"] == ANA.key
    assert not [w for w in decision.writes if w.action == Action.TASK]
    assert {c.state for c in decision.clocks} == {"waiting_for_record"}


def test_deciding_again_asks_for_nothing_new() -> None:
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))

    again = decide(a_lead(), [*LEAD_OF_ANA, *first.facts], terms(MONDAY + HOUR))

    assert (again.writes, again.facts) == ((), ())


def test_one_open_task_is_reminded_of_and_the_manager_gets_his_own_on_day_2() -> None:
    decisions = day_by_day(a_lead(), LEAD_OF_ANA, MONDAY + 2 * DAY + HOUR)

    tasks = writes(decisions, Action.TASK)
    assert [(t.rung, t.role) for t in tasks] == [
        ("day_0", Role.OWNER), ("day_1", Role.OWNER),
        ("day_2", Role.OWNER), ("day_2", Role.MANAGER),
    ]  # fmt: skip
    assert len({t.task_key for t in tasks if t.role == Role.OWNER}) == 1
    assert len({t.key for t in tasks}) == 4
    assert [t.values["owner"] for t in tasks if t.role == Role.MANAGER] == [MIA.key]


def test_on_day_3_leadership_is_told_and_another_owner_is_routed() -> None:
    decisions = day_by_day(a_lead(), LEAD_OF_ANA, MONDAY + 3 * DAY + HOUR)

    [owner] = writes(decisions, Action.OWNER)
    assert owner.values["owner"] == BEN.key
    assert owner.judged is not None
    assert owner.judged.owner == ANA.key
    assert [line.to for d in decisions for line in d.digest] == ["lea@sandbox.example"]


@pain("also/old-owner")
def test_the_new_owner_has_the_whole_ladder_and_the_old_tasks_are_closed() -> None:
    changed = MONDAY + 3 * DAY + 5 * MINUTE
    facts = [*LEAD_OF_ANA, owned(changed, BEN, BOT)]

    decisions = day_by_day(a_lead(), facts, MONDAY + 4 * DAY)

    assert {w.role for w in writes(decisions, Action.CLOSE_TASK)} == {Role.OWNER, Role.MANAGER}
    last = writes(decisions, Action.TASK)[-1]
    assert (last.rung, last.generation, last.values["owner"]) == ("day_0", 1, BEN.key)


def test_a_touch_in_time_ends_the_first_clock_and_closes_its_task() -> None:
    facts = [*LEAD_OF_ANA, called(MONDAY + 3 * HOUR)]

    decisions = day_by_day(a_lead(), facts, FRIDAY_NIGHT)

    assert [t.rung for t in writes(decisions, Action.TASK)] == ["day_0"]
    assert len(writes(decisions, Action.CLOSE_TASK)) == 1
    first = next(c for c in decisions[-1].clocks if c.clock == "first_touch")
    assert (first.state, first.end_reason) == ("ended", "touch")


@pain("P7")
def test_a_touch_by_automation_or_by_nobody_known_counts_for_nothing() -> None:
    facts = [
        *LEAD_OF_ANA,
        called(MONDAY + HOUR, BOT),
        a_fact(FactKind.TOUCH, MONDAY + 2 * HOUR, {"channel": "email", "grade": "strong"}),
    ]

    state = fold(
        [*facts, *decide(a_lead(), facts, terms(MONDAY)).facts], an_agreement(), a_roster()
    )

    assert state.cycle is not None
    assert state.cycle.touches == []
    assert state.unclassified == 1


def test_a_rung_waits_until_its_data_is_known_past_its_due_time() -> None:
    handed = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    history = [*LEAD_OF_ANA, *handed.facts]
    due = MONDAY + DAY
    behind = {"first_touch": due - MINUTE, "processing": due - MINUTE}

    waiting = decide(a_lead(), history, terms(due + HOUR, ready=behind))
    known = decide(a_lead(), history, terms(due + HOUR))

    assert waiting.writes == ()
    assert next(c.wake_at for c in waiting.clocks if c.clock == "first_touch") == due
    assert [w.rung for w in known.writes if w.action == Action.TASK] == ["day_1"]


@fault("T14")
def test_an_answer_in_time_that_is_learned_late_withdraws_what_was_said() -> None:
    decisions = day_by_day(a_lead(), LEAD_OF_ANA, MONDAY + DAY + HOUR)
    history = [*LEAD_OF_ANA, *(f for d in decisions for f in d.facts)]
    late = called(MONDAY + HOUR)

    after = decide(a_lead(), [*history, late], terms(MONDAY + DAY + 2 * HOUR))

    assert [w.action for w in after.writes if w.system == "salesforce"] == [Action.CLOSE_TASK]


@pain("P15")
@fault("T18")
def test_after_an_outage_only_the_highest_message_goes_out_but_every_flag_is_set() -> None:
    agreement = an_agreement(clocks=(an_agreement().clocks[1],))
    handed = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY, agreement=agreement))
    history = [*LEAD_OF_ANA, *handed.facts]

    after = decide(a_lead(), history, terms(MONDAY + 20 * DAY, agreement=agreement))

    assert [w.action for w in after.writes if w.system == "salesforce"] == [Action.FLAG_STALE]
    assert len(after.digest) == 1
    fired = {
        f.data["rung"]: f.data["superseded"]
        for f in after.facts
        if f.kind == "fired" and f.data["clock"] != "routing"
    }
    assert fired == {"day_7": True, "day_8": True, "day_9": False}


def test_what_was_met_before_slasync_began_is_shown_and_not_judged() -> None:
    agreement = an_agreement(effective_from=MONDAY + HOUR)

    decision = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY + DAY, agreement=agreement))

    assert (decision.stage, decision.writes, decision.facts) == (Stage.MQL, (), ())


def test_two_restarts_later_the_lead_goes_to_the_queue_with_one_task_for_nobody_else() -> None:
    history, now = list(LEAD_OF_ANA), MONDAY
    made = []
    while now < MONDAY + 30 * DAY:
        decision = settled(a_lead(), history, terms(now))
        history += decision.facts
        for write in decision.writes:
            if write.action == Action.OWNER:
                new = next(u for u in (ANA, BEN, CHI, QUEUE) if u.key == write.values["owner"])
                history.append(owned(now, new, BOT))
        made.append(decision)
        now += HOUR

    assert [w.values["owner"] for w in writes(made, Action.OWNER)] == [BEN.key, CHI.key, QUEUE.key]
    assert max(t.generation for t in writes(made, Action.TASK)) == 2


@pain("P19")
@fault("I15")
def test_a_persons_choice_of_owner_is_not_undone() -> None:
    facts = [*LEAD_OF_ANA, owned(MONDAY + HOUR, CHI, MIA)]

    decisions = day_by_day(a_lead(), facts, MONDAY + 10 * DAY)

    assert writes(decisions, Action.OWNER) == []


def test_a_persons_status_change_is_a_touch_even_when_no_earlier_status_was_seen() -> None:
    facts = [*LEAD_OF_ANA, status(MONDAY + HOUR, "Closed - Converted", ANA)]
    handed = decide(a_lead(), facts, terms(MONDAY + 2 * HOUR))

    state = fold([*facts, *handed.facts], an_agreement(), a_roster())

    assert state.cycle is not None
    assert [t.by for t in state.cycle.touches] == [ANA.key]


@pain("P10")
def test_recycling_ends_every_clock_and_a_second_hand_over_is_a_new_cycle() -> None:
    facts = [
        *LEAD_OF_ANA,
        status(CREATED, "Open", None),
        status(MONDAY + 2 * HOUR, "Nurturing"),
        scored(MONDAY + 3 * HOUR, 10),
        scored(MONDAY + 5 * HOUR, 90),
    ]

    decisions = day_by_day(a_lead(), facts, MONDAY + 6 * HOUR)

    tasks = writes(decisions, Action.TASK)
    assert [(t.cycle, t.rung) for t in tasks] == [("c1", "day_0"), ("c2", "day_0")]
    assert tasks[0].task_key != tasks[1].task_key


def test_the_marketing_system_is_told_once_for_each_change() -> None:
    decisions = day_by_day(a_lead(), LEAD_OF_ANA, MONDAY + DAY + HOUR)

    told = [w.values for w in writes(decisions, Action.PROPERTIES)]
    assert [(t["stage"], t["sla_state"]) for t in told] == [("mql", "open"), ("mql", "overdue")]
    assert told[0]["owner"] == "ana@sandbox.example"


def test_marketing_is_told_once_however_often_it_was_told_in_one_instant() -> None:
    """Decisions of one instant stand in the order in which they were made, the tenth too."""
    now = MONDAY + HOUR
    history = [scored(MONDAY), owned(MONDAY)]
    for number in range(12):
        found = decide(a_lead(), history, terms(now))
        history += [*found.facts, owned(now - (12 - number) * MINUTE, (BEN, ANA)[number % 2], MIA)]
    history += decide(a_lead(), history, terms(now)).facts

    assert not decide(a_lead(), history, terms(now)).facts
    assert len([fact for fact in history if fact.kind is FactKind.TOLD]) == 13


@fault("L20")
def test_what_marketing_was_told_last_is_so_by_the_order_of_telling_and_not_by_two_clocks() -> None:
    """A simulated day: of two daemons the one whose clock was half a second behind decided last."""
    now, second = MONDAY + HOUR, timedelta(seconds=1)
    history = [scored(MONDAY), owned(MONDAY)]
    history += decide(a_lead(), history, terms(now)).facts
    history += [owned(now, BEN, MIA)]
    history += decide(a_lead(), history, terms(now + second)).facts
    history += [owned(now + second / 2, ANA, MIA)]
    history += decide(a_lead(), history, terms(now)).facts

    told = [f.data for f in history if f.kind is FactKind.TOLD]
    assert [each["owner"][:3] for each in told] == ["ana", "ben", "ana"]
    assert fold(history, an_agreement(), a_roster()).told == told[-1]


@fault("V50")
def test_a_task_that_somebody_deleted_is_not_brought_back_the_next_rung_makes_another() -> None:
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    [task] = [w for w in first.writes if w.action == Action.TASK]
    gone = a_fact(FactKind.TASK_ENDED, MONDAY + HOUR, {"task_key": task.task_key, "how": "deleted"})

    second = decide(a_lead(), [*LEAD_OF_ANA, *first.facts, gone], terms(MONDAY + DAY))

    [again] = [w for w in second.writes if w.action == Action.TASK]
    assert again.task_key != task.task_key


def test_our_task_closed_by_a_person_counts_although_we_changed_it_last() -> None:
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    [task] = [w for w in first.writes if w.action == Action.TASK]
    data = {"channel": "task", "grade": "weak", "task_key": task.task_key}
    closed = a_fact(FactKind.TOUCH, MONDAY + HOUR, data)

    state = fold([*LEAD_OF_ANA, *first.facts, closed], an_agreement(), a_roster())

    assert state.cycle is not None
    assert len(state.cycle.touches) == 1


def touches_of_a_task(*after: Fact, wished: datetime) -> int:
    """Count the touches of a lead whose first task slasync wished to close."""
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    [task] = [w for w in first.writes if w.action == Action.TASK]
    withdrawn = {"cycle": "c1", "clock": "first_touch", "task_keys": [task.task_key]}
    ours = a_fact(FactKind.WITHDRAWN, wished, withdrawn, source="slasync")
    about = [replace(f, data={**f.data, "task_key": task.task_key}) for f in after]
    state = fold([*LEAD_OF_ANA, *first.facts, ours, *about], an_agreement(), a_roster())
    assert state.cycle is not None
    return len(state.cycle.touches)


def ticked_off(at: datetime, by: User | None = ANA) -> Fact:
    return a_fact(FactKind.TOUCH, at, {"channel": "task", "grade": "weak"}, by=by)


def test_our_task_that_we_closed_is_no_touch_whoever_changed_it_last() -> None:
    closed = MONDAY + 2 * HOUR
    done = a_fact(FactKind.CLOSED, closed + MINUTE, {}, source="slasync")
    assert touches_of_a_task(ticked_off(closed + MINUTE), done, wished=closed) == 0


def test_our_task_that_we_could_not_close_is_closed_by_whoever_did() -> None:
    """A simulated day: Salesforce refused our closing, and the manager ticked the task off."""
    assert touches_of_a_task(ticked_off(MONDAY + 5 * HOUR), wished=MONDAY + 2 * HOUR) == 1


def test_our_task_that_an_automation_closed_is_no_touch() -> None:
    assert touches_of_a_task(ticked_off(MONDAY + HOUR, by=BOT), wished=MONDAY + 2 * HOUR) == 0


def test_our_task_that_was_only_seen_closed_by_us_is_no_touch_before_our_answer_comes() -> None:
    closed = MONDAY + 2 * HOUR
    assert touches_of_a_task(ticked_off(closed, by=None), wished=closed) == 0


HISTORY = [
    *LEAD_OF_ANA,
    status(CREATED, "Open", None),
    called(MONDAY + 3 * HOUR),
    called(MONDAY + 2 * HOUR, BEN),
    status(MONDAY + 4 * HOUR, "Working"),
    scored(MONDAY - DAY, 70),
    owned(MONDAY + 5 * HOUR, BEN, MIA),
    *decide(a_lead(), LEAD_OF_ANA, terms(MONDAY)).facts,
]


@fault("T14", "I19")
@given(facts=st.permutations(HISTORY))
def test_the_order_in_which_facts_are_learned_changes_nothing(facts: list[Fact]) -> None:
    state, expected = (fold(f, an_agreement(), a_roster()) for f in (facts, HISTORY))

    assert state == expected
    assert state.cycle is not None
    assert state.cycle.first_touch({"strong"}) == fold(
        HISTORY, an_agreement(), a_roster()
    ).cycle.first_touch({"strong"})  # type: ignore[union-attr]


@given(ahead=st.integers(0, 20 * 24))
def test_an_earlier_hand_over_learned_late_moves_the_anchor_and_never_the_key(ahead: int) -> None:
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    earlier = scored(MONDAY - ahead * HOUR, 95)

    state = fold([*LEAD_OF_ANA, *first.facts, earlier], an_agreement(), a_roster())
    restored = settled(a_lead(), [*LEAD_OF_ANA, earlier], terms(MONDAY))

    assert state.cycle is not None
    assert (state.cycle.key, state.cycle.anchor) == ("c1", MONDAY - ahead * HOUR)
    keys = {w.rung: w.key for w in first.writes if w.action == Action.TASK}
    again = {w.rung: w.key for w in restored.writes if w.action == Action.TASK}
    for rung in keys.keys() & again.keys():
        assert keys[rung] == again[rung]


@pain("P21")
@fault("V30")
@pytest.mark.parametrize("kind", ["lead", "contact"])
def test_a_lead_that_was_converted_is_left_alone(kind: str) -> None:
    facts = [*LEAD_OF_ANA, a_fact(FactKind.CONVERTED, MONDAY + HOUR, {"contact": "003"})]
    first = decide(a_lead(), facts, terms(MONDAY + 2 * HOUR))

    later = decide(a_lead(), [*facts, *first.facts], terms(MONDAY + 20 * DAY))

    assert RECORD.kind == "lead"
    assert kind
    assert later.writes == ()
    assert later.stage == Stage.SQL
