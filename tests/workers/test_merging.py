"""Merges in the systems: whose records are whose afterwards, in whatever order they are read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.history import fold
from slasync.domain.lead import LeadKey, Ref, Roster, UserKey
from slasync.ports import ActivityReading, Reading
from slasync.store.link_notes import whole
from slasync.store.unit import reading, transaction
from slasync.workers.linking import Order, make, undo
from slasync.workers.pulling.merging import part
from tests.builders import a_roster, an_agreement
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.store.given import a_clock
from tests.workers.mirror import Mirror

WINNER = Ref("salesforce", "lead", "00Q000000000001AAA")
LOSER = Ref("salesforce", "lead", "00Q000000000002AAA")
THIRD = Ref("salesforce", "lead", "00Q000000000003AAA")
OLD, OTHER, NEW = (Ref("hubspot", "contact", number) for number in ("1", "2", "9"))


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def keys(mirror: Mirror) -> list[LeadKey]:
    with reading(mirror.engine) as unit:
        return unit.leads.all_keys()


def merged(mirror: Mirror, gone: Ref, stays: Ref, hours: int = 2) -> list[Reading]:
    """Return how Salesforce tells that one lead was made one with another."""
    at = mirror.crm.now() + timedelta(hours=hours)
    person = mirror.person(ref=gone, modified_at=at, deleted=True, merged_into=stays)
    told = ActivityReading(
        ref=gone, about=stays, kind=FactKind.MERGED, occurred_at=at, modified_at=at,
        data={"from": [gone.id]},
    )  # fmt: skip
    return [person, told]


def lead_keys(mirror: Mirror, *refs: Ref) -> set[LeadKey | None]:
    found = (mirror.lead_of(ref) for ref in refs)
    return {lead.key if lead else None for lead in found}


@fault("V29")
def test_leads_whose_records_were_merged_are_one(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=WINNER, email="a@x.example"))
    mirror.take(mirror.person(ref=LOSER, email="b@x.example"))
    mirror.call(LOSER, ref=Ref("salesforce", "task", "00T1"))
    mirror.read()

    mirror.take(*merged(mirror, LOSER, WINNER))

    lead = mirror.lead_of(LOSER)
    assert lead is not None
    assert (lead.key, lead.refs) == ("salesforce:lead:00Q000000000001AAA", (WINNER,))
    assert keys(mirror) == [lead.key]


def calls(mirror: Mirror) -> list[ActivityReading]:
    at = mirror.crm.now()
    return [
        ActivityReading(
            ref=Ref("salesforce", "task", f"00T{n}"), about=about, kind=FactKind.TOUCH,
            occurred_at=at + timedelta(minutes=n), modified_at=at + timedelta(minutes=n),
            by=UserKey("005ANA"), data={"channel": "call", "grade": "strong"},
        )
        for n, about in enumerate((WINNER, LOSER, LOSER, THIRD))
    ]  # fmt: skip


def a_chain(mirror: Mirror) -> list[Sequence[Reading]]:
    """Return pages: three leads, their calls, and that the third became the second, that the first.

    A record and its own merge come in this order only: the vendor shows what it is now.
    """
    first, second, third = (mirror.person(ref=ref) for ref in (WINNER, LOSER, THIRD))
    return [
        [first, calls(mirror)[0]],
        [second, *calls(mirror)[1:3]],
        [third, calls(mirror)[3]],
        merged(mirror, THIRD, LOSER),
        merged(mirror, LOSER, WINNER, 3),
    ]


ORDERS = [order for order in permutations(range(5)) if order.index(2) < order.index(3)
          and order.index(1) < order.index(4)]  # fmt: skip


@pain("P22")
@fault("V29")
@pytest.mark.parametrize("order", ORDERS)
def test_a_chain_of_merges_read_in_whatever_order_leaves_one_lead_with_all_that_was_done(
    mirror: Mirror, order: tuple[int, ...]
) -> None:
    pages = a_chain(mirror)

    for number in order:
        mirror.take(*pages[number])

    assert len(keys(mirror)) == 1
    assert len(lead_keys(mirror, WINNER, LOSER, THIRD)) == 1
    lead = mirror.lead_of(WINNER)
    assert lead is not None
    assert lead.refs == (WINNER,)
    with reading(mirror.engine) as unit:
        facts = unit.facts.of([lead.key])[lead.key]
    touches = [fact.source_id for fact in facts if fact.kind is FactKind.TOUCH]
    assert sorted(touches) == [f"touch:salesforce:task:00T{n}" for n in range(4)]
    state = fold(facts, an_agreement(effective_from=None), a_roster())
    assert len(state.touches) == 4
    assert state.deleted is False
    assert not mirror.set_aside()


def test_a_record_that_was_gone_before_it_was_first_read_leads_to_the_survivor(
    mirror: Mirror,
) -> None:
    mirror.take(*merged(mirror, LOSER, WINNER))
    assert keys(mirror) == []

    mirror.take(mirror.person(ref=WINNER))

    assert lead_keys(mirror, WINNER, LOSER) == {LeadKey("salesforce:lead:00Q000000000001AAA")}
    assert not mirror.set_aside()


def test_two_contacts_that_became_one_under_a_new_id_are_the_lead_of_the_first(
    mirror: Mirror,
) -> None:
    mirror.take(mirror.person(ref=OLD, email="a@x.example", fields={"score": 40}))
    mirror.take(mirror.person(ref=OTHER, email="b@x.example", fields={"score": 45}))
    mirror.advance(timedelta(hours=1))

    survivor = mirror.person(
        ref=NEW, email="a@x.example", fields={"score": 85}, merged=(OLD.id, OTHER.id)
    )
    mirror.take(survivor)

    assert lead_keys(mirror, OLD, OTHER, NEW) == {LeadKey("hubspot:contact:1")}
    lead = mirror.lead_of(NEW)
    assert lead is not None
    assert (lead.refs, lead.fields["score"]) == ((NEW,), 85)
    with reading(mirror.engine) as unit:
        facts = unit.facts.of([lead.key])[lead.key]
        assert {ref: r.deleted for ref, r in unit.records.current([OLD, OTHER, NEW]).items()} == {
            OLD: True, OTHER: True, NEW: False,
        }  # fmt: skip
    state = fold(facts, an_agreement(effective_from=None), Roster.of({}, {}))
    assert (state.met, state.by_merge) == (None, {"score"})


def test_a_lead_is_found_by_what_any_of_its_records_was_known_by(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=OLD, email="a@x.example"))
    mirror.take(mirror.person(ref=OTHER, email="b@x.example"))
    mirror.advance(timedelta(hours=1))
    mirror.take(mirror.person(ref=NEW, email="a@x.example", merged=(OLD.id, OTHER.id)))

    with reading(mirror.engine) as unit:
        for text in ("a@x.example", "B@x.example", OLD.id, OTHER.id, NEW.id, str(OTHER)):
            assert unit.leads.find(text) == ["hubspot:contact:1"]
        assert unit.leads.find("c@x.example") == []


def test_a_late_page_does_not_bring_a_contact_back_that_became_part_of_another(
    mirror: Mirror,
) -> None:
    old = mirror.person(ref=OLD, fields={"score": 40})
    mirror.take(old)
    mirror.advance(timedelta(hours=1))
    mirror.take(mirror.person(ref=NEW, fields={"score": 50}, merged=(OLD.id,)))

    late = replace(old, modified_at=old.modified_at + timedelta(minutes=5), fields={"score": 99})
    mirror.take(old, late)

    lead = mirror.lead_of(NEW)
    assert lead is not None
    assert (lead.refs, lead.fields["score"]) == ((NEW,), 50)


def test_the_deletion_of_a_record_that_lives_on_in_another_deletes_no_lead(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=WINNER), mirror.person(ref=LOSER))
    at = mirror.crm.now() + timedelta(hours=1)
    mirror.take(mirror.person(ref=LOSER, modified_at=at, deleted=True))  # not said to be a merge
    mirror.take(*merged(mirror, LOSER, WINNER))

    lead = mirror.lead_of(WINNER)
    assert lead is not None
    with reading(mirror.engine) as unit:
        facts = unit.facts.of([lead.key])[lead.key]
    assert FactKind.DELETED in {fact.kind for fact in facts}
    assert fold(facts, an_agreement(), a_roster()).deleted is False


def test_a_merged_lead_that_is_restored_is_a_lead_of_its_own_again(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=WINNER, fields={"score": 10}))
    mirror.take(mirror.person(ref=LOSER, fields={"score": 20}))
    mirror.take(*merged(mirror, LOSER, WINNER))
    back = mirror.crm.now() + timedelta(hours=5)

    mirror.take(mirror.person(ref=LOSER, modified_at=back, fields={"score": 30}))

    one, other = mirror.lead_of(WINNER), mirror.lead_of(LOSER)
    assert one is not None
    assert other is not None
    assert (one.key != other.key, one.refs, other.refs) == (True, (WINNER,), (LOSER,))
    assert (one.fields["score"], other.fields["score"]) == (10, 30)


@pytest.mark.parametrize("contacts_first", [True, False])
def test_a_restored_lead_stays_whose_it_was_while_marketing_says_that_the_two_are_one(
    mirror: Mirror, *, contacts_first: bool
) -> None:
    """Else a ladder would run for each, of one contact."""
    for contact, lead, email in ((OLD, WINNER, "a@x.example"), (OTHER, LOSER, "b@x.example")):
        mirror.take(mirror.person(ref=contact, email=email), mirror.person(ref=lead, email=email))
    assert len(keys(mirror)) == 2
    pages: list[list[Reading]] = [merged(mirror, LOSER, WINNER)]
    pages.insert(not contacts_first, [mirror.person(ref=NEW, merged=(OLD.id, OTHER.id))])
    for page in pages:
        mirror.take(*page)

    mirror.take(mirror.person(ref=LOSER, modified_at=mirror.crm.now() + timedelta(hours=5)))

    assert len(keys(mirror)) == 1
    assert lead_keys(mirror, WINNER, LOSER, NEW) == {*keys(mirror)}


def test_a_lead_that_was_parted_by_hand_is_not_joined_again_by_the_same_merge(
    mirror: Mirror,
) -> None:
    mirror.take(mirror.person(ref=OLD), mirror.person(ref=OTHER))
    mirror.advance(timedelta(hours=1))
    mirror.take(mirror.person(ref=NEW, merged=(OLD.id, OTHER.id)))
    gone = LeadKey("hubspot:contact:2")
    with transaction(mirror.engine) as unit:
        part(unit, gone, by="mia", why="two people", now=mirror.clock.now())
        first, now = LeadKey("hubspot:contact:1"), mirror.clock.now()
        unit.link_notes.refuse(whole(gone), first, "mia", "", now)

    mirror.advance(timedelta(hours=1))
    mirror.take(mirror.person(ref=NEW, merged=(OLD.id, OTHER.id), fields={"score": 1}))
    newer = Ref("hubspot", "contact", "10")
    mirror.take(mirror.person(ref=newer, merged=(NEW.id, OLD.id, OTHER.id)))

    assert set(keys(mirror)) == {first, gone}
    assert lead_keys(mirror, NEW, newer) == {first}


def test_a_merge_in_the_crm_is_new_evidence_where_only_an_address_was_not_believed(
    mirror: Mirror,
) -> None:
    contact = Ref("hubspot", "contact", "1")
    mirror.take(mirror.person(ref=contact, email="a@x.example"))
    mirror.take(mirror.person(ref=WINNER, email="a@x.example"))
    mirror.take(mirror.person(ref=LOSER, email="b@x.example"))
    order = Order(by="mia", at=mirror.clock.now())
    lead = LeadKey("hubspot:contact:1")
    with transaction(mirror.engine) as unit:
        undo(unit, WINNER, lead, order, ("salesforce", "hubspot"))
        make(unit, LOSER, lead, order, ("salesforce", "hubspot"))

    mirror.take(*merged(mirror, WINNER, LOSER))

    assert keys(mirror) == [lead]


def test_what_is_told_of_a_parted_lead_meanwhile_goes_with_it(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=WINNER), mirror.person(ref=LOSER))
    mirror.take(*merged(mirror, LOSER, WINNER))
    mirror.take(calls(mirror)[1])
    lead, survivor = LeadKey(str(LOSER)), LeadKey(str(WINNER))

    with transaction(mirror.engine) as unit:
        part(unit, lead, by="mia", why="two people", now=mirror.clock.now())

    with reading(mirror.engine) as unit:
        facts = unit.facts.of([lead, survivor])
    assert FactKind.TOUCH in {fact.kind for fact in facts[lead]}
    assert FactKind.TOUCH not in {fact.kind for fact in facts[survivor]}
    assert FactKind.PARTED in {fact.kind for fact in facts[survivor]}


def test_no_clock_of_a_parted_lead_stays_with_whom_it_was_joined_to(mirror: Mirror) -> None:
    """Where its ladder had ended it would wait for an outcome for ever, of a lead that is none."""
    lead, survivor = LeadKey(str(LOSER)), LeadKey(str(WINNER))
    mirror.take(mirror.person(ref=WINNER), mirror.person(ref=LOSER))
    mirror.take(*merged(mirror, LOSER, WINNER))
    with transaction(mirror.engine) as unit:
        cycles = ("c1", f"c1@{lead}", f"c1@{THIRD}")
        unit.clocks.put([a_clock(lead=survivor, cycle=cycle, wake_at=None) for cycle in cycles])

    with transaction(mirror.engine) as unit:
        part(unit, lead, by="mia", why="two people", now=mirror.clock.now())

    with reading(mirror.engine) as unit:
        left = unit.clocks.of([survivor])[survivor]
    assert [clock.cycle for clock in left] == ["c1", f"c1@{THIRD}"]


def test_a_merge_that_waits_for_a_record_is_followed_when_another_merge_makes_it_known(
    mirror: Mirror,
) -> None:
    first, second, third = (Ref("hubspot", "contact", id_) for id_ in "123")
    told = ActivityReading(
        ref=Ref("hubspot", "activity", "9"), about=second, kind=FactKind.MERGED,
        occurred_at=mirror.crm.now(), modified_at=mirror.crm.now(), data={"from": [first.id]},
    )  # fmt: skip
    mirror.take(told)  # 1 became part of 2, and nobody has read either
    mirror.take(mirror.person(ref=first))

    mirror.take(mirror.person(ref=third, merged=(second.id,)))

    assert len(lead_keys(mirror, first, second, third)) == 1


def test_decisions_wake_the_survivor_and_never_the_lead_that_was_joined(mirror: Mirror) -> None:
    mirror.take(mirror.person(ref=WINNER), mirror.person(ref=LOSER))
    mirror.take(*merged(mirror, LOSER, WINNER))
    with transaction(mirror.engine) as unit:
        unit.leads.claim_dirty(mirror.clock.now(), 10)
        unit.leads.mark_dirty([LeadKey(str(LOSER))], mirror.clock.now())

        assert unit.leads.claim_dirty(mirror.clock.now(), 10) == [str(WINNER)]


GRAPHS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1]),
    max_size=5,
    unique=True,
)
_worlds = count(1)


def components(merges: Sequence[tuple[int, int]]) -> set[frozenset[int]]:
    """Return which of the four belong together."""
    groups = [{n} for n in range(4)]
    for gone, stays in merges:
        one = next(group for group in groups if gone in group)
        other = next(group for group in groups if stays in group)
        if one is not other:
            groups.remove(other)
            one |= other
    return {frozenset(group) for group in groups}


@fault("V29")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GRAPHS, st.randoms(use_true_random=False), st.lists(st.booleans(), min_size=5, max_size=5))
def test_whatever_merges_are_told_in_whatever_order_those_that_belong_together_are_one_lead(
    mirror: Mirror, graph: list[tuple[int, int]], random: Any, by_activity: list[bool]
) -> None:
    """Chains, circles and merges told of records that are read later; by either kind of telling."""
    world, at = next(_worlds), mirror.crm.now()
    refs = [Ref("hubspot", "contact", f"{world}{letter}") for letter in "abcd"]
    pages: list[Reading] = [mirror.person(ref=ref) for ref in refs]
    for number, (gone, stays) in enumerate(graph):
        when = at + timedelta(hours=1 + number)
        if by_activity[number]:
            told = ActivityReading(
                ref=Ref("hubspot", "activity", f"{world}/{number}"), about=refs[stays],
                kind=FactKind.MERGED, occurred_at=when, modified_at=when,
                data={"from": [refs[gone].id]},
            )  # fmt: skip
            pages.append(told)
        else:
            pages.append(mirror.person(ref=refs[stays], modified_at=when, merged=(refs[gone].id,)))
    random.shuffle(pages)

    for page in pages:
        mirror.take(page)

    by_lead: dict[LeadKey, set[int]] = {}
    with reading(mirror.engine) as unit:
        found = unit.links.of(refs)
        assert set(found.values()) <= set(unit.leads.all_keys())
    for number, ref in enumerate(refs):
        by_lead.setdefault(found[ref], set()).add(number)
    assert {frozenset(group) for group in by_lead.values()} == components(graph)
