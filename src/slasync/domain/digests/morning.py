"""What managers and leadership are told in the morning: values, before they are put into words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from slasync.domain.agreement import ClockPolicy
from slasync.domain.draft import ROUTING
from slasync.domain.facts import Fact
from slasync.domain.figures.forecast_breaches import Usual, Why
from slasync.domain.figures.kpis import Alarm, Figure
from slasync.domain.lead import LeadKey
from slasync.domain.nurture import NURTURE
from slasync.domain.rests import DISPUTED
from slasync.domain.state import Cycle

WORST = 3
"""Of each rep's overdue leads so many are named."""
MOST_REPS, MOST_NAMED = 10, 10
"""More than a morning has time for; the rest is counted."""
NO_CLOCKS = frozenset({ROUTING, NURTURE, DISPUTED})


@dataclass(frozen=True, slots=True)
class Named:
    """A lead as people know it, and where the CRM shows it; empty where that is not known."""

    key: LeadKey
    name: str
    company: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """An overdue lead: since when, and how much working time that is.

    `his_since`: when its owner got it, where that was later.
    """

    lead: Named
    since: datetime
    by: timedelta
    his_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LateOf:
    """One owner's overdue leads: how many, and the worst. Name empty: nobody's."""

    name: str
    count: int
    worst: tuple[Late, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who could take a lead."""

    name: str
    open: int
    usual: Usual | None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A lead that is likely to be missed today."""

    lead: Named
    owner: str
    due: datetime
    why: Why
    usual: Usual | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A lead that slasync gave to another owner; `rung`: that brought it about, else `why`."""

    lead: Named
    came_from: str
    to: str
    clock: str = ""
    rung: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held batch: how many of its writes are the reader's matter."""

    batch: str
    writes: int
    because: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """A breach that a rep disputes and nobody has decided on."""

    lead: Named
    owner: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """Everything for one reader. `known_to`: up to when the systems have been read."""

    at: datetime
    since: datetime | None = None  # the last digest
    known_to: datetime | None = None
    late: tuple[LateOf, ...] = ()  # most first
    due_today: int = 0
    at_risk: tuple[AtRisk, ...] = ()  # earliest first
    moved: tuple[Moved, ...] = ()
    moved_in_all: int = 0
    held: tuple[Waiting, ...] = ()
    disputed: tuple[Disputed, ...] = ()
    accepted: Figure | None = None  # MQL to SAL of the running month, for leadership

    @property
    def overdue(self) -> int:
        return sum(each.count for each in self.late)

    @property
    def is_quiet(self) -> bool:
        """Tell whether there is nothing to say; what is due and likely to be in time is nothing."""
        said = self.late or self.at_risk or self.moved_in_all or self.held or self.disputed
        return not (said or self.alarm_rings)

    @property
    def alarm_rings(self) -> bool:
        """Tell whether sales accepts too little, and what is open cannot mend it any more."""
        return self.accepted is not None and self.accepted.alarm_so_far is Alarm.RINGS


def has_missed(policy: ClockPolicy | None, next_rung: str | None) -> bool:
    """Tell whether a running clock is past its second rung: the first only says there is a lead.

    Where a new owner's clock began anew it has not, whatever earlier owners missed. A policy that
    is not known, of an earlier agreement, tells nothing: then the lead's state counts.
    """
    names = [rung.name for rung in policy.rungs] if policy else []
    return next_rung not in names[:2]


def late_since(
    cycle: Cycle, running: Mapping[str, int], first: Collection[tuple[str, str]]
) -> datetime | None:
    """Return when the earliest rung was due that makes a lead overdue; None: none did.

    `running`: clocks that have not ended, with their generations: what an earlier owner missed
    counts only where no clock that runs has a miss of its own. `first`: each ladder's first rung,
    which only says that there is a lead.
    """
    missed = {
        (clock, generation): datetime.fromisoformat(fact.data["due"])
        for (clock, generation, rung), fact in sorted(
            cycle.fired.items(), key=lambda each: each[1].data.get("due", ""), reverse=True
        )
        if clock not in NO_CLOCKS and (clock, rung) not in first and "due" in fact.data
    }
    own = [at for each, at in missed.items() if each in running.items()]
    return min(own or missed.values(), default=None)


def rung_of(facts: Collection[Fact], moved: Fact) -> tuple[str, str]:
    """Return clock and rung that had a lead given to another owner; empty: it was none."""
    fired = [
        fact
        for fact in facts
        if fact.data.get("cycle") == moved.data.get("cycle")
        and fact.occurred_at <= moved.occurred_at
        and any(e.get("kind") in {"reassign", "to_queue"} for e in fact.data.get("effects", ()))
    ]
    last = max(fired, key=lambda fact: fact.place, default=None)
    return (str(last.data["clock"]), str(last.data["rung"])) if last else ("", "")
