"""held: what becomes of a batch that a storm brought: allowed, discarded, or folded into digests.

Each of the three happens once, in one transaction that compares and sets the batch's own row: of
two that decide at once the first one has decided, and who and when is kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.caps import Caps, spread
from slasync.domain.counting import so_many
from slasync.domain.digests.caps_words import Folded, one_of_them, summary
from slasync.domain.digests.readers import Reader
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, Pool, User, UserKey
from slasync.domain.writes import Action, DigestLine, Write, addressee
from slasync.store.held import Fate, HeldBatch, Order
from slasync.store.outbox_values import OutboxView
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.deciding.caps import is_read, is_worded

log = structlog.get_logger()

SLASYNC = "slasync"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided about a batch, now or before."""

    batch: HeldBatch
    now: bool
    last: datetime | None = None  # up to when what was allowed is spread


def allow(unit: Unit, batch: HeldBatch, caps: Caps, order: Order) -> Settled:
    """Let a batch go, spread over time; what was decided about it before stands."""
    views = _all(unit, batch)
    if not _settle(unit, batch, Fate.ALLOWED, order, len(views)):
        return Settled(_again(unit, batch), now=False)
    busy = unit.outbox.spread_up_to(order.at)
    turns = spread([addressee(view.write) for view in views], caps.spread, order.at, busy)
    times = [max(at, _hours_of(view.write) or at) for view, at in zip(views, turns, strict=True)]
    unit.outbox.let_go_at({view.key: at for view, at in zip(views, times, strict=True)})
    return Settled(_again(unit, batch), now=True, last=max(times, default=order.at))


def _hours_of(write: Write) -> datetime | None:
    """A message waits for its reader's hours besides."""
    return datetime.fromisoformat(write.values["at"]) if write.action == Action.NOTIFY else None


def discard(unit: Unit, batch: HeldBatch, order: Order) -> Settled:
    """Drop a batch; what was decided about it before stands."""
    views = _all(unit, batch)
    if not _settle(unit, batch, Fate.DISCARDED, order, len(views)):
        return Settled(_again(unit, batch), now=False)
    _drop(unit, views, f"discarded by {order.by}", order.at)
    return Settled(_again(unit, batch), now=True)


@dataclass(frozen=True, slots=True)
class Folding:
    """Who can be told of what is folded."""

    readers: tuple[Reader, ...]
    pools: Mapping[str, Pool]
    max_age: timedelta

    def reader(self, address: str | None) -> Reader | None:
        """Return who reads the lines for an address."""
        wanted = address.lower() if address else ""
        return next((r for r in self.readers if wanted in r.addresses), None)

    @property
    def leaders(self) -> dict[str, Reader]:
        """Return leadership's addresses that somebody reads; else the managers'."""
        leaders = self._read(a for pool in self.pools.values() for a in pool.leadership)
        return leaders or self._read(pool.manager for pool in self.pools.values() if pool.manager)

    def _read(self, addresses: Iterable[str]) -> dict[str, Reader]:
        found = ((address, self.reader(address)) for address in addresses)
        return {address: reader for address, reader in found if reader}

    def reaches(self) -> bool:
        """Tell whether folding would tell anybody: else a batch stays held."""
        return bool(self.leaders)

    def addressed(self, write: Write, users: Mapping[UserKey, User]) -> dict[str, Reader]:
        """Return who is told of one task: its owner, else his manager, else leadership."""
        if write.action == Action.NOTIFY:
            return self._read([addressee(write)]) or self.leaders
        user = users.get(UserKey(str(write.values.get("owner") or "")))
        chief = users.get(user.manager) if user and user.manager else None
        for person in (user, chief):
            if person and person.email and (reader := self.reader(person.email)):
                return {person.email: reader}
        return self.leaders


def fold(unit: Unit, batch: HeldBatch, folding: Folding, order: Order) -> Settled:
    """Put what is held into its people's digests instead; what was decided before stands."""
    views = _all(unit, batch)
    if not _settle(unit, batch, Fate.FOLDED, order, len(views)):
        return Settled(_again(unit, batch), now=False)
    unit.digests.add(list(_lines(unit, batch, views, folding, order.at)), order.at)
    _drop(unit, views, f"folded into a digest: {batch.name}", order.at)
    return Settled(_again(unit, batch), now=True)


