"""Facts: what happened to a lead, append-only. A lead's history is its facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from slasync.domain.lead import UserKey

OURS = "slasync"
"""The source of facts that are slasync's own decisions."""
REMADE = "remade:"
"""How ids begin of tasks moved to their first owner: they had been dropped, and are made."""
CONTACT = "contact_made"
"""The field that tells rules how a lead last made contact; no record has it, the facts tell."""


class FactKind(StrEnum):
    """Learned from the systems first, own decisions below."""

    ENTERED = "entered"  # a record of the lead appeared: {"system", "kind", "id"}
    CHANGED = "changed"  # watched fields have these values from now on: {field: value}
    FILLED = "filled"  # which of the fields that are owed have a value from now on: {"system",
    # "kind", "id", "fields": {field: bool}}; never the values
    OWNER = "owner"  # {"owner": user key}, "found" where we tried and got no answer; "history"
    # where a record's first reading says so, of a system that keeps the history of its owners
    STATUS = "status"  # {"status": the CRM's word}
    TOUCH = "touch"  # {"channel", "grade", "subject", "task_key"?, "inbound"?: the lead began it}
    CONTACT = "contact"  # the lead made contact, and nobody else did anything: {"channel", "grade"}
    # the same person touched more leads than "most" within "seconds" of a touch: {"of": its id}
    HURRIED = "hurried"
    # an SLA task was closed or deleted: {"task_key", "how", "id", "closed_last"?: by "by", surely}
    TASK_ENDED = "task_ended"
    CONVERTED = "converted"  # {"contact"?, "opportunity"?}
    OPPORTUNITY = "opportunity"  # an opportunity of the lead looks like this from now on: {"id",
    # "created", "stage", "amount", "probability", "closes", "closed", "won", ...}; for reports
    DELETED = "deleted"
    RESTORED = "restored"
    LINKED = "linked"  # a record was found to be the same person: {"system", "kind", "id"}
    MERGED = "merged"  # other records of the system were made one with this one: {"from": [ids]}
    JOINED = "joined"  # another lead was found to be this person: {"lead", "how", "because"}
    PARTED = "parted"  # somebody undid that, or a record's link: {"lead" | "record", "why"}

    MODE = "mode"  # how far decisions go from now on: {"mode", "teams", "why"}
    HANDOVER = "handover"  # opens a cycle: {"cycle", "definition", "evidence"}
    ROUTED = "routed"  # an owner was chosen: {"cycle", "generation", "owner", "from", "pool"}
    # the CRM refused the owner who was chosen, so he was never given the lead: {"cycle",
    # "generation", "owner", "why", "mark": the id of the fact that he was}
    OWNER_REFUSED = "owner_refused"
    RESTARTED = "restarted"  # {"cycle", "clock", "generation", "owner"}
    STARTED = "started"  # a clock that counts from something after the hand-over: {"cycle",
    # "clock", "generation"}
    FIRED = "fired"  # {"cycle", "clock", "generation", "rung", "due", "effects": [...]}
    # own tasks closed or a flag cleared: {"cycle", "clock", "task_keys"}; a breach found wrong:
    # besides {"generation", "rung"}, and "owner_of": the generation whose owner is none
    WITHDRAWN = "withdrawn"
    # an own task was closed by our write, not by a person: {"task_key"}, and "found" where that was
    # seen only afterwards: it happened any time before; "perhaps": nobody knows whether it did
    CLOSED = "closed"
    UNMADE = "unmade"  # an own task was dropped before it was made: {"task_key"}, and "of": who
    # owned the lead as far as was known, where another was seen; "" where it was the same
    REMADE = (
        "remade"  # which record an own task is, where another may have been: {"task_key", "id"},
        # and whose it is in the CRM where that was read: {"to"}
    )
    # an own task was given to another owner, or says another due time: {"task_key", "to", "due"?}
    MOVED = "moved"
    RELEASED = "released"  # an operator lets go of an owner that a person chose: {"why"}
    DISPUTE_DECIDED = "dispute_decided"  # by an operator: {"decision": accepted or refused, "why"}
    TOLD = "told"  # state last written to the marketing system: {field: value}
    SHOWN = "shown"  # what the fields of the CRM's record say to its rep: {word: value}


class Grade(StrEnum):
    """How good the evidence for a touch is."""

    STRONG = "strong"
    WEAK = "weak"
    SUSPECT = "suspect"
    UNCLASSIFIED = "unclassified"  # shown, never counted


Place = tuple[datetime, int, str, str]
"""Time, rank among decisions, source, id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened. (`source`, `source_id`) is unique for a lead."""

    kind: FactKind
    occurred_at: datetime  # vendor time
    seen_at: datetime  # when slasync learned it
    source: str  # the system, or OURS
    source_id: str
    by: UserKey | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    at_latest: bool = False  # occurred_at is an upper bound (found by comparing, not told)
    about: str = field(default="", repr=False, compare=False)  # the record it is told of, as text
    home: str = field(default="", repr=False, compare=False)
    """The lead it was learned of, where that was joined to the lead whose history this is."""
    place: Place = field(init=False, repr=False, compare=False)
    """Where it stands in its history, worked out once: histories are sorted many times."""

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None or self.seen_at.tzinfo is None:
            raise ValueError(f"fact {self.source_id} of kind {self.kind} has a time without a zone")
        rank = _RANK.get(self.kind, 0) if self.source == OURS else -(self.kind is FactKind.MERGED)
        object.__setattr__(self, "place", (self.occurred_at, rank, self.source, self.source_id))


_DECISIONS = (
    FactKind.JOINED,
    FactKind.LINKED,
    FactKind.OWNER,
    FactKind.MODE,
    FactKind.HANDOVER,
    FactKind.ROUTED,
    FactKind.RESTARTED,
    FactKind.STARTED,
    FactKind.FIRED,
    FactKind.OWNER_REFUSED,
    FactKind.UNMADE,
    FactKind.MOVED,
    FactKind.WITHDRAWN,
    FactKind.CLOSED,
    FactKind.RELEASED,
    FactKind.DISPUTE_DECIDED,
    FactKind.TOLD,
    FactKind.SHOWN,
)
_RANK = {kind: rank for rank, kind in enumerate(_DECISIONS, start=1)}


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by when they happened: the same list whatever the order they were learned in.

    At one instant what the systems told comes before what slasync decided, a merge before what it
    changed, and decisions come in the order in which one leads to the next.
    """
    return sorted(facts, key=attrgetter("place"))


def dated_by(told: object, fact: Fact) -> datetime:
    """Return the time that a system tells for what a fact says, if not later than the news."""
    if not isinstance(told, str):
        return fact.occurred_at
    try:
        at = datetime.fromisoformat(told)
    except ValueError:  # somebody's words in a field for times
        return fact.occurred_at
    return min(at, fact.occurred_at) if at.tzinfo else fact.occurred_at
