"""Pauses of a clock: stretches that do not count, and deadlines that step around them.

Inside, a pause is a *run*: its begin and end in microseconds since 1970, the end None while it
lasts. Runs are merged: in order, apart from each other, none of them empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.time.local_time import LocalTime, from_us, to_us
from slasync.domain.time.open_hours import OpenHours

Run = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Pause:
    """Time from `begins` up to before `ends` that does not count; still paused when it is None."""

    begins: datetime
    ends: datetime | None = None

    def __post_init__(self) -> None:
        begins, ends = to_us(self.begins), None if self.ends is None else to_us(self.ends)
        if ends is not None and ends < begins:
            raise ValueError(
                f"a pause from {from_us(begins)} to {from_us(ends)} ends before it"
                " begins: swap the two"
            )


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Join pauses that overlap or touch, in order and in UTC; empty ones are dropped."""
    return tuple(
        Pause(from_us(begins), None if ends is None else from_us(ends))
        for begins, ends in runs_of(pauses)
    )


def runs_of(pauses: Iterable[Pause]) -> tuple[Run, ...]:
    """Return the merged runs of pauses in whatever order; nothing follows one that still lasts."""
    runs: list[Run] = []
    for pause in sorted(pauses, key=lambda pause: to_us(pause.begins)):
        begins, ends = to_us(pause.begins), None if pause.ends is None else to_us(pause.ends)
        last = runs[-1][1] if runs else begins - 1
        if last is None:
            break
        if last < begins != ends:
            runs.append((begins, ends))
        elif last >= begins:
            runs[-1] = runs[-1][0], None if ends is None else max(last, ends)
    return tuple(runs)


def first_unpaused(instant: int, runs: Sequence[Run]) -> int | None:
    """Return the first instant at or after `instant` that is not paused; None when not known."""
    for begins, ends in runs:
        if begins <= instant and (ends is None or instant < ends):
            return ends
    return instant


def first_counted(hours: OpenHours, instant: int, runs: Sequence[Run]) -> int | None:
    """Return the first open instant at or after `instant` that is not paused."""
    opened = hours.first_open(instant)
    for begins, ends in runs:
        if opened < begins:
            break
        if ends is None:
            return None
        if opened < ends:
            opened = hours.first_open(ends)
    return opened


def after_open_time(hours: OpenHours, start: int, open_us: int, runs: Sequence[Run]) -> int | None:
    """Return the earliest instant at which so much time was open and not paused since `start`."""
    if not open_us:
        return first_counted(hours, start, runs)
    at, left = start, open_us
    for begins, ends in runs:
        if begins >= hours.ends:
            break
        if ends is not None and ends <= at:
            continue
        counted = hours.passed(max(begins, at)) - hours.passed(at)
        if left <= counted:
            break
        if ends is None:
            return None
        at, left = ends, left - counted
    return hours.due_at(at, left)


def after_business_days(hours: OpenHours, start: int, days: int, runs: Sequence[Run]) -> int | None:
    """Return the business day's deadline, as much open time later as was paused up to it.

    Counts from the first instant that is open and not paused. Where the deadline would be closed
    or paused, it is the next instant that is neither.
    """
    opened = first_counted(hours, start, runs)
    if opened is None:
        return None
    due = hours.after_days(opened, days)
    for begins, ends in runs:
        if begins > due:
            break
        if ends is None:
            return None
        if ends > opened:
            paused = hours.passed(ends) - hours.passed(begins)
            due = hours.first_open(hours.due_at(due, paused))
    return due


def pushed_by_wall_time(local: LocalTime, begun: int, due: int, runs: Sequence[Run]) -> int | None:
    """Return `due`, as much later on the wall clock as the pauses between `begun` and it took.

    Never inside a pause: what is due then is due when the pause ends.
    """
    for begins, ends in runs:
        if begins > due:
            break
        if ends is None:
            return None
        if ends > begun:
            took = local.reading(ends) - local.reading(begins)
            due = max(due, ends, local.instant(local.reading(due) + took))
    return due


def paused_open_time(hours: OpenHours, begins: int, ends: int, runs: Sequence[Run]) -> int:
    """Return the open time from `begins` to `ends` that was paused."""
    return sum(
        hours.passed(min(ends, ends if until is None else until)) - hours.passed(max(begins, since))
        for since, until in runs
        if since < ends and (until is None or until > begins)
    )
