"""Figures of a month, each worked out by hand from the facts of a few leads."""

import csv
import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import Evidence, OnChange, Rung
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.figures.custody import Outage
from slasync.domain.figures.kpis import Alarm, Chapter, Figure, Table
from slasync.domain.figures.obligations import Completeness, Obligations, Quota, Standing
from slasync.domain.figures.pipeline import Pipeline, PipelineStage
from slasync.domain.lead import LeadKey, Ref, lead_key
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.domain.time.months import Month
from slasync.reports.kpis import Cost, Figures
from slasync.reports.pack import Pack, Speech
from slasync.store.joins import Join
from slasync.store.leads import LeadUpdate
from slasync.store.unit import transaction
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MINUTE,
    PROCESSING,
    a_fact,
    called,
    days,
    owned,
    task,
)
from tests.domain.enrolling import nurtured
from tests.reports.month_books import (
    APRIL_BEGINS,
    AT,
    BERLIN,
    MARCH,
    OWED,
    STREAMS,
    MonthBooks,
    changed,
    converted,
    fired,
    handed_over,
    opportunity,
)

HALF_OF_ALL = Fraction(1, 2)
HALF_UNIT = Fraction(1, 20_000)  # 10.525 %, which is written 10.53
NOON = 0.5  # days: of the first contact only the day is known; the story has it at noon
OLD_HOURS = Calendar(replace(BERLIN.spec, first=date(2017, 1, 1)))
DATA = Path(os.environ.get("SLASYNC_DATA", "nowhere"))


@pytest.fixture
def books(sqlite_engine: Engine) -> MonthBooks:
    return MonthBooks(sqlite_engine)


def status(at: datetime, value: str, by: Any = ANA) -> Fact:
    return a_fact(FactKind.STATUS, at, {"status": value}, by=by)


def ticked_off(at: datetime) -> Fact:
    return a_fact(FactKind.TOUCH, at, {"channel": "task", "grade": "weak"}, by=ANA)


def table(found: Figures, chapter: Chapter, name: str) -> list[tuple[Any, ...]]:
    tables: dict[str, Table] = {each.name: each for each in found.chapters[chapter].tables}
    return list(tables[name].rows)


def counts(figure: Figure) -> tuple[int | None, int | None, int, int]:
    return figure.count, figure.of, figure.open, figure.unknown


# response


def test_never_touched_are_those_whose_time_is_over_and_those_that_ended_untouched(
    books: MonthBooks,
) -> None:
    books.lead(AT, called(AT + HOUR))
    books.lead(AT)  # nobody ever
    books.lead(AT, converted(AT + HOUR))  # by somebody's import: it ended untouched
    books.lead(APRIL_BEGINS - HOUR)  # handed over an hour before the report

    found = books.figures(APRIL_BEGINS)

    assert counts(found.figure("never_touched")) == (2, 4, 1, 0)
    assert found.figure("never_touched").value == Fraction(2, 3)


def test_who_had_been_converted_before_the_hand_over_counts_for_nobody(
    books: MonthBooks,
) -> None:
    books.lead(AT, called(AT + HOUR))
    books.lead(AT, converted(AT - HOUR))

    found = books.figures(APRIL_BEGINS)

    assert counts(found.figure("never_touched")) == (0, 1, 0, 0)
    assert counts(found.figure("touched_in_time"))[:2] == (1, 1)
    assert found.figure("handed_over").value == 1


def test_a_touch_a_minute_before_the_limit_is_in_time_and_one_after_is_not(
    books: MonthBooks,
) -> None:
    books.lead(AT, called(AT + DAY - MINUTE))
    books.lead(AT, called(AT + DAY + MINUTE))
    books.lead(AT, called(AT + DAY))

    found = books.figures().figure("touched_in_time")

    assert counts(found) == (2, 3, 0, 0)
    assert found.standing is Standing.MET


@pytest.mark.parametrize(
    ("choice", "in_time", "attempts", "waited"),
    [(OnChange.KEEP, 1, 1, 12 * 60), (OnChange.RECOMPUTE, 0, HALF_OF_ALL + 1, 10 * 60 + 30)],
)
def test_a_cycle_counts_by_the_edition_that_rules_it(
    books: MonthBooks, choice: OnChange, in_time: int, attempts: Fraction, waited: int
) -> None:
    """Until then two days were given, and a task ticked off was no touch.

    The first lead was handed over then, ticked off after nine working hours and called after
    twelve; the second since, and called after twelve. By the edition in force one day is given.
    """
    then, since = AT, AT + 2 * HOUR
    books.lead(then, ticked_off(then + DAY + HOUR), called(then + DAY + 4 * HOUR))
    books.lead(since, called(since + DAY + 4 * HOUR))
    two_days = (Rung("day_1", days(2), (task(),)),)
    old = replace(FIRST_TOUCH, rungs=two_days, grades=frozenset({"strong"}))

    found = books.figures(ruled=changed(AT + HOUR, choice, old))

    assert counts(found.figure("touched_in_time")) == (in_time, 2, 0, 0)
    assert found.figure("attempts").value == attempts
    assert found.figure("first_touch_median").value == waited


