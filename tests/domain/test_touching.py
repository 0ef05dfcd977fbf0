"""Whose doing it is: that a task of ours was closed, that a lead has another owner."""

from dataclasses import replace
from datetime import timedelta

import pytest

from slasync.domain.facts import FactKind
from slasync.domain.history import fold
from tests.builders import (
    BEN,
    BOT,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    a_fact,
    a_roster,
    an_agreement,
    owned,
    scored,
)

WISHED, SENT = MONDAY + HOUR, MONDAY + 3 * HOUR
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (-2 * HOUR, True),  # before our wish was sent, long after it was wished
        (timedelta(0), False),  # that is our own closing: a conversion made her the last who wrote
        (timedelta(seconds=30), False),  # vendors' clocks
        (5 * MINUTE, True),  # ours was refused
    ],
)
def test_a_task_that_we_wished_closed_is_a_touch_of_whoever_closed_it_at_another_time(
    after: timedelta, *, counts: bool
) -> None:
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, WISHED, wish, source="slasync", source_id="w"),
        a_fact(FactKind.CLOSED, SENT, {"task_key": "k"}, source="slasync", source_id="c"),
        a_fact(FactKind.TOUCH, SENT + after, data, by=MIA),
    ]
    state = fold(facts, an_agreement(), a_roster())
    assert bool(state.touches) is counts


def test_a_task_that_was_found_closed_after_we_tried_is_nobodys_touch_of_before() -> None:
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    found = {"task_key": "k", "found": True}
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, WISHED, wish, source="slasync", source_id="w"),
        a_fact(FactKind.CLOSED, SENT, found, source="slasync", source_id="c"),
        a_fact(FactKind.TOUCH, SENT - HOUR, data, by=MIA),
    ]
    assert fold(facts, an_agreement(), a_roster()).touches == []


def test_an_owner_found_after_no_answer_is_the_choice_of_whom_the_history_names() -> None:
    """Somebody gave the lead to the very person that we were about to give it to."""
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(
            FactKind.HANDOVER,
            MONDAY,
            {"cycle": "c1", "definition": "score", "evidence": {}},
            source="slasync",
            source_id="handover:c1",
        ),
        a_fact(
            FactKind.OWNER,
            WISHED,
            {"owner": BEN.key, "found": True},
            source="slasync",
            source_id="owner:1",
        ),
    ]
    roster = a_roster()
    named = owned(WISHED + MINUTE, BEN, MIA)
    assert not fold(facts, an_agreement(), roster).pinned(roster)
    assert fold([*facts, named], an_agreement(), roster).pinned(roster)


@pytest.mark.parametrize(("after", "counts"), [(timedelta(), False), (3 * MINUTE, True)])
def test_a_closing_takes_effect_at_any_time_between_its_sending_and_its_answer(
    after: timedelta, *, counts: bool
) -> None:
    """A simulated day: the answer came after a minute and a half, then a rep converted the lead."""
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    closing = a_fact(FactKind.CLOSED, SENT, {"task_key": "k"}, source="slasync", source_id="c")
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, WISHED, wish, source="slasync", source_id="w"),
        replace(closing, seen_at=SENT + 95 * SECOND),
        a_fact(FactKind.TOUCH, SENT + 71 * SECOND + after, data, by=MIA),
    ]
    assert bool(fold(facts, an_agreement(), a_roster()).touches) is counts


@pytest.mark.parametrize(("found", "counts"), [({}, True), ({"found": True}, False)])
def test_a_task_that_had_ended_before_our_only_closing_somebody_ended(
    found: dict[str, bool], *, counts: bool
) -> None:
    """A simulated day: the rep ticked it off while our closing was on its way. The CRM tells that
    we changed it last and that it had ended before; after several tries that may have been us.
    """
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    closing = a_fact(
        FactKind.CLOSED, SENT, {"task_key": "k"} | found, source="slasync", source_id="c"
    )
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, SENT, wish, source="slasync", source_id="w"),
        replace(closing, seen_at=SENT + 6 * SECOND),
        a_fact(FactKind.TOUCH, SENT + 2 * SECOND, data, by=None),
    ]
    assert bool(fold(facts, an_agreement(), a_roster()).touches) is counts


def test_a_closing_of_which_the_crm_tells_who_made_it_is_his_though_we_tried_as_well() -> None:
    """A simulated day: Salesforce refused our closing for hours, and the manager was quicker."""
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    found = {"task_key": "k", "found": True}
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, WISHED, wish, source="slasync", source_id="w"),
        a_fact(FactKind.CLOSED, SENT, found, source="slasync", source_id="c"),
        a_fact(FactKind.TOUCH, SENT - HOUR, data | {"closed_last": True}, by=MIA),
    ]
    [touch] = fold(facts, an_agreement(), a_roster()).touches
    assert touch.by == MIA.key
    assert (
        fold([*facts[:-1], replace(facts[-1], by=BOT.key)], an_agreement(), a_roster()).touches
        == []
    )


def test_what_we_were_read_to_have_closed_is_nobodys_touch_though_our_closing_was_refused() -> None:
    """A simulated day: the first try took effect after the second was refused; hours later the
    manager deleted the lead and restored it, and was the last who had changed the task.
    """
    data = {"task_key": "k", "channel": "task", "grade": "weak", "subject": ""}
    wish = {"cycle": "c1", "clock": "first_touch", "task_keys": ["k"]}
    end = {"task_key": "k", "how": "closed", "id": "00T1", "closed_last": True}
    facts = [
        owned(MONDAY - HOUR),
        scored(MONDAY),
        a_fact(FactKind.WITHDRAWN, WISHED, wish, source="slasync", source_id="w"),
        a_fact(FactKind.TASK_ENDED, SENT, end, by=BOT, source_id="task_ended:1"),
        a_fact(FactKind.TOUCH, SENT, data, by=MIA, source_id="touch:1"),
    ]
    assert fold(facts, an_agreement(), a_roster()).touches == []
    nobody_knows = [*facts[:3], facts[4]]
    assert len(fold(nobody_knows, an_agreement(), a_roster()).touches) == 1
    by_a_person = [*facts[:3], replace(facts[3], by=MIA.key), facts[4]]
    assert len(fold(by_a_person, an_agreement(), a_roster()).touches) == 1
