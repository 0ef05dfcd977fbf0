"""Open leads when the agreement changes: kept, judged anew, or judged anew where it is milder."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.domain.agreement import (
    Agreement,
    ClockPolicy,
    Definition,
    Effect,
    EffectKind,
    End,
    OnChange,
    OnReassign,
    Pausing,
    Rung,
    Text,
)
from slasync.domain.decide import Decision, decide
from slasync.domain.draft import Draft, Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.rulings import Agreed, Change, Rulings, Unreadable, having_a_say
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Action, Role
from tests.builders import (
    DAY,
    FIRST_TOUCH,
    HOUR,
    MONDAY,
    POOL,
    PROCESSING,
    STREAMS,
    a_lead,
    an_agreement,
    called,
    days,
    nine_to_five,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.pains.marks import pain

KEEP, RECOMPUTE, GRANDFATHER = OnChange.KEEP, OnChange.RECOMPUTE, OnChange.GRANDFATHER
CHANGED = MONDAY + 6 * HOUR
OFFICE = {"office": nine_to_five()}


def an_edition(number: int, *clocks: ClockPolicy, **changes: Any) -> Agreement:
    """Return version `number`, with a hash that begins with it."""
    made = an_agreement(version=str(number), hash=f"{number}" * 64, **changes)
    return replace(made, clocks=clocks) if clocks else made


def with_rungs(*rungs: Rung, **changes: Any) -> ClockPolicy:
    return replace(FIRST_TOUCH, rungs=rungs, **changes)


def hours(amount: float) -> Offset:
    return Offset(amount, Unit.BUSINESS_HOURS)


OLD = an_edition(
    1, with_rungs(Rung("day_1", days(1), (task(),)), Rung("day_2", days(2), (task(),)))
)
NEW = an_edition(
    2,
    with_rungs(
        Rung("day_1", hours(4), (task(),)),
        Rung("day_2", days(3), (task(),)),
        Rung("day_4", days(4), (task(Role.MANAGER),)),
    ),
)


def ruled(choice: OnChange, *editions: Agreement, **unreadable: str) -> Rulings:
    """Let editions come into force, the first long ago, the others by `choice` at `CHANGED`."""
    changes = [
        Change(each.hash, CHANGED + n * HOUR if n else MONDAY - DAY, choice, each.hash)
        for n, each in enumerate(editions)
    ]
    known = {each.hash: Agreed(each, OFFICE, {POOL.name: POOL}) for each in editions}

    def read(hash_: str) -> Agreed:
        if hash_[0] in unreadable.get("versions", ""):
            raise Unreadable("it cannot be read any more")
        return known[hash_]

    return Rulings(changes, known[editions[-1].hash], read)


def at(now: datetime, agreement: Agreement, rulings: Rulings | None = None, **more: Any) -> Terms:
    gates = [*agreement.clocks, *(rulings.clocks if rulings else ())]
    ready = {clock.gate: now for clock in gates}
    return terms(
        now, agreement=agreement, ready=ready, ruled=rulings.of if rulings else None, **more
    )


def begun(agreement: Agreement = OLD, now: datetime = MONDAY) -> list[Fact]:
    """Return the history of a lead that was handed over under an edition."""
    facts = [scored(MONDAY), owned(MONDAY)]
    return [*facts, *decide(a_lead(), facts, at(now, agreement)).facts]


def due(facts: Sequence[Fact], choice: OnChange, *editions: Agreement) -> dict[str, datetime]:
    """Return when each rung of the first clock is due after the change."""
    editions = editions or (OLD, NEW)
    rulings = ruled(choice, *editions)
    draft = Draft(at(CHANGED + 2 * HOUR, editions[-1], rulings), a_lead(), facts)
    cycle = draft.state.cycle
    assert cycle is not None
    found = {c.name: c for c in draft.begun(cycle)}
    clock = draft.run(found["first_touch"], cycle)
    return {rung.name: when for rung, when in clock.due}


DAY_1, DAY_2, DAY_3, DAY_4 = (MONDAY + n * DAY for n in range(1, 5))


def test_recomputed_an_open_clock_follows_the_new_agreement_at_once() -> None:
    assert due(begun(), RECOMPUTE) == {"day_1": MONDAY + 4 * HOUR, "day_2": DAY_3, "day_4": DAY_4}


def test_kept_an_open_clock_keeps_its_rungs_and_their_times() -> None:
    assert due(begun(), KEEP) == {"day_1": DAY_1, "day_2": DAY_2}


def test_grandfathered_the_later_of_two_times_counts_and_nothing_is_new() -> None:
    assert due(begun(), GRANDFATHER) == {"day_1": DAY_1, "day_2": DAY_3}


@pytest.mark.parametrize("choice", OnChange)
def test_a_cycle_that_begins_after_the_change_follows_the_new_agreement(choice: OnChange) -> None:
    facts = begun(NEW, CHANGED + HOUR)
    assert due(facts, choice) == {"day_1": MONDAY + 4 * HOUR, "day_2": DAY_3, "day_4": DAY_4}


def test_a_rung_that_has_fired_stays_fired_and_one_whose_new_time_has_passed_fires_late() -> None:
    facts = begun()
    recomputed = decide(a_lead(), facts, at(CHANGED, NEW, ruled(RECOMPUTE, OLD, NEW)))
    kept = decide(a_lead(), facts, at(CHANGED, NEW, ruled(KEEP, OLD, NEW)))
    assert rungs(recomputed) == ["day_1"]
    assert recomputed.late
    assert rungs(kept) == []


def rungs(decision: Decision) -> list[str]:
    return [w.rung for w in decision.writes if w.action is Action.TASK]


def test_a_decision_names_the_edition_that_its_clocks_were_run_by() -> None:
    now, facts = DAY_1 + HOUR, begun()
    kept = decide(a_lead(), facts, at(now, NEW, ruled(KEEP, OLD, NEW)))
    assert (rungs(kept), kept.agreement) == (["day_1"], OLD.hash)
    eased = decide(a_lead(), facts, at(now, NEW, ruled(GRANDFATHER, OLD, NEW)))
    assert (rungs(eased), eased.agreement) == (["day_1"], NEW.hash)


def test_kept_texts_are_those_that_were_agreed() -> None:
    reworded = replace(NEW, texts={"remind": Text("New words for $lead")})
    kept = decide(a_lead(), begun(), at(DAY_1, reworded, ruled(KEEP, OLD, reworded)))
    assert kept.writes[0].values["subject"] == "Call Lou Reed (day_1)"


def test_kept_a_status_means_what_it_meant_and_what_is_new_is_judged_by_the_new() -> None:
    """The new agreement does not know the status that gave the lead back."""
    new = replace(NEW, stages={})
    facts = [*begun(), status(MONDAY + HOUR, "New"), status(MONDAY + 2 * HOUR, "Nurturing")]
    ended = Draft(at(CHANGED, new, ruled(KEEP, OLD, new)), a_lead(), facts).state.cycle
    assert ended is not None
    assert ended.ended == (MONDAY + 2 * HOUR, End.RECYCLED)
    facts += [scored(CHANGED, 10), scored(CHANGED + HOUR, 90)]
    again = decide(a_lead(), facts, at(CHANGED + HOUR, new, ruled(KEEP, OLD, new)))
    assert again.agreement == new.hash
    (view,) = [v for v in again.clocks if v.cycle == "c2"]
    assert (view.gate, view.wake_at) == ("first_touch", CHANGED + HOUR + 4 * HOUR + 16 * HOUR)


def test_kept_a_pause_that_only_the_old_agreement_knows_goes_on_counting() -> None:
    waits = Definition(
        "w", "form == 'wait'", lambda f: f.get("form") == "wait", frozenset({"form"})
    )
    old = an_edition(1, replace(OLD.clocks[0], pausing=Pausing(condition=waits)))
    facts = [
        *begun(old),
        replace(scored(MONDAY + HOUR), source_id="f1", data={"form": "wait"}),
        replace(scored(MONDAY + 3 * HOUR), source_id="f2", data={"form": "go on"}),
    ]
    assert due(facts, KEEP, old, NEW)["day_1"] == DAY_1 + 2 * HOUR


def test_a_clock_that_the_new_agreement_does_not_know_any_more_is_kept_or_dropped() -> None:
    old = an_edition(1, FIRST_TOUCH, PROCESSING)
    new = an_edition(2, FIRST_TOUCH)
    clocks = {
        choice: {
            v.clock for v in decide(a_lead(), begun(old), at(CHANGED, new, r)).clocks
        }
        for choice in OnChange
        for r in [ruled(choice, old, new)]
    }  # fmt: skip
    assert clocks[KEEP] == {"first_touch", "processing"}
    assert clocks[RECOMPUTE] == clocks[GRANDFATHER] == {"first_touch"}


def test_grandfathered_a_clock_that_is_new_does_not_run_in_an_open_cycle() -> None:
    old, new = an_edition(1, FIRST_TOUCH), an_edition(2, FIRST_TOUCH, PROCESSING)
    decision = decide(a_lead(), begun(old), at(CHANGED, new, ruled(GRANDFATHER, old, new)))
    assert {view.clock for view in decision.clocks} == {"first_touch"}


def test_grandfathered_a_rung_that_would_do_more_keeps_what_it_did() -> None:
    more = Rung("day_1", days(1), (task(), Effect(EffectKind.REASSIGN)))
    new = an_edition(2, with_rungs(more))
    eased = decide(a_lead(), begun(), at(DAY_1, new, ruled(GRANDFATHER, OLD, new)))
    anew = decide(a_lead(), begun(), at(DAY_1, new, ruled(RECOMPUTE, OLD, new)))
    assert (eased.assign, anew.assign is not None) == (None, True)
    assert rungs(eased) == ["day_1"]


def test_grandfathered_what_ends_a_clock_by_either_agreement_ends_it() -> None:
    lasting = with_rungs(*NEW.clocks[0].rungs, ends=frozenset({End.CONVERTED}))
    new = an_edition(2, lasting)
    facts = [*begun(), called(MONDAY + HOUR)]
    (view,) = decide(a_lead(), facts, at(CHANGED, new, ruled(GRANDFATHER, OLD, new))).clocks
    assert (view.ended_at, view.end_reason) == (MONDAY + HOUR, "touch")
    (anew,) = decide(a_lead(), facts, at(CHANGED, new, ruled(RECOMPUTE, OLD, new))).clocks
    assert anew.ended_at is None


def test_grandfathered_a_clock_that_starts_otherwise_now_stays_what_it_was() -> None:
    new = an_edition(2, replace(NEW.clocks[0], on_reassign=OnReassign.CONTINUE))
    assert due(begun(), GRANDFATHER, OLD, new) == {"day_1": DAY_1, "day_2": DAY_2}


@pytest.mark.parametrize(
    ("old", "new", "deadline"),
    [
        (days(3), days(2), DAY_3),
        (days(2), days(3), DAY_3),
        (days(2), None, DAY_2),
        (None, days(2), None),
    ],
)
def test_grandfathered_the_later_deadline_counts(
    old: Offset | None, new: Offset | None, deadline: datetime | None
) -> None:
    before = an_edition(1, replace(OLD.clocks[0], deadline=old))
    after = an_edition(2, replace(NEW.clocks[0], deadline=new))
    draft = Draft(at(CHANGED, after, ruled(GRANDFATHER, before, after)), a_lead(), begun(before))
    cycle = draft.state.cycle
    assert cycle is not None
    assert draft.run(draft.begun(cycle)[0], cycle).deadline == deadline


# several changes


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        ((KEEP,), [0]),
        ((RECOMPUTE,), [1]),
        ((GRANDFATHER,), [0, 1]),
        ((KEEP, KEEP), [0]),
        ((KEEP, GRANDFATHER), [0, 2]),
        ((GRANDFATHER, KEEP), [0, 1]),
        ((GRANDFATHER, GRANDFATHER), [0, 1, 2]),
        ((GRANDFATHER, RECOMPUTE), [2]),
        ((RECOMPUTE, KEEP), [1]),
    ],
)
def test_changes_add_up(choices: Sequence[OnChange], left: list[int]) -> None:
    changes = [
        Change(str(n), MONDAY + n * DAY, choice, str(n))
        for n, choice in enumerate([RECOMPUTE, *choices])
    ]
    assert having_a_say(changes, 0) == left


def test_an_edition_in_which_nothing_agreed_differs_changes_nothing() -> None:
    values = ["a", "b", "b"]  # the third: an absence, a comment
    changes = [Change(str(n), MONDAY + n * DAY, KEEP, each) for n, each in enumerate(values)]
    assert having_a_say(changes, 0) == [0]
    last = replace(changes[2], choice=RECOMPUTE)
    assert having_a_say([*changes[:2], last], 0) == [0]


def test_who_goes_back_to_the_first_edition_has_nothing_to_keep() -> None:
    first = begun(OLD)
    assert due(first, KEEP, OLD, NEW, OLD) == due(first, RECOMPUTE, OLD)


def test_three_editions_each_no_stricter_than_those_before() -> None:
    later = an_edition(
        3, with_rungs(Rung("day_1", hours(1), (task(),)), Rung("day_2", days(4), ()))
    )
    assert due(begun(), GRANDFATHER, OLD, NEW, later) == {"day_1": DAY_1, "day_2": DAY_4}


def test_a_hand_over_that_names_no_edition_is_placed_by_when_it_was_decided() -> None:
    facts = begun()
    unnamed = [
        replace(f, data={k: v for k, v in f.data.items() if k != "agreement"}) for f in facts
    ]
    assert unnamed != facts
    assert due(unnamed, KEEP) == due(facts, KEEP)
    late = [replace(f, seen_at=CHANGED + 2 * HOUR) for f in unnamed]
    assert due(late, KEEP) == due(facts, RECOMPUTE)


def test_a_hand_over_by_a_process_that_still_had_the_old_files_is_kept_to_those() -> None:
    """It was decided after another process had brought the new agreement into force."""
    late = [replace(f, seen_at=CHANGED + 2 * HOUR) for f in begun()]
    assert due(late, KEEP) == {"day_1": DAY_1, "day_2": DAY_2}


# what cannot be kept to


def test_an_edition_that_cannot_be_read_any_more_rules_nothing_and_that_is_said() -> None:
    rulings = ruled(KEEP, OLD, NEW, versions="1")
    decision = decide(a_lead(), begun(), at(CHANGED, NEW, rulings))
    assert (rungs(decision), decision.agreement) == (["day_1"], NEW.hash)
    handed_over = next(f for f in begun() if f.kind == "handover")
    assert rulings.problem(handed_over) == (OLD.hash, "it cannot be read any more")


def test_a_kept_calendar_that_has_ended_holds_nothing_up() -> None:
    ended = nine_to_five(name="old")
    spec = replace(ended.spec, last=MONDAY.date())
    short = type(ended)(spec)
    old = an_edition(1, *OLD.clocks)
    changes = [Change(old.hash, MONDAY - DAY, RECOMPUTE, "a"), Change(NEW.hash, CHANGED, KEEP, "b")]
    rulings = Rulings(
        changes, Agreed(NEW, OFFICE, {}), lambda _: Agreed(old, {"office": short}, {})
    )
    decision = decide(a_lead(), begun(), at(CHANGED, NEW, rulings))
    assert (rungs(decision), decision.agreement) == (["day_1"], NEW.hash)


def test_kept_clocks_have_gates_of_their_own() -> None:
    """The new agreement reads another stream: the old clock does not wait for that."""
    new = an_edition(2, replace(NEW.clocks[0], streams=("salesforce.events",)))
    rulings = ruled(KEEP, OLD, new)
    assert rulings.gates == {f"first_touch@{OLD.hash[:12]}": STREAMS}
    stalled = replace(
        at(DAY_1, new, rulings),
        ready={"first_touch": MONDAY, f"first_touch@{OLD.hash[:12]}": DAY_1},
    )
    assert rungs(decide(a_lead(), begun(), stalled)) == ["day_1"]


def test_people_are_always_those_of_today() -> None:
    """The pool has another manager by now: the kept rung writes to that one."""
    old = an_edition(1, with_rungs(Rung("day_1", days(1), (task(Role.MANAGER),))))
    rulings = ruled(KEEP, old, NEW)
    (write,) = [
        w
        for w in decide(a_lead(), begun(old), at(DAY_1, NEW, rulings)).writes
        if w.action is Action.TASK
    ]
    assert write.role is Role.MANAGER
    assert write.values["owner"] == "005MIA"


# the same facts, in whatever order, given the same decisions, give the same state

LATE = [
    called(MONDAY + 5 * HOUR),
    status(MONDAY + HOUR, "New"),
    status(MONDAY + 7 * HOUR, "Working"),
    scored(MONDAY + 2 * HOUR, 10),
    scored(MONDAY + 3 * HOUR, 95),
    owned(MONDAY + 4 * HOUR),
]


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(LATE),
    st.sampled_from(OnChange),
    st.integers(0, len(LATE)),
    st.integers(0, 5),
)
def test_the_order_in_which_facts_are_learned_makes_no_difference(
    order: list[Fact], choice: OnChange, before: int, day: int
) -> None:
    """Some are known before the change, some after it; the decisions that were taken are given."""
    rulings = ruled(choice, OLD, NEW)
    decided = begun()
    now = at(CHANGED + timedelta(days=day), NEW, rulings)
    learned = [*order[:before], *decided, *order[before:]]

    one = decide(a_lead(), learned, now)
    other = decide(a_lead(), [*reversed(learned)], now)
    usual = decide(a_lead(), [*decided, *LATE], now)

    assert one == other == usual


@pain("P5")
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True),
)
def test_grandfathered_no_rung_is_due_earlier_than_by_either_agreement(
    before: list[int], after: list[int]
) -> None:
    def edition(number: int, amounts: list[int]) -> Agreement:
        made = [Rung(f"r{n}", hours(a), (task(),)) for n, a in enumerate(sorted(amounts))]
        return an_edition(number, with_rungs(*made))

    old, new = edition(1, before), edition(2, after)
    facts = begun(old)
    eased, kept = due(facts, GRANDFATHER, old, new), due(facts, KEEP, old, new)
    anew = due(facts, RECOMPUTE, old, new)
    assert eased == {name: max(kept[name], anew[name]) for name in kept if name in anew}
    assert all(one <= two for one, two in pairwise(eased.values()))


# a cycle that has ended


def over(at_: datetime = CHANGED - HOUR / 2) -> list[Fact]:
    """Touched after five hours and given back before four hours are agreed; all of it decided."""
    facts = [*begun(), called(MONDAY + 5 * HOUR), status(at_, "Nurturing")]
    return [*facts, *decide(a_lead(), facts, at(at_, OLD)).facts]


def fired(decision: Decision) -> list[str]:
    return [str(f.data["rung"]) for f in decision.facts if f.kind is FactKind.FIRED]


@pytest.mark.parametrize("choice", OnChange)
def test_a_cycle_that_had_ended_has_missed_no_rung_of_what_was_agreed_later(
    choice: OnChange,
) -> None:
    facts = [*over(), scored(CHANGED + HOUR, 20)]

    again = decide(a_lead(), facts, at(CHANGED + 2 * HOUR, NEW, ruled(choice, OLD, NEW)))

    assert fired(again) == []


def test_a_breach_of_a_cycle_that_had_ended_stays_one_though_less_is_agreed_later() -> None:
    """After four hours leadership was told; by the later version accepting it was enough."""
    told = Rung("day_1", hours(4), (Effect(EffectKind.DIGEST, Role.LEADERSHIP, "remind"),))
    also = FIRST_TOUCH.ends | {End.ACCEPTED}
    strict = an_edition(1, with_rungs(told), statuses_touch=False)
    lax = an_edition(2, with_rungs(told, ends=also), statuses_touch=False)
    facts = [*begun(strict), status(MONDAY + HOUR, "New"), status(MONDAY + 2 * HOUR, "Working")]
    breach = decide(a_lead(), facts, at(MONDAY + 5 * HOUR, strict))
    facts += [*breach.facts, status(CHANGED - HOUR / 2, "Nurturing"), scored(CHANGED + HOUR, 20)]

    again = decide(a_lead(), facts, at(CHANGED + 2 * HOUR, lax, ruled(RECOMPUTE, strict, lax)))

    assert len(breach.digest) == 1
    assert again.digest == ()
