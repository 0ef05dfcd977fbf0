"""Since when a record says what it says: dated by its versions, field by field."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, null, update

from slasync.domain.field_ages import said_since
from slasync.domain.lead import Ref
from slasync.ports import PersonReading
from slasync.store.tables import RECORD
from slasync.store.unit import reading, transaction
from tests.builders import DAY, MONDAY
from tests.workers.mirror import Mirror

LATE = MONDAY + 9 * DAY


@pytest.fixture
def mirror(engine: Engine) -> Mirror:
    return Mirror(engine)


def a_lead(mirror: Mirror, **more: Any) -> PersonReading:
    fields = {"title": "Buyer", "company": "VU"}
    return mirror.person(modified_at=MONDAY, created_at=MONDAY - DAY, fields=fields, **more)


def changed(person: PersonReading, at: datetime, **fields: str) -> PersonReading:
    return replace(person, modified_at=at, fields={**person.fields, **fields})


def ages(mirror: Mirror, ref: Ref) -> Mapping[str, datetime]:
    with reading(mirror.engine) as unit:
        record = unit.records.current([ref])[ref]
    return {name: said_since(record.since, name, record.modified_at) for name in record.fields}


def test_a_value_never_seen_changing_counts_from_the_version_read_first(mirror: Mirror) -> None:
    lead = a_lead(mirror)
    mirror.take(lead)
    assert ages(mirror, lead.ref) == {"title": MONDAY, "company": MONDAY}


def test_where_the_stamp_is_that_of_reading_what_the_system_says_of_the_first_version_counts(
    mirror: Mirror,
) -> None:
    lead = a_lead(mirror, since=MONDAY - DAY)
    mirror.take(lead)
    assert ages(mirror, lead.ref)["title"] == MONDAY - DAY


def test_a_changed_title_is_dated_by_the_version_that_changed_it(mirror: Mirror) -> None:
    lead = a_lead(mirror)
    mirror.take(lead)
    promoted = changed(lead, MONDAY + DAY, title="Head of buying")
    mirror.take(promoted)
    mirror.take(changed(promoted, LATE, company="VU Ltd"))  # not the title's affair
    assert ages(mirror, lead.ref) == {"title": MONDAY + DAY, "company": LATE}


def test_a_version_in_which_nothing_that_is_read_changed_makes_nothing_younger(
    mirror: Mirror,
) -> None:
    lead = a_lead(mirror)
    mirror.take(lead)
    mirror.take(changed(lead, LATE))
    assert ages(mirror, lead.ref) == {"title": MONDAY, "company": MONDAY}


def test_an_older_version_that_comes_late_dates_nothing(mirror: Mirror) -> None:
    lead = a_lead(mirror)
    mirror.take(lead)
    mirror.take(changed(lead, MONDAY - DAY, title="Clerk"))
    assert ages(mirror, lead.ref)["title"] == MONDAY


def test_of_a_record_read_before_this_was_kept_the_version_before_counts(mirror: Mirror) -> None:
    lead = a_lead(mirror)
    mirror.take(lead)
    with transaction(mirror.engine) as unit:
        unit.db.execute(update(RECORD).values(since=null()))
    assert ages(mirror, lead.ref) == {"title": MONDAY, "company": MONDAY}
    mirror.take(changed(lead, LATE, title="Head of buying"))
    assert ages(mirror, lead.ref) == {"title": LATE, "company": MONDAY}
