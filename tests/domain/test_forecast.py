"""When the calls of a day end: by the pace of the last hour, and how the day usually goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slasync.domain.budgets import OTHERS, SLOT, Day, Lane, Notice, Quota, slot_of
from slasync.domain.forecast import Usage, notice_words, outlook, pace, shape_of, words

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def calls(per_slot: int, hours: float, until: datetime = NOON, lane: str = "read"):  # type: ignore[no-untyped-def] # noqa: ANN201
    """As many calls in each slot of the last hours."""
    first = slot_of(until - hours * HOUR)
    slots = int((until - first) / SLOT)
    return {first + n * SLOT: {lane: per_slot} for n in range(slots)}


def test_the_pace_is_the_calls_of_the_last_hour_to_the_minute() -> None:
    slots = {NOON + n * SLOT: 30 for n in range(-8, 1)}
    assert pace(slots, NOON) == 150  # five slots, that of noon included, and none before 11
    assert pace({NOON - HOUR: 30}, NOON + timedelta(minutes=5)) == 20
    assert pace({}, NOON) == 0


def test_the_share_ends_when_the_pace_says_so() -> None:
    usage = Usage(system="acme", now=NOON, share=1_000, slots=calls(50, 2), day=Day("UTC"))
    told = outlook(usage)
    assert (told.spent, told.pace) == (400, 200)
    assert told.share_ends == NOON + 3 * HOUR
    assert "end at 2026-03-02 15:00 UTC" in words(told)


def test_a_pace_that_lasts_until_the_vendor_counts_anew_has_no_end() -> None:
    usage = Usage(system="acme", now=NOON, share=3_000, slots=calls(50, 2), day=Day("UTC"))
    assert outlook(usage).ends is None
    assert words(outlook(usage)).endswith("they last")


def test_of_a_rolling_day_the_calls_of_yesterday_come_back() -> None:
    steady = Usage(system="acme", now=NOON, share=9_700, slots=calls(100, 30))
    assert outlook(steady).ends is None
    growing = Usage(system="acme", now=NOON, share=9_700, slots=calls(100, 30) | calls(200, 1))
    assert outlook(growing).share_ends is not None


def test_the_usual_shape_of_the_day_is_taken_into_account() -> None:
    """By night nearly nothing is called: what would end then lasts until morning."""
    office = {
        slot: {"read": 100 if 8 <= slot.hour < 18 else 1}
        for n in range(10 * 96)
        for slot in [slot_of(NOON - 10 * DAY) + n * SLOT]
    }
    now = NOON + 5 * HOUR  # the last hour of the office
    today = {s: n for s, n in office.items() if s < NOON} | calls(100, 5, now)
    spent = sum(n["read"] for s, n in today.items() if s >= slot_of(NOON).replace(hour=0))
    shaped = Usage(system="acme", now=now, share=spent + 800, slots=today, day=Day("UTC"))
    assert outlook(shaped).ends is None
    flat = replace(shaped, slots=calls(100, 1, now), share=400 + 800)
    assert outlook(flat).ends == now + 2 * HOUR


def test_without_days_of_history_all_hours_are_alike() -> None:
    assert set(shape_of({NOON - DAY: 500}, NOON)) == {1.0}
    assert set(shape_of({}, NOON)) == {1.0}


def test_the_organisations_quota_ends_by_everybodys_calls() -> None:
    slots = {at: {"read": 10, OTHERS: 240} for at in calls(1, 1)}
    usage = Usage(
        system="acme", now=NOON, share=20_000, slots=slots, day=Day("UTC"),
        quota=Quota(97_000, 100_000, NOON),
    )  # fmt: skip
    told = outlook(usage)
    assert told.others == 97_000 - 40
    assert told.stopped == (Lane.READ, Lane.BACKFILL)
    assert told.quota_ends == NOON + 3 * HOUR
    assert "some are free again" in words(told)
    rich = replace(usage, share=2_000)
    assert "the organisation's quota ends at 2026-03-02 15:00 UTC" in words(outlook(rich))


def test_lanes_without_a_call_left_are_named() -> None:
    usage = Usage(system="acme", now=NOON, share=1_000, slots=calls(100, 2), day=Day("UTC"))
    told = outlook(usage)
    assert told.stopped == (Lane.READ,)  # first loads have a minimum
    assert "none left for read; some are free again from 2026-03-03 00:00" in words(told)


@pytest.mark.parametrize(
    ("day", "told_at", "known"),
    [
        (Day("UTC"), NOON - 13 * HOUR, False),
        (Day("UTC"), NOON - 11 * HOUR, True),
        (Day(), NOON - 2 * HOUR, False),
        (Day(), NOON - HOUR / 2, True),
    ],
)
def test_a_figure_of_a_day_gone_by_says_nothing(
    day: Day, told_at: datetime, *, known: bool
) -> None:
    usage = Usage(system="a", now=NOON, share=10, day=day, quota=Quota(5, 10, told_at))
    assert (outlook(usage).quota is not None) is known


def test_an_end_of_the_interface_that_is_not_said_any_more_is_forgotten() -> None:
    notice = Notice(NOON + 40 * DAY, "deprecated", NOON - DAY)
    said = Usage(system="a", now=NOON, share=10, notice=notice)
    assert outlook(said).notice == notice
    assert "ends on 2026-04-11" in notice_words(notice)
    later = Usage(system="a", now=NOON + 2 * DAY, share=10, notice=notice)
    assert outlook(later).notice is None
