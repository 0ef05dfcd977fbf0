"""Plays many seeds in several processes at once, and hands the verdicts out in order."""

import atexit
import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import TYPE_CHECKING

from slasync.rehearsal.simulation.database import Files, opened
from slasync.rehearsal.simulation.judging import Verdict, try_plan, try_seed
from slasync.rehearsal.simulation.plan import Plan
from slasync.rehearsal.stage import RARELY

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

AHEAD = 4  # seeds of each process that may be done before their turn to be told

_mine: list[Files] = []  # of this process, opened once


def verdicts(seeds: Sequence[int | Plan], jobs: int, *, stop_at_first: bool) -> Iterator[Verdict]:
    """Yield what became of each seed or plan, in order; after a failure stop if asked to."""
    found = _alone(seeds) if jobs <= 1 or len(seeds) == 1 else _together(seeds, jobs)
    for verdict in found:
        yield verdict
        if stop_at_first and verdict.broken:
            return


def _alone(seeds: Sequence[int | Plan]) -> Iterator[Verdict]:
    with opened() as files:
        for seed in seeds:
            yield _try(seed, files)


def _try(seed: int | Plan, files: Files) -> Verdict:
    return try_plan(seed, files) if isinstance(seed, Plan) else try_seed(seed, files)


def _together(seeds: Sequence[int | Plan], jobs: int) -> Iterator[Verdict]:
    context = get_context("spawn")
    started = context.Value("i", 0)
    with ProcessPoolExecutor(jobs, context, _open, (started,)) as pool:
        waiting: list[Future[Verdict]] = []
        try:
            for seed in seeds:
                waiting.append(pool.submit(_try_here, seed))
                if len(waiting) >= jobs * AHEAD:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _open(started: "Synchronized[int]") -> None:
    """Open the database's folder of this process; it is removed when the process ends."""
    with started.get_lock():
        place = started.value
        started.value += 1
    keep_to_one_processor(place)
    gc.set_threshold(*RARELY)
    stack = ExitStack()
    _mine.append(stack.enter_context(opened()))
    atexit.register(stack.close)


def keep_to_one_processor(place: int) -> None:
    """Have this process stay where it is: its threads take turns, and handing over is dearest
    from one processor to another.
    """
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[place % len(processors)]})


def _try_here(seed: int | Plan) -> Verdict:
    return _try(seed, _mine[0])
