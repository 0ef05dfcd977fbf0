"""The mirror: what each system showed last."""

from sqlalchemy import Engine

from slasync.domain.lead import Ref
from slasync.ports import Rejected
from slasync.store.unit import transaction
from tests.store.given import ANA, HOUR, NOW, a_record, contact, lead


def test_a_record_comes_back_as_the_system_showed_it(engine: Engine) -> None:
    shown = a_record(email="a@x.example", owner=ANA, status="Open", fields={"score": 80, "x": None})
    with transaction(engine) as unit:
        unit.records.put([shown], [{"id": "1", "odd": {"deep": [1]}}], NOW)
        assert unit.records.current([contact(1), contact(2)]) == {contact(1): shown}


def test_since_when_fields_are_as_they_are_is_kept_with_a_record_and_forgotten_with_it(
    engine: Engine,
) -> None:
    since = {"first": "2026-03-01T09:00:00+00:00", "title": "2026-03-02T09:00:00+00:00"}
    with transaction(engine) as unit:
        unit.records.put([a_record(since=since)], [{}], NOW)
        assert unit.records.current([contact()])[contact()].since == since
        unit.records.erase([contact()])
        assert unit.records.current([contact()])[contact()].since == {}


def test_a_newer_or_equally_old_reading_replaces_the_one_before(engine: Engine) -> None:
    for at, status in ((NOW, "new"), (NOW, "same stamp"), (NOW + HOUR, "newer")):
        with transaction(engine) as unit:
            unit.records.put([a_record(modified_at=at, status=status)], [{}], NOW)
            assert unit.records.current([contact()])[contact()].status == status


def test_an_older_reading_that_comes_late_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.records.put([a_record(modified_at=NOW, status="new")], [{}], NOW)
        unit.records.put([a_record(modified_at=NOW - HOUR, status="old")], [{}], NOW)
        assert unit.records.current([contact()])[contact()].status == "new"


def test_a_leads_records_of_all_systems_are_found_by_its_links(engine: Engine) -> None:
    other = Ref("salesforce", "lead", "00Q1")
    with transaction(engine) as unit:
        unit.records.put([a_record(contact(1)), a_record(other)], [{}, {}], NOW)
        unit.records.put([a_record(contact(2), deleted=True)], [{}], NOW)
        unit.links.add([(contact(1), lead(1), "first"), (other, lead(1), "id")], NOW)
        unit.links.add([(contact(2), lead(2), "first")], NOW)
        found = unit.records.of_leads([lead(1), lead(2), lead(3)])
    refs = {key: {record.ref for record in records} for key, records in found.items()}
    assert refs == {lead(1): {contact(1), other}, lead(2): {contact(2)}, lead(3): set()}


def test_records_can_be_gone_through_in_pages_and_counted(engine: Engine) -> None:
    with transaction(engine) as unit:
        ids = ["1", "10", "2", "3"]
        unit.records.put([a_record(contact(n)) for n in ids], [{}] * 4, NOW)
        unit.records.put([a_record(contact(4), deleted=True)], [{}], NOW)
        unit.records.put([a_record(Ref("hubspot", "company", "1"))], [{}], NOW)
        first = [r.ref.id for r in unit.records.page("hubspot", "contact", "", 3)]
        rest = [r.ref.id for r in unit.records.page("hubspot", "contact", first[-1], 3)]
        assert first + rest == ["1", "10", "2", "3", "4"]
        assert unit.records.count("hubspot", "contact") == 4
        assert unit.records.count("hubspot", "contact", deleted=True) == 1


def test_a_record_not_understood_is_set_aside_until_it_is(engine: Engine) -> None:
    with transaction(engine) as unit:
        odd = Rejected("hubspot.contacts", "1", "no id", {"a": 1})
        unit.quarantine.put([odd, Rejected("salesforce.leads", "1", "no stamp", {})], NOW)
        again = Rejected("hubspot.contacts", "1", "no stamp", {"a": 2})
        unit.quarantine.put([again], NOW + HOUR)
        assert unit.quarantine.counts() == {"hubspot.contacts": 1, "salesforce.leads": 1}
        unit.quarantine.clear("salesforce.leads", ["1", "2"])
        assert unit.quarantine.list() == (again,)
