"""What a morning's digest reads, by index: clocks of leads at work, and what happened lately.

Leads in modes that write nothing are left out: nobody is told of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, text

from slasync.domain.clocks import ClockState
from slasync.domain.facts import OURS, FactKind
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.modes import Mode
from slasync.store.bulk import AnyRow, Query, among
from slasync.store.clocks import ClockRow
from slasync.store.repository import Repository
from slasync.store.tables import CLOCK, FACT, LEAD, LEAD_MODE
from slasync.store.tables.leads import MOVING, ROUTED, WORKED
from slasync.store.types import UtcDateTime

_NOT_TOLD = select(LEAD_MODE.c.lead_key).where(LEAD_MODE.c.mode != Mode.ENFORCE.value)
_LEADS = select(LEAD.c.key, LEAD.c.owner).where(text(WORKED), LEAD.c.key.not_in(_NOT_TOLD))
LATE = _LEADS.where(LEAD.c.sla_state.in_(["overdue", "stale"]))
DUE = _LEADS.where(
    LEAD.c.sla_state.in_(["open", "touched"]),
    LEAD.c.due_at <= bindparam("upto", type_=UtcDateTime),
)
AT_WORK = _LEADS
NOT_ENDED = select(
    CLOCK.c.lead_key, CLOCK.c.cycle, CLOCK.c.clock, CLOCK.c.generation, CLOCK.c.state,
    CLOCK.c.anchor_at, CLOCK.c.next_rung, CLOCK.c.due_at, CLOCK.c.calendar,
).where(CLOCK.c.ended_at.is_(None), CLOCK.c.anchor_at.is_not(None))  # fmt: skip
"""Asked for lead by lead: ended clocks are many, and a join might begin with them."""
COMING = NOT_ENDED.where(
    CLOCK.c.due_at > bindparam("since", type_=UtcDateTime),
    CLOCK.c.due_at <= bindparam("upto", type_=UtcDateTime),
)
PAUSED = NOT_ENDED.where(CLOCK.c.state == ClockState.PAUSED.value)
HANDED = (
    select(FACT.c.lead_key)
    .where(
        text(MOVING),
        FACT.c.kind == FactKind.HANDOVER.value,
        FACT.c.seen_at >= bindparam("since", type_=UtcDateTime),
    )
    .order_by(FACT.c.seen_at.desc())
    .limit(bindparam("most"))
)
TOUCHED = select(
    CLOCK.c.lead_key, CLOCK.c.anchor_at, CLOCK.c.ended_at, CLOCK.c.calendar
).where(
    CLOCK.c.clock == bindparam("named"),
    CLOCK.c.end_reason == "touch",
    CLOCK.c.ended_at >= bindparam("since", type_=UtcDateTime),
)  # fmt: skip
OWNERS = select(FACT.c.lead_key, FACT.c.occurred_at, FACT.c.data).where(
    FACT.c.kind == FactKind.OWNER.value
)
REROUTED = (
    select(FACT.c.lead_key, FACT.c.occurred_at)
    .where(
        text(ROUTED),
        FACT.c.seen_at > bindparam("since", type_=UtcDateTime),
        FACT.c.seen_at <= bindparam("upto", type_=UtcDateTime),
        FACT.c.data["generation"].as_integer() > 0,
        FACT.c.lead_key.not_in(_NOT_TOLD),
    )
    .order_by(FACT.c.seen_at, FACT.c.id)
)
ASKED = select(FACT.c.lead_key).where(
    FACT.c.source == OURS, FACT.c.kind == FactKind.FIRED.value,
    FACT.c.source_id.like(bindparam("pattern")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that has not ended, and who owns its lead."""

    owner: UserKey | None
    clock: ClockRow


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the start of a clock to the touch that ended it."""

    owner: UserKey
    begins: datetime
    ends: datetime
    calendar: str


class Mornings(Repository):
    def late(self) -> list[Running]:
        """Return the running clocks of leads that are overdue or stale."""
        return self._running(LATE, NOT_ENDED)

    def paused(self) -> list[Running]:
        """Return the clocks, of leads at work, that stand still with no end in sight."""
        return self._running(AT_WORK, PAUSED)

    def coming(self, since: datetime, upto: datetime) -> list[Running]:
        """Return the clocks, of leads that are not overdue, that are due in a time."""
        return self._running(DUE, COMING, since=since, upto=upto)

    def rerouted(self, since: datetime, upto: datetime) -> list[LeadKey]:
        """Return the leads that slasync gave to another owner in a time, the first one first."""
        rows = self._db.execute(REROUTED, {"since": since, "upto": upto})
        return list(dict.fromkeys(LeadKey(row.lead_key) for row in rows))

    def disputed(self, leads: Collection[LeadKey], clock: str, rung: str) -> list[LeadKey]:
        """Return those of `leads` of which a manager was ever asked to decide a dispute."""
        pattern = f"fired:%:{clock}:%:{rung}"
        found = among(self._db, ASKED, FACT.c.lead_key, leads, pattern=pattern)
        return sorted({LeadKey(row.lead_key) for row in found})

    def touched(self, clock: str, since: datetime, most: int) -> list[Stretch]:
        """Return how the last `most` hand-overs since a time came to their first touch.

        By a clock that ends with it; each with who owned the lead then.
        """
        handed = self._db.execute(HANDED, {"since": since, "most": most}).scalars()
        rows = list(
            among(self._db, TOUCHED, CLOCK.c.lead_key, list(handed), named=clock, since=since)
        )
        owned: dict[str, list[tuple[datetime, str]]] = {}
        for row in among(self._db, OWNERS, FACT.c.lead_key, [row.lead_key for row in rows]):
            owned.setdefault(row.lead_key, []).append((row.occurred_at, row.data["owner"]))
        found = ((row, _owner_at(owned.get(row.lead_key, []), row.ended_at)) for row in rows)
        return [
            Stretch(owner, row.anchor_at, row.ended_at, row.calendar or "")
            for row, owner in found
            if owner and row.anchor_at
        ]

    def _running(self, leads: Query, clocks: Query, **times: datetime) -> list[Running]:
        upto = {name: at for name, at in times.items() if name == "upto"}
        owners = {row.key: row.owner for row in self._db.execute(leads, upto)}
        rows = among(self._db, clocks, CLOCK.c.lead_key, owners, **times)
        return [_running(row, owners[row.lead_key]) for row in rows]


def _owner_at(owned: list[tuple[datetime, str]], at: datetime) -> UserKey | None:
    before = [each for each in owned if each[0] <= at]
    return UserKey(max(before)[1]) if before else None


def _running(row: AnyRow, owner: str | None) -> Running:
    clock = ClockRow(
        lead=LeadKey(row.lead_key),
        cycle=row.cycle,
        clock=row.clock,
        generation=row.generation,
        state=row.state,
        anchor_at=row.anchor_at,
        next_rung=row.next_rung,
        due_at=row.due_at,
        calendar=row.calendar,
    )
    return Running(UserKey(owner) if owner else None, clock)
