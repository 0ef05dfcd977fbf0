"""Four processes on one PostgreSQL: everything is done, and by one of them only."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.store.given import HOUR, MINUTE, NOW, a_write, lead
from tests.store.processes import (
    PROCESSES,
    Crowd,
    Ledger,
    claim_events_until_empty,
    crowded,
    push_until_empty,
    read_streams,
    store_the_same,
)

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with crowded() as processes:
        yield processes


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url, durable=False)
    yield engine
    engine.dispose()


def chains(records: int) -> list[OutboxItem]:
    """For each of so many tasks: to be made, changed, and closed; and two writes of other lanes."""
    items = []
    for number in range(records):
        made = a_write(f"{number} made", lead=lead(number), task_key=f"task {number}")
        made = replace(made, values={"subject": "Call", "owner": "005ANA"})
        steps = [
            made,
            replace(made, key=f"{number} changed"),
            replace(made, key=f"{number} closed", action=Action.CLOSE_TASK),
        ]
        items += [OutboxItem(step, "tasks", NOW) for step in steps]
        for action, lane in ((Action.OWNER, "owners"), (Action.PROPERTIES, "properties")):
            other = a_write(f"{number} {lane}", action=action, lead=lead(number))
            items.append(OutboxItem(other, lane, NOW))
    return items


@fault("L20")
def test_every_write_goes_out_once_and_those_of_a_record_in_order(
    crowd: Crowd, engine: Engine, postgres_url: str
) -> None:
    items = chains(20)
    with transaction(engine) as unit:
        unit.db.execute(Ledger.MAKE)
    with transaction(engine) as unit:
        unit.outbox.add(items, NOW)
    for again in range(3):  # a row whose elder was under way elsewhere waits for a lease's length
        assert crowd.all(push_until_empty, postgres_url, NOW + again * HOUR) == [0] * PROCESSES
    with engine.connect() as db:
        sent = list(db.execute(Ledger.ALL).scalars())
    assert sorted(sent) == sorted(item.write.key for item in items)
    order = [key for key in sent if key.split()[1] in {"made", "changed", "closed"}]
    by_record: dict[str, list[str]] = {}
    for key in order:
        by_record.setdefault(key.split()[0], []).append(key.split()[1])
    assert set(map(tuple, by_record.values())) == {("made", "changed", "closed")}
    with reading(engine) as unit:
        assert unit.outbox.counts() == {("salesforce", State.DONE): len(items)}


def test_every_event_is_taken_by_one(crowd: Crowd, engine: Engine, postgres_url: str) -> None:
    events = [InboxEvent("hubspot", str(number), {}) for number in range(200)]
    with transaction(engine) as unit:
        unit.inbox.add(events, NOW)
    taken = crowd.all(claim_events_until_empty, postgres_url)
    assert len({number for one in taken for number in one}) == len(events)
    assert sum(map(len, taken)) == len(events)


def test_what_several_learn_at_once_is_kept_once(
    crowd: Crowd, engine: Engine, postgres_url: str
) -> None:
    new = crowd.all(store_the_same, postgres_url, 50)
    assert sum(one["events"] for one in new) == 50
    assert sum(one["leads"] for one in new) >= 50
    with reading(engine) as unit:
        facts = unit.facts.of([lead(number) for number in range(50)])
        assert {len(found) for found in facts.values()} == {3}
        assert unit.inbox.counts() == {"pending": 50}
        assert unit.leads.next_dirty() == NOW + MINUTE
        assert sum(unit.leads.counts().values()) == 50


@fault("L20")
def test_each_term_of_a_stream_has_one_holder(
    crowd: Crowd, engine: Engine, postgres_url: str
) -> None:
    streams = ["salesforce.leads", "salesforce.tasks"]
    held = [pair for one in crowd.all(read_streams, postgres_url, streams) for pair in one]
    assert max(Counter(held).values()) == 1
    with reading(engine) as unit:
        terms = {cursor.stream: cursor.term for cursor in unit.cursors.all().values()}
    assert terms == dict(Counter(stream for stream, _ in held))
    assert set(terms) == set(streams)
