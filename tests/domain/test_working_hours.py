"""Clocks in the hours of whoever owns the lead: his own, his team's, the agreement's."""

from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest

from slasync.domain.agreement import ClockPolicy, Follows, OnReassign
from slasync.domain.decide import decide
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.facts import Fact
from slasync.domain.lead import Member, Pool, Roster, User, UserKey
from slasync.domain.state import OwnedFrom
from slasync.domain.time.calendars import Calendar, Offset, Unit
from slasync.domain.time.relay import Relay
from slasync.domain.time.working_hours import Teams, hours_of
from tests.builders import (
    ANA,
    BEN,
    CHI,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MONDAY,
    POOL,
    QUEUE,
    a_lead,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    terms,
)

DORA = User(UserKey("005DOR"), "Dora", "dora@sandbox.example", zone="America/New_York")
OFFICE, BERLIN = nine_to_five(), nine_to_five("Europe/Berlin", "berlin")
TOKYO, VIENNA = nine_to_five("Asia/Tokyo", "tokyo"), nine_to_five("Europe/Vienna", "vienna")
CALENDARS = {each.name: each for each in (OFFICE, BERLIN, TOKYO, VIENNA)}
INBOUND = replace(POOL, calendar="berlin", of={"ben@sandbox.example": Member(calendar="tokyo")})
DACH = Pool("dach", ("Dora@sandbox.example",), calendar="vienna", queue="Dach queue")
BARE = Pool("bare", ("bare@sandbox.example",))
NOBODYS = User(UserKey("00GDAC"), "Dach queue", None, QUEUE.kind)
BARELY = User(UserKey("005BAR"), "Bare", "bare@sandbox.example")


def teams(*changed: User) -> Teams:
    users = {u.key: u for u in (ANA, BEN, CHI, MIA, DORA, BARELY, QUEUE, NOBODYS, *changed)}
    pools = {pool.name: pool for pool in (INBOUND, DACH, BARE)}
    return Teams(Roster.of(users, pools), pools, INBOUND, "office", CALENDARS)


@pytest.mark.parametrize(
    ("owner", "own", "team"),
    [
        (BEN, "tokyo", "berlin"),  # has a calendar of his own
        (ANA, "berlin", "berlin"),  # his team's
        (DORA, "vienna", "vienna"),
        (BARELY, "office", "office"),  # his team has none: the agreement's
        (MIA, "berlin", "berlin"),  # manages the team
        (NOBODYS, "vienna", "vienna"),  # the queue of a team
    ],
)
def test_the_owners_calendar_is_his_own_else_his_teams_else_the_agreements(
    owner: User, own: str, team: str
) -> None:
    assert teams().calendar(Follows.OWNER, owner.key).name == own
    assert teams().calendar(Follows.TEAM, owner.key).name == team


@pytest.mark.parametrize("owner", [None, UserKey("005GONE")])
def test_of_an_owner_whom_nobody_knows_the_default_pools_calendar_counts(
    owner: UserKey | None,
) -> None:
    assert teams().calendar(Follows.OWNER, owner).name == "berlin"


def test_where_it_was_agreed_teams_hours_are_read_on_the_owners_own_clock() -> None:
    found = teams().calendar(Follows.OWNER_IN_ZONE, DORA.key)
    assert (found.name, found.spec.zone) == ("vienna in America/New_York", "America/New_York")
    assert found.first_open(MONDAY) == MONDAY + 5 * HOUR  # 9:00 there
    assert teams().calendar(Follows.OWNER_IN_ZONE, DORA.key) is found
    assert teams().calendar(Follows.OWNER_IN_ZONE, BEN.key) is TOKYO


@pytest.mark.parametrize("zone", [None, "Nowhere/Atlantis", "Europe/Vienna"])
def test_a_zone_that_is_none_or_the_same_changes_nothing(zone: str | None) -> None:
    changed = teams(replace(DORA, zone=zone))
    assert changed.calendar(Follows.OWNER_IN_ZONE, DORA.key) is VIENNA


def since(owner: User, at: datetime) -> OwnedFrom:
    return OwnedFrom(at, owner.key, None, ours=False)


