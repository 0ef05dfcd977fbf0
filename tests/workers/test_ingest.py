"""What is read becomes mirror and facts: whose it is, what changed, and what is set aside."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Fields, LeadKey, Ref, Roster, UserKind, lead_key
from slasync.ports import PersonReading, Reading
from slasync.store.unit import reading, transaction
from tests.builders import DAY, HOUR, MINUTE, MONDAY, an_agreement
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.mirror import RULES, Mirror

CONTACT = Ref("hubspot", "contact", "1")


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def a_contact(mirror: Mirror, number: int = 1, **more: Any) -> PersonReading:
    return mirror.person(ref=Ref("hubspot", "contact", str(number)), **more)


# who is who


def test_a_record_seen_first_founds_a_lead_named_after_it(mirror: Mirror) -> None:
    contact = a_contact(mirror)
    mirror.take(contact)
    assert mirror.keys() == [lead_key(contact.ref)]


def test_records_with_one_address_are_one_person_however_it_is_written(engine: Engine) -> None:
    mirror = Mirror(engine)
    contact = a_contact(mirror, email="Lou.Reed@Example.com ")
    lead = mirror.person(email="lou.reed@example.com")
    mirror.take(contact)
    mirror.take(lead)
    found = mirror.lead_of(lead.ref)
    assert found
    assert found.refs == (contact.ref, lead.ref)


def test_both_records_on_one_page_are_one_person(mirror: Mirror) -> None:
    contact = a_contact(mirror, email="lou@example.com")
    lead = mirror.person(email="lou@example.com")
    mirror.take(contact, lead)
    assert len(mirror.keys()) == 1


@pain("P23")
def test_a_link_says_more_than_an_address(mirror: Mirror) -> None:
    lead = mirror.person(email="lou@example.com")
    namesake = a_contact(mirror, 1, email="lou@example.com")
    linked = a_contact(mirror, 2, email="other@example.com", links=(lead.ref,))
    mirror.take(lead)
    mirror.take(linked)
    mirror.take(namesake)  # there is a contact already: another person with this address
    assert mirror.lead_of(linked.ref) == mirror.lead_of(lead.ref)
    assert mirror.lead_of(namesake.ref) != mirror.lead_of(lead.ref)


def test_a_link_may_be_named_before_the_other_record_is_known(mirror: Mirror) -> None:
    lead = mirror.person(email="work@example.com")
    contact = a_contact(mirror, email="home@example.com", links=(lead.ref,))
    mirror.take(contact)
    mirror.take(lead)
    assert mirror.keys() == [lead_key(contact.ref)]


def test_a_record_that_carries_slasyncs_own_key_is_that_lead(mirror: Mirror) -> None:
    contact = a_contact(mirror)
    lead = mirror.person(lead_key=str(contact.ref))
    mirror.take(contact)
    mirror.take(lead)
    assert mirror.keys() == [lead_key(contact.ref)]


def test_a_key_of_a_lead_that_does_not_exist_is_no_link(mirror: Mirror) -> None:
    lead = mirror.person(lead_key="hubspot:contact:404")
    mirror.take(lead)
    assert mirror.keys() == [lead_key(lead.ref)]


def test_two_contacts_with_one_address_are_two_people(mirror: Mirror) -> None:
    one, other = (a_contact(mirror, n, email="office@example.com") for n in (1, 2))
    mirror.take(one, other)
    assert len(mirror.keys()) == 2


def test_an_address_of_two_leads_is_set_aside_and_says_what_to_do(mirror: Mirror) -> None:
    one, other = (a_contact(mirror, n, email="office@example.com") for n in (1, 2))
    mirror.take(one, other)
    lead, fine = mirror.person(email="office@example.com"), mirror.person()
    mirror.take(lead, fine)
    reason = mirror.set_aside()[lead.ref.id]
    assert "hubspot:contact:1, hubspot:contact:2" in reason
    assert "Merge the duplicates" in reason
    assert mirror.lead_of(lead.ref) is None
    assert mirror.lead_of(fine.ref)  # the rest goes on


def test_links_that_name_two_leads_are_set_aside(mirror: Mirror) -> None:
    one, other = mirror.person(), mirror.person()
    mirror.take(one, other)
    contact = a_contact(mirror, links=(one.ref, other.ref))
    mirror.take(contact)
    assert "its links name 2 leads" in mirror.set_aside()["1"]


def test_a_link_that_contradicts_what_is_known_is_set_aside(mirror: Mirror) -> None:
    lead, contact = mirror.person(), a_contact(mirror, fields={"score": 1})
    mirror.take(lead, contact)
    mirror.advance(HOUR)
    now = mirror.crm.now()
    mirror.take(replace(contact, links=(lead.ref,), modified_at=now, fields={"score": 2}))
    assert "its links name salesforce:lead:" in mirror.set_aside()["1"]
    found = mirror.lead_of(contact.ref)
    assert found
    assert found.fields == {"score": 1}


def test_what_was_set_aside_is_forgotten_when_it_is_clear_whose_it_is(mirror: Mirror) -> None:
    one, other = (a_contact(mirror, n, email="office@example.com") for n in (1, 2))
    lead = mirror.person(email="office@example.com")
    mirror.take(one, other)
    mirror.take(lead)
    assert mirror.set_aside()
    mirror.advance(HOUR)
    mirror.take(replace(lead, links=(one.ref,), modified_at=mirror.crm.now()))
    assert not mirror.set_aside()
    assert mirror.lead_of(lead.ref) == mirror.lead_of(one.ref)


# versions


def test_an_old_version_never_replaces_a_newer_one(engine: Engine) -> None:
    mirror = Mirror(engine)
    old = mirror.person(fields={"score": 1})
    mirror.advance(HOUR)
    new = replace(old, fields={"score": 2}, modified_at=mirror.crm.now())
    mirror.take(new)
    before = mirror.facts()
    mirror.take(old)
    found = mirror.lead_of(old.ref)
    assert found
    assert found.fields == {"score": 2}
    assert mirror.facts() == before


def test_of_two_versions_on_one_page_the_last_counts_in_whatever_order(mirror: Mirror) -> None:
    old = mirror.person(fields={"score": 1})
    new = replace(old, fields={"score": 2}, modified_at=old.modified_at + MINUTE)
    mirror.take(new, old)
    found = mirror.lead_of(old.ref)
    assert found
    assert found.fields == {"score": 2}


@pain("P27")
def test_three_changes_are_three_facts_and_one_entry(mirror: Mirror) -> None:
    person = mirror.person(fields={"score": 0})
    mirror.take(person)
    for score in (1, 2, 3):
        mirror.advance(MINUTE)
        now = mirror.crm.now()
        mirror.take(replace(person, fields={"score": score}, modified_at=now))
    assert [f.data["score"] for f in mirror.facts(FactKind.CHANGED)] == [0, 1, 2, 3]
    assert len(mirror.facts(FactKind.ENTERED)) == 1


def test_a_change_of_a_field_nobody_judges_by_is_mirrored_and_no_fact(mirror: Mirror) -> None:
    person = mirror.person(fields={"score": 1, "phone": "1"})
    mirror.take(person)
    before = mirror.facts()
    mirror.advance(MINUTE)
    fields: Fields = {"score": 1, "phone": "2"}
    mirror.take(replace(person, fields=fields, modified_at=mirror.crm.now()))
    found = mirror.lead_of(person.ref)
    assert found
    assert found.fields["phone"] == "2"
    assert mirror.facts() == before


def test_fields_of_both_systems_are_merged_and_the_crms_stand(mirror: Mirror) -> None:
    contact = a_contact(mirror, email="a@b.example", fields={"score": 9, "phone": "home"})
    lead = mirror.person(email="a@b.example", fields={"phone": "work"})
    mirror.take(contact, lead)
    found = mirror.lead_of(lead.ref)
    assert found
    assert found.fields == {"score": 9, "phone": "work"}


def test_only_leads_with_news_are_decided_about(mirror: Mirror) -> None:
    one, other = mirror.person(fields={"score": 1}), mirror.person(fields={"score": 1})
    mirror.take(one, other)
    assert len(dirty(mirror)) == 2
    mirror.take(one, replace(other, fields={"score": 2}, modified_at=other.modified_at + MINUTE))
    assert dirty(mirror) == [lead_key(other.ref)]


def dirty(mirror: Mirror) -> list[LeadKey]:
    with transaction(mirror.engine) as unit:
        return unit.leads.claim_dirty(mirror.clock.now(), 100)


# echoes of our own writes


@pain("also/echoes")
@fault("V31")
def test_our_own_task_and_owner_change_coming_back_start_and_stop_nothing(mirror: Mirror) -> None:
    ana, ours = mirror.user(), mirror.user(UserKind.AUTOMATION)
    lead = mirror.person(owner=ana, status="New", fields={"score": 90})
    mirror.take(*mirror.crm.readings["users"].values(), lead)
    before = state_of(mirror, lead.ref)
    mirror.advance(HOUR)
    echo = mirror.call(lead.ref, by=ours)
    owner = mirror.call(lead.ref, kind=FactKind.OWNER, by=ours, data={"owner": ana})
    stamped = replace(lead, modified_at=mirror.crm.now(), modified_by=ours)
    mirror.take(stamped, echo, owner)
    after = state_of(mirror, lead.ref)
    assert after == before
    assert after.owners
    assert not after.touches


def test_a_task_that_an_automation_closed_is_no_touch_of_who_changed_it_afterwards(
    mirror: Mirror,
) -> None:
    """A simulated day: a conversion made a rep the last to change it."""
    ana, robot = mirror.user(), mirror.user(UserKind.AUTOMATION)
    lead = mirror.person(owner=ana)
    mirror.take(*mirror.crm.readings["users"].values(), lead)
    told = {"channel": "task", "grade": "weak", "task_key": "k"}
    first = mirror.call(lead.ref, by=robot, data=told)
    mirror.take(first)
    mirror.advance(HOUR)
    now = mirror.clock.now()
    mirror.take(replace(first, by=ana, modified_at=now))
    assert not state_of(mirror, lead.ref).touches


def test_a_task_that_an_automation_closed_and_a_person_closes_again_is_his_touch(
    mirror: Mirror,
) -> None:
    """A simulated day: somebody opened it again in between."""
    ana, robot = mirror.user(), mirror.user(UserKind.AUTOMATION)
    lead = mirror.person(owner=ana)
    mirror.take(*mirror.crm.readings["users"].values(), lead)
    told = {"channel": "task", "grade": "weak", "task_key": "k"}
    first = mirror.call(lead.ref, by=robot, data=told)
    mirror.take(first)
    mirror.advance(HOUR)
    now = mirror.clock.now()
    mirror.take(replace(first, by=ana, occurred_at=now, modified_at=now))
    [touch] = state_of(mirror, lead.ref).touches
    assert (touch.by, touch.at) == (ana, now)


def state_of(mirror: Mirror, ref: Ref) -> Any:
    key = lead_key(ref)
    users = mirror.ask(lambda unit: unit.users.all())
    facts = mirror.ask(lambda unit: unit.facts.of([key]))[key]
    return fold(facts, an_agreement(effective_from=MONDAY - HOUR), Roster.of(users, {}))


@fault("V31")
def test_an_owner_changed_by_slasync_is_known_as_its_own(mirror: Mirror) -> None:
    ana, ben = mirror.user(), mirror.user()
    ours = mirror.user(UserKind.AUTOMATION)
    lead = mirror.person(owner=ana)
    mirror.take(*mirror.crm.readings["users"].values(), lead)
    for by in (ours, ana):
        mirror.advance(HOUR)
        mirror.take(mirror.call(lead.ref, kind=FactKind.OWNER, by=by, data={"owner": ben}))
    told = [f.data.get("ours", False) for f in mirror.facts(FactKind.OWNER) if f.by]
    assert sorted(told) == [False, True]


# activities


def test_a_call_is_a_fact_of_its_lead_once(mirror: Mirror) -> None:
    lead = mirror.person()
    call = mirror.call(lead.ref)
    for _ in range(3):
        mirror.take(lead, call)
    (fact,) = mirror.facts(FactKind.TOUCH)
    assert (fact.occurred_at, fact.by) == (call.occurred_at, call.by)


def test_a_call_about_a_record_not_known_yet_counts_as_soon_as_it_is(engine: Engine) -> None:
    mirror = Mirror(engine)
    lead = mirror.person(email="lou@example.com")
    call = mirror.call(lead.ref)
    mirror.take(call)
    assert not mirror.facts()
    (reason,) = mirror.set_aside().values()
    assert reason == f"{lead.ref} is not mirrored yet"
    mirror.advance(timedelta(days=3))  # no overlap reads so far back
    mirror.take(lead)
    (fact,) = mirror.facts(FactKind.TOUCH)
    assert (fact.occurred_at, fact.by, fact.data) == (call.occurred_at, call.by, call.data)
    assert not mirror.set_aside()
    assert dirty(mirror) == [lead_key(lead.ref)]


def test_several_things_told_by_one_activity_all_wait(mirror: Mirror) -> None:
    lead, stranger = mirror.person(), mirror.person()
    call = mirror.call(lead.ref)
    ended = replace(call, kind=FactKind.TASK_ENDED, data={"task_key": "k", "how": "closed"})
    mirror.take(call, ended, mirror.call(stranger.ref))
    mirror.take(lead)
    assert [f.kind for f in mirror.facts(FactKind.TOUCH, FactKind.TASK_ENDED)] == [
        FactKind.TASK_ENDED,
        FactKind.TOUCH,
    ]
    assert len(mirror.set_aside()) == 1  # the stranger's


def test_calls_wait_for_a_person_whose_record_was_ambiguous(mirror: Mirror) -> None:
    one, other = (a_contact(mirror, n, email="office@example.com") for n in (1, 2))
    lead = mirror.person(email="office@example.com")
    mirror.take(one, other)
    mirror.take(lead, mirror.call(lead.ref))
    mirror.advance(HOUR)
    mirror.take(replace(lead, links=(one.ref,), modified_at=mirror.crm.now()))
    assert len(mirror.facts(FactKind.TOUCH)) == 1


# order


@fault("I19")
def test_pages_in_any_order_come_to_the_same_history(sqlite_engine: Engine) -> None:
    """Each order on leads of its own, told apart by their numbers."""
    told = []
    for number, order in enumerate(permutations(range(3))):
        mirror = Mirror(sqlite_engine)
        lead = mirror.person(
            ref=Ref("salesforce", "lead", f"L{number}"), email=f"{number}@example.com",
            fields={"score": 5},
        )  # fmt: skip
        contact = mirror.person(
            ref=Ref("hubspot", "contact", str(number)), email=f"{number}@example.com",
            links=(lead.ref,),
        )  # fmt: skip
        pages: list[Reading] = [
            lead,
            contact,
            mirror.call(lead.ref, ref=Ref("salesforce", "task", "T")),
        ]
        for place in order:
            mirror.take(pages[place])
        found = mirror.lead_of(lead.ref)
        assert found
        with reading(sqlite_engine) as unit:
            facts = unit.facts.of([found.key])[found.key]
        told.append(sorted((f.kind, f.occurred_at, str(f.data.get("score"))) for f in facts))
    assert all(each == told[0] for each in told)


def test_a_lead_made_after_the_start_is_new_though_the_first_load_takes_long(
    sqlite_engine: Engine,
) -> None:
    """A simulated day: five crashes delayed the first load until after its hand-over."""
    mirror = Mirror(sqlite_engine)
    begins = mirror.clock.now()
    mirror.advance(HOUR)
    new = mirror.person(fields={"score": 90}, modified_at=begins + HOUR, created_at=begins + MINUTE)
    old = mirror.person(fields={"score": 90}, modified_at=begins + HOUR, created_at=begins - DAY)
    mirror.take(new, old, baseline=True, rules=replace(RULES, begins=begins))
    changed = {f.occurred_at for f in mirror.facts(FactKind.CHANGED)}
    assert changed == {begins + HOUR, begins - DAY}


@pytest.mark.parametrize(("before", "since"), [(-DAY, -DAY), (MINUTE, HOUR)])
def test_one_that_a_later_pass_reads_first_is_no_younger_than_it_is(
    sqlite_engine: Engine, before: timedelta, since: timedelta
) -> None:
    """It was changed while the first load listed, which therefore did not have it."""
    mirror = Mirror(sqlite_engine)
    begins = mirror.clock.now()
    mirror.advance(HOUR)
    late = mirror.person(
        fields={"score": 90}, modified_at=begins + HOUR, created_at=begins + before
    )
    mirror.take(late, rules=replace(RULES, begins=begins))
    (changed,) = mirror.facts(FactKind.CHANGED)
    assert changed.occurred_at == begins + since
