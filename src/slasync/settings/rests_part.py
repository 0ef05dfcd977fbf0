"""`snooze` and `dispute` of agreement.yaml: by what reps have a clock stand still, and how long."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from slasync.domain.agreement import Agreement
from slasync.domain.rests import (
    DISPUTE,
    DISPUTE_REASON,
    REASON,
    UNTIL,
    Disputing,
    Rests,
    Snoozing,
)
from slasync.domain.time.calendars import Calendar, Offset, Unit
from slasync.settings.connector_files import SalesforceFile
from slasync.settings.document import Document
from slasync.settings.known import refused
from slasync.settings.problems import Problem, did_you_mean
from slasync.settings.strict import Name, Strict, TextName
from slasync.systems import Direction

_SPAN = r"(\d+(?:\.\d+)?) (business_days|business_hours|business_minutes|calendar_days)"
_PATTERN = re.compile(_SPAN)


def _span(value: Any) -> Any:
    """Read "5 business_days"."""
    if isinstance(value, Offset):
        return value
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refused("is no span of time: write 5 business_days or 7 calendar_days, say")
    if not float(match[1]):
        raise refused("is no time at all: write 1 business_days or more, or leave it out")
    try:
        return Offset(float(match[1]), Unit(match[2]))
    except ValueError as error:
        raise refused(str(error)) from None


Span = Annotated[
    Offset,
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": f"^{_SPAN}$"}),
]


class SnoozePart(Strict):
    """A rep puts a lead aside: for how long, how often in a cycle, and for which clocks."""

    clocks: tuple[Name, ...] = Field(min_length=1)
    at_most: Span | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    reason_required: bool = True


class DisputePart(Strict):
    """A rep disputes a breach: who decides is his manager, who gets a task with this text."""

    clocks: tuple[Name, ...] = Field(min_length=1)
    text: TextName
    reason_required: bool = True
    decide_within: Span = Offset(1, Unit.BUSINESS_DAYS)


def rests_to_domain(snooze: SnoozePart | None, dispute: DisputePart | None) -> Rests:
    """Compile both; by which calendar they count is filled in by `counted`."""
    return Rests(_snoozing(snooze) if snooze else None, _disputing(dispute) if dispute else None)


def _snoozing(part: SnoozePart) -> Snoozing:
    return Snoozing(
        clocks=frozenset(part.clocks),
        at_most=part.at_most,
        times=part.times,
        reason_required=part.reason_required,
    )


def _disputing(part: DisputePart) -> Disputing:
    return Disputing(
        clocks=frozenset(part.clocks),
        text=part.text,
        reason_required=part.reason_required,
        within=part.decide_within,
    )


def counted(agreement: Agreement, calendars: Mapping[str, Calendar]) -> Agreement:
    """Return the agreement with its own calendar where rests are counted."""
    rests, calendar = agreement.rests, calendars.get(agreement.calendar)
    if not rests:
        return agreement
    snooze = rests.snooze and replace(rests.snooze, calendar=calendar)
    dispute = rests.dispute and replace(rests.dispute, calendar=calendar)
    return replace(agreement, rests=Rests(snooze, dispute))


def impossible_rests(
    parts: Mapping[str, SnoozePart | DisputePart | None],
    clocks: Mapping[str, Any],
    crm: SalesforceFile | None,
    document: Document,
) -> Iterator[Problem]:
    """Yield clocks that there are not, and fields that nobody could fill."""
    for name, part in parts.items():
        if part is None:
            continue
        for i, clock in enumerate(part.clocks):
            if clock not in clocks:
                what = f"there is no clock {clock!r}{did_you_mean(clock, clocks)}"
                yield document.problem((name, "clocks", i), what)
        if crm is not None:
            yield from _unmapped(name, part, crm, document)


NEEDED = {"snooze": (UNTIL, REASON), "dispute": (DISPUTE, DISPUTE_REASON)}


def _unmapped(
    name: str, part: SnoozePart | DisputePart, crm: SalesforceFile, document: Document
) -> Iterator[Problem]:
    mapped = crm.lead.by_name()
    asked, reason = NEEDED[name]
    for field in (asked, reason) if part.reason_required else (asked,):
        there = mapped.get(field)
        if there is None or there.direction is Direction.WRITE:
            what = (
                f"reps ask for it by the field {field}, and connectors/salesforce/connector.yaml"
                " maps no lead field to that: take the # from its line there, or leave this out"
            )
            yield document.key_problem((name,), what)
