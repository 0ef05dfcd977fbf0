"""Two leads that turned out to be one person: what has been done for either has been done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.agreement import End, Stage
from slasync.domain.assigning import decide_and_route
from slasync.domain.decide import Decision, chosen
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.identity.merging import told_apart, united
from slasync.domain.lead import Lead, LeadKey, Ref, User
from slasync.domain.routing import route
from slasync.domain.state import Cycle, State
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    BEN,
    CHI,
    CONTACT,
    DAY,
    HOUR,
    LEAD,
    MIA,
    MINUTE,
    MONDAY,
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
from tests.domain.test_any_order import FACTS, shown
from tests.pains.marks import pain

OTHER = "hubspot:contact:2"
CHAINED = "hubspot:contact:3"


def decided(facts: Sequence[Fact], now: datetime, lead: LeadKey = LEAD) -> Decision:
    def routed(decision: Decision) -> Fact | None:
        assert decision.assign
        at = terms(now)
        choice, _ = route(decision.assign, at.roster.pools["inbound"], {}, at.roster, now)
        return chosen(decision, choice, now) if choice.owner else None

    return decide_and_route(a_lead(key=lead), facts, terms(now), routed)


def lived(facts: Sequence[Fact], upto: datetime, lead: LeadKey = LEAD) -> list[Fact]:
    """Let time pass, twice a day; return the facts and what was decided."""
    known = list(facts)
    now = MONDAY
    while now <= upto:
        so_far = [fact for fact in known if fact.seen_at <= now]
        decisions = {each.source_id for each in known if each.source == OURS}
        made = decided(so_far, now, lead).facts
        known += [fact for fact in made if fact.source_id not in decisions]
        now += 12 * HOUR
    return known


def theirs_lived(facts: Sequence[Fact], upto: datetime) -> list[Fact]:
    return of(OTHER, lived(facts, upto, LeadKey(OTHER)))


def of(home: str, facts: Sequence[Fact]) -> list[Fact]:
    """Return facts as they were learned of another lead: in the systems each has its own."""
    return [
        replace(
            f, home=home, source_id=f.source_id if f.source == OURS else f"{home}:{f.source_id}"
        )
        for f in facts
    ]


def joined(at: datetime, lead: str = OTHER, home: str = "") -> Fact:
    data = {"lead": lead, "how": "merge", "because": "the CRM says so"}
    made = a_fact(FactKind.JOINED, at, data, source=OURS, source_id=f"joined:{lead}")
    return replace(made, home=home)


def state_of(facts: Sequence[Fact]) -> State:
    return fold(facts, an_agreement(), a_roster())


def only_cycle(facts: Sequence[Fact]) -> Cycle:
    (cycle,) = state_of(facts).cycles
    return cycle


MINE = [scored(MONDAY + 5 * HOUR), owned(MONDAY + 5 * HOUR, ANA)]
THEIRS = [scored(MONDAY), owned(MONDAY, BEN)]


def both(upto: datetime, *more: Fact) -> list[Fact]:
    """Return two histories, each lived by itself, that were joined then."""
    return [*lived(MINE, upto), *theirs_lived(THEIRS, upto), joined(upto), *more]


@pain("P22")
def test_the_earliest_clock_counts() -> None:
    cycle = only_cycle(both(MONDAY + 26 * HOUR))

    assert (cycle.key, cycle.anchor) == ("c1", MONDAY)


@pain("P22")
def test_attempts_of_both_are_united_and_each_counts_once() -> None:
    upto = MONDAY + 26 * HOUR
    told_of_both = called(MONDAY + 25 * HOUR)
    mine = [*MINE, called(MONDAY + 6 * HOUR), told_of_both]
    theirs = [*THEIRS, called(MONDAY + 7 * HOUR)]
    again = replace(told_of_both, home=OTHER)
    histories = [lived(mine, upto), [*theirs_lived(theirs, upto), again]]

    cycle = only_cycle([*united(histories), joined(upto)])

    assert [touch.at for touch in cycle.touches] == [
        MONDAY + 6 * HOUR, MONDAY + 7 * HOUR, MONDAY + 25 * HOUR,
    ]  # fmt: skip


@pytest.mark.parametrize("hours", [1, 13, 26, 50])
def test_what_was_fired_for_either_is_never_fired_again(hours: int) -> None:
    upto = MONDAY + hours * HOUR
    facts = both(upto)
    fired = {
        (f.data["clock"], f.data["generation"], f.data["rung"])
        for f in facts
        if f.kind is FactKind.FIRED
    }

    for later in range(0, 100, 6):
        found = decided(facts, upto + later * HOUR)
        again = {
            (f.data["clock"], f.data["generation"], f.data["rung"])
            for f in found.facts
            if f.kind is FactKind.FIRED
        }
        assert not again & fired
        fired |= again
        facts += found.facts


def test_of_two_tasks_for_one_thing_one_remains() -> None:
    upto = MONDAY + 26 * HOUR
    facts = both(upto)
    open_before = sorted(only_cycle(facts).tasks)

    found = decided(facts, upto + MINUTE)

    closed = [w for w in found.writes if w.action is Action.CLOSE_TASK]
    left = only_cycle([*facts, *found.facts]).tasks.values()
    places = [(task.clock, task.generation, task.role) for task in left]
    assert len(open_before) == 2
    assert len(closed) == 1
    assert len(places) == len(set(places)) == 1


def test_the_survivors_owner_stays() -> None:
    later = owned(MONDAY + 8 * HOUR, CHI, by=MIA)
    facts = [*MINE, *of(OTHER, [*THEIRS, later]), joined(MONDAY + DAY)]

    assert state_of(facts).owner == ANA.key


def told_of(record: str, fact: Fact) -> Fact:
    return replace(fact, about=f"salesforce:lead:{record}")


def into(record: str, gone: str, at: datetime) -> Fact:
    """Return how the CRM tells that one lead of its own became part of another."""
    return told_of(record, a_fact(FactKind.MERGED, at, {"from": [gone]}))


def test_who_owns_the_record_that_remains_has_the_lead() -> None:
    """Marketing's records were made one first, then the CRM's: of two owners one remains."""
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    facts = [MINE[0], mine, *of(OTHER, [THEIRS[0], theirs]), joined(MONDAY + DAY)]

    stays = state_of([*facts, into("1", "2", MONDAY + 2 * DAY)])
    goes = state_of([*facts, into("2", "1", MONDAY + 2 * DAY)])

    assert (stays.owner, goes.owner) == (ANA.key, BEN.key)
    assert not goes.pinned(a_roster())


def test_who_owns_the_record_that_remains_has_the_lead_when_that_was_made_one_first() -> None:
    """It may be learned in the other order than it happened."""
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    earlier = into("2", "1", MONDAY + DAY - HOUR)
    facts = [MINE[0], mine, *of(OTHER, [THEIRS[0], theirs]), joined(MONDAY + DAY), earlier]

    assert state_of(facts).owner == BEN.key


def test_of_several_records_none_need_remain_but_the_others() -> None:
    """Simulated day 92558: one was deleted, and the next became part of the other's lead."""
    first, second = told_of("1", MINE[1]), told_of("2", owned(MONDAY + 6 * HOUR, CHI))
    deleted = told_of("1", a_fact(FactKind.DELETED, MONDAY + 8 * HOUR, {"id": "1"}))
    earlier = into("3", "2", MONDAY + DAY - HOUR)
    theirs = of(OTHER, [THEIRS[0], told_of("3", THEIRS[1])])
    facts = [MINE[0], first, second, deleted, *theirs, joined(MONDAY + DAY)]

    assert state_of(facts).owner == CHI.key
    assert state_of([*facts, earlier]).owner == BEN.key


