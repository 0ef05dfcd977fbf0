"""The same set of facts, in whatever order, given the same decisions, decides the same.

All kinds of clocks at once, with pauses, attempts, changes of owner, calendars that go with the
owner, records that are linked, conversions and returns.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.agreement import (
    Agreement,
    ClockPolicy,
    Definition,
    Effect,
    EffectKind,
    End,
    Evidence,
    Follows,
    Haste,
    OnReassign,
    Pausing,
    Rung,
    Start,
)
from slasync.domain.assigning import decide_and_route
from slasync.domain.decide import Decision, chosen
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Absence, Member
from slasync.domain.rep_fields import WORDS
from slasync.domain.rests import (
    DECISION,
    DISPUTE,
    DISPUTE_REASON,
    REASON,
    UNTIL,
    Disputing,
    Rests,
    Snoozing,
)
from slasync.domain.routing import route
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Role
from tests.builders import (
    ANA,
    BEN,
    CHI,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    POOL,
    PROCESSING,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.pains.marks import pain

ON_HOLD = Definition("hold", "hold == 'yes'", lambda f: f.get("hold") == "yes", frozenset({"hold"}))
LADDER = (
    Rung("soon", Offset(3, Unit.BUSINESS_HOURS), (task(),)),
    Rung("late", Offset(1, Unit.BUSINESS_DAYS), (task(Role.MANAGER),)),
    Rung("few", Offset(2, Unit.CALENDAR_DAYS), (Effect(EffectKind.FLAG_STALE),), attempts_below=2),
)
OUTCOMES = frozenset({End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED})
ACCEPTANCE = ClockPolicy(
    name="acceptance", ends=OUTCOMES | {End.ACCEPTED}, rungs=LADDER, streams=(),
    starts_on=Start.ASSIGNMENT, pausing=Pausing(frozenset({"Parked"}), absent=True),
    follows=Follows.OWNER,
)  # fmt: skip
NEXT_ATTEMPT = ClockPolicy(
    name="next_attempt", ends=OUTCOMES, rungs=LADDER, streams=(), starts_on=Start.ATTEMPT,
    pausing=Pausing(condition=ON_HOLD),
)  # fmt: skip
GRACE = replace(
    PROCESSING, on_reassign=OnReassign.MINIMUM_GRACE, grace=Offset(1, Unit.BUSINESS_DAYS),
    pausing=Pausing(frozenset({"Parked"})), follows=Follows.TEAM,
)  # fmt: skip
CLOCKS = (replace(FIRST_TOUCH, follows=Follows.OWNER), ACCEPTANCE, NEXT_ATTEMPT, GRACE)
CALENDARS = {"office": nine_to_five(), "tokyo": nine_to_five("Asia/Tokyo", "tokyo")}
ROSTER = a_roster(
    pool=replace(POOL, of={"ben@sandbox.example": Member(calendar="tokyo")}),
    absences=(Absence("chi@sandbox.example", MONDAY + DAY, MONDAY + 2 * DAY),),
)
MOMENTS = st.integers(0, 6 * 24 * 4).map(lambda quarters: MONDAY + quarters * 15 * MINUTE)

KINDS = ("owner", "touch", "status", "hold", "score", "linked", "merged", "end", "snooze",
         "dispute", "decision")  # fmt: skip
RESTS = Rests(
    Snoozing(
        clocks=frozenset({"first_touch", "next_attempt"}),
        at_most=Offset(2, Unit.BUSINESS_DAYS),
        times=2,
        calendar=CALENDARS["office"],
    ),
    Disputing(clocks=frozenset({"first_touch", GRACE.name}), text="remind"),
)


def agreed() -> Agreement:
    evidence = Evidence(spacing=HOUR, haste=Haste(3, MINUTE))
    return an_agreement(clocks=CLOCKS, evidence=evidence, rests=RESTS, shows=frozenset(WORDS))


@st.composite
def told(draw: st.DrawFn) -> Fact:
    """Something that the systems tell, each with an id of its own."""
    at, number = draw(MOMENTS), draw(st.integers(0, 10**9))
    rep = draw(st.sampled_from([ANA, BEN, CHI]))
    kind = draw(st.sampled_from(KINDS))
    made: dict[str, Fact] = {
        "owner": owned(at, rep, by=draw(st.sampled_from([MIA, rep, None]))),
        "touch": a_fact(FactKind.TOUCH, at, {"channel": draw(st.sampled_from(["call", "email"])),
                        "grade": draw(st.sampled_from(["strong", "weak"]))}, by=rep),
        "status": status(at, draw(st.sampled_from(["Working", "Parked", "New"])), by=rep),
        "hold": a_fact(FactKind.CHANGED, at, {"hold": draw(st.sampled_from(["yes", "no"]))}),
        "score": scored(at, draw(st.sampled_from([60, 80, 90]))),
        "linked": a_fact(FactKind.LINKED, at,
                         {"system": "salesforce", "kind": "contact", "id": str(number)}),
        "merged": a_fact(FactKind.MERGED, at, {"from": [str(number)]}, source="hubspot"),
        "end": status(at, draw(st.sampled_from(["Nurturing", "Unqualified"])), by=rep),
        "snooze": a_fact(FactKind.CHANGED, at, {
            UNTIL: draw(st.sampled_from([None, *((at + n * DAY).isoformat() for n in (1, 9))])),
            REASON: draw(st.sampled_from([None, "ill"])),
        }, by=rep),
        "dispute": a_fact(FactKind.CHANGED, at, {
            DISPUTE: draw(st.booleans()), DISPUTE_REASON: draw(st.sampled_from([None, "fair"])),
        }, by=rep),
        "decision": a_fact(FactKind.CHANGED, at, {
            DECISION: draw(st.sampled_from([None, "accepted", "refused"])),
        }, by=MIA),
    }  # fmt: skip
    late = draw(st.sampled_from([timedelta(), HOUR, DAY]))
    found = made[kind]
    return replace(found, source_id=f"{found.source_id}:{number}", seen_at=at + late)


FACTS = st.lists(told(), min_size=1, max_size=14, unique_by=lambda fact: fact.source_id)


def at(now: datetime) -> Terms:
    return terms(now, agreement=agreed(), calendars=CALENDARS, roster=ROSTER)


def decided(facts: list[Fact], now: datetime) -> Decision:
    def routed(decision: Decision) -> Fact | None:
        assert decision.assign
        choice, _ = route(decision.assign, ROSTER.pools["inbound"], {}, ROSTER, now)
        return chosen(decision, choice, now) if choice.owner else None

    return decide_and_route(a_lead(), facts, at(now), routed)


def lived(facts: list[Fact]) -> list[Fact]:
    """Let days pass, twice a day; what is decided then becomes part of the history."""
    made: list[Fact] = []
    for half in range(1, 13):
        now = MONDAY + half * 12 * HOUR
        known = [*(fact for fact in facts if fact.seen_at <= now), *made]
        for fact in decided(known, now).facts:
            if fact.source_id not in {each.source_id for each in made}:
                made.append(fact)
    return made


def shown(state: Any) -> Any:
    """Return a state as values that can be compared."""
    cycles = [
        (c.key, c.anchor, c.ended, c.accepted, c.touches, c.attempts, c.pauses, c.begins,
         c.restarts, c.stale, sorted(c.tasks), sorted(c.fired), c.owned_since, c.rests)
        for c in state.cycles
    ]  # fmt: skip
    return (state.fields, state.owners, state.statuses, state.stage, state.met, state.shown, cycles)


@pain("P8")
@settings(max_examples=50)
@given(FACTS, st.randoms(use_true_random=False), st.integers(0, 8 * 24))
def test_in_whatever_order_facts_are_read_state_writes_and_due_times_are_the_same(
    drawn: list[Fact], random: Any, hours: int
) -> None:
    facts = [scored(MONDAY), owned(MONDAY, ANA), *drawn]
    history = [*facts, *lived(facts)]
    now = MONDAY + hours * HOUR
    shuffled = [*history]
    random.shuffle(shuffled)
    one, other = decided(history, now), decided(shuffled, now)
    assert one == other
    agreement, roster = agreed(), ROSTER
    assert shown(fold(history, agreement, roster)) == shown(fold(shuffled, agreement, roster))


@settings(max_examples=25)
@given(FACTS, st.integers(0, 8 * 24))
def test_when_things_were_learned_changes_nothing_of_what_follows_from_them(
    drawn: list[Fact], hours: int
) -> None:
    facts = [scored(MONDAY), owned(MONDAY, ANA), *drawn]
    made, now = lived(facts), MONDAY + hours * HOUR
    timely = [replace(fact, seen_at=fact.occurred_at) for fact in facts]
    assert decided([*facts, *made], now) == decided([*timely, *made], now)


@settings(max_examples=25)
@given(FACTS, st.integers(1, 8 * 24))
def test_what_was_decided_is_not_decided_again(drawn: list[Fact], hours: int) -> None:
    facts, now = [scored(MONDAY), owned(MONDAY, ANA), *drawn], MONDAY + hours * HOUR
    known = [fact for fact in facts if fact.seen_at <= now]
    first = decided(known, now)
    again = decided([*known, *first.facts], now)
    keys = {write.key for write in first.writes}
    assert not keys & {write.key for write in again.writes}
    assert not {f.source_id for f in first.facts} & {f.source_id for f in again.facts}
