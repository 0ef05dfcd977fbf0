"""Events are kept once, worked once at a time, and set aside when they cannot be."""

from sqlalchemy import Engine

from slasync.store.inbox import InboxEvent
from slasync.store.unit import transaction
from tests.faults.marks import fault
from tests.store.given import HOUR, LEASE, MINUTE, NOW, steps_of


def an_event(key: str = "1") -> InboxEvent:
    return InboxEvent("hubspot", key, {"objectId": key})


@fault("W1")
def test_an_event_told_twice_is_kept_once(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.inbox.add([an_event("1"), an_event("2"), an_event("2")], NOW) == 2
    with transaction(engine) as unit:
        assert unit.inbox.add([an_event("1"), an_event("3")], NOW) == 1
        assert unit.inbox.add([], NOW) == 0
        assert unit.inbox.counts() == {"pending": 3}


def test_events_are_claimed_oldest_first_and_by_nobody_else_until_the_lease_ends(
    engine: Engine,
) -> None:
    with transaction(engine) as unit:
        unit.inbox.add([an_event("late")], NOW + MINUTE)
        unit.inbox.add([an_event("early")], NOW)
        (first,) = unit.inbox.claim("one", NOW + MINUTE, NOW + HOUR, 1)
        (second,) = unit.inbox.claim("two", NOW + MINUTE, NOW + HOUR, 9)
    assert (first.system, first.payload, first.attempts) == ("hubspot", {"objectId": "early"}, 1)
    assert second.payload == {"objectId": "late"}
    with transaction(engine) as unit:
        assert unit.inbox.claim("two", NOW + LEASE, NOW + HOUR, 9) == []
        assert unit.inbox.next_at() == NOW + HOUR
        again = unit.inbox.claim("two", NOW + HOUR, NOW + 2 * HOUR, 9)
    assert [event.attempts for event in again] == [2, 2]


def test_who_claimed_events_holds_them_until_the_lease_ends_or_they_are_another_s(
    engine: Engine,
) -> None:
    with transaction(engine) as unit:
        unit.inbox.add([an_event("1"), an_event("2")], NOW)
        ids = [event.id for event in unit.inbox.claim("one", NOW, NOW + LEASE, 9)]
        assert unit.inbox.holds(ids, "one", NOW)
        assert not unit.inbox.holds(ids, "two", NOW)
        assert not unit.inbox.holds(ids, "one", NOW + LEASE)
    with transaction(engine) as unit:
        unit.inbox.claim("two", NOW + LEASE, NOW + HOUR, 1)
        assert not unit.inbox.holds(ids, "one", NOW)
        unit.inbox.done(ids)
        assert not unit.inbox.holds(ids, "two", NOW + LEASE)


def test_an_event_that_is_done_or_set_aside_does_not_come_back(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.inbox.add([an_event("1"), an_event("2"), an_event("3")], NOW)
        done, odd, later = unit.inbox.claim("one", NOW, NOW + LEASE, 9)
    with transaction(engine) as unit:
        unit.inbox.done([done.id])
        unit.inbox.quarantine(odd.id, "no object")
        unit.inbox.later([later.id, done.id], NOW + HOUR)
        assert unit.inbox.counts() == {"done": 1, "pending": 1, "quarantined": 1}
        assert unit.inbox.next_at() == NOW + HOUR
        (event,) = unit.inbox.claim("one", NOW + HOUR, NOW + 2 * HOUR, 9)
    assert event.id == later.id


def test_an_event_costs_the_same_to_take_and_put_back_however_many_wait(
    sqlite_engine: Engine,
) -> None:
    def work() -> None:
        with transaction(sqlite_engine) as unit:
            (event,) = unit.inbox.claim("one", NOW, NOW + LEASE, 1)
            unit.inbox.later([event.id], NOW)

    with transaction(sqlite_engine) as unit:
        unit.inbox.add([an_event("first")], NOW)
    among_few = steps_of(sqlite_engine, work)
    with transaction(sqlite_engine) as unit:
        unit.inbox.add([an_event(str(n)) for n in range(2000)], NOW + MINUTE)
    assert steps_of(sqlite_engine, work) <= 1.3 * among_few
