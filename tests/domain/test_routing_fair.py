"""Routing is fair whatever leads come and whoever is away, and by the history alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.lead import Absence, InHours, Member, Pool, Roster, User, UserKey, UserKind
from slasync.domain.routing import (
    Assign,
    Choice,
    Duty,
    Load,
    PoolState,
    route,
    standings,
)
from tests.builders import BOT, DAY, HOUR, MONDAY, QUEUE, nine_to_five
from tests.pains.marks import pain

EMAILS = tuple(f"rep{number}@x.example" for number in range(5))
USERS = {e: User(UserKey(f"005{n}"), f"Rep {n}", e) for n, e in enumerate(EMAILS)}
POOL = Pool("inbound", EMAILS, queue="Inbound queue")
ASSIGN = Assign("inbound", "c1", 0)
EVENING = MONDAY + 12 * HOUR


@dataclass(frozen=True)
class Turn:
    """One lead: who is away when it comes, and who has had it before."""

    away: frozenset[str]
    excluded: frozenset[str]


def turns(always: Sequence[str] = EMAILS[:2]) -> st.SearchStrategy[list[Turn]]:
    """Sequences in which all but `always` are away, or excluded, as it happens."""
    others = st.frozensets(st.sampled_from([e for e in EMAILS if e not in always]))
    return st.lists(st.builds(Turn, others, others), max_size=60)


def a_roster(away: frozenset[str] = frozenset()) -> Roster:
    users = {u.key: u for u in (*USERS.values(), QUEUE, BOT)}
    absences = tuple(Absence(email, MONDAY - DAY, MONDAY + DAY) for email in away)
    return Roster.of(users, {POOL.name: POOL}, absences)


def dealt(
    sequence: Sequence[Turn], pool: Pool = POOL, state: PoolState | None = None
) -> list[tuple[Turn, Choice, PoolState]]:
    state, found = state or {}, []
    for turn in sequence:
        exclude = frozenset(USERS[email].key for email in turn.excluded)
        wish = replace(ASSIGN, exclude=exclude)
        choice, state = route(wish, pool, state, a_roster(turn.away), MONDAY)
        found.append((turn, choice, state))
    return found


def counts(choices: Sequence[Choice]) -> Counter[str]:
    return Counter(str(choice.kept["member"]) for choice in choices)


def weighted(weights: Mapping[str, int]) -> Pool:
    return replace(POOL, of={email: Member(weight=w) for email, w in weights.items()})


# fair


@given(sequence=turns())
def test_of_two_who_are_always_eligible_neither_is_ever_more_than_one_ahead(
    sequence: list[Turn],
) -> None:
    given_to: Counter[str] = Counter()
    for _, choice, _ in dealt(sequence):
        given_to[choice.kept["member"]] += 1
        assert abs(given_to[EMAILS[0]] - given_to[EMAILS[1]]) <= 1


@given(weights=st.lists(st.integers(1, 20), min_size=5, max_size=5), times=st.integers(1, 200))
def test_leads_are_dealt_in_proportion_to_the_weights(weights: list[int], times: int) -> None:
    pool = weighted(dict(zip(EMAILS, weights, strict=True)))
    nobody_away = Turn(frozenset(), frozenset())

    given_to = counts([choice for _, choice, _ in dealt([nobody_away] * times, pool)])

    shares = [given_to[e] / w for e, w in zip(EMAILS, weights, strict=True)]
    slack = max(1 / w for w in weights)  # the one lead that somebody may be ahead
    assert max(shares) - min(shares) <= slack + 1e-3


@given(away=st.integers(1, 80), after=st.integers(1, 40))
def test_who_comes_back_from_leave_is_not_flooded(away: int, after: int) -> None:
    gone = Turn(frozenset(EMAILS[:1]), frozenset())
    back = Turn(frozenset(), frozenset())

    found = [choice for _, choice, _ in dealt([gone] * away + [back] * after)][away:]

    assert_not_flooded(found)


@given(before=st.integers(0, 80), after=st.integers(1, 40))
def test_who_joins_is_not_flooded(before: int, after: int) -> None:
    turn = Turn(frozenset(), frozenset())
    first = dealt([turn] * before, replace(POOL, members=EMAILS[1:]))
    state = first[-1][2] if first else {}

    assert_not_flooded([choice for _, choice, _ in dealt([turn] * after, POOL, state)])


def assert_not_flooded(choices: Sequence[Choice]) -> None:
    """The first member is given no two in a row, and at most one more than each other is."""
    members = [choice.kept["member"] for choice in choices]
    assert (EMAILS[0], EMAILS[0]) not in pairwise(members)
    others = len(EMAILS) - 1  # each may be one ahead from before
    assert len(EMAILS) * members.count(EMAILS[0]) <= len(members) + 2 * others


def test_who_had_a_lead_before_does_not_lose_his_turn_by_that() -> None:
    nobody, ana = frozenset[str](), frozenset(EMAILS[:1])

    found = dealt([Turn(nobody, ana), Turn(nobody, nobody)])

    assert [choice.kept["member"] for _, choice, _ in found] == [EMAILS[1], EMAILS[0]]


# from history


@given(sequence=turns(()))
def test_where_everybody_stands_follows_from_the_facts_of_routing_in_whatever_order(
    sequence: list[Turn],
) -> None:
    last: dict[str, float] = {}
    floor = 0.0
    state: PoolState = {}
    for _, choice, state in dealt(sequence):  # noqa: B007 - the last state is compared
        if "turn" in choice.kept:
            member = choice.kept["member"]
            last[member] = max(last.get(member, 0), choice.kept["turn"])
            floor = max(floor, choice.kept["floor"])

    told = standings(EMAILS, last, floor)

    assert {email: state.get(email, 0) for email in EMAILS} == told


# never


@pain("P18")
@given(sequence=turns(()))
def test_nobody_who_is_away_or_had_it_before_is_ever_chosen(sequence: list[Turn]) -> None:
    for turn, choice, _ in dealt(sequence):
        able = set(EMAILS) - turn.away - turn.excluded
        if able:
            assert choice.kept["member"] in able
        else:
            assert choice.owner == QUEUE.key
            assert choice.kept["unfilled"] == POOL.name


@given(sequence=turns(()))
def test_the_same_is_chosen_for_the_same(sequence: list[Turn]) -> None:
    assert dealt(sequence) == dealt(sequence)


@pain("P20")
def test_the_integration_user_is_no_member_though_he_is_on_the_list() -> None:
    pool = replace(POOL, members=("bot@sandbox.example",))
    assert BOT.kind is UserKind.AUTOMATION

    choice, _ = route(ASSIGN, pool, {}, a_roster(), MONDAY)

    assert choice.owner == QUEUE.key
    assert "bot@sandbox.example is no person" in choice.why


def test_of_two_users_with_one_address_the_active_one_is_meant() -> None:
    left = replace(USERS[EMAILS[0]], key=UserKey("005Z"), active=False)

    roster = Roster.of({u.key: u for u in (*USERS.values(), left)}, {POOL.name: POOL})

    assert roster.member(EMAILS[0]) == USERS[EMAILS[0]]


# limits


@pytest.mark.parametrize(
    ("member", "load", "why"),
    [
        (Member(most_open=3), Load(open=3), "has 3 open leads, 3 are the most"),
        (Member(most_a_day=2), Load(today=2), "was given 2 leads today, 2 are the most"),
    ],
)
def test_who_has_as_much_as_he_can_take_is_passed_over(
    member: Member, load: Load, why: str
) -> None:
    pool = replace(POOL, of={EMAILS[0]: member})
    duty = Duty(loads={pool.name: {USERS[EMAILS[0]].key: load}})

    choice, _ = route(ASSIGN, pool, {}, a_roster(), MONDAY, duty)

    assert choice.owner == USERS[EMAILS[1]].key
    assert f"passed over: {EMAILS[0]} {why}" in choice.why
    assert choice.kept["passed_over"] == [f"{EMAILS[0]} {why}"]


@pytest.mark.parametrize(
    "load", [Load(open=2, today=9), Load(open=0, today=0)], ids=["one less", "none"]
)
def test_below_his_limit_a_member_is_dealt_to(load: Load) -> None:
    pool = replace(POOL, of={EMAILS[0]: Member(most_open=3)})
    duty = Duty(loads={pool.name: {USERS[EMAILS[0]].key: load}})

    choice, _ = route(ASSIGN, pool, {}, a_roster(), MONDAY, duty)

    assert choice.owner == USERS[EMAILS[0]].key


def test_a_lead_that_wants_a_skill_goes_to_who_has_it() -> None:
    pool = replace(POOL, of={EMAILS[2]: Member(skills=frozenset({"french"}))})

    choice, _ = route(replace(ASSIGN, skills=frozenset({"french"})), pool, {}, a_roster(), MONDAY)

    assert choice.owner == USERS[EMAILS[2]].key
    assert f"{EMAILS[0]} lacks french" in choice.why


# hours


def in_the_evening(in_hours: InHours, *, of: Mapping[str, Member] | None = None) -> Choice:
    """Have a lead come when the office is closed; one calendar is open round the clock."""
    calendars = {"office": nine_to_five(), "tokyo": nine_to_five("Asia/Tokyo", "tokyo")}
    pool = replace(POOL, in_hours=in_hours, of=of or {})
    duty = Duty(calendars, "office")
    return route(ASSIGN, pool, {}, a_roster(), EVENING + 6 * HOUR, duty)[0]


def test_hours_do_not_matter_unless_the_pool_says_so() -> None:
    assert in_the_evening(InHours.IGNORED).owner == USERS[EMAILS[0]].key


@pain("P18")
def test_where_hours_are_required_nobody_is_given_a_lead_outside_of_them() -> None:
    choice = in_the_evening(InHours.REQUIRED)

    assert choice.owner == QUEUE.key
    assert f"{EMAILS[0]} is out of hours" in choice.why


@pytest.mark.parametrize("in_hours", [InHours.REQUIRED, InHours.PREFERRED])
def test_who_is_in_hours_by_a_calendar_of_his_own_comes_first(in_hours: InHours) -> None:
    choice = in_the_evening(in_hours, of={EMAILS[3]: Member(calendar="tokyo")})

    assert choice.owner == USERS[EMAILS[3]].key
    assert f"{EMAILS[0]} is out of hours" in choice.why


def test_where_hours_are_preferred_and_nobody_works_all_are_dealt_to() -> None:
    assert in_the_evening(InHours.PREFERRED).owner == USERS[EMAILS[0]].key
