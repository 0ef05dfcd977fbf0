"""An open task says another time when what is due has moved: once, and only while it is open."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from slasync.domain.agreement import Agreement, Text
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.modes import Mode, Modes, TeamMode
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
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MONDAY,
    PROCESSING,
    a_fact,
    a_lead,
    an_agreement,
    days,
    owned,
    scored,
    terms,
)

OF_ANA = (owned(MONDAY - 10 * DAY), scored(MONDAY))
BOTH = frozenset({"first_touch", "processing"})
RESTS = Rests(snooze=Snoozing(clocks=BOTH), dispute=Disputing(clocks=BOTH, text="remind"))
BY_DUE = {"remind": Text("Call by $due")}
AGREED = an_agreement(rests=RESTS, texts=BY_DUE)
SLOWER = tuple(
    replace(rung, after=days(rung.after.days * 2)) if rung.after.days else rung
    for rung in FIRST_TOUCH.rungs
)
CHANGED = replace(AGREED, clocks=(replace(FIRST_TOUCH, rungs=SLOWER), PROCESSING))


def lived(
    facts: Sequence[Fact],
    until: datetime,
    changed: tuple[datetime, Agreement] = (MONDAY, AGREED),
    modes: Modes | None = None,
) -> list[Decision]:
    """Decide each hour; from a time on by another agreement."""
    history, made, now = list(facts), [], MONDAY
    while now <= until:
        agreement = changed[1] if now >= changed[0] else AGREED
        given = terms(now, agreement=agreement, **({"modes": modes} if modes else {}))
        made.append(decide(a_lead(), [f for f in history if f.seen_at <= now], given))
        history += made[-1].facts
        now += HOUR
    return made


def snoozed(at: datetime, until: datetime | None) -> Fact:
    wish = {UNTIL: until.isoformat() if until else None, REASON: "on holiday"}
    return a_fact(FactKind.CHANGED, at, wish, by=ANA)


def rescheduled(decisions: Sequence[Decision]) -> list[Write]:
    """Return what only changes the words of a task that is there."""
    tasks = [w for d in decisions for w in d.writes if w.action is Action.TASK]
    return [w for w in tasks if "due" in w.values and "subject" not in w.values]


def said(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    words = [write.values["words"] for write in rescheduled(decisions)]
    return [(each["subject"], each["due_date"]) for each in words]


def test_a_snooze_moves_what_the_task_says_and_once() -> None:
    decisions = lived([*OF_ANA, snoozed(MONDAY + HOUR, MONDAY + 2 * DAY)], MONDAY + 2 * DAY)

    assert said(decisions) == [("Call by Wed 4 Mar 2026, 16:00", "2026-03-04")]
    [write] = rescheduled(decisions)
    [made] = [w for w in decisions[0].writes if w.action is Action.TASK]
    assert (write.task_key, write.values["owner"], write.role) == (made.key, ANA.key, Role.OWNER)
    assert write.values["due"] == (MONDAY + 2 * DAY + 7 * HOUR).isoformat()


def test_there_and_back_again_are_changes_each_with_a_key_of_its_own() -> None:
    wishes = [
        snoozed(MONDAY + n * HOUR, until)
        for n, until in ((1, MONDAY + 5 * DAY), (1.5, None), (3, MONDAY + 5 * DAY), (3.5, None))
    ]

    changes = rescheduled(lived([*OF_ANA, *wishes], MONDAY + 5 * HOUR))

    assert len({change.key for change in changes}) == len(changes) == 4
    assert [change.values["due"] for change in changes[1::2]] == [
        (MONDAY + DAY + HOUR / 2).isoformat(),
        (MONDAY + DAY + HOUR).isoformat(),
    ]


def test_while_a_dispute_is_open_nobody_knows_and_at_its_end_the_task_says_it() -> None:
    ticked = {DISPUTE: True, DISPUTE_REASON: "met at a fair"}
    dispute = a_fact(FactKind.CHANGED, MONDAY + HOUR, ticked, by=ANA)
    refused = a_fact(FactKind.CHANGED, MONDAY + 3 * HOUR, {DECISION: "refused"}, by=MIA)

    decisions = lived([*OF_ANA, dispute, refused], MONDAY + 5 * HOUR)

    assert said(decisions[:3]) == []
    assert said(decisions) == [("Call by Tue 3 Mar 2026, 11:00", "2026-03-03")]


def test_a_changed_agreement_moves_it_too() -> None:
    decisions = lived(OF_ANA, MONDAY + 5 * HOUR, (MONDAY + 2 * HOUR, CHANGED))

    assert said(decisions) == [("Call by Wed 4 Mar 2026, 09:00", "2026-03-04")]


def test_a_manager_s_task_moves_as_well() -> None:
    at = MONDAY + 2 * DAY + HOUR

    changes = rescheduled(lived(OF_ANA, at, (at, CHANGED)))

    assert {(w.role, w.values["owner"]) for w in changes} == {
        (Role.OWNER, ANA.key),
        (Role.MANAGER, MIA.key),
    }


def test_the_next_rung_says_what_is_due_then_and_nothing_is_said_twice() -> None:
    snooze = snoozed(MONDAY + HOUR, MONDAY + 3 * HOUR)

    decisions = lived([*OF_ANA, snooze], MONDAY + DAY + 4 * HOUR)

    tasks = [w.rung.partition(":")[0] for d in decisions for w in d.writes if w.task_key]
    assert tasks == ["day_0", "due0", "day_1"]


@pytest.mark.parametrize("how", ["closed", "deleted"])
def test_a_task_that_a_person_ended_is_left_alone(how: str) -> None:
    [made] = [w for w in lived(OF_ANA, MONDAY)[0].writes if w.action is Action.TASK]
    data = {"task_key": made.key, "how": how, "id": "00T1"}
    ended = a_fact(FactKind.TASK_ENDED, MONDAY + HOUR, data, by=ANA)

    decisions = lived([*OF_ANA, ended], MONDAY + 5 * HOUR, (MONDAY + 2 * HOUR, CHANGED))

    assert not rescheduled(decisions)


def test_a_task_that_is_held_is_written_anew_with_what_is_due_then() -> None:
    [made] = [w for w in lived(OF_ANA, MONDAY)[0].writes if w.action is Action.TASK]
    held = a_fact(FactKind.UNMADE, MONDAY, {"task_key": made.key}, source=OURS)

    decisions = lived([*OF_ANA, held, snoozed(MONDAY + HOUR, MONDAY + 2 * DAY)], MONDAY + 2 * DAY)

    [again] = [w for d in decisions[1:] for w in d.writes if w.action is Action.TASK]
    assert not rescheduled(decisions)
    assert (again.task_key, again.key != made.key) == (made.key, True)
    assert again.values["subject"] == "Call by Wed 4 Mar 2026, 16:00"


def test_where_nothing_is_written_no_task_is_changed() -> None:
    observed = Modes(TeamMode(Mode.OBSERVE))

    decisions = lived(OF_ANA, MONDAY + 5 * HOUR, (MONDAY + 2 * HOUR, CHANGED), observed)

    assert not rescheduled(decisions)


def test_a_task_that_is_given_to_another_says_the_new_time_in_the_same_write() -> None:
    running_on = replace(FIRST_TOUCH, on_reassign=PROCESSING.on_reassign, rungs=SLOWER)
    agreement = replace(AGREED, clocks=(running_on, PROCESSING))
    given = owned(MONDAY + 2 * HOUR, BEN, by=MIA)

    decisions = lived([*OF_ANA, given], MONDAY + 5 * HOUR, (MONDAY + 2 * HOUR, agreement))

    assert not rescheduled(decisions)
    [move] = [w for w in decisions[2].writes if w.action is Action.TASK]
    assert move.values["owner"] == BEN.key
    assert move.values["words"]["subject"] == "Call by Wed 4 Mar 2026, 09:00"


def test_a_task_of_before_the_times_were_kept_waits_for_its_next_rung() -> None:
    decided = lived(OF_ANA, MONDAY)[0].facts
    old = [
        replace(f, data={**f.data, "effects": [_without_due(e) for e in f.data["effects"]]})
        if f.kind is FactKind.FIRED and "effects" in f.data
        else f
        for f in decided
    ]

    found = decide(a_lead(), [*OF_ANA, *old], terms(MONDAY + timedelta(hours=1), agreement=CHANGED))

    assert not rescheduled([found])


def _without_due(effect: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in effect.items() if name != "due"}
