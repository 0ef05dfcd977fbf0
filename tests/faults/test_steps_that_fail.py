"""Steps that fail, for whatever reason: they are repeated, and told of; the others go on."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import structlog

from slasync import daemon, logs
from slasync.errors import TryLater
from slasync.workers.step import Step
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

FAILURES = [ValueError("ana@example.com"), MemoryError(), RecursionError(), OSError(28, "no space")]


@dataclass
class Waiting(DrivenClock):
    """A clock that tells how long it was waited for, and ends the work after some waits."""

    stop: threading.Event = field(default_factory=threading.Event)
    most: int = 20
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self.waits.append(seconds)
        self.advance(seconds)
        if len(self.waits) >= self.most:
            stop.set()


class Fails:
    """A step that raises, so often; then it finds nothing."""

    def __init__(self, error: BaseException, times: int = 10**6) -> None:
        self.error, self.times, self.runs = error, times, 0

    def run(self) -> bool:
        self.runs += 1
        if self.runs <= self.times:
            raise self.error
        return False

    @property
    def step(self) -> Step:
        return Step("failing", self.run, lambda: None)


@fault("L26", "L6")
@pytest.mark.parametrize("error", FAILURES, ids=lambda e: type(e).__name__)
def test_a_step_that_fails_is_repeated_ever_more_rarely_and_told_of(error: Exception) -> None:
    clock, pulse, failing = Waiting(), daemon.Pulse(), Fails(error)

    daemon.repeat(failing.step, clock, clock.stop, pulse)

    assert failing.runs == 20
    assert clock.waits[:7] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert pulse.failures() == {"failing": type(error).__name__}  # and no more: nobody is named
    assert pulse.beats() == {}


@fault("L26")
def test_a_step_that_recovers_is_well_again_and_waits_no_longer_than_others() -> None:
    clock, pulse, failing = Waiting(most=6), daemon.Pulse(), Fails(TryLater("busy"), times=3)

    daemon.repeat(failing.step, clock, clock.stop, pulse)

    assert clock.waits == [2.0, 4.0, 8.0, 2.0, 2.0, 2.0]
    assert pulse.failures() == {}
    assert set(pulse.beats()) == {"failing"}


@fault("L26")
def test_a_step_that_fails_for_days_is_repeated_for_days() -> None:
    clock, pulse, failing = Waiting(most=2_000), daemon.Pulse(), Fails(TryLater("down"), 1_500)

    daemon.repeat(failing.step, clock, clock.stop, pulse)

    assert max(clock.waits) == 60.0
    assert pulse.failures() == {}


@fault("L26")
def test_the_other_steps_go_on() -> None:
    clock, pulse, stop = Waiting(most=10**9), daemon.Pulse(), threading.Event()
    failing, rounds = Fails(ValueError(), times=100), iter(range(50))

    def work() -> bool:
        if next(rounds, None) is None:
            stop.set()
        return True

    daemon.run([failing.step, Step("working", work, lambda: None)], clock, stop, pulse)

    assert "working" in pulse.beats()


class Closed(io.BytesIO):
    """An output whose reader has gone, or whose disk is full."""

    def write(self, _: object) -> int:
        raise BrokenPipeError


@pytest.fixture
def no_log() -> Iterator[None]:
    """Log lines go nowhere, and say so; afterwards all is as before."""
    before = structlog.get_config()
    logs.configure(DrivenClock(), out=Closed())
    yield
    structlog.configure(**before)


@fault("L29")
@pytest.mark.usefixtures("no_log")
def test_a_step_goes_on_though_nothing_can_be_logged() -> None:
    clock, pulse, failing = Waiting(most=5), daemon.Pulse(), Fails(ValueError())

    daemon.repeat(failing.step, clock, clock.stop, pulse)

    assert failing.runs == 5


@fault("L29")
def test_a_process_whose_log_has_no_reader_goes_on() -> None:
    program = (
        "import structlog, sys\n"
        "from slasync import logs\n"
        "from slasync.clock import SystemClock\n"
        "logs.configure(SystemClock())\n"
        "for n in range(3): structlog.get_logger().info('line', number=n)\n"
        "print('went on')\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(  # noqa: S603 - this test's own program
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=writer, check=False
    )
    os.close(writer)

    assert ended.stdout == b"went on\n"
