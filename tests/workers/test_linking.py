"""People say whose a record is, and undo what was found: it is not found again by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.history import fold
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.state import State
from slasync.errors import Refused
from slasync.store.unit import reading, transaction
from slasync.workers.linking import Done, Order, make, undo
from tests.builders import a_roster, an_agreement
from tests.workers.mirror import Mirror

CONTACT = Ref("hubspot", "contact", "1")
RECORD = Ref("salesforce", "lead", "00Q000000000001AAA")
OTHER = Ref("salesforce", "lead", "00Q000000000002AAA")
LEAD, ITS_OWN = LeadKey("hubspot:contact:1"), LeadKey(str(RECORD))
ORDER = ("salesforce", "hubspot")


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    """A contact and a lead of the CRM that were taken for one person by their address."""
    made = Mirror(sqlite_engine)
    made.take(made.person(ref=CONTACT, email="a@x.example", fields={"score": 10}))
    made.take(made.person(ref=RECORD, email="a@x.example", fields={"form": "demo"}))
    return made


def said(mirror: Mirror) -> Order:
    return Order(by="mia", at=mirror.clock.now(), why="they share an address")


def undone(mirror: Mirror, what: Ref | LeadKey, lead: LeadKey) -> Done:
    with transaction(mirror.engine) as unit:
        return undo(unit, what, lead, said(mirror), ORDER)


def made(mirror: Mirror, what: Ref | LeadKey, lead: LeadKey) -> Done:
    with transaction(mirror.engine) as unit:
        return make(unit, what, lead, said(mirror), ORDER)


def leads(mirror: Mirror) -> set[LeadKey]:
    with reading(mirror.engine) as unit:
        return set(unit.leads.all_keys())


def key_of(mirror: Mirror, ref: Ref) -> LeadKey:
    lead = mirror.lead_of(ref)
    assert lead is not None
    return lead.key


def test_a_link_tells_on_what_evidence_it_was_made(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=Ref("hubspot", "contact", "5"), links=(OTHER,)))
    with reading(mirror.engine) as unit:
        told = unit.links.told([LEAD, LeadKey("hubspot:contact:5")])

    assert [(link.ref, link.how) for link in told[LEAD]] == [(CONTACT, "first"), (RECORD, "email")]
    named = {link.ref: link for link in told[LeadKey("hubspot:contact:5")]}[OTHER]
    assert (named.how, named.evidence) == ("id", {"named_by": "hubspot:contact:5"})


def test_a_link_that_is_undone_makes_two_leads_each_with_its_own_facts(mirror: Mirror) -> None:
    mirror.call(RECORD)
    mirror.read()

    undone(mirror, RECORD, LEAD)

    assert leads(mirror) == {LEAD, ITS_OWN}
    one, other = mirror.lead_of(CONTACT), mirror.lead_of(RECORD)
    assert one is not None
    assert other is not None
    assert (one.fields, other.fields) == ({"score": 10}, {"form": "demo"})
    with reading(mirror.engine) as unit:
        facts = unit.facts.of([LEAD, ITS_OWN])
    assert FactKind.TOUCH in {fact.kind for fact in facts[ITS_OWN]}
    assert {fact.kind for fact in facts[LEAD]} == {
        FactKind.ENTERED, FactKind.CHANGED, FactKind.PARTED,
    }  # fmt: skip


def test_what_was_undone_is_not_found_again_from_the_same_evidence(mirror: Mirror) -> None:
    undone(mirror, RECORD, LEAD)
    mirror.advance(timedelta(hours=1))

    mirror.take(mirror.person(ref=RECORD, email="a@x.example", fields={"form": "other"}))
    mirror.take(mirror.person(ref=CONTACT, email="a@x.example", links=(RECORD,)))

    assert key_of(mirror, RECORD) == ITS_OWN
    assert key_of(mirror, CONTACT) == LEAD
    assert not mirror.set_aside()


def test_somebody_may_make_it_again(mirror: Mirror) -> None:
    undone(mirror, RECORD, LEAD)

    made(mirror, RECORD, LEAD)

    assert leads(mirror) == {LEAD}
    assert key_of(mirror, RECORD) == LEAD


def test_a_record_of_several_changes_hands_alone(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=Ref("hubspot", "contact", "2"), email="b@x.example"))

    done = made(mirror, RECORD, LeadKey("hubspot:contact:2"))

    assert done.leads == (LEAD, "hubspot:contact:2")
    assert key_of(mirror, RECORD) == "hubspot:contact:2"
    assert key_of(mirror, CONTACT) == LEAD


def test_a_record_that_is_set_aside_is_somebodys_when_a_person_says_so(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=Ref("hubspot", "contact", "2"), email="a@x.example"))
    third = Ref("salesforce", "contact", "003000000000001AAA")
    person = mirror.person(ref=third, email="a@x.example")
    mirror.take(person)
    (why,) = mirror.set_aside().values()
    assert "hubspot:contact:1, hubspot:contact:2" in why
    assert f"slasync links make {third} LEAD" in why

    made(mirror, third, LEAD)
    with reading(mirror.engine) as unit:
        assert unit.inbox.next_at() is not None
    mirror.take(person)

    assert key_of(mirror, third) == LEAD
    assert not mirror.set_aside()


def test_two_leads_are_one_when_a_person_says_so_and_two_again_when_he_undoes_it(
    mirror: Mirror,
) -> None:
    mirror.take(mirror.person(ref=Ref("hubspot", "contact", "2"), email="b@x.example"))
    second = LeadKey("hubspot:contact:2")

    made(mirror, second, LEAD)
    assert leads(mirror) == {LEAD}
    undone(mirror, second, LEAD)

    assert leads(mirror) == {LEAD, second}
    with reading(mirror.engine) as unit:
        notes = [(note.act, note.by, note.why) for note in unit.link_notes.of([second])]
        assert unit.leads.by_email(["b@x.example"]) == {"b@x.example": [second]}
    assert notes == [
        ("joined", "mia", "they share an address"), ("parted", "mia", "they share an address"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "lead", "words"),
    [
        (RECORD, LEAD, "is hubspot:contact:1 already"),
        (LEAD, LEAD, "is hubspot:contact:1 already"),
    ],
)
def test_what_is_so_already_is_said(
    mirror: Mirror, what: Ref | LeadKey, lead: LeadKey, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        made(mirror, what, lead)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (OTHER, "is not hubspot:contact:1's: slasync links show"),
        (CONTACT, "is the record that hubspot:contact:1 is named after"),
        (LeadKey("hubspot:contact:7"), "was not joined to hubspot:contact:1"),
    ],
)
def test_what_cannot_be_undone_is_said(mirror: Mirror, what: Ref | LeadKey, words: str) -> None:
    with pytest.raises(Refused, match=words):
        undone(mirror, what, LEAD)


def test_a_record_that_became_part_of_another_is_parted_in_its_own_system(mirror: Mirror) -> None:
    mirror.advance(timedelta(hours=1))
    newer = Ref("hubspot", "contact", "9")
    mirror.take(mirror.person(ref=newer, merged=("1", "4")))

    with pytest.raises(Refused, match="became part of 9 in its system: undo that there"):
        undone(mirror, Ref("hubspot", "contact", "4"), LEAD)


def test_who_was_deleted_lives_again_in_the_new_lead_that_his_contact_names(
    mirror: Mirror,
) -> None:
    """Marketing's own connector made it, and tied the contact to it."""
    mirror.advance(timedelta(hours=1))
    mirror.take(mirror.person(ref=RECORD, email="a@x.example", deleted=True))
    before = state_of(mirror, LEAD)
    mirror.advance(timedelta(hours=1))

    mirror.take(mirror.person(ref=CONTACT, email="a@x.example", links=(OTHER,)))
    mirror.take(mirror.person(ref=OTHER, email="a@x.example", owner=UserKey("005ANA")))

    assert (leads(mirror), mirror.set_aside()) == ({LEAD}, {})
    assert (before.deleted, state_of(mirror, LEAD).deleted) == (True, False)


def state_of(mirror: Mirror, lead: LeadKey) -> State:
    with reading(mirror.engine) as unit:
        return fold(unit.facts.of([lead])[lead], an_agreement(), a_roster())
