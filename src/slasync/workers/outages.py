"""Outages: stretches in which a stream was not read to its end though its turn had come.

Told by the passes themselves, so it does not matter why: a system that was down, one that refused,
or a slasync that was not running.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from slasync.domain.figures.custody import Outage
from slasync.store.cursors import Cursor

TURNS = 3
"""So many turns a stream may miss before it is an outage, and at least..."""
SHORTEST = timedelta(minutes=15)


def over(was: Cursor, now: Cursor, every: timedelta) -> Iterator[Outage]:
    """Yield the outage that ended because a pass is complete, if it was one; a first load is none.

    `every`: how often the stream is read.
    """
    since, ends = was.completed_at, now.completed_at
    if since is not None and ends is not None and ends - since > longest(every):
        yield Outage(since, ends, was.stream)


def under_way(
    cursors: Iterable[Cursor], now: datetime, every: Callable[[str], timedelta]
) -> Iterator[Outage]:
    """Yield the outages that have not ended yet, up to now."""
    for cursor in cursors:
        since = cursor.completed_at
        if since is not None and now - since > longest(every(cursor.stream)):
            yield Outage(since, now, cursor.stream)


def longest(every: timedelta) -> timedelta:
    """Return how long a stream that is read so often may go unread."""
    return max(every * TURNS, SHORTEST)
