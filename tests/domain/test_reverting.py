"""Taking writes back: what puts each back, what is left, and why; from values alone."""

from dataclasses import replace
from typing import Any

import pytest

from slasync.domain.draft import Draft
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import User
from slasync.domain.reverting import Effect, Undone, Way, is_revert, revert_key, undo
from slasync.domain.writes import Action, Judged, Write
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    DAY,
    HOUR,
    LEAD,
    MIA,
    MONDAY,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    called,
    owned,
    scored,
    status,
    terms,
)

SENT = MONDAY + DAY
NOW = MONDAY + 2 * DAY
ORG = "00D000000000001AAA"


def a_write(action: Action, key: str = "k1", **changes: Any) -> Write:
    ordinary: dict[str, Any] = {
        "key": key, "lead": LEAD, "system": "salesforce", "action": action, "values": {},
        "target": RECORD, "cycle": "c1", "clock": "first_touch", "rung": "day_3",
    }  # fmt: skip
    return Write(**ordinary | changes)


def given_to(new: User, old: User, key: str = "k1") -> Write:
    judged = Judged(old.key, SENT)
    return a_write(Action.OWNER, key, values={"owner": new.key}, judged=judged)


def taken_back(*writes: Write, facts: list[Fact], roster: Any = None) -> list[Undone]:
    draft = Draft(terms(NOW, roster=roster or a_roster()), a_lead(), [scored(MONDAY), *facts])
    return undo([Effect(write, SENT) for write in writes], draft, "taken back by Rita")


def by_us(owner: User) -> Fact:
    return a_fact(FactKind.OWNER, SENT, {"owner": owner.key}, source="slasync")


def test_an_owner_goes_back_if_ours_is_still_there_and_only_then() -> None:
    [undone] = taken_back(given_to(BEN, ANA), facts=[owned(MONDAY), by_us(BEN)])

    assert undone.way is Way.BACK
    assert undone.made is not None
    assert undone.made.values == {"owner": ANA.key}
    assert undone.made.judged == Judged(BEN.key, None, None)
    assert undone.made.because == "taken back by Rita"
    assert is_revert(undone.made)


def test_of_several_changes_the_first_owner_has_it_again() -> None:
    facts = [owned(MONDAY), by_us(BEN), replace(by_us(CHI), source_id="owner:later")]

    first, last = taken_back(given_to(BEN, ANA), given_to(CHI, BEN, "k2"), facts=facts)

    assert (first.way, last.way) == (Way.WITH, Way.BACK)
    assert last.made is not None
    assert last.made.values == {"owner": ANA.key}


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (owned(NOW - HOUR, CHI, MIA), "Chi has it since 2026-03-04T08:00:00Z, by Mia"),
        (called(NOW - HOUR, BEN), "Ben has worked on it since: call 2026-03-04T08:00:00Z"),
        (a_fact(FactKind.CONVERTED, NOW - HOUR), "the lead was converted"),
        (a_fact(FactKind.DELETED, NOW - HOUR), "the lead is deleted"),
    ],
)
def test_what_somebody_has_touched_since_is_left_and_said_why(later: Fact, why: str) -> None:
    [undone] = taken_back(given_to(BEN, ANA), facts=[owned(MONDAY), by_us(BEN), later])

    assert (undone.way, undone.why) == (Way.LEFT, why)


def test_a_lead_is_not_given_back_to_somebody_who_has_left() -> None:
    gone = a_roster(replace(ANA, active=False))

    [undone] = taken_back(given_to(BEN, ANA), facts=[owned(MONDAY), by_us(BEN)], roster=gone)

    assert undone.why == "Ana, whose it was, is not active"


def test_a_status_goes_back_and_what_was_written_with_it_is_emptied_where_it_still_stands() -> None:
    said = {"recycle_reason": "not reached", "nurture_path": "no_answer"}
    write = a_write(
        Action.STATUS, values={"status": "Nurturing", "why": "", **said},
        judged=Judged(ANA.key, SENT, "Working"),
    )  # fmt: skip
    picked = a_fact(FactKind.CHANGED, NOW - HOUR, said | {"nurture_path": "newsletter"})
    facts = [owned(MONDAY), status(MONDAY, "Working"), status(SENT, "Nurturing", BOT), picked]

    [undone] = taken_back(write, facts=facts)

    assert undone.made is not None
    assert undone.made.values == {
        "status": "Working", "why": "taken back by Rita", "recycle_reason": None,
    }  # fmt: skip


def test_a_status_that_is_there_already_needs_nothing() -> None:
    write = a_write(
        Action.STATUS, values={"status": "Nurturing"}, judged=Judged(ANA.key, SENT, "Working")
    )

    [undone] = taken_back(write, facts=[owned(MONDAY), status(NOW - HOUR, "Working")])

    assert undone.way is Way.BEFORE


@pytest.mark.parametrize(
    "action",
    [
        Action.CREATE_LEAD, Action.CLOSE_TASK, Action.CLEAR_STALE, Action.PROPERTY, Action.LIST,
        Action.PROGRAMME, Action.NOTIFY,
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_says_what_to_do(action: Action) -> None:
    [undone] = taken_back(a_write(action), facts=[owned(MONDAY)])

    assert undone.way is Way.LEFT
    assert undone.why
    assert undone.made is None


@pytest.mark.parametrize("action", [Action.SHOW, Action.PROPERTIES])
def test_what_only_shows_how_it_stands_follows(action: Action) -> None:
    assert taken_back(a_write(action), facts=[owned(MONDAY)])[0].way is Way.FOLLOWS


def test_every_action_has_an_answer() -> None:
    for action in Action:
        values = {"owner": BEN.key, "status": "Working", "subject": "Call"}
        write = a_write(action, values=values, task_key="k1", judged=Judged(ANA.key, SENT, "Open"))
        assert taken_back(write, facts=[owned(MONDAY)])


def test_the_key_is_the_same_each_time_and_another_after_a_try_in_vain() -> None:
    write = given_to(BEN, ANA)

    assert revert_key(write, 0, ORG) == revert_key(replace(write, values={}), 0, ORG)
    assert len({revert_key(write, 0, ORG), revert_key(write, 1, ORG), write.key}) == 3


def test_a_cycle_that_the_status_ended_goes_on_once_it_is_put_back() -> None:
    put_back = a_fact(FactKind.STATUS, NOW - HOUR, {"status": "Working"}, source="slasync")
    handed = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "score", "evidence": {}},
        source="slasync",
    )  # fmt: skip
    facts = [owned(MONDAY), handed, status(SENT, "Nurturing", BOT)]

    ended = Draft(terms(NOW), a_lead(), facts).state
    goes_on = Draft(terms(NOW), a_lead(), [*facts, put_back]).state

    assert ended.open_cycle is None
    assert goes_on.open_cycle is not None
    [pause] = goes_on.open_cycle.closed
    assert (pause.begins, pause.ends) == (SENT, NOW - HOUR)


def test_a_cycle_that_a_person_ended_stays_ended() -> None:
    put_back = a_fact(FactKind.STATUS, NOW - HOUR, {"status": "Working"}, source="slasync")
    handed = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "score", "evidence": {}},
        source="slasync",
    )  # fmt: skip
    facts = [owned(MONDAY), handed, status(SENT, "Nurturing", ANA), put_back]

    assert Draft(terms(NOW), a_lead(), facts).state.open_cycle is None
