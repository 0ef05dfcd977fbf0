"""Calendars that are about to run out: who uses them, and what of them ends when."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from slasync.domain.agreement import Agreement
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar

SOON = timedelta(days=60)


def in_use(agreement: Agreement, pools: Mapping[str, Pool]) -> frozenset[str]:
    """Return the names of the calendars that clocks may count in or members work by."""
    used = {agreement.calendar, *(pool.calendar for pool in pools.values())}
    used |= {clock.calendar for clock in agreement.clocks}
    for clock in agreement.clocks:
        used.update(clock.calendar_by.names.values() if clock.calendar_by else ())
    for pool in pools.values():
        used.update(member.calendar for member in pool.of.values())
    return frozenset(name for name in used if name)


def running_out(
    agreement: Agreement,
    pools: Mapping[str, Pool],
    calendars: Mapping[str, Calendar],
    today: date,
) -> Iterator[tuple[str, str]]:
    """Yield (calendar, what ends when and what to do) for each in use that ends within 60 days."""
    for name in sorted(in_use(agreement, pools)):
        if name in calendars:
            for what in _ends(calendars[name], today + SOON):
                yield name, what


def _ends(calendar: Calendar, soon: date) -> Iterator[str]:
    name, known = calendar.name, calendar.spec.holidays_to
    if calendar.ends < soon:
        yield (
            f"calendar {name} ends on {calendar.ends}: no deadline is worked out beyond; set a"
            " later last in calendars.yaml, or leave last out and start anew"
        )
    elif calendar.last_open < soon:
        yield (
            f"calendar {name} has no open hours after {calendar.last_open}: no deadline is worked"
            " out beyond; give its week hours"
        )
    if known is not None and known < min(soon, calendar.ends):
        yield (
            f"calendar {name} knows its public holidays up to {known} only: deadlines beyond count"
            " them as working days; add them under holidays.add, or update slasync"
        )
