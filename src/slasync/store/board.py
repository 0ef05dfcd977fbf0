"""Leads at work as the dashboard shows them: counted and listed by index, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice

from sqlalchemy import ColumnElement, bindparam, case, func, select, text

from slasync.domain.lead import LeadKey, UserKey
from slasync.store.bulk import AnyRow, Query
from slasync.store.repository import Repository
from slasync.store.tables import FACT, LEAD, RECORD
from slasync.store.tables.leads import MOVING, WORKED
from slasync.store.types import BEGINNING, UtcDateTime

WORKED_STATES = ("open", "touched", "overdue", "stale", "waiting for record")
"""What `domain.telling` says of leads in an open cycle."""

COUNTS = (
    select(LEAD.c.owner, LEAD.c.sla_state, func.count())
    .where(text(WORKED))
    .group_by(LEAD.c.owner, LEAD.c.sla_state)
)
COMING = (
    select(LEAD.c.owner, func.count())
    .where(
        text(WORKED),
        LEAD.c.due_at >= bindparam("begins", type_=UtcDateTime),
        LEAD.c.due_at < bindparam("ends", type_=UtcDateTime),
    )
    .group_by(LEAD.c.owner)
)
DUE = (
    select(LEAD.c.key, LEAD.c.owner, LEAD.c.sla_state, LEAD.c.due_at, LEAD.c.stage)
    .where(text(WORKED), LEAD.c.sla_state == bindparam("state"))
    .order_by(LEAD.c.due_at, LEAD.c.key)
    .limit(bindparam("most"))
)
DATED = DUE.where(
    LEAD.c.due_at >= bindparam("since", type_=UtcDateTime),
    (LEAD.c.due_at > bindparam("since", type_=UtcDateTime)) | (LEAD.c.key > bindparam("behind")),
)
UNDATED = DUE.where(LEAD.c.due_at.is_(None), LEAD.c.key > bindparam("behind"))
ONE = select(LEAD.c.key, LEAD.c.owner, LEAD.c.sla_state, LEAD.c.due_at, LEAD.c.stage).where(
    LEAD.c.key == bindparam("lead")
)
DOUBLES = (
    select(LEAD.c.email, func.count())
    .where(LEAD.c.email.is_not(None))
    .group_by(LEAD.c.email)
    .having(func.count() > 1)
    .order_by(func.count().desc(), LEAD.c.email)
)
STAGES = (
    select(LEAD.c.stage, LEAD.c.sla_state, func.count())
    .group_by(LEAD.c.stage, LEAD.c.sla_state)
)  # fmt: skip
HANDED_OVER = select(func.count(FACT.c.lead_key.distinct())).where(
    text(MOVING),
    FACT.c.kind == "handover",
    FACT.c.seen_at >= bindparam("begins", type_=UtcDateTime),
    FACT.c.seen_at < bindparam("ends", type_=UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A lead at work, and when something is due next; None: nothing is left to come."""

    key: LeadKey
    owner: UserKey | None
    state: str
    due_at: datetime | None
    stage: str


@dataclass(frozen=True, slots=True)
class From:
    """Where a page begins: behind this lead. Leads with nothing to come are at the end."""

    due_at: datetime | None
    key: str


FIRST = From(BEGINNING, "")


class Board(Repository):
    def counts(self) -> dict[tuple[UserKey | None, str], int]:
        """Count leads at work by owner and state."""
        return {(owner, state): count for owner, state, count in self._db.execute(COUNTS)}

    def coming(self, begins: datetime, ends: datetime) -> dict[UserKey | None, int]:
        """Count leads at work of which something is due in a time, by owner."""
        rows = self._db.execute(COMING, {"begins": begins, "ends": ends})
        return {owner: count for owner, count in rows}  # noqa: C416 - typed rows

    def page(
        self,
        limit: int,
        start: From = FIRST,
        *,
        owners: Sequence[UserKey] | None = None,
        states: Sequence[str] = WORKED_STATES,
    ) -> list[Place]:
        """Return leads at work in the order in which something is due, from `start` on.

        Each owner and state is a stretch of an index; the stretches are merged.
        """
        found: list[Place] = []
        if start.due_at is not None:
            found = self._merged(DATED, limit, start, owners, states)
            start = From(None, "")
        if len(found) < limit:
            found += self._merged(UNDATED, limit - len(found), start, owners, states)
        return found

    def of(self, key: LeadKey) -> Place | None:
        """Return where one lead stands, at work or not."""
        row = self._db.execute(ONE, {"lead": key}).first()
        return _place(row) if row else None

    def ages(
        self, now: datetime, spans: Sequence[timedelta]
    ) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Count each system's records by how long ago they changed: reads all of them."""
        names = [
            case(*((RECORD.c.modified_at >= now - span, n) for n, span in enumerate(spans)),
                 else_=len(spans)).label("age")
        ]  # fmt: skip
        query = select(RECORD.c.system, names[0], func.count()).where(RECORD.c.deleted.is_(False))
        found: dict[str, list[int]] = {}
        for system, age, count in self._db.execute(query.group_by(RECORD.c.system, names[0])):
            found.setdefault(system, [0] * (len(spans) + 1))[age] = count
        return tuple((system, tuple(counts)) for system, counts in sorted(found.items()))

    def doubles(self, limit: int) -> list[tuple[str, int]]:
        """Return addresses that several leads have, with how many do."""
        return [(email, count) for email, count in self._db.execute(DOUBLES.limit(limit))]

    def stages(self) -> dict[tuple[str, str], int]:
        """Count all leads by stage and state."""
        return {(stage, state): count for stage, state, count in self._db.execute(STAGES)}

    def handed_over(self, begins: datetime, ends: datetime) -> int:
        """Count the leads whose hand-over was learned in a time."""
        return self._db.execute(HANDED_OVER, {"begins": begins, "ends": ends}).scalar_one()

    def _merged(
        self,
        query: Query,
        limit: int,
        start: From,
        owners: Sequence[UserKey] | None,
        states: Sequence[str],
    ) -> list[Place]:
        given = {"most": limit, "behind": start.key, "since": start.due_at or BEGINNING}
        stretches = [
            [_place(row) for row in self._db.execute(each, given | {"state": state})]
            for each in _of(query, owners)
            for state in states
        ]
        return list(islice(merge(*stretches, key=_order), limit))


def _of(query: Query, owners: Sequence[UserKey] | None) -> list[Query]:
    if owners is None:
        return [query]
    return [query.where(_owned_by(owner)) for owner in owners]


def _owned_by(owner: UserKey) -> ColumnElement[bool]:
    return LEAD.c.owner == owner


def _order(place: Place) -> tuple[datetime, str]:
    return place.due_at or BEGINNING, place.key


def _place(row: AnyRow) -> Place:
    return Place(LeadKey(row.key), row.owner, row.sla_state, row.due_at, row.stage)
