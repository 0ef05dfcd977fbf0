"""Catches what the daemon logs during a run, redacted and rendered as in production."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from logging import INFO

import structlog

from slasync.logs import chain


class _VendorsTime:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now()

    def mono(self) -> float:
        return self._now().timestamp()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Nobody waits by this clock."""


class _Lines:
    """A logger that keeps each line."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def _keep(self, line: bytes) -> None:
        self._lines.append(line.decode())

    info = warning = error = critical = exception = log = _keep


@contextmanager
def caught(now: Callable[[], datetime], lines: list[str]) -> Iterator[None]:
    """Have log lines go to `lines` inside."""
    before = structlog.get_config()
    structlog.configure(
        processors=list(chain(_VendorsTime(now))),
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
        logger_factory=lambda *_: _Lines(lines),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)