def test_time_to_the_first_touch_is_working_time(books: MonthBooks) -> None:
    """90 minutes; from 17:00 on Monday to 9:30 on Tuesday half an hour; a night does not count."""
    books.lead(AT, called(AT + 90 * MINUTE))
    evening = AT + 7 * HOUR  # 17:00 in Berlin, closing time
    books.lead(evening, called(evening + 16 * HOUR + 30 * MINUTE))
    books.lead(AT, called(AT + 4 * HOUR), called(AT + 2 * HOUR))

    found = books.figures()

    assert found.figure("first_touch_median").value == 90
    assert found.figure("first_touch_p90").value == 120
    assert found.figure("first_touch_median").of == 3


def test_a_pause_is_no_waiting(books: MonthBooks) -> None:
    from slasync.domain.agreement import Pausing  # noqa: PLC0415
    from tests.builders import FIRST_TOUCH  # noqa: PLC0415

    paused = replace(FIRST_TOUCH, pausing=Pausing(statuses=frozenset({"Waiting"})))
    books.lead(
        AT, status(AT + HOUR, "Waiting", by=None), status(AT + 3 * HOUR, "Open", by=None),
        called(AT + 4 * HOUR),
    )  # fmt: skip

    found = books.figures(clocks=(paused,))

    assert found.figure("first_touch_median").value == 120


def test_without_a_clock_of_the_first_touch_touches_are_counted_all_the_same(
    books: MonthBooks,
) -> None:
    books.lead(AT, called(AT + HOUR))
    books.lead(AT)

    found = books.figures(owed=Obligations(), clocks=(PROCESSING,))

    assert counts(found.figure("never_touched")) == (0, 2, 1, 0)
    assert found.figure("attempts").value == HALF_OF_ALL
    with pytest.raises(KeyError):
        found.figure("touched_in_time")


# breaches


def test_a_breach_is_told_by_rung_owner_source_definition_and_version(books: MonthBooks) -> None:
    first, second = AT + DAY, AT + 2 * DAY
    books.lead(
        AT, fired(AT, "day_0"), fired(first, "day_1"), owned(first, BEN),
        fired(second, "day_2"), source="Fair",
    )  # fmt: skip
    books.lead(AT, fired(first, "day_1"), source="Web", definition="form")

    found = books.figures()

    assert found.figure("breaches").value == 3  # day_0 tells the owner, and breaches nothing
    assert table(found, Chapter.RESPONSE, "breaches_by_rung") == [
        ("first_touch", "day_1", 2, 0, 2), ("first_touch", "day_2", 1, 0, 1),
    ]  # fmt: skip
    assert table(found, Chapter.RESPONSE, "breaches_by_owner") == [
        ("Ana", 2, Fraction(2, 3)), ("Ben", 1, Fraction(1, 3)),
    ]  # fmt: skip
    assert [row[:2] for row in table(found, Chapter.RESPONSE, "breaches_by_source")] == [
        ("Fair", 2), ("Web", 1),
    ]  # fmt: skip
    by_definition = table(found, Chapter.RESPONSE, "breaches_by_definition")
    assert [row[:2] for row in by_definition] == [("score", 2), ("form", 1)]
    assert [row[1] for row in table(found, Chapter.RESPONSE, "breaches_by_version")] == [3]


def test_a_breach_counts_in_the_month_in_which_it_came_due(books: MonthBooks) -> None:
    late = APRIL_BEGINS - HOUR
    books.lead(late, fired(APRIL_BEGINS + DAY, "day_1"))

    assert books.figures().figure("breaches").value == 0
    assert books.figures(month=Month(2026, 4)).figure("breaches").value == 1


