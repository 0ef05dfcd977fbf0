"""The calls of a day: shares, lanes, blocks, other programs, days as vendors count them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.budget import Allowance, OwnLedger
from slasync.connectors.http import Calls, Quota
from slasync.domain.budgets import (
    COUNTED,
    Day,
    Granted,
    Lane,
    Wish,
    block_of,
    room,
    slot_of,
)
from slasync.errors import OutOfCalls, TryLater
from slasync.purpose import lane_now, made_for, on_lane
from slasync.systems import Budget
from tests.builders import MONDAY
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.pains.marks import pain

HOUR = 3600.0
TIGHT = Budget(daily_calls=100, share=0.1, reserve=0.2)


def allowance(budget: Budget = TIGHT, clock: DrivenClock | None = None) -> Allowance:
    return Allowance("acme", budget, clock or DrivenClock())


def taken(of: Allowance, lane: Lane, most: int = 10_000) -> int:
    """Take calls until none is left; return how many there were."""
    for n in range(most):
        try:
            of.take(lane)
        except OutOfCalls:
            return n
    return most


@fault("V3")
def test_the_share_is_never_exceeded_whoever_asks() -> None:
    budget = Budget(daily_calls=10_000, share=0.1)
    of = allowance(budget)

    made = sum(taken(of, lane) for lane in (Lane.BACKFILL, Lane.READ, Lane.WRITE, Lane.ESCALATION))

    assert made == 1_000
    assert of.spent() == 1_000
    assert taken(of, Lane.ESCALATION) == 0


@pain("P28")
@fault("V3")
def test_reads_leave_the_reserve_to_writes_and_their_rereads() -> None:
    of = allowance()
    assert taken(of, Lane.READ) == 8
    of.take(Lane.WRITE)
    of.take(Lane.REREAD)
    for lane in (Lane.WRITE, Lane.REREAD, Lane.READ):
        with pytest.raises(OutOfCalls):
            of.take(lane)
    of.take(Lane.LOGIN)


@fault("V3")
@pytest.mark.parametrize(("higher", "lower"), [*pairwise(COUNTED)])
def test_a_lane_never_takes_what_is_reserved_for_the_one_above(higher: Lane, lower: Lane) -> None:
    of = allowance(Budget(daily_calls=1_000))
    taken(of, lower)
    assert taken(of, higher, 5) == 5


@fault("V3")
@pytest.mark.parametrize(
    ("lower", "least"), [(Lane.WRITE, 10), (Lane.READ, 20), (Lane.BACKFILL, 10)]
)
def test_no_lane_is_starved_for_ever(lower: Lane, least: int) -> None:
    of = allowance(Budget(daily_calls=1_000))
    for above in COUNTED[: COUNTED.index(lower)]:
        taken(of, above)
    assert taken(of, lower) >= least


calls = st.lists(st.tuples(st.sampled_from(COUNTED), st.integers(1, 60)), max_size=40)


@given(wishes=calls, share=st.integers(0, 400), reserve=st.floats(0, 0.9))
def test_whatever_is_asked_in_whatever_order_no_minimum_is_broken_into(
    wishes: list[tuple[Lane, int]], share: int, reserve: float
) -> None:
    spent = dict.fromkeys(COUNTED, 0)
    for lane, wanted in wishes:
        spent[lane] += min(wanted, room(lane, spent, share, reserve))
        assert sum(spent.values()) <= share
        owed = sum(max(0, int(share * part) - spent[low]) for low, part in (
            (Lane.WRITE, 0.05), (Lane.READ, 0.10), (Lane.BACKFILL, 0.05)))  # fmt: skip
        assert sum(spent.values()) + owed <= share


@given(left=st.integers(0, 300), wishes=calls)
def test_calls_that_others_have_left_are_never_exceeded_and_the_most_urgent_come_last(
    left: int, wishes: list[tuple[Lane, int]]
) -> None:
    spent = dict.fromkeys(COUNTED, 0)
    for lane, wanted in wishes:
        room_now = room(lane, spent, 1_000, 0.2, left)
        assert room_now <= left
        if left <= 200:  # no more than what is reserved for writes: reading stops first
            assert room(Lane.READ, spent, 1_000, 0.2, left) == 0
        made = min(wanted, room_now)
        spent[lane] += made
        left -= made


@fault("V4")
def test_what_other_programs_use_is_seen_and_the_lower_lanes_stop_first() -> None:
    clock = DrivenClock()
    of = Calls("acme", clock, Budget(daily_calls=10_000, share=0.5))
    stopped = []
    for left in (4_000, 1_900, 900, 300, 100, 0):
        of.quota = Quota(10_000 - left, 10_000)
        for lane in COUNTED:
            try:
                of.allowance.take(lane)
            except OutOfCalls:
                stopped.append((left, lane))
    assert [lane for left, lane in stopped if left == 1_900] == [Lane.BACKFILL]
    assert [lane for left, lane in stopped if left == 900] == [Lane.READ, Lane.BACKFILL]
    assert (100, Lane.ESCALATION) not in stopped
    assert (100, Lane.WRITE) in stopped
    assert (0, Lane.ESCALATION) in stopped


@fault("V4")
def test_the_refusal_says_that_others_have_used_the_calls_up() -> None:
    of = Calls("acme", DrivenClock(), Budget(daily_calls=10_000))
    of.quota = Quota(9_990, 10_000)
    with pytest.raises(OutOfCalls, match="acme: other programs have left 10 calls of the day"):
        of.allowance.take(Lane.READ)


@fault("V4")
def test_a_rolling_days_count_is_asked_for_again_after_a_while() -> None:
    clock = DrivenClock()
    of = Calls("acme", clock, Budget(daily_calls=10_000))
    of.quota = Quota(10_000, 10_000)
    with pytest.raises(OutOfCalls):
        of.allowance.take(Lane.ESCALATION)
    clock.advance(901)
    of.allowance.take(Lane.READ)


@fault("V4")
def test_a_count_by_dates_holds_until_the_vendors_midnight() -> None:
    clock = DrivenClock(datetime(2026, 3, 2, 20, tzinfo=UTC))
    of = Calls("acme", clock, Budget(daily_calls=10_000), day=Day("America/Chicago"))
    of.quota = Quota(10_000, 10_000)
    for _ in range(9):  # 06:00 UTC is midnight in Chicago
        with pytest.raises(OutOfCalls, match="free again from 2026-03-03 06:00 UTC"):
            of.allowance.take(Lane.READ)
        clock.advance(HOUR)
    clock.advance(HOUR)
    of.allowance.take(Lane.READ)


def test_the_share_is_one_of_what_the_vendor_allows_and_never_more_than_configured() -> None:
    of = allowance(Budget(daily_calls=100_000, share=0.2))
    assert of.share == 20_000
    of.learn(Quota(0, 15_000, MONDAY))
    assert of.share == 3_000
    of.learn(Quota(0, 5_000_000, MONDAY))
    assert of.share == 20_000


def test_a_share_that_shrinks_takes_effect_at_once() -> None:
    of = allowance(Budget(daily_calls=100_000, share=0.2))
    of.take(Lane.READ)  # a block of fifty is taken
    of.learn(Quota(1, 50, MONDAY))
    assert of.share == 10
    assert taken(of, Lane.ESCALATION) <= 9


# days


def test_a_call_counts_for_a_day() -> None:
    clock = DrivenClock()
    of = allowance(Budget(daily_calls=10, share=0.1), clock)
    of.take(Lane.WRITE)
    clock.advance(24 * HOUR)  # and to the end of the quarter of an hour it was made in
    with pytest.raises(OutOfCalls) as told:
        of.take(Lane.WRITE)
    assert told.value.after == timedelta(minutes=15)
    clock.advance(900)
    of.take(Lane.WRITE)


def test_one_that_waits_is_asked_again_soon_for_the_share_may_be_raised() -> None:
    of = allowance(Budget(daily_calls=10, share=0.1))
    of.take(Lane.WRITE)
    with pytest.raises(OutOfCalls, match="share of 1 calls a day is used up for write") as told:
        of.take(Lane.WRITE)
    assert told.value.after == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("zone", "now", "begins", "renewed"),
    [
        (None, "2026-03-02T09:07:00", "2026-03-01T09:00:00", "2026-03-02T09:15:00"),
        ("America/Chicago", "2026-03-02T05:59:00", "2026-03-01T06:00:00", "2026-03-02T06:00:00"),
        ("America/Chicago", "2026-03-02T06:00:00", "2026-03-02T06:00:00", "2026-03-03T06:00:00"),
        # the clocks go forward on 8 March 2026: that day has 23 hours
        ("America/Chicago", "2026-03-08T20:00:00", "2026-03-08T06:00:00", "2026-03-09T05:00:00"),
        ("Asia/Kolkata", "2026-03-02T19:00:00", "2026-03-02T18:30:00", "2026-03-03T18:30:00"),
        ("Europe/Berlin", "2026-10-25T12:00:00", "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
    ],
)
def test_a_day_is_what_the_vendor_counts_by(
    zone: str | None, now: str, begins: str, renewed: str
) -> None:
    day, at = Day(zone), datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert day.begins(at).isoformat() == f"{begins}+00:00"
    assert day.renewed_at(at, day.begins(at)).isoformat() == f"{renewed}+00:00"
    assert slot_of(day.begins(at)) == day.begins(at)


def test_midnight_renews_the_share_of_a_vendor_that_counts_by_dates() -> None:
    clock = DrivenClock(datetime(2026, 3, 2, 5, 50, tzinfo=UTC))
    of = Allowance("marketo", TIGHT, clock, Day("America/Chicago"))
    assert taken(of, Lane.WRITE) > 0
    assert taken(of, Lane.WRITE) == 0
    clock.advance(600)
    assert taken(of, Lane.WRITE) > 0


# blocks


@pytest.mark.parametrize(
    ("share", "block"), [(0, 1), (199, 1), (1_000, 5), (20_000, 50), (10**7, 50)]
)
def test_a_block_is_a_small_part_of_the_day(share: int, block: int) -> None:
    assert block_of(share) == block


@dataclass
class Noted(OwnLedger):
    """Notes what it was asked for."""

    wishes: list[Wish] = field(default_factory=list)

    def take(self, wish: Wish) -> Granted:
        self.wishes.append(wish)
        return super().take(wish)


def noted(clock: DrivenClock, day: Day | None = None) -> tuple[Allowance, Noted]:
    of, ledger = Allowance("acme", Budget(daily_calls=20_000, share=0.1), clock, day), Noted()
    of.keep_in(ledger)
    return of, ledger  # blocks of ten


def test_a_block_serves_for_an_hour_and_its_calls_count_when_they_are_made() -> None:
    clock = DrivenClock()
    of, ledger = noted(clock)
    for _ in range(5):
        of.take(Lane.READ)
        clock.advance(900)
    assert len(ledger.wishes) == 1
    of.take(Lane.READ)
    assert len(ledger.wishes) == 2
    of.settle()
    assert ledger.slots == {(MONDAY + timedelta(minutes=15 * n), Lane.READ): 1 for n in range(6)}


def test_a_call_of_an_older_block_that_was_not_made_is_not_counted() -> None:
    clock = DrivenClock()
    of, ledger = noted(clock)
    of.take(Lane.READ)
    clock.advance(900)
    of.take(Lane.READ)
    of.give_back(Lane.READ)
    of.settle()
    assert ledger.slots == {(MONDAY, Lane.READ): 1}


def test_no_block_serves_for_two_of_the_vendors_days() -> None:
    day = Day("America/Chicago")
    clock = DrivenClock(day.renewed_at(MONDAY, None) - timedelta(minutes=1))
    of, ledger = noted(clock, day)
    of.take(Lane.READ)
    clock.advance(60)
    of.take(Lane.READ)
    assert len(ledger.wishes) == 2
    assert of.spent() == 1


def test_what_is_left_of_a_block_is_given_back_after_an_hour() -> None:
    clock = DrivenClock()
    of = allowance(Budget(daily_calls=20_000, share=0.1), clock)  # blocks of ten
    for _ in range(24 * 4 - 1):
        of.take(Lane.READ)
        clock.advance(900)
    assert of.spent() == 24 * 4 - 1
    assert taken(of, Lane.READ) > 1_000


def test_a_call_that_was_not_made_is_not_counted() -> None:
    of = allowance()
    for _ in range(100):
        of.take(Lane.WRITE)
        of.give_back(Lane.WRITE)
    assert of.spent() == 0


# what calls are made for


@contextmanager
def purpose(of: Lane | None, lane: Lane) -> Iterator[Lane]:
    with made_for(of), on_lane(lane):
        yield lane_now()


@pytest.mark.parametrize(
    ("of", "lane", "told"),
    [
        (Lane.ESCALATION, Lane.WRITE, Lane.ESCALATION),
        (Lane.ESCALATION, Lane.REREAD, Lane.ESCALATION),
        (Lane.ESCALATION, Lane.LOGIN, Lane.LOGIN),
        (Lane.BACKFILL, Lane.READ, Lane.BACKFILL),
        (Lane.BACKFILL, Lane.WRITE, Lane.WRITE),
        (None, Lane.READ, Lane.READ),
    ],
)
def test_a_call_goes_in_the_lane_of_what_it_is_made_for(
    of: Lane | None, lane: Lane, told: Lane
) -> None:
    with purpose(of, lane) as now:
        assert now is told
    assert lane_now() is Lane.READ


def test_running_out_of_calls_is_one_way_of_having_to_wait() -> None:
    assert issubclass(OutOfCalls, TryLater)
