"""How simulated people behave: probabilities, delays, and the words of their organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random  # noqa: TID251 - its type only: a stream is given

from slasync.sandbox.hours import Hours

SPREAD = 0.8  # of the logarithm of a delay: some answer in a third of the median, some in thrice


class Way(StrEnum):
    """How a rep answers a lead."""

    CALL = "call"
    EMAIL = "email"
    TASK = "task"  # completes the open task that reminded of the lead
    STATUS = "status"  # only says so


class Outcome(StrEnum):
    CONVERT = "convert"
    RECYCLE = "recycle"
    DISQUALIFY = "disqualify"


def _ways() -> Mapping[Way, float]:
    return {Way.CALL: 0.4, Way.EMAIL: 0.3, Way.TASK: 0.2, Way.STATUS: 0.1}


@dataclass(frozen=True, slots=True)
class Habits:
    """Probabilities between 0 and 1; delays are medians."""

    diligence: float = 0.7  # of a new lead being answered without a reminder
    first_answer: timedelta = timedelta(hours=3)  # working time
    reminded: float = 0.5  # of answering after a reminder, each time
    after_reminder: timedelta = timedelta(hours=1)  # working time
    ways: Mapping[Way, float] = field(default_factory=_ways)
    converts: float = 0.15  # of the answered leads
    recycles: float = 0.25
    disqualifies: float = 0.2  # the rest stays as it is
    decides: timedelta = timedelta(days=3)  # from the answer to the outcome

    def __post_init__(self) -> None:
        shares = [self.diligence, self.reminded, self.converts, self.recycles, self.disqualifies]
        shares.append(self.converts + self.recycles + self.disqualifies)
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("a probability, or the sum of all outcomes, is not between 0 and 1")

    def way(self, chance: Random) -> Way:
        return chance.choices(list(self.ways), list(self.ways.values()))[0]

    def outcome(self, chance: Random) -> Outcome | None:
        """Draw what becomes of an answered lead; None: nothing."""
        drawn, reached = chance.random(), 0.0
        for outcome, share in (
            (Outcome.CONVERT, self.converts),
            (Outcome.RECYCLE, self.recycles),
            (Outcome.DISQUALIFY, self.disqualifies),
        ):
            reached += share
            if drawn < reached:
                return outcome
        return None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login to Salesforce."""

    name: str
    user_id: str
    hours: Hours
    habits: Habits = Habits()
    works_leads: bool = True  # a manager only deals with own tasks


@dataclass(frozen=True, slots=True)
class Words:
    """The lead statuses by which the organisation says what happened."""

    working: str = "Working - Contacted"
    recycled: str = "Recycled"
    disqualified: str = "Disqualified"


def around(median: timedelta, chance: Random) -> timedelta:
    """Draw a delay: never negative, half of them below the median, a few very long."""
    return median * chance.lognormvariate(0, SPREAD)
