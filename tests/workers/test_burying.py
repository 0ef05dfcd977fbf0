"""Records that a system says are gone: believed when they cannot be read, and then for good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey, Ref
from slasync.ports import PersonReading, Reading
from slasync.store.unit import transaction
from slasync.workers.pulling.burying import bury
from tests.pains.marks import pain
from tests.workers.mirror import RULES, Mirror

CONTACT, RECORD = Ref("hubspot", "contact", "1"), Ref("salesforce", "lead", "00Q1")
LEAD = LeadKey(str(CONTACT))


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    made = Mirror(sqlite_engine)
    made.take(a_contact(made))
    made.take(made.person(ref=RECORD, email="a@x.example", fields={"form": "demo"}))
    return made


def a_contact(mirror: Mirror) -> PersonReading:
    fields = {"score": 10, "first_name": "Lou"}
    return mirror.person(ref=CONTACT, email="a@x.example", fields=fields)


def gone(mirror: Mirror, ref: Ref, *found: Reading, erased: bool = False) -> None:
    mirror.advance(timedelta(hours=1))
    with transaction(mirror.engine) as unit:
        bury(unit, {ref: erased}, found, RULES, mirror.clock.now())


def test_a_contact_that_is_gone_tells_nothing_of_its_lead_any_more(mirror: Mirror) -> None:
    gone(mirror, CONTACT)

    lead = mirror.lead_of(CONTACT)
    assert lead is not None
    assert lead.fields == {"form": "demo"}
    assert not mirror.facts(FactKind.DELETED)  # the CRM's lead is there


def test_a_deletion_is_not_believed_while_the_record_can_be_read(mirror: Mirror) -> None:
    gone(mirror, CONTACT, a_contact(mirror))

    lead = mirror.lead_of(CONTACT)
    assert lead is not None
    assert lead.fields["score"] == 10


def test_the_crms_own_record_that_is_gone_is_a_deleted_lead(mirror: Mirror) -> None:
    gone(mirror, RECORD)

    (deleted,) = mirror.facts(FactKind.DELETED)
    assert deleted.data == {"system": "salesforce", "id": "00Q1"}


@pain("P24")
def test_what_was_erased_on_demand_is_forgotten_and_no_late_page_brings_it_back(
    mirror: Mirror,
) -> None:
    before = a_contact(mirror)
    gone(mirror, CONTACT, erased=True)
    mirror.take(replace(before, modified_at=before.modified_at + timedelta(minutes=1)))

    record = mirror.ask(lambda unit: unit.records.current([CONTACT])[CONTACT])
    assert (record.deleted, record.email, record.fields) == (True, None, {})
    lead = mirror.lead_of(CONTACT)
    assert lead is not None
    assert lead.fields == {"form": "demo"}


def test_what_was_gone_already_is_erased_when_that_is_demanded_later(mirror: Mirror) -> None:
    gone(mirror, CONTACT)
    gone(mirror, CONTACT, erased=True)

    record = mirror.ask(lambda unit: unit.records.current([CONTACT])[CONTACT])
    assert (record.deleted, record.fields) == (True, {})


def test_a_contact_that_is_restored_is_there_again(mirror: Mirror) -> None:
    gone(mirror, CONTACT)
    mirror.advance(timedelta(hours=1))

    mirror.take(a_contact(mirror))

    lead = mirror.lead_of(CONTACT)
    assert lead is not None
    assert lead.fields == {"score": 10, "first_name": "Lou", "form": "demo"}


def test_a_record_that_became_part_of_another_is_not_buried(mirror: Mirror) -> None:
    survivor = mirror.person(
        ref=Ref("hubspot", "contact", "9"), fields={"score": 20}, merged=("1",)
    )
    mirror.advance(timedelta(hours=1))
    mirror.take(survivor)

    gone(mirror, CONTACT, survivor)

    lead = mirror.lead_of(CONTACT)
    assert lead is not None
    assert (lead.key, lead.fields["score"]) == (LEAD, 20)
