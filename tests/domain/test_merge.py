"""A field that several systems keep: three-way, each side by its direction, nothing guessed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.identity.three_way import (
    FLIPS,
    Base,
    ConflictKind,
    Keeping,
    Outcome,
    Side,
    Since,
    Written,
    comparing,
    looping,
    merge,
    noted,
    seen,
)
from slasync.domain.lead import Ref, Value
from tests.builders import DAY, HOUR, MINUTE, MONDAY

CRM, MARKETING = Ref("salesforce", "lead", "00Q1"), Ref("hubspot", "contact", "1")
PLAIN = comparing("title")
BOTH = Keeping.TWO_WAY
NEWEST = Keeping.NEWEST_WINS
AGREED = Base("a")


def crm(value: Value, keeping: Keeping = BOTH, since: Since | None = None, **more: bool) -> Side:
    return Side(CRM, value, keeping, since, **more)


def marketing(
    value: Value, keeping: Keeping = BOTH, since: Since | None = None, **more: bool
) -> Side:
    return Side(MARKETING, value, keeping, since, **more)


def merged(*sides: Side, base: Base | None = AGREED) -> Outcome:
    return merge(sides, base, PLAIN)


def kind(outcome: Outcome) -> ConflictKind | None:
    return outcome.conflict.kind if outcome.conflict else None


def test_what_changed_on_one_side_goes_to_the_other() -> None:
    assert merged(crm("b"), marketing("a")).writes == {MARKETING: "b"}
    assert merged(crm("a"), marketing("b")).writes == {CRM: "b"}


def test_what_changed_on_both_sides_alike_is_agreed_on() -> None:
    outcome = merged(crm("b"), marketing("b"))

    assert (outcome.writes, outcome.conflict, outcome.agreed) == ({}, None, Base("b"))


def test_what_changed_on_both_sides_differently_is_a_conflict_with_nothing_written() -> None:
    outcome = merged(crm("b"), marketing("c"))

    assert (outcome.writes, kind(outcome), outcome.agreed) == (
        {}, ConflictKind.BOTH_CHANGED, None,
    )  # fmt: skip


def test_sides_that_never_agreed_are_a_conflict_unless_one_is_blank() -> None:
    assert kind(merged(crm("b"), marketing("c"), base=None)) is ConflictKind.NEVER_AGREED
    assert merged(crm("b"), marketing(None), base=None).writes == {MARKETING: "b"}


def test_a_side_that_is_only_read_is_never_written() -> None:
    assert merged(crm("b"), marketing("a", Keeping.READ)).writes == {}
    assert merged(crm("a"), marketing("b", Keeping.READ)).writes == {CRM: "b"}


def test_a_blank_is_written_only_where_that_is_allowed() -> None:
    assert merged(crm(None), marketing("a")).writes == {}
    assert merged(crm(None), marketing("a", nulls=True)).writes == {MARKETING: None}


def test_unless_blank_fills_and_never_overwrites() -> None:
    fill = Keeping.UNLESS_BLANK

    assert merged(crm("b"), marketing(None, fill), base=None).writes == {MARKETING: "b"}
    for base in (None, Base("a"), Base("c")):
        outcome = merged(crm("b", Keeping.READ), marketing("a", fill), base=base)
        assert (outcome.writes, outcome.conflict) == ({}, None)


def test_manual_waits_for_a_person() -> None:
    assert kind(merged(crm("b"), marketing("a", Keeping.MANUAL))) is ConflictKind.MANUAL


def exact(hours: float) -> Since:
    return Since(MONDAY + timedelta(hours=hours), exact=True)


def at_latest(hours: float, after: float | None = None) -> Since:
    begins = None if after is None else MONDAY + timedelta(hours=after)
    return Since(MONDAY + timedelta(hours=hours), after=begins)


@pytest.mark.parametrize("base", [None, Base("a")])
def test_the_newest_wins_where_it_is_certain_which_that_is(base: Base | None) -> None:
    sides = crm("b", NEWEST, exact(2)), marketing("c", NEWEST, exact(1))

    assert merged(*sides, base=base).writes == {MARKETING: "b"}
    assert merged(*reversed(sides), base=base).writes == {MARKETING: "b"}


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        (at_latest(3, after=2), exact(1), "b"),
        (at_latest(3, after=2), at_latest(2, after=0), "b"),
        (exact(3), at_latest(2), "b"),
        (at_latest(3, after=1), exact(2), None),  # it may have been changed before
        (at_latest(3), exact(2), None),
        (exact(2), exact(2), None),
        (None, exact(2), None),
    ],
)
def test_an_upper_bound_counts_only_where_the_whole_time_before_it_is_later(
    one: Since | None, other: Since, wins: str | None
) -> None:
    outcome = merged(crm("b", NEWEST, one), marketing("c", NEWEST, other))

    if wins:
        assert outcome.writes == {MARKETING: wins}
    else:
        assert (outcome.writes, kind(outcome)) == ({}, ConflictKind.WHICH_IS_NEWER)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("phone", "030 1234567", "+49 (0)30 1234567"),
        ("email", "Lou@Acme.example", "lou@acme.example"),
        ("country", "Germany", "DE"),
        ("company", "Acme GmbH", "ACME"),
        ("title", "Head of IT ", "Head of IT"),
        ("title", "", None),
    ],
)
def test_two_spellings_of_one_thing_are_no_difference(field: str, one: Value, other: Value) -> None:
    outcome = merge([crm(one), marketing(other)], None, comparing(field, "Germany"))

    assert (outcome.writes, outcome.conflict) == ({}, None)


def test_one_and_true_are_two_values() -> None:
    assert merged(crm(1), marketing(a_flag := True), base=Base(1)).writes == {CRM: a_flag}


VALUES = st.sampled_from([None, "a", "b", "c"])
SINCES = st.none() | st.builds(exact, st.integers(0, 3)) | st.builds(at_latest, st.integers(0, 3))
SIDES = st.tuples(VALUES, st.sampled_from(Keeping), SINCES, st.booleans())


@given(st.lists(SIDES, min_size=2, max_size=3), st.none() | VALUES.map(Base), st.data())
def test_whatever_the_sides_say_nothing_is_lost_and_their_order_is_of_no_account(
    drawn: list[tuple[Value, Keeping, Since | None, bool]], base: Base | None, data: st.DataObject
) -> None:
    refs = (CRM, MARKETING, Ref("salesforce", "contact", "0031"))
    sides = [Side(ref, *side) for ref, side in zip(refs, drawn, strict=False)]
    outcome = merge(sides, base, PLAIN)

    by_ref = {side.ref: side for side in sides}
    for ref, value in outcome.writes.items():
        assert by_ref[ref].keeping not in {Keeping.READ, Keeping.MANUAL}
        assert value in {side.value for side in sides}
        assert value is not None or by_ref[ref].nulls
        assert value != by_ref[ref].value
    assert not (outcome.conflict and outcome.writes)
    shuffled = merge(data.draw(st.permutations(sides)), base, PLAIN)
    assert (shuffled.writes, shuffled.agreed is None) == (outcome.writes, outcome.agreed is None)
    assert (shuffled.conflict is None) == (outcome.conflict is None)


@given(VALUES, VALUES, VALUES)
def test_once_written_both_sides_agree_and_nothing_more_is_to_do(
    one: Value, other: Value, base: Value
) -> None:
    sides = [crm(one, nulls=True), marketing(other, nulls=True)]
    outcome = merge(sides, Base(base), PLAIN)

    after = [Side(s.ref, outcome.writes.get(s.ref, s.value), s.keeping, nulls=True) for s in sides]
    again = merge(after, Base(base), PLAIN)

    assert outcome.conflict is not None or again.agreed is not None
    assert again.writes == {}


def to_and_fro(times: int, apart: timedelta = MINUTE) -> list[Written]:
    """Return the writes of two systems that undo each other through us."""
    return [
        Written(MARKETING if n % 2 else CRM, "x" if n % 2 else "y", MONDAY + n * apart)
        for n in range(times)
    ]


def test_a_value_that_goes_to_and_fro_is_a_loop() -> None:
    wrote, now = to_and_fro(4), MONDAY + HOUR

    assert looping(wrote, {CRM: "y"}, now)
    assert not looping(to_and_fro(2), {CRM: "y"}, now)
    assert not looping(wrote, {CRM: "z"}, now)


def test_slow_changes_to_and_fro_are_peoples() -> None:
    assert not looping(to_and_fro(4, 2 * DAY), {CRM: "y"}, MONDAY + 8 * DAY)


def test_the_same_value_written_to_one_side_again_and_again_is_a_loop_too() -> None:
    wrote = [Written(CRM, "y", MONDAY + n * MINUTE) for n in range(FLIPS)]

    assert looping(wrote, {CRM: "y"}, MONDAY + HOUR)
    assert not looping(wrote[1:], {CRM: "y"}, MONDAY + HOUR)


def test_only_the_last_writes_are_remembered() -> None:
    kept = noted(to_and_fro(50), {CRM: "z"}, MONDAY + DAY)

    assert len(kept) == 12
    assert kept[-1] == Written(CRM, "z", MONDAY + DAY)


def test_a_value_that_stayed_keeps_its_time_and_one_that_changed_is_between_two_versions() -> None:
    first = seen(None, "a", MONDAY, was=None)
    stayed = seen(first, "a", MONDAY + HOUR, was=MONDAY)
    changed = seen(stayed, "b", MONDAY + 2 * HOUR, was=MONDAY + HOUR)

    assert first == stayed == ("a", Since(MONDAY))
    assert changed == ("b", Since(MONDAY + 2 * HOUR, after=MONDAY + HOUR))
    told = seen(stayed, "b", MONDAY + 2 * HOUR, was=MONDAY, told=MONDAY + MINUTE)
    assert told == ("b", Since(MONDAY + MINUTE, exact=True))