def test_a_breach_of_which_the_touch_is_learned_later_is_corrected_and_the_original_stays(
    books: MonthBooks,
) -> None:
    key = books.lead(AT, fired(AT + DAY, "day_1"))
    books.lead(AT, fired(AT + DAY, "day_1"))
    before = books.figures().figure("breaches")
    books.learn(key, replace(called(AT + HOUR), seen_at=APRIL_BEGINS + 3 * DAY))

    after = books.figures()

    assert before.value == before.original == 2
    breaches = after.figure("breaches")
    assert breaches.value == 1
    assert breaches.original == 2
    assert table(after, Chapter.RESPONSE, "breaches_by_rung") == [("first_touch", "day_1", 1, 1, 2)]
    assert counts(after.figure("never_touched")) == (1, 2, 0, 0)


def test_a_breach_is_booked_to_who_held_the_clock_and_an_outage_to_nobody(
    books: MonthBooks,
) -> None:
    """Eight working hours: six of an outage, and of the other two Ana had most."""
    with transaction(books.engine) as unit:
        begins = AT + HOUR
        unit.outages.put([
            Outage(begins, begins + 6 * HOUR, "salesforce.tasks"),
            Outage(AT, AT + DAY, "hubspot.lists"),  # the clock does not wait for that one
        ])  # fmt: skip
    books.lead(AT, fired(AT + DAY, "day_1"))

    rows = table(books.figures(), Chapter.RESPONSE, "breaches_by_holder")

    assert {row[0]: row[1:] for row in rows} == {
        "queue": (0, 0), "rep": (1, 120), "manager": (0, 0), "marketing": (0, 0),
        "outage": (0, 360),
    }  # fmt: skip


# attempts


def test_attempts_are_apart_as_agreed_and_conversations_are_counted_besides(
    books: MonthBooks,
) -> None:
    talk = a_fact(FactKind.TOUCH, AT + 3 * HOUR, {"channel": "meeting", "grade": "strong"}, by=ANA)
    books.lead(AT, called(AT + HOUR), called(AT + HOUR + 5 * MINUTE), talk)
    books.lead(AT, called(AT + HOUR))
    books.lead(AT)

    found = books.figures(evidence=Evidence(spacing=30 * MINUTE))

    assert found.figure("attempts").value == 1  # 2, 1 and 0 of three leads
    assert found.figure("attempts_apart").value == 120
    assert counts(found.figure("spoken_with")) == (1, 3, 0, 0)
    assert found.figure("conversations").value == 1
    spread = table(found, Chapter.ATTEMPTS, "attempts_spread")
    assert [row[1] for row in spread] == [1, 1, 1, 0, 0, 0, 0]


# acceptance


def test_accepted_is_whoever_came_further_too_and_the_alarm_waits_for_what_is_open(
    books: MonthBooks,
) -> None:
    books.lead(AT, status(AT + HOUR, "Working"))
    books.lead(AT, converted(AT + 2 * HOUR))  # skipped sal
    for _ in range(2):
        books.lead(AT, status(AT + HOUR, "Unqualified"))
    waiting = books.lead(AT)

    open_ = books.figures().figure("mql_to_sal")
    books.learn(waiting, status(AT + 2 * HOUR, "Nurturing"))
    decided = books.figures()

    assert counts(open_) == (2, 5, 1, 0)
    assert (open_.alarm, open_.standing) == (Alarm.MAY, Standing.OPEN)
    assert decided.figure("mql_to_sal").alarm is Alarm.RINGS
    assert [each.name for each in decided.alarms] == ["mql_to_sal"]
    assert decided.figure("rejected").value == Fraction(3, 5)


def test_at_half_the_alarm_is_silent_and_a_lead_below_it_rings(books: MonthBooks) -> None:
    books.lead(AT, status(AT + HOUR, "Working"))
    books.lead(AT, status(AT + HOUR, "Unqualified"))
    assert books.figures().figure("mql_to_sal").alarm is Alarm.NONE

    books.lead(AT, status(AT + HOUR, "Unqualified"))
    assert books.figures().figure("mql_to_sal").alarm is Alarm.RINGS


def test_rejections_are_told_with_their_reasons(books: MonthBooks) -> None:
    from slasync.domain.nurture import REFUSAL, Nurture  # noqa: PLC0415

    why = a_fact(FactKind.CHANGED, AT + HOUR, {REFUSAL: "no budget"}, by=ANA)
    books.lead(AT, why, status(AT + 2 * HOUR, "Unqualified"))
    books.lead(AT, status(AT + 2 * HOUR, "Unqualified"))

    found = books.figures(nurture=Nurture(reads=frozenset({REFUSAL})))

    assert counts(found.figure("rejected_with_reason")) == (1, 2, 0, 0)
    reasons = table(found, Chapter.ACCEPTANCE, "rejection_reasons")
    assert {row[0]: row[1] for row in reasons} == {"no budget": 1, "": 1}


