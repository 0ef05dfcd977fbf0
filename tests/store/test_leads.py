"""Leads, the records linked to them, and which of them are to be decided about."""

import pytest
from sqlalchemy import Engine

from slasync.domain.lead import Lead, LeadKey, Ref
from slasync.store.joins import Join
from slasync.store.leads import Summary
from slasync.store.unit import Unit, reading, retrying, transaction
from tests.faults.marks import fault
from tests.store.given import (
    ANA,
    DAY,
    HOUR,
    LEAD,
    MINUTE,
    NOW,
    an_update,
    contact,
    lead,
    steps_of,
)

RECORD = Ref("salesforce", "lead", "00Q000000000001AAA")


def test_a_lead_is_shown_with_its_merged_fields_and_all_its_records(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(LEAD, fields={"score": 80})], NOW)
        unit.links.add([(RECORD, LEAD, "email"), (contact(), LEAD, "first")], NOW)
        unit.leads.put([an_update(LEAD, fields={"score": 90, "country": None})], NOW)
        found = unit.leads.get([LEAD, lead("unknown")])
    assert found == {LEAD: Lead(LEAD, (contact(), RECORD), {"score": 90, "country": None})}


def test_new_fields_leave_the_summary_of_a_lead_as_it_was(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(n)) for n in (1, 2)], NOW)
        unit.leads.summarise([Summary(lead(1), "MQL", ANA, "running", NOW + DAY)], NOW)
        unit.leads.put([an_update(lead(1), email="a@x.example")], NOW)
        assert unit.leads.counts() == {"": 1, "MQL": 1}
        unit.leads.summarise([], NOW)


def test_leads_are_found_by_address(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(n), email="same@x.example") for n in (2, 1)], NOW)
        unit.leads.put([an_update(lead(3), email="own@x.example"), an_update(lead(4))], NOW)
        found = unit.leads.by_email(["same@x.example", "own@x.example", "no@x.example"])
        assert unit.leads.existing([lead(1), lead(9)]) == {lead(1)}
    assert found == {"same@x.example": [lead(1), lead(2)], "own@x.example": [lead(3)]}


def test_a_record_is_linked_once_and_the_first_link_stands(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.links.add([(contact(1), lead(1), "first")], NOW)
        unit.links.add([(contact(1), lead(2), "email"), (RECORD, lead(2), "id")], NOW)
        assert unit.links.of([contact(1), RECORD, contact(9)]) == {
            contact(1): lead(1),
            RECORD: lead(2),
        }
        assert unit.links.of_leads([lead(1), lead(2), lead(3)]) == {
            lead(1): (contact(1),),
            lead(2): (RECORD,),
            lead(3): (),
        }


def test_a_dirty_lead_is_claimed_once_the_longest_dirty_first(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(1), dirty_at=NOW), an_update(lead(2))], NOW)
        unit.leads.put([an_update(lead(3), dirty_at=NOW - HOUR)], NOW)
        unit.leads.put([an_update(lead(4), dirty_at=NOW + HOUR)], NOW)
        assert unit.leads.next_dirty() == NOW - HOUR
    with transaction(engine) as unit:
        assert unit.leads.claim_dirty(NOW, 1) == [lead(3)]
        assert unit.leads.claim_dirty(NOW, 9) == [lead(1)]
        assert unit.leads.claim_dirty(NOW, 9) == []
        assert unit.leads.next_dirty() == NOW + HOUR


@pytest.mark.parametrize(
    ("before", "marked", "after"),
    [
        (None, None, None),
        (None, NOW, NOW),
        (NOW, None, NOW),
        (NOW, NOW + HOUR, NOW),
        (NOW + HOUR, NOW, NOW),
    ],
)
def test_the_earlier_time_of_being_dirty_stands(
    engine: Engine, before: object, marked: object, after: object
) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(LEAD, dirty_at=before)], NOW)
        unit.leads.put([an_update(LEAD, dirty_at=marked)], NOW)
        assert unit.leads.next_dirty() == after


def test_a_lead_marked_dirty_is_not_put_off_by_being_marked_again(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(1)), an_update(lead(2), dirty_at=NOW)], NOW)
        unit.leads.mark_dirty([lead(1), lead(2), lead("unknown")], NOW + MINUTE)
        unit.leads.mark_dirty([], NOW)
        assert unit.leads.claim_dirty(NOW, 9) == [lead(2)]
        assert unit.leads.claim_dirty(NOW + MINUTE, 9) == [lead(1)]


def test_of_which_leads_something_is_known_that_was_not_decided_upon(engine: Engine) -> None:
    """Of one that was joined to another: of that other one."""
    leads = [lead(n) for n in (1, 2, 3, 4)]
    with transaction(engine) as unit:
        unit.leads.put([an_update(lead(1), dirty_at=NOW), an_update(lead(2))], NOW)
        unit.leads.put([an_update(lead(3), dirty_at=NOW + HOUR), an_update(lead(4))], NOW)
        unit.joins.add(Join(lead(4), lead(1), lead(1), "hand", {}, NOW))
        assert unit.leads.with_news(leads, NOW) == {lead(1), lead(4)}
        assert unit.leads.with_news([], NOW) == set()


def test_a_claim_that_is_undone_leaves_the_leads_dirty(engine: Engine) -> None:
    def fail(unit: Unit) -> None:
        unit.leads.claim_dirty(NOW, 9)
        raise LookupError

    with transaction(engine) as unit:
        unit.leads.put([an_update(LEAD, dirty_at=NOW)], NOW)
    with pytest.raises(LookupError):
        retrying(engine, fail)
    with reading(engine) as unit:
        assert unit.leads.next_dirty() == NOW


@pytest.mark.parametrize(
    "text",
    ["hubspot:contact:1", "Ana@X.example ", "1", "00Q000000000001AAA", "00Q000000000001"],
)
def test_a_person_finds_a_lead_by_key_address_or_id(engine: Engine, text: str) -> None:
    with transaction(engine) as unit:
        unit.leads.put([an_update(LEAD, email="ana@x.example"), an_update(lead(2))], NOW)
        unit.links.add([(contact(1), LEAD, "first"), (contact(2), lead(2), "first")], NOW)
        unit.links.add([(RECORD, LEAD, "email")], NOW)
        assert unit.leads.find(text) == [LEAD]
        assert unit.leads.find("00Q000000000009") == []
        assert unit.leads.find("") == []


def test_leads_of_a_page_larger_than_any_in_list_are_read_at_once(engine: Engine) -> None:
    keys = [LeadKey(f"hubspot:contact:{n}") for n in range(2500)]
    with transaction(engine) as unit:
        unit.leads.put([an_update(key) for key in keys], NOW)
        assert len(unit.leads.get(keys)) == 2500
        assert unit.leads.lock(keys) == sorted(keys)


@fault("L31")
def test_dirty_leads_are_found_at_the_same_cost_among_many_clean_ones(
    sqlite_engine: Engine,
) -> None:
    def look() -> None:
        with transaction(sqlite_engine) as unit:
            unit.leads.next_dirty()
            unit.leads.mark_dirty([lead(1)], NOW)
            unit.leads.claim_dirty(NOW, 5)

    with transaction(sqlite_engine) as unit:
        unit.leads.put([an_update(lead(n)) for n in range(50)], NOW)
    among_few = steps_of(sqlite_engine, look)
    with transaction(sqlite_engine) as unit:
        unit.leads.put([an_update(lead(n)) for n in range(5000)], NOW)
    assert steps_of(sqlite_engine, look) <= 1.3 * among_few
