"""A month of both sides, worked out by hand from facts in a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import OnChange, Rung, Stage
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.obligations import (
    Completeness,
    Enrolling,
    Moves,
    Obligations,
    Quota,
    Standing,
    TimeLimit,
    Verdict,
)
from slasync.domain.lead import LeadKey, Ref, lead_key
from slasync.domain.time.months import Month
from slasync.reports.obligations import Report, Unread, measured, missing_fields
from slasync.store.leads import LeadUpdate
from slasync.store.unit import reading, transaction
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MINUTE,
    a_fact,
    called,
    days,
    nine_to_five,
    owned,
    task,
)
from tests.domain.enrolling import marketing_terms, nurtured, with_enrolment
from tests.reports.month_books import changed

MARCH, APRIL = Month(2026, 3), Month(2026, 4)
BERLIN = nine_to_five("Europe/Berlin", "office")  # 22 working days in March, 22 in April
MIDNIGHT = datetime(2026, 3, 31, 22, tzinfo=UTC)  # in Berlin the first of April begins
MID_MARCH = datetime(2026, 3, 16, 9, tzinfo=UTC)  # a Monday, 10:00 in Berlin
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
STREAMS = ("hubspot.contacts", "salesforce.leads")
OWED = Obligations(
    quota=Quota(4, Fraction(1), *YEAR),
    completeness=Completeness({"company": frozenset({("hubspot", "contact")})}, Fraction(1, 2)),
    enrolment=Enrolling(Fraction(1), "enrolment", days(1)),
    sales=(TimeLimit("first_touch", days(1), "day_1", Fraction(1, 2)),),
    moves=Moves(
        {Stage.MQL: frozenset({Stage.RECYCLED}), Stage.TARGET: frozenset({Stage.MQL})},
        frozenset({(Stage.MQL, Stage.RECYCLED)}),
    ),
)


class Books:
    """A database with leads and their facts, read up to a given time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._leads = 0

    def lead(self, at: datetime, *more: Fact, seen_at: datetime | None = None) -> LeadKey:
        """Have a lead of Ana's handed over at `at`."""
        self._leads += 1
        contact = Ref("hubspot", "contact", str(self._leads))
        key = lead_key(contact)
        where = {"system": contact.system, "kind": contact.kind, "id": contact.id}
        seen = seen_at or at
        evidence = {"score": 80}
        facts = [
            a_fact(FactKind.ENTERED, at - DAY, where, source="hubspot", seen_at=seen),
            owned(at - DAY),
            a_fact(FactKind.CHANGED, at, evidence, source="hubspot", seen_at=seen),
            a_fact(
                FactKind.HANDOVER, at,
                {"cycle": "c1", "definition": "score", "evidence": evidence},
                source="slasync", seen_at=seen,
            ),
        ]  # fmt: skip
        with transaction(self.engine) as unit:
            fields = {"last_name": f"Lead {self._leads}"}
            unit.links.add([(contact, key, "first")], at)
            unit.leads.put([LeadUpdate(key, None, fields, None)], at)
            unit.facts.add({key: [*facts, *more]})
        return key

    def learn(self, key: LeadKey, *facts: Fact) -> None:
        with transaction(self.engine) as unit:
            unit.facts.add({key: list(facts)})

    def read_to(self, at: datetime) -> None:
        with transaction(self.engine) as unit:
            held = unit.cursors.claim(list(STREAMS), "a test", at, at)
            unit.cursors.settle([replace(c, watermark=at, passes=1) for c in held], "a test")

    def report(
        self, month: Month = MARCH, now: datetime = MIDNIGHT + 9 * DAY, owed: Obligations = OWED,
        **changes: Any,
    ) -> Report:  # fmt: skip
        known = changes.pop("known_to", now)
        self.read_to(known)
        agreement = with_enrolment(effective_from=changes.pop("since", None))
        calendars = {"office": BERLIN}
        terms = marketing_terms(now, agreement, calendars=calendars, **changes)
        with reading(self.engine) as unit:
            return measured(unit, terms, owed, month)


@pytest.fixture
def books(sqlite_engine: Engine) -> Books:
    return Books(sqlite_engine)


