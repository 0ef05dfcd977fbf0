"""The daemon: one thread a step, each repeating its step until told to stop."""

import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from slasync.clock import Clock
from slasync.errors import SlasyncError
from slasync.workers.step import Step

log = structlog.get_logger()

IDLE = timedelta(seconds=2)  # between two looks when nothing was found
SIGNALLED = timedelta(seconds=0.5)  # between two looks whether a signal has come


class Pulse:
    """When each step last went round without failing: what health is told from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beats: dict[str, datetime] = {}
        self._failures: dict[str, str] = {}

    def beat(self, name: str, at: datetime) -> None:
        with self._lock:
            self._beats[name] = at
            self._failures.pop(name, None)

    def fail(self, name: str, why: str) -> None:
        with self._lock:
            self._failures[name] = why

    def beats(self) -> dict[str, datetime]:
        with self._lock:
            return dict(self._beats)

    def failures(self) -> dict[str, str]:
        with self._lock:
            return dict(self._failures)


def run(steps: Sequence[Step], clock: Clock, stop: threading.Event, pulse: Pulse) -> None:
    """Run every step in a thread of its own until `stop` is set; return when all have ended."""
    with ThreadPoolExecutor(len(steps), thread_name_prefix="step") as pool:
        running = [pool.submit(repeat, step, clock, stop, pulse) for step in steps]
    for thread in running:
        thread.result()


def repeat(step: Step, clock: Clock, stop: threading.Event, pulse: Pulse) -> None:
    """Run `step` while it finds work; wait when it finds none, or fails."""
    failures = 0
    while not stop.is_set():
        try:
            found = step.run()
        except Exception as error:
            failures += 1
            pulse.fail(step.name, _words(error))
            log.exception("step failed", step=step.name, failures=failures)
            clock.wait(min(2.0 ** min(failures, 6), 60.0), stop)
            continue
        failures = 0
        pulse.beat(step.name, clock.now())
        if not found:
            clock.wait(IDLE.total_seconds(), stop)


def _words(error: Exception) -> str:
    """Only our own errors are known to carry no secrets and no personal data."""
    return str(error) if isinstance(error, SlasyncError) else type(error).__name__


def stop_on_signals(stop: threading.Event, told: Callable[[], None] = lambda: None) -> None:
    """Have SIGTERM and SIGINT set `stop`. A handler must do nothing that takes a lock: no log."""

    def end(*_: object) -> None:
        stop.set()
        told()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def wait_until(stop: threading.Event, ended: threading.Event) -> None:
    """Return once `stop` is set, by a signal too; `ended` only wakes earlier.

    Handlers run in the main thread alone, and a signal may reach another one, gRPC's for instance:
    that does not wake a wait without end. Nor may the main thread wait for `stop` itself, whose
    lock the handler takes.
    """
    while not stop.is_set():
        ended.wait(SIGNALLED.total_seconds())


def reload_on_signal(reload: Callable[[], None]) -> None:
    """Have SIGHUP call `reload`, where there is such a signal; it must not take a lock either."""
    number = getattr(signal, "SIGHUP", None)
    if number is not None:
        signal.signal(number, lambda *_: reload())