def test_owners_with_the_same_calendar_make_one_and_others_a_relay() -> None:
    same = [since(ANA, MONDAY), since(CHI, MONDAY + HOUR)]
    assert hours_of(Follows.OWNER, same, teams()) == ("berlin", BERLIN)
    name, found = hours_of(Follows.OWNER, [*same, since(BEN, MONDAY + DAY)], teams())
    assert (name, type(found)) == ("tokyo", Relay)
    assert hours_of(Follows.OWNER, [], teams()) == ("berlin", BERLIN)


# through decide

BY_OWNER = replace(FIRST_TOUCH, follows=Follows.OWNER, on_reassign=OnReassign.CONTINUE)


def due(facts: list[Fact], policy: ClockPolicy = BY_OWNER) -> tuple[datetime | None, str]:
    """Return when the last rung is due, and the calendar shown."""
    users = teams().roster
    now = terms(
        MONDAY + 2 * HOUR,
        agreement=an_agreement(clocks=(policy,)),
        calendars=CALENDARS,
        roster=users,
    )
    (view,) = decide(a_lead(), facts, now).clocks
    return view.due_at, view.calendar


def only(hours: float) -> ClockPolicy:
    rung = replace(FIRST_TOUCH.rungs[1], after=Offset(hours, Unit.BUSINESS_HOURS))
    return replace(BY_OWNER, rungs=(rung,))


def test_a_deadline_goes_on_in_the_new_owners_calendar_from_the_change_on() -> None:
    # Monday 9:00 UTC is 10:00 in Berlin; Tokyo opens on Tuesday at 0:00 UTC
    facts = [scored(MONDAY), owned(MONDAY, ANA)]
    assert due(facts, only(6)) == (MONDAY + 6 * HOUR, "berlin")
    changed = [*facts, owned(MONDAY + HOUR, BEN, by=MIA)]
    assert due(changed, only(6)) == (MONDAY + 15 * HOUR + 5 * HOUR, "tokyo")


def test_in_whatever_order_owners_are_learned_the_deadline_is_the_same() -> None:
    facts = [
        scored(MONDAY), owned(MONDAY, ANA), owned(MONDAY + HOUR, BEN, by=MIA),
        owned(MONDAY + 2 * HOUR, CHI, by=MIA),
    ]  # fmt: skip
    found = {due([*order], only(6)) for order in permutations(facts)}
    # an hour of Ana's, none of Ben's in Tokyo's night, five of Chi's
    assert found == {(MONDAY + 7 * HOUR, "berlin")}


def test_a_clock_that_begins_anew_with_its_owner_counts_in_his_calendar_alone() -> None:
    rung = replace(FIRST_TOUCH.rungs[1], after=Offset(6, Unit.BUSINESS_HOURS))
    anew = replace(FIRST_TOUCH, follows=Follows.OWNER, rungs=(rung,))
    now = terms(
        MONDAY + HOUR,
        agreement=an_agreement(clocks=(anew,)),
        calendars=CALENDARS,
        roster=teams().roster,
    )
    facts = [scored(MONDAY), owned(MONDAY, ANA)]
    facts += decide(a_lead(), facts, now).facts
    facts.append(owned(MONDAY + HOUR, BEN, by=MIA))
    (view,) = decide(a_lead(), facts, replace(now, now=MONDAY + 2 * HOUR)).clocks
    assert (view.generation, view.due_at) == (1, MONDAY + 15 * HOUR + 6 * HOUR)


def test_explain_tells_whose_calendar_counted_up_to_when() -> None:
    now = terms(
        MONDAY + 2 * HOUR,
        agreement=an_agreement(clocks=(only(6),)),
        calendars=CALENDARS,
        roster=teams().roster,
    )
    facts = [scored(MONDAY), owned(MONDAY, ANA), owned(MONDAY + HOUR, BEN, by=MIA)]
    facts += decide(a_lead(), facts, now).facts
    (clock,) = explained(Account(lead=a_lead(), facts=facts, terms=now)).clocks
    lines = clock.rungs[0].arithmetic
    assert clock.calendar == "tokyo"
    assert any(line.endswith("calendar berlin, zone Europe/Berlin: 1 h") for line in lines)
    assert "then calendar tokyo, zone Asia/Tokyo" in lines


def test_a_calendar_is_what_it_was_where_nobody_asked_for_the_owners() -> None:
    facts = [scored(MONDAY), owned(MONDAY, BEN)]
    fixed: Calendar = CALENDARS["office"]
    plain = replace(only(6), follows=None, calendar="office")
    assert due(facts, plain) == (fixed.due(MONDAY, plain.rungs[0].after), "office")
