"""What was agreed of the rests that reps may ask for: snoozes, and disputes of a breach."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slasync.domain.time.calendar_spec import CoverageEnded, Offset, Unit
from slasync.domain.time.calendars import Calendar

UNTIL, REASON = "snooze_until", "snooze_reason"
DISPUTE, DISPUTE_REASON, DECISION = "dispute", "dispute_reason", "dispute_decision"
"""Fields of the CRM, by slasync's names."""
SNOOZE_FIELDS = frozenset({UNTIL, REASON})
DISPUTE_FIELDS = frozenset({DISPUTE, DISPUTE_REASON, DECISION})
ACCEPTED, REFUSED = "accepted", "refused"
DISPUTED = "dispute"
"""Stands in the clock's place of what is done about a disputed breach."""
_LONG = timedelta(days=1)
_A_DAY = Offset(1, Unit.BUSINESS_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozing:
    """How long and how often a rep may put a lead aside in a cycle."""

    clocks: frozenset[str]
    at_most: Offset | None = None  # counted by `calendar`; None: as long as he likes
    times: int | None = None  # None: as often
    reason_required: bool = True
    calendar: Calendar | None = None

    def ends(self, begins: datetime, wanted: datetime) -> datetime:
        """Return until when a snooze counts."""
        if self.at_most is None or self.calendar is None:
            return wanted
        try:
            return min(wanted, self.calendar.due(begins, self.at_most))
        except CoverageEnded:  # nobody knows the working days of then
            return min(wanted, begins + _LONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputing:
    """Which clocks stand still until a disputed breach is decided about."""

    clocks: frozenset[str]
    text: str  # of the manager's task
    reason_required: bool = True
    within: Offset = _A_DAY  # the manager is to decide
    calendar: Calendar | None = None  # by which that is counted; None: at once


@dataclass(frozen=True, slots=True)
class Rests:
    """What reps may ask for; None: not agreed."""

    snooze: Snoozing | None = None
    dispute: Disputing | None = None

    def __bool__(self) -> bool:
        return self.snooze is not None or self.dispute is not None

    @property
    def reads(self) -> frozenset[str]:
        snoozing = SNOOZE_FIELDS if self.snooze else frozenset()
        return snoozing | (DISPUTE_FIELDS if self.dispute else frozenset())
