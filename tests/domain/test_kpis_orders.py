"""Opportunities: the last version counts; what was won, lost, and is to be expected."""

import csv
import os
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.orders import (
    By,
    Expected,
    Opportunity,
    Owned,
    Promise,
    opportunities_of,
    orders,
)
from slasync.domain.figures.pipeline import Pipeline, PipelineStage
from slasync.domain.lead import LeadKey
from tests.builders import DAY, MONDAY, a_fact

QUARTER, HALF = Fraction(1, 4), Fraction(1, 2)
DATA = Path(os.environ.get("SLASYNC_DATA", "nowhere"))


def shown(at: datetime, **more: Any) -> Fact:
    data = {"id": "006A", "created": MONDAY.isoformat(), "stage": "Qualification", **more}
    return a_fact(FactKind.OPPORTUNITY, at, data, source_id=f"o{at.isoformat()}{sorted(more)}")


def an_opportunity(**more: Any) -> Opportunity:
    known: dict[str, Any] = {"id": "006A", "created": MONDAY} | more
    return Opportunity(**known)


def expected(*opportunities: Opportunity, pipeline: Pipeline | None = None) -> Expected:
    found = Expected()
    found.take(opportunities, pipeline or Pipeline())
    return found


def test_the_last_version_of_an_opportunity_counts_in_whatever_order_it_was_learned() -> None:
    first = shown(MONDAY, amount=1000, probability=0.1)
    last = shown(MONDAY + DAY, amount=900.5, probability=0.25, closes="2026-03-31")

    for facts in ([first, last], [last, first]):
        (found,) = opportunities_of(facts)
        assert (found.amount, found.probability) == (Fraction(1801, 2), Fraction(1, 4))
        assert found.closes == date(2026, 3, 31)


def test_an_opportunity_that_was_deleted_is_none() -> None:
    assert opportunities_of([shown(MONDAY), shown(MONDAY + DAY, deleted=True)]) == ()


def test_an_opportunity_without_an_amount_is_won_all_the_same() -> None:
    won = [
        an_opportunity(id="1", won=True, closed=True, amount=Fraction(100)),
        an_opportunity(id="2", won=True, closed=True),
        an_opportunity(id="3", closed=True, amount=Fraction(7)),
        an_opportunity(id="4", amount=Fraction(9)),
    ]

    told = orders(won)

    assert (told.won, told.lost, told.without_amount) == (2, 1, 1)
    assert told.won_value == 100
    assert told.win_rate == Fraction(2, 3)


def test_what_is_open_is_weighed_and_what_cannot_be_is_told() -> None:
    told = expected(
        an_opportunity(id="1", amount=Fraction(1000), probability=QUARTER),
        an_opportunity(id="2", amount=Fraction(500)),
        an_opportunity(id="3", amount=Fraction(900), probability=Fraction(1), closed=True),
    )

    assert told.all.value == 250
    assert (told.all.open, told.all.untold) == (2, 1)
    assert told.all.probability == QUARTER  # of the one that has any
    assert (told.by(By.AGREEMENT), told.by(By.CRM)) == (0, 2)


def test_a_stage_that_the_agreement_names_counts_with_its_probability() -> None:
    """Two offers at half instead of the CRM's quarter: 600; one draft by the CRM's tenth: 30."""
    told = expected(
        an_opportunity(id="1", stage="Proposal", amount=Fraction(1000), probability=QUARTER),
        an_opportunity(id="2", stage="Quote", amount=Fraction(200)),
        an_opportunity(id="3", stage="Draft", amount=Fraction(300), probability=Fraction(1, 10)),
        pipeline=Pipeline((PipelineStage("offer", frozenset({"Proposal", "Quote"}), HALF),)),
    )

    assert told.all.value == 630
    assert told.all.untold == 0
    assert told.all.probability == Fraction(11, 30)  # (1/2 + 1/2 + 1/10) / 3
    assert (told.by(By.AGREEMENT), told.by(By.CRM)) == (2, 1)
    assert told.stages[By.AGREEMENT, "offer"] == Promise(
        open=2, amount=Fraction(1200), value=Fraction(600), chances=Fraction(1), weighed=2
    )


