"""Offered calendars as YAML for calendars.yaml, to be read by a person before they are used."""

import json
from collections.abc import Iterator, Sequence
from datetime import date

from slasync.domain.time.calendar_offer import OfferedCalendar, spoken
from slasync.domain.time.calendar_spec import Interval

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def written(offers: Sequence[OfferedCalendar], first: date, last: date) -> str:
    """Return the text of a calendars.yaml that holds the offered calendars."""
    lines = [
        f"# Offered: holidays from {first} to {last}. Public holidays come by `country` without",
        "# being listed; what is listed under `add` is in addition to them.",
        "calendars:",
    ]
    for offer in offers:
        lines += _calendar(offer)
    return "\n".join(lines) + "\n"


def _calendar(offer: OfferedCalendar) -> Iterator[str]:
    for remark in offer.remarks:
        yield f"  # {' '.join(remark.split())}"
    if not offer.week:  # the file takes no calendar that is never open
        yield f"  # {offer.name} has no open hours and is left out"
        return
    yield f"  {offer.name}:"
    yield f"    zone: {offer.zone}"
    yield "    week:"
    for number, hours in sorted(offer.week.items()):
        yield f"      {DAYS[number]}: {_hours(hours)}"
    if offer.holidays:
        yield "    holidays:"
        yield "      add:"
        for on, name in sorted(offer.holidays.items()):
            yield f"        {on}: {json.dumps(name, ensure_ascii=False)}"
    if offer.overrides:
        yield "    overrides:"
        for on, hours in sorted(offer.overrides.items()):
            yield f"      {on}: {_hours(hours) if hours else 'closed'}"


def _hours(hours: Sequence[Interval]) -> str:
    return json.dumps([spoken(each) for each in hours])
