"""One process sends a task while another finds that nobody is to do it any more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from slasync.connectors.memory import LANES, SIZES
from slasync.domain.lead import LeadKey
from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.outbox_values import State
from slasync.store.unit import transaction
from tests.builders import called
from tests.faults.marks import fault
from tests.store.rounds import opened
from tests.workers.desk import Desk
from tests.workers.office import Office

LEASE = timedelta(minutes=5)
SECONDS = 20  # whoever waits longer waits for ever
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
BOTH = (Action.TASK, Action.CLOSE_TASK)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    engine = open_engine(database_url, durable=False)
    yield Desk(engine)
    engine.dispose()


def touched(desk: Desk, lead: LeadKey, engine: Engine) -> None:
    """Have another process learn of a call, and decide."""
    other = Office(engine, desk.clock, desk.agreement)
    other.learn(lead, called(desk.clock.now()))
    other.decide()


def states(desk: Desk) -> list[tuple[Action, State]]:
    return [(view.write.action, view.state) for view in desk.office.writes(*BOTH)]


@fault("L20")
def test_a_task_that_another_process_has_withdrawn_is_not_sent(
    desk: Desk, database_url: str
) -> None:
    lead = desk.lead()
    desk.office.decide()

    with opened(database_url) as other:
        touched(desk, lead, other)
        desk.send()

    assert states(desk) == [(Action.TASK, State.SUPERSEDED), (Action.CLOSE_TASK, State.SUPERSEDED)]
    assert desk.crm.tasks == {}


@fault("L20")
@pytest.mark.parametrize("at", ["push.claimed", "push.marked", "push.answered"])
def test_one_that_another_process_has_taken_is_settled_by_it_first_and_closed_then(
    desk: Desk, database_url: str, at: str
) -> None:
    lead = desk.lead()
    desk.office.decide()

    with opened(database_url) as other:

        def meanwhile(point: str) -> None:
            if point == at and len(states(desk)) == 1:
                touched(desk, lead, other)

        push = desk.push(reached=meanwhile)
        while push.run():
            pass

    assert states(desk) == [(Action.TASK, State.DONE), (Action.CLOSE_TASK, State.DONE)]
    assert [task.closed for task in desk.crm.tasks.values()] == [True]


@fault("L20")
@pytest.mark.postgres
def test_who_withdraws_waits_for_who_takes_the_row_and_leaves_it_to_him(postgres_url: str) -> None:
    with opened(postgres_url) as engine, opened(postgres_url) as other:
        desk = Desk(engine)
        lead = desk.lead()
        desk.office.decide()
        now = desk.clock.now()
        lanes = {LANES[Action.TASK]: SIZES["tasks"]}
        with ThreadPoolExecutor(1) as thread:
            with transaction(engine) as unit:
                batch = unit.outbox.claim("salesforce", lanes, "sender", now, now + LEASE)
                assert batch is not None
                deciding = thread.submit(touched, desk, lead, other)
                with engine.connect() as db:
                    while not deciding.done() and not db.execute(WAITING).scalar():
                        db.rollback()
            deciding.result(SECONDS)

        assert states(desk) == [(Action.TASK, State.PENDING), (Action.CLOSE_TASK, State.PENDING)]
