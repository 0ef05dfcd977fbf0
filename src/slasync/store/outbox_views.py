"""The outbox as others look at it: lists for people, counts, and what the caps need to know."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import bindparam, func, select, text

from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.store import payload
from slasync.store.bulk import AnyRow, Query, among
from slasync.store.outbox_values import OutboxView, State
from slasync.store.repository import Repository
from slasync.store.tables import OUTBOX
from slasync.store.tables.queues import LATE, OPEN

GOING_OUT = frozenset({State.PENDING, State.MAYBE_SENT, State.DONE})

ON_THEIR_WAY = (State.PENDING.value, State.MAYBE_SENT.value)
NEXT = (
    select(OUTBOX.c.not_before)
    .where(text(OPEN), OUTBOX.c.system == bindparam("system"))
    .order_by(OUTBOX.c.not_before)
    .limit(1)
)
UNSENT = select(OUTBOX.c.key).where(
    text(OPEN), OUTBOX.c.action == bindparam("action"), OUTBOX.c.state == State.PENDING.value
)
GOING_OUT_OF = select(OUTBOX.c.id, OUTBOX.c.not_before, OUTBOX.c.payload).where(
    text(OPEN), OUTBOX.c.system == bindparam("system"), OUTBOX.c.lane == bindparam("lane")
)
MADE = select(OUTBOX.c.key, OUTBOX.c.state, OUTBOX.c.external_ref)  # found by key, nothing else
HELD = select(OUTBOX).where(OUTBOX.c.state == State.HELD.value).order_by(OUTBOX.c.id)


class OutboxViews(Repository):
    def get(self, key: str) -> OutboxView | None:
        found = self._views(select(OUTBOX).where(OUTBOX.c.key == key))
        return found[0] if found else None

    def of_lead(self, key: LeadKey) -> list[OutboxView]:
        """Return all writes of a lead, oldest first."""
        return self._views(select(OUTBOX).where(OUTBOX.c.lead_key == key))

    def everything(self, *actions: Action) -> list[OutboxView]:
        """Return every row there ever was, of some actions or all: for reports, not steps."""
        wanted = OUTBOX.c.action.in_([action.value for action in actions or Action])
        return self._views(select(OUTBOX).where(wanted))

    def held(self) -> list[OutboxView]:
        """Return the writes above a cap, oldest first."""
        return [_view(row) for row in self._db.execute(HELD)]

    def unsent(self, limit: int) -> list[OutboxView]:
        """Return the first writes that are held, queued or under way, oldest first."""
        wanted = OUTBOX.c.state.in_([State.HELD.value, *ON_THEIR_WAY])
        oldest = select(OUTBOX.c.id).where(wanted).order_by(OUTBOX.c.id).limit(limit)
        return self._views(select(OUTBOX).where(OUTBOX.c.id.in_(oldest)))

    def oldest_unsent(self) -> dict[str, datetime]:
        """Return for each system when the oldest write on its way to it was decided."""
        query = select(OUTBOX.c.system, func.min(OUTBOX.c.decided_at)).where(
            OUTBOX.c.state.in_(ON_THEIR_WAY)
        )
        rows = self._db.execute(query.group_by(OUTBOX.c.system))
        return {system: at for system, at in rows if at is not None}

    def parked(self) -> list[OutboxView]:
        """Return the writes a person has to look at, oldest first."""
        return self._views(select(OUTBOX).where(OUTBOX.c.state == State.PARKED.value))

    def going_out(
        self, system: str, lane: str, leads: Collection[LeadKey]
    ) -> list[tuple[int, datetime, Write]]:
        """Return id, not_before and write of what is to be sent for `leads`, oldest first."""
        found = among(self._db, GOING_OUT_OF, OUTBOX.c.lead_key, leads, system=system, lane=lane)
        rows = sorted(found, key=itemgetter(0))
        return [(id_, at, payload.load(stored)) for id_, at, stored in rows]

    def waiting(self, leads: Collection[LeadKey], action: Action) -> list[str]:
        """Return the keys of writes of one kind that wait to be sent."""
        rows = among(self._db, UNSENT, OUTBOX.c.lead_key, leads, action=action.value)
        return [row.key for row in rows]

    def counts(self) -> dict[tuple[str, State], int]:
        """Count writes by system and state."""
        group = (OUTBOX.c.system, OUTBOX.c.state)
        rows = self._db.execute(select(*group, func.count()).group_by(*group))
        return {(system, State(state)): count for system, state, count in rows}

    def known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that were ever queued."""
        return {row.key for row in among(self._db, select(OUTBOX.c.key), OUTBOX.c.key, keys)}

    def tasks_made(self, writes: Sequence[Write]) -> dict[str, Ref]:
        """Return the tasks that `writes` are to change, by their keys, where one was made."""
        keys = {str(write.task_key) for write in writes}
        rows = among(self._db, MADE, OUTBOX.c.key, keys)
        done = State.DONE.value
        found = {r.key: r.external_ref for r in rows if r.state == done and r.external_ref}
        # a task that was dropped and made later has the key of the write that was dropped
        for lead in sorted({w.lead for w in writes if w.task_key not in found}):
            made = (v for v in self.of_lead(lead) if v.state is State.DONE and v.external_ref)
            found |= {str(v.write.task_key): v.external_ref for v in made if v.write.task_key}
        return {key: Ref(*str(ref).split(":", 2)) for key, ref in found.items() if key in keys}

    def next_at(self, system: str) -> datetime | None:
        """Return the earliest time at which a claim finds something, leases included."""
        return self._db.execute(NEXT, {"system": system}).scalar()

    def late_tasks_since(self, at: datetime) -> dict[str, int]:
        """Count by owner the tasks decided late, at or after `at`, that go out or went out."""
        query = select(OUTBOX.c.payload).where(text(LATE), OUTBOX.c.decided_at >= at)
        tasks = query.where(
            OUTBOX.c.action == Action.TASK.value,
            OUTBOX.c.state.in_([state.value for state in GOING_OUT]),
        )
        writes = map(payload.load, self._db.execute(tasks).scalars())
        return dict(Counter(str(write.values.get("owner") or "") for write in writes))

    def _views(self, query: Query) -> list[OutboxView]:
        return [_view(row) for row in self._db.execute(query.order_by(OUTBOX.c.id))]


def _view(row: AnyRow) -> OutboxView:
    return OutboxView(
        key=row.key,
        lead=LeadKey(row.lead_key),
        system=row.system,
        lane=row.lane,
        action=row.action,
        state=State(row.state),
        attempts=row.attempts,
        outcome=row.outcome,
        external_ref=row.external_ref,
        created=row.created,
        decided_at=row.decided_at,
        sent_at=row.sent_at,
        settled_at=row.settled_at,
        write=payload.load(row.payload),
    )