def test_the_others_lead_first_read_after_the_join_is_the_others_still() -> None:
    """Simulated day 95399: it is older than the join, and was taken for the survivor's own."""
    mine = told_of("1", MINE[1])
    deleted = told_of("1", a_fact(FactKind.DELETED, MONDAY + 9 * HOUR, {"id": "1"}))
    entered = told_of(
        "2", a_fact(FactKind.ENTERED, MONDAY, {"system": "salesforce", "kind": "lead"})
    )
    theirs = of(OTHER, [THEIRS[0], told_of("2", THEIRS[1])])
    facts = [MINE[0], mine, deleted, *theirs, joined(MONDAY + DAY)]

    assert state_of(facts).owner == BEN.key
    assert state_of([*facts, entered]).owner == BEN.key


def test_whom_we_gave_the_lead_a_moment_ago_keeps_it_when_another_record_becomes_part_of_it() -> (
    None
):
    given = a_fact(FactKind.OWNER, MONDAY + DAY, {"owner": CHI.key}, source=OURS)
    facts = [MINE[0], told_of("1", MINE[1]), given, into("1", "2", MONDAY + 2 * DAY)]

    assert state_of(facts).owner == CHI.key


def test_no_clock_starts_again_for_an_owner_whom_a_merge_of_records_brought() -> None:
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    upto = MONDAY + 26 * HOUR
    lives = [*lived([MINE[0], mine], upto), *theirs_lived([THEIRS[0], theirs], upto)]
    facts = [*lives, joined(upto), into("2", "1", upto + HOUR)]

    found = decided(facts, upto + 2 * HOUR)

    assert state_of(facts).owner == BEN.key
    assert FactKind.RESTARTED not in {fact.kind for fact in found.facts}