def _lines(
    unit: Unit, batch: HeldBatch, views: Sequence[OutboxView], folding: Folding, now: datetime
) -> Iterable[DigestLine]:
    users = unit.users.all()
    tasks = [view for view in views if is_read(view.write)]
    for view in tasks:
        subject = str(view.write.values["subject"])
        for address, reader in folding.addressed(view.write, users).items():
            text = one_of_them(subject, reader.language)
            yield DigestLine(_key(view.key, address), view.lead, address, text)
    folded = Folded(
        batch=batch.name,
        because=batch.because,
        age=now - batch.opened_at,
        tasks=len(tasks),
        people=len({addressee(view.write) for view in tasks}),
        others=len(views) - len(tasks),
    )
    for address, reader in folding.leaders.items():
        text = summary(folded, reader.language)
        yield DigestLine(_key(batch.name, address), LeadKey(""), address, text)


def _key(*parts: str) -> str:
    return sha256("\n".join(("folded", *parts)).encode()).hexdigest()[:40]


def _all(unit: Unit, batch: HeldBatch) -> list[OutboxView]:
    """Return what is held, once nobody can add to it any more."""
    unit.held.locked([batch.name])
    return unit.outbox.held_in(batch.name)


def _settle(unit: Unit, batch: HeldBatch, fate: Fate, order: Order, writes: int) -> bool:
    won = unit.held.settle(batch.name, fate, order, writes)
    if won:
        named = {"batch": batch.name, "fate": fate.value, "by": order.by}
        log.warning("held batch settled", writes=writes, **named)
    return won


def _again(unit: Unit, batch: HeldBatch) -> HeldBatch:
    return unit.held.get(batch.name) or batch


def refusal(batch: HeldBatch, wanted: Fate, expect: int | None = None) -> str | None:
    """Say why a batch cannot be settled so, or is not what was looked at; None: it can."""
    if batch.fate not in {Fate.OPEN, wanted}:
        at = (
            batch.settled_at.isoformat(timespec="seconds")
            if batch.settled_at
            else "an earlier time"
        )
        settled = f"{batch.fate.value} by {batch.settled_by} at {at.replace('+00:00', 'Z')}"
        return f"{batch.name} was {settled}: it cannot be {wanted.value} any more"
    if expect is not None and batch.fate is Fate.OPEN and batch.writes != expect:
        return (
            f"{batch.name} holds {so_many(batch.writes, 'write')}, not {expect}: look at"
            " it again by"
            f" `slasync held show {batch.name}`"
        )
    return None


def _drop(unit: Unit, views: Sequence[OutboxView], why: str, now: datetime) -> None:
    unit.outbox.withdraw([view.key for view in views], why, now)
    note_dropped(unit, views, why, now)


def note_dropped(unit: Unit, views: Sequence[OutboxView], why: str, now: datetime) -> None:
    """Note which tasks will never be made: they are not open, the next rung makes its own."""
    tasks = [view for view in views if is_worded(view.write)]
    made = unit.outbox.made_tasks({view.lead for view in tasks})
    facts: dict[LeadKey, list[Fact]] = {}
    for view in tasks:
        if view.write.task_key not in made:
            facts.setdefault(view.lead, []).append(_withdrawn(view, why, now))
    unit.facts.add(facts)


def _withdrawn(view: OutboxView, why: str, now: datetime) -> Fact:
    write = view.write
    data = {
        "cycle": write.cycle, "clock": write.clock, "task_keys": [write.task_key], "why": why,
    }  # fmt: skip
    return Fact(
        kind=FactKind.WITHDRAWN,
        occurred_at=now,
        seen_at=now,
        source=OURS,
        source_id=f"dropped:{view.key}",
        data=data,
    )


@dataclass(slots=True)
class Fold:
    """The step that folds batches nobody has decided about in time."""

    engine: Engine
    seams: Seams
    folding: Folding

    def run(self) -> bool:
        """Fold the oldest batch that has passed its age. True if there was one."""
        now = self.seams.clock.now()
        due = [batch for batch in self._open() if self._due(batch) <= now]
        if not due:
            return False
        return retrying(self.engine, self._folding(due[0], now))

    def next_at(self) -> datetime | None:
        return min(map(self._due, self._open()), default=None)

    def _open(self) -> list[HeldBatch]:
        with reading(self.engine) as unit:
            return unit.held.open() if self.folding.reaches() else []

    def _due(self, batch: HeldBatch) -> datetime:
        return batch.opened_at + self.folding.max_age

    def _folding(self, batch: HeldBatch, now: datetime) -> Callable[[Unit], bool]:
        why = f"nobody decided about it within {self.folding.max_age / HOUR:g} h"
        order = Order(SLASYNC, now, why)
        return lambda unit: fold(unit, batch, self.folding, order).now
