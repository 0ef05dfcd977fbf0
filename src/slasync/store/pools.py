"""Whose turn it is in each pool, and what its members have: counted from history, not beside it.

A pool's row is locked while leads are dealt out in it. Its state is a summary of the facts of
routing: where the row is missing it is made of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update

from slasync.domain.lead import Pool, UserKey
from slasync.domain.routing import Load, standings
from slasync.store.bulk import Query, among, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import FACT, LEAD, POOL
from slasync.store.tables.leads import ROUTED, WORKED

ON_ITS_WAY = timedelta(hours=1)
"""A lead given away so long ago that its owner is another: it was not on its way, it is not his."""

SAVE = (
    update(POOL)
    .where(POOL.c.name == bindparam("of_pool"))
    .values(state=bindparam("new_state"))
)  # fmt: skip
LOCK: Query = select(POOL.c.name, POOL.c.state).order_by(POOL.c.name).with_for_update()

_given_to = FACT.c.data["owner"].as_string()
_dealt_in, _unfilled = FACT.c.data["pool"].as_string(), FACT.c.data["unfilled"].as_string()
_member = FACT.c.data["member"].as_string()
_turn, _floor = FACT.c.data["turn"].as_float(), FACT.c.data["floor"].as_float()
DEALT = (
    select(_member, func.max(_turn), func.max(_floor))
    .where(text(ROUTED), _dealt_in == bindparam("pool"), _member.is_not(None))
    .group_by(_member)
)
OPEN: Query = (
    select(LEAD.c.owner, func.count()).where(text(WORKED)).group_by(LEAD.c.owner)
)  # fmt: skip
GIVEN = (
    select(_given_to, func.count())
    .where(text(ROUTED), FACT.c.seen_at >= bindparam("since"))
    .group_by(_given_to)
)
UNDER_WAY = (
    select(_given_to, func.count(func.distinct(LEAD.c.key)))
    .join_from(FACT, LEAD, FACT.c.lead_key == LEAD.c.key)
    .where(text(ROUTED), text(WORKED), FACT.c.seen_at >= bindparam("since"))
    .where(LEAD.c.owner.is_distinct_from(_given_to))
    .group_by(_given_to)
)
UNFILLED = (
    select(_unfilled, func.count())
    .where(text(ROUTED), FACT.c.seen_at >= bindparam("since"), _unfilled.is_not(None))
    .group_by(_unfilled)
)
PUT_OFF = select(func.count()).where(LEAD.c.dirty_at > bindparam("now"))


class Pools(Repository):
    def __init__(self, db: Connection) -> None:
        super().__init__(db)
        self._mine: dict[str, dict[str, Any]] = {}  # locked by this transaction: nobody else writes
        self._changed: set[str] = set()
        self._loads: dict[datetime, dict[UserKey, Load]] = {}

    def locked(self, name: str) -> dict[str, Any]:
        """Return a row's state, {} at first; others wait for it until the transaction ends."""
        return self._locked({name: ()})[name]

    def all_locked(self, pools: Collection[Pool]) -> dict[str, dict[str, Any]]:
        """Return the states of pools, locked in the one order that everybody locks them in."""
        return self._locked({pool.name: pool.members for pool in pools})

    def _locked(self, members: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
        wanted = sorted(members.keys() - self._mine.keys())
        self._mine.update(self._lock(wanted))
        missing = [name for name in wanted if name not in self._mine]
        if missing:
            put(self._db, POOL, keep_old, [{"name": name, "state": {}} for name in missing])
            self._mine.update(self._lock(missing))
            for name in missing:
                self._remember(name, members[name])
        return {name: self._mine[name] for name in members}

    def _lock(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        return {row.name: row.state for row in among(self._db, LOCK, POOL.c.name, names)}

    def _remember(self, name: str, members: Sequence[str]) -> None:
        """Give a row that was missing the state that the history tells."""
        last, floor = self.dealt(name) if members else ({}, 0.0)
        if last and not self._mine[name]:
            self.save(name, standings(members, last, floor))

    def dealt(self, name: str) -> tuple[dict[str, float], float]:
        """Return at which turn each member was last put by the history, and the highest floor.

        Reads every fact of routing: for rows that are missing, and for tests.
        """
        rows = self._db.execute(DEALT, {"pool": name}).all()
        return {row[0]: row[1] for row in rows}, max((row[2] for row in rows), default=0.0)

    def peek(self, name: str) -> dict[str, Any]:
        """Return a pool's state without keeping anybody from changing it."""
        state: dict[str, Any] | None = self._db.execute(
            select(POOL.c.state).where(POOL.c.name == name)
        ).scalar()
        return state or {}

    def save(self, name: str, state: Mapping[str, Any]) -> None:
        """Have the state of a pool that `locked` was asked for stored when the transaction ends."""
        self._mine[name] = dict(state)
        self._changed.add(name)

    def store(self) -> None:
        """Write what was saved: a pool may be routed in many times in one transaction."""
        for name in sorted(self._changed):
            self._db.execute(SAVE, {"of_pool": name, "new_state": self._mine[name]})
        self._changed.clear()

    # what members have

    def loads(
        self, owners: Collection[UserKey], since: datetime, now: datetime
    ) -> dict[UserKey, Load]:
        """Return what each of `owners` has open, leads on their way included, and was given since.

        Counted once in a transaction for the same owners, and on by `gave`.
        """
        if since not in self._loads:
            given = self._counts(GIVEN, since)
            coming = self._counts(UNDER_WAY, now - ON_ITS_WAY)
            have = {row[0]: row[1] for row in among(self._db, OPEN, LEAD.c.owner, owners)}
            self._loads[since] = {
                key: Load(have.get(key, 0) + coming.get(key, 0), given.get(key, 0))
                for key in owners
            }
        return self._loads[since]

    def gave(self, owner: UserKey) -> None:
        """Count a lead given in this transaction."""
        for loads in self._loads.values():
            if load := loads.get(owner):
                loads[owner] = replace(load, open=load.open + 1, today=load.today + 1)

    # what people must look at

    def unfilled(self, since: datetime) -> dict[str, int]:
        """Count the leads of each pool that went to its queue since then: nobody was eligible."""
        return self._counts(UNFILLED, since)

    def put_off(self, now: datetime) -> int:
        """Count the leads that are offered again later: nobody at all could take them."""
        return self._db.execute(PUT_OFF, {"now": now}).scalar_one()

    def _counts(self, query: Query, since: datetime) -> dict[str, int]:
        return {row[0]: row[1] for row in self._db.execute(query, {"since": since})}
