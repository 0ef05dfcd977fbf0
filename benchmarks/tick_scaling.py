"""What a decide tick costs among a million waiting leads, compared with one among ten thousand.

A tick decides about all leads whose rung is due: batch after batch, until there is no work.
"""

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, seconds
from benchmarks.quiet import quiet
from benchmarks.shipped import new_database, shipped
from benchmarks.waiting_leads import Crowd, Waiting

MANY, FEW = 1_000_000, 10_000
DUE = 1_000
TICKS = 8


def measure(
    many: int = MANY, few: int = FEW, due: int = DUE, ticks: int = TICKS
) -> Iterator[Figure]:
    """Yield how many times a tick among `few` one among `many` costs, then both in ms."""
    settings = shipped()
    with TemporaryDirectory() as folder, ExitStack() as closing, quiet():
        crowds = []
        for leads in (few, many):
            url = new_database(Path(folder) / f"{leads}.db")
            waiting = Waiting(url, settings, Crowd(leads, due, ticks))
            closing.callback(waiting.close)
            crowds.append(waiting)
        times: list[list[float]] = [[], []]
        for tick in range(ticks):  # in turn: both are to see the same machine
            for taken, waiting in zip(times, crowds, strict=True):
                waiting.await_rung(tick)
                gc.collect()  # what the other left behind is not this one's cost
                taken.append(seconds(waiting.tick))
                waiting.check(tick)
    floor, value = (median(taken) * 1_000 for taken in times)
    # neighbours in time are compared, for the machine does not run evenly
    ratio = median(large / small for small, large in zip(*times, strict=True))
    yield Figure("tick_scaling", ratio, "times", 1.0, ratio)
    yield Figure("tick", value, "ms", floor, value / floor)
