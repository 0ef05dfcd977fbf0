"""What the poll tells of our tasks that no answer told: a request was carried out after all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.ports import ActivityReading
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import Settlement, State
from slasync.store.unit import reading, transaction
from slasync.workers.pulling.ingest import ingest
from slasync.workers.pushing.outcomes import unmade
from tests.builders import BOT
from tests.faults.marks import fault
from tests.workers.given import Bench
from tests.workers.mirror import RULES

HOUR = timedelta(hours=1)
ELSEWHERE = "00TELSEWHERE"


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


def asked_for(bench: Bench, state: State, made_as: str | None = None) -> Write:
    """Queue a task of a mirrored lead, and have it settled so."""
    write = bench.task(key="first", task_key="first")
    assert write.target
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        unit.leads.put([LeadUpdate(write.lead, None, {}, None)], now)
        unit.links.add([(write.target, write.lead, "first")], now)
    bench.queue(write)
    settled(bench, state, made_as)
    return write


def settled(bench: Bench, state: State, made_as: str | None = None) -> None:
    """Have the next row claimed, sent and settled."""
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        batch = unit.outbox.claim(bench.name, bench.sink.lanes, "one", now, now + HOUR)
        assert batch
        [row] = unit.outbox.mark_sent(batch, now).rows
        ref = f"{bench.name}:task:{made_as}" if made_as else None
        later = now + HOUR
        told = Settlement(row.id, row.term, state, "told", ref, bool(ref), not_before=later)
        unit.outbox.settle([told], "one", now)


def wished_closed(bench: Bench, write: Write, state: State) -> None:
    closing = bench.write(Action.CLOSE_TASK, write.target, values={"text": ""}, task_key="first")
    bench.queue(closing)
    settled(bench, state)


def shown(bench: Bench, write: Write, id_: str = ELSEWHERE, **more: datetime) -> None:
    """Have the poll show the task open in a record."""
    now = bench.clock.now()
    assert write.target
    task = ActivityReading(
        ref=Ref(bench.name, "task", id_),
        about=write.target,
        kind=FactKind.REMADE,
        occurred_at=more.get("created", now),
        modified_at=now,
        by=UserKey("005US"),
        data={"task_key": write.task_key, "id": id_, "to": "005ANA"},
    )
    with transaction(bench.engine) as unit:
        ingest(unit, [task], RULES, now, baseline=False)


def shown_closed(bench: Bench, write: Write, by: UserKey) -> None:
    """Have the poll show that the task ended."""
    now = bench.clock.now()
    assert write.target
    end = ActivityReading(
        ref=Ref(bench.name, "task", "00T1"),
        about=write.target,
        kind=FactKind.TASK_ENDED,
        occurred_at=now,
        modified_at=now,
        by=by,
        data={"task_key": write.task_key, "how": "closed", "id": "00T1", "closed_last": True},
    )
    with transaction(bench.engine) as unit:
        unit.users.put([BOT], now)
        ingest(unit, [end], RULES, now, baseline=False)


def facts(bench: Bench, write: Write) -> Sequence[Fact]:
    with reading(bench.engine) as unit:
        return unit.facts.of([write.lead])[write.lead]


def stands_in(bench: Bench, write: Write) -> str:
    """Return the record that later writes to the task look at."""
    with reading(bench.engine) as unit:
        return unit.outbox.tasks_made([write])["first"].id


def test_a_task_in_the_record_that_it_was_made_as_is_no_news(bench: Bench) -> None:
    write = asked_for(bench, State.DONE, "00T1")
    shown(bench, write, "00T1")
    assert facts(bench, write) == []
    assert bench.dirty() == set()


@fault("V7", "V50")
def test_a_task_made_anew_after_its_deletion_was_seen_is_known_as_the_later_record(
    bench: Bench,
) -> None:
    """A simulated day: a reminder was given up, the task deleted, the reminder carried out."""
    write = asked_for(bench, State.DONE, "00T1")
    created = bench.clock.now() + HOUR
    bench.advance(2 * HOUR)
    shown(bench, write, created=created)
    [fact] = facts(bench, write)
    assert (fact.kind, fact.data["id"], fact.occurred_at) == (FactKind.REMADE, ELSEWHERE, created)
    assert stands_in(bench, write) == ELSEWHERE
    assert bench.dirty() == {write.lead}
    shown(bench, write, created=created)
    assert bench.dirty() == set(), "an overlap reads it again"


def test_an_earlier_record_that_is_still_shown_does_not_stand_for_the_task(bench: Bench) -> None:
    write = asked_for(bench, State.DONE, "00T1")
    start = bench.clock.now()
    shown(bench, write, created=start + HOUR)
    shown(bench, write, "00T0", created=start)
    assert stands_in(bench, write) == ELSEWHERE


@fault("V7")
def test_a_task_that_was_dropped_and_is_there_is_there_from_now_on(bench: Bench) -> None:
    write = asked_for(bench, State.SUPERSEDED)
    created = bench.clock.now()
    bench.advance(HOUR)
    shown(bench, write, created=created)
    [fact] = facts(bench, write)
    assert fact.occurred_at == bench.clock.now()


def test_a_task_that_is_there_while_its_write_is_looked_into_is_not_dropped_as_unmade(
    bench: Bench,
) -> None:
    write = asked_for(bench, State.MAYBE_SENT)
    shown(bench, write)
    assert facts(bench, write) == []
    with transaction(bench.engine) as unit:
        assert unmade(unit, [(write, None)], bench.clock.now()) == {}


def test_where_a_task_is_stays_known_while_its_write_is_tried_again(bench: Bench) -> None:
    write = asked_for(bench, State.MAYBE_SENT)
    shown(bench, write)
    bench.advance(HOUR)
    settled_uncertain(bench)
    assert bench.row(write).external_ref == f"{bench.name}:task:{ELSEWHERE}"


def settled_uncertain(bench: Bench) -> None:
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        batch = unit.outbox.claim(bench.name, bench.sink.lanes, "one", now, now + HOUR)
        assert batch
        [row] = batch.rows
        unit.outbox.settle([Settlement(row.id, row.term, State.PENDING, "send again")], "one", now)


@fault("V7")
def test_a_task_that_could_not_be_closed_because_it_was_not_there_turns_up_after_its_closing(
    bench: Bench,
) -> None:
    """A simulated day: it stayed open though its clock had ended."""
    write = asked_for(bench, State.SUPERSEDED)
    wished_closed(bench, write, State.SUPERSEDED)
    created = bench.clock.now()
    bench.advance(HOUR)
    shown(bench, write, created=created)
    [fact] = facts(bench, write)
    assert fact.occurred_at == bench.clock.now()


@pytest.mark.parametrize("state", [State.DONE, State.MAYBE_SENT, State.PARKED])
def test_a_task_whose_closing_is_on_its_way_or_done_or_a_persons_matter_is_no_news(
    bench: Bench, state: State
) -> None:
    write = asked_for(bench, State.SUPERSEDED)
    wished_closed(bench, write, state)
    shown(bench, write)
    assert facts(bench, write) == []


def test_a_task_that_nobody_asked_for_is_no_news(bench: Bench) -> None:
    write = asked_for(bench, State.DONE, "00T1")
    shown(bench, replace(write, task_key="another's"))
    assert facts(bench, write) == []


def test_a_task_of_somebody_who_is_not_mirrored_is_not_set_aside(bench: Bench) -> None:
    shown(bench, bench.task())
    with reading(bench.engine) as unit:
        assert not unit.quarantine.list()


@fault("V7")
@pytest.mark.parametrize(
    ("state", "told"),
    [(State.DONE, []), (State.PARKED, [BOT.key]), (State.SUPERSEDED, [BOT.key])],
)
def test_that_our_closing_took_effect_is_news_where_its_answer_did_not_tell(
    bench: Bench, state: State, told: list[UserKey]
) -> None:
    """A simulated day: it was refused at the second try, and the first took effect after that."""
    write = asked_for(bench, State.DONE, "00T1")
    wished_closed(bench, write, state)
    shown_closed(bench, write, BOT.key)
    assert [fact.by for fact in facts(bench, write)] == told
