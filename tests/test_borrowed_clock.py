"""A daemon beside a sandbox that hurries takes its time from it, and from nobody else."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from slasync.borrowed_clock import TOKEN, URL, BorrowedClock, clock_of
from slasync.clock import SystemClock
from slasync.errors import Stopped, TryLater
from slasync.sandbox.runner import Settings, Up

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Real:
    """A machine whose seconds pass when it is told so."""

    seconds = 0.0

    def now(self) -> datetime:
        return START

    def mono(self) -> float:
        return self.seconds

    def wait(self, seconds: float, stop: threading.Event) -> None:
        assert not stop.is_set()
        self.seconds += seconds


def test_borrowed_time_passes_as_fast_as_the_sandboxs() -> None:
    real = Real()
    clock = BorrowedClock(START, 60, real)

    clock.wait(120, threading.Event())

    assert real.seconds == 2
    assert clock.now() == START + timedelta(minutes=2)


def test_the_sandbox_on_this_machine_tells_its_time() -> None:
    with Up(Settings(start=START, speed=60, people=False)) as up:
        control = up.describe()["control"]
        clock = clock_of({URL: control["url"], TOKEN: control["token"]})

        assert START <= clock.now() < START + timedelta(hours=1)
        with pytest.raises(Stopped, match=TOKEN):
            clock_of({URL: control["url"], TOKEN: "wrong"})


def test_without_a_word_the_machines_own_time_counts() -> None:
    assert isinstance(clock_of({}), SystemClock)


def test_no_other_machine_tells_the_time() -> None:
    with pytest.raises(Stopped, match="this machine"):
        clock_of({URL: "https://time.example/_sandbox"})


def test_a_sandbox_that_is_gone_is_tried_later() -> None:
    with pytest.raises(TryLater):
        clock_of({URL: "http://127.0.0.1:9/_sandbox"})
