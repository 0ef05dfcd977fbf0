"""What was decided and is overtaken before it is written: by people, by other systems, by time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import MemorySink, MemorySource
from slasync.domain.agreement import Text
from slasync.domain.assigning import UNROUTED
from slasync.domain.caps import Caps
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Ref, UserKey, UserKind, lead_key
from slasync.domain.rests import REASON, UNTIL, Rests, Snoozing
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import Action, Judged, Write
from slasync.errors import Refused
from slasync.ports import Outcome, Reading, Receipt
from slasync.store.leads import LeadUpdate, Summary
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import decide_batch
from tests.builders import (
    DAY,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    POOL,
    QUEUE,
    a_fact,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    status,
)
from tests.faults.marks import fault
from tests.workers.given import ANA, BEN, Bench
from tests.workers.mirror import Mirror
from tests.workers.office import Office
from tests.workers.test_inbox import inbox, mirror, states, told

__all__ = ["mirror"]  # the fixture
LATER = timedelta(days=1, hours=1)


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    return Bench(sqlite_engine)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


# push


def facts_about(bench: Bench, write: Write) -> list[Fact]:
    with reading(bench.engine) as unit:
        return [f for f in unit.facts.of([write.lead])[write.lead] if f.kind == FactKind.UNMADE]


def known(bench: Bench, write: Write) -> Write:
    with transaction(bench.engine) as unit:
        update = LeadUpdate(write.lead, None, {}, None)
        unit.leads.put([update], bench.clock.now())
    return write


def test_a_stale_flag_is_set_whoever_has_the_lead_by_then(bench: Bench) -> None:
    write = bench.flag(bench.lead(owner=BEN))  # judged when it was Ana's
    bench.queue(write)
    bench.finish(bench.push())
    assert bench.row(write).state is State.DONE


def test_a_task_dropped_before_it_was_made_is_known_not_to_be_there(bench: Bench) -> None:
    write = known(bench, bench.task(bench.lead(owner=BEN)))
    bench.queue(write)
    bench.finish(bench.push())
    assert bench.row(write).state is State.SUPERSEDED
    (fact,) = facts_about(bench, write)
    assert fact.data == {"task_key": write.task_key, "of": ""}, "nobody is known to have it"
    assert bench.dirty() == {write.lead}


def test_a_task_dropped_tells_whose_lead_it_was_as_long_as_the_next_owner_is_not_known(
    bench: Bench,
) -> None:
    write = known(bench, bench.task(bench.lead(owner=BEN)))
    with transaction(bench.engine) as unit:
        unit.leads.summarise([Summary(write.lead, "MQL", ANA, "open", None)], bench.clock.now())
    bench.queue(write)
    bench.finish(bench.push())
    (fact,) = facts_about(bench, write)
    assert fact.data["of"] == ANA


def test_a_reminder_dropped_leaves_the_task_that_was_made_before(bench: Bench) -> None:
    first = known(bench, bench.task())
    assert first.target
    again = replace(first, key="again")
    bench.queue(first)
    bench.finish(bench.push())
    bench.crm.change(first.target, owner=BEN)
    bench.queue(again)
    bench.finish(bench.push())
    assert bench.row(again).state is State.SUPERSEDED
    assert facts_about(bench, again) == []


class Busy(MemorySink):
    """Refuses every owner change as overtaken though the owner is the one judged."""

    def apply(self, writes: Sequence[Write]) -> list[Receipt]:
        return [Receipt(Outcome.OVERTAKEN) for _ in writes]


@fault("L30")
def test_an_owner_change_that_is_overtaken_for_ever_is_parked_in_the_end(bench: Bench) -> None:
    write = bench.owner_change()
    bench.queue(write)
    began = bench.clock.now()
    bench.finish(bench.push(Busy(bench.crm)))
    assert bench.row(write).state is State.PARKED
    assert bench.clock.now() - began > HOUR


# decide


def test_the_first_task_of_a_queues_lead_reaches_the_owner_it_is_given_to(engine: Engine) -> None:
    office = Office(engine)
    office.lead(QUEUE)
    office.decide()
    (owner,) = office.writes(Action.OWNER)
    (task,) = office.writes(Action.TASK)
    assert task.write.values["owner"] == owner.write.values["owner"]
    assert task.write.judged == Judged(owner.write.values["owner"], None)


@fault("L30")
def test_a_lead_beyond_the_end_of_its_calendar_keeps_no_other_waiting(office: Office) -> None:
    spec = replace(nine_to_five().spec, last=date(2026, 3, 20))
    short = {"office": Calendar(spec)}
    office.decide(calendars=short)
    early = office.lead()
    office.clock.advance((15 * DAY).total_seconds())
    office.known_up_to_now()
    late = office.lead(at=office.clock.now())
    assert office.decide(calendars=short) == 1
    assert {key for key, _ in office.facts(FactKind.HANDOVER)} == {early}
    assert not decide_batch(office.deciding(calendars=short))
    office.go_on(UNROUTED)
    office.decide()
    assert {key for key, _ in office.facts(FactKind.HANDOVER)} == {early, late}


def test_a_held_task_is_overtaken_by_the_next_reminder_of_the_same_task(office: Office) -> None:
    office.lead()
    office.decide()
    office.go_on(LATER)
    office.decide(caps=Caps(per_owner=0))
    office.go_on(DAY - HOUR)  # in time
    office.decide()
    states_of = {(v.write.rung, v.write.role.value): v.state for v in office.writes(Action.TASK)}
    assert states_of["day_1", "owner"] is State.SUPERSEDED
    assert states_of["day_2", "owner"] is State.PENDING


def test_a_held_task_says_what_is_due_by_the_time_that_it_is_let_go(office: Office) -> None:
    rests = Rests(snooze=Snoozing(clocks=frozenset({"first_touch"})))
    office.agreement = an_agreement(rests=rests, texts={"remind": Text("Call by $due")})
    lead = office.lead()
    office.decide()
    office.go_on(LATER)
    office.decide(caps=Caps(per_owner=0))
    for days in (2, 3):
        wish = {UNTIL: (office.clock.now() + days * DAY).isoformat(), REASON: "on holiday"}
        office.learn(lead, a_fact(FactKind.CHANGED, office.clock.now(), wish, by=MIA))
        office.go_on(HOUR)
        office.decide(caps=Caps(per_owner=0))
    tasks = [v for v in office.writes(Action.TASK) if v.write.rung.partition(":")[0] != "day_0"]
    assert [(v.state, v.write.values["subject"]) for v in tasks] == [
        (State.SUPERSEDED, "Call by Wed 4 Mar 2026, 09:00"),
        (State.SUPERSEDED, "Call by Fri 6 Mar 2026, 09:00"),
        (State.HELD, "Call by Mon 9 Mar 2026, 10:00"),
    ]
    assert len({v.batch for v in tasks}) == 1


def test_both_cycles_of_one_look_are_stored_and_the_first_wakes_nobody(office: Office) -> None:
    lead = office.lead()
    office.decide()
    office.go_on(6 * HOUR)
    office.learn(
        lead, status(MONDAY + HOUR, "Nurturing"), scored(MONDAY + 2 * HOUR, 10),
        scored(MONDAY + 3 * HOUR, 90), owned(MONDAY + 3 * HOUR, QUEUE),
    )  # fmt: skip
    office.decide()
    with reading(office.engine) as unit:
        rows = unit.clocks.of([lead])[lead]
    assert {row.cycle for row in rows} == {"c1", "c2"}
    assert {row.wake_at for row in rows if row.cycle == "c1"} == {None}
    office.go_on(2 * DAY)
    assert office.decide() < 5


def test_a_lead_handed_over_in_an_outage_starts_with_the_owner_it_is_given_to(
    office: Office,
) -> None:
    office.lead(QUEUE)
    office.go_on(4 * DAY)  # nothing was decided for so long
    office.decide()
    (owner,) = office.writes(Action.OWNER)
    (task,) = office.writes(Action.TASK)
    assert (task.write.rung, task.write.generation) == ("day_0", 1)
    assert task.write.values["owner"] == owner.write.values["owner"]


def test_the_clock_of_a_lead_that_nobody_can_take_runs_and_its_manager_is_told(
    office: Office,
) -> None:
    empty = {"inbound": replace(POOL, members=(), queue=None)}
    office.lead(QUEUE)
    office.decide(pools=empty)
    (task,) = office.writes(Action.TASK)
    assert task.write.values["owner"] == MIA.key
    office.go_on(UNROUTED)
    office.decide()
    (owner,) = office.writes(Action.OWNER)
    assert owner.write.values["owner"] == "005ANA"


# ingest and inbox


def test_two_changes_with_one_stamp_are_both_facts(mirror: Mirror) -> None:
    lead = mirror.person(fields={"score": 1})
    mirror.take(lead)
    mirror.advance(MINUTE)
    now = mirror.crm.now()
    for score in (50, 90):
        mirror.take(replace(lead, modified_at=now, fields={"score": score}))
    told_scores = [f.data["score"] for f in mirror.facts(FactKind.CHANGED)]
    assert sorted(told_scores) == [1, 50, 90]


def test_a_record_that_was_gone_before_it_was_first_read_meets_nothing(mirror: Mirror) -> None:
    mirror.take(mirror.person("contact", fields={"score": 90}, deleted=True))
    assert mirror.facts(FactKind.CHANGED) == []


def test_a_contacts_owner_is_told_apart_from_a_leads(mirror: Mirror) -> None:
    ana = UserKey("005ANA")
    mirror.take(mirror.person("contact", owner=ana), mirror.person(owner=ana))
    owners = {str(f.data.get("of")): f.data["owner"] for f in mirror.facts(FactKind.OWNER)}
    assert owners == {"None": ana, "contact": ana}


@fault("V31")
def test_a_task_that_we_changed_after_a_person_closed_it_has_ended(mirror: Mirror) -> None:
    ours = mirror.user(UserKind.AUTOMATION)
    lead = mirror.person()
    mirror.take(*mirror.crm.readings["users"].values(), lead)
    closed = mirror.crm.now()
    mirror.advance(MINUTE)
    ended = mirror.call(
        lead.ref, kind=FactKind.TASK_ENDED, by=ours, occurred_at=closed, data={"task_key": "k"}
    )
    mirror.take(ended)
    assert len(mirror.facts(FactKind.TASK_ENDED)) == 1


class Picky(MemorySource):
    """Will not hear of one id."""

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        if any(ref.id == "bad" for ref in refs):
            raise Refused("malformed id")
        return super().fetch(refs)


@fault("L30")
def test_an_event_that_the_system_will_not_hear_of_steps_aside(mirror: Mirror) -> None:
    leads = [mirror.lead() for _ in range(4)]
    told(mirror, *leads, Ref("salesforce", "lead", "bad"))
    assert inbox(mirror, salesforce=Picky(mirror.crm)).run()
    assert states(mirror) == {"done": 4, "quarantined": 1}


def test_a_call_read_before_a_record_that_slasync_made_counts_when_that_is_read(
    mirror: Mirror,
) -> None:
    contact, made = mirror.person("contact"), mirror.person()
    mirror.take(contact)
    mirror.take(mirror.call(made.ref))
    with transaction(mirror.engine) as unit:
        unit.links.add([(made.ref, lead_key(contact.ref), "created")], mirror.clock.now())
    mirror.take(made)
    assert len(mirror.facts(FactKind.TOUCH)) == 1
    assert mirror.set_aside() == {}
