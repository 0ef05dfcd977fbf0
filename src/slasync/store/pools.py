"""Whose turn it is in each pool."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from slasync.store.bulk import keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import POOL

SAVE = (
    update(POOL)
    .where(POOL.c.name == bindparam("of_pool"))
    .values(state=bindparam("new_state"))
)  # fmt: skip


class Pools(Repository):
    def __init__(self, db: Connection) -> None:
        super().__init__(db)
        self._mine: dict[str, dict[str, Any]] = {}  # locked by this transaction: nobody else writes
        self._changed: set[str] = set()

    def locked(self, name: str) -> dict[str, Any]:
        """Return a pool's state, {} at first; others wait for it until the transaction ends."""
        if name in self._mine:
            return self._mine[name]
        put(self._db, POOL, keep_old, [{"name": name, "state": {}}])
        query = select(POOL.c.state).where(POOL.c.name == name).with_for_update()
        state: dict[str, Any] = self._db.execute(query).scalar_one()
        self._mine[name] = state
        return state

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
