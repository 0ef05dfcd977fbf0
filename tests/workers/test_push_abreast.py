"""Several batches in flight: each write once, in order, and no two of one lead at a time."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.abreast import threads
from slasync.clock import Seams
from slasync.domain.budgets import Lane
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Role, Write
from slasync.errors import OutOfCalls, TryLater
from slasync.ports import Outcome, Receipt, Sink, Snapshot
from slasync.purpose import lane_now, on_lane
from slasync.sandbox.world import Chance
from slasync.store.outbox_values import State
from slasync.workers.pushing.push import BATCHES_A_ROUND, Push
from tests.faults.marks import fault
from tests.workers.given import BEN, Bench
from tests.workers.sinks import _Sink

MINUTE = timedelta(minutes=1)
MOST = 4


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)


def push(bench: Bench, sink: Sink) -> Push:
    seams = Seams(clock=bench.clock, chance=Chance(1))
    return Push(bench.engine, seams, sink, "process", threads(MOST))


@dataclass
class Watched(_Sink):
    """Batches of a few rows; keeps the leads in flight, and what was sent in which order."""

    rows: int = 3
    meets: bool = False  # the first calls wait for one another
    most: int = 0
    _calls: int = 0
    together: list[LeadKey] = field(default_factory=list)  # seen in two calls at a time
    sent: list[Write] = field(default_factory=list)
    _in_flight: list[set[LeadKey]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lanes: Mapping[str, int] = dict.fromkeys(self.lanes, self.rows)
        self._meeting = threading.Barrier(MOST, timeout=60)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        with self._flown(writes) as first:
            if first and self.meets:
                self._meeting.wait()  # goes on only when all are in flight
            threading.Event().wait(0.02)  # so that others come meanwhile
            with self._lock:
                self.sent += writes
                return self.bench.sink.apply(writes)

    @contextmanager
    def _flown(self, writes: Sequence[Write]) -> Iterator[bool]:
        leads = {write.lead for write in writes}
        with self._lock:
            self.together += [lead for other in self._in_flight for lead in leads & other]
            self._in_flight.append(leads)
            self.most = max(self.most, len(self._in_flight))
            self._calls += 1
            first = self._calls <= MOST
        yield first
        with self._lock:
            self._in_flight.remove(leads)

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        with self._lock:
            return self.bench.sink.reread(refs)


def test_several_batches_are_in_flight_and_each_write_goes_out_once(bench: Bench) -> None:
    writes = [bench.task() for _ in range(40)]
    bench.queue(*writes)
    sink = Watched(bench, meets=True)

    bench.finish(push(bench, sink))

    assert sink.most == MOST
    assert bench.states(writes) == [State.DONE] * 40
    assert bench.effects() == sorted(write.key for write in writes)


@fault("V33")
def test_two_writes_of_one_lead_are_never_in_flight_at_a_time(bench: Bench) -> None:
    """They would lock one another's record, whichever lanes they travel in."""
    leads = [bench.lead() for _ in range(6)]
    writes = [
        write
        for lead in leads
        for write in (
            bench.owner_change(lead),
            bench.flag(lead),
            bench.task(lead),
            bench.task(lead),
        )
    ]
    writes = [replace(w, judged=None) for w in writes]
    bench.queue(*writes)
    sink = Watched(bench, rows=2)

    bench.finish(push(bench, sink))

    assert sink.together == []
    assert set(bench.states(writes)) <= {State.DONE, State.SUPERSEDED}


def test_writes_to_one_task_keep_their_order(bench: Bench) -> None:
    made = [bench.task() for _ in range(8)]
    later = [
        replace(m, key=f"{m.key}-{n}", values={**m.values, "subject": f"again {n}"})
        for n in range(3)
        for m in made
    ]
    bench.queue(*made, *later)
    sink = Watched(bench)

    bench.finish(push(bench, sink))

    for m in made:
        order = [w.key for w in sink.sent if w.task_key == m.task_key]
        assert order == [m.key, *(f"{m.key}-{n}" for n in range(3))]


