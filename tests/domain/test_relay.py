"""Clocks whose calendar goes with the owner: what was counted stays counted, the rest is new."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - seeded: the same cases each time

import pytest

from slasync.domain.time.calendars import Calendar, CalendarSpec, CoverageEnded, Offset, Pause, Unit
from slasync.domain.time.relay import Leg, Relay
from tests.domain.calendar_builders import (
    OFFICE,
    a_calendar,
    business_days,
    hours,
    local,
    minutes,
)
from tests.domain.random_calendars import MINUTE, MOST, _calendar, _odd, _pauses
from tests.domain.relay_oracle import RelayOracle

BERLIN = a_calendar(name="berlin")
NEW_YORK = a_calendar(name="new_york", zone="America/New_York")
DUBAI = a_calendar(dict.fromkeys((6, 0, 1, 2, 3), OFFICE), name="dubai", zone="Asia/Dubai")
# all from 9:00 to 17:00; New York is six hours behind Berlin, Dubai three ahead
DATES_2 = Offset(2, Unit.CALENDAR_DAYS)


def relay(*legs: tuple[Calendar, str] | Calendar) -> Relay:
    return Relay([Leg(e) if isinstance(e, Calendar) else Leg(e[0], local(e[1])) for e in legs])


@pytest.mark.parametrize(
    ("start", "offset", "changed", "due"),
    [
        # open time: Berlin is open until 17:00, New York from 15:00 Berlin time
        ("2026-03-02 10:00", hours(6), "2026-03-02 11:00", "2026-03-02 20:00"),
        ("2026-03-02 10:00", hours(6), "2026-03-02 15:00", "2026-03-02 16:00"),
        ("2026-03-02 10:00", hours(6), "2026-03-02 18:00", "2026-03-02 16:00"),
        ("2026-03-02 10:00", hours(8), "2026-03-02 18:00", "2026-03-02 19:00"),
        ("2026-03-02 08:00", minutes(0), "2026-03-02 08:30", "2026-03-02 15:00"),
        ("2026-03-02 08:00", minutes(0), "2026-03-02 09:30", "2026-03-02 09:00"),
        # days: handed over on Monday at 10:00, which is 4:00 in New York
        ("2026-03-02 10:00", business_days(1), "2026-03-02 17:00", "2026-03-03 15:00"),
        ("2026-03-02 10:00", business_days(1), "2026-03-04 17:00", "2026-03-03 10:00"),
        ("2026-03-02 10:00", business_days(3), "2026-03-03 12:00", "2026-03-05 15:00"),
        ("2026-03-02 16:00", business_days(1), "2026-03-02 17:00", "2026-03-03 16:00"),
        ("2026-03-02 10:00", DATES_2, "2026-03-02 17:00", "2026-03-04 10:00"),
    ],
)
def test_what_counted_before_a_change_stays_and_the_rest_counts_in_the_new_calendar(
    start: str, offset: Offset, changed: str, due: str
) -> None:
    assert relay((BERLIN, changed), NEW_YORK).due(local(start), offset) == local(due)


def test_days_on_which_only_the_new_calendar_was_open_before_the_change_do_not_count() -> None:
    # handed over on Friday; Dubai's Sunday comes after the change on Saturday
    found = relay((BERLIN, "2026-03-07 12:00"), DUBAI)
    assert found.due(local("2026-03-06 10:00"), business_days(1)) == local("2026-03-08 10:00")
    # with the change on Monday that Sunday had counted for nobody
    found = relay((BERLIN, "2026-03-09 09:30"), DUBAI)
    assert found.due(local("2026-03-06 10:00"), business_days(1)) == local("2026-03-09 10:00")


def test_a_lead_that_goes_round_keeps_what_every_owner_counted() -> None:
    found = relay(
        (BERLIN, "2026-03-02 11:00"), (NEW_YORK, "2026-03-02 16:00"), (DUBAI, "2026-03-03 07:00"),
        BERLIN,
    )  # fmt: skip
    # 1 h in Berlin, 1 h in New York, 6:00 to 7:00 of Berlin in Dubai, then Berlin from 9:00
    assert found.due(local("2026-03-02 10:00"), hours(5)) == local("2026-03-03 11:00")
    assert found.elapsed(local("2026-03-02 10:00"), local("2026-03-03 11:00")) == timedelta(hours=5)
    assert found.elapsed(local("2026-03-03 11:00"), local("2026-03-02 10:00")) == timedelta(
        hours=-5
    )


def test_pauses_do_not_count_in_either_calendar() -> None:
    found = relay((BERLIN, "2026-03-02 15:00"), NEW_YORK)
    pause = Pause(local("2026-03-02 14:00"), local("2026-03-02 16:00"))
    assert found.due_paused(local("2026-03-02 10:00"), hours(6), [pause]) == local(
        "2026-03-02 18:00"
    )
    # a day of Berlin's of which an hour was paused, and an hour of New York's
    assert found.due_paused(local("2026-03-02 10:00"), business_days(1), [pause]) == local(
        "2026-03-03 17:00"
    )
    assert found.due_paused(local("2026-03-02 10:00"), DATES_2, [pause]) == local(
        "2026-03-04 12:00"
    )


@pytest.mark.parametrize("offset", [minutes(5), minutes(0), business_days(1), DATES_2])
def test_while_a_pause_lasts_nobody_knows(offset: Offset) -> None:
    found = relay((BERLIN, "2026-03-02 15:00"), NEW_YORK)
    for_ever = Pause(local("2026-03-02 09:30"))
    assert found.due_paused(local("2026-03-02 10:00"), offset, [for_ever]) is None


def test_a_calendar_that_ends_after_the_change_is_not_asked_beyond() -> None:
    ended = a_calendar(name="old", last=local("2026-03-03").date())
    found = relay((ended, "2026-03-03 12:00"), BERLIN)
    for offset in (hours(20), business_days(5), Offset(5, Unit.CALENDAR_DAYS)):
        assert found.due(local("2026-03-02 10:00"), offset) > local("2026-03-04 00:00")
    with pytest.raises(CoverageEnded, match="old"):
        relay((ended, "2026-03-05 12:00"), BERLIN).due(local("2026-03-02 10:00"), hours(40))


def test_the_arithmetic_names_every_calendar_and_what_it_counted() -> None:
    found = relay((BERLIN, "2026-03-02 15:00"), NEW_YORK)
    assert found.explain(local("2026-03-02 10:00"), hours(6)) == (
        "the calendar goes with the owner",
        "start: Mon 2026-03-02 10:00+01:00 CET",
        "up to Mon 2026-03-02 15:00+01:00 CET calendar berlin, zone Europe/Berlin: 5 h",
        "then calendar new_york, zone America/New_York",
        ("due after 6 business hours: Mon 2026-03-02 10:00-05:00 EST = 2026-03-02T15:00:00Z"),
    )
    lines = found.explain(local("2026-02-27 10:00"), business_days(3))
    assert "calendar berlin, zone Europe/Berlin: 1 day" in lines[2]


def test_a_relay_without_an_open_end_is_none() -> None:
    for legs in ([], [Leg(BERLIN, local("2026-03-02"))], [Leg(BERLIN), Leg(NEW_YORK)]):
        with pytest.raises(ValueError, match="the last one alone has no end"):
            Relay(legs)


def test_relays_of_the_same_legs_are_equal() -> None:
    legs = (BERLIN, "2026-03-02 15:00")
    assert relay(legs, NEW_YORK) == relay(legs, NEW_YORK)
    assert hash(relay(legs, NEW_YORK)) == hash(relay(legs, NEW_YORK))
    assert relay(legs, NEW_YORK) != relay(legs, DUBAI)


def cases(seed: int) -> tuple[Random, list[tuple[CalendarSpec, datetime | None]], datetime]:
    """Draw up to four calendars around one change of clocks, and when the owner changed."""
    chance = Random(seed)  # noqa: S311 - no secret
    spec, day = _calendar(chance)
    others = [
        replace(_calendar(chance)[0], first=spec.first, last=spec.last, holidays={}, overrides={})
        for _ in range(chance.randrange(1, 4))
    ]
    changes = sorted(
        day + chance.randrange(-3 * 1440, 5 * 1440) * MINUTE + _odd(chance) for _ in others
    )
    return chance, [*zip([spec, *others], [*changes, None], strict=True)], day


@pytest.mark.parametrize("seed", range(60))
def test_deadlines_and_spans_are_those_of_somebody_who_watches_the_clock_every_minute(
    seed: int,
) -> None:
    chance, legs, day = cases(seed)
    found = Relay([Leg(Calendar(spec), until) for spec, until in legs])
    oracle = RelayOracle(legs)
    for _ in range(12):
        start = day + chance.randrange(-3 * 1440, 3 * 1440) * MINUTE + _odd(chance)
        unit = chance.choice(tuple(Unit))
        offset = Offset(chance.choice((0, 1, chance.randrange(MOST[unit] + 1))), unit)
        pauses = () if unit.counts_days else tuple(_pauses(chance, start, found.due(start, offset)))
        told = f"{start}, {offset}, {pauses}, {legs}"
        assert found.due_paused(start, offset, pauses) == oracle.due(start, offset, pauses), told
        until = start + chance.randrange(3000) * MINUTE + _odd(chance)
        assert found.elapsed(start, until, pauses) == oracle.open_between(start, until, pauses), (
            told
        )


@pytest.mark.parametrize("seed", range(40))
def test_changes_between_calendars_with_the_same_hours_change_nothing(seed: int) -> None:
    chance, legs, day = cases(seed)
    spec = legs[0][0]
    plain = Calendar(spec)
    found = Relay([Leg(Calendar(spec), until) for _, until in legs])
    for _ in range(20):
        start = day + chance.randrange(-3 * 1440, 3 * 1440) * MINUTE + _odd(chance)
        unit = chance.choice(tuple(Unit))
        offset = Offset(chance.choice((0, 1, chance.randrange(MOST[unit] + 1))), unit)
        pauses = () if unit.counts_days else tuple(_pauses(chance, start, plain.due(start, offset)))
        assert found.due_paused(start, offset, pauses) == plain.due_paused(start, offset, pauses)
