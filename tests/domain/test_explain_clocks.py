"""Each clock is told rung by rung with its arithmetic, in all units, with pauses and graces."""

from dataclasses import replace
from typing import Any

import pytest

from slasync.domain.agreement import (
    ClockPolicy,
    End,
    OnReassign,
    Pausing,
    Rung,
    Situation,
    Stage,
    Start,
)
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.explaining.explanation import ClockTold, RungState
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import UserKind
from slasync.domain.time.calendars import Calendar, Offset, Unit
from tests.builders import (
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MONDAY,
    a_fact,
    an_agreement,
    called,
    days,
    nine_to_five,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.domain.explaining import HANDED, WORKED, an_account, fired, ruled, told


def a_clock(*rungs: Rung, **changes: Any) -> ClockPolicy:
    return replace(FIRST_TOUCH, name="clock", rungs=rungs, **changes)


def running(
    policy: ClockPolicy, *more: Fact, after: int = 1, calendar: Calendar | None = None
) -> Account:
    now = MONDAY + after * HOUR
    used = terms(
        now,
        agreement=an_agreement(clocks=(policy,)),
        calendars={"office": calendar or nine_to_five()},
    )
    return an_account([*WORKED, *more], now, terms=used)


def clock(account: Account) -> ClockTold:
    return explained(account).clocks[0]


def states(account: Account) -> list[tuple[str, RungState]]:
    return [(rung.rung, rung.state) for rung in clock(account).rungs]


@pytest.mark.parametrize(
    ("unit", "amount", "lines"),
    [
        (
            Unit.CALENDAR_DAYS,
            28,
            (
                "28 calendar days on, the same wall time, 10:00; open hours do not matter",
                "Sun 2026-03-29: at 02:00 the clock goes forward 1 h",
                (
                    "due after 28 calendar days: Mon 2026-03-30 10:00+02:00 CEST"
                    " = 2026-03-30T08:00:00Z"
                ),
            ),
        ),
        (
            Unit.BUSINESS_DAYS,
            2,
            (
                "open at that time",
                "Tue 2026-03-03 to Wed 2026-03-04, each: a business day",
                "due after 2 business days: Wed 2026-03-04 10:00+01:00 CET = 2026-03-04T09:00:00Z",
            ),
        ),
        (
            Unit.BUSINESS_HOURS,
            9,
            (
                "open at that time",
                "Mon 2026-03-02: 7 h of open time",
                "Tue 2026-03-03: 2 h of open time",
                (
                    "due after 9 business hours: Tue 2026-03-03 11:00+01:00 CET"
                    " = 2026-03-03T10:00:00Z"
                ),
            ),
        ),
        (
            Unit.BUSINESS_MINUTES,
            90,
            (
                "open at that time",
                "Mon 2026-03-02: 1 h 30 min of open time",
                (
                    "due after 90 business minutes: Mon 2026-03-02 11:30+01:00 CET"
                    " = 2026-03-02T10:30:00Z"
                ),
            ),
        ),
    ],
)
def test_the_arithmetic_of_each_unit_is_told_line_by_line(
    unit: Unit, amount: float, lines: tuple[str, ...]
) -> None:
    policy = a_clock(Rung("only", Offset(amount, unit), (task(),)))
    account = running(policy, calendar=nine_to_five("Europe/Berlin"))

    assert clock(account).rungs[0].arithmetic == (
        "calendar office, zone Europe/Berlin, covers 2025-01-01 to 2028-12-31",
        "start: Mon 2026-03-02 10:00+01:00 CET",
        *lines,
    )


PAUSED = a_clock(Rung("first", days(1), (task(),)), pausing=Pausing(frozenset({"Waiting"})))


def test_a_pause_that_ended_is_told_with_what_it_put_off() -> None:
    account = running(
        PAUSED, status(MONDAY + HOUR, "Waiting"), status(MONDAY + 3 * HOUR, "New"), after=4
    )
    lines = told(account, "Clock clock")

    assert lines[1] == (
        "stood still from Mon 02 Mar 2026 10:00 UTC (2026-03-02T10:00:00Z)"
        " until Mon 02 Mar 2026 12:00 UTC (2026-03-02T12:00:00Z)"
    )
    assert clock(account).rungs[0].due == MONDAY + DAY + 2 * HOUR
    assert any("2 h of open time" in line for line in clock(account).rungs[0].arithmetic)


def test_while_a_clock_stands_still_its_rung_has_no_time() -> None:
    account = running(PAUSED, status(MONDAY + HOUR, "Waiting", by=None), after=30)

    assert states(account) == [("first", RungState.PAUSED)]
    assert "first, 1 business day: no time" in told(account, "Clock clock")
    assert told(account, "Next")[-1] == ("clock: it stands still, and first waits until it goes on")


def test_a_new_owners_grace_is_told_where_it_moves_a_rung() -> None:
    policy = a_clock(
        Rung("first", days(1), (task(),)),
        on_reassign=OnReassign.MINIMUM_GRACE,
        grace=days(2),
    )
    account = running(policy, owned(MONDAY + HOUR, BEN, by=MIA), after=2)

    rung = clock(account).rungs[0]
    assert rung.due == MONDAY + 2 * DAY + HOUR
    assert rung.arithmetic[-1] == (
        "the owner since Mon 02 Mar 2026 10:00 UTC (2026-03-02T10:00:00Z) has at least"
        " 2 business days: due Wed 04 Mar 2026 10:00 UTC (2026-03-04T10:00:00Z)"
    )


def test_a_deadline_of_its_own_is_told_with_its_arithmetic() -> None:
    account = running(a_clock(Rung("first", days(1), (task(),)), deadline=days(5)))

    lines = told(account, "Clock clock")

    at = lines.index("deadline, 5 business days: Mon 09 Mar 2026 09:00 UTC (2026-03-09T09:00:00Z)")
    assert "  | Sat 2026-03-07 to Sun 2026-03-08, each: skipped, weekend" in lines[at:]


def test_a_rung_for_another_number_of_attempts_says_so() -> None:
    policy = a_clock(
        Rung("none_yet", days(1), (task(),), attempts_below=1),
        Rung("tried", days(1), (task(),), attempts_from=1),
        ends=frozenset(),
    )
    account = running(policy, called(MONDAY + HOUR), after=2)

    assert states(account) == [("none_yet", RungState.NOT_MEANT), ("tried", RungState.TO_COME)]
    assert clock(account).rungs[0].why == (
        "not meant for this lead: for 0 attempts or more, fewer than 1; 1 were made"
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"only_for": frozenset({"form"})},
            "does not run: only for leads handed over by form",
        ),
        ({"starts_on": Start.ATTEMPT}, "has not begun: it counts from the first attempt"),
        ({"starts_on": Start.ASSIGNMENT}, "has not begun: it counts from an owner"),
    ],
)
def test_a_clock_that_does_not_run_says_why(changes: dict[str, Any], problem: str) -> None:
    account = running(a_clock(Rung("first", days(1), (task(),)), **changes))

    assert clock(account).begun_at is None
    assert told(account, "Clock clock") == (problem,)