# funnel and orders


def test_phases_of_a_year_and_the_probability_of_an_order(books: MonthBooks) -> None:
    """Eight leads: 6 accepted of 8, 4 qualified of 6, 2 opportunities of 4, 1 order of 2."""
    won = {"closed": True, "won": True, "closes": "2026-03-25", "amount": 1000}
    lost = {"closed": True, "closes": "2026-03-25", "amount": 500}
    for key, more in (("006A", won), ("006B", lost)):
        books.lead(AT, converted(AT + DAY, key), opportunity(AT + DAY, key, **more))
    for _ in range(2):
        books.lead(AT, converted(AT + DAY))
        books.lead(AT, status(AT + HOUR, "Working"), status(AT + DAY, "Nurturing"))
        books.lead(AT, status(AT + HOUR, "Nurturing"))

    found = books.figures()

    steps = ("mql_to_sal", "sal_to_sql", "sql_to_opportunity", "opportunity_to_customer")
    rates = [found.figure(f"{step}.year").value for step in steps]
    assert rates == [Fraction(3, 4), Fraction(2, 3), Fraction(1, 2), Fraction(1, 2)]
    assert found.figure("compound_probability").value == Fraction(1, 8)
    assert counts(found.figure("opportunity_quota")) == (2, 8, 0, 0)
    funnel = {row[0]: row[1] for row in table(found, Chapter.FUNNEL, "funnel_in_month")}
    assert funnel == {
        "name": 8, "lead": 0, "mql": 8, "sal": 6, "sql": 4, "opportunity": 2, "customer": 1,
    }  # fmt: skip


def test_leads_that_wait_in_a_phase_do_not_lower_its_rate(books: MonthBooks) -> None:
    books.lead(AT, status(AT + HOUR, "Working"))
    books.lead(AT, status(AT + HOUR, "Nurturing"))
    books.lead(AT)

    rate = books.figures().figure("mql_to_sal.year")

    assert (rate.value, counts(rate)) == (Fraction(1, 2), (1, 3, 1, 0))


def test_orders_are_counted_by_the_day_of_closing(books: MonthBooks) -> None:
    made = AT - 40 * DAY
    shared = {"created": made.isoformat(), "closed": True}
    books.lead(
        made, converted(made, "006A"),
        opportunity(AT, "006A", **shared, won=True, closes="2026-03-31", amount=1000),
    )  # fmt: skip
    books.lead(
        made, converted(made, "006B"),
        opportunity(AT, "006B", **shared, won=True, closes="2026-04-01", amount=70),
    )  # fmt: skip
    books.lead(
        made, converted(made, "006C"), opportunity(AT, "006C", **shared, closes="2026-03-01")
    )

    found = books.figures()

    assert counts(found.figure("win_rate")) == (1, 2, 0, 0)
    assert found.figure("won_value").value == 1000
    assert found.figure("won_cycle_median").value == 55  # 4 February to 31 March
    assert books.figures(month=Month(2026, 4)).figure("won_value").value == 70


def test_an_opportunity_made_by_hand_after_the_hand_over_is_an_order_of_the_lead(
    books: MonthBooks,
) -> None:
    won = {"closed": True, "won": True, "closes": "2026-03-31", "role": "other"}
    before, after = AT - 9 * DAY, AT + 2 * DAY
    books.lead(AT, opportunity(before, "006A", **won, amount=70))
    books.lead(AT, opportunity(after, "006B", **won, amount=1000))

    found = books.figures()

    assert found.figure("won_value").value == 1000
    assert counts(found.figure("opportunity_quota")) == (1, 2, 1, 0)  # the other may still


def test_an_opportunity_of_several_contacts_counts_once_and_for_the_lead_handed_over(
    books: MonthBooks,
) -> None:
    won = {"closed": True, "won": True, "closes": "2026-03-31", "amount": 500}
    boss = lead_key(Ref("salesforce", "contact", "003A"))  # nobody's lead; found before the other
    books.learn(boss, opportunity(AT + DAY, "006A", **won, role="primary"))
    books.lead(AT, opportunity(AT + DAY, "006A", **won, role="other"))

    found = books.figures()

    assert found.figure("won").value == 1
    assert found.figure("won_value").value == 500


