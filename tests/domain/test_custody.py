"""Custody: every microsecond of a clock is booked once, and outages are no one's fault."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import Start
from slasync.domain.figures.custody import Hands, Held, Holder, Outage, blamed, custody, roles_of
from slasync.domain.lead import User, UserKey
from slasync.domain.state import OwnedFrom
from slasync.domain.time.calendars import Pause
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MONDAY,
    POOL,
    QUEUE,
    a_roster,
    nine_to_five,
)
from tests.pains.marks import pain

CALENDAR = nine_to_five()
MARA = User(UserKey("005MARA"), "Mara", "mara@sandbox.example")
ROSTER = a_roster(MARA, pool=replace(POOL, marketing=("mara@sandbox.example",)))
ROLES = roles_of(ROSTER)
PEOPLE = (ANA, BEN, CHI, MIA, MARA, BOT, QUEUE)


def owned(*turns: tuple[timedelta, User]) -> list[OwnedFrom]:
    return [OwnedFrom(MONDAY + after, user.key, None, ours=False) for after, user in turns]


def hands(
    owners: Sequence[OwnedFrom],
    outages: Sequence[Outage] = (),
    pauses: Sequence[Pause] = (),
    **changes: object,
) -> Hands:
    policy = replace(FIRST_TOUCH, **changes)  # type: ignore[arg-type]
    return Hands(policy, CALENDAR, owners, pauses, outages, ROLES)


def booked(found: Sequence[Held]) -> list[tuple[Holder, timedelta]]:
    return [(held.holder, held.worked) for held in found]


@pain("P11")
def test_five_hours_with_one_and_one_with_another_are_booked_to_each() -> None:
    found = custody(hands(owned((0 * HOUR, ANA), (5 * HOUR, BEN))), MONDAY, MONDAY + 6 * HOUR)

    assert [(held.who, held.worked) for held in found] == [
        (ANA.key, 5 * HOUR), (BEN.key, HOUR),
    ]  # fmt: skip
    held = blamed(found)
    assert held is not None
    assert held.who == ANA.key


def test_each_holder_is_known_by_his_role() -> None:
    turns = owned(
        (0 * HOUR, QUEUE), (HOUR, ANA), (2 * HOUR, MIA), (3 * HOUR, MARA), (4 * HOUR, BOT)
    )

    found = custody(hands(turns), MONDAY, MONDAY + 5 * HOUR)

    assert booked(found) == [
        (Holder.QUEUE, HOUR), (Holder.REP, HOUR), (Holder.MANAGER, HOUR),
        (Holder.MARKETING, HOUR), (Holder.QUEUE, HOUR),
    ]  # fmt: skip


def test_before_anybody_is_known_to_own_it_a_lead_is_nobody_s() -> None:
    found = custody(hands(owned((HOUR, ANA))), MONDAY, MONDAY + 2 * HOUR)
    assert booked(found) == [(Holder.QUEUE, HOUR), (Holder.REP, HOUR)]


def test_an_outage_is_nobody_s_fault() -> None:
    down = Outage(MONDAY + HOUR, MONDAY + 5 * HOUR, "salesforce.tasks")

    found = custody(hands(owned((0 * HOUR, ANA)), [down]), MONDAY, MONDAY + 6 * HOUR)

    assert booked(found) == [(Holder.REP, HOUR), (Holder.OUTAGE, 4 * HOUR), (Holder.REP, HOUR)]
    held = blamed(found)
    assert held is not None
    assert held.holder is Holder.REP


def test_what_was_an_outage_alone_is_blamed_on_nobody() -> None:
    down = Outage(MONDAY - DAY, MONDAY + DAY, "salesforce.tasks")
    found = custody(hands(owned((0 * HOUR, ANA)), [down]), MONDAY, MONDAY + HOUR)
    assert blamed(found) is None


def test_nights_weekends_and_pauses_are_booked_to_nobody() -> None:
    pause = Pause(MONDAY + HOUR, MONDAY + 3 * HOUR)

    found = custody(hands(owned((0 * HOUR, ANA)), pauses=[pause]), MONDAY, MONDAY + DAY)

    assert booked(found) == [(Holder.REP, 6 * HOUR)]


def test_a_lead_that_went_back_is_marketing_s_whoever_owns_its_record() -> None:
    back = hands(owned((0 * HOUR, ANA)), starts_on=Start.RECYCLED)
    found = custody(back, MONDAY, MONDAY + 2 * HOUR)
    assert booked(found) == [(Holder.MARKETING, 2 * HOUR)]


def test_a_clock_that_has_not_run_is_booked_to_nobody() -> None:
    assert custody(hands(owned((0 * HOUR, ANA))), MONDAY, MONDAY) == ()


def test_a_member_who_manages_another_pool_works_leads_as_a_rep() -> None:
    both = a_roster(pool=replace(POOL, manager=ANA.email))
    assert roles_of(both)[ANA.key] is Holder.REP


SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


@given(
    turns=st.lists(st.tuples(SPANS, st.sampled_from(PEOPLE)), max_size=6),
    outages=st.lists(st.tuples(SPANS, SPANS), max_size=4),
    pauses=st.lists(st.tuples(SPANS, SPANS), max_size=4),
    since=SPANS,
    lasts=SPANS,
)
def test_what_is_booked_adds_up_to_the_clock_s_elapsed_time_exactly(
    turns: list[tuple[timedelta, User]],
    outages: list[tuple[timedelta, timedelta]],
    pauses: list[tuple[timedelta, timedelta]],
    since: timedelta,
    lasts: timedelta,
) -> None:
    owners = owned(*sorted(turns, key=lambda turn: turn[0]))
    down = [Outage(MONDAY + a, MONDAY + a + b, "salesforce.tasks") for a, b in outages]
    still = [Pause(MONDAY + a, MONDAY + a + b) for a, b in pauses]
    begins, ends = MONDAY + since, MONDAY + since + lasts

    found = custody(hands(owners, down, still), begins, ends)

    elapsed = CALENDAR.elapsed(begins, ends, still)
    assert sum((held.worked for held in found), timedelta(0)) == elapsed
    assert all(held.worked >= timedelta(0) for held in found)
    assert all(a.ends == b.begins for a, b in pairwise(found))
