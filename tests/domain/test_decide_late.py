"""What is learned late, or all at once: the decision that it would have been in time."""

from dataclasses import replace

import pytest

from slasync.domain.agreement import Effect, EffectKind, Rung, Stage
from slasync.domain.decide import decide
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.nurture import BY_HAND
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    BEN,
    BOT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    PROCESSING,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    days,
    owned,
    scored,
    status,
    terms,
)
from tests.faults.marks import fault

CREATED = MONDAY - 10 * DAY
LEAD_OF_ANA = [owned(CREATED), scored(MONDAY)]


def begun() -> tuple[list[Fact], str]:
    """A lead handed over on Monday, and the key of its first task."""
    first = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY))
    [task] = [w for w in first.writes if w.action == Action.TASK]
    return [*LEAD_OF_ANA, *first.facts], str(task.task_key)


AGAIN = [
    status(MONDAY + 2 * HOUR, "Nurturing"),
    scored(MONDAY + 3 * HOUR, 10),
    scored(MONDAY + 5 * HOUR, 90),
]


def test_recycled_and_handed_over_again_between_two_looks_the_first_cycle_is_tidied_up() -> None:
    history, task = begun()

    after = decide(a_lead(), [*history, *AGAIN], terms(MONDAY + 6 * HOUR))

    assert [w.task_key for w in after.writes if w.action == Action.CLOSE_TASK] == [task]
    assert [(w.cycle, w.rung) for w in after.writes if w.action == Action.TASK] == [("c2", "day_0")]
    first = [c for c in after.clocks if c.cycle == "c1"]
    assert {(c.state, c.wake_at) for c in first} == {("ended", None)}
    assert len(first) == 2


def test_in_a_second_cycle_the_status_of_the_first_ones_end_is_not_the_stage() -> None:
    history, _ = begun()

    after = decide(a_lead(), [*history, *AGAIN], terms(MONDAY + 6 * HOUR))

    assert after.stage == Stage.MQL


@pytest.mark.parametrize("given_up", ["Nurturing", "Unqualified"])
def test_a_first_reading_that_repeats_a_status_does_not_undo_what_was_met_since(
    given_up: str,
) -> None:
    """A record's first reading is dated by its last change, be it one of ours to other fields."""
    history, _ = begun()
    learned = [status(MONDAY + 2 * HOUR, given_up), *AGAIN[1:]]
    read_first = status(MONDAY + 6 * HOUR, given_up, by=None)

    after = decide(a_lead(), [*history, *learned, read_first], terms(MONDAY + 7 * HOUR))
    later = [*history, *learned, read_first, *after.facts]
    first, second = fold(later, an_agreement(), a_roster()).cycles

    assert first.ended is not None
    assert first.ended[0] == MONDAY + 2 * HOUR
    assert (second.anchor, second.ended) == (MONDAY + 5 * HOUR, None)


def test_a_person_who_gives_a_lead_up_once_more_ends_its_second_cycle() -> None:
    history, _ = begun()
    again = status(MONDAY + 6 * HOUR, "Nurturing", by=ANA)
    handed = decide(a_lead(), [*history, *AGAIN], terms(MONDAY + 5 * HOUR)).facts

    state = fold([*history, *AGAIN, *handed, again], an_agreement(), a_roster())

    assert [c.ended and c.ended[0] for c in state.cycles] == [MONDAY + 2 * HOUR, MONDAY + 6 * HOUR]


def test_a_task_deleted_just_before_its_reminder_is_not_taken_for_open_afterwards() -> None:
    history, task = begun()
    reminded = decide(a_lead(), history, terms(MONDAY + DAY))
    data = {"task_key": task, "how": "deleted"}
    gone = a_fact(FactKind.TASK_ENDED, MONDAY + DAY - MINUTE, data)

    later = decide(a_lead(), [*history, *reminded.facts, gone], terms(MONDAY + 2 * DAY))

    made = [w.task_key for w in later.writes if w.action == Action.TASK]
    assert task not in made
    assert made


@fault("T16")
def test_a_time_that_cannot_be_read_leaves_the_time_of_the_news() -> None:
    form = {"form": "Demo request", "form_at": "yesterday"}
    facts = [owned(CREATED), a_fact(FactKind.CHANGED, MONDAY, form, source="hubspot")]

    state = fold(
        [*facts, *decide(a_lead(), facts, terms(MONDAY)).facts], an_agreement(), a_roster()
    )

    assert state.cycle is not None
    assert state.cycle.anchor == MONDAY


