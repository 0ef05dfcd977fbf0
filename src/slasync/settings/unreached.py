"""Rungs that are never climbed and deadlines that come before any: `check` warns of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from slasync.domain.agreement import (
    Agreement,
    ClockPolicy,
    Effect,
    EffectKind,
    End,
    Rung,
    Stage,
    Start,
)
from slasync.domain.clocks import calendar_of
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar, CoverageEnded, Offset
from slasync.settings.problems import Path

TRIED = 14  # days on which a clock might start
GONE = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})


def unreached(
    agreement: Agreement, pools: Mapping[str, Pool], calendars: Mapping[str, Calendar], today: date
) -> Iterator[tuple[Path, str]]:
    """Yield where each such rung or deadline stands, and what is wrong with it."""
    pool = pools.get(agreement.pool)
    for clock in agreement.clocks:
        calendar = calendar_of(clock, pool, agreement, calendars)[1]
        ladder = (
            *_after_the_end(clock, agreement),
            *_overtaken(clock, calendar, today),
            *_after_a_touch(clock),
        )
        for place, what in ladder:
            yield ("clocks", clock.name, "ladder", place), what
        if what := _unwarned(clock, calendar, today):
            yield ("clocks", clock.name, "deadline"), what


def _after_the_end(clock: ClockPolicy, agreement: Agreement) -> Iterator[tuple[int, str]]:
    ending = ""
    for place, rung in enumerate(clock.rungs):
        if ending:
            what = f"rung {rung.name} is never reached: with {ending} the lead is over for sales"
            yield place, what
        if not _bounded(rung) and any(_gives_up(each, agreement) for each in rung.effects):
            ending = ending or rung.name


def _gives_up(effect: Effect, agreement: Agreement) -> bool:
    return effect.kind is EffectKind.RECYCLE or agreement.stages.get(effect.status) in GONE


def _overtaken(clock: ClockPolicy, calendar: Calendar, today: date) -> Iterator[tuple[int, str]]:
    """Compare rungs of different units, whose order only the calendar tells."""
    rungs = [(place, rung) for place, rung in enumerate(clock.rungs) if not _bounded(rung)]
    for (place, lower), (_, higher) in pairwise(rungs):
        if _always_before(higher.after, lower.after, calendar, today):
            times = f"{higher.after}, {lower.after}"
            what = f"{higher.name}, which stands after it, is always due before it ({times})"
            yield place, f"rung {lower.name} is never reached: {what}: change their order"


def _after_a_touch(clock: ClockPolicy) -> Iterator[tuple[int, str]]:
    """The first attempt ends the clock that counts from the hand-over until a touch."""
    if clock.starts_on is not Start.HANDOVER or End.TOUCH not in clock.ends:
        return
    for place, rung in enumerate(clock.rungs):
        if rung.attempts_from:
            what = f"it asks for {rung.attempts_from} or more attempts, and a touch ends the clock"
            yield place, f"rung {rung.name} is never reached: {what}"


def _unwarned(clock: ClockPolicy, calendar: Calendar, today: date) -> str:
    """Compare deadline and first rung as rungs are: of one unit they were compared before."""
    deadline, first = clock.deadline, clock.rungs[0].after
    if deadline is None or not _always_before(deadline, first, calendar, today):
        return ""
    return (
        f"the deadline ({deadline}) is always before the first rung ({first}): nobody would be told"
        " in time"
    )


def _always_before(one: Offset, other: Offset, calendar: Calendar, today: date) -> bool:
    """Tell whether of two times in different units the first always comes before the other."""
    if one.unit is other.unit:
        return False
    begun = datetime.combine(today, time(), UTC)
    starts = (begun + timedelta(days=day) for day in range(TRIED))
    try:
        return all(calendar.due(start, one) < calendar.due(start, other) for start in starts)
    except CoverageEnded:
        return False


def _bounded(rung: Rung) -> bool:
    return rung.attempts_below is not None or rung.attempts_from > 0