def test_what_is_open_is_expected_by_the_crm_and_by_the_phases(books: MonthBooks) -> None:
    """One order of 900 of two decided opportunities; one open one of 400 at a quarter."""
    at, closed = AT + HOUR, {"closed": True, "closes": "2026-03-20"}
    won = opportunity(at, "006A", **closed, won=True, amount=900)
    books.lead(AT, converted(at, "006A"), won)
    books.lead(AT, converted(at, "006B"), opportunity(at, "006B", **closed))
    books.lead(AT, converted(at, "006C"), opportunity(at, "006C", amount=400, probability=0.25))

    found = books.figures()

    assert found.figure("expected_of_opportunities").value == 100
    assert found.figure("expected_of_phases").value == 450  # one, at one half, worth 900


def test_what_is_open_is_weighed_as_agreed_and_the_report_says_so(books: MonthBooks) -> None:
    """An offer of 400 at the agreed half, not at the CRM's quarter; 100 at the CRM's tenth."""
    agreed = Pipeline((PipelineStage("offer", frozenset({"Quote"}), HALF_OF_ALL),))
    offer = {"stage": "Quote", "amount": 400, "probability": 0.25}
    draft = {"stage": "Draft", "amount": 100, "probability": 0.1}
    books.lead(AT, converted(AT, "006A"), opportunity(AT, "006A", **offer))
    books.lead(AT, converted(AT, "006B"), opportunity(AT, "006B", **draft))

    own, found = books.figures(), books.figures(owed=replace(OWED, pipeline=agreed))

    assert own.figure("expected_of_opportunities").value == 110
    assert found.figure("expected_of_opportunities").value == 210
    assert found.figure("order_probability").value == Fraction(3, 10)
    assert table(found, Chapter.ORDERS, "open_by_stage") == [
        ("offer", "agreement", 1, 400, HALF_OF_ALL, 200),
        ("Draft", "crm", 1, 100, Fraction(1, 10), 10),
    ]
    notes = {note.name: note.values for note in found.notes}
    assert notes["weighed_as_agreed"] == {"count": "1"}
    assert notes["weighed_by_crm"] == {"count": "1"}
    assert "weighed_as_agreed" not in {note.name for note in own.notes}


def test_amounts_of_another_currency_are_told_and_not_added(books: MonthBooks) -> None:
    won = {"closed": True, "won": True, "closes": "2026-03-20", "amount": 900}
    books.lead(AT, converted(AT, "006A"), opportunity(AT, "006A", **won, currency="USD"))
    books.lead(AT, converted(AT, "006B"), opportunity(AT, "006B", **won, currency="EUR"))

    found = books.figures()

    assert found.figure("won").value == 2
    assert found.figure("won_value").value == 900
    notes = {note.name: note.values for note in found.notes}
    assert notes["foreign_currency"] == {"count": "1"}
    assert notes["won_without_amount"] == {"count": "1"}


def test_an_opportunity_that_two_leads_share_is_counted_once(books: MonthBooks) -> None:
    won = {"closed": True, "won": True, "closes": "2026-03-20", "amount": 900}
    for _ in range(2):
        books.lead(AT, converted(AT, "006A"), opportunity(AT, "006A", **won))
    assert books.figures().figure("won").value == 1


def test_an_opportunity_is_soon_within_seven_days_and_not_a_minute_later(
    books: MonthBooks,
) -> None:
    for after in (7 * DAY, 7 * DAY + MINUTE):
        key = f"006{after}"
        books.lead(AT, converted(AT + after, key))
    books.lead(AT, status(AT + HOUR, "Nurturing"))
    books.lead(AT + 12 * DAY)

    found = books.figures(AT + 14 * DAY).figure("opportunity_in_7_days")

    assert counts(found) == (1, 4, 1, 0)
    assert found.value == Fraction(1, 3)


# growth


def test_velocity_at_constant_quality_leaves_out_what_sales_rejected_in_the_same_month(
    books: MonthBooks,
) -> None:
    february = AT - 28 * DAY
    for _ in range(4):
        books.lead(february)
    books.lead(february, status(AT, "Unqualified"))  # rejected in March: no month older than other
    for _ in range(10):
        books.lead(AT)
    for _ in range(4):
        books.lead(AT, status(AT + HOUR, "Unqualified"))

    found = books.figures()

    assert found.figure("lead_velocity").value == Fraction(14 - 5, 5)
    assert found.figure("lead_velocity_at_quality").value == 1  # ten against five


def test_a_month_that_is_not_over_has_no_velocity_yet(books: MonthBooks) -> None:
    books.lead(AT - 28 * DAY)
    books.lead(AT)
    found = books.figures(AT + DAY)
    assert not found.over
    assert found.figure("lead_velocity").value is None


