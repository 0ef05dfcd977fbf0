"""Clocks of leads, found by when they want to be looked at, whatever their number.

A gate names the streams whose data a clock waits for. A row is due when its gate has been read
past its wake_at; so a stalled stream's rows are never touched, however many wait.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, literal, select

from slasync.domain.clocks import ClockState
from slasync.domain.identity.merging import qualified
from slasync.domain.lead import LeadKey
from slasync.domain.modes import Mode
from slasync.domain.writes import Action
from slasync.store.bulk import AnyRow, Query, among, chunks, grouped, put, replace
from slasync.store.distinct import distinct_values
from slasync.store.repository import Repository
from slasync.store.tables import CLOCK, LEAD_MODE, OUTBOX
from slasync.store.types import BEGINNING


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """One clock of one cycle. `wake_at` None: nothing will happen without a new fact."""

    lead: LeadKey
    cycle: str
    clock: str
    generation: int = 0
    state: str
    anchor_at: datetime | None = None
    gate: str = ""
    wake_at: datetime | None = None
    next_rung: str | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    calendar: str | None = None


FIELDS = tuple(ClockRow.__dataclass_fields__)[1:]
COLUMNS = [CLOCK.c.lead_key, *(CLOCK.c[name] for name in FIELDS)]


EVERY = select(*COLUMNS).order_by(CLOCK.c.lead_key, CLOCK.c.cycle, CLOCK.c.clock)


WAKING = select(CLOCK.c.lead_key, CLOCK.c.cycle, CLOCK.c.clock).where(CLOCK.c.wake_at.is_not(None))
FORGET = delete(CLOCK).where(
    CLOCK.c.lead_key == bindparam("lead"),
    CLOCK.c.cycle == bindparam("of_cycle"),
    CLOCK.c.clock == bindparam("named"),
)
DUE = (
    select(CLOCK.c.wake_at, CLOCK.c.lead_key)
    .where(
        CLOCK.c.gate == bindparam("gate"),
        CLOCK.c.wake_at >= BEGINNING,
        CLOCK.c.wake_at <= bindparam("upto"),
    )
    .order_by(CLOCK.c.wake_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
HELD_BACK = select(literal(1)).where(
    OUTBOX.c.lead_key == CLOCK.c.lead_key,
    OUTBOX.c.action == Action.CREATE_LEAD.value,
    OUTBOX.c.batch.is_not(None),
    OUTBOX.c.state.in_(["held", "superseded"]),
)


def _next_wakes() -> Query:
    gates = distinct_values(CLOCK.c.gate)
    first = (
        select(CLOCK.c.wake_at)
        .where(CLOCK.c.gate == gates.c.value, CLOCK.c.wake_at >= BEGINNING)
        .order_by(CLOCK.c.wake_at)
        .limit(1)
        .scalar_subquery()
    )
    return select(gates.c.value, first).where(gates.c.value.is_not(None))


NEXT_WAKES = _next_wakes()


class Clocks(Repository):
    def due(self, ready: Mapping[str, datetime], limit: int) -> list[LeadKey]:
        """Return up to `limit` leads, earliest first, with a clock that its gate lets through.

        `ready` tells up to when each gate's data is complete. Rows another process has locked
        are left to it.
        """
        found: list[tuple[datetime, LeadKey]] = []
        for gate, upto in ready.items():
            rows = self._db.execute(DUE, {"gate": gate, "upto": upto, "limit": limit})
            found += [(wake_at, lead) for wake_at, lead in rows]
        return list(dict.fromkeys(lead for _, lead in sorted(found)))[:limit]

    def put(self, clocks: Sequence[ClockRow]) -> None:
        """Store clocks as they stand now."""
        rows = [
            {"lead_key": clock.lead, **{name: getattr(clock, name) for name in FIELDS}}
            for clock in sorted(clocks, key=lambda c: (c.lead, c.cycle, c.clock))
        ]
        put(self._db, CLOCK, replace, rows)

    def keep_only(self, keys: Collection[LeadKey], clocks: Sequence[ClockRow]) -> None:
        """Store the clocks of these leads; none but these wakes anybody for one of them.

        Cycles become one when leads do: a clock of one that is no more would be due for ever.
        """
        self.put(clocks)
        there = {(clock.lead, clock.cycle, clock.clock) for clock in clocks}
        rows = {tuple(row) for row in among(self._db, WAKING, CLOCK.c.lead_key, keys)}
        for lead, cycle, clock in sorted(rows - there):
            self._db.execute(FORGET, {"lead": lead, "of_cycle": cycle, "named": clock})

    def of(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[ClockRow]]:
        """Return all clocks of each lead, ended ones too."""
        rows = among(self._db, EVERY, CLOCK.c.lead_key, keys)
        return grouped(keys, ((row[0], _clock(row)) for row in rows))

    def drop(self, keys: Collection[LeadKey]) -> None:
        """Forget the clocks of leads that are part of others now: those run for both."""
        for some in chunks(keys):
            self._db.execute(delete(CLOCK).where(CLOCK.c.lead_key.in_(some)))

    def drop_of(self, key: LeadKey, parted: Collection[LeadKey]) -> None:
        """Forget the clocks that a lead had for those that it is not any more."""
        for lead in parted:
            theirs = CLOCK.c.cycle.endswith(qualified("", lead), autoescape=True)
            self._db.execute(delete(CLOCK).where(CLOCK.c.lead_key == key, theirs))

    def not_ended(self, limit: int | None) -> list[LeadKey]:
        """Return the first leads, or all, that have a clock which has not ended."""
        going = CLOCK.c.state != ClockState.ENDED.value
        query = select(CLOCK.c.lead_key).where(going).distinct().order_by(CLOCK.c.lead_key)
        return list(self._db.execute(query.limit(limit)).scalars())

    def without_record(self, before: datetime) -> int:
        """Count leads handed over before a time that the CRM should have by now and has not.

        In modes that write nothing slasync makes no record: those are not waited for.
        """
        stopped = select(LEAD_MODE.c.lead_key).where(LEAD_MODE.c.mode != Mode.ENFORCE.value)
        query = select(func.count(CLOCK.c.lead_key.distinct())).where(
            CLOCK.c.state == ClockState.WAITING_FOR_RECORD.value,
            CLOCK.c.anchor_at < before,
            CLOCK.c.lead_key.not_in(stopped),
            ~exists(HELD_BACK),  # that is told of by its batch, or was discarded with it
        )
        return self._db.execute(query).scalar_one()

    def next_wakes(self) -> dict[str, datetime]:
        """Return for each gate the earliest time a clock behind it wants to be looked at."""
        rows = self._db.execute(NEXT_WAKES)
        return {gate: wake_at for gate, wake_at in rows if wake_at is not None}

    def waiting(self, ready: Mapping[str, datetime], now: datetime) -> dict[str, int]:
        """Count for each gate the rows whose time has come and whose data has not."""
        counts = {}
        for gate in self.next_wakes():
            query = select(func.count(literal(1))).where(
                CLOCK.c.gate == gate,
                CLOCK.c.wake_at > ready.get(gate, BEGINNING),
                CLOCK.c.wake_at <= now,
            )
            counts[gate] = self._db.execute(query).scalar_one()
        return {gate: count for gate, count in counts.items() if count}


def _clock(row: AnyRow) -> ClockRow:
    lead, *values = row
    return ClockRow(lead=lead, **dict(zip(FIELDS, values, strict=True)))
