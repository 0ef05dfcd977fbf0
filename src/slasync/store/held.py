"""Batches of held writes: opened while a storm lasts, settled once, by a person or by their age."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, text, update

from slasync.domain.caps import Reason, batch_name
from slasync.store.bulk import AnyRow, changed, plainly, put
from slasync.store.outbox_values import State
from slasync.store.repository import Repository
from slasync.store.tables import HELD_BATCH, OUTBOX
from slasync.store.tables.queues import WAITING


class Fate(StrEnum):
    """What becomes of a batch."""

    OPEN = "open"
    ALLOWED = "allowed"
    DISCARDED = "discarded"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Order:
    """Who decides about a batch, when, and why in their words."""

    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBatch:
    """A batch; `writes` are those held now, or when it was settled."""

    name: str
    reason: Reason
    because: str
    opened_at: datetime
    fate: Fate
    writes: int
    settled_at: datetime | None = None
    settled_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """How many writes of a batch are of one kind and for one owner, or reader, if for anybody."""

    batch: str
    owner: str
    action: str
    clock: str
    rung: str
    writes: int


_held = OUTBOX.c.state == State.HELD.value
_payload = OUTBOX.c.payload
_owner = func.coalesce(
    _payload["values", "owner"].as_string(), _payload["values", "to"].as_string(), ""
)
_clock, _rung = _payload["clock"].as_string(), _payload["rung"].as_string()
NOW_HELD = (
    select(OUTBOX.c.batch, func.count())
    .where(text(WAITING), _held)
    .group_by(OUTBOX.c.batch)
)  # fmt: skip
PARTS = (
    select(OUTBOX.c.batch, _owner, OUTBOX.c.action, _clock, _rung, func.count())
    .where(text(WAITING), _held)
    .group_by(OUTBOX.c.batch, _owner, OUTBOX.c.action, _clock, _rung)
    .order_by(OUTBOX.c.batch, _owner, OUTBOX.c.action, _clock, _rung)
)
OPEN = select(HELD_BATCH).where(HELD_BATCH.c.state == Fate.OPEN.value)


class HeldBatches(Repository):
    def open_for(
        self, reason: Reason, because: str, *, now: datetime, day: date, window: timedelta
    ) -> str:
        """Return the batch that a storm of this reason goes into: the last, while it is young.

        Whoever asks keeps others from settling it, or opening another, until the transaction ends.
        """
        mine = HELD_BATCH.c.reason == reason.value
        newest = select(HELD_BATCH).where(mine).order_by(HELD_BATCH.c.opened_at.desc())
        row = self._db.execute(newest.limit(1).with_for_update()).one_or_none()
        if row is not None and row.state == Fate.OPEN.value and now - row.opened_at < window:
            return str(row.name)
        today = select(func.count()).where(mine, HELD_BATCH.c.day == day)
        name = batch_name(reason, day, self._db.execute(today).scalar_one() + 1)
        values = {
            "name": name,
            "reason": reason.value,
            "day": day,
            "because": because,
            "opened_at": now,
            "state": Fate.OPEN.value,
        }
        put(self._db, HELD_BATCH, plainly, [values])
        return name

    def growing(self, since: datetime) -> dict[Reason, str]:
        """Return the open batches opened after `since`: what belongs to their storm joins them."""
        rows = self._db.execute(OPEN.where(HELD_BATCH.c.opened_at > since)).all()
        return {Reason(row.reason): row.name for row in rows}

    def locked(self, names: Sequence[str]) -> set[str]:
        """Return those of `names` that are open; they stay so until this transaction ends."""
        if not names:
            return set()
        query = OPEN.where(HELD_BATCH.c.name.in_(sorted(names))).order_by(HELD_BATCH.c.name)
        return {row.name for row in self._db.execute(query.with_for_update())}

    def get(self, name: str) -> HeldBatch | None:
        rows = self._db.execute(select(HELD_BATCH).where(HELD_BATCH.c.name == name)).all()
        return next(self._batches(rows), None)

    def open(self) -> list[HeldBatch]:
        """Return the batches in which something is held, oldest first."""
        rows = self._db.execute(OPEN.order_by(HELD_BATCH.c.opened_at, HELD_BATCH.c.name)).all()
        return [batch for batch in self._batches(rows) if batch.writes] if rows else []

    def settled(self, since: datetime) -> list[HeldBatch]:
        """Return the batches settled since then, oldest first."""
        query = select(HELD_BATCH).where(HELD_BATCH.c.settled_at >= since)
        return list(self._batches(self._db.execute(query.order_by(HELD_BATCH.c.settled_at)).all()))

    def parts(self) -> list[Part]:
        """Count what is held, by batch, owner, action and rung."""
        return [Part(*row) for row in self._db.execute(PARTS)]

    def settle(self, name: str, fate: Fate, order: Order, writes: int) -> bool:
        """Decide what becomes of an open batch. False: somebody has done so before."""
        one = update(HELD_BATCH).where(
            HELD_BATCH.c.name == name, HELD_BATCH.c.state == Fate.OPEN.value
        )
        values = {
            "state": fate.value,
            "settled_at": order.at,
            "settled_by": order.by,
            "why": order.why or None,
            "writes": writes,
        }
        return changed(self._db.execute(one.values(values))) == 1

    def _batches(self, rows: Sequence[AnyRow]) -> Iterator[HeldBatch]:
        held = {name: count for name, count in self._db.execute(NOW_HELD)} if rows else {}  # noqa: C416 - typed rows
        for row in rows:
            fate = Fate(row.state)
            yield HeldBatch(
                name=row.name,
                reason=Reason(row.reason),
                because=row.because,
                opened_at=row.opened_at,
                fate=fate,
                writes=held.get(row.name, 0) if fate is Fate.OPEN else int(row.writes or 0),
                settled_at=row.settled_at,
                settled_by=row.settled_by,
                why=row.why,
            )