def test_a_clock_that_began_later_counts_from_there() -> None:
    began = a_fact(
        FactKind.STARTED,
        MONDAY + HOUR,
        {"cycle": "c1", "clock": "clock", "generation": 0},
        source=OURS,
    )
    policy = a_clock(Rung("first", days(1), (task(),)), starts_on=Start.ASSIGNMENT)

    assert clock(running(policy, began, after=2)).begun_at == MONDAY + HOUR


def test_rungs_of_an_earlier_start_are_told_as_well() -> None:
    restarted = a_fact(
        FactKind.RESTARTED,
        MONDAY + 2 * DAY,
        {"cycle": "c1", "clock": "first_touch", "generation": 1, "owner": BEN.key},
        source=OURS,
    )
    facts = [*WORKED, fired("day_0", MONDAY), restarted]

    lines = told(an_account(facts, MONDAY + 2 * DAY), "Clock first_touch")

    assert lines[0].endswith(", start 2 of it, calendar office")
    assert lines[1] == "start 1: day_0 fired 2026-03-02T09:00:00Z"


def test_a_rung_that_fired_long_after_it_was_due_says_by_how_much() -> None:
    late = fired("day_0", MONDAY + 3 * HOUR, due=MONDAY.isoformat())

    lines = told(an_account([*WORKED, late], MONDAY + 4 * HOUR), "Clock first_touch")

    assert lines[2].startswith("  fired 2026-03-02T12:00:00Z, 3 h after it was due: ")


def test_a_rung_past_its_time_that_is_only_to_be_decided_about_says_so() -> None:
    assert states(an_account([scored(MONDAY), owned(MONDAY), HANDED], MONDAY + HOUR))[0] == (
        "day_0",
        RungState.DUE,
    )


@pytest.mark.parametrize(
    ("start", "situation", "words"),
    [
        (Start.STAGE, Situation(stage=Stage.SQL), "it counts from the stage sql"),
        (Start.RULE, Situation(rule=ruled("x", "score > 90")), "this holds: score > 90"),
        (
            Start.QUEUE,
            Situation(held_by=UserKind.QUEUE),
            "it counts from when a queue has the lead",
        ),
    ],
)
def test_what_a_clock_waits_for_is_told(start: Start, situation: Situation, words: str) -> None:
    policy = a_clock(Rung("first", days(1), (task(),)), starts_on=start, begins_in=situation)

    assert words in clock(running(policy)).problem


def test_what_a_clock_that_runs_has_begun_with_is_told() -> None:
    policy = a_clock(
        Rung("first", days(1), (task(),)),
        starts_on=Start.STAGE,
        begins_in=Situation(stage=Stage.MQL),
    )
    account = running(policy, a_fact(FactKind.STARTED, MONDAY, {
        "cycle": "c1", "clock": "clock", "generation": 0}, source=OURS))  # fmt: skip

    assert "counts from: the stage mql" in told(account, "Clock clock")


def test_the_stage_and_the_rule_that_would_stop_a_clock_are_told() -> None:
    stops = (
        Situation(stage=Stage.SAL),
        Situation(stage=Stage.MQL, left=True),
        Situation(rule=ruled("x", "score > 90")),
    )
    policy = a_clock(
        Rung("first", days(1), (task(),)), stops=stops, ends=frozenset({End.STAGE, End.RULE})
    )

    assert clock(running(policy)).stopped_by == (
        "the stage sal",
        "leaving the stage mql",
        "this coming true: score > 90",
    )
