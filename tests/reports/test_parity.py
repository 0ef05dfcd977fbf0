"""What shadow would have written against what others did: a case worked out by hand, each rule."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, User
from slasync.domain.writes import Action, Role, Write
from slasync.reports.parity import (
    Compared,
    Deed,
    House,
    Kept,
    Outcome,
    Span,
    What,
    compare,
    counted,
)
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    DAY,
    HOUR,
    LEAD,
    MIA,
    MINUTE,
    MONDAY,
    a_fact,
    a_roster,
    an_agreement,
    called,
    owned,
    status,
)

FOUR_HOURS = timedelta(hours=4)
HOUSE = House(an_agreement(), a_roster())


def span(until: datetime = MONDAY + 30 * DAY, tolerance: timedelta = FOUR_HOURS) -> Span:
    return Span(MONDAY - DAY, until, tolerance)


def handed_over(at: datetime = MONDAY, cycle: str = "c1") -> list[Fact]:
    """A hand-over in mode shadow."""
    begun = {"cycle": cycle, "definition": "score", "evidence": {}}
    return [mode(at), a_fact(FactKind.HANDOVER, at, begun, source=OURS)]


def mode(at: datetime, word: str = "shadow", team: str = "inbound") -> Fact:
    data = {"mode": word, "teams": [team], "why": "said so"}
    return a_fact(FactKind.MODE, at, data, source=OURS)


def write(action: Action, at: datetime, key: str = "k", **more: Any) -> Kept:
    ordinary: dict[str, Any] = {
        "values": {},
        "cycle": "c1",
        "clock": "first_touch",
        "rung": "day_1",
    }
    made = Write(key=key, lead=LEAD, system="salesforce", action=action, **ordinary | more)
    return Kept(at, ("inbound",), made)


def owner(at: datetime, user: User, **more: Any) -> Kept:
    return write(Action.OWNER, at, values={"owner": user.key}, **more)


def task(at: datetime, user: User = ANA, key: str = "t1", **more: Any) -> Kept:
    values = {"owner": user.key, "subject": "Call"}
    return write(Action.TASK, at, key, values=values, task_key=key, role=Role.OWNER, **more)


def found(kept: Sequence[Kept], *facts: Fact, **of_span: Any) -> list[Compared]:
    return compare(LEAD, kept, [*handed_over(), *facts], HOUSE, span(**of_span))


def outcomes(kept: Sequence[Kept], *facts: Fact, **of_span: Any) -> list[Outcome]:
    return [each.outcome for each in found(kept, *facts, **of_span)]


# by hand


def test_a_case_worked_out_by_hand() -> None:
    """Four leads of one Monday, tolerance 4 h:

    1  slasync: Ana at 9:00.   A tool: Ana at 11:00.               the same, 120 min later: agreed
    2  slasync: Ben at 9:00.   A tool: Chi at 9:10.                another owner
       slasync: task at 9:00.  Chi calls on Wednesday 9:00.        nobody of whom Ben is: not done
    3  slasync: Ana at 9:00.   Mia: Ana on Tuesday 9:00.           the same, a day later: later
       Mia gives it back to marketing on Friday 9:00.              done only by others
    4  slasync: Ana at 9:00, task for her. Nothing at all.         not done, not done

    Owner changes: 4, of which 1 agreed, 1 other, 1 later, 1 not done; tasks: 2, none done.
    """
    friday = MONDAY + 4 * DAY
    cases: dict[str, tuple[list[Kept], list[Fact]]] = {
        "1": ([owner(MONDAY, ANA)], [owned(MONDAY + 2 * HOUR, ANA, BOT)]),
        "2": (
            [owner(MONDAY, BEN), task(MONDAY, BEN)],
            [owned(MONDAY + 10 * MINUTE, CHI, BOT), called(MONDAY + 2 * DAY, CHI)],
        ),
        "3": (
            [owner(MONDAY, ANA)],
            [owned(MONDAY + DAY, ANA, MIA), status(friday, "Nurturing", MIA)],
        ),
        "4": ([owner(MONDAY, ANA), task(MONDAY, ANA)], []),
    }
    every = [
        each
        for name, (kept, facts) in cases.items()
        for each in compare(LeadKey(name), kept, [*handed_over(), *facts], HOUSE, span())
    ]
    told = [(each.lead, each.what, each.outcome, each.apart) for each in every]
    assert told == [
        ("1", What.OWNER, Outcome.AGREED, 2 * HOUR),
        ("2", What.OWNER, Outcome.OTHER, 10 * MINUTE),
        ("2", What.TASK, Outcome.NOT_DONE, None),
        ("3", What.OWNER, Outcome.LATER, DAY),
        ("3", What.STATUS, Outcome.ONLY_OTHERS, None),
        ("4", What.OWNER, Outcome.NOT_DONE, None),
        ("4", What.TASK, Outcome.NOT_DONE, None),
    ]
    owners = counted(each for each in every if each.what is What.OWNER)
    assert (owners.thought_of, owners.judged) == (4, 4)
    assert [owners.share(outcome) for outcome in Outcome][:5] == [0.25, 0.25, 0, 0.25, 0.25]
    total = counted(every)
    assert (total.thought_of, total.of(Outcome.ONLY_OTHERS)) == (6, 1)
    assert total.share(Outcome.AGREED) == pytest.approx(1 / 6)


# owners


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (-4 * HOUR - MINUTE, Outcome.NOT_DONE),  # before the lead was anybody's business
        (-4 * HOUR, Outcome.AGREED),
        (4 * HOUR, Outcome.AGREED),
        (4 * HOUR + MINUTE, Outcome.LATER),
        (9 * DAY, Outcome.LATER),
    ],
)
def test_the_same_within_the_tolerance_agrees(after: timedelta, outcome: Outcome) -> None:
    assert outcomes([owner(MONDAY, ANA)], owned(MONDAY + after, ANA, BOT)) == [outcome]


def test_the_same_longer_before_is_earlier() -> None:
    kept = [owner(MONDAY + 3 * DAY, BEN)]
    assert outcomes(kept, owned(MONDAY + DAY, BEN, MIA)) == [Outcome.EARLIER]


def test_another_owner_much_later_is_no_answer() -> None:
    kept = [owner(MONDAY, ANA)]
    told = outcomes(kept, owned(MONDAY + DAY, BEN, MIA))
    assert told == [Outcome.NOT_DONE, Outcome.ONLY_OTHERS]


def test_each_deed_answers_once_and_the_nearest_of_the_same_comes_first() -> None:
    kept = [owner(MONDAY, ANA, key="a"), owner(MONDAY + 3 * DAY, BEN, key="b")]
    facts = [owned(MONDAY + MINUTE, BEN, BOT), owned(MONDAY + HOUR, ANA, BOT)]
    (first, second) = found(kept, *facts)
    assert (first.outcome, first.apart) == (Outcome.AGREED, HOUR)
    assert (second.outcome, second.apart) == (Outcome.EARLIER, MINUTE - 3 * DAY)


def test_an_owner_who_stays_is_no_change() -> None:
    facts = [owned(MONDAY + MINUTE, ANA, BOT), owned(MONDAY + HOUR, ANA, MIA)]
    assert outcomes([], *facts) == [Outcome.ONLY_OTHERS]


def test_who_did_it_is_told_a_person_from_another_tool() -> None:
    facts = [owned(MONDAY + MINUTE, ANA, BOT), owned(MONDAY + HOUR, BEN, MIA)]
    facts += [owned(MONDAY + 2 * HOUR, CHI)]
    told = [each.deed.how for each in found([], *facts) if each.deed]
    assert told == ["another tool", "a person", "nobody known"]


def test_a_contacts_owner_is_not_the_leads() -> None:
    fact = a_fact(FactKind.OWNER, MONDAY + HOUR, {"owner": ANA.key, "of": "contact"}, by=BOT)
    assert outcomes([owner(MONDAY, ANA)], fact) == [Outcome.NOT_DONE]


def test_what_slasync_itself_did_is_nobody_elses_deed() -> None:
    own = a_fact(FactKind.OWNER, MONDAY + HOUR, {"owner": ANA.key}, source=OURS)
    assert outcomes([owner(MONDAY, ANA)], own) == [Outcome.NOT_DONE]


def test_the_owner_a_record_is_created_with_is_compared_too() -> None:
    made = write(Action.CREATE_LEAD, MONDAY, values={"owner": ANA.key})
    assert outcomes([made], owned(MONDAY + HOUR, ANA, BOT)) == [Outcome.AGREED]


# tasks


def test_a_task_is_answered_by_whom_it_asks() -> None:
    assert outcomes([task(MONDAY)], called(MONDAY + HOUR, ANA)) == [Outcome.AGREED]
    assert outcomes([task(MONDAY)], called(MONDAY + HOUR, BEN)) == [Outcome.OTHER]
    assert outcomes([task(MONDAY)], called(MONDAY + DAY, ANA)) == [Outcome.LATER]


def test_automation_answers_no_task() -> None:
    assert outcomes([task(MONDAY)], called(MONDAY + HOUR, BOT)) == [Outcome.NOT_DONE]


def test_more_work_than_was_asked_for_is_no_difference() -> None:
    calls = [called(MONDAY + n * HOUR, ANA) for n in range(3)]
    assert outcomes([task(MONDAY)], *calls) == [Outcome.AGREED]


def test_reminders_and_closings_of_a_task_are_not_compared() -> None:
    reminder = write(Action.TASK, MONDAY + DAY, "k2", values={"owner": ANA.key}, task_key="t1")
    closing = write(Action.CLOSE_TASK, MONDAY + DAY, "k3", task_key="t1")
    assert len(found([task(MONDAY), reminder, closing])) == 1


# status, flags


def test_a_lead_given_back_to_marketing_is_compared_by_its_status() -> None:
    kept = [write(Action.STATUS, MONDAY + DAY, values={"status": "Nurturing"})]
    assert outcomes(kept, status(MONDAY + DAY + HOUR, "Nurturing", BEN)) == [Outcome.AGREED]


def test_a_reps_own_statuses_are_work_and_no_difference() -> None:
    assert outcomes([], status(MONDAY + HOUR, "Working", ANA)) == []


def test_of_a_flag_it_is_only_told_that_there_would_have_been_one() -> None:
    assert outcomes([write(Action.FLAG_STALE, MONDAY + DAY)]) == [Outcome.NOT_DONE]


# time


def test_what_is_younger_than_the_tolerance_is_too_early_to_tell() -> None:
    told = found([owner(MONDAY, ANA)], until=MONDAY + 3 * HOUR)
    count = counted(told)
    assert [each.outcome for each in told] == [Outcome.TOO_EARLY]
    assert (count.thought_of, count.judged, count.share(Outcome.AGREED)) == (1, 0, None)


def test_what_is_learned_of_a_time_that_is_not_wholly_known_does_not_count() -> None:
    late = owned(MONDAY + 6 * HOUR, ANA, BOT)
    assert outcomes([owner(MONDAY, ANA)], late, until=MONDAY + 5 * HOUR) == [Outcome.NOT_DONE]


def test_deeds_of_a_time_in_which_the_lead_was_enforced_do_not_count() -> None:
    facts = [mode(MONDAY + DAY, "enforce"), owned(MONDAY + 2 * DAY, BEN, MIA)]
    assert outcomes([], *facts) == []


def test_the_owner_a_lead_came_with_is_nobodys_deed() -> None:
    assert outcomes([], owned(MONDAY - HOUR, ANA), owned(MONDAY, BEN, MIA)) == []


def test_what_brought_a_lead_to_a_shadowed_team_is_no_difference() -> None:
    facts = [mode(MONDAY + MINUTE, "enforce"), owned(MONDAY + DAY, BEN, MIA)]
    assert outcomes([], *facts, mode(MONDAY + DAY + MINUTE)) == []


def test_each_cycle_answers_for_itself() -> None:
    second = handed_over(MONDAY + 10 * DAY, "c2")
    later = owner(MONDAY + 10 * DAY, ANA, key="b", cycle="c2")
    told = found([owner(MONDAY, ANA), later], *second, owned(MONDAY + 10 * DAY + HOUR, ANA, BOT))
    assert [(each.thought.cycle, each.outcome) for each in told if each.thought] == [
        ("c1", Outcome.NOT_DONE),
        ("c2", Outcome.AGREED),
    ]


def test_a_deed_is_the_team_s_that_had_the_lead_then() -> None:
    facts = [mode(MONDAY + DAY, team="dach"), owned(MONDAY + 2 * DAY, BEN, MIA)]
    (told,) = found([], *facts)
    assert told.teams == ("dach",)


def test_facts_in_any_order_give_the_same() -> None:
    facts = [
        *handed_over(),
        owned(MONDAY + HOUR, ANA, BOT),
        owned(MONDAY + DAY, BEN, MIA),
        called(MONDAY + 2 * HOUR, ANA),
    ]
    kept = [owner(MONDAY, ANA), task(MONDAY)]
    there = compare(LEAD, kept, facts, HOUSE, span())
    assert compare(LEAD, kept[::-1], facts[::-1], HOUSE, span()) == there
    assert [each.outcome for each in there] == [Outcome.AGREED, Outcome.AGREED, Outcome.ONLY_OTHERS]


# tasks that others made


def asked(at: datetime, whom: User, by: User = BOT) -> Deed:
    return HOUSE.deed(What.TASK, at, whom.key, by.key)


def test_a_task_that_a_tool_made_for_the_same_person_is_the_same() -> None:
    (same,) = compare(
        LEAD, [task(MONDAY)], handed_over(), HOUSE, span(), [asked(MONDAY + HOUR, ANA)]
    )

    assert same.outcome is Outcome.AGREED
    assert same.deed is not None
    assert same.deed.how == "another tool"


def test_a_task_that_a_tool_made_for_another_person_is_another() -> None:
    (other,) = compare(
        LEAD, [task(MONDAY)], handed_over(), HOUSE, span(), [asked(MONDAY + HOUR, BEN)]
    )

    assert other.outcome is Outcome.OTHER


def test_a_task_that_was_made_when_the_lead_was_not_shadowed_is_not_compared() -> None:
    facts = [*handed_over(), mode(MONDAY + HOUR, "enforce")]

    (alone,) = compare(LEAD, [task(MONDAY)], facts, HOUSE, span(), [asked(MONDAY + DAY, ANA)])

    assert alone.outcome is Outcome.NOT_DONE