def test_a_lead_whose_own_record_was_deleted_lives_on_in_the_others() -> None:
    upto = MONDAY + 26 * HOUR
    leads = [
        told_of(n, a_fact(FactKind.ENTERED, MONDAY, {"system": "salesforce", "kind": "lead"}))
        for n in ("1", "2")
    ]
    deleted = told_of("1", a_fact(FactKind.DELETED, MONDAY + 9 * HOUR, {"id": "1"}))
    mine = lived([leads[0], *MINE, deleted], upto)
    facts = [*mine, *theirs_lived([leads[1], *THEIRS], upto), joined(upto)]

    state = state_of(facts)

    assert state_of(mine).deleted
    assert (state.deleted, state.owner) == (False, BEN.key)
    assert state.open_cycle is not None


def in_the_crm(record: str, owned: Fact, *, deleted: bool) -> list[Fact]:
    """Return how a lead of the CRM came, whose it was, and that somebody deleted it."""
    entered = a_fact(FactKind.ENTERED, MONDAY, {"system": "salesforce", "kind": "lead"})
    gone = a_fact(FactKind.DELETED, MONDAY + 9 * HOUR, {"id": record})
    return [told_of(record, f) for f in (entered, owned, *([gone] if deleted else []))]


def test_who_is_in_marketing_alone_is_deleted_with_the_others_lead_and_lives_on_in_a_third() -> (
    None
):
    """A simulated day: the owner of the deleted lead was taken for that of the living one."""
    upto = MONDAY + 26 * HOUR
    theirs = theirs_lived([THEIRS[0], *in_the_crm("1", THEIRS[1], deleted=True)], upto)
    third = of(CHAINED, in_the_crm("2", owned(MONDAY, CHI), deleted=False))
    facts = [scored(MONDAY, 20), *theirs, joined(upto)]

    one = state_of(facts)
    other = state_of([*facts, *third, joined(upto + HOUR, CHAINED)])

    assert (one.deleted, one.owner) == (True, BEN.key)
    assert (other.deleted, other.owner) == (False, CHI.key)


def test_who_is_a_contact_of_the_crm_is_not_deleted_with_the_others_lead() -> None:
    upto = MONDAY + 26 * HOUR
    data = {"owner": ANA.key, "of": "contact"}
    mine = replace(a_fact(FactKind.OWNER, MONDAY, data), about="salesforce:contact:1")
    theirs = theirs_lived([THEIRS[0], *in_the_crm("1", THEIRS[1], deleted=True)], upto)

    state = state_of([mine, *theirs, joined(upto)])

    assert (state.deleted, state.owner) == (False, ANA.key)


@pytest.mark.parametrize("mine_was_deleted", [True, False])
def test_no_ladder_goes_on_for_who_became_one_with_a_deleted_lead(
    *, mine_was_deleted: bool
) -> None:
    """Its tasks would be about the record that somebody deleted."""
    upto = MONDAY + 26 * HOUR
    deleted = [THEIRS[0], *in_the_crm("1", THEIRS[1], deleted=True)]
    new = [scored(upto - 2 * HOUR)]
    mine, theirs = (deleted, new) if mine_was_deleted else (new, deleted)
    facts = [*lived(mine, upto), *theirs_lived(theirs, upto), joined(upto)]

    found = decided(facts, upto + DAY)

    assert state_of(facts).open_cycle is None
    assert Action.TASK not in {write.action for write in found.writes}


