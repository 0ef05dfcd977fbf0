"""Whatever ends the process, wherever: every effect takes place, and once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.store.outbox_values import State
from slasync.store.unit import Unit, transaction
from slasync.workers.pushing import push
from slasync.workers.pushing.settling import ATTEMPTS
from tests.faults.marks import fault
from tests.workers.given import FINE, WRITES, Bench, Crash, Fate, FatedSink, Happens

CRASHES = ("before", "after")
CALLS = {"apply", "reread", "look"}
MOST_RESTARTS = 40


def queued(bench: Bench) -> list[Write]:
    """Queue two writes of every kind, and a task that is made, changed and closed."""
    writes = [make(bench) for make in WRITES.values() for _ in range(2)]
    made = bench.task()
    again = replace(made, key=f"{made.key}-again", values={**made.values, "subject": "Again"})
    closing = replace(made, key=f"{made.key}-closed", action=Action.CLOSE_TASK, judged=None)
    writes += [made, again, closing]
    bench.queue(*writes)
    return writes


def live_through(bench: Bench, script: Iterator[Happens]) -> Fate:
    """Send everything; each time the process ends, start another when its leases have ended."""
    fate = Fate(script)
    for _ in range(MOST_RESTARTS):
        push = bench.push(FatedSink(bench, fate), fate.reached)
        try:
            bench.finish(push)
        except Crash:
            bench.outlive_leases()
        else:
            return fate
    raise AssertionError("no end of crashes")


def check(bench: Bench, writes: Sequence[Write]) -> None:
    assert bench.states(writes) == [State.DONE] * len(writes)
    assert bench.effects() == sorted(write.key for write in writes)  # none lost, none twice
    last = bench.crm.tasks[str(writes[-1].task_key)]
    assert (last.subject, last.closed) == ("Again", True)  # in their order


def at_point(number: int, happens: Happens) -> Iterator[Happens]:
    return chain(repeat(FINE, number), [happens])


@fault("L1")
def test_a_crash_at_any_point_loses_nothing_and_repeats_nothing(engine: Engine) -> None:
    untroubled = Bench(engine)
    points = live_through(untroubled, check_in(untroubled)).trace
    assert {"push.claimed", "push.marked", "push.answered", "push.settled"} < set(points)
    assert points.count("apply") >= 5  # every lane
    for number, name in enumerate(points):
        for when in CRASHES if name in CALLS else CRASHES[:1]:
            bench = Bench(engine)
            writes = queued(bench)
            live_through(bench, at_point(number, Happens(crash=when)))
            check(bench, writes)


def check_in(bench: Bench) -> Iterator[Happens]:
    """Queue for a run in which nothing happens."""
    queued(bench)
    return iter(())


HAPPENINGS = st.one_of(
    st.just(FINE),
    st.sampled_from([Happens(fault) for fault in Fault]),
    st.sampled_from([Happens(crash=when) for when in CRASHES]),
)


@fault("L1", "L2")
@given(script=st.lists(HAPPENINGS, max_size=ATTEMPTS - 2))  # after so many a person has to look
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_faults_and_crashes_in_any_order_lose_nothing_and_repeat_nothing(
    sqlite_engine: Engine, script: list[Happens]
) -> None:
    bench = Bench(sqlite_engine)
    writes = queued(bench)
    live_through(bench, iter(script))
    check(bench, writes)


@fault("L10")
def test_what_was_sent_is_looked_up_though_the_database_is_busy_whatever_is_to_be_stored(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A simulated day: neither the answer could be stored nor that there was none, and what was to
    be stored then for want of an answer said that nothing had been sent.
    """
    bench, busy = Bench(sqlite_engine), 0

    @contextmanager
    def now_and_then(engine: Engine) -> Iterator[Unit]:
        nonlocal busy
        busy -= 1
        if busy >= 0:
            raise TryLater("another thread has been writing for 30 seconds")
        with transaction(engine) as unit:
            yield unit

    def reached(name: str) -> None:
        nonlocal busy
        busy = 2 if name == "push.answered" else busy

    monkeypatch.setattr(push, "transaction", now_and_then)
    write = bench.field_set()
    bench.queue(write)
    with suppress(TryLater):
        bench.push(reached=reached).run()
    assert bench.row(write).state is State.MAYBE_SENT
    bench.outlive_leases()
    bench.finish(bench.push())
    assert bench.states([write]) == [State.DONE]
    assert bench.effects() == [write.key]