def filled(at: datetime, number: int, *, company: bool) -> Fact:
    data = {"system": "hubspot", "kind": "contact", "id": str(number),
            "fields": {"company": company}}  # fmt: skip
    return a_fact(FactKind.FILLED, at, data, source="hubspot", source_id=f"filled{at.isoformat()}")


def status(at: datetime, value: str, by: Any = ANA) -> Fact:
    return a_fact(FactKind.STATUS, at, {"status": value}, by=by)


def keys(findings: Sequence[Any]) -> list[str]:
    return sorted(finding.lead for finding in findings)


def test_at_the_end_of_a_month_the_wall_clock_decides_to_which_one_a_lead_belongs(
    books: Books,
) -> None:
    last = books.lead(MIDNIGHT - MINUTE)
    first = books.lead(MIDNIGHT)

    march, april = books.report(MARCH), books.report(APRIL)

    assert march.quota
    assert april.quota
    assert keys(march.quota.findings) == [last]
    assert keys(april.quota.findings) == [first]


def test_a_hand_over_learned_after_the_month_counts_in_the_month_in_which_it_was(
    books: Books,
) -> None:
    late = books.lead(MIDNIGHT - HOUR, seen_at=MIDNIGHT + 2 * DAY)

    report = books.report(MARCH, MIDNIGHT + 3 * DAY)

    assert report.quota
    assert keys(report.quota.findings) == [late]


def test_an_earlier_hand_over_learned_late_moves_a_lead_into_the_month_before(
    books: Books,
) -> None:
    key = books.lead(MIDNIGHT + HOUR)
    books.learn(key, a_fact(FactKind.CHANGED, MIDNIGHT - 2 * HOUR, {"score": 90},
                            source="hubspot", seen_at=MIDNIGHT + DAY))  # fmt: skip

    march, april = books.report(MARCH), books.report(APRIL)

    assert march.quota
    assert april.quota
    assert (march.quota.count, april.quota.count) == (1, 0)


def test_the_quota_of_the_running_month_is_owed_by_working_days(books: Books) -> None:
    for number in range(2):
        books.lead(MID_MARCH - number * DAY)

    report = books.report(MARCH, MID_MARCH)  # ten of 22 working days are over: 1.8 of 4

    assert report.quota
    assert (report.quota.gone, report.quota.days, report.quota.enough_by_now) == (10, 22, 2)
    assert report.quota.standing == Standing.MET
    assert not report.over


def test_what_has_not_been_read_yet_is_not_owed_yet(books: Books) -> None:
    report = books.report(MARCH, MIDNIGHT + DAY, known_to=MID_MARCH)

    assert report.quota
    assert (report.quota.gone, report.over) == (10, False)


def test_before_anything_was_read_to_its_end_nothing_is_measured(sqlite_engine: Engine) -> None:
    terms = marketing_terms(MIDNIGHT, with_enrolment(), calendars={"office": BERLIN})

    with reading(sqlite_engine) as unit, pytest.raises(Unread, match=r"hubspot\.contacts"):
        measured(unit, terms, OWED, MARCH)