def test_who_lives_in_the_others_record_has_its_status() -> None:
    """A clock that rests in the status of the deleted one would rest for ever."""
    mine = [*in_the_crm("1", MINE[1], deleted=True), told_of("1", status(MONDAY, "Nurturing"))]
    theirs = [*in_the_crm("2", THEIRS[1], deleted=False), told_of("2", status(MONDAY, "Open"))]
    made_one = into("2", "1", MONDAY + DAY - HOUR)
    facts = [*mine[:2], mine[3], *of(OTHER, theirs), joined(MONDAY + DAY)]

    deleted = state_of([*facts, mine[2]])
    merged = state_of([*facts, made_one])
    neither = state_of(facts)

    assert [state.status for state in (deleted, merged, neither)] == ["Open", "Open", "Nurturing"]
    assert deleted.statuses[-1][1] == "Open"


def test_a_deleted_lead_that_another_had_become_part_of_does_not_live_on_in_that_one() -> None:
    """All of it was read at once, so the two were one only afterwards."""
    theirs = [*THEIRS, *in_the_crm("2", THEIRS[1], deleted=False)]
    mine = [*MINE, into("1", "2", MONDAY + 6 * HOUR), *in_the_crm("1", MINE[1], deleted=True)]

    for ours, others in ((mine, theirs), (theirs, mine)):
        assert state_of([*ours, *of(OTHER, others), joined(MONDAY + DAY)]).deleted


def made_anew(at: datetime, told: datetime) -> list[Fact]:
    """Return how a second lead of the same person came, and what was read of it, dated later."""
    made = a_fact(FactKind.ENTERED, at, {"system": "salesforce", "kind": "lead", "id": "2"})
    return [told_of("2", fact) for fact in (made, owned(told, BEN), status(told, "Open", None))]


def test_who_was_deleted_lives_again_when_the_crm_has_a_new_lead_of_him() -> None:
    """The next hand-over opens a cycle, and it is the new lead that is written to."""
    old = [*MINE, *in_the_crm("1", MINE[1], deleted=True)]
    risen = [scored(MONDAY + 2 * DAY, 10), scored(MONDAY + 3 * DAY, 90)]
    facts = [*old, *made_anew(MONDAY + DAY, MONDAY + DAY + HOUR), *risen]
    refs = tuple(Ref("salesforce", "lead", n) for n in "12")

    now = MONDAY + 4 * DAY
    found = decide_and_route(Lead(LEAD, (CONTACT, *refs)), facts, terms(now), lambda _: None)
    state = state_of([*facts, *found.facts])

    assert state_of(old).deleted
    assert (state.deleted, state.owner, state.status) == (False, BEN.key, "Open")
    assert state.open_cycle is not None
    assert {w.target for w in found.writes if w.system == "salesforce" and w.target} == {refs[1]}


def test_who_has_a_new_lead_before_the_old_one_is_deleted_lives_on_in_it() -> None:
    """What was read of the new one is dated by its last change, which came after."""
    upto = MONDAY + 26 * HOUR
    mine = [MINE[0], *in_the_crm("1", MINE[1], deleted=True)]
    facts = lived([*mine, *made_anew(MONDAY + 8 * HOUR, MONDAY + 10 * HOUR)], upto)

    assert (only_cycle(facts).ended, state_of(facts).owner) == (None, BEN.key)


def test_a_late_word_of_a_deleted_lead_does_not_make_it_live_again() -> None:
    late = [told_of("1", owned(MONDAY + DAY, CHI)), told_of("1", status(MONDAY + DAY, "Open"))]

    assert state_of([*MINE, *in_the_crm("1", MINE[1], deleted=True), *late]).deleted


def test_a_late_word_of_one_that_had_become_part_of_a_deleted_lead_does_not_either() -> None:
    merged = into("1", "2", MONDAY + 6 * HOUR)
    late = made_anew(MONDAY + DAY, MONDAY + DAY)

    assert state_of([*MINE, merged, *in_the_crm("1", MINE[1], deleted=True), *late]).deleted


