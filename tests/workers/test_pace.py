"""pull: when a stream is read: at its interval, sooner where a rung waits, never too often."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import MemorySource
from slasync.domain.lead import LeadKey
from slasync.ports import Answer, Ask
from slasync.store.clocks import ClockRow
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from tests.builders import HOUR, MINUTE, MONDAY
from tests.faults.marks import fault
from tests.workers.mirror import Mirror, Tampered

SECOND = timedelta(seconds=1)
USERS, LEADS, TASKS = "salesforce.users", "salesforce.leads", "salesforce.tasks"


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def wait_for(mirror: Mirror, at: datetime) -> None:
    """Have a rung of the first-touch clock wait for its streams to be read past `at`."""
    row = ClockRow(
        lead=LeadKey("hubspot:contact:1"), cycle="c1", clock="first_touch", state="running",
        gate="first_touch", wake_at=at,
    )  # fmt: skip
    with transaction(mirror.engine) as unit:
        unit.clocks.put([row])


def test_streams_are_read_at_their_interval(mirror: Mirror) -> None:
    pull = mirror.pull(every=10 * MINUTE)
    pull.run()
    assert pull.next_at() == MONDAY + 10 * MINUTE
    mirror.advance(9 * MINUTE)
    assert not pull.run()
    assert mirror.crm.calls["read"] == 1
    mirror.advance(MINUTE)
    pull.run()
    assert mirror.crm.calls["read"] == 2


def test_a_slow_stream_has_an_interval_of_its_own_and_goes_with_no_other_ones_call(
    mirror: Mirror,
) -> None:
    source = Tampered(mirror.source)
    pull = mirror.pull(source, every=MINUTE, slow={LEADS: 15 * MINUTE})
    for _ in range(31):
        pull.run()
        mirror.advance(MINUTE)
    assert len(source.of(TASKS)) == 31
    assert len(source.of(LEADS)) == 3  # at 0, 15 and 30 minutes
    assert source.of(LEADS)[-1].since is not None  # only what changed
    pull.wake()
    pull.run()
    assert len(source.of(LEADS)) == 3  # not even when all that is new is wanted at once


def test_streams_without_a_stamp_are_read_in_full_each_hour_only(mirror: Mirror) -> None:
    source = Tampered(mirror.source)
    pull = mirror.pull(source, every=10 * MINUTE, full_every=HOUR)
    for _ in range(13):
        pull.run()
        mirror.advance(10 * MINUTE)
    assert len(source.of(USERS)) == 3  # at 0, 60 and 120 minutes
    assert {ask.since for ask in source.of(USERS)} == {None}
    assert len(source.of(LEADS)) == 13


@fault("V36")
def test_a_stream_that_is_asked_for_is_read_at_once_and_then_at_its_interval_again(
    mirror: Mirror,
) -> None:
    pull = mirror.pull(every=HOUR, full_every=HOUR)
    pull.run()
    mirror.advance(MINUTE)
    with transaction(mirror.engine) as unit:
        unit.cursors.ask([USERS], mirror.clock.now())

    assert pull.next_at() == mirror.clock.now()
    pull.run()

    assert mirror.cursor(USERS).passes == 2
    assert mirror.cursor(LEADS).passes == 1
    assert pull.next_at() == MONDAY + HOUR


def test_a_rung_that_waits_has_its_stream_read_as_soon_as_that_lets_it_fire(
    mirror: Mirror,
) -> None:
    pull = mirror.pull(every=HOUR, settle=2 * MINUTE)
    pull.run()
    wait_for(mirror, MONDAY + 20 * MINUTE)
    at = pull.next_at()
    assert at == MONDAY + 22 * MINUTE + 2 * SECOND
    mirror.advance(at - MONDAY)
    pull.run()
    watermark = mirror.cursor(TASKS).watermark
    assert watermark
    assert watermark >= MONDAY + 20 * MINUTE


def test_once_read_past_its_time_a_rung_wants_nothing_more(mirror: Mirror) -> None:
    pull = mirror.pull(every=HOUR)
    mirror.advance(HOUR)
    wait_for(mirror, MONDAY)
    pull.run()
    assert pull.next_at() == mirror.clock.now() + HOUR


def test_however_urgent_a_stream_is_not_read_more_often_than_the_shortest_interval(
    mirror: Mirror,
) -> None:
    pull = mirror.pull(every=HOUR, settle=2 * MINUTE, shortest=15 * SECOND)
    wait_for(mirror, MONDAY - MINUTE)  # the very first pass cannot cover it
    begins = mirror.clock.now()
    for _ in range(600):
        pull.run()
        mirror.advance(SECOND)
    assert mirror.crm.calls["read"] <= (mirror.clock.now() - begins) / (15 * SECOND) + 1


def test_a_webhook_or_an_operator_can_have_everything_read_at_once(mirror: Mirror) -> None:
    source = Tampered(mirror.source)
    pull = mirror.pull(source, every=HOUR)
    pull.run()
    mirror.advance(MINUTE)
    source.asked.clear()
    pull.wake()
    assert pull.next_at() == mirror.clock.now()
    pull.run()
    assert source.of(LEADS)
    assert not source.of(USERS)  # these are not asked for by a wake
    assert not pull.run()


def test_what_next_at_says_is_early_or_right_never_late(mirror: Mirror) -> None:
    """Between two passes, nothing is due before the time named."""
    pull = mirror.pull(every=7 * MINUTE)
    for _ in range(20):
        pull.run()
        at = pull.next_at()
        assert at
        calls = mirror.crm.calls["read"]
        mirror.advance(at - mirror.clock.now() - SECOND)
        pull.run()
        assert mirror.crm.calls["read"] == calls
        mirror.advance(SECOND)
        pull.run()
        assert mirror.crm.calls["read"] == calls + 1


class Watched(MemorySource):
    """Notes when one stream is read by two at once, and lets the other process in meanwhile."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror.crm)
        self._lock = threading.Lock()
        self._reading: Counter[str] = Counter()
        self.together = threading.Barrier(2)
        self.most = 0

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        with self._lock:
            self._reading.update(ask.stream for ask in asks)
            self.most = max(self.most, *self._reading.values())
        try:
            self.together.wait(0.2)  # the other one reads at the same moment, if it may
        except threading.BrokenBarrierError:
            self.together.reset()
        with self._lock:
            answers = super().read(asks)
            self._reading.subtract(ask.stream for ask in asks)
        return answers


@fault("L20")
@pytest.mark.postgres
def test_two_processes_never_read_one_stream_at_once(postgres_url: str) -> None:
    engines = [open_engine(postgres_url, durable=False) for _ in range(2)]
    mirror = Mirror(engines[0], page_size=5)
    leads = [mirror.lead() for _ in range(40)]
    source = Watched(mirror)
    pulls = [Mirror(engine, mirror.clock).pull(source) for engine in engines]

    def work(number: int) -> None:
        for _ in range(12):
            pulls[number].run()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    assert source.most == 1
    mirror.read(mirror.pull(source))
    assert len(mirror.keys()) == len(leads)
    assert len(mirror.facts()) == len(leads)
    for engine in engines:
        engine.dispose()