@fault("V6")
def test_a_batch_whose_answer_is_lost_costs_the_others_nothing(bench: Bench) -> None:
    @dataclass
    class OneIsLost(Watched):
        lost: bool = False

        def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
            receipts = super().apply(writes)
            with self._lock:
                first, self.lost = not self.lost, True
            return [Receipt(Outcome.UNKNOWN) for _ in writes] if first else receipts

    writes = [bench.task() for _ in range(20)]
    bench.queue(*writes)

    bench.finish(push(bench, OneIsLost(bench)))

    assert bench.states(writes) == [State.DONE] * 20
    assert bench.effects() == sorted(write.key for write in writes)


def test_with_nothing_due_no_thread_asks(bench: Bench) -> None:
    assert not push(bench, Watched(bench)).run()


def test_a_round_ends_although_there_is_more_to_send(bench: Bench) -> None:
    """The daemon has to see that it is told to stop."""
    writes = [bench.task() for _ in range(80)]
    bench.queue(*writes)

    assert push(bench, Watched(bench, rows=1)).run()

    assert bench.states(writes).count(State.DONE) <= MOST * BATCHES_A_ROUND < 80


# lanes of the budget


@dataclass
class Short(_Sink):
    """Has calls left for escalations only, until it is told otherwise."""

    ordinary: bool = False
    escalations: bool = True
    calls: list[Lane] = field(default_factory=list)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        with on_lane(Lane.WRITE):
            lane = lane_now()
        if not (self.escalations if lane is Lane.ESCALATION else self.ordinary):
            raise OutOfCalls(f"none left for {lane}", 15 * MINUTE)
        self.calls.append(lane)
        return self.bench.sink.apply(writes)


def escalation(bench: Bench) -> Write:
    return replace(bench.task(), role=Role.MANAGER)


@fault("V3")
def test_escalations_go_out_while_other_writes_wait_for_calls(bench: Bench) -> None:
    ordinary = [bench.task() for _ in range(5)]
    sink = Short(bench)
    process = bench.push(sink)
    bench.queue(*ordinary)
    assert not process.run()
    urgent = escalation(bench)
    bench.queue(urgent)

    assert process.next_at() == bench.clock.now()
    assert process.run()

    assert bench.row(urgent).state is State.DONE
    assert bench.states(ordinary) == [State.PENDING] * 5
    assert sink.calls == [Lane.ESCALATION]
    assert process.next_at() == bench.clock.now() + 15 * MINUTE
    sink.ordinary = True
    bench.finish(process)
    assert bench.states(ordinary) == [State.DONE] * 5


@fault("V3")
def test_when_escalations_have_no_calls_either_all_wait(bench: Bench) -> None:
    sink = Short(bench, escalations=False)
    process = bench.push(sink)
    bench.queue(bench.task(), escalation(bench))
    process.run()
    assert process.next_at() == bench.clock.now() + 15 * MINUTE
    assert not process.run()
    assert sink.calls == []


def test_a_batch_that_carries_an_escalation_goes_as_one(bench: Bench) -> None:
    """It is one call, whoever else rides along."""
    sink = Short(bench)
    ordinary, urgent = bench.task(), escalation(bench)
    bench.queue(ordinary, urgent)
    bench.push(sink).run()
    assert bench.states([ordinary, urgent]) == [State.DONE] * 2


def test_a_lead_taken_from_its_owner_is_an_escalation(bench: Bench) -> None:
    sink = Short(bench)
    taken = replace(bench.owner_change(to=BEN), generation=1)
    bench.queue(taken)
    bench.push(sink).run()
    assert bench.row(taken).state is State.DONE


@fault("V5")
def test_a_system_that_cannot_be_asked_at_all_is_not_asked_for_escalations(bench: Bench) -> None:
    @dataclass
    class Down(_Sink):
        def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
            raise TryLater(f"down, {len(writes)} writes wait", 5 * MINUTE)

    bench.queue(bench.task())
    process = bench.push(Down(bench))
    process.run()
    bench.queue(escalation(bench))
    assert process.next_at() == bench.clock.now() + 5 * MINUTE