def test_a_person_with_two_records_lives_on_in_the_other_when_one_is_deleted_after_the_join() -> (
    None
):
    """It is that one's owner who has the lead, and that one is written to."""
    upto, refs = MONDAY + 26 * HOUR, tuple(Ref("salesforce", "lead", n) for n in "12")
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    lives = [*lived([MINE[0], mine], upto), *theirs_lived([THEIRS[0], theirs], upto)]
    gone = told_of("1", a_fact(FactKind.DELETED, upto + HOUR, {"id": "1"}))
    facts = [*lives, joined(upto), gone]

    late = told_of("1", owned(upto + HOUR, CHI))  # what was last read of it, found by comparing

    state = state_of([*facts, late])

    assert (state.deleted, state.owner, state.cycle and state.cycle.ended) == (False, BEN.key, None)
    lead = Lead(LEAD, (Ref("hubspot", "contact", "1"), *refs))
    found = decide_and_route(lead, facts, terms(upto + 3 * DAY), lambda _: None)
    assert {w.target for w in found.writes if w.system == "salesforce" and w.target} == {refs[1]}
    assert FactKind.RESTARTED not in {fact.kind for fact in found.facts}


def test_when_the_last_record_is_deleted_the_lead_is_and_a_restored_one_is_not() -> None:
    upto = MONDAY + 26 * HOUR
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    facts = [*lived([MINE[0], mine], upto), *theirs_lived([THEIRS[0], theirs], upto), joined(upto)]
    gone = [
        told_of(n, a_fact(FactKind.DELETED, upto + int(n) * HOUR, {"id": n})) for n in ("1", "2")
    ]
    back = told_of("2", a_fact(FactKind.RESTORED, upto + 3 * HOUR, {"id": "2"}))

    assert state_of([*facts, *gone]).deleted
    assert not state_of([*facts, *gone, back]).deleted


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(("number", "owner"), [("1", ANA), ("2", BEN)])
def test_whose_the_restored_record_is_has_the_lead_of_whom_all_had_been_deleted(
    number: str, owner: User, *, later: bool
) -> None:
    """Simulated day 96829: the first was deleted before the two were one, and came back alone."""
    upto = MONDAY + 26 * HOUR
    mine, theirs = told_of("1", MINE[1]), told_of("2", THEIRS[1])
    lives = [*lived([MINE[0], mine], upto), *theirs_lived([THEIRS[0], theirs], upto)]
    first = told_of("1", a_fact(FactKind.DELETED, upto - HOUR, {"id": "1"}))
    second = told_of("2", a_fact(FactKind.DELETED, upto + HOUR, {"id": "2"}))
    back = [
        told_of(n, a_fact(FactKind.RESTORED, upto + hours * HOUR, {"id": n}))
        for n, hours in ((number, 2), ("21"[int(number) - 1], 3))
    ]

    state = state_of([*lives, first, joined(upto), second, *back[: 1 + later]])
    assert (state.owner, state.deleted) == (owner.key, False)


def test_an_owner_whom_a_person_chose_is_kept_and_one_of_before_the_hand_over_is_not() -> None:
    history = lived([scored(MONDAY), owned(MONDAY, ANA)], MONDAY)
    chosen_by_hand = [*history, owned(MONDAY + HOUR, CHI, by=MIA)]
    theirs = of(OTHER, [owned(MONDAY + 2 * HOUR, BEN)])

    kept = state_of([*chosen_by_hand, *theirs, joined(MONDAY + DAY)])
    dealt = state_of([*history, *theirs, joined(MONDAY + DAY)])

    assert (kept.owner, kept.pinned(a_roster())) == (CHI.key, True)
    assert (dealt.owner, dealt.pinned(a_roster())) == (ANA.key, False)


def dealt_to(user: User, at: datetime) -> Fact:
    data = {"cycle": "c1", "generation": 0, "owner": user.key, "from": None, "pool": "inbound"}
    return a_fact(
        FactKind.ROUTED, at, {**data, "why": "their turn"}, source=OURS, source_id="routed:c1:0"
    )


def handed_over(at: datetime) -> Fact:
    data = {"cycle": "c1", "definition": "score", "evidence": {}}
    return a_fact(FactKind.HANDOVER, at, data, source=OURS, source_id="handover:c1")