def test_a_task_that_was_not_made_is_made_for_whoever_owns_the_lead_then() -> None:
    history, task = begun()
    data = {"task_key": task}
    unmade = a_fact(FactKind.UNMADE, MONDAY + MINUTE, data, source="slasync", source_id="unmade:1")
    once = an_agreement(clocks=tuple(replace(c, restarts=0) for c in an_agreement().clocks))

    after = decide(
        a_lead(),
        [*history, unmade, owned(MONDAY + MINUTE, BEN, ANA)],
        terms(MONDAY + HOUR, agreement=once),
    )

    [again] = [w for w in after.writes if w.action == Action.TASK]
    assert (again.task_key, again.values["owner"]) == (task, BEN.key)
    assert again.values["subject"]
    more = decide(
        a_lead(),
        [*history, unmade, owned(MONDAY + MINUTE, BEN, ANA), *after.facts],
        terms(MONDAY + 2 * HOUR, agreement=once),
    )
    assert [w for w in more.writes if w.action == Action.TASK] == []


def test_a_flag_is_cleared_when_the_clock_that_set_it_turns_out_to_have_ended() -> None:
    flagging = replace(
        FIRST_TOUCH, rungs=(Rung("day_1", days(1), (Effect(EffectKind.FLAG_STALE),)),)
    )
    agreement = an_agreement(clocks=(flagging, PROCESSING))
    handed = decide(a_lead(), LEAD_OF_ANA, terms(MONDAY, agreement=agreement))
    history = [*LEAD_OF_ANA, *handed.facts]
    flagged = decide(a_lead(), history, terms(MONDAY + DAY, agreement=agreement))
    assert [w.action for w in flagged.writes if w.target == RECORD] == [Action.FLAG_STALE]
    history += [*flagged.facts, called(MONDAY + HOUR)]

    after = decide(a_lead(), history, terms(MONDAY + DAY + HOUR, agreement=agreement))
    assert [w.action for w in after.writes if w.target == RECORD] == [Action.CLEAR_STALE]

    again = decide(
        a_lead(), [*history, *after.facts], terms(MONDAY + 13 * DAY, agreement=agreement)
    )
    assert Action.FLAG_STALE in {w.action for w in again.writes}
    ended = status(MONDAY + 13 * DAY + HOUR, "Nurturing")
    history += [*after.facts, *again.facts, ended]
    last = decide(a_lead(), history, terms(MONDAY + 14 * DAY, agreement=agreement))
    cleared = [w.key for w in (*after.writes, *last.writes) if w.action == Action.CLEAR_STALE]
    assert len(set(cleared)) == 2


def test_a_breach_of_the_owner_before_is_recorded_though_it_is_learned_with_the_next_owner() -> (
    None
):
    """A simulated day: the CRM was out while a rung passed and a person stepped in."""
    history, _ = begun()
    taken = owned(MONDAY + DAY + HOUR, BEN, by=MIA)

    after = decide(a_lead(), [*history, taken], terms(MONDAY + DAY + 2 * HOUR))

    fired = {
        (f.data["generation"], f.data["rung"]): f.data["superseded"]
        for f in after.facts
        if f.kind == FactKind.FIRED and f.data["clock"] == "first_touch"
    }
    assert fired == {(0, "day_1"): True, (1, "day_0"): False}
    assert not [w for w in after.writes if w.action == Action.TASK and w.rung == "day_1"]


def test_a_rung_that_passed_just_before_the_end_is_recorded_though_its_data_is_not_complete() -> (
    None
):
    """A simulated day: the lead was deleted a minute after a rung was due, before the next poll."""
    history, _ = begun()
    gone = a_fact(FactKind.DELETED, MONDAY + DAY + MINUTE)

    after = decide(
        a_lead(),
        [*history, gone],
        terms(MONDAY + DAY + 2 * MINUTE, ready={"first_touch": MONDAY + DAY - MINUTE}),
    )

    [missed] = [f for f in after.facts if f.kind == FactKind.FIRED]
    assert (missed.data["rung"], missed.data["superseded"]) == ("day_1", True)
    assert not [w for w in after.writes if w.action == Action.TASK]


def gone_and_moved(known: str, *, moved_first: bool) -> tuple[list[Fact], str]:
    """A task dropped before it was made, and moved to Ben in vain: in which order is chance."""
    history, task = begun()
    history.append(owned(MONDAY + MINUTE, BEN, BOT))
    ids = ("a", "b") if moved_first else ("b", "a")
    at = MONDAY + 2 * MINUTE
    moved = {"cycle": "c1", "task_key": task, "to": BEN.key, "of": BEN.key}
    dropped = {"task_key": task, "of": known}
    history.append(a_fact(FactKind.MOVED, at, moved, source="slasync", source_id=f"moved:{ids[0]}"))
    later = at + MINUTE if moved_first else at
    history.append(a_fact(FactKind.UNMADE, later, dropped, source="slasync", source_id="unmade:1"))
    return history, task


