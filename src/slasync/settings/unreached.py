"""Rungs that those before them keep from ever being climbed: `check` warns of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from slasync.domain.agreement import Agreement, ClockPolicy, Effect, EffectKind, Rung, Stage
from slasync.domain.clocks import calendar_of
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.settings.problems import Path

TRIED = 14  # days on which a clock might start
GONE = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})


def unreached(
    agreement: Agreement, pools: Mapping[str, Pool], calendars: Mapping[str, Calendar], today: date
) -> Iterator[tuple[Path, str]]:
    """Yield where each such rung stands, and why it is never reached."""
    pool = pools.get(agreement.pool)
    for clock in agreement.clocks:
        calendar = calendar_of(clock, pool, agreement, calendars)[1]
        for place, what in (*_after_the_end(clock, agreement), *_overtaken(clock, calendar, today)):
            yield ("clocks", clock.name, "ladder", place), what


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
        if lower.after.unit is not higher.after.unit and _always_before(
            higher, lower, calendar, today
        ):
            times = f"{higher.after}, {lower.after}"
            what = f"{higher.name}, which stands after it, is always due before it ({times})"
            yield place, f"rung {lower.name} is never reached: {what}: change their order"


def _always_before(one: Rung, other: Rung, calendar: Calendar, today: date) -> bool:
    begun = datetime.combine(today, time(), UTC)
    starts = (begun + timedelta(days=day) for day in range(TRIED))
    try:
        return all(
            calendar.due(start, one.after) < calendar.due(start, other.after) for start in starts
        )
    except CoverageEnded:
        return False


def _bounded(rung: Rung) -> bool:
    return rung.attempts_below is not None or rung.attempts_from > 0
