"""Opportunities find their lead by the conversion, whichever of the two is read first."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.figures.orders import opportunities_of
from slasync.domain.lead import Ref, lead_key
from slasync.ports import ActivityReading, PersonReading, Reading
from slasync.store.unit import reading, transaction
from slasync.workers.pulling.ingest import Rules, ingest
from tests.builders import HOUR, MONDAY

RECORD = Ref("salesforce", "lead", "00Q000000000001AAA")
DEAL = Ref("salesforce", "opportunity", "006000000000001AAA")
LEAD = PersonReading(
    ref=RECORD, modified_at=MONDAY, created_at=MONDAY, fields={}, email="ann@x.example",
    converted={"contact": "003000000000001AAA", "opportunity": DEAL.id},
)  # fmt: skip
OPPORTUNITY = ActivityReading(
    ref=Ref("salesforce", "opportunity", f"{DEAL.id}@1"), about=DEAL, kind=FactKind.OPPORTUNITY,
    occurred_at=MONDAY + HOUR, modified_at=MONDAY + HOUR,
    data={"id": DEAL.id, "created": MONDAY.isoformat(), "amount": 500},
)  # fmt: skip


@pytest.mark.parametrize("pages", [(LEAD, OPPORTUNITY), (OPPORTUNITY, LEAD)])
def test_an_opportunity_is_its_lead_s_in_whatever_order_they_are_read(
    sqlite_engine: Engine, pages: tuple[Reading, ...]
) -> None:
    for page in pages:
        with transaction(sqlite_engine) as unit:
            ingest(unit, [page], Rules(watched=frozenset()), MONDAY + HOUR, baseline=False)

    with reading(sqlite_engine) as unit:
        key = lead_key(RECORD)
        (found,) = opportunities_of(unit.facts.of([key])[key])
    assert found.id == DEAL.id
    assert found.amount == 500


def test_an_opportunity_that_is_read_twice_is_one_fact(sqlite_engine: Engine) -> None:
    for page in (LEAD, OPPORTUNITY, OPPORTUNITY):
        with transaction(sqlite_engine) as unit:
            ingest(unit, [page], Rules(watched=frozenset()), MONDAY + HOUR, baseline=False)

    with reading(sqlite_engine) as unit:
        key = lead_key(RECORD)
        facts = [f for f in unit.facts.of([key])[key] if f.kind is FactKind.OPPORTUNITY]
    assert len(facts) == 1


def test_one_made_by_hand_is_the_lead_s_whose_contact_has_a_role_in_it(
    sqlite_engine: Engine,
) -> None:
    contact = Ref("salesforce", "contact", "003000000000001AAA")
    by_role = replace(OPPORTUNITY, about=contact, data={**OPPORTUNITY.data, "role": "primary"})
    for page in (by_role, LEAD):  # it waits for whose contact it is
        with transaction(sqlite_engine) as unit:
            ingest(unit, [page], Rules(watched=frozenset()), MONDAY + HOUR, baseline=False)

    with reading(sqlite_engine) as unit:
        key = lead_key(RECORD)
        (found,) = opportunities_of(unit.facts.of([key])[key])
    assert (found.id, found.by_hand) == (DEAL.id, True)
