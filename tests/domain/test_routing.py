"""Who gets a lead: in turn, by what each was given, and never somebody who cannot take it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.lead import Absence, Roster, UserKey
from slasync.domain.routing import Assign, PoolState, route
from tests.builders import ANA, BEN, CHI, DAY, MIA, MONDAY, POOL, QUEUE, a_roster
from tests.faults.marks import fault

ASSIGN = Assign("inbound", "c1", 0)


def dealt(times: int, state: PoolState, roster: Roster | None = None) -> list[UserKey]:
    owners = []
    for _ in range(times):
        choice, state = route(ASSIGN, POOL, state, roster or a_roster(), MONDAY)
        assert choice.owner is not None
        owners.append(choice.owner)
    return owners


def test_leads_of_one_tick_are_spread_over_the_pool() -> None:
    assert Counter(dealt(9, {})) == {ANA.key: 3, BEN.key: 3, CHI.key: 3}


@given(times=st.integers(1, 60))
def test_nobody_is_ever_more_than_one_ahead(times: int) -> None:
    counts = Counter(dict.fromkeys([ANA.key, BEN.key, CHI.key], 0))
    counts.update(dealt(times, {}))

    assert max(counts.values()) - min(counts.values()) <= 1


def test_somebody_who_joins_begins_where_the_others_are() -> None:
    state = {"ana@sandbox.example": 40, "ben@sandbox.example": 40}

    assert Counter(dealt(6, state)) == {ANA.key: 2, BEN.key: 2, CHI.key: 2}


@fault("V36")
@pytest.mark.parametrize("why", ["inactive", "absent", "had it before", "no user of the CRM"])
def test_who_cannot_take_it_is_passed_over_and_it_is_said_why(why: str) -> None:
    users = {u.key: u for u in (ANA, BEN, CHI, MIA, QUEUE)}
    away = Absence("ana@sandbox.example", MONDAY - DAY, MONDAY + DAY)
    roster, assign = a_roster(), ASSIGN
    if why == "inactive":
        users[ANA.key] = replace(ANA, active=False)
        roster = Roster.of(users, {POOL.name: POOL})
    elif why == "absent":
        roster = a_roster(absences=(away,))
    elif why == "had it before":
        assign = replace(ASSIGN, exclude=frozenset({ANA.key}))
    else:
        del users[ANA.key]
        roster = Roster.of(users, {POOL.name: POOL})

    choice, state = route(assign, POOL, {}, roster, MONDAY)

    assert choice.owner == BEN.key
    assert "passed over: ana@sandbox.example" in choice.why
    assert state["ben@sandbox.example"] == 1


def test_when_nobody_can_take_it_the_queue_does_and_nobody_is_charged() -> None:
    everybody = frozenset({ANA.key, BEN.key, CHI.key})

    choice, state = route(replace(ASSIGN, exclude=everybody), POOL, {}, a_roster(), MONDAY)

    assert (choice.owner, state) == (QUEUE.key, {})


def test_without_a_queue_nobody_is_made_up() -> None:
    everybody = frozenset({ANA.key, BEN.key, CHI.key})
    pool = replace(POOL, queue=None)

    choice, _ = route(replace(ASSIGN, exclude=everybody), pool, {}, a_roster(), MONDAY)

    assert choice.owner is None
    assert "no queue" in choice.why