# what went back


def test_what_became_of_leads_that_went_back(books: MonthBooks) -> None:
    back, again = AT + DAY, AT + 3 * DAY
    books.lead(AT, status(back, "Nurturing"))
    books.lead(AT, status(back, "Nurturing"), nurtured(back + HOUR))
    books.lead(
        AT, status(back, "Nurturing"),
        a_fact(FactKind.CHANGED, again - HOUR, {"score": 1}, source="hubspot"),
        a_fact(FactKind.CHANGED, again, {"score": 90}, source="hubspot"),
        handed_over(again, "c2"), converted(again + DAY, "006A"),
    )  # fmt: skip
    books.lead(AT, converted(AT + DAY))

    found = books.figures()

    assert counts(found.figure("recycled")) == (3, 5, 0, 0)
    sequels = {row[0]: row[1] for row in table(found, Chapter.RETURNS, "sequels")}
    assert sequels == {"waiting": 1, "nurtured": 1, "opportunity": 1}
    assert counts(found.figure("came_back.year")) == (1, 3, 0, 0)


# accounts, money, data


def test_of_each_account_the_phase_its_leads_are_in_and_the_farthest_one_reached(
    books: MonthBooks,
) -> None:
    books.lead(AT, status(AT + HOUR, "Working"), company="Acme GmbH")
    books.lead(AT, converted(AT + HOUR, "006A"), company="ACME")
    books.lead(AT, status(AT + HOUR, "Nurturing"), company="Beta AG")
    books.lead(AT)

    found = books.figures()

    assert table(found, Chapter.ACCOUNTS, "accounts") == [
        ("Acme GmbH", 2, 2, "opportunity", "opportunity"),
        ("Beta AG", 1, 0, "recycled", "mql"),
    ]  # fmt: skip
    assert found.figure("accounts_open").value == 1


def test_revenue_and_cost_meet_by_source_and_by_campaign(books: MonthBooks) -> None:
    won = {"closed": True, "won": True, "closes": "2026-03-20", "amount": 900}
    books.lead(
        AT, converted(AT, "006A"), opportunity(AT, "006A", **won), source="Fair", campaign="Spring"
    )
    books.lead(AT, source="Web")
    costs = [
        Cost(MARCH, "Fair", "Spring", Fraction(300)),
        Cost(MARCH, "Radio", "", Fraction(50)),
        Cost(Month(2026, 2), "Fair", "", Fraction(9999)),
    ]

    found = books.figures(costs=costs)

    assert found.figure("cost").value == 350
    assert found.figure("roi").value == Fraction(900 - 350, 350)
    assert table(found, Chapter.CAMPAIGNS, "by_source") == [
        ("Fair", 1, 1, 900, 300, 2), ("Web", 1, 0, 0, None, None), ("Radio", 0, 0, 0, 50, -1),
    ]  # fmt: skip
    assert table(found, Chapter.CAMPAIGNS, "by_campaign")[0] == ("Spring", 1, 1, 900, 300, 2)


def test_completeness_is_told_by_source_and_by_field(books: MonthBooks) -> None:
    def filled(number: int, *, company: bool) -> Fact:
        data = {"system": "hubspot", "kind": "contact", "id": str(number),
                "fields": {"company": company}}  # fmt: skip
        return a_fact(FactKind.FILLED, AT - HOUR, data, source="hubspot", source_id="filled")

    books.lead(AT, filled(1, company=True), source="Fair")
    books.lead(AT, filled(2, company=False), source="Web")
    owed = replace(
        OWED,
        completeness=Completeness({"company": frozenset({("hubspot", "contact")})}, Fraction(1)),
    )

    found = books.figures(owed=owed)

    assert counts(found.figure("completeness")) == (1, 2, 0, 0)
    assert table(found, Chapter.DATA, "complete_by_source") == [
        ("Fair", 1, 1, 0), ("Web", 0, 1, 0),
    ]  # fmt: skip
    assert [row[:2] for row in table(found, Chapter.DATA, "missing_fields")] == [("company", 1)]


def test_leads_at_work_without_news_are_stale_data(books: MonthBooks) -> None:
    books.lead(AT)
    books.lead(AT, called(AT + 20 * DAY))

    found = books.figures(AT + 40 * DAY, month=Month(2026, 4))

    assert found.figure("silent_median").value == 30
    assert counts(found.figure("silent_30_days")) == (1, 2, 0, 0)


