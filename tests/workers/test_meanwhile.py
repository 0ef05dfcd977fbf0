"""What people do while a write of ours is on its way, each found by a simulated day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from slasync.connectors.memory import Fault, MemorySink
from slasync.domain.caps import Caps
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, Ref, User, UserKey, UserKind
from slasync.domain.writes import Action, Judged, Write
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.store.joins import Join
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import Settlement, State
from slasync.store.tables import OUTBOX
from slasync.store.unit import reading, transaction
from slasync.workers.pushing.claiming import in_order
from slasync.workers.pushing.parked import again
from tests import builders
from tests.builders import DAY, MIA, MINUTE, QUEUE, a_fact, owned
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.workers.given import ANA, BEN, Bench
from tests.workers.office import Office
from tests.workers.sinks import Busy

HOUR = timedelta(hours=1)


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


class Overtaken(MemorySink):
    """Somebody does something each time a request is on its way."""

    act: Callable[[Write], object]

    def apply(self, writes: Sequence[Write]) -> list[Receipt]:
        for write in writes:
            self.act(write)
        return list(super().apply(writes))


def facts_of(bench: Bench, lead: LeadKey) -> list[Fact]:
    with reading(bench.engine) as unit:
        return unit.facts.of([lead])[lead]


def known(bench: Bench, *writes: Write) -> None:
    """Have the mirror know the leads that writes are about."""
    with transaction(bench.engine) as unit:
        leads = sorted({write.lead for write in writes})
        unit.leads.put([LeadUpdate(lead, None, {}, None) for lead in leads], bench.clock.now())


# tasks


@fault("V50")
def test_a_task_deleted_before_its_answer_was_known_is_not_made_anew_by_the_next_reminder(
    bench: Bench,
) -> None:
    """A simulated day: the reminder had waited for that, and went out when the task was over."""
    first = bench.task(key="task-0", task_key="task-0")
    reminder = replace(first, key="task-1")
    known(bench, first)
    bench.queue(first, reminder)
    sink = Overtaken(bench.crm)
    sink.act = lambda _: bench.crm.faults.append(Fault.ANSWER_LOST)
    bench.push(sink).run()
    bench.crm.tasks["task-0"].deleted = True  # not read by a poll yet
    bench.finish(bench.push())
    assert bench.states([first, reminder]) == [State.SUPERSEDED] * 2
    assert bench.effects() == ["task-0"]
    assert not [fact for fact in facts_of(bench, first.lead) if fact.kind is FactKind.UNMADE]


def test_a_task_deleted_while_a_reminder_is_written_is_known_as_the_record_made_anew(
    bench: Bench,
) -> None:
    first = bench.task(key="task-0", task_key="task-0")
    reminder = replace(first, key="task-1")
    later = replace(first, key="task-2")
    known(bench, first)
    bench.queue(first)
    bench.finish(bench.push())
    old = bench.crm.tasks["task-0"]
    sink = Overtaken(bench.crm)
    sink.act = lambda _: setattr(old, "deleted", True)
    bench.queue(reminder)
    bench.finish(bench.push(sink))

    [fact] = facts_of(bench, first.lead)
    assert (fact.kind, fact.data["task_key"]) == (FactKind.REMADE, "task-0")
    assert fact.data["id"] == bench.crm.tasks["task-0"].id != old.id
    bench.queue(later)
    bench.finish(bench.push())
    assert bench.row(later).state is State.DONE, "the next reminder finds the task there is"


def test_a_task_made_anew_by_a_try_that_came_late_is_known_by_what_the_next_one_finds(
    bench: Bench,
) -> None:
    """The try that made it was given up; the next one changes a task that is there already."""
    first = bench.task(key="task-0", task_key="task-0")
    reminder = replace(first, key="task-1", values={**first.values, "subject": "Call today"})
    known(bench, first)
    bench.queue(first)
    bench.finish(bench.push())
    old = bench.crm.tasks["task-0"]

    def the_late_one_arrives(_: Write) -> None:
        old.deleted = True
        MemorySink(bench.crm).apply([reminder])

    bench.queue(reminder)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    bench.outlive_leases()
    sink = Overtaken(bench.crm)
    sink.act = the_late_one_arrives
    bench.finish(bench.push(sink))

    [fact] = facts_of(bench, first.lead)
    assert (fact.kind, fact.data["id"]) == (FactKind.REMADE, bench.crm.tasks["task-0"].id)
    assert fact.data["id"] != old.id


def test_a_first_task_that_was_written_at_once_says_nothing_of_records(bench: Bench) -> None:
    write = bench.task(key="task-0", task_key="task-0")
    known(bench, write)
    bench.queue(write)
    bench.finish(bench.push())
    assert facts_of(bench, write.lead) == []


def test_a_closing_carried_out_after_it_was_given_up_is_ours_and_nobodys_touch(
    bench: Bench,
) -> None:
    """The request was given up and carried out late: the next try finds the task closed."""
    write = bench.closing()
    known(bench, write)
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    bench.outlive_leases()
    bench.push().run()  # looked up: it was not done
    bench.crm.tasks[str(write.task_key)].closed = True  # now the late one arrives
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE
    assert [f.kind for f in facts_of(bench, write.lead)] == [FactKind.CLOSED]


@pytest.mark.parametrize("then", ["deleted", "refused"])
def test_a_closing_that_got_no_answer_and_then_comes_to_nothing_may_have_taken_effect(
    bench: Bench, then: str
) -> None:
    """A simulated day: the lead was deleted with its tasks before the answer was looked for, and
    restored: the closing would count as a touch of whoever restored it.
    """
    write = bench.closing()
    known(bench, write)
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    bench.outlive_leases()
    if then == "deleted":
        bench.crm.tasks[str(write.task_key)].deleted = True
    else:
        bench.crm.refusals[write.key] = Receipt(Outcome.REFUSED, message="a rule says no")
    bench.finish(bench.push())

    [fact] = facts_of(bench, write.lead)
    told = {"task_key": write.task_key, "found": True, "perhaps": True}
    assert (fact.kind, fact.data) == (FactKind.CLOSED, told)


def test_a_closing_refused_at_its_first_try_has_closed_nothing(bench: Bench) -> None:
    write = bench.closing()
    known(bench, write)
    bench.queue(write)
    bench.crm.refusals[write.key] = Receipt(Outcome.REFUSED, message="a rule says no")
    bench.finish(bench.push())
    assert facts_of(bench, write.lead) == []


@pytest.mark.parametrize(("lost", "more"), [(0, {}), (1, {"found": True})])
def test_by_which_of_several_tries_a_task_was_closed_nobody_knows(
    bench: Bench, lost: int, more: dict[str, bool]
) -> None:
    """A vendor answers the last one alike, whichever took effect: a person is not to be blamed."""
    write = bench.closing()
    known(bench, write)
    bench.queue(write)
    for _ in range(lost):
        bench.crm.faults.append(Fault.REQUEST_LOST)
        bench.push().run()
        bench.outlive_leases()
        bench.push().run()  # looked up: it was not done
    bench.finish(bench.push())

    [fact] = facts_of(bench, write.lead)
    assert (fact.kind, fact.data) == (FactKind.CLOSED, {"task_key": write.task_key, **more})


def test_whether_we_closed_a_task_nobody_knows_whose_reminder_was_tried_twice(
    bench: Bench,
) -> None:
    """The first try of the reminder may take effect after the closing, and be the last change."""
    closing = bench.closing()
    known(bench, closing)
    reminder = bench.task(closing.target, lead=closing.lead, task_key=closing.task_key)
    bench.queue(reminder)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    bench.outlive_leases()
    bench.finish(bench.push())
    bench.queue(closing)
    bench.finish(bench.push())

    [fact] = [f for f in facts_of(bench, closing.lead) if f.kind is FactKind.CLOSED]
    assert fact.data == {"task_key": closing.task_key, "found": True}


def test_a_task_that_a_person_had_closed_before_our_first_try_is_his(bench: Bench) -> None:
    write = bench.closing()
    known(bench, write)
    bench.crm.tasks[str(write.task_key)].closed = True
    bench.queue(write)
    bench.finish(bench.push())
    assert facts_of(bench, write.lead) == []


def test_what_one_decision_writes_and_closes_is_not_made_when_it_is_let_go(office: Office) -> None:
    """Of two tasks of a queue's lead its manager's remains; both were late and held."""
    lead = office.lead()
    office.decide()
    office.go_on(2 * DAY + HOUR)
    office.learn(lead, owned(office.clock.now(), QUEUE, MIA))
    office.decide(caps=Caps(per_owner=0))
    closing = {v.write.task_key for v in office.writes(Action.CLOSE_TASK)}
    held = {v.write.task_key for v in office.writes(Action.TASK) if v.state is State.HELD}
    assert held, "the manager's"
    assert closing
    assert not closing & held


# leads


def test_a_lead_to_be_made_that_was_read_meanwhile_is_left_as_it_is(bench: Bench) -> None:
    """It was given up and carried out after all; a person retries it hours later."""
    write = bench.creation()
    known(bench, write)
    bench.queue(write)
    there = bench.lead(owner=BEN)
    with transaction(bench.engine) as unit:
        unit.links.add([(there, write.lead, "key")], bench.clock.now())
    bench.finish(bench.push())
    assert bench.row(write).state is State.SUPERSEDED
    assert "already" in str(bench.row(write).outcome)
    assert bench.effects() == []
    assert bench.dirty() == {write.lead}


# owners


def test_an_owner_is_changed_on_a_condition_also_where_the_lead_was_never_read(
    bench: Bench,
) -> None:
    """A lead that we have only just made: no version of it is known from reading."""
    lead = bench.lead()
    write = bench.write(Action.OWNER, lead, values={"owner": BEN}, judged=Judged(ANA, None))
    known(bench, write)
    sink = Overtaken(bench.crm)

    def given_away(_: Write) -> None:
        bench.advance(MINUTE)
        bench.crm.change(lead, owner=UserKey("005CHI"))

    sink.act = given_away
    bench.queue(write)
    bench.push(sink).run()
    person = bench.crm.person(lead)
    assert person
    assert person.owner == "005CHI"
    assert bench.row(write).state is State.SUPERSEDED


def test_an_owner_chosen_by_a_person_before_the_first_reading_stays(bench: Bench) -> None:
    lead = bench.lead(owner=UserKey("005CHI"))
    write = bench.write(Action.OWNER, lead, values={"owner": BEN}, judged=Judged(ANA, None))
    known(bench, write)
    bench.queue(write)
    bench.finish(bench.push())
    assert bench.row(write).state is State.SUPERSEDED
    assert bench.effects() == []


def test_whom_a_person_chose_just_before_us_is_the_persons_choice(bench: Bench) -> None:
    write = bench.owner_change()
    known(bench, write)
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, owner=BEN)
    bench.finish(bench.push())
    assert bench.row(write).state is State.SUPERSEDED
    assert facts_of(bench, write.lead) == [], "the history tells who chose him"


class Twice(MemorySink):
    """The first request is lost; while the second is on its way somebody does the same."""

    act: Callable[[], object]
    tries = 0

    def apply(self, writes: Sequence[Write]) -> list[Receipt]:
        self.tries += 1
        if self.tries == 1:
            return [Receipt(Outcome.TRY_LATER) for _ in writes]
        self.act()
        return list(super().apply(writes))


def test_whom_a_person_chose_before_our_second_try_is_found_and_may_be_the_persons_choice(
    bench: Bench,
) -> None:
    """A simulated day: what was found was taken for ours, and the lead given to the queue later."""
    write = bench.owner_change()
    known(bench, write)
    sink = Twice(bench.crm)
    lead = write.target
    assert lead

    def chosen_too() -> None:
        bench.advance(MINUTE)
        bench.crm.change(lead, owner=BEN)

    sink.act = chosen_too
    bench.queue(write)
    bench.finish(bench.push(sink))

    assert bench.row(write).state is State.DONE
    [fact] = facts_of(bench, write.lead)
    assert fact.data == {"owner": BEN, "found": True}


class Behind(MemorySink):
    """Shows leads as they were: what was written last is not to be seen yet."""

    before: Mapping[Ref, Snapshot | None]

    def reread(self, refs: Sequence[Ref]) -> dict[Ref, Snapshot | None]:
        return dict(super().reread(refs)) | {r: self.before[r] for r in refs if r in self.before}


def given_to_ben(bench: Bench) -> tuple[Ref, Behind]:
    """Have us give a lead of Ana's to Ben, and the system show it as Ana's all the same."""
    lead = bench.lead()
    sink = Behind(bench.crm)
    sink.before = dict(bench.sink.reread([lead]))
    bench.advance(MINUTE)
    change = bench.owner_change(lead)
    known(bench, change)
    bench.queue(change)
    bench.finish(bench.push())
    return lead, sink


def test_a_version_older_than_our_own_change_of_owner_blames_nobody_for_anothers_lead(
    bench: Bench,
) -> None:
    """A simulated day: the lead was given to Ben; Ana, who was still shown, had her task."""
    lead, sink = given_to_ben(bench)
    hers, his = bench.task(lead), bench.task(lead, judged=Judged(BEN, None))
    bench.queue(hers, his)
    bench.finish(bench.push(sink))
    assert bench.states([hers, his]) == [State.SUPERSEDED, State.DONE]


def test_who_has_it_again_after_our_change_of_owner_is_told(bench: Bench) -> None:
    lead, _ = given_to_ben(bench)
    bench.advance(MINUTE)
    bench.crm.change(lead, owner=ANA)
    hers = bench.task(lead)
    bench.queue(hers)
    bench.finish(bench.push())
    assert bench.row(hers).state is State.DONE


def test_what_is_shown_long_after_our_change_of_owner_is_believed(bench: Bench) -> None:
    lead, sink = given_to_ben(bench)
    bench.advance(HOUR)
    hers = bench.task(lead)
    bench.queue(hers)
    bench.finish(bench.push(sink))
    assert bench.row(hers).state is State.DONE


def test_a_change_of_owner_that_waits_is_withdrawn_when_a_person_chooses(office: Office) -> None:
    """Else it would wait until the person gives the lead back, and take it then."""
    lead = office.lead()
    office.decide()
    office.go_on(3 * DAY + MINUTE)
    office.decide()
    [change] = office.writes(Action.OWNER)
    assert change.state is State.PENDING
    office.learn(lead, owned(office.clock.now(), builders.BEN, MIA))
    office.go_on(MINUTE)
    office.decide()
    [change] = office.writes(Action.OWNER)
    assert change.state is State.SUPERSEDED
    assert change.outcome == "a person chose the owner meanwhile"


def test_a_held_change_of_owner_is_withdrawn_when_a_person_chooses(office: Office) -> None:
    lead = office.lead()
    office.decide()
    office.go_on(3 * DAY + MINUTE)
    office.decide()
    with transaction(office.engine) as unit:
        change = update(OUTBOX).where(OUTBOX.c.action == Action.OWNER.value)
        unit.db.execute(change.values(state=State.HELD.value))
    office.learn(lead, owned(office.clock.now(), builders.BEN, MIA))
    office.go_on(MINUTE)
    office.decide()

    assert [change.state for change in office.writes(Action.OWNER)] == [State.SUPERSEDED]


def overtaken_change(bench: Bench, kind: UserKind) -> Write:
    """Have somebody take a lead from its owner and give it back while we give it to Ben."""
    write = bench.owner_change()
    known(bench, write)
    lead = write.target
    assert lead
    with transaction(bench.engine) as unit:
        unit.users.put([User(ANA, "Ana", kind=kind)], bench.clock.now())
    read_to(bench, bench.clock.now())
    sink = Overtaken(bench.crm)

    def flickers(_: Write) -> None:
        bench.advance(MINUTE)
        bench.crm.change(lead, owner=UserKey("005CHI"))
        bench.crm.change(lead, owner=ANA)

    sink.act = flickers
    bench.queue(write)
    bench.push(sink).run()
    bench.dirty()
    return write


def read_to(bench: Bench, mark: datetime) -> None:
    stream, now = f"{bench.name}.lead_history", bench.clock.now()
    with transaction(bench.engine) as unit:
        held = unit.cursors.claim([stream], "reader", now, now)
        unit.cursors.settle([replace(c, watermark=mark, passes=1) for c in held], "reader")


def push_for(bench: Bench, minutes: int) -> None:
    for _ in range(minutes):
        bench.advance(MINUTE)
        bench.push().run()


def test_whose_lead_it_is_is_changed_again_only_when_the_history_told_what_overtook_it(
    bench: Bench,
) -> None:
    """A simulated day: the manager had given the lead away and back; it looked as it had before."""
    write = overtaken_change(bench, UserKind.PERSON)
    overtaken_at = bench.clock.now()
    push_for(bench, 10)
    assert bench.row(write).state is State.PENDING
    assert bench.effects() == []
    read_to(bench, overtaken_at)
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE


def test_waiting_for_the_history_is_no_attempt(bench: Bench) -> None:
    """A simulated day: each look counted as one, and a change that could not be made at once after
    it waited three quarters of an hour.
    """
    write = overtaken_change(bench, UserKind.PERSON)
    overtaken_at = bench.clock.now()
    push_for(bench, 10)
    read_to(bench, overtaken_at)
    bench.advance(MINUTE)
    bench.push(Busy(bench)).run()
    assert bench.row(write).outcome == "try_later: the row is locked"
    push_for(bench, 1)
    assert bench.row(write).state is State.DONE


def test_whose_lead_it_is_is_changed_again_only_when_what_the_history_told_was_decided_upon(
    bench: Bench,
) -> None:
    write = overtaken_change(bench, UserKind.PERSON)
    read_to(bench, bench.clock.now())
    with transaction(bench.engine) as unit:
        unit.leads.mark_dirty([write.lead], bench.clock.now())
    push_for(bench, 10)
    assert bench.row(write).state is State.PENDING
    bench.dirty()
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE


def test_a_lead_of_a_queue_is_given_on_at_once_whatever_overtook_it(bench: Bench) -> None:
    """Enrichment often writes to new leads: nobody had been chosen, and a rep is waiting."""
    write = overtaken_change(bench, UserKind.QUEUE)
    bench.push().run()
    assert bench.row(write).state is State.DONE


def test_a_write_whose_older_one_is_not_taken_is_not_looked_at_without_end(bench: Bench) -> None:
    """A simulated day: only urgent writes were taken, as calls were short, and this was put back
    behind one that was not urgent, to a time that had passed.
    """
    lead = bench.lead()
    older, newer = (bench.write(Action.FLAG_STALE, lead, values={"since": n}) for n in ("1", "2"))
    bench.queue(older, newer)
    bench.advance(MINUTE)
    now = bench.clock.now()
    with transaction(bench.engine) as unit:
        batch = unit.outbox.claim(bench.name, bench.sink.lanes, "one", now, now + HOUR)
        assert batch
        past = update(OUTBOX).where(OUTBOX.c.key == older.key)
        unit.db.execute(past.values(not_before=now - MINUTE, lease_by=None))
        mine = replace(batch, rows=tuple(r for r in batch.rows if r.write.key == newer.key))
        assert in_order(unit, mine, bench.name, "one", now).rows == ()
        put_back = select(OUTBOX.c.not_before).where(OUTBOX.c.key == newer.key)
        assert unit.db.execute(put_back).scalar_one() > now


# what a person retries


def park(bench: Bench, write: Write) -> None:
    """Have a write be refused for good."""
    bench.queue(write)
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        batch = unit.outbox.claim(bench.name, bench.sink.lanes, "one", now, now + HOUR)
        assert batch
        unit.outbox.mark_sent(batch, now)
        row = batch.rows[0]
        unit.outbox.settle([Settlement(row.id, row.term, State.PARKED, "refused")], "one", now)


@pytest.mark.parametrize(
    ("mine", "later", "state"),
    [
        (Action.FLAG_STALE, Action.CLEAR_STALE, State.SUPERSEDED),
        (Action.OWNER, Action.OWNER, State.SUPERSEDED),
        (Action.FLAG_STALE, Action.OWNER, State.PENDING),
    ],
)
def test_a_parked_write_does_not_undo_what_was_set_since(
    bench: Bench, mine: Action, later: Action, state: State
) -> None:
    lead = bench.lead()
    first = bench.write(mine, lead, values={"owner": BEN, "since": "", "why": ""})
    second = bench.write(later, lead, values={"owner": BEN})
    park(bench, first)
    bench.queue(second)
    with transaction(bench.engine) as unit:
        assert unit.outbox.retry(first.key, bench.clock.now()) is state


@pytest.mark.parametrize(("between", "state"), [(BEN, State.SUPERSEDED), (ANA, State.PENDING)])
def test_a_parked_change_of_owner_does_not_take_a_lead_that_somebody_gave_back(
    bench: Bench, between: UserKey, state: State
) -> None:
    """A simulated day: who owns it now is who owned it then, and had been chosen since."""
    change = bench.owner_change()
    known(bench, change)
    park(bench, change)
    now = bench.clock.now()
    given = [
        a_fact(FactKind.OWNER, now + n * MINUTE, {"owner": o}) for n, o in ((1, between), (2, ANA))
    ]
    with transaction(bench.engine) as unit:
        unit.facts.add({change.lead: given})
    with transaction(bench.engine) as unit:
        assert again(unit, change.key, now + HOUR) is state


def test_tasks_of_two_leads_that_are_one_by_now_are_tried_once_more_together(
    bench: Bench,
) -> None:
    """A simulated day: what was known of the one was not found, and nothing was written any more.

    A task that a person ended is not made again, under whichever lead that was learned.
    """
    writes = [bench.task(key=f"task-{n}", task_key=f"task-{n}") for n in range(3)]
    known(bench, *writes)
    kept, gone, ended = (write.lead for write in writes)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.queue(*writes)
    bench.push().run()
    bench.outlive_leases()
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        for lead in (gone, ended):
            unit.joins.add(Join(lead, kept, kept, "merge", {}, now))
        data = {"task_key": "task-2", "how": "deleted", "id": "1"}
        unit.facts.add({kept: [a_fact(FactKind.TASK_ENDED, now, data)]})

    bench.finish(bench.push())

    assert bench.states(writes) == [State.DONE, State.DONE, State.SUPERSEDED]


@pytest.mark.parametrize(
    ("withdrawn", "state"), [("task-0", State.SUPERSEDED), ("another", State.PENDING)]
)
def test_a_parked_task_that_nobody_is_asked_for_any_more_is_not_written(
    bench: Bench, withdrawn: str, state: State
) -> None:
    """A simulated day: its lead had been deleted, so nothing was closed, and was restored since."""
    write = bench.task(key="task-0", task_key="task-0")
    known(bench, write)
    park(bench, write)
    data = {"cycle": "c1", "clock": "first_touch", "task_keys": [withdrawn], "why": "deletion"}
    with transaction(bench.engine) as unit:
        now = bench.clock.now()
        unit.facts.add({write.lead: [a_fact(FactKind.WITHDRAWN, now, data, source=OURS)]})
        assert again(unit, write.key, now) is state
    bench.finish(bench.push())
    assert ("task-0" in bench.crm.tasks) is (state is State.PENDING)


# clocks


class Slept(DrivenClock):
    """A machine that was stopped and does not know it, until a system tells the time."""

    asleep = timedelta()

    def now(self) -> datetime:
        return super().now() - self.asleep


def test_an_owner_has_the_lead_since_it_was_given_to_him_not_since_our_clock_stood_still(
    sqlite_engine: Engine,
) -> None:
    """A simulated day: he was behind by as long as the machine had been stopped."""
    clock = Slept()
    bench = Bench(sqlite_engine, clock)
    write = bench.owner_change()
    known(bench, write)
    bench.queue(write)
    sink = Overtaken(bench.crm)

    def put_right(_: Write) -> None:
        clock.asleep = timedelta()

    sink.act = put_right
    clock.asleep = 20 * MINUTE
    bench.advance(20 * MINUTE)
    bench.push(sink).run()

    [fact] = facts_of(bench, write.lead)
    assert fact.occurred_at == bench.clock.now()


@fault("V50")
def test_a_task_made_by_a_try_that_was_given_up_and_deleted_is_not_made_again(
    bench: Bench,
) -> None:
    """A simulated day: the deletion was known for minutes when the task was tried once more."""
    write = bench.task(key="task-0", task_key="task-0")
    known(bench, write)
    bench.queue(write)
    sink = Twice(bench.crm)
    sink.act = bench.crm.tasks.clear
    bench.push(sink).run()  # nothing is known of it, and it is to be sent again
    ended = a_fact(FactKind.TASK_ENDED, bench.clock.now(), {"task_key": "task-0", "id": "00T1"})
    with transaction(bench.engine) as unit:
        unit.facts.add({write.lead: [ended]})
    reminder = replace(write, key="task-1")  # a later rung, that has waited for it
    bench.queue(reminder)
    bench.finish(bench.push(sink))
    assert bench.states([write, reminder]) == [State.SUPERSEDED] * 2
    assert bench.crm.tasks == {}
