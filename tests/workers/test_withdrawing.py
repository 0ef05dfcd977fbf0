"""Tasks that are queued when nobody is to do them any more: they never reach the CRM."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault, MemorySink
from slasync.domain.facts import FactKind
from slasync.domain.writes import Action, Write
from slasync.ports import Receipt
from slasync.store.outbox_values import OutboxView, State
from tests.builders import BEN, DAY, HOUR, MIA, MINUTE, a_fact, called, owned
from tests.workers.desk import Desk


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    return Desk(sqlite_engine)


def queued_task(desk: Desk) -> OutboxView:
    """Have a lead arrive; its owner's first task waits to be sent."""
    desk.lead()
    desk.office.decide()
    [task] = desk.office.writes(Action.TASK)
    assert task.state is State.PENDING
    return task


def states(desk: Desk, *actions: Action) -> list[tuple[Action, State]]:
    return [(v.write.action, v.state) for v in desk.office.writes(*actions)]


def test_a_task_still_queued_when_its_clock_ends_is_withdrawn_with_the_reason_and_never_made(
    desk: Desk,
) -> None:
    task = queued_task(desk)
    at = desk.clock.now() + MINUTE
    desk.go_on(5 * MINUTE)

    desk.office.learn(task.lead, called(at))
    desk.office.decide()
    desk.send()

    [now] = desk.office.writes(Action.TASK)
    assert now.state is State.SUPERSEDED
    assert now.outcome == f"withdrawn before it was sent: touch at {at.isoformat()}."
    assert desk.crm.tasks == {}


def test_what_was_never_sent_is_not_closed_either(desk: Desk) -> None:
    task = queued_task(desk)
    desk.office.learn(task.lead, called(desk.clock.now()))
    desk.office.decide()

    [closing] = desk.office.writes(Action.CLOSE_TASK)
    assert closing.state is State.SUPERSEDED
    assert closing.outcome == "there is nothing to close: it was never sent"


def test_a_reminder_still_queued_is_withdrawn_and_the_task_it_was_for_is_closed(desk: Desk) -> None:
    task = queued_task(desk)
    desk.send()
    desk.go_on(DAY)
    desk.office.decide()

    desk.office.learn(task.lead, called(desk.clock.now()))
    desk.office.decide()
    desk.send()

    assert states(desk, Action.TASK, Action.CLOSE_TASK) == [
        (Action.TASK, State.DONE),
        (Action.TASK, State.SUPERSEDED),
        (Action.CLOSE_TASK, State.DONE),
    ]
    [made] = desk.crm.tasks.values()
    assert "(day_0)" in made.subject
    assert made.closed


def test_the_task_of_an_owner_who_has_the_lead_no_more_is_withdrawn(desk: Desk) -> None:
    task = queued_task(desk)
    desk.go_on(HOUR)
    desk.crm.change(desk.record(task.lead), owner=BEN.key)
    desk.office.learn(task.lead, owned(desk.clock.now(), BEN, by=MIA))
    desk.office.decide()
    desk.send()

    before, after = desk.office.writes(Action.TASK)
    assert (before.state, after.state) == (State.SUPERSEDED, State.DONE)
    assert before.outcome == "withdrawn before it was sent: the lead has another owner now."
    assert [made.owner for made in desk.crm.tasks.values()] == [BEN.key]


def test_the_task_of_a_clock_that_is_not_agreed_any_more_is_withdrawn(desk: Desk) -> None:
    task = queued_task(desk)
    processing = desk.agreement.clock("processing")
    desk.office.agreement = replace(desk.agreement, clocks=(processing,))
    desk.office.learn(task.lead)
    desk.office.decide()

    [now] = desk.office.writes(Action.TASK)
    assert now.state is State.SUPERSEDED
    assert now.outcome == "withdrawn before it was sent: this is not agreed any more."


def test_of_a_lead_that_was_deleted_nothing_queued_is_sent(desk: Desk) -> None:
    task = queued_task(desk)
    desk.go_on(MINUTE)
    desk.office.learn(task.lead, a_fact(FactKind.DELETED, desk.clock.now()))
    desk.office.decide()

    assert states(desk, Action.TASK) == [(Action.TASK, State.SUPERSEDED)]


class Ending(MemorySink):
    """The clock ends while a request is on its way."""

    desk: Desk

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        for write in writes:
            if write.action is Action.TASK:
                self.desk.office.learn(write.lead, called(self.desk.clock.now()))
                self.desk.office.decide()
        return super().apply(writes)


def test_one_that_is_on_its_way_is_settled_first_and_closed_then(desk: Desk) -> None:
    queued_task(desk)
    sink = Ending(desk.crm)
    sink.desk = desk
    push = desk.push(sink)
    while push.run():
        pass

    assert states(desk, Action.TASK, Action.CLOSE_TASK) == [
        (Action.TASK, State.DONE),
        (Action.CLOSE_TASK, State.DONE),
    ]
    assert [made.closed for made in desk.crm.tasks.values()] == [True]


def test_one_whose_answer_was_lost_is_looked_up_first_and_closed_then(desk: Desk) -> None:
    task = queued_task(desk)
    desk.push(Losing(desk.crm)).run()
    assert states(desk, Action.TASK) == [(Action.TASK, State.MAYBE_SENT)]

    desk.office.learn(task.lead, called(desk.clock.now()))
    desk.office.decide()
    assert states(desk, Action.TASK) == [(Action.TASK, State.MAYBE_SENT)]
    desk.go_on(MINUTE)
    desk.send()

    assert states(desk, Action.TASK, Action.CLOSE_TASK) == [
        (Action.TASK, State.DONE),
        (Action.CLOSE_TASK, State.DONE),
    ]
    assert [made.closed for made in desk.crm.tasks.values()] == [True]


def test_a_reminder_that_waits_for_one_whose_answer_was_lost_is_withdrawn(desk: Desk) -> None:
    task = queued_task(desk)
    desk.push(Losing(desk.crm)).run()
    desk.go_on(DAY)
    desk.office.decide()
    first, *later = states(desk, Action.TASK)
    assert first == (Action.TASK, State.MAYBE_SENT)
    assert {state for _, state in later} == {State.PENDING}

    desk.office.learn(task.lead, called(desk.clock.now()))
    desk.office.decide()
    desk.send()

    assert states(desk, Action.TASK) == [
        (Action.TASK, State.DONE),
        *[(Action.TASK, State.SUPERSEDED) for _ in later],
    ]
    assert [made.closed for made in desk.crm.tasks.values()] == [True]


class Losing(MemorySink):
    """What is written takes effect, and nobody hears of it."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self._memory.faults.append(Fault.ANSWER_LOST)
        return super().apply(writes)
