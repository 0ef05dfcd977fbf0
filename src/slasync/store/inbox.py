"""Events that came in by webhook: each kept once, on disk before its sender is told so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, null, select, update

from slasync.store.bulk import AnyRow, Query, beside_list, change, keep_old, put
from slasync.store.bulk import besides as leaving_out
from slasync.store.repository import Repository
from slasync.store.tables import INBOX


class EventState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """What a system told. Equal `dedup_key`s are the same event, told again."""

    system: str
    dedup_key: str
    payload: Mapping[str, Any]
    after: timedelta = timedelta(0)  # how long it is left alone


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    id: int
    system: str
    payload: Mapping[str, Any]
    attempts: int  # this one included


PENDING = INBOX.c.state == EventState.PENDING.value
FREE = (
    select(INBOX.c.id, INBOX.c.system, INBOX.c.payload, INBOX.c.attempts)
    .where(PENDING, INBOX.c.not_before <= bindparam("now"))
    .order_by(INBOX.c.not_before, INBOX.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
NEXT = select(INBOX.c.not_before).where(PENDING).order_by(INBOX.c.not_before).limit(1)
NEXT_OF = NEXT.where(INBOX.c.system == bindparam("of_system"))
CHANGE = update(INBOX).where(beside_list(INBOX.c.state) == EventState.PENDING.value)
LEASE = CHANGE.values(
    attempts=INBOX.c.attempts + 1,
    lease_by=bindparam("by"),
    lease_until=bindparam("until"),
    not_before=bindparam("until"),
)
HELD = (
    select(INBOX.c.id)
    .where(
        PENDING,
        INBOX.c.id.in_(bindparam("ids", expanding=True)),
        INBOX.c.lease_by == bindparam("by"),
        INBOX.c.lease_until > bindparam("now"),
    )
    .with_for_update()
)
LET_GO = CHANGE.values(lease_by=null(), lease_until=null())
DONE = LET_GO.values(state=EventState.DONE.value)
LATER = LET_GO.values(not_before=bindparam("at"))
QUARANTINE = LET_GO.values(state=EventState.QUARANTINED.value, reason=bindparam("why"))


class Inbox(Repository):
    def add(self, events: Sequence[InboxEvent], now: datetime) -> int:
        """Keep events; return how many were not known yet."""
        rows = [
            {
                "system": event.system,
                "dedup_key": event.dedup_key,
                "received_at": now,
                "payload": event.payload,
                "state": EventState.PENDING.value,
                "attempts": 0,
                "not_before": now + event.after,
            }
            for event in sorted(events, key=lambda event: event.dedup_key)
        ]
        return put(self._db, INBOX, keep_old, rows)

    def claim(
        self,
        by: str,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        besides: Collection[str] = (),
    ) -> list[ClaimedEvent]:
        """Take the oldest events that are free; they are free again at `until`, unless done.

        Those of the systems `besides` are left where they are.
        """
        rows = self._besides(FREE, besides, now=now, most=limit)
        change(self._db, LEASE, INBOX.c.id, [row.id for row in rows], by=by, until=until)
        return [ClaimedEvent(id_, system, payload, n + 1) for id_, system, payload, n in rows]

    def holds(self, ids: Collection[int], by: str, now: datetime) -> bool:
        """Tell whether whoever claimed events still may work them: else somebody else has, or
        will."""
        held = self._db.execute(HELD, {"ids": sorted(ids), "by": by, "now": now})
        return len(held.all()) == len(ids)

    def done(self, ids: Collection[int]) -> None:
        change(self._db, DONE, INBOX.c.id, sorted(ids))

    def later(self, ids: Collection[int], not_before: datetime) -> None:
        """Put events back, to be taken from `not_before` on."""
        change(self._db, LATER, INBOX.c.id, sorted(ids), at=not_before)

    def quarantine(self, id_: int, reason: str) -> None:
        """Set an event aside that cannot be worked."""
        change(self._db, QUARANTINE, INBOX.c.id, [id_], why=reason)

    def next_at(self, system: str = "", *, besides: Collection[str] = ()) -> datetime | None:
        """Return the earliest time at which claim finds something, leases included: of one system,
        or of all besides some."""
        if system:
            return self._db.execute(NEXT_OF, {"of_system": system}).scalar()
        first = self._besides(NEXT, besides)
        return first[0].not_before if first else None

    def latest(self, system: str, limit: int) -> list[datetime]:
        """Return when the last events of a system came, the newest first."""
        query = select(INBOX.c.received_at).where(INBOX.c.system == system)
        return list(self._db.execute(query.order_by(INBOX.c.id.desc()).limit(limit)).scalars())

    def crowded(self, system: str, most: int) -> bool:
        """Tell whether at least so many events of a system wait."""
        pending = select(INBOX.c.id).where(
            INBOX.c.state == EventState.PENDING.value, INBOX.c.system == system
        )
        return self._db.execute(pending.offset(most - 1).limit(1)).first() is not None

    def counts(self) -> dict[str, int]:
        """Count events by state."""
        query = select(INBOX.c.state, func.count()).group_by(INBOX.c.state)
        return {state: count for state, count in self._db.execute(query)}  # noqa: C416 - typed rows

    def _besides(self, query: Query, systems: Collection[str], **asked: Any) -> Sequence[AnyRow]:
        if systems:
            return leaving_out(self._db, query, INBOX.c.system, sorted(systems), **asked)
        return self._db.execute(query, asked).all()
