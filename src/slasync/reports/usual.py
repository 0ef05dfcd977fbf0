"""What is usual: the working time from a hand-over to the first touch, by rep and team."""

from datetime import datetime, timedelta

from slasync.domain.digests.scope import pool_of
from slasync.domain.draft import Terms
from slasync.domain.figures.forecast_breaches import Speeds, Waited, speeds
from slasync.domain.figures.handed import touch_clock
from slasync.domain.lead import UserKey
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.store.unit import Unit

LOOKED_BACK = timedelta(days=90)
MOST_CASES = 5000  # hand-overs, the last ones


def usual_of(unit: Unit, terms: Terms) -> Speeds:
    """Work out how fast reps and teams usually are, from the last 90 days."""
    policy = touch_clock(terms.agreement)
    if policy is None:
        return Speeds()
    found = unit.mornings.touched(policy.name, terms.now - LOOKED_BACK, MOST_CASES)
    return speeds(
        Waited(each.owner, _team(terms, each.owner), time)
        for each in found
        for time in [elapsed(calendar_named(terms, each.calendar), each.begins, each.ends)]
        if time is not None
    )


def _team(terms: Terms, key: UserKey) -> str:
    user = terms.roster.users.get(key)
    pool = pool_of(terms.roster, user) if user else None
    return pool.name if pool else ""


def calendar_named(terms: Terms, name: str | None) -> Calendar:
    """Return a calendar by its name; the agreement's for one made for an owner's own zone."""
    return terms.calendars.get(name or "") or terms.calendars[terms.agreement.calendar]


def elapsed(calendar: Calendar, begins: datetime, ends: datetime) -> timedelta | None:
    try:
        return calendar.elapsed(begins, max(begins, ends))
    except CoverageEnded:
        return None
