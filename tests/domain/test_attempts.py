"""How good the evidence of a touch is, and which touches are attempts of their own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import Evidence, Haste
from slasync.domain.attempts import attempts, conversations, graded
from slasync.domain.facts import Fact, FactKind, Grade
from slasync.domain.history import fold
from slasync.domain.lead import User
from slasync.domain.state import Touch
from tests.builders import (
    ANA,
    BEN,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    a_fact,
    a_roster,
    an_agreement,
    called,
    owned,
    scored,
    status,
)

STRICT = Evidence(
    status_alone=Grade.SUSPECT,
    window=HOUR,
    haste=Haste(3, MINUTE),
    spacing=15 * MINUTE,
)
SECOND = timedelta(seconds=1)


def a_touch(at: datetime, channel: str = "call", by: User = ANA) -> Touch:
    return Touch(at, by.key, channel, Grade.STRONG)


def grades(*touches: Touch, evidence: Evidence = STRICT) -> list[Grade]:
    return [touch.grade for touch in graded(touches, evidence)]


def test_unless_agreed_otherwise_a_status_change_is_as_good_as_a_call() -> None:
    assert grades(a_touch(MONDAY, "status"), evidence=Evidence()) == [Grade.STRONG]


def test_a_status_flipped_with_no_activity_around_it_is_suspect() -> None:
    assert grades(a_touch(MONDAY, "status")) == [Grade.SUSPECT]


@pytest.mark.parametrize("after", [-HOUR, HOUR])
def test_a_status_set_near_a_call_by_the_same_person_is_believed(after: timedelta) -> None:
    touches = [a_touch(MONDAY, "status"), a_touch(MONDAY + after)]

    assert grades(*touches) == [Grade.STRONG, Grade.STRONG]


def test_a_call_too_far_away_or_by_somebody_else_does_not_vouch_for_a_status() -> None:
    far = [a_touch(MONDAY, "status"), a_touch(MONDAY + HOUR + SECOND)]
    other = [a_touch(MONDAY, "status"), a_touch(MONDAY + MINUTE, by=BEN)]

    assert grades(*far)[0] == grades(*other)[0] == Grade.SUSPECT


def test_more_calls_than_anybody_can_make_in_a_minute_are_suspect_all_of_them() -> None:
    hasty = [a_touch(MONDAY + n * 10 * SECOND) for n in range(4)]

    assert grades(*hasty) == [Grade.SUSPECT] * 4
    assert grades(*hasty[:3]) == [Grade.STRONG] * 3


def test_two_people_who_call_at_once_are_not_suspect() -> None:
    by = [ANA, ANA, BEN, BEN]

    assert Grade.SUSPECT not in grades(
        *(a_touch(MONDAY + n * SECOND, by=b) for n, b in enumerate(by))
    )


def test_a_status_set_beside_a_call_tells_how_it_went_and_is_no_attempt_of_its_own() -> None:
    call, flip = a_touch(MONDAY), a_touch(MONDAY + MINUTE, "status")
    alone = a_touch(MONDAY + 2 * DAY, "status")
    another = a_touch(MONDAY, "status", by=BEN)

    for touches in ([call, flip, alone, another], [another, alone, flip, call]):
        counted = attempts(touches, Evidence())
        assert sorted(counted, key=lambda t: t.at) in (
            [call, another, alone], [another, call, alone],
        )  # fmt: skip


def test_touches_closer_than_the_spacing_are_one_attempt() -> None:
    touches = [a_touch(MONDAY + n * MINUTE) for n in (0, 5, 14, 15, 20, 30)]

    assert [t.at - MONDAY for t in attempts(touches, STRICT)] == [
        0 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
    ]
    assert attempts(touches, Evidence()) == touches


@given(st.permutations([
    a_touch(MONDAY),
    a_touch(MONDAY + 5 * SECOND),
    a_touch(MONDAY + 9 * SECOND, "email"),
    a_touch(MONDAY + 11 * SECOND, "status"),
    a_touch(MONDAY + HOUR, by=BEN),
]))  # fmt: skip
def test_the_order_in_which_touches_are_learned_changes_nothing(touches: list[Touch]) -> None:
    ordered = sorted(touches, key=lambda t: t.at)

    assert graded(touches, STRICT) == graded(ordered, STRICT)
    assert attempts(graded(touches, STRICT), STRICT) == attempts(graded(ordered, STRICT), STRICT)


def test_a_suspect_status_does_not_stop_the_clock_until_a_call_vouches_for_it() -> None:
    agreement = replace(an_agreement(), evidence=STRICT)
    flipped = status(MONDAY + 2 * HOUR, "Working")
    handed: list[Fact] = [owned(MONDAY - DAY), scored(MONDAY)]
    handover = Fact(
        kind=FactKind.HANDOVER, occurred_at=MONDAY, seen_at=MONDAY, source="slasync",
        source_id="handover:c1", data={"cycle": "c1", "definition": "score", "evidence": {}},
    )  # fmt: skip

    alone = fold([*handed, handover, flipped], agreement, a_roster()).cycles[0]
    vouched = fold(
        [*handed, handover, flipped, called(MONDAY + 3 * HOUR)], agreement, a_roster()
    ).cycles[0]

    assert alone.first_touch(["strong", "weak"]) is None
    first = vouched.first_touch(["strong"])
    assert first is not None
    assert first.at == flipped.occurred_at


def test_an_attempt_is_no_conversation_a_meeting_and_a_call_of_some_length_are() -> None:
    calls = [
        Touch(MONDAY + n * HOUR, ANA.key, "call", Grade.STRONG, seconds)
        for n, seconds in enumerate((None, 5, 59, 60, 600))
    ]
    others = [a_touch(MONDAY + DAY, "meeting"), a_touch(MONDAY + DAY, "email")]

    spoken = conversations([*calls, *others], Evidence())

    assert spoken == [*calls[3:], others[0]]


def test_which_channels_and_calls_are_conversations_is_agreed() -> None:
    call = Touch(MONDAY, ANA.key, "call", Grade.STRONG, 600)
    touches = [call, a_touch(MONDAY, "email"), a_touch(MONDAY, "meeting")]

    by_mail = conversations(touches, Evidence(spoken=frozenset({"email"}), call_of=None))

    assert [touch.channel for touch in by_mail] == ["email"]


def test_what_is_suspect_is_no_conversation() -> None:
    assert conversations([replace(a_touch(MONDAY, "meeting"), grade=Grade.SUSPECT)], STRICT) == []


def test_what_nobody_can_be_said_to_have_done_is_kept_to_be_shown_and_counts_for_nothing() -> None:
    data = {"channel": "email", "grade": "unclassified", "subject": "News for you"}
    sent = a_fact(FactKind.TOUCH, MONDAY + HOUR, data, by=ANA)

    state = fold([owned(MONDAY), scored(MONDAY), sent], an_agreement(), a_roster())

    assert [(each.touch.channel, each.subject) for each in state.uncounted] == [
        ("email", "News for you")
    ]
    assert (state.unclassified, state.touches) == (1, [])