@pytest.mark.parametrize("made_for", [ANA, BEN])
@pytest.mark.parametrize(("mine", "theirs"), [(1, 2), (2, 1)])
def test_where_somebody_was_chosen_for_each_whoever_is_given_the_record_keeps_it(
    mine: int, theirs: int, made_for: User
) -> None:
    """A simulated day: the CRM was out, and the leads became one before either was made there."""
    known = [scored(MONDAY), handed_over(MONDAY), dealt_to(ANA, MONDAY + mine * HOUR)]
    others = [scored(MONDAY), handed_over(MONDAY), dealt_to(BEN, MONDAY + theirs * HOUR)]
    made = a_fact(FactKind.OWNER, MONDAY + 4 * HOUR, {"owner": made_for.key}, source=OURS)
    facts = [*known, *of(OTHER, others), joined(MONDAY + 3 * HOUR), made]

    found = decided(facts, MONDAY + 5 * HOUR)

    assert [w for w in found.writes if w.action is Action.OWNER] == []
    assert state_of([*facts, *found.facts]).owner == made_for.key
    assert FactKind.RESTARTED not in {fact.kind for fact in found.facts}


def test_of_two_choices_the_survivors_counts_unless_only_the_others_took_effect() -> None:
    at = MONDAY + 3 * HOUR
    known = [scored(MONDAY), handed_over(MONDAY), dealt_to(ANA, MONDAY + HOUR)]
    others = [scored(MONDAY), handed_over(MONDAY), dealt_to(BEN, MONDAY + 2 * HOUR)]
    mark = {"cycle": "c1", "clock": "routing", "generation": 0, "rung": "place"}
    placed = a_fact(FactKind.FIRED, MONDAY + 2 * HOUR, mark, source=OURS)

    neither = only_cycle([*known, *of(OTHER, others), joined(at)])
    only_theirs = only_cycle([*known, *of(OTHER, [*others, placed]), joined(at)])

    assert neither.routed[-1].data["owner"] == ANA.key
    assert only_theirs.routed[-1].data["owner"] == BEN.key


def tellings(facts: Sequence[Fact], now: datetime) -> list[str]:
    """Return whose the lead is by each write to the marketing system."""
    return [w.values["owner"] for w in decided(facts, now).writes if w.action is Action.PROPERTIES]


@pytest.mark.parametrize("owner", [ANA, BEN])
def test_marketing_is_told_anew_when_the_contact_that_remains_may_say_what_the_other_was_told(
    owner: User,
) -> None:
    """HubSpot keeps the values of whichever contact somebody chose, under a new id."""
    upto = MONDAY + 26 * HOUR
    mine = lived([scored(MONDAY), owned(MONDAY, ANA)], upto)
    theirs = theirs_lived([scored(MONDAY), owned(MONDAY, owner)], upto)
    facts = [*mine, *theirs, joined(upto)]

    assert tellings(mine, upto + MINUTE) == []
    assert tellings(facts, upto + MINUTE) == ([] if owner is ANA else ["ana@sandbox.example"])
    told = [*facts, *decided(facts, upto + MINUTE).facts]
    assert tellings(told, upto + 2 * MINUTE) == []


def test_two_scores_that_amount_to_nothing_by_themselves_make_no_hand_over() -> None:
    """Read as one history they would: one lead's fall would let the other's rise count again."""
    before = [scored(MONDAY - 40 * DAY, 80), owned(MONDAY - 40 * DAY, BEN)]
    mine = [scored(MONDAY - 3 * DAY, 10), scored(MONDAY + HOUR, 12)]
    theirs = of(OTHER, [*before, scored(MONDAY + 2 * HOUR, 90)])

    state = state_of([*mine, *theirs, joined(MONDAY + DAY)])

    assert (state.open_cycle, state.fields["score"]) == (None, 12)


def test_a_cycle_goes_on_while_it_is_open_for_either() -> None:
    upto = MONDAY + 26 * HOUR
    given_up = [*MINE, status(MONDAY + 7 * HOUR, "Nurturing")]
    facts = [*lived(given_up, upto), *theirs_lived(THEIRS, upto), joined(upto)]

    assert only_cycle(facts).ended is None
    both_given_up = [*facts, status(upto + HOUR, "Unqualified")]
    assert only_cycle(both_given_up).ended == (upto + HOUR, End.DISQUALIFIED)


