"""A stream is read by one at a time, and only its holder moves its cursor."""

from dataclasses import replace

from sqlalchemy import Engine

from slasync.store.cursors import Cursor
from slasync.store.unit import transaction
from tests.faults.marks import fault
from tests.store.given import HOUR, LEASE, MINUTE, NOW

CONTACTS, LEADS = "hubspot.contacts", "salesforce.leads"


def test_an_unknown_stream_starts_at_the_beginning(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.cursors.claim([LEADS, CONTACTS], "one", NOW, NOW + LEASE) == [
            Cursor(CONTACTS, "hubspot", term=1),
            Cursor(LEADS, "salesforce", term=1),
        ]
        assert unit.cursors.claim([], "one", NOW, NOW + LEASE) == []


def test_a_stream_somebody_holds_is_free_when_the_lease_ends_or_is_let_go(engine: Engine) -> None:
    with transaction(engine) as unit:
        held = unit.cursors.claim([CONTACTS, LEADS], "one", NOW, NOW + LEASE)
    with transaction(engine) as unit:
        assert unit.cursors.claim([CONTACTS, LEADS], "two", NOW + MINUTE, NOW + HOUR) == []
        assert unit.cursors.settle(held, "two") == 0  # not its to let go
        assert unit.cursors.claim([CONTACTS], "two", NOW + MINUTE, NOW + HOUR) == []
        assert unit.cursors.settle(held[:1], "one") == 1
        (contacts,) = unit.cursors.claim([CONTACTS, LEADS], "two", NOW + MINUTE, NOW + HOUR)
        (leads,) = unit.cursors.claim([LEADS], "two", NOW + LEASE, NOW + HOUR)
    assert (contacts.term, leads.term) == (2, 2)


def test_a_cursor_is_stored_as_its_holder_says(engine: Engine) -> None:
    with transaction(engine) as unit:
        (cursor,) = unit.cursors.claim([CONTACTS], "one", NOW, NOW + LEASE)
        moved = replace(
            cursor,
            since=NOW - HOUR,
            upto=NOW,
            position="after:17",
            watermark=NOW - MINUTE,
            advanced_at=NOW,
            completed_at=NOW,
            passes=3,
            failures=1,
            error="busy",
        )
        assert unit.cursors.watermarks() == {}
        assert unit.cursors.settle([moved], "one") == 1
    with transaction(engine) as unit:
        assert unit.cursors.all() == {CONTACTS: moved}
        assert unit.cursors.watermarks() == {CONTACTS: NOW - MINUTE}
        assert unit.cursors.claim([CONTACTS], "one", NOW, NOW + HOUR) == [replace(moved, term=2)]


@fault("L5", "L20")
def test_a_holder_who_lost_a_stream_moves_nothing(engine: Engine) -> None:
    with transaction(engine) as unit:
        (old,) = unit.cursors.claim([CONTACTS], "one", NOW, NOW + LEASE)
    with transaction(engine) as unit:
        unit.cursors.claim([CONTACTS], "two", NOW + LEASE, NOW + HOUR)
    with transaction(engine) as unit:
        assert unit.cursors.settle([replace(old, position="stale")], "one") == 0
        assert unit.cursors.settle([replace(old, position="stale")], "two") == 0
        assert unit.cursors.all()[CONTACTS].position is None


def test_whoever_reads_a_stream_that_is_asked_for_does_not_undo_that(engine: Engine) -> None:
    with transaction(engine) as unit:
        held = unit.cursors.claim([CONTACTS, LEADS], "one", NOW, NOW + LEASE)
        unit.cursors.ask([LEADS], NOW + MINUTE)
        assert unit.cursors.settle(held, "one") == 2
        found = unit.cursors.all()

    assert (found[CONTACTS].asked_at, found[LEADS].asked_at) == (None, NOW + MINUTE)


def test_of_several_streams_those_still_held_are_counted(engine: Engine) -> None:
    with transaction(engine) as unit:
        both = unit.cursors.claim([CONTACTS, LEADS], "one", NOW, NOW + LEASE)
        unit.cursors.claim([LEADS], "two", NOW + LEASE, NOW + HOUR)
        moved = [replace(cursor, position="on") for cursor in both]
        assert unit.cursors.settle(moved, "one") == 1
        assert unit.cursors.settle([], "one") == 0
        now = unit.cursors.all()
    assert (now[CONTACTS].position, now[LEADS].position) == ("on", None)
