"""Events that came in by webhook: each kept once, on disk before its sender is told so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, true, update

from slasync.store.bulk import chunks, keep_old, put
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
        query = (
            select(INBOX.c.id, INBOX.c.system, INBOX.c.payload, INBOX.c.attempts)
            .where(INBOX.c.state == EventState.PENDING.value, INBOX.c.not_before <= now)
            .where(INBOX.c.system.not_in(sorted(besides)) if besides else true())
            .order_by(INBOX.c.not_before, INBOX.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self._db.execute(query).all()
        lease = {"lease_by": by, "lease_until": until, "not_before": until}
        self._change([row.id for row in rows], attempts=INBOX.c.attempts + 1, **lease)
        return [ClaimedEvent(id_, system, payload, n + 1) for id_, system, payload, n in rows]

    def done(self, ids: Collection[int]) -> None:
        self._change(ids, state=EventState.DONE.value, lease_by=None, lease_until=None)

    def later(self, ids: Collection[int], not_before: datetime) -> None:
        """Put events back, to be taken from `not_before` on."""
        self._change(ids, not_before=not_before, lease_by=None, lease_until=None)

    def quarantine(self, id_: int, reason: str) -> None:
        """Set an event aside that cannot be worked."""
        state = EventState.QUARANTINED.value
        self._change([id_], state=state, reason=reason, lease_by=None, lease_until=None)

    def next_at(self, system: str = "", *, besides: Collection[str] = ()) -> datetime | None:
        """Return the earliest time at which claim finds something, leases included: of one system,
        or of all besides some."""
        pending = select(INBOX.c.not_before).where(INBOX.c.state == EventState.PENDING.value)
        if system:
            pending = pending.where(INBOX.c.system == system)
        elif besides:
            pending = pending.where(INBOX.c.system.not_in(sorted(besides)))
        return self._db.execute(pending.order_by(INBOX.c.not_before).limit(1)).scalar()

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

    def _change(self, ids: Collection[int], **values: Any) -> None:
        """Change events that are still pending."""
        for chunk in chunks(sorted(ids)):
            pending = INBOX.c.state == EventState.PENDING.value
            self._db.execute(update(INBOX).where(INBOX.c.id.in_(chunk), pending).values(values))