def test_the_quota_is_paced_as_the_obligations_are(books: MonthBooks) -> None:
    books.lead(AT - 5 * DAY)
    quota = Quota(22, Fraction(1), date(2026, 1, 1), date(2026, 12, 31))

    found = books.figures(AT, replace(OWED, quota=quota))  # ten of 22 working days are over

    assert found.figure("owed_by_now").value == 10
    assert found.figure("quota").value == Fraction(1, 10)
    assert found.figure("quota").standing is Standing.MISSED


def test_without_any_lead_nothing_is_told_and_nothing_breaks(books: MonthBooks) -> None:
    found = books.figures()
    for name in ("never_touched", "mql_to_sal", "win_rate", "recycled"):
        assert found.figure(name).value is None
        assert found.figure(name).standing is Standing.NOTHING
    assert found.alarms == ()


def test_a_hand_over_before_midnight_of_the_calendar_s_zone_is_of_the_month_before(
    books: MonthBooks,
) -> None:
    books.lead(APRIL_BEGINS - MINUTE)
    books.lead(APRIL_BEGINS)
    assert books.figures().figure("handed_over").value == 1
    assert books.figures(month=Month(2026, 4)).figure("handed_over").value == 1


def test_facts_in_whatever_order_give_the_same_figures(books: MonthBooks) -> None:
    """What one lead's history tells does not depend on when each piece of it was learned."""
    key = books.lead(AT)
    books.learn(key, status(AT + 3 * HOUR, "Working"))
    books.learn(key, called(AT + 2 * HOUR))
    books.learn(key, called(AT + HOUR))
    late = books.figures()
    books.lead(AT, called(AT + HOUR), called(AT + 2 * HOUR), status(AT + 3 * HOUR, "Working"))

    both = books.figures()

    assert late.figure("first_touch_median").value == both.figure("first_touch_median").value == 60
    assert both.figure("mql_to_sal").value == 1


def test_a_lead_from_before_the_calendar_is_left_out_and_told(books: MonthBooks) -> None:
    books.lead(datetime(2024, 5, 6, 9, tzinfo=UTC), called(AT))
    books.lead(AT, called(AT + HOUR))

    found = books.figures()

    assert found.figure("handed_over").value == 1
    assert {note.name: note.values for note in found.notes}["uncovered"] == {"count": "1"}


def test_a_month_that_the_calendar_does_not_know_is_refused(books: MonthBooks) -> None:
    books.lead(datetime(2024, 5, 6, 9, tzinfo=UTC))
    with pytest.raises(CoverageEnded):
        books.figures(month=Month(2024, 5))


# a real funnel


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="SLASYNC_DATA names no olist/")
def test_of_a_real_funnel_the_known_conversion_comes_out(books: MonthBooks) -> None:
    """Olist: 8,000 leads, 842 of them won, 10.53 %, a median of 14.65 days from contact to won."""
    leads, won = _olist()
    with transaction(books.engine) as unit:
        unit.leads.put([LeadUpdate(key, None, {}, None) for key in leads], AT)
        unit.facts.add({key: _story(key, at, won.get(key)) for key, at in leads.items()})

    found = books.figures(AT, month=Month(2018, 5), calendar=OLD_HOURS)

    rows = {row[0]: row[1] for row in table(found, Chapter.FUNNEL, "phases_of_year")}
    assert (rows["mql"], rows["customer"]) == (8_000, 842)
    assert Fraction(int(rows["customer"]), int(rows["mql"])) == Fraction(1053, 10_000) - HALF_UNIT
    span = found.figure("handover_to_order_median.year")
    assert span.of == 842
    assert round(float(span.value or 0) + NOON, 2) == 14.65


def _olist() -> tuple[dict[LeadKey, datetime], dict[LeadKey, datetime]]:
    folder = DATA / "olist"
    with (folder / "olist_marketing_qualified_leads_dataset.csv").open(encoding="utf-8") as file:
        first = {row["mql_id"]: row["first_contact_date"] for row in csv.DictReader(file)}
    with (folder / "olist_closed_deals_dataset.csv").open(encoding="utf-8") as file:
        closed = {row["mql_id"]: row["won_date"] for row in csv.DictReader(file)}
    leads = {
        LeadKey(key): datetime.combine(date.fromisoformat(at), time(12), UTC)
        for key, at in first.items()
    }
    won = {
        LeadKey(key): datetime.fromisoformat(at).replace(tzinfo=UTC) for key, at in closed.items()
    }
    return leads, won


