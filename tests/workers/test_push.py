"""push: each row settles by its own outcome, and by declared ways only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.facts import OURS, FactKind
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.push import ATTEMPTS
from tests.workers.given import ANA, BEN, Bench

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


def test_a_system_that_says_how_long_is_left_alone_that_long(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    answer = Receipt(Outcome.TRY_LATER, message="busy", after=7 * MINUTE)
    bench.crm.refusals[write.key] = answer
    push = bench.push()
    push.run()
    assert push.next_at() == bench.clock.now() + 7 * MINUTE


# systems that cannot be asked at all


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


def test_after_a_lost_request_it_is_looked_up_and_sent_again(bench: Bench) -> None:
    write = bench.creation()
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.finish(bench.push())
    assert (bench.crm.calls["look"], bench.crm.calls["apply"]) == (1, 2)
    assert bench.effects() == [write.key]


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


def test_a_sink_that_answers_too_few_rows_tells_nothing_about_any(bench: Bench) -> None:
    writes = [bench.creation(), bench.creation()]
    bench.queue(*writes)
    push = bench.push(Forgetful(bench))
    push.run()
    assert bench.states(writes) == [State.MAYBE_SENT] * 2
    bench.finish(push)
    assert bench.effects() == sorted(write.key for write in writes)


# leads that moved on


def test_a_task_is_not_written_for_a_lead_that_has_another_owner_now(bench: Bench) -> None:
    kept, moved = bench.task(), bench.task()
    bench.queue(kept, moved)
    assert moved.target
    bench.crm.change(moved.target, owner=BEN)
    bench.push().run()
    assert bench.states([kept, moved]) == [State.DONE, State.SUPERSEDED]
    assert bench.effects() == [kept.key]


@pytest.mark.parametrize("change", [{"deleted": True}, {"converted": {"contact": "1"}}])
def test_nobody_is_blamed_for_a_lead_that_is_gone(
    bench: Bench, change: Mapping[str, object]
) -> None:
    write = bench.flag()
    bench.queue(write)
    assert write.target
    bench.crm.change(write.target, **change)
    bench.push().run()
    assert bench.row(write).state is State.SUPERSEDED
    assert not bench.crm.stale


def test_a_lead_that_moved_on_is_decided_about_again(bench: Bench) -> None:
    write = bench.task()
    mirror(bench, write)
    bench.queue(write)
    assert write.target
    bench.crm.change(write.target, owner=BEN)
    bench.push().run()
    assert bench.dirty() == {write.lead}


def test_a_process_held_up_after_its_reread_reads_again_before_it_blames(bench: Bench) -> None:
    write = bench.task()
    bench.queue(write)
    assert write.target

    def held_up(point: str) -> None:
        if point == "push.marked" and bench.crm.calls["reread"] == 1:
            bench.advance(MINUTE)
            bench.crm.change(write.target, owner=BEN)  # type: ignore[arg-type] # asserted above

    bench.finish(bench.push(reached=held_up))
    assert bench.row(write).state is State.SUPERSEDED
    assert bench.effects() == []


# owners


def test_an_owner_change_overtaken_by_another_field_is_judged_again_and_made(bench: Bench) -> None:
    write = bench.owner_change()
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, status="Working")  # the owner is as it was judged
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE
    person = bench.crm.person(write.target)
    assert person
    assert person.owner == BEN


def test_an_owner_change_overtaken_by_a_person_is_superseded(bench: Bench) -> None:
    write = bench.owner_change()
    mirror(bench, write)
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, owner="005CHI")
    bench.finish(bench.push())
    assert bench.row(write).state is State.SUPERSEDED
    assert bench.effects() == []
    assert bench.dirty() == {write.lead}


def test_an_owner_change_that_finds_its_own_value_is_done(bench: Bench) -> None:
    """A request given up and carried out late: the second one is overtaken by the first."""
    write = bench.owner_change()
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, owner=BEN)
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE


def test_when_the_reread_after_an_overtaken_row_fails_the_others_are_not_sent_again(
    bench: Bench,
) -> None:
    good, overtaken = bench.owner_change(), bench.owner_change()
    bench.queue(good, overtaken)
    bench.advance(MINUTE)
    assert overtaken.target
    bench.crm.change(overtaken.target, status="Working")
    push = bench.push(NoReread(bench, fails=1))
    push.run()
    assert bench.states([good, overtaken]) == [State.MAYBE_SENT] * 2
    bench.finish(push)
    assert bench.states([good, overtaken]) == [State.DONE] * 2
    assert bench.effects() == sorted([good.key, overtaken.key])


# what is learned


def test_a_created_lead_is_linked_and_owned_at_once(bench: Bench) -> None:
    write = bench.creation()
    mirror(bench, write)
    bench.queue(write)
    bench.finish(bench.push())
    with reading(bench.engine) as unit:
        facts = unit.facts.of([write.lead])[write.lead]
        refs = unit.links.of_leads([write.lead])[write.lead]
    assert [ref.kind for ref in refs] == ["lead"]
    assert {(f.kind, f.source) for f in facts} == {
        (FactKind.LINKED, OURS),
        (FactKind.OWNER, OURS),
    }
    assert bench.dirty() == {write.lead}


def test_an_owner_change_found_by_looking_is_learned_too(bench: Bench) -> None:
    write = bench.owner_change()
    mirror(bench, write)
    bench.queue(write)
    bench.crm.faults.append(Fault.ANSWER_LOST)
    bench.finish(bench.push())
    with reading(bench.engine) as unit:
        (fact,) = unit.facts.of([write.lead])[write.lead]
    assert (fact.kind, fact.source, fact.data) == (FactKind.OWNER, OURS, {"owner": BEN})


# leases


def test_a_process_that_slept_past_its_lease_sends_nothing(bench: Bench) -> None:
    write = bench.creation()
    bench.queue(write)

    def sleep(point: str) -> None:
        if point == "push.claimed":
            bench.outlive_leases()

    bench.push(reached=sleep).run()
    assert bench.row(write).state is State.PENDING
    assert bench.effects() == []
    bench.finish(bench.push())
    assert bench.effects() == [write.key]


def test_what_a_process_settles_after_its_lease_changes_nothing(engine: Engine) -> None:
    bench = Bench(engine)
    write = bench.owner_change()
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, status="Working")
    before: list[object] = []

    def taken_over(point: str) -> None:
        """While the first waits for its answer, another takes the row and is told to wait."""
        if point == "push.answered":
            bench.outlive_leases()
            bench.push().run()
            before.append(bench.row(write))

    bench.push(reached=taken_over).run()
    assert before == [bench.row(write)]
    bench.finish(bench.push())
    assert bench.effects() == [write.key]


def test_two_processes_write_everything_once(engine: Engine) -> None:
    bench = Bench(engine)
    writes = [bench.task() for _ in range(500)]
    bench.queue(*writes)
    one, other = bench.push(), bench.push()
    while one.run() or other.run():
        pass
    assert bench.effects() == sorted(write.key for write in writes)


# order


def test_of_one_lead_a_later_write_does_not_overtake_an_earlier_one_that_waits(
    bench: Bench,
) -> None:
    first = bench.task()
    second = replace(first, key=f"{first.key}-day-2", values={**first.values, "subject": "Again"})
    bench.queue(first)
    bench.crm.refusals[first.key] = Receipt(Outcome.TRY_LATER, message="locked", after=HOUR)
    push = bench.push()
    push.run()
    bench.queue(second)
    bench.finish(push)
    assert [write.key for write in bench.crm.journal] == [first.key, second.key]
    assert bench.crm.tasks[str(first.task_key)].subject == "Again"


# helpers


def mirror(bench: Bench, write: Write) -> None:
    """Have the mirror know the lead that a write is about."""
    with transaction(bench.engine) as unit:
        unit.leads.put([LeadUpdate(write.lead, None, {}, None)], bench.clock.now())


@dataclass
class _Sink:
    """A sink that does what the memory's does, where it is not told otherwise."""

    bench: Bench

    def __post_init__(self) -> None:
        inner = self.bench.sink
        self.system, self.lanes, self.lane = self.bench.name, inner.lanes, inner.lane

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.apply(writes)

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        return self.bench.sink.reread(refs)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.look(writes)


@dataclass
class Busy(_Sink):
    """Never lets anything through."""

    asked: list[datetime] = field(default_factory=list)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self.asked.append(self.bench.clock.now())
        return [Receipt(Outcome.TRY_LATER, message="the row is locked") for _ in writes]


@dataclass
class Forgetful(_Sink):
    """Writes everything, and answers for the first row only."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.apply(writes)[:1]


@dataclass
class NoReread(_Sink):
    """Cannot be asked again for a while."""

    fails: int = 0

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        if self.fails:
            self.fails -= 1
            raise TryLater("out of reach")
        return self.bench.sink.reread(refs)
