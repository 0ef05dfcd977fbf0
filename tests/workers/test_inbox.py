"""inbox: an event only wakes a fetch; what it says is read from the system itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connectors.memory import Fault, MemorySource, MemorySystem
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.ports import Reading, Source
from slasync.store.inbox import InboxEvent
from slasync.store.unit import transaction
from slasync.workers.pulling.inbox import LEASE, Inbox
from tests.builders import DAY, MINUTE, MONDAY
from tests.faults.marks import fault
from tests.workers.given import Crash
from tests.workers.mirror import RULES, Mirror

HUBSPOT = "hubspot"


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    """A mirror whose first load is complete."""
    mirror = Mirror(sqlite_engine)
    mirror.read()
    return mirror


def inbox(mirror: Mirror, crash_at: str = "", **sources: Source) -> Inbox:
    def reached(name: str) -> None:
        if name == crash_at:
            raise Crash(name)

    known: Mapping[str, Source] = {"salesforce": mirror.source} | sources
    return Inbox(mirror.engine, Seams(clock=mirror.clock, reached=reached), known, RULES, "one")


def told(mirror: Mirror, *refs: Ref, key: str = "") -> int:
    events = [
        InboxEvent(ref.system, key or f"{ref}/{n}", {"kind": ref.kind, "id": ref.id})
        for n, ref in enumerate(refs)
    ]
    with transaction(mirror.engine) as unit:
        return unit.inbox.add(events, mirror.clock.now())


def states(mirror: Mirror) -> dict[str, int]:
    found: dict[str, int] = mirror.ask(lambda unit: unit.inbox.counts())
    return found


@fault("W2")
def test_an_event_brings_the_record_as_it_is_now(mirror: Mirror) -> None:
    lead = mirror.lead(fields={"score": 7})
    told(mirror, lead)
    assert inbox(mirror).run()
    found = mirror.lead_of(lead)
    assert found
    assert found.fields == {"score": 7}
    assert states(mirror) == {"done": 1}


def test_without_events_nothing_is_fetched(mirror: Mirror) -> None:
    step = inbox(mirror)
    assert not step.run()
    assert step.next_at() is None
    assert not mirror.crm.calls["fetch"]


@fault("W1", "W12")
def test_many_events_about_one_record_are_one_fetch_of_it(mirror: Mirror) -> None:
    lead = mirror.lead()
    told(mirror, *[lead] * 20)
    inbox(mirror).run()
    assert mirror.crm.calls["fetch"] == 1
    assert states(mirror) == {"done": 20}


@fault("W1")
def test_the_same_event_twice_is_one_event(mirror: Mirror) -> None:
    lead = mirror.lead()
    assert told(mirror, lead, key="event-1") == 1
    assert told(mirror, lead, key="event-1") == 0


def test_an_event_about_a_record_that_is_gone_is_done_with(mirror: Mirror) -> None:
    told(mirror, Ref("salesforce", "lead", "00QGONE"))
    inbox(mirror).run()
    assert states(mirror) == {"done": 1}
    assert not mirror.keys()


@fault("W1")
def test_what_an_event_brought_is_not_told_again_by_the_poll(mirror: Mirror) -> None:
    lead = mirror.lead(fields={"score": 7})
    told(mirror, lead)
    inbox(mirror).run()
    before = mirror.facts()
    mirror.advance(MINUTE)
    mirror.read()
    assert mirror.facts() == before


@fault("W2")
def test_before_the_first_load_is_complete_an_old_lead_is_not_taken_for_a_new_one(
    sqlite_engine: Engine,
) -> None:
    mirror = Mirror(sqlite_engine)
    created = MONDAY - 90 * DAY
    lead = mirror.lead(fields={"score": 90}, created_at=created)
    told(mirror, lead)
    inbox(mirror).run()
    (fact,) = mirror.facts(FactKind.CHANGED)
    assert fact.occurred_at == created


@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.STOPPED])
def test_when_a_system_cannot_be_asked_its_events_wait_and_the_others_go_on(
    mirror: Mirror, fault: Fault
) -> None:
    portal = MemorySystem(mirror.clock, HUBSPOT)
    portal.faults.append(fault)
    lead, contact = mirror.lead(), Ref(HUBSPOT, "contact", "1")
    portal.put("contacts", mirror.person(ref=contact))
    told(mirror, contact, lead)
    step = inbox(mirror, hubspot=MemorySource(portal))
    step.run()
    assert mirror.lead_of(lead)
    assert mirror.lead_of(contact) is None
    at = step.next_at()
    assert at
    assert mirror.clock.now() < at <= mirror.clock.now() + MINUTE
    mirror.advance(at - mirror.clock.now())
    step.run()
    assert mirror.lead_of(contact)
    assert states(mirror) == {"done": 2}


@fault("W13")
def test_while_a_system_cannot_be_asked_it_is_asked_for_one_event_and_not_for_each(
    mirror: Mirror,
) -> None:
    step, lead = inbox(mirror), mirror.lead()
    for number in range(12):
        told(mirror, lead, key=f"event-{number}")
        mirror.crm.faults.clear()
        mirror.crm.faults.append(Fault.STOPPED)
        step.run()
        mirror.advance(timedelta(seconds=5))
    assert mirror.crm.calls["fetch"] == 2  # in a minute
    at = step.next_at()
    assert at is not None
    mirror.crm.faults.clear()
    mirror.advance(at - mirror.clock.now())
    while step.run():
        pass
    assert states(mirror) == {"done": 12}


def test_an_event_of_a_system_that_is_not_configured_is_set_aside(mirror: Mirror) -> None:
    told(mirror, Ref("marketo", "contact", "1"))
    inbox(mirror).run()
    assert states(mirror) == {"quarantined": 1}


@fault("L1", "W11")
@pytest.mark.parametrize("point", ["inbox.claimed", "inbox.done"])
def test_a_crash_loses_no_event_and_repeats_no_fact(mirror: Mirror, point: str) -> None:
    lead = mirror.lead(fields={"score": 7})
    told(mirror, lead)
    with pytest.raises(Crash):
        inbox(mirror, point).run()
    mirror.advance(LEASE + timedelta(seconds=1))
    inbox(mirror).run()
    assert states(mirror) == {"done": 1}
    assert len(mirror.facts(FactKind.CHANGED)) == 1


@dataclass
class HeldUp:
    """A source that shows no record, and whose answer is read long after it was given."""

    inner: Source
    meanwhile: Callable[[], object]

    def fetch(self, _: Sequence[Ref]) -> Sequence[Reading]:
        self.meanwhile()
        return ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("late", [timedelta(0), MINUTE, 36 * MINUTE])
@pytest.mark.parametrize("read", [False, True])
def test_an_answer_read_late_does_not_bury_what_came_back_since(
    mirror: Mirror, late: timedelta, *, read: bool
) -> None:
    """Simulated day 101071: another process had read of the deletion and of its undoing."""
    lead = mirror.lead(fields={"score": 7})
    mirror.read()
    event = {"kind": lead.kind, "id": lead.id, "gone": True}
    with transaction(mirror.engine) as unit:
        unit.inbox.add([InboxEvent(lead.system, "deleted", event)], mirror.clock.now())

    def meanwhile() -> None:
        mirror.advance(timedelta(seconds=1) + late / 2)
        mirror.crm.change(lead, fields={"score": 8})
        if read:
            mirror.read()
        mirror.advance(late / 2)

    inbox(mirror, salesforce=HeldUp(mirror.source, meanwhile)).run()
    mirror.read()
    mirror.advance(LEASE)
    inbox(mirror).run()

    (record,) = mirror.ask(lambda unit: unit.records.current([lead])).values()
    assert (record.deleted, record.fields["score"]) == (False, 8)
    assert states(mirror) == {"done": 1}
