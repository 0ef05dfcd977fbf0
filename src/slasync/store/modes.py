"""The mode of each lead as it was decided last, and the writes that mode shadow kept back."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select, text

from slasync.domain.lead import LeadKey
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.writes import Write
from slasync.store import payload
from slasync.store.bulk import among, grouped, keep_old, put, replace
from slasync.store.repository import Repository
from slasync.store.tables import LEAD, LEAD_MODE, SHADOW_WRITE
from slasync.store.tables.leads import WORKED

ROWS = select(LEAD_MODE)
NOT_ENFORCED: ColumnElement[bool] = LEAD_MODE.c.mode != Mode.ENFORCE.value
STOPPED = select(LEAD_MODE.c.lead_key, LEAD_MODE.c.last_writes).where(NOT_ENFORCED)
KNOWN = select(SHADOW_WRITE.c.key)
FIRST = select(func.min(SHADOW_WRITE.c.at))
BETWEEN = (
    select(SHADOW_WRITE)
    .where(SHADOW_WRITE.c.at >= bindparam("since"), SHADOW_WRITE.c.at <= bindparam("until"))
    .order_by(SHADOW_WRITE.c.at, SHADOW_WRITE.c.key)
)


@dataclass(frozen=True, slots=True)
class LeadModeRow:
    """A lead's mode since a time. `last_writes`: of this rung's prefix writes may still go out."""

    lead: LeadKey
    holds: LeadMode
    since: datetime
    last_writes: str | None = None


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A write that was decided in mode shadow, and not sent."""

    at: datetime
    teams: tuple[str, ...]
    write: Write


@dataclass(frozen=True, slots=True)
class ModeCount:
    """How many leads in an open cycle are under a mode, by their teams."""

    teams: tuple[str, ...]
    mode: Mode
    leads: int


class LeadModes(Repository):
    def put(self, rows: Sequence[LeadModeRow]) -> None:
        """Store modes; those of earlier times go."""
        values = [
            {
                "lead_key": row.lead,
                "mode": row.holds.mode.value,
                "teams": list(row.holds.teams),
                "why": row.holds.why,
                "since": row.since,
                "last_writes": row.last_writes,
            }
            for row in sorted(rows, key=lambda row: row.lead)
        ]
        put(self._db, LEAD_MODE, replace, values)

    def of(self, keys: Collection[LeadKey]) -> dict[LeadKey, LeadModeRow]:
        """Return the modes stored of `keys`; leads without one are enforced."""
        found = {}
        for row in among(self._db, ROWS, LEAD_MODE.c.lead_key, keys):
            holds = LeadMode(Mode(row.mode), tuple(row.teams), row.why)
            key = LeadKey(row.lead_key)
            found[key] = LeadModeRow(key, holds, row.since, row.last_writes)
        return found

    def stopped(self, keys: Collection[LeadKey]) -> dict[LeadKey, str | None]:
        """Return those of `keys` that nothing is written to, and which writes all the same."""
        rows = among(self._db, STOPPED, LEAD_MODE.c.lead_key, keys)
        return {LeadKey(row.lead_key): row.last_writes for row in rows}

    def not_enforced(self) -> list[LeadKey]:
        """Return every lead that nothing is written to, in order."""
        query = select(LEAD_MODE.c.lead_key).where(NOT_ENFORCED).order_by(LEAD_MODE.c.lead_key)
        return [LeadKey(key) for key in self._db.execute(query).scalars()]

    def ever_shadowed(self) -> list[LeadKey]:
        """Return every lead that is in mode shadow now, or of which it has kept a write back."""
        now = select(LEAD_MODE.c.lead_key).where(LEAD_MODE.c.mode == Mode.SHADOW.value)
        kept = select(SHADOW_WRITE.c.lead_key)
        return sorted(LeadKey(key) for key in self._db.execute(now.union(kept)).scalars())

    def counts(self) -> list[ModeCount]:
        """Count leads in an open cycle whose mode is stored, by teams and mode."""
        query = (
            select(LEAD_MODE.c.teams, LEAD_MODE.c.mode)
            .join(LEAD, LEAD.c.key == LEAD_MODE.c.lead_key)
            .where(text(WORKED))
        )
        rows = Counter((tuple(teams), Mode(mode)) for teams, mode in self._db.execute(query))
        return [ModeCount(teams, mode, n) for (teams, mode), n in sorted(rows.items())]


class ShadowWrites(Repository):
    def add(self, leads: Sequence[tuple[tuple[str, ...], Sequence[Write]]], at: datetime) -> int:
        """Keep writes by the teams of their leads; return how many were not known before."""
        rows = [
            {
                "key": write.key,
                "lead_key": write.lead,
                "at": at,
                "teams": list(teams),
                "action": write.action.value,
                "payload": payload.dump(write),
            }
            for teams, writes in leads
            for write in writes
        ]
        return put(self._db, SHADOW_WRITE, keep_old, sorted(rows, key=lambda row: str(row["key"])))

    def known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that were kept before."""
        return {row.key for row in among(self._db, KNOWN, SHADOW_WRITE.c.key, keys)}

    def between(self, since: datetime, until: datetime) -> dict[LeadKey, list[Shadowed]]:
        """Return what was kept back in a time, both ends included, by lead, oldest first."""
        rows = list(self._db.execute(BETWEEN, {"since": since, "until": until}))
        pairs = [
            (LeadKey(r.lead_key), Shadowed(r.at, tuple(r.teams), payload.load(r.payload)))
            for r in rows
        ]
        return grouped((key for key, _ in pairs), pairs)

    def first_at(self) -> datetime | None:
        """Return when something was kept back for the first time."""
        return self._db.execute(FIRST).scalar()
