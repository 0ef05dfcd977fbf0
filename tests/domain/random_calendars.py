"""Random calendars, deadlines and pauses, the same for the same seed, held against the oracle.

`python -m tests.domain.random_calendars --cases 100000` compares that many and says what differed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TID251 - seeded: the same cases each time

from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Pause, Unit
from tests.domain.calendar_builders import NIGHT, OFFICE, SPLIT, TRANSITIONS, a_spec
from tests.domain.minute_oracle import MinuteOracle

A_BATCH = 100  # cases to a calendar
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOST = {
    Unit.CALENDAR_DAYS: 5, Unit.BUSINESS_DAYS: 4,
    Unit.BUSINESS_HOURS: 12, Unit.BUSINESS_MINUTES: 600,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One question: when is it due, and how much counts from start to `until`?"""

    start: datetime
    offset: Offset
    until: datetime
    pauses: tuple[Pause, ...]


def disagreements(seed: int) -> list[str]:
    """Return what calendar and oracle answer differently in the cases of a seed."""
    chance = Random(seed)  # noqa: S311 - no secret
    spec, day = _calendar(chance)
    calendar, oracle = Calendar(spec), MinuteOracle(spec)
    return [
        f"seed {seed}: {words}, {case}, {spec}"
        for case in (_case(chance, calendar, day) for _ in range(A_BATCH))
        for words in _differences(calendar, oracle, case)
    ]


def _differences(calendar: Calendar, oracle: MinuteOracle, case: Case) -> Iterator[str]:
    due = calendar.due_paused(case.start, case.offset, case.pauses)
    counted = oracle.due(case.start, case.offset, case.pauses)
    if due != counted:
        yield f"due {due}, but {counted} by the oracle"
    if not case.pauses and due != calendar.due(case.start, case.offset):
        yield "no pauses, and another deadline"
    elapsed = calendar.elapsed(case.start, case.until, case.pauses)
    watched = oracle.open_between(case.start, case.until, case.pauses)
    if elapsed != watched:
        yield f"elapsed {elapsed}, but {watched} by the oracle"


def _calendar(chance: Random) -> tuple[CalendarSpec, datetime]:
    """Draw a calendar, its edges crowded around a change of clocks, and that day's beginning."""
    zone, day, changes_at = chance.choice(TRANSITIONS)
    if chance.random() < 0.2:
        day += timedelta(days=chance.randrange(-300, 300))
    week = {n: hours for n in range(7) if (hours := _hours(chance, changes_at))}
    long = chance.randrange(1440)  # so that no calendar is too thin for the amounts above
    week[chance.randrange(7)] = (Interval(long, long + 600),)
    spec = a_spec(
        week,
        zone=zone,
        holidays=dict.fromkeys((_near(chance, day) for _ in range(chance.randrange(3))), "holiday"),
        overrides={
            _near(chance, day): _hours(chance, changes_at) for _ in range(chance.randrange(3))
        },
        first=day - timedelta(days=60),
        last=day + timedelta(days=150),
    )
    return spec, datetime(day.year, day.month, day.day, tzinfo=UTC)


def _near(chance: Random, day: date) -> date:
    return day + timedelta(days=chance.randrange(-4, 8))


def _hours(chance: Random, changes_at: int) -> tuple[Interval, ...]:
    if chance.random() < 0.5:
        return chance.choice(((), OFFICE, SPLIT, NIGHT, (Interval(0, 1440),)))
    return tuple(_interval(chance, changes_at) for _ in range(chance.randrange(4)))


def _interval(chance: Random, changes_at: int) -> Interval:
    around = min(max(changes_at + chance.randrange(-30, 90), 0), 1440)
    opens = chance.choice((around, chance.randrange(1440)))
    return Interval(opens, opens + chance.choice((1, 30, 60, chance.randrange(1, 1441))))


def _case(chance: Random, calendar: Calendar, day: datetime) -> Case:
    start = day + chance.randrange(-3 * 1440, 3 * 1440) * MINUTE + _odd(chance)
    unit = chance.choice(tuple(Unit))
    offset = Offset(chance.choice((0, 1, chance.randrange(MOST[unit] + 1))), unit)
    until = start + chance.randrange(chance.choice((600, 4000))) * MINUTE + _odd(chance)
    pauses = tuple(_pauses(chance, start, calendar.due(start, offset)))
    return Case(start, offset, until, pauses)


def _odd(chance: Random) -> timedelta:
    """Mostly nothing: whole minutes meet more often."""
    return chance.choice((0, 0, 1)) * timedelta(microseconds=chance.randrange(60_000_000))


def _pauses(chance: Random, start: datetime, due: datetime) -> Iterator[Pause]:
    """Draw pauses in any order that overlap, touch, meet start and deadline, or do not matter."""
    edges = [start, due, due.replace(minute=0, second=0, microsecond=0)]
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
        anywhere = start + chance.randrange(-1440, 4 * 1440) * MINUTE + _odd(chance)
        begins = chance.choice((anywhere, chance.choice(edges)))
        ends = begins + chance.choice((timedelta(), HOUR, DAY, chance.randrange(3000) * MINUTE))
        yield Pause(begins, None if chance.random() < 0.1 else ends)
        edges += [begins, ends]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; return 0 when nothing differed."""
    parser = argparse.ArgumentParser(description="Deadlines against a minute-stepping oracle.")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--jobs", type=int)
    asked = parser.parse_args(arguments)
    seeds = range(asked.first, asked.first + -(-asked.cases // A_BATCH))
    with ProcessPoolExecutor(asked.jobs) as crew:
        found = [words for told in crew.map(disagreements, seeds, chunksize=10) for words in told]
    found = found[:20] + ["..."] * (len(found) > 20)
    sys.stdout.write("\n".join([*found, f"{len(seeds) * A_BATCH} cases, {len(found)} differ\n"]))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
