"""push: each row settles by its own outcome, and by declared ways only."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.ports import Outcome, Receipt
from slasync.store.outbox_values import State
from slasync.store.unit import transaction
from slasync.workers.pushing.settling import ATTEMPTS, LONG_ENOUGH
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.given import ANA, Bench
from tests.workers.sinks import Busy, Forgetful, NoLook, Outage

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


def test_what_is_queued_is_written_and_done(engine: Engine) -> None:
    bench = Bench(engine)
    writes = [bench.creation(), bench.owner_change(), bench.task(), bench.flag(), bench.telling()]
    bench.queue(*writes)
    bench.finish(bench.push())
    assert bench.states(writes) == [State.DONE] * 5
    assert bench.effects() == sorted(write.key for write in writes)


def test_with_nothing_queued_there_is_nothing_to_do(bench: Bench) -> None:
    push = bench.push()
    assert not push.run()
    assert push.next_at() is None
    assert not bench.crm.calls


def test_the_row_tells_which_record_was_written_and_whether_it_was_made(bench: Bench) -> None:
    made, changed = bench.creation(), bench.owner_change()
    bench.queue(made, changed)
    bench.finish(bench.push())
    assert bench.row(made).created
    assert bench.row(made).external_ref == str(
        next(p.ref for p in bench.crm.people() if p.lead_key)
    )
    assert bench.row(changed).external_ref == str(changed.target)


# what a system may answer, and what becomes of the row


@fault("V34", "V6")
@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.APPLIED, State.DONE),
        (Outcome.ALREADY, State.DONE),
        (Outcome.OVERTAKEN, State.SUPERSEDED),
        (Outcome.GONE, State.SUPERSEDED),
        (Outcome.REFUSED, State.PARKED),
        (Outcome.TRY_LATER, State.PENDING),
        (Outcome.UNKNOWN, State.MAYBE_SENT),
    ],
)
def test_every_outcome_has_its_state(bench: Bench, outcome: Outcome, state: State) -> None:
    one, other = bench.task(), bench.task()
    bench.queue(one, other)
    bench.crm.refusals[one.key] = Receipt(outcome, message="so it was told")
    bench.push().run()
    assert bench.states([one, other]) == [state, State.DONE]
    if outcome not in {Outcome.APPLIED, Outcome.ALREADY}:
        assert "so it was told" in str(bench.row(one).outcome)


@pain("P29")
@fault("V34", "L30")
def test_a_refused_row_does_not_stop_the_batch_and_says_how_to_mend_it(bench: Bench) -> None:
    writes = [bench.task() for _ in range(5)]
    bench.queue(*writes)
    words = "REQUIRED_FIELD_MISSING: Region. To mend it: map the field in connector.yaml"
    bench.crm.refusals[writes[2].key] = Receipt(Outcome.REFUSED, message=words)
    bench.push().run()
    done, parked = State.DONE, State.PARKED
    assert bench.states(writes) == [done, done, parked, done, done]
    assert words in str(bench.row(writes[2]).outcome)


def test_a_parked_row_that_a_person_retries_is_written(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    bench.crm.refusals[write.key] = Receipt(Outcome.REFUSED, message="a field is missing")
    bench.finish(bench.push())
    assert bench.row(write).state is State.PARKED
    with transaction(bench.engine) as unit:
        assert unit.outbox.retry(write.key, bench.clock.now())
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE
    assert bench.effects() == [write.key]


@pain("P28")
@fault("L30")
def test_a_row_that_never_gets_through_is_parked_in_the_end(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    push = bench.push(Busy(bench))
    bench.finish(push)
    assert bench.row(write).state is State.PARKED
    assert bench.row(write).attempts == ATTEMPTS
    assert "the row is locked" in str(bench.row(write).outcome)


def test_the_wait_after_a_failure_grows_to_an_hour(bench: Bench) -> None:
    write, busy = bench.task(), Busy(bench)
    bench.queue(write)
    bench.finish(bench.push(busy))
    waits = [later - earlier for earlier, later in pairwise(busy.asked)]
    assert all(later > earlier for earlier, later in pairwise(waits[:8]))
    assert waits[0] < timedelta(seconds=5)
    assert max(waits) <= HOUR
    assert waits[-1] > HOUR / 2


@fault("V33")
def test_a_row_that_is_locked_for_long_is_tried_for_hours_and_less_often_each_time(
    bench: Bench,
) -> None:
    write, busy = bench.task(), Busy(bench, after=timedelta(seconds=5))
    bench.queue(write)
    began = bench.clock.now()
    bench.finish(bench.push(busy))
    assert busy.asked[-1] - began > LONG_ENOUGH
    assert len(busy.asked) == ATTEMPTS
    assert all(b - a >= timedelta(seconds=5) for a, b in pairwise(busy.asked))
    assert bench.row(write).state is State.PARKED


@fault("V33")
def test_attempts_that_an_outage_used_up_park_nothing(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    push = bench.push(Outage(bench, fails=ATTEMPTS))
    for _ in range(ATTEMPTS + 1):
        bench.advance(timedelta(seconds=1))
        push.run()
    assert bench.row(write).attempts > ATTEMPTS
    assert bench.row(write).state is State.PENDING


def test_rows_of_a_batch_that_are_locked_come_back_in_one_call(bench: Bench) -> None:
    writes, busy = [bench.task() for _ in range(5)], Busy(bench, after=timedelta(seconds=1))
    bench.queue(*writes)
    push = bench.push(busy)
    for _ in range(3):
        at = push.next_at()
        assert at is not None
        bench.advance(max(at - bench.clock.now(), timedelta(0)))
        push.run()
    assert len(busy.asked) == 3
    assert {bench.row(write).attempts for write in writes} == {3}


@fault("V1")
def test_a_system_that_says_how_long_is_left_alone_that_long(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    answer = Receipt(Outcome.TRY_LATER, message="busy", after=7 * MINUTE)
    bench.crm.refusals[write.key] = answer
    push = bench.push()
    push.run()
    assert push.next_at() == bench.clock.now() + 7 * MINUTE


# systems that cannot be asked at all


@fault("V14")
@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.STOPPED])
def test_when_a_system_is_cut_off_its_rows_wait_as_they_were(bench: Bench, fault: Fault) -> None:
    write = bench.creation()
    bench.queue(write)
    bench.crm.faults.append(fault)
    push = bench.push()
    assert not push.run()
    assert bench.row(write).state is State.PENDING
    assert not push.run()  # before the wait is over nothing is tried
    assert bench.crm.calls["apply"] == 1
    bench.finish(push)
    assert bench.row(write).state is State.DONE
    assert bench.effects() == [write.key]


@fault("V14")
def test_rows_that_cannot_be_looked_up_again_and_again_hold_up_no_others(bench: Bench) -> None:
    """Simulated day 97791: all that was to be written waited an hour as well."""
    stuck = bench.creation()
    bench.queue(stuck)
    sink = NoLook(bench)
    push = bench.push(sink)
    bench.crm.faults.append(Fault.ANSWER_LOST)
    push.run()
    others = [bench.task() for _ in range(12)]
    for other in others:
        bench.queue(other)
        for _ in range(2):  # the one that cannot be looked up, perhaps, and the other
            at = push.next_at()
            assert at is not None
            bench.advance(max(at - bench.clock.now(), timedelta(0)))
            push.run()
        bench.advance(timedelta(seconds=10))
        push.run()
        assert bench.row(other).state is State.DONE
        bench.advance(15 * MINUTE)
    assert len(sink.looked) >= 12
    assert bench.row(stuck).state is State.MAYBE_SENT


@fault("V14")
def test_a_system_that_is_out_is_tried_every_few_minutes(bench: Bench) -> None:
    writes = [bench.creation() for _ in range(20)]
    bench.queue(*writes)
    push = bench.push(Outage(bench, fails=30, rest=None))
    pauses = []
    for _ in range(30):
        push.run()
        at = push.next_at()
        assert at is not None
        pauses.append(at - bench.clock.now())
        bench.advance(pauses[-1])
    assert pauses[0] <= timedelta(seconds=2)
    assert pauses[7] > MINUTE
    assert max(pauses) <= 15 * MINUTE
    bench.finish(bench.push())
    assert bench.states(writes) == [State.DONE] * 20


@fault("V14", "V6")
def test_rows_that_may_have_been_sent_stay_so_while_the_system_is_cut_off(bench: Bench) -> None:
    write = bench.creation()
    bench.queue(write)
    push = bench.push()
    bench.crm.faults.append(Fault.ANSWER_LOST)
    push.run()
    for _ in range(3):
        bench.crm.faults.append(Fault.UNREACHABLE)
        bench.advance(HOUR)
        push.run()
        assert bench.row(write).state is State.MAYBE_SENT
    bench.finish(push)
    assert bench.row(write).state is State.DONE
    assert bench.effects() == [write.key]


# after an unknown outcome


@fault("V6")
def test_after_a_lost_answer_it_is_looked_up_not_sent_again(bench: Bench) -> None:
    writes = [bench.creation(), bench.creation()]
    bench.queue(*writes)
    bench.crm.faults.append(Fault.ANSWER_LOST)
    push = bench.push()
    push.run()
    assert bench.states(writes) == [State.MAYBE_SENT] * 2
    bench.finish(push)
    assert bench.crm.calls["apply"] == 1
    assert bench.states(writes) == [State.DONE] * 2


@fault("V6")
def test_after_a_lost_request_it_is_looked_up_and_sent_again(bench: Bench) -> None:
    write = bench.creation()
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.finish(bench.push())
    assert (bench.crm.calls["look"], bench.crm.calls["apply"]) == (1, 2)
    assert bench.effects() == [write.key]


@fault("V48")
def test_what_a_person_changed_meanwhile_is_left_to_him(bench: Bench) -> None:
    write = bench.owner_change()
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    push = bench.push()
    push.run()
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, owner=ANA.replace("ANA", "CHI"))
    bench.finish(push)
    assert bench.row(write).state is State.SUPERSEDED
    assert bench.effects() == []


@fault("V11")
def test_a_sink_that_answers_too_few_rows_tells_nothing_about_any(bench: Bench) -> None:
    writes = [bench.creation(), bench.creation()]
    bench.queue(*writes)
    push = bench.push(Forgetful(bench))
    push.run()
    assert bench.states(writes) == [State.MAYBE_SENT] * 2
    bench.finish(push)
    assert bench.effects() == sorted(write.key for write in writes)
