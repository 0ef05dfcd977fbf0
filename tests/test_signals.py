"""A signal ends the daemon whichever of the process's threads it reaches."""

import signal
import threading
from collections.abc import Iterator

import pytest

from slasync.daemon import stop_on_signals, wait_until

RESCUE = 20.0  # seconds; then the test ends all the same, and fails


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop = threading.Event()
    stop_on_signals(stop)
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def signalled() -> None:
    """Get the signal in this thread, and go on, as those of libraries do."""
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def test_a_signal_that_another_thread_gets_ends_the_wait(stop: threading.Event) -> None:
    main = threading.get_ident()
    rescue = threading.Timer(RESCUE, signal.pthread_kill, [main, signal.SIGTERM])
    other = threading.Timer(0.3, signalled)  # the main thread waits by then
    for timer in (rescue, other):
        timer.daemon = True
        timer.start()

    wait_until(stop, threading.Event())

    in_time = rescue.is_alive()
    rescue.cancel()
    assert in_time
