"""The calls made to each system, by quarters of an hour and lanes, and what each system last said.

Calls are taken from here in blocks by whoever makes them: processes on one database have one
budget, and a restart renews nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert

from slasync.domain.budgets import (
    OTHERS,
    Day,
    Granted,
    Lane,
    Notice,
    Quota,
    Wish,
    room,
    slot_of,
)
from slasync.store.bulk import each, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import CALL_BUDGET, CALL_SLOT

KEPT = timedelta(days=21)  # for the usual shape of a day

LOCK = select(CALL_BUDGET).where(CALL_BUDGET.c.system == bindparam("of_system")).with_for_update()
SAID = select(CALL_BUDGET).order_by(CALL_BUDGET.c.system)
SPENT = (
    select(CALL_SLOT.c.lane, func.sum(CALL_SLOT.c.calls), func.min(CALL_SLOT.c.slot))
    .where(CALL_SLOT.c.system == bindparam("of_system"), CALL_SLOT.c.slot >= bindparam("since"))
    .where(CALL_SLOT.c.calls > 0)
    .group_by(CALL_SLOT.c.lane)
)
SLOTS = (
    select(CALL_SLOT)
    .where(CALL_SLOT.c.slot >= bindparam("since"))
    .order_by(CALL_SLOT.c.system, CALL_SLOT.c.slot)
)
OLD = delete(CALL_SLOT).where(
    CALL_SLOT.c.system == bindparam("of_system"), CALL_SLOT.c.slot < bindparam("before")
)
TOLD = tuple(c.name for c in CALL_BUDGET.columns if not c.primary_key)
SAY = (
    update(CALL_BUDGET)
    .where(CALL_BUDGET.c.system == bindparam("of_system"))
    .values({name: bindparam(name) for name in TOLD})
)


def add(insert: Insert) -> Insert:
    """Add to what stands there: a conflict as `bulk.put` takes it."""
    keys = list(CALL_SLOT.primary_key.columns)
    more = CALL_SLOT.c.calls + insert.excluded.calls
    return insert.on_conflict_do_update(index_elements=keys, set_={"calls": more})


class CallBudgets(Repository):
    def take(self, wish: Wish) -> Granted:
        """Give as many calls as there is room for, up to what is wished, and count them.

        One process at a time: the system's row is locked until the transaction ends.
        """
        said = self._locked(wish.system)
        self._count(wish.system, wish.corrections)
        spent, oldest = self.spent(wish.system, wish.day.begins(wish.now))
        free = room(wish.lane, spent, wish.share, wish.reserve, wish.left)
        calls, slot = min(free, wish.calls), slot_of(wish.now)
        if calls:
            self._count(wish.system, {(slot, wish.lane): calls})
            spent[wish.lane] = spent.get(wish.lane, 0) + calls
        self._say(wish, said, sum(spent.values()))
        after = None if calls else wish.day.renewed_at(wish.now, oldest)
        return Granted(calls, slot, spent, after)

    def spent(self, system: str, since: datetime) -> tuple[dict[Lane, int], datetime | None]:
        """Return slasync's calls by lane from a slot on, and the first slot that has some."""
        rows = self._db.execute(SPENT, {"of_system": system, "since": since}).all()
        ours = [(Lane(lane), int(calls), slot) for lane, calls, slot in rows if lane != OTHERS]
        oldest = min((slot for _, _, slot in ours), default=None)
        return {lane: calls for lane, calls, _ in ours}, oldest

    def slots(self, since: datetime) -> dict[str, dict[datetime, dict[str, int]]]:
        """Return every system's calls from a slot on: by slot, then by lane or OTHERS."""
        found: dict[str, dict[datetime, dict[str, int]]] = {}
        for row in self._db.execute(SLOTS, {"since": since}):
            found.setdefault(row.system, {}).setdefault(row.slot, {})[row.lane] = row.calls
        return found

    def said(self) -> dict[str, tuple[Day, Quota | None, Notice | None]]:
        """Return what each system last said: its day, its own count, the end of its interface."""
        return {row.system: (Day(row.zone), _quota(row), _notice(row))
                for row in self._db.execute(SAID)}  # fmt: skip

    def _locked(self, system: str) -> Any:
        told = {"of_system": system}
        row = self._db.execute(LOCK, told).one_or_none()
        if row is None:
            put(self._db, CALL_BUDGET, keep_old, [{"system": system}])
            row = self._db.execute(LOCK, told).one()
        return row

    def _count(self, system: str, calls: Mapping[tuple[datetime, Lane], int]) -> None:
        put(self._db, CALL_SLOT, add, _rows(system, calls))

    def _say(self, wish: Wish, said: Any, spent: int) -> None:
        """Keep what the vendor told since; what other programs made meanwhile is counted."""
        values: dict[str, Any] = {}
        if wish.day.zone != said.zone:
            values["zone"] = wish.day.zone
        if (quota := wish.quota) is not None and quota.at != said.told_at:
            values |= {"used": quota.used, "allowed": quota.allowed, "told_at": quota.at}
            values["others"] = max(0, quota.used - spent)
            more = values["others"] - (said.others or 0)
            if said.others is not None and more > 0:
                others = {(slot_of(wish.now), OTHERS): more}
                put(self._db, CALL_SLOT, add, _rows(wish.system, others))
        if wish.notice is not None:
            told = {"ends_at": wish.notice.ends, "notice": wish.notice.words}
            values |= told | {"noticed_at": wish.notice.at or wish.now}
        if values:
            as_it_is = {name: getattr(said, name) for name in TOLD}
            each(self._db, SAY, [{"of_system": wish.system} | as_it_is | values])
        if said.told_at is None or said.told_at.date() != wish.now.date():  # once a day will do
            self._db.execute(OLD, {"of_system": wish.system, "before": slot_of(wish.now - KEPT)})


def _rows(system: str, calls: Mapping[Any, int]) -> list[dict[str, Any]]:
    return [
        {"system": system, "slot": slot, "lane": str(lane), "calls": n}
        for (slot, lane), n in sorted(calls.items())
    ]


def _quota(row: Any) -> Quota | None:
    return Quota(row.used, row.allowed, row.told_at) if row.allowed is not None else None


def _notice(row: Any) -> Notice | None:
    if row.noticed_at is None:
        return None
    return Notice(row.ends_at, row.notice or "", row.noticed_at)