def test_where_nothing_is_open_there_is_no_probability() -> None:
    assert expected().all.probability is None


def test_a_closing_before_the_creation_tells_no_cycle() -> None:
    slip = an_opportunity(closed=True, won=True, closes=date(2026, 3, 1))
    assert orders([slip]).cycle is None


def test_the_cycle_is_counted_in_days_to_the_day_of_closing() -> None:
    closed = an_opportunity(closed=True, closes=date(2026, 3, 12))
    told = orders([closed])
    assert (told.cycle, told.won_cycle) == (timedelta(days=10), None)


@pytest.mark.skipif(not (DATA / "maven").is_dir(), reason="SLASYNC_DATA names no maven/")
def test_of_a_real_pipeline_the_known_figures_come_out() -> None:
    """Maven's opportunities: 4,238 won for 10,005,534, 2,473 lost, a median cycle of 45 days."""
    path = DATA / "maven" / "sales_pipeline.csv"
    with path.open(encoding="utf-8-sig") as file:
        every = [_of_maven(row) for row in csv.DictReader(file) if row["engage_date"]]

    told = orders(every)

    assert (told.won, told.lost) == (4_238, 2_473)
    assert told.won_value == 10_005_534
    assert told.cycle == timedelta(days=45)
    assert told.win_rate == Fraction(4_238, 4_238 + 2_473)


def _of_maven(row: dict[str, str]) -> Opportunity:
    stage, closes = row["deal_stage"], row["close_date"]
    return Opportunity(
        id=row["opportunity_id"],
        created=datetime.strptime(row["engage_date"], "%m/%d/%Y").replace(tzinfo=UTC),
        stage=stage,
        amount=Fraction(row["close_value"]) if row["close_value"] else None,
        closes=datetime.strptime(closes, "%m/%d/%Y").replace(tzinfo=UTC).date() if closes else None,
        closed=stage in {"Won", "Lost"},
        won=stage == "Won",
    )


# -- whose an opportunity is, where several leads are told of it

OLD, NEW = MONDAY, MONDAY + DAY
HANDED = a_fact(FactKind.HANDOVER, MONDAY, {"cycle": "c1"}, source="slasync")


def whose(**leads: list[Fact]) -> list[str]:
    """Return whose the one opportunity is, of leads that are heard in their order."""
    owned = Owned()
    for lead, facts in leads.items():
        owned.hear(LeadKey(lead), facts)
    return [lead for lead in leads if owned.is_of(an_opportunity(), LeadKey(lead))]


def test_of_several_leads_the_one_that_was_handed_over_has_it() -> None:
    assert whose(boss=[shown(NEW, role="primary")], lead=[HANDED, shown(NEW, role="other")]) == [
        "lead"
    ]


def test_of_those_handed_over_the_converted_one_comes_first_then_the_primary_contact() -> None:
    other = [HANDED, shown(NEW, role="other")]
    primary = [HANDED, shown(NEW, role="primary")]
    assert whose(other=other, primary=primary) == ["primary"]
    assert whose(other=other, primary=primary, direct=[HANDED, shown(NEW)]) == ["direct"]
    assert whose(other=other, likewise=other) == ["other"]


def test_a_role_that_was_taken_away_gives_way_once_the_opportunity_changes() -> None:
    before = [HANDED, shown(OLD, role="primary")]
    assert whose(before=before, now=[shown(OLD, role="other")]) == ["before"]
    assert whose(before=before, now=[shown(OLD, role="other"), shown(NEW, role="other")]) == ["now"]


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_a_lead_was_converted_to_stays_its_own_whatever_role_its_contact_has(
    place: int,
) -> None:
    facts = [shown(NEW, role="other")]
    facts.insert(place, shown(NEW))
    (found,) = opportunities_of(facts)
    assert not found.by_hand
    assert whose(primary=[HANDED, shown(NEW, role="primary")], converted=[HANDED, *facts]) == [
        "converted"
    ]


def test_a_role_alone_tells_of_an_opportunity_made_by_hand() -> None:
    (found,) = opportunities_of([shown(NEW, role="primary")])
    assert found.by_hand
