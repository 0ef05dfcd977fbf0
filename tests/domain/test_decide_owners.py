"""Who owns a lead while it is handed over, placed and passed on, seen through the decision."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from slasync.domain.decide import Decision, chosen, decide
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Absence, Lead, Ref, User, UserKey
from slasync.domain.owners import never_placed
from slasync.domain.routing import route
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    CONTACT,
    DAY,
    FIRST_TOUCH,
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

CREATED = MONDAY - 10 * DAY
GONE = replace(ANA, active=False)
SECOND = timedelta(seconds=1)


def settled(lead: Lead, facts: Sequence[Fact], now: datetime, **more: Any) -> list[Decision]:
    """Decide as the step does: route where asked, and decide on."""
    at = terms(now, **more)
    history, made = list(facts), [decide(lead, facts, at)]
    while (assign := made[-1].assign) is not None and len(made) < 5:
        choice, _ = route(assign, at.roster.pools[assign.pool], {}, at.roster, now)
        if choice.owner is None:
            break
        history += [*made[-1].facts, chosen(made[-1], choice, now)]
        made.append(decide(lead, history, at))
        made[-1] = replace(made[-1], facts=(history[-1], *made[-1].facts))
    return made


def facts_of(made: Sequence[Decision]) -> list[Fact]:
    return [fact for decision in made for fact in decision.facts]


def writes(made: Sequence[Decision], *actions: Action) -> list[Write]:
    return [w for d in made for w in d.writes if w.action in actions]


# placed at the hand-over


def test_the_first_task_goes_to_the_owner_who_is_being_placed_not_to_the_queues_manager() -> None:
    facts = [owned(CREATED, QUEUE), scored(MONDAY)]

    made = settled(a_lead(), facts, MONDAY)

    [owner] = writes(made, Action.OWNER)
    [task] = writes(made, Action.TASK)
    assert owner.values["owner"] == task.values["owner"] == ANA.key
    assert task.judged is not None
    assert task.judged.owner == ANA.key


def test_once_the_owner_is_placed_nothing_more_is_to_be_done() -> None:
    facts = [owned(CREATED, QUEUE), scored(MONDAY)]
    made = settled(a_lead(), facts, MONDAY)
    placed = owned(MONDAY + SECOND, ANA, BOT)

    after = settled(a_lead(), [*facts, *facts_of(made), placed], MONDAY + MINUTE)

    assert writes(after, Action.TASK, Action.OWNER, Action.CLOSE_TASK) == []


def test_an_owner_who_is_being_replaced_does_not_have_the_clock_started_for_him() -> None:
    roster = a_roster(GONE)
    facts = [owned(CREATED, GONE), scored(MONDAY)]

    made = settled(a_lead(), facts, MONDAY, roster=roster)

    assert [w.values["owner"] for w in writes(made, Action.OWNER)] == [BEN.key]
    assert [f for f in facts_of(made) if f.kind == FactKind.RESTARTED] == []


AWAY = Absence(str(CHI.email), MONDAY - DAY, MONDAY + DAY)


def test_an_owner_who_is_absent_at_the_hand_over_does_not_keep_the_lead() -> None:
    facts = [owned(CREATED, CHI), scored(MONDAY)]

    made = settled(a_lead(), facts, MONDAY, roster=a_roster(absences=(AWAY,)))
    back = settled(a_lead(), facts, MONDAY, roster=a_roster(absences=(replace(AWAY, ends=MONDAY),)))

    assert [w.values["owner"] for w in writes(made, Action.OWNER)] == [ANA.key]
    assert "the owner it had is absent" in str(made[0].assign)
    assert writes(back, Action.OWNER) == []


def test_an_absent_owner_whom_a_person_has_chosen_since_the_hand_over_is_kept() -> None:
    facts = [owned(CREATED, BEN), scored(MONDAY), owned(MONDAY + MINUTE, CHI, by=MIA)]

    made = settled(a_lead(), facts, MONDAY + HOUR, roster=a_roster(absences=(AWAY,)))

    assert writes(made, Action.OWNER) == []


def test_an_owner_found_on_a_record_that_appears_later_does_not_have_the_clock_started() -> None:
    """The connector of the two systems made the record, and its rules chose somebody."""
    agreement = an_agreement(create_leads=False)
    made = settled(a_lead(CONTACT), [scored(MONDAY)], MONDAY, agreement=agreement)
    facts = [scored(MONDAY), *facts_of(made), owned(MONDAY + MINUTE, CHI)]

    after = settled(a_lead(), facts, MONDAY + 2 * MINUTE, agreement=agreement)

    assert [w.values["owner"] for w in writes(after, Action.OWNER)] == [ANA.key]
    assert [f for f in facts_of(after) if f.kind == FactKind.RESTARTED] == []


def test_a_placement_that_never_takes_place_leaves_the_tasks_with_who_is_there() -> None:
    facts = [owned(CREATED, QUEUE), scored(MONDAY)]
    made = settled(a_lead(), facts, MONDAY)

    after = settled(a_lead(), [*facts, *facts_of(made)], MONDAY + DAY)

    assert [w.values["owner"] for w in writes(after, Action.TASK)] == [MIA.key]


def test_a_record_that_is_linked_but_not_read_yet_is_neither_placed_nor_created() -> None:
    made = settled(a_lead(CONTACT, RECORD), [scored(MONDAY)], MONDAY)

    assert writes(made, Action.OWNER, Action.CREATE_LEAD, Action.TASK) == []
    assert {c.state for c in made[-1].clocks} == {"waiting_for_record"}
    facts = [scored(MONDAY), *facts_of(made), owned(CREATED, CHI)]
    after = settled(a_lead(), facts, MONDAY + MINUTE)
    assert [w.values["owner"] for w in writes(after, Action.TASK)] == [CHI.key]
    assert writes(after, Action.OWNER) == []


# a vendor whose clock goes ahead


@fault("V26")
def test_a_lead_from_a_system_whose_clock_is_ahead_is_routed_once_and_placed() -> None:
    facts = [scored(MONDAY + 3 * SECOND)]

    made = settled(a_lead(CONTACT), facts, MONDAY)

    assert len(made) == 2
    assert len(writes(made, Action.CREATE_LEAD)) == 1
    state = fold([*facts, *facts_of(made)], an_agreement(), a_roster())
    assert state.cycle is not None
    assert len(state.cycle.routed) == 1


# a contact beside the lead


def contact_owned(at: datetime, owner: User) -> Fact:
    return a_fact(FactKind.OWNER, at, {"owner": owner.key, "of": "contact"})


def entered(at: datetime, ref: Ref = RECORD) -> Fact:
    return a_fact(
        FactKind.ENTERED, at, {"system": ref.system, "kind": ref.kind, "id": ref.id},
        source_id=f"entered:{ref}",
    )  # fmt: skip


def test_beside_an_open_lead_a_contact_of_the_same_person_owns_nothing() -> None:
    other = Ref("salesforce", "contact", "003000000000001AAA")
    facts = [
        contact_owned(CREATED - DAY, CHI), entered(CREATED), owned(CREATED), scored(MONDAY),
        contact_owned(MONDAY - DAY, BEN),
    ]  # fmt: skip

    made = settled(a_lead(CONTACT, RECORD, other), facts, MONDAY)

    [task] = writes(made, Action.TASK)
    assert (task.target, task.values["owner"]) == (RECORD, ANA.key)


def test_where_there_is_a_contact_and_no_lead_tasks_are_about_the_contact() -> None:
    other = Ref("salesforce", "contact", "003000000000001AAA")
    facts = [contact_owned(CREATED, CHI), scored(MONDAY)]

    made = settled(a_lead(CONTACT, other), facts, MONDAY)

    [task] = writes(made, Action.TASK)
    assert (task.target, task.values["owner"]) == (other, CHI.key)
    assert writes(made, Action.OWNER) == []


# passed on


def until_day_3(facts: Sequence[Fact], **more: Any) -> list[Fact]:
    history = list(facts)
    for day in range(4):
        history += facts_of(settled(a_lead(), history, MONDAY + day * DAY, **more))
    return history


def test_a_lead_that_nobody_could_take_on_day_3_is_offered_again() -> None:
    alone = replace(POOL, members=("ana@sandbox.example",), queue=None)
    roster = a_roster(pool=alone)
    history = until_day_3([owned(CREATED), scored(MONDAY)], roster=roster)

    still = decide(a_lead(), history, terms(MONDAY + 3 * DAY + HOUR, roster=roster))
    assert still.assign is not None
    after = settled(a_lead(), history, MONDAY + 3 * DAY + HOUR)

    assert [w.values["owner"] for w in writes(after, Action.OWNER)] == [BEN.key]


def test_what_nobody_worked_goes_to_the_queue_and_one_task_to_its_manager() -> None:
    only = replace(FIRST_TOUCH, restarts=0)
    agreement = an_agreement(clocks=(only,))
    history = until_day_3([owned(CREATED), scored(MONDAY)], agreement=agreement)
    moved = owned(MONDAY + 3 * DAY + MINUTE, QUEUE, BOT)

    after = settled(a_lead(), [*history, moved], MONDAY + 3 * DAY + HOUR, agreement=agreement)

    state = fold([*history, moved, *facts_of(after)], agreement, a_roster())
    assert state.cycle is not None
    assert [(t.role, t.to) for t in state.cycle.tasks.values()] == [(Role.MANAGER, MIA.key)]
    assert len(writes(after, Action.CLOSE_TASK)) == 1


def test_a_person_who_gave_the_lead_away_before_we_first_read_it_is_respected() -> None:
    """The first reading tells the owner, not who chose him: the history tells that afterwards."""
    by_hand = owned(MONDAY + MINUTE, BEN, MIA)
    facts = [owned(MONDAY - SECOND, BEN), scored(MONDAY), by_hand]

    state = fold([*facts, *decide(a_lead(), facts, terms(MONDAY + HOUR)).facts],
                 an_agreement(), a_roster())  # fmt: skip

    assert state.pinned(a_roster())


def test_an_owner_change_older_than_the_hand_over_is_known_by_restarts_it_for_him() -> None:
    """An earlier hand-over learned late moves the anchor before the time it was recorded at."""
    first = settled(a_lead(), [owned(CREATED), scored(MONDAY)], MONDAY)
    facts = [
        owned(CREATED), scored(MONDAY), *facts_of(first),
        scored(MONDAY - 4 * HOUR, 95), owned(MONDAY - HOUR, CHI, MIA),
    ]  # fmt: skip

    after = settled(a_lead(), facts, MONDAY + HOUR)
    state = fold([*facts, *facts_of(after)], an_agreement(), a_roster())

    assert state.cycle is not None
    assert [r.owner for r in state.cycle.restarts] == [CHI.key]


def test_who_has_a_lead_that_we_made_has_the_clock_since_the_history_says_so() -> None:
    """Its first reading is dated by our own later write: between both somebody gave it on."""
    ours = replace(owned(MONDAY, ANA), source=OURS, source_id="owner:ours")
    first = owned(MONDAY + HOUR, BEN)
    first = replace(first, data={**first.data, "history": True}, about=str(RECORD))
    where = {"system": RECORD.system, "kind": RECORD.kind, "id": RECORD.id}
    made = replace(a_fact(FactKind.LINKED, MONDAY, where), source=OURS)
    between, told = owned(MONDAY + 10 * MINUTE, CHI, MIA), owned(MONDAY + 20 * MINUTE, BEN, MIA)

    def owners(*facts: Fact) -> list[tuple[UserKey, datetime]]:
        known = [scored(MONDAY), made, ours, *facts]
        state = fold(known, an_agreement(), a_roster())
        return [(each.owner, each.at) for each in state.owners]

    by_us = (ANA.key, MONDAY)
    assert owners(first) == [by_us]
    assert owners(first, between) == [by_us, (CHI.key, between.occurred_at)]
    assert owners(first, told) == [by_us, (BEN.key, told.occurred_at)]
    of_another = replace(first, about=f"{RECORD}7")  # which this one became part of, say
    assert owners(of_another) == [by_us, (BEN.key, first.occurred_at)]


GIVEN_AWAY = owned(MONDAY + HOUR, BEN, MIA)
CALLED = called(MONDAY + HOUR + SECOND, BEN)
TOUCHED_FIRST = (FIRST_TOUCH.name, 0)  # the clock, as it ran for the first owner


def restarts_after(*looks: Sequence[Fact]) -> list[tuple[UserKey, datetime]]:
    """Hand a lead over, learn facts look by look, and return who had a clock of his own, when."""
    facts: list[Fact] = [owned(CREATED), scored(MONDAY)]
    facts += facts_of(settled(a_lead(), facts, MONDAY))
    for news in looks:
        facts += news
        facts += facts_of(settled(a_lead(), facts, MONDAY + 2 * HOUR))
    state = fold(facts, an_agreement(), a_roster())
    assert state.cycle is not None
    return [(r.owner, r.at) for r in state.cycle.restarts]


@pytest.mark.parametrize(
    "looks",
    [
        ([GIVEN_AWAY], [CALLED]),
        ([GIVEN_AWAY, CALLED],),
        ([CALLED], [GIVEN_AWAY]),
        ([GIVEN_AWAY, status(MONDAY + HOUR + MINUTE, "Nurturing")],),
    ],
    ids=["in order", "in one look", "the call first", "and given back to marketing"],
)
def test_a_new_owner_has_a_clock_of_his_own_whenever_its_end_was_learned(
    looks: Sequence[Sequence[Fact]],
) -> None:
    """A simulated day: given away and worked within seconds, between two polls."""
    assert restarts_after(*looks) == [(BEN.key, MONDAY + HOUR)]


FOUND, DISQUALIFIED = owned(MONDAY + MINUTE), status(MONDAY + 3 * HOUR, "Unqualified", BEN)


@pytest.mark.parametrize(
    "looks",
    [
        ([FOUND], [GIVEN_AWAY], [DISQUALIFIED]),
        ([FOUND, GIVEN_AWAY, DISQUALIFIED],),
        ([FOUND, DISQUALIFIED], [GIVEN_AWAY]),
        ([GIVEN_AWAY, DISQUALIFIED],),
        ([FOUND, owned(MONDAY + HOUR, BEN, BOT), DISQUALIFIED],),
        ([FOUND, GIVEN_AWAY, DISQUALIFIED, scored(MONDAY + 4 * HOUR, 10),
          scored(MONDAY + 5 * HOUR)],),
    ],
    ids=["in order", "in one look", "the end first", "not told to whom we gave it",
         "given away by a machine", "and handed over again"],
)  # fmt: skip
def test_a_lead_that_we_made_counts_for_its_next_owner_though_it_is_found_only_after_its_end(
    looks: Sequence[Sequence[Fact]],
) -> None:
    """A simulated day: nothing could be read from the creation until the lead was disqualified."""
    facts = [scored(MONDAY)]
    facts += facts_of(settled(a_lead(CONTACT), facts, MONDAY))
    for news in looks:
        facts += news
        facts += facts_of(settled(a_lead(), facts, MONDAY + 6 * HOUR))

    cycle = fold(facts, an_agreement(), a_roster()).cycles[0]
    assert [(r.owner, r.at) for r in cycle.restarts] == [(BEN.key, MONDAY + HOUR)]
    assert ("first_touch", 1, "day_0") in cycle.fired


def test_who_was_never_given_a_lead_by_us_or_by_a_person_has_no_clock_of_his_own() -> None:
    """A lead that was there already, with nothing known of who chose its owner."""
    facts = [scored(MONDAY)]
    facts += facts_of(settled(a_lead(CONTACT), facts, MONDAY))
    facts += [owned(MONDAY + HOUR, BEN), DISQUALIFIED]
    after = settled(a_lead(), facts, MONDAY + 6 * HOUR)

    cycle = fold([*facts, *facts_of(after)], an_agreement(), a_roster()).cycle
    assert cycle is not None
    assert not cycle.restarts
    assert not writes(after, Action.OWNER)


def test_what_the_first_owner_let_pass_is_told_though_learned_when_the_next_has_the_lead() -> None:
    """A simulated day: the first look showed that a definition held, not since when; it took until
    after the lead had been given on to learn that.
    """
    facts = [owned(CREATED), scored(MONDAY)]
    facts += facts_of(settled(a_lead(), facts, MONDAY))
    facts += [GIVEN_AWAY]
    facts += facts_of(settled(a_lead(), facts, MONDAY + 2 * HOUR))
    facts += [scored(MONDAY - 7 * DAY, 95)]

    [after] = settled(a_lead(), facts, MONDAY + 2 * HOUR)

    told = [f.data for f in after.facts if f.kind is FactKind.FIRED]
    mine = [each["rung"] for each in told if (each["clock"], each["generation"]) == TOUCHED_FIRST]
    assert mine == ["day_1", "day_2", "day_3"]
    assert all(each["superseded"] for each in told if each["rung"] in mine)
    assert [w for w in after.writes if w.clock == FIRST_TOUCH.name] == []
    [again] = settled(a_lead(), [*facts, *after.facts], MONDAY + 2 * HOUR)
    assert [f for f in again.facts if f.kind is FactKind.FIRED] == []


def test_an_owner_who_comes_after_the_clock_has_ended_starts_none() -> None:
    assert restarts_after([called(MONDAY + MINUTE), GIVEN_AWAY]) == []


def test_somebody_who_is_no_user_known_is_shown_as_unclassified() -> None:
    stranger = User(UserKey("005NEW"), "New")
    call = a_fact(FactKind.TOUCH, MONDAY, {"channel": "call", "grade": "strong"}, by=stranger)

    assert fold([call], an_agreement(), a_roster()).unclassified == 1


@fault("V36")
def test_whom_the_crm_refused_never_had_the_lead_in_whatever_order_that_is_learned() -> None:
    """All of it happens at one instant: the choice, its refusal and the next choice."""
    cycle = {"cycle": "c1", "generation": 0}
    place = {**cycle, "clock": "routing", "rung": "place"}
    refusal = {**cycle, "owner": ANA.key, "why": "left", "mark": "fired:c1:routing:0:place"}
    told: list[tuple[FactKind, str, dict[str, Any]]] = [
        (FactKind.HANDOVER, "handover:c1", {"cycle": "c1", "definition": "score", "evidence": {}}),
        (FactKind.ROUTED, "routed:c1:0", {**cycle, "owner": ANA.key, "pool": "inbound"}),
        (FactKind.FIRED, "fired:c1:routing:0:place", place),
        (FactKind.OWNER_REFUSED, "owner_refused:1", refusal),
        (FactKind.ROUTED, "routed:c1:0:1", {**cycle, "owner": BEN.key, "pool": "inbound"}),
        (FactKind.FIRED, "fired:c1:routing:0:place1", place),
    ]
    facts = [a_fact(kind, MONDAY, data, source=OURS, source_id=id_) for kind, id_, data in told]

    assert never_placed(facts) == {("c1", 0, ANA.key)}
    agreement, roster = an_agreement(), a_roster()
    for order in permutations(facts):
        found = fold(order, agreement, roster).cycle
        assert found is not None
        assert [fact.data["owner"] for fact in found.routed] == [BEN.key]
        assert found.fired["routing", 0, "place"].source_id == "fired:c1:routing:0:place1"
        assert found.refused == {ANA.key}
