"""push: leads that moved on, owners, what is learned, leases and the order of writes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.facts import OURS, FactKind
from slasync.domain.writes import Write
from slasync.ports import Outcome, Receipt
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.pulling.merging import MERGE, join
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.given import BEN, Bench
from tests.workers.sinks import NoReread

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


def mirror(bench: Bench, write: Write) -> None:
    """Have the mirror know the lead that a write is about."""
    with transaction(bench.engine) as unit:
        unit.leads.put([LeadUpdate(write.lead, None, {}, None)], bench.clock.now())


# leads that moved on


def test_a_task_is_not_written_for_a_lead_that_has_another_owner_now(bench: Bench) -> None:
    kept, moved = bench.task(), bench.task()
    bench.queue(kept, moved)
    assert moved.target
    bench.crm.change(moved.target, owner=BEN)
    bench.push().run()
    assert bench.states([kept, moved]) == [State.DONE, State.SUPERSEDED]
    assert bench.effects() == [kept.key]


@fault("V27")
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


@fault("L5")
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


@fault("V50")
@pytest.mark.parametrize("how", ["deleted", "closed"])
def test_what_a_person_ended_is_not_written_again_by_a_later_rung(bench: Bench, how: str) -> None:
    first = bench.task()
    reminder = replace(bench.task(first.target), task_key=first.task_key, lead=first.lead)
    bench.queue(first)
    bench.finish(bench.push())
    setattr(bench.crm.tasks[str(first.task_key)], how, True)  # not read by a poll yet
    bench.queue(reminder)
    bench.finish(bench.push())
    row = bench.row(reminder)
    assert (row.state, row.outcome) == (State.SUPERSEDED, f"somebody {how} the task")
    assert [w.key for w in bench.crm.journal] == [first.key]


@fault("V50")
def test_a_task_made_only_after_it_was_dropped_once_is_known_too(bench: Bench) -> None:
    dropped = bench.task()
    made = replace(bench.task(dropped.target), task_key=dropped.task_key, lead=dropped.lead)
    later = replace(bench.task(dropped.target), task_key=dropped.task_key, lead=dropped.lead)
    bench.queue(made)
    bench.finish(bench.push())
    bench.crm.tasks[str(made.task_key)].deleted = True
    bench.queue(later)
    bench.finish(bench.push())
    assert bench.row(later).state is State.SUPERSEDED


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


@fault("V48")
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


@fault("V6")
def test_what_took_effect_unheard_is_dated_by_its_sending(bench: Bench) -> None:
    """A simulated day: by the time of the look the lead had been given to somebody else."""
    write = bench.owner_change()
    mirror(bench, write)
    bench.queue(write)
    sent_at = bench.clock.now()
    bench.crm.faults.append(Fault.ANSWER_LOST)
    bench.push().run()
    bench.advance(HOUR)
    bench.finish(bench.push())
    with reading(bench.engine) as unit:
        [owner] = unit.facts.of([write.lead])[write.lead]
    assert (owner.kind, owner.occurred_at) == (FactKind.OWNER, sent_at)


def test_an_owner_change_that_finds_its_own_value_is_done(bench: Bench) -> None:
    """A request given up and carried out late: the second one is overtaken by the first."""
    write = bench.owner_change()
    mirror(bench, write)
    bench.queue(write)
    bench.crm.faults.append(Fault.REQUEST_LOST)
    bench.push().run()
    bench.advance(MINUTE)
    bench.push().run()  # looked up: it was not done
    assert write.target
    bench.crm.change(write.target, owner=BEN)
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE


@pytest.mark.parametrize(
    ("change", "state", "status"),
    [
        ({"owner": "005CHI"}, State.DONE, "Recycled"),  # another field: judged again
        ({"status": "Recycled"}, State.SUPERSEDED, "Recycled"),  # somebody was as quick
        ({"status": "Working"}, State.SUPERSEDED, "Working"),
        ({"converted": {"contact": "1"}}, State.SUPERSEDED, None),
    ],
)
def test_a_lead_is_given_back_only_while_its_status_is_as_it_was_judged(
    bench: Bench, change: Mapping[str, object], state: State, status: str | None
) -> None:
    write = bench.giving_back()
    mirror(bench, write)
    bench.queue(write)
    bench.advance(MINUTE)
    assert write.target
    bench.crm.change(write.target, **change)

    bench.finish(bench.push())

    person = bench.crm.person(write.target)
    assert person
    assert bench.row(write).state is state
    assert status in {None, person.status}


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


def joined(bench: Bench, lead: Write, into: Write) -> None:
    """Have marketing's merge of two people be followed before either is in the CRM."""
    evidence = {"gone": "marketo:contact:2", "stays": "marketo:contact:1"}
    with transaction(bench.engine) as unit:
        join(unit, lead.lead, into.lead, how=MERGE, evidence=evidence, now=bench.clock.now())


def test_of_two_that_became_one_lead_before_they_were_made_one_is_made(bench: Bench) -> None:
    gone, stays = bench.creation(), bench.creation()
    for write in (gone, stays):
        mirror(bench, write)
    bench.queue(gone, stays)
    joined(bench, gone, stays)
    bench.finish(bench.push())
    assert bench.states([gone, stays]) == [State.SUPERSEDED, State.DONE]
    assert bench.row(gone).outcome == f"it is {stays.lead} by now, which is being made"


def test_who_became_somebody_whom_the_crm_has_is_not_made(bench: Bench) -> None:
    gone, stays = bench.creation(), bench.creation()
    for write in (gone, stays):
        mirror(bench, write)
    bench.queue(stays)
    bench.finish(bench.push())
    bench.queue(gone)
    joined(bench, gone, stays)
    bench.finish(bench.push())
    assert bench.states([gone, stays]) == [State.SUPERSEDED, State.DONE]
    assert bench.row(gone).outcome == "the CRM has the lead already"


def test_who_became_somebody_that_nobody_handed_over_is_made_for_him(bench: Bench) -> None:
    first, second, stays = bench.creation(), bench.creation(), bench.creation()
    for write in (first, second, stays):
        mirror(bench, write)
    bench.queue(first, second)
    for write in (first, second):
        joined(bench, write, stays)
    bench.finish(bench.push())
    assert bench.states([first, second]) == [State.DONE, State.SUPERSEDED]


def test_an_owner_change_found_by_looking_is_learned_too(bench: Bench) -> None:
    write = bench.owner_change()
    mirror(bench, write)
    bench.queue(write)
    bench.crm.faults.append(Fault.ANSWER_LOST)
    bench.finish(bench.push())
    with reading(bench.engine) as unit:
        (fact,) = unit.facts.of([write.lead])[write.lead]
    assert (fact.kind, fact.source) == (FactKind.OWNER, OURS)
    assert fact.data == {"owner": BEN, "found": True}


# leases


@pain("P17")
@fault("L5")
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


@fault("L5", "L20")
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


@fault("L20")
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