def test_who_was_converted_as_either_is_converted() -> None:
    upto = MONDAY + 26 * HOUR
    done = a_fact(FactKind.CONVERTED, MONDAY + 9 * HOUR, {"contact": "003"})
    facts = [*lived(MINE, upto), *of(OTHER, [*lived(THEIRS, upto), done]), joined(upto)]

    state = state_of(facts)

    assert (state.stage, state.open_cycle) == (Stage.SQL, None)


def test_cycles_one_after_the_other_stay_two_and_no_key_is_used_twice() -> None:
    mine = lived([*MINE, status(MONDAY + 20 * HOUR, "Nurturing")], MONDAY + DAY)
    theirs = [replace(f, occurred_at=f.occurred_at + 2 * DAY, seen_at=f.seen_at + 2 * DAY)
              for f in lived(THEIRS, MONDAY + HOUR, LeadKey(OTHER))]  # fmt: skip
    facts = [*mine, *of(OTHER, theirs), joined(MONDAY + 3 * DAY)]

    state = state_of(facts)
    ended = status(MONDAY + 3 * DAY + HOUR, "Nurturing")
    again = [*facts, ended, scored(MONDAY + 8 * DAY, 10), scored(MONDAY + 9 * DAY, 95)]
    opened = [f for f in decided(again, MONDAY + 9 * DAY).facts if f.kind is FactKind.HANDOVER]

    assert [cycle.key for cycle in state.cycles] == ["c1", f"c1@{OTHER}"]
    assert [f.data["cycle"] for f in opened] == ["c2"]


def test_a_chain_is_read_from_its_end() -> None:
    upto = MONDAY + 26 * HOUR
    third = of(CHAINED, lived([scored(MONDAY - 2 * HOUR), owned(MONDAY - 2 * HOUR, CHI)], upto))
    facts = [*both(upto), *third, joined(upto - HOUR, CHAINED, home=OTHER)]

    cycle = only_cycle(facts)

    assert cycle.anchor == MONDAY - 2 * HOUR
    assert cycle.names == {f"c1@{OTHER}", f"c1@{CHAINED}"}
    own, inner = told_apart(facts)
    assert {fact.home for fact in own} == {""}
    assert {fact.home for fact in inner[OTHER]} == {OTHER, CHAINED}


def test_a_join_that_was_undone_leaves_the_history_as_it_was() -> None:
    mine = lived(MINE, MONDAY + 26 * HOUR)

    assert shown(state_of([*mine, joined(MONDAY + DAY)])) == shown(state_of(mine))


@settings(max_examples=40)
@given(FACTS, FACTS, st.randoms(use_true_random=False), st.integers(1, 6 * 24))
def test_in_whatever_order_the_facts_of_both_are_read_the_state_is_the_same(
    mine: list[Fact], theirs: list[Fact], random: Any, hours: int
) -> None:
    at = MONDAY + hours * HOUR
    facts = [
        *lived([*MINE, *mine], at), *theirs_lived([*THEIRS, *theirs], at), joined(at),
    ]  # fmt: skip
    shuffled = [*facts]
    random.shuffle(shuffled)

    assert shown(state_of(facts)) == shown(state_of(shuffled))
    assert decided(facts, at + DAY) == decided(shuffled, at + DAY)


@settings(max_examples=40)
@given(FACTS, FACTS, st.integers(1, 6 * 24))
def test_whatever_happened_nothing_that_was_done_is_lost_or_done_again(
    mine: list[Fact], theirs: list[Fact], hours: int
) -> None:
    at = MONDAY + hours * HOUR
    one, other = lived([*MINE, *mine], at), theirs_lived([*THEIRS, *theirs], at)
    state = state_of([*one, *other, joined(at)])
    apart = [state_of(one), state_of([replace(fact, home="") for fact in other])]

    assert len(state.touches) == sum(len(each.touches) for each in apart)
    assert state.over == apart[0].over | apart[1].over
    fired = {fired for each in apart for cycle in each.cycles for fired in cycle.fired}
    assert {fired for cycle in state.cycles for fired in cycle.fired} == fired
    earliest = min((c.anchor for each in apart for c in each.cycles), default=None)
    assert min((c.anchor for c in state.cycles), default=None) == earliest