def test_a_month_of_both_sides(books: Books) -> None:
    """Four leads: what each side did with them, counted by hand."""
    at = MID_MARCH
    # complete, called within the hour, given back on Tuesday at 10:00, enrolled on Wednesday at 9
    good = books.lead(
        at, filled(at - HOUR, 1, company=True), called(at + HOUR),
        status(at + DAY, "Nurturing"), nurtured(at + 2 * DAY - HOUR),
    )  # fmt: skip
    # without company until a minute later; called on the second day; given back and forgotten
    bad = books.lead(
        at, filled(at - HOUR, 2, company=False), filled(at + MINUTE, 2, company=True),
        called(at + DAY + MINUTE), status(at + DAY + HOUR, "Nurturing"),
    )  # fmt: skip
    # nobody knows whether it was complete; not touched; disqualified by Ben, which is no move
    odd = books.lead(at, status(at + DAY + HOUR, "Unqualified", by=BEN))
    # handed over on the last day, an hour before midnight
    last = books.lead(MIDNIGHT - HOUR, filled(at, 4, company=True))

    report = books.report(MARCH, MIDNIGHT + MINUTE)

    assert report.quota
    assert (report.quota.count, report.quota.enough_by_now) == (4, 4)
    assert report.quota.standing == Standing.MET
    complete, enrolled = report.completeness, report.enrolment
    assert complete
    assert {f.lead: f.verdict for f in complete.findings} == {
        good: Verdict.KEPT, bad: Verdict.BROKEN, odd: Verdict.UNKNOWN, last: Verdict.KEPT,
    }  # fmt: skip
    assert (complete.known, complete.total, complete.share) == (3, 4, Fraction(2, 3))
    assert complete.standing == Standing.MET  # two of four, whatever the third was
    assert missing_fields(complete) == {"company": 1}
    assert enrolled
    assert {f.lead: f.verdict for f in enrolled.findings} == {
        good: Verdict.KEPT, bad: Verdict.BROKEN,
    }  # fmt: skip
    assert enrolled.standing == Standing.MISSED
    ((limit, touched),) = report.sales
    assert limit.clock == "first_touch"
    assert {f.lead: f.verdict for f in touched.findings} == {
        good: Verdict.KEPT, bad: Verdict.BROKEN, odd: Verdict.BROKEN, last: Verdict.RUNNING,
    }  # fmt: skip
    assert touched.standing == Standing.OPEN  # one of four; the last may still be touched in time
    (move,) = report.unknown_moves
    assert (move.lead, move.before, move.after, move.by) == (
        odd, Stage.MQL, Stage.DISQUALIFIED, BEN.key,
    )  # fmt: skip
    assert report.hand_overs == {(Stage.MQL, Stage.RECYCLED): 2}


def test_a_return_counts_in_the_month_in_which_the_lead_came_back(books: Books) -> None:
    books.lead(MIDNIGHT - 5 * DAY, status(MIDNIGHT + HOUR, "Nurturing"))

    march, april = books.report(MARCH), books.report(APRIL)

    assert march.enrolment
    assert april.enrolment
    assert (march.enrolment.total, april.enrolment.total) == (0, 1)


def test_hand_overs_outside_the_period_owe_and_count_nothing(books: Books) -> None:
    books.lead(MID_MARCH)
    later = replace(OWED, quota=Quota(4, Fraction(1), date(2026, 3, 17), YEAR[1]))

    report = books.report(MARCH, owed=later)

    assert report.quota
    assert report.quota.count == 0


def test_where_nothing_is_agreed_nothing_is_measured(books: Books) -> None:
    books.lead(MID_MARCH, status(MID_MARCH + HOUR, "Unqualified"))

    report = books.report(MARCH, owed=Obligations())

    assert (report.quota, report.completeness, report.enrolment) == (None, None, None)
    assert (report.sales, report.unknown_moves) == ((), ())


def test_a_month_in_which_slasync_began_is_known_from_then_on_only(books: Books) -> None:
    books.lead(MID_MARCH)

    report = books.report(MARCH, since=MID_MARCH - timedelta(hours=1))

    assert report.quota
    assert report.quota.unknown_before == MID_MARCH - HOUR
    assert report.quota.standing == Standing.UNKNOWN


# editions


TWO_DAYS = replace(FIRST_TOUCH, rungs=(Rung("day_1", days(2), (task(),)), *FIRST_TOUCH.rungs[2:]))


@pytest.mark.parametrize(
    ("choice", "in_time"),
    [(OnChange.KEEP, 1), (OnChange.RECOMPUTE, 0), (OnChange.GRANDFATHER, 1)],
)
def test_each_lead_is_measured_by_the_edition_that_rules_its_cycle(
    books: Books, choice: OnChange, in_time: int
) -> None:
    """Both are called after a day and a half: of the two days of then, of the one day since."""
    before, since = MID_MARCH, MID_MARCH + 2 * HOUR
    first = books.lead(before, called(before + DAY + 4 * HOUR))
    second = books.lead(since, called(since + DAY + 4 * HOUR))

    ruled = changed(MID_MARCH + HOUR, choice, TWO_DAYS)
    [(limit, tally)] = books.report(ruled=ruled).sales

    assert limit.clock == "first_touch"
    assert (tally.count(Verdict.KEPT), tally.count(Verdict.BROKEN)) == (in_time, 2 - in_time)
    due = {finding.lead: finding.due for finding in tally.findings}
    assert due[first] == before + (2 if in_time else 1) * DAY
    assert due[second] == since + DAY
