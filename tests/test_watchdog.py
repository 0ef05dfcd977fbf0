"""A thread that keeps all others out is noticed; so is what is checked from time to time."""

import threading
from datetime import timedelta

import pytest

from slasync.errors import Stopped, TryLater
from slasync.watchdog import Check, Watchdog
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault


class Late(DrivenClock):
    """A clock by which a turn comes later than asked for, by so many seconds each."""

    def __init__(self, *late: float) -> None:
        super().__init__()
        self._late = list(late)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        late = self._late.pop(0) if self._late else 0.0
        self.advance(seconds + late)
        if not self._late:
            stop.set()


def watched(*late: float, checks: tuple[Check, ...] = ()) -> Watchdog:
    watchdog = Watchdog(Late(*late), checks)
    watchdog.run(threading.Event())
    return watchdog


@fault("L27")
def test_the_longest_stall_is_told() -> None:
    assert watched(0.2, 31.0, 12.0, 0).stalled() == timedelta(seconds=31)


@fault("L27")
def test_turns_that_come_in_time_are_no_stall() -> None:
    assert watched(0.2, 4.0, 0).stalled() == timedelta(0)


def test_after_ten_minutes_a_stall_is_over() -> None:
    assert watched(40.0, *[1.0] * 400, 0).stalled() == timedelta(0)


def test_a_check_is_made_every_so_often() -> None:
    ran: list[int] = []
    check = Check("file", timedelta(seconds=5), lambda: ran.append(1))

    watched(*[0.0] * 26, checks=(check,))

    assert len(ran) == 5


def test_what_has_to_end_slasync_ends_the_watch() -> None:
    def gone() -> None:
        raise Stopped("the database was removed")

    with pytest.raises(Stopped, match="was removed"):
        watched(*[0.0] * 20, checks=(Check("file", timedelta(seconds=5), gone),))


def test_a_database_out_of_reach_is_asked_again() -> None:
    asked: list[int] = []

    def busy() -> None:
        asked.append(1)
        raise TryLater("busy")

    watched(*[0.0] * 21, checks=(Check("onward", timedelta(seconds=5), busy),))

    assert len(asked) > 2
