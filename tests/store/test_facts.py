"""Facts are learned once and come back as they were told."""

from operator import itemgetter

from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.store.facts import DEEDS_OF
from slasync.store.joins import Join
from slasync.store.unit import transaction
from tests.store.given import ANA, HOUR, NOW, a_fact, lead


def test_a_fact_comes_back_as_it_was_learned(engine: Engine) -> None:
    told = a_fact(
        kind=FactKind.STATUS,
        occurred_at=NOW.replace(microsecond=123456),
        by=ANA,
        data={"status": "Working", "n": 1.5, "list": [None, True]},
        at_latest=True,
    )
    with transaction(engine) as unit:
        unit.facts.add({lead(1): [told]})
        assert unit.facts.of([lead(1), lead(2)]) == {lead(1): [told], lead(2): []}


def test_only_leads_with_something_new_are_told(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.facts.add({lead(1): [a_fact("a")], lead(2): [a_fact("a")]}) == {
            lead(1),
            lead(2),
        }
    with transaction(engine) as unit:
        known = {lead(1): [a_fact("a")]}
        assert unit.facts.add(known) == set()
        assert unit.facts.add({**known, lead(2): [a_fact("a"), a_fact("b")]}) == {lead(2)}
        assert unit.facts.add({**known, lead(3): [a_fact("c"), a_fact("c")]}) == {lead(3)}
        assert unit.facts.add({}) == set()
        assert unit.facts.add({lead(4): []}) == set()
        assert [len(facts) for facts in unit.facts.of([lead(n) for n in range(1, 5)]).values()] == [
            1, 2, 1, 0,
        ]  # fmt: skip


def test_the_first_telling_of_a_fact_stands(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.facts.add({lead(1): [a_fact("a", occurred_at=NOW)]})
        unit.facts.add({lead(1): [a_fact("a", occurred_at=NOW + HOUR)]})
        (fact,) = unit.facts.of([lead(1)])[lead(1)]
    assert fact.occurred_at == NOW


def test_two_systems_may_use_the_same_id(engine: Engine) -> None:
    with transaction(engine) as unit:
        both = [a_fact("a", source="salesforce"), a_fact("a", source="hubspot")]
        unit.facts.add({lead(1): both})
        assert len(unit.facts.of([lead(1)])[lead(1)]) == 2


def test_what_a_person_did_is_found_whatever_the_lead_and_up_to_both_ends(engine: Engine) -> None:
    touch = [
        a_fact(str(n), kind=FactKind.TOUCH, occurred_at=NOW + n * HOUR, by=ANA) for n in (0, 1, 2)
    ]
    other = [
        a_fact("form", kind=FactKind.CHANGED, by=ANA),
        a_fact("by another", kind=FactKind.TOUCH, occurred_at=NOW),
    ]
    with transaction(engine) as unit:
        unit.facts.add({lead(1): [touch[0], *other], lead(2): touch[1:]})

        found = unit.facts.deeds_of(ANA, NOW, NOW + HOUR)

    assert sorted(found, key=itemgetter(0)) == [(lead(1), touch[0]), (lead(2), touch[1])]


def test_what_a_person_did_is_looked_up_and_not_searched_for(sqlite_engine: Engine) -> None:
    said = DEEDS_OF.compile(sqlite_engine)
    with sqlite_engine.connect() as db:
        plan = f"EXPLAIN QUERY PLAN {said}"
        [row] = db.exec_driver_sql(plan, (ANA, "2026-03-02", "2026-03-03")).all()

    assert "USING INDEX ix_fact_deeds (by=? AND occurred_at>? AND occurred_at<?)" in row.detail


def test_of_a_lead_that_was_joined_its_own_facts_are_told_whoever_else_is_asked_for(
    engine: Engine,
) -> None:
    kept, gone = lead(1), lead(2)
    with transaction(engine) as unit:
        unit.facts.add({kept: [a_fact("a")], gone: [a_fact("b")]})
        unit.joins.add(Join(gone, kept, kept, "merge", {}, NOW))
        found = unit.facts.of([kept, gone])

        assert {key: sorted(f.source_id for f in facts) for key, facts in found.items()} == {
            kept: ["a", "b"],
            gone: ["b"],
        }
        assert found[gone] == unit.facts.of([gone])[gone]