def _story(key: LeadKey, at: datetime, won: datetime | None) -> list[Fact]:
    facts = [a_fact(FactKind.CHANGED, at, {"score": 80}, source="hubspot"), handed_over(at, "c1")]
    if won is not None:
        day = max(won, at + timedelta(minutes=1))
        closes = day.date().isoformat()
        facts += [
            converted(day, "006"),
            opportunity(day, f"006{key}", closed=True, won=True, closes=closes),
        ]
    return facts


def test_leads_that_are_one_person_are_counted_as_one(books: MonthBooks) -> None:
    kept, lost = books.lead(AT, called(AT + HOUR)), books.lead(AT + 2 * DAY)
    with transaction(books.engine) as unit:
        unit.joins.add(Join(lost, kept, kept, "merge", {}, AT + 3 * DAY))

    found = books.figures()

    funnel = {row[0]: row[1] for row in table(found, Chapter.FUNNEL, "funnel_in_month")}
    assert funnel["name"] == 1
    assert found.figure("accounts").value == 0


def test_own_facts_are_never_news(books: MonthBooks) -> None:
    books.lead(AT, a_fact(FactKind.TOLD, AT + 20 * DAY, {"stage": "mql"}, source=OURS))
    assert books.figures(AT + 30 * DAY).figure("silent_median").value == 30


def test_where_opportunities_are_not_read_orders_are_not_known_and_not_none(
    books: MonthBooks,
) -> None:
    books.lead(AT)

    unread, read = (books.figures(streams=streams) for streams in (STREAMS[:2], STREAMS))

    for name in ("won", "won_value", "expected_of_opportunities", "opportunity_quota", "revenue"):
        assert unread.figure(name).value is None
        assert read.figure(name).value == 0
    assert unread.figure("mql_to_sal").value == 0
    assert unread.chapters[Chapter.ORDERS].series[0].values[-1] is None


def test_obligations_without_aims_ring_no_alarm(books: MonthBooks) -> None:
    books.lead(AT, status(AT + HOUR, "Unqualified"))
    found = books.figures(owed=Obligations())
    assert found.alarms == ()
    assert found.figure("mql_to_sal").standing is Standing.NOT_AGREED


def test_the_limit_of_the_touch_is_the_agreed_one(books: MonthBooks) -> None:
    books.lead(AT, called(AT + DAY + HOUR))
    (limit,) = OWED.sales
    longer = replace(OWED, sales=(replace(limit, limit=days(2)),))
    assert books.figures().figure("touched_in_time").value == 0
    assert books.figures(owed=longer).figure("touched_in_time").value == 1


# months before the first


def test_months_before_slasync_began_to_judge_have_no_figure(books: MonthBooks) -> None:
    """None is written as a dash: 0 would say that nothing was handed over."""
    books.lead(AT)
    found = books.figures(effective_from=AT - DAY).chapters[Chapter.RESPONSE]
    handed = next(each for each in found.series if each.name == "handed_over")

    assert handed.values[-1] == 1
    assert set(handed.values[:-1]) == {None}


# the running month


def test_a_morning_measures_the_running_month_as_the_pack_does(books: MonthBooks) -> None:
    books.lead(AT - 30 * DAY, converted(AT))  # of February
    books.lead(AT, status(AT + HOUR, "Working"))
    books.lead(AT, converted(AT + 2 * HOUR))
    for _ in range(4):
        books.lead(AT, status(AT + HOUR, "Unqualified"))
    books.lead(AT)
    now = AT + 9 * DAY

    measured = books.so_far(now)
    assert measured is not None
    assert measured == books.figures(now).figure("mql_to_sal")
    assert counts(measured) == (2, 7, 1, 0)


def test_a_month_without_a_hand_over_has_nothing_to_tell_a_morning(books: MonthBooks) -> None:
    books.lead(AT - 30 * DAY)
    assert books.so_far(AT) is None


def test_a_share_of_what_is_decided_says_of_how_many(books: MonthBooks) -> None:
    """Not 100 % and "2 of 7" beside each other."""
    for _ in range(2):
        books.lead(AT, status(AT + HOUR, "Working"))
    for _ in range(5):
        books.lead(AT)

    found = books.figures(AT + DAY)
    year, month = found.figure("mql_to_sal.year"), found.figure("mql_to_sal")

    assert year.value == 1
    assert (year.count, year.measured_of, year.open) == (2, 2, 5)
    assert (month.value, month.count, month.measured_of) == (Fraction(2, 7), 2, 7)
    assert Pack(found, Speech("en", found.zone)).counted(year) == "2 of 2, 5 more open"
