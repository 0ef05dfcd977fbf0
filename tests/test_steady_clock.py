"""However the machine's clock is set, time passes evenly, and the CRM puts it right."""

from datetime import datetime, timedelta

import pytest

from slasync.clock import Seams, SteadyClock, steadied
from slasync.connectors.http import Calls
from slasync.systems import Budget
from tests.builders import MONDAY
from tests.connectors.in_process import DrivenClock
from tests.connectors.test_http import header
from tests.faults.marks import fault

HOUR = timedelta(hours=1)


class Machine(DrivenClock):
    """A machine whose clock somebody sets."""

    jump = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.jump

    def mono(self) -> float:
        return super().now().timestamp()


@fault("T1", "T2")
@pytest.mark.parametrize("days", [7, -3, 3650, -3650])
def test_a_jump_of_the_machines_clock_changes_nothing(days: int) -> None:
    machine = Machine()
    clock = SteadyClock(machine)
    before = clock.now()
    machine.jump = timedelta(days=days)
    machine.advance(60)
    assert clock.now() == before + timedelta(minutes=1)
    assert clock.off() == -timedelta(days=days)


@fault("T1", "L5", "T18")
def test_what_a_suspended_machine_slept_through_is_told_by_the_crm() -> None:
    machine = Machine()
    seams = steadied(Seams(clock=machine))
    calls = Calls("crm", seams.clock, Budget(1000), (), seams.heard)
    slept = Machine()
    slept.advance(8 * 3600)
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, {"Date": header(slept)})
    assert abs(seams.clock.now() - (MONDAY + 8 * HOUR)) <= timedelta(seconds=1)


def test_a_second_more_or_less_is_no_reason_to_change_it() -> None:
    clock = SteadyClock(Machine())
    for seconds in (-2, 1, 2):
        clock.correct(MONDAY + timedelta(seconds=seconds))
        assert clock.now() == MONDAY


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_slow_answer_sets_nothing_back(seconds: float) -> None:
    """A simulated day: the first answer took two seconds, and so far back time was put by it."""
    machine = Machine()
    seams = steadied(Seams(clock=machine))
    calls = Calls("crm", seams.clock, Budget(1000), (), seams.heard)
    with calls.one("GET /leads") as exchange:
        told = {"Date": header(machine)}
        machine.advance(seconds)
        exchange.answered(200, told)
    assert seams.clock.now() - machine.now() == timedelta(0)


def test_a_slow_answer_puts_a_clock_right_that_is_further_off_than_it_took() -> None:
    machine = Machine()
    machine.jump = HOUR
    seams = steadied(Seams(clock=machine))
    machine.jump = timedelta(0)
    calls = Calls("crm", seams.clock, Budget(1000), (), seams.heard)
    for seconds in (5, 0):
        with calls.one("GET /leads") as exchange:
            told = {"Date": header(machine)}
            machine.advance(seconds)
            exchange.answered(200, told)
        assert abs(seams.clock.now() - machine.now()) <= timedelta(seconds=seconds + 1)


@fault("T1")
def test_check_tells_how_far_the_machine_is_off_though_the_clock_was_put_right() -> None:
    machine = Machine()
    seams = steadied(Seams(clock=machine))
    calls = Calls("crm", seams.clock, Budget(1000), (), seams.heard)
    machine.jump = -HOUR
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, {"Date": header(DrivenClock())})
    assert calls.vendor_time.skew() == HOUR
