"""Beside a sandbox that hurries: the process itself lives by the machine's own time."""

import threading
from dataclasses import replace
from datetime import timedelta

from slasync.borrowed_clock import BorrowedClock
from slasync.clock import Seams
from tests.cli.desk import MONDAY, Desk
from tests.pains.daemon import daemon
from tests.test_watchdog import Late


def test_a_hiccup_of_half_a_second_is_no_stall_of_half_a_minute(desk: Desk) -> None:
    machine = Late(0.6, 0.6, 0)
    seams = Seams(clock=BorrowedClock(MONDAY, 60, machine), machine=machine)

    with daemon(replace(desk, seams=seams)) as running:
        running.serving.watchdog.run(threading.Event())

        assert running.serving.watchdog.stalled() == timedelta(0)
