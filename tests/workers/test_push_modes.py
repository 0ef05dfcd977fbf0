"""push and modes: what may have been sent is finished, and nothing more is sent."""

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.facts import FactKind
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.writes import Action, Write
from slasync.store.modes import LeadModeRow
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.modes import CALLED_OFF
from slasync.workers.pushing.push import LEASE
from tests.workers.given import Bench


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


def stop(bench: Bench, write: Write, mode: Mode = Mode.OBSERVE, last: str | None = None) -> None:
    """Have nothing be written any more to a write's lead."""
    row = LeadModeRow(write.lead, LeadMode(mode), bench.clock.now(), last)
    with transaction(bench.engine) as unit:
        unit.modes.put([row])


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SHADOW])
def test_a_row_of_a_lead_that_nothing_is_written_to_is_called_off(
    engine: Engine, mode: Mode
) -> None:
    bench = Bench(engine)
    ours, theirs = bench.task(), bench.task()
    bench.queue(ours, theirs)
    stop(bench, theirs, mode)
    bench.finish(bench.push())
    assert bench.states([ours, theirs]) == [State.DONE, State.SUPERSEDED]
    assert bench.row(theirs).outcome == CALLED_OFF
    assert bench.effects() == [ours.key]


def test_a_lead_that_is_enforced_again_is_written_to(bench: Bench) -> None:
    task = bench.task()
    bench.queue(task)
    stop(bench, task, Mode.ENFORCE)
    bench.finish(bench.push())
    assert bench.states([task]) == [State.DONE]


def test_a_task_that_was_called_off_is_known_not_to_be_there(bench: Bench) -> None:
    task = bench.task()
    bench.queue(task)
    stop(bench, task)
    bench.finish(bench.push())
    with reading(bench.engine) as unit:
        facts = unit.facts.of([task.lead])[task.lead]
    assert [(f.kind, f.data["task_key"]) for f in facts] == [(FactKind.UNMADE, task.task_key)]


def test_what_was_sent_before_is_found_to_be_done(bench: Bench) -> None:
    made = bench.creation()
    bench.queue(made)
    bench.crm.faults.append(Fault.ANSWER_LOST)
    bench.push().run()
    assert bench.states([made]) == [State.MAYBE_SENT]
    stop(bench, made)
    bench.advance(2 * LEASE)
    bench.finish(bench.push())
    assert bench.states([made]) == [State.DONE]
    assert bench.effects() == [made.key]


def test_what_was_not_sent_after_all_is_not_sent_again(bench: Bench) -> None:
    made = bench.creation()
    bench.queue(made)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    assert bench.states([made]) == [State.MAYBE_SENT]
    stop(bench, made)
    for _ in range(5):
        bench.advance(2 * LEASE)
        bench.finish(bench.push())
    assert bench.states([made]) == [State.SUPERSEDED]
    assert bench.effects() == []


def test_our_tasks_are_taken_back_all_the_same_where_that_was_decided_last(bench: Bench) -> None:
    closing = bench.closing()
    ours = bench.write(
        Action.CLOSE_TASK, closing.target, lead=closing.lead, values=closing.values,
        task_key=closing.task_key, rung=f"left0002:{closing.task_key}",
    )  # fmt: skip
    bench.queue(ours)
    stop(bench, ours, Mode.SHADOW, "left0002:")
    bench.finish(bench.push())
    assert bench.states([ours]) == [State.DONE]


def test_what_an_earlier_leaving_queued_is_called_off_with_the_rest(bench: Bench) -> None:
    closing = bench.closing()
    ours = bench.write(
        Action.CLOSE_TASK, closing.target, lead=closing.lead, values=closing.values,
        task_key=closing.task_key, rung=f"left0002:{closing.task_key}",
    )  # fmt: skip
    bench.queue(ours)
    stop(bench, ours)
    bench.finish(bench.push())
    assert bench.states([ours]) == [State.SUPERSEDED]
