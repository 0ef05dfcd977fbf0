"""What is lacking, read by the edition that rules a cycle; figures worked out by hand.

By the old edition `Parked` means recycled and a status change is no touch; by the new one `Parked`
means nothing and a status change is a touch. Reasons are required for a lead that went back.
"""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import OnChange, Stage
from slasync.domain.figures.quality import Kind
from slasync.domain.lead import User, UserKey
from slasync.domain.nurture import Nurture
from slasync.domain.rulings import Agreed, Change, Rulings
from slasync.reports.quality import lacking
from slasync.store.unit import reading
from tests.builders import DAY, HOUR, POOL, status
from tests.domain.enrolling import marketing_terms, with_enrolment
from tests.reports.month_books import AT, BERLIN, MonthBooks

KEEP, RECOMPUTE = OnChange.KEEP, OnChange.RECOMPUTE
STRANGER = User(UserKey("005stranger"), "?")  # in no roster
NEW = with_enrolment(
    effective_from=None, hash="2" * 64, nurture=Nurture(required=frozenset({"recycled"}))
)
OLD = replace(
    NEW, hash="1" * 64, stages={**NEW.stages, "Parked": Stage.RECYCLED}, statuses_touch=False
)


@pytest.fixture
def books(sqlite_engine: Engine) -> MonthBooks:
    return MonthBooks(sqlite_engine)


def counted(books: MonthBooks, choice: OnChange) -> Counter[Kind]:
    old, new = (Agreed(each, {"office": BERLIN}, {POOL.name: POOL}) for each in (OLD, NEW))
    changes = [
        Change(OLD.hash, AT - 300 * DAY, choice, "old"),
        Change(NEW.hash, AT + 3 * DAY, choice, "new"),
    ]
    ruled = Rulings(changes, new, lambda _: old).of
    terms = marketing_terms(AT + 9 * DAY, NEW, calendars={"office": BERLIN}, ruled=ruled)
    with reading(books.engine) as unit:
        return Counter(each.lack.kind for each in lacking(unit, terms))


@pytest.mark.parametrize(
    ("choice", "figures"),
    [
        (KEEP, {Kind.NO_REASON: 2, Kind.UNCLASSIFIED: 1}),
        (RECOMPUTE, {Kind.UNCLASSIFIED: 4}),
    ],
)
def test_a_kept_cycle_lacks_what_its_own_edition_asks_for(
    books: MonthBooks, choice: OnChange, figures: dict[Kind, int]
) -> None:
    """Begun by the old edition: two parked by a stranger, one opened by him. By the new: one."""
    for _ in range(2):
        books.lead(AT, status(AT + HOUR, "Parked", by=STRANGER))
    books.lead(AT, status(AT + HOUR, "Open", by=STRANGER))
    books.lead(AT + 4 * DAY, status(AT + 4 * DAY + HOUR, "Parked", by=STRANGER))

    assert counted(books, choice) == figures
