"""Records that were merged: a fact, once, and no MQL by their sum."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Ref, Roster
from slasync.ports import PersonReading
from slasync.store.unit import reading
from tests.builders import an_agreement
from tests.workers.mirror import RULES, Mirror

CONTACT = Ref("hubspot", "contact", "1")


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def told(mirror: Mirror) -> list[Fact]:
    with reading(mirror.engine) as unit:
        [facts] = unit.facts.of(mirror.keys()).values()
    return list(facts)


def later(mirror: Mirror, contact: PersonReading, score: int, *merged: str) -> PersonReading:
    mirror.advance(timedelta(minutes=10))
    now = mirror.crm.now()
    return replace(contact, modified_at=now, fields={"score": score}, merged=merged)


def test_a_merge_is_a_fact_once_for_each_set_of_records(mirror: Mirror) -> None:
    contact = mirror.person(ref=CONTACT, fields={"score": 40})
    once = later(mirror, contact, 40, "2")
    again = later(mirror, contact, 41, "2")
    third = later(mirror, contact, 42, "2", "3")
    for version in (contact, once, again, third):
        mirror.take(version)

    merges = [f for f in told(mirror) if f.kind is FactKind.MERGED]

    assert [
        (f.data["from"], f.occurred_at) for f in sorted(merges, key=lambda f: f.occurred_at)
    ] == [
        (["2"], once.modified_at),
        (["2", "3"], third.modified_at),
    ]


def test_a_contact_whose_score_rose_by_a_merge_is_no_mql_and_one_that_rose_by_itself_is(
    mirror: Mirror,
) -> None:
    contact = mirror.person(ref=CONTACT, fields={"score": 40})
    mirror.take(contact)
    summed = later(mirror, contact, 110, "2")
    mirror.take(summed)
    state = fold(told(mirror), an_agreement(effective_from=None), Roster.of({}, {}))

    by_itself = Mirror(mirror.engine)
    other = by_itself.person(ref=Ref("hubspot", "contact", "7"), fields={"score": 40})
    by_itself.take(other)
    by_itself.take(later(by_itself, other, 110))
    with reading(mirror.engine) as unit:
        lead = by_itself.lead_of(other.ref)
        assert lead is not None
        risen = fold(
            unit.facts.of([lead.key])[lead.key],
            an_agreement(effective_from=None),
            Roster.of({}, {}),
        )

    assert (state.met, state.by_merge) == (None, {"score"})
    assert risen.met is not None


def test_of_contacts_from_before_the_first_start_a_merge_is_not_as_old_as_they_are(
    mirror: Mirror,
) -> None:
    made = mirror.crm.now()
    contact = mirror.person(ref=CONTACT, fields={"score": 40})
    mirror.take(contact, baseline=True)
    mirror.advance(timedelta(days=1))
    rules = replace(RULES, begins=mirror.crm.now())
    mirror.take(later(mirror, contact, 60), rules=rules)

    new = mirror.person(ref=Ref("hubspot", "contact", "9"), created_at=made)
    summed = later(mirror, new, 110, "1", "2")
    mirror.take(summed, rules=rules)
    mirror.take(later(mirror, new, 120, "1", "2"), rules=rules)

    with reading(mirror.engine) as unit:
        lead = mirror.lead_of(new.ref)
        assert lead is not None
        facts = unit.facts.of([lead.key])[lead.key]
    state = fold(facts, an_agreement(effective_from=None), Roster.of({}, {}))
    assert summed.modified_at in state.merges
    assert (state.met, state.by_merge) == (None, {"score"})
