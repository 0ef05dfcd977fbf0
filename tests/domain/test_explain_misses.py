"""What nearly happened is told with what kept it from happening, and why nothing happened."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from slasync.domain.agreement import Trigger
from slasync.domain.explaining.account import Account, Decided, Stream, Written
from slasync.domain.explaining.explain import explained
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Absence
from slasync.domain.writes import Action, Write
from tests.builders import (
    ANA,
    BEN,
    CONTACT,
    DAY,
    HOUR,
    LEAD,
    MIA,
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
from tests.domain.explaining import HANDED, ROUTED, WORKED, an_account, fired, misses, ruled, told

SCORE = ruled("score", "score >= 75")
FORM = ruled("form", "form == 'Demo request'", Trigger.EVERY_CHANGE)
BOTH = ruled("fit_and_demo", "score >= 50 and form == 'Demo request'")


def judged(facts: Sequence[Fact], *definitions: Any, days: int = 1, **changes: Any) -> Account:
    now = MONDAY + days * DAY
    agreement = an_agreement(definitions=definitions or (SCORE, FORM))
    return an_account(facts, now, terms=terms(now, agreement=agreement), **changes)


def changed(hours: int, **data: Any) -> Fact:
    return a_fact(FactKind.CHANGED, MONDAY + hours * HOUR, data, source="hubspot")


def nothing(account: Account) -> str:
    return explained(account).nothing or ""


# Definitions


def test_a_score_of_74_of_75_nearly_handed_the_lead_over() -> None:
    assert misses(judged([scored(MONDAY, 74)]), "definition") == [
        "score: nearly met: score >= 75 fails: score is 74, off by 1"
    ]


def test_the_condition_that_failed_alone_is_named_and_a_null_field_too() -> None:
    account = judged([scored(MONDAY, 60)], BOTH)

    assert misses(account, "definition") == [
        "fit_and_demo: nearly met: form == 'Demo request' cannot be told: form is unknown"
    ]
    assert told(account, "Definitions of an MQL") == (
        "fit_and_demo: score >= 50 and form == 'Demo request' is not met now",
        "  score >= 50 holds: score is 60",
        "  form == 'Demo request' cannot be told: form is unknown",
        "  lacking: form == 'Demo request' cannot be told: form is unknown",
    )


def test_when_it_was_nearer_before_that_moment_is_told() -> None:
    account = judged([changed(0, score=20), changed(1, score=70), changed(2, score=40)], SCORE)

    assert misses(account, "definition") == [
        "score: nearest at 2026-03-02T10:00:00Z: score >= 75 fails: score is 70, off by 5"
    ]
    assert "It was nearer at 2026-03-02T10:00:00Z: score >= 75 fails" in nothing(account)


def test_a_definition_far_from_being_met_is_no_near_miss() -> None:
    assert misses(judged([scored(MONDAY, 10)]), "definition") == []


def test_one_that_is_met_while_sales_has_the_lead_hands_nothing_over() -> None:
    form = changed(5, form="Demo request")

    assert misses(judged([*WORKED, form]), "definition") == [
        "form: met at 2026-03-02T14:00:00Z while cycle c1 was open: no new hand-over"
    ]


def test_one_that_is_met_again_and_again_meanwhile_is_counted() -> None:
    forms = [changed(n, form="Demo request") for n in range(3, 8)]

    (counted,) = misses(judged([*WORKED, *forms]), "definition")

    assert counted == (
        "form: met 5 times from 2026-03-02T12:00:00Z to 2026-03-02T16:00:00Z while cycle c1 was"
        " open: no new hand-over"
    )


def test_the_meeting_that_opened_the_cycle_is_not_told_as_one_in_vain() -> None:
    assert misses(judged(WORKED), "definition") == []


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (SCORE, "it has to fail once and be met anew to hand the lead over again"),
        (
            ruled("score", "score >= 75", Trigger.EVERY_CHANGE),
            "another change of its fields would hand it over again",
        ),
    ],
)
def test_a_score_that_never_fell_again_opens_no_second_cycle(definition: Any, words: str) -> None:
    facts = [*WORKED, status(MONDAY + HOUR, "New"), status(MONDAY + 2 * HOUR, "Nurturing")]

    assert misses(judged(facts, definition), "definition") == [
        f"score: met already when the cycle ended at 2026-03-02T11:00:00Z: {words}"
    ]


# Rungs


def test_the_next_rung_that_an_ended_clock_did_not_reach_says_by_how_much() -> None:
    account = judged([*WORKED, called(MONDAY + DAY - 2 * HOUR)])

    assert "first_touch/day_1: not reached: the clock ended 2 h before (touch)" in misses(
        account, "rung"
    )
    assert not any("day_2" in words for words in misses(account, "rung"))


def test_a_rung_whose_time_passed_unseen_before_the_end_was_missed() -> None:
    passed = fired("day_1", MONDAY + DAY + HOUR, superseded=True)
    facts = [*WORKED, fired("day_0", MONDAY), called(MONDAY + DAY + HOUR), passed]

    assert misses(judged(facts, days=2), "rung")[0] == (
        "first_touch/day_1: passed 2026-03-03T10:00:00Z: a breach, and nobody was told; the clock"
        " had ended, or begun anew, before slasync could see it due"
    )


def test_a_rung_waiting_for_data_names_each_stream_and_its_watermark() -> None:
    streams = {"salesforce.tasks": Stream(MONDAY - HOUR, "503")}

    (waiting,) = misses(judged(WORKED, days=0, streams=streams), "rung")

    assert waiting == (
        "first_touch/day_0: waiting for data: salesforce.tasks is known up to"
        " 2026-03-02T08:00:00Z only (503); salesforce.lead_history has not been read to its end yet"
    )


def test_a_record_whose_owner_was_not_read_yet_is_waited_for() -> None:
    account = judged([scored(MONDAY), HANDED, ROUTED], days=0)

    assert misses(account, "rung") == [
        "first_touch/day_0: waiting for record: whose it is in salesforce has not been read yet"
    ]


def test_a_task_held_by_a_cap_says_where_it_is_seen() -> None:
    write = Write(
        key="k", lead=LEAD, system="salesforce", action=Action.TASK, values={}, cycle="c1",
        clock="first_touch", rung="day_0",
    )  # fmt: skip
    effect = {"kind": "task", "role": "owner", "to": ANA.key, "task_key": "k"}
    facts = [*WORKED, fired("day_0", MONDAY, effects=[effect])]
    account = judged(facts, days=0, writes=[Written(write, "held", None, MONDAY)])

    held = "task: held by a cap on late tasks: `slasync plan` shows it"
    assert misses(account, "effect") == [f"first_touch/day_0: {held}"]
    assert f"  {held}" in told(account, "Clock first_touch")
    assert "Task was decided and is held: `slasync plan`." in nothing(account)


def test_an_owner_that_a_person_chose_keeps_the_lead_from_being_reassigned() -> None:
    said = "day_3: a person chose this owner; not reassigned"
    digest = {"kind": "digest", "role": "leadership", "to": "lea@sandbox.example"}
    facts = [
        *WORKED,
        owned(MONDAY + HOUR, BEN, by=MIA),
        fired("day_3", MONDAY + 3 * DAY, effects=[digest]),
    ]
    account = judged(
        facts, days=4, decisions=[Decided(MONDAY + 3 * DAY, "enforce", (said, "other"))]
    )

    assert misses(account, "effect") == [
        "first_touch/day_3: a person chose this owner; not reassigned"
    ]
    assert misses(account, "routing") == [
        "to others: Ben was chosen by a person, and nobody else gets the lead"
    ]


def test_while_observing_a_rung_says_that_nothing_was_written() -> None:
    facts = [*WORKED, fired("day_0", MONDAY)]
    account = judged(
        facts, days=0, mode="observe", decisions=[Decided(MONDAY, "observe", ("fired",))]
    )

    assert "first_touch/day_0: nothing was written: mode observe" in misses(account, "effect")
    assert nothing(account).endswith("Besides, mode observe decides and shows, and writes nothing.")


# Routing


def test_who_was_passed_over_and_which_rules_did_not_apply_is_told_one_by_one() -> None:
    why = (
        "no rule: round robin in inbound: chi@x.example is next at turn 0; passed over:"
        " ana@x.example is absent, ben@x.example has 3 open leads, 3 are the most"
        "; not by dach: country == 'DE' is not met, country is 'FR'"
    )
    missed = ["dach: country == 'DE' is not met, country is 'FR'"]
    over = ["ana@x.example is absent", "ben@x.example has 3 open leads, 3 are the most"]
    kept = {"why": why, "missed": missed, "passed_over": over}
    routed = replace(ROUTED, data={**ROUTED.data, **kept})
    account = judged([scored(MONDAY), owned(MONDAY), HANDED, routed], days=0)

    assert misses(account, "routing") == [
        "of c1, start 1: passed over: ana@x.example is absent",
        "of c1, start 1: passed over: ben@x.example has 3 open leads, 3 are the most",
        f"of c1, start 1: not by rule {missed[0]}",
    ]
    assert told(account, "Cycle c1")[3].endswith("; no rule: round robin in inbound:"
        " chi@x.example is next at turn 0")  # fmt: skip


def test_a_lead_that_nobody_can_take_says_why_each_of_the_pool_cannot() -> None:
    pool = a_roster().pools["inbound"]
    gone = tuple(Absence(who, MONDAY - DAY, MONDAY + 9 * DAY) for who in pool.members)
    roster = a_roster(pool=replace(pool, queue=None), absences=gone)
    now = MONDAY + HOUR
    account = an_account(
        [scored(MONDAY)], now, lead=a_lead(CONTACT), terms=terms(now, roster=roster)
    )

    assert told(account, "Next")[:2] == (
        "now: an owner from pool inbound, handed over by marketing",
        (
            "  nobody in inbound is eligible and it has no queue; passed over: ana@sandbox.example"
            " is absent, ben@sandbox.example is absent, chi@sandbox.example is absent"
        ),
    )


# Why nothing happened


def test_nothing_is_said_of_nothing_where_something_was_done() -> None:
    write = Write(key="k", lead=LEAD, system="salesforce", action=Action.OWNER, values={})

    account = judged(WORKED, writes=[Written(write, "done", "applied", MONDAY)])

    assert explained(account).nothing is None
    assert all(section.title != "Why nothing happened" for section in explained(account).sections)


def test_a_lead_never_handed_over_names_the_nearest_definition() -> None:
    assert nothing(judged([scored(MONDAY, 74)])) == (
        "Never met since the lead is known: it was not handed over, no clock runs."
        " Nearest is score, score >= 75 fails: score is 74, off by 1."
    )


def test_a_lead_that_was_gone_before_says_so() -> None:
    assert nothing(judged([scored(MONDAY, 10), a_fact(FactKind.DELETED, MONDAY + HOUR)])) == (
        "Not handed over any more: the lead was deleted."
    )


def test_a_lead_handed_over_and_touched_at_once_needed_nothing() -> None:
    told_ = nothing(judged([*WORKED, called(MONDAY)], days=0))

    assert told_.startswith(
        "Handed over at 2026-03-02T09:00:00Z because score was met. Touched at"
        " 2026-03-02T09:00:00Z: call by Ana."
    )
    assert (
        "Clock first_touch, rung day_0: not reached: the clock ended at that very time (touch)."
        in told_
    )


def test_nothing_known_is_nothing_done() -> None:
    assert nothing(judged([])) == "Nothing is known yet."


def test_a_hand_over_alone_is_not_yet_something_done() -> None:
    assert nothing(judged(WORKED, days=0)).startswith("Handed over at")