@pytest.mark.parametrize("moved_first", [True, False])
def test_a_task_dropped_and_moved_in_vain_is_made_for_the_owner_we_gave_the_lead_to(
    *, moved_first: bool
) -> None:
    """A simulated day: the lead was given away while its task waited to be made."""
    history, task = gone_and_moved("", moved_first=moved_first)
    once = an_agreement(clocks=tuple(replace(c, restarts=0) for c in an_agreement().clocks))

    after = decide(a_lead(), history, terms(MONDAY + HOUR, agreement=once))

    [again] = [w for w in after.writes if w.action == Action.TASK]
    assert (again.task_key, again.values["owner"]) == (task, BEN.key)


def test_a_task_dropped_because_of_an_owner_who_is_not_known_yet_waits_for_him() -> None:
    history, _ = gone_and_moved(BEN.key, moved_first=True)
    once = an_agreement(clocks=tuple(replace(c, restarts=0) for c in an_agreement().clocks))

    after = decide(a_lead(), history, terms(MONDAY + HOUR, agreement=once))

    assert [w for w in after.writes if w.action == Action.TASK] == []


ELSEWHERE = "00TELSEWHERE"


def turned_up(task: str, minutes: int) -> Fact:
    """The poll shows the task open in a record that nobody knew of."""
    data = {"task_key": task, "id": ELSEWHERE, "to": ANA.key}
    return a_fact(FactKind.REMADE, MONDAY + minutes * MINUTE, data)


def test_a_task_that_turns_up_after_it_was_wished_closed_is_closed_by_another_write() -> None:
    """A simulated day: there was nothing to close, and then its making was carried out."""
    history, task = begun()
    history.append(called(MONDAY + MINUTE))
    ended = decide(a_lead(), history, terms(MONDAY + 2 * MINUTE))
    [first] = [w for w in ended.writes if w.action == Action.CLOSE_TASK]
    history += [*ended.facts, turned_up(task, 5)]

    after = decide(a_lead(), history, terms(MONDAY + HOUR))

    [again] = [w for w in after.writes if w.action == Action.CLOSE_TASK]
    assert again.task_key == task
    assert again.key != first.key
    history += after.facts
    done = decide(a_lead(), history, terms(MONDAY + 2 * HOUR))
    assert [w for w in done.writes if w.action == Action.CLOSE_TASK] == []


def test_a_task_known_in_another_record_outlives_the_end_of_the_first() -> None:
    history, task = begun()
    gone = {"task_key": task, "how": "deleted", "id": "00T1"}
    history += [a_fact(FactKind.TASK_ENDED, MONDAY + MINUTE, gone), turned_up(task, 2)]

    after = decide(a_lead(), history, terms(MONDAY + DAY))

    assert task in [w.task_key for w in after.writes if w.action == Action.TASK]


def test_a_task_dropped_that_turns_up_is_moved_to_the_owner_and_not_made() -> None:
    history, task = gone_and_moved("", moved_first=True)
    history.append(turned_up(task, 5))
    once = an_agreement(clocks=tuple(replace(c, restarts=0) for c in an_agreement().clocks))

    after = decide(a_lead(), history, terms(MONDAY + HOUR, agreement=once))

    [moved] = [w for w in after.writes if w.action == Action.TASK]
    assert (moved.task_key, moved.values["owner"]) == (task, BEN.key)
    assert "subject" not in moved.values


@pytest.mark.parametrize(
    ("what", "end"), [(FactKind.CONVERTED, "converted"), (FactKind.DELETED, "deleted")]
)
def test_who_turns_out_to_have_been_over_when_handed_over_has_no_clock(
    what: FactKind, end: str
) -> None:
    """A form comes in while the CRM, where the lead was converted since, is out of reach."""
    history, task = begun()
    over = a_fact(what, MONDAY - HOUR, seen_at=MONDAY + HOUR)

    learned = decide(a_lead(), [*history, over], terms(MONDAY + HOUR))
    later = decide(a_lead(), [*history, over, *learned.facts], terms(MONDAY + 20 * DAY))

    assert {(c.state, c.wake_at, c.end_reason) for c in learned.clocks} == {("ended", None, end)}
    closed = [] if what is FactKind.DELETED else [task]
    assert [w.task_key for w in learned.writes if w.action == Action.CLOSE_TASK] == closed
    assert [w.action for w in learned.writes if w.action == Action.TASK] == []
    assert (later.writes, later.digest) == ((), ())


def test_who_is_handed_over_by_hand_after_a_conversion_has_his_clocks() -> None:
    done = a_fact(FactKind.CONVERTED, MONDAY - HOUR)
    data = {"cycle": "c1", "definition": BY_HAND, "evidence": {}, "agreement": ""}
    by_hand = a_fact(FactKind.HANDOVER, MONDAY, data, source=OURS)

    state = fold([*LEAD_OF_ANA, done, by_hand], an_agreement(), a_roster())

    assert state.open_cycle is not None
