"""Smart campaigns as an admin builds them: what starts them, and what they do with a lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from slasync.sandbox.marketo.activities import Activity
from slasync.sandbox.marketo.activity_types import (
    ADD_TO_LIST,
    CHANGE_SCORE,
    CHANGE_VALUE,
    FORM,
    MOMENT,
    NEW_LEAD,
)


class Event(StrEnum):
    """What can start a campaign."""

    REQUESTED = "requested"  # by the API, and nothing else
    CREATED = "created"
    FORM = "form"
    CHANGED = "changed"
    SCORED = "scored"
    LISTED = "listed"
    MOMENT = "moment"


_TYPES = {
    Event.CREATED: NEW_LEAD,
    Event.FORM: FORM,
    Event.CHANGED: CHANGE_VALUE,
    Event.SCORED: CHANGE_SCORE,
    Event.LISTED: ADD_TO_LIST,
    Event.MOMENT: MOMENT,
}
NAMES = {
    Event.REQUESTED: "Campaign is Requested",
    Event.CREATED: "Person is Created",
    Event.FORM: "Fills Out Form",
    Event.CHANGED: "Data Value Changes",
    Event.SCORED: "Score is Changed",
    Event.LISTED: "Added to List",
    Event.MOMENT: "Has Interesting Moment",
}


@dataclass(frozen=True, slots=True)
class When:
    """A trigger. `name`: of the form, field (its label), list or moment; empty is any.

    `at_least` starts the campaign when a score comes to this value from below.
    """

    event: Event
    name: str = ""
    at_least: int | None = None

    def starts(self, row: Activity) -> bool:
        """Tell whether this activity starts the campaign."""
        if row.type != _TYPES.get(self.event) or (self.name and row.primary != self.name):
            return False
        if self.at_least is None:
            return True
        old, new = row.attribute("Old Value") or 0, row.attribute("New Value") or 0
        numbers = isinstance(old, int | float) and isinstance(new, int | float)
        return numbers and old < self.at_least <= new


@dataclass(frozen=True, slots=True)
class CallWebhook:
    webhook: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Make an interesting moment; both texts may hold tokens."""

    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Score:
    field: str
    by: int


@dataclass(frozen=True, slots=True)
class SetValue:
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class PutOnList:
    name: str


Step = CallWebhook | Moment | Score | SetValue | PutOnList


@dataclass(frozen=True, slots=True)
class Campaign:
    """One smart campaign; without `when` it is a batch campaign. `tokens` are its My Tokens."""

    id: int
    name: str
    made: int
    steps: tuple[Step, ...] = ()
    when: When | None = None
    active: bool = True
    program_id: int = 1001
    program: str = "Operational"
    tokens: Mapping[str, str] = field(default_factory=dict)

    @property
    def requestable(self) -> bool:
        return self.when is not None and self.when.event is Event.REQUESTED
