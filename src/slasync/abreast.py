"""Several pieces of work at once: the seam to threads for whoever has several calls to make.

In production a small pool for each system; where time is driven one piece after the other, so
that the same run comes the same way each time.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Protocol, TypeVar

T = TypeVar("T")


class Abreast(Protocol):
    """Does pieces of work, at most so many at once."""

    @property
    def most(self) -> int:
        """How many there are at once; 1: one after the other, in the caller's thread."""

    @property
    def waits(self) -> bool:
        """Tell whether a thread may stand still until it is its turn."""

    def all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """Do all of `works`; return what they return, in order.

        Raises what the first of them raised, once all have ended.
        """


class InOrder:
    """One after the other."""

    most, waits = 1, False

    def all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        return [work() for work in works]


class Threads:
    """So many at once, in threads that are kept. A piece may not wait for another one of them."""

    waits = True

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        if len(works) <= 1 or self.most <= 1:
            return [work() for work in works]
        # each in a copy of its own of what the caller has said of its calls
        futures = [self._threads().submit(copy_context().run, work) for work in works]
        ended = [(future.exception(), future) for future in futures]
        for error, _ in ended:
            if error is not None:
                raise error
        return [future.result() for _, future in ended]

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.most, thread_name_prefix="abreast")
            return self._pool


def in_order(_: int) -> Abreast:
    """Return what does one piece after the other, whatever is allowed."""
    return InOrder()


def threads(most: int) -> Abreast:
    """Return a pool of at most so many threads; none is started yet."""
    return Threads(most)
