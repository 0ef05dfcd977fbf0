"""One measured figure, and how to time a piece of work."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`; `floor` is the least any program needs, `ratio` is value to floor.

    Floor and ratio are None where no floor makes sense.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None

    def as_json(self) -> str:
        """Write one JSON line, numbers to four digits."""
        return json.dumps(
            {key: _short(value) for key, value in asdict(self).items()}, allow_nan=False
        )


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes by the wall."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return how long `work` keeps this process busy: other processes do not count."""
    begin = process_time()
    work()
    return process_time() - begin


Timer = Callable[[Callable[[], object]], float]


def best_of(times: int, work: Callable[[], object], timer: Timer = seconds) -> float:
    """Return the seconds of the fastest run: the others were disturbed by something else."""
    return min(timer(work) for _ in range(times))


def _short(value: str | float | None) -> str | float | None:
    if isinstance(value, float):
        return round(value) if abs(value) >= 10_000 else float(f"{value:.4g}")
    return value
