"""The writes on their way to the systems, and the only ways in which their state changes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, null, or_, select, text, update

from slasync.domain.writes import Action, Judged, Write, is_escalation
from slasync.store import payload
from slasync.store.bulk import (
    AnyRow,
    Query,
    among,
    besides,
    change,
    changed,
    chunks,
    each,
    keep_old,
    put,
)
from slasync.store.outbox_values import (
    EDGES,
    SETTLED,
    UNSENT,
    Batch,
    Choice,
    Claimed,
    OutboxItem,
    OutboxView,
    Settlement,
    State,
)
from slasync.store.outbox_views import OutboxViews
from slasync.store.tables import OUTBOX
from slasync.store.tables.queues import URGENT
from slasync.store.types import UtcDateTime

__all__ = [
    "Batch", "Claimed", "Outbox", "OutboxItem", "OutboxView", "Settlement", "State",
]  # fmt: skip

LAST = select(func.coalesce(func.max(OUTBOX.c.id), 0))
HOLD = (
    select(OUTBOX.c.id, OUTBOX.c.state, OUTBOX.c.lease_by, OUTBOX.c.lease_until, OUTBOX.c.term)
    .order_by(OUTBOX.c.id)
    .with_for_update()
)
NO_LEASE = {"lease_by": null(), "lease_until": null()}
SINCE = func.coalesce(OUTBOX.c.let_go_at, OUTBOX.c.decided_at, type_=UtcDateTime).label("since")
FREE = (
    select(OUTBOX.c.id, OUTBOX.c.payload, OUTBOX.c.attempts, OUTBOX.c.term, OUTBOX.c.sent_at, SINCE)
    .where(OUTBOX.c.system == bindparam("system"), OUTBOX.c.lane == bindparam("lane"))
    .where(OUTBOX.c.state == bindparam("state"), OUTBOX.c.not_before <= bindparam("now"))
    .order_by(OUTBOX.c.not_before, OUTBOX.c.id)
    .limit(bindparam("size"))
    .with_for_update(skip_locked=True)
)
FREE_AND_URGENT = FREE.where(text(URGENT))
ANY_ROW = Choice()
LEASE = update(OUTBOX).values(
    attempts=OUTBOX.c.attempts + 1,
    term=OUTBOX.c.term + 1,
    lease_by=bindparam("by"),
    lease_until=bindparam("until"),
    not_before=bindparam("until"),
)
SEND = update(OUTBOX).values(state=State.MAYBE_SENT.value, sent_at=bindparam("now"))
SETTLED_AS = ("state", "outcome", "external_ref", "created", "not_before", "settled_at")
SETTLE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"))
    .values({name: bindparam(name) for name in SETTLED_AS} | NO_LEASE)
    .values(external_ref=func.coalesce(bindparam("external_ref"), OUTBOX.c.external_ref))
    .values(attempts=OUTBOX.c.attempts - bindparam("untried"))
)
ENDING = frozenset({Action.CLOSE_TASK, Action.CLEAR_STALE})
"""What ends a task or a flag: what came before is not wanted any more, whatever became of it."""
FREE_FROM = (
    update(OUTBOX)
    .where(OUTBOX.c.key == bindparam("of_key"), OUTBOX.c.state == bindparam("was"))
    .values(state=bindparam("becomes"), not_before=bindparam("at"), let_go_at=bindparam("at"))
)


class Outbox(OutboxViews):
    def add(self, items: Sequence[OutboxItem], now: datetime) -> set[str]:
        """Queue writes; return the keys that were never queued before."""
        if not items:
            return set()
        last = self._db.execute(LAST).scalar_one()
        rows = [_row(item, now) for item in items]
        stored = put(self._db, OUTBOX, keep_old, rows)
        keys = {str(row["key"]) for row in rows}
        if stored in {0, len(rows)}:
            return keys if stored else set()
        newer = select(OUTBOX.c.key).where(OUTBOX.c.id > last)
        return {row.key for row in among(self._db, newer, OUTBOX.c.key, keys)}

    def claim(  # noqa: PLR0913, PLR0917 - one claim is all of these
        self,
        system: str,
        lanes: Mapping[str, int],
        by: str,
        now: datetime,
        until: datetime,
        choice: Choice = ANY_ROW,
    ) -> Batch | None:
        """Take up to a batch of the first lane that has rows free, so that nobody else does.

        `lanes` gives the most rows of each lane's batch, in order. Rows of which nobody knows
        whether they were sent come first, by themselves. All are free again at `until`.
        """
        names = tuple(lanes)
        free = self._db.execute(_any_free(names), {"system": system, "now": now}).one()
        for (lane, state), found in zip(_kinds(names), free, strict=True):
            if found:
                asked = {"system": system, "lane": lane, "state": state.value, "now": now}
                rows = self._lease(asked | {"size": lanes[lane]}, choice, by, until)
                if rows:
                    return Batch(lane, rows, uncertain=state is State.MAYBE_SENT)
        return None

    def mark_sent(self, batch: Batch, now: datetime) -> Batch:
        """Note, before any byte leaves, that these writes may have taken effect.

        Returns the batch without the rows that are not ours any more: those must not be sent.
        """
        terms = {row.id: row.term for row in batch.rows}
        ours = {
            row.id
            for row in self._locked(terms)
            if row.term == terms[row.id]
            and State(row.state) in EDGES
            and row.lease_until is not None
            and row.lease_until > now
        }
        change(self._db, SEND, OUTBOX.c.id, sorted(ours), now=now)
        return Batch(batch.lane, tuple(r for r in batch.rows if r.id in ours), batch.uncertain)

    def settle(self, settlements: Sequence[Settlement], by: str, now: datetime) -> int:
        """Store how claimed rows ended, and let go of them; return how many were still ours.

        A row is ours when `by` holds it in the settlement's term. A row that somebody else has
        claimed since, or whose state does not lead to the new one, stays as it is.
        """
        held = {row.id: row for row in self._locked(s.id for s in settlements)}
        valid = [s for s in settlements if s.id in held and _may(held[s.id], s, by)]
        if valid:
            each(self._db, SETTLE, [_settled(s, now) for s in valid])
        if judged := {s.id: s.judged for s in valid if s.judged is not None}:
            self._judge_again(judged)
        return len(valid)

    def _judge_again(self, judged: Mapping[int, Judged]) -> None:
        """Give rows that wait and that nobody holds another precondition: what was read since."""
        query = select(OUTBOX.c.id, OUTBOX.c.payload).where(
            OUTBOX.c.state == State.PENDING.value, OUTBOX.c.lease_by.is_(None)
        )
        for id_, stored in list(among(self._db, query, OUTBOX.c.id, sorted(judged))):
            write = replace(payload.load(stored), judged=judged[id_])
            one = update(OUTBOX).where(OUTBOX.c.id == id_)
            self._db.execute(one.values(payload=payload.dump(write)))

    def supersede(self, keys: Collection[str], outcome: str, now: datetime) -> int:
        """Withdraw writes that have not been sent; return how many there were."""
        open_ = OUTBOX.c.state.in_(sorted(UNSENT))
        values = {"state": State.SUPERSEDED.value, "outcome": outcome, "settled_at": now}
        return self._change(keys, open_, values | NO_LEASE)

    def let_go(self, keys: Collection[str], now: datetime) -> int:
        """Allow held writes; return how many there were."""
        held = OUTBOX.c.state == State.HELD.value
        values = {"state": State.PENDING.value, "not_before": now, "let_go_at": now}
        return self._change(keys, held, values)

    def let_go_at(self, times: Mapping[str, datetime]) -> int:
        """Allow held writes, by key, each from a time on; return how many there were."""
        states = {"was": State.HELD.value, "becomes": State.PENDING.value}
        rows = [states | {"of_key": key, "at": at} for key, at in sorted(times.items())]
        return each(self._db, FREE_FROM, rows)

    def withdraw(self, keys: Collection[str], outcome: str, now: datetime) -> int:
        """Withdraw writes that are held, or allowed and not taken yet; return how many."""
        idle = and_(OUTBOX.c.state == State.PENDING.value, OUTBOX.c.lease_by.is_(None))
        open_ = or_(OUTBOX.c.state == State.HELD.value, idle)
        values = {"state": State.SUPERSEDED.value, "outcome": outcome, "settled_at": now}
        return self._change(keys, open_, values)

    def retry(self, key: str, now: datetime) -> State | None:
        """Have a parked write sent again, as if for the first time; None: it was not parked.

        SUPERSEDED: the task, flag, owner or status was set by a later write, which is not to be
        undone.
        """
        again = {"state": State.PENDING.value, "attempts": 0, "not_before": now, "settled_at": None}
        if self._change([key], OUTBOX.c.state == State.PARKED.value, again) == 0:
            return None
        if not self._overtaken(key):
            return State.PENDING
        self.supersede([key], "a later write of the same came first", now)
        return State.SUPERSEDED

    def give_up(self, key: str, outcome: str, now: datetime) -> bool:
        """Drop a parked write for good; False: it is not parked."""
        values = {"state": State.SUPERSEDED.value, "outcome": outcome, "settled_at": now}
        return self._change([key], OUTBOX.c.state == State.PARKED.value, values) == 1

    def refer(self, key: str, external_ref: str) -> None:
        """Note which record stands for a task now that the one it was made as is gone."""
        statement = update(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.external_ref.is_not(None))
        self._db.execute(statement.values(external_ref=external_ref))

    def found_as(self, key: str, external_ref: str) -> None:
        """Note which record a task is, though no answer told so."""
        statement = update(OUTBOX).where(OUTBOX.c.key == key)
        self._db.execute(statement.values(external_ref=external_ref))

    def note(self, key: str, outcome: str) -> None:
        """Note what became of a write that was confirmed."""
        done = (OUTBOX.c.key == key, OUTBOX.c.state == State.DONE.value)
        self._db.execute(update(OUTBOX).where(*done).values(outcome=outcome))

    def _overtaken(self, key: str) -> bool:
        """Tell whether a later write of the same thing took effect, is on its way, or ended it."""
        mine = self.get(key)
        if mine is None:
            return False
        every = self.of_lead(mine.lead)
        later = every[[view.key for view in every].index(key) + 1 :]
        gone = {State.SUPERSEDED, State.PARKED}
        return any(
            _thing(v.write) == _thing(mine.write)
            and (v.write.action in ENDING or v.state not in gone)
            for v in later
        )

    def _lease(
        self, asked: Mapping[str, Any], choice: Choice, by: str, until: datetime
    ) -> tuple[Claimed, ...]:
        free = FREE_AND_URGENT if choice.urgent else FREE
        rows: Sequence[AnyRow] = (
            besides(self._db, free, OUTBOX.c.lead_key, sorted(choice.besides), **asked)
            if choice.besides
            else self._db.execute(free, asked).all()
        )
        state = State(asked["state"])
        change(self._db, LEASE, OUTBOX.c.id, [row.id for row in rows], by=by, until=until)
        claimed = (
            Claimed(
                row.id,
                payload.load(row.payload),
                row.attempts + 1,
                state,
                row.term + 1,
                row.since,
                row.sent_at,
            )
            for row in rows
        )
        return tuple(sorted(claimed, key=lambda row: row.id))

    def _locked(self, ids: Collection[int] | Iterator[int]) -> Iterator[AnyRow]:
        return among(self._db, HOLD, OUTBOX.c.id, sorted(ids))

    def _change(self, keys: Collection[str], condition: Any, values: Mapping[str, Any]) -> int:
        total = 0
        for chunk in chunks(sorted(keys)):
            one = update(OUTBOX).where(OUTBOX.c.key.in_(chunk), condition).values(values)
            total += changed(self._db.execute(one))
        return total


def _kinds(lanes: tuple[str, ...]) -> list[tuple[str, State]]:
    """The order in which a claim looks: lane by lane, what is uncertain first."""
    return [(lane, state) for lane in lanes for state in (State.MAYBE_SENT, State.PENDING)]


@cache
def _any_free(lanes: tuple[str, ...]) -> Query:
    """Ask of all lanes at once whether they have rows free: most of the time none has."""
    exists = [
        select(literal(1))
        .where(OUTBOX.c.system == bindparam("system"), OUTBOX.c.lane == literal(lane))
        .where(OUTBOX.c.state == literal(state.value), OUTBOX.c.not_before <= bindparam("now"))
        .limit(1)
        .scalar_subquery()
        for lane, state in _kinds(lanes)
    ]
    return select(*exists)


def _thing(write: Write) -> tuple[str, ...]:
    """Name what a write sets: of two writes of one thing the later stands."""
    if write.task_key is not None:
        return "task", write.task_key
    flag = write.action in {Action.FLAG_STALE, Action.CLEAR_STALE}
    return "flag" if flag else write.action.value, str(write.target)


def _row(item: OutboxItem, now: datetime) -> dict[str, Any]:
    write = item.write
    return {
        "key": write.key,
        "lead_key": write.lead,
        "system": write.system,
        "lane": item.lane,
        "action": write.action.value,
        "payload": payload.dump(write),
        "state": (State.HELD if item.held else State.PENDING).value,
        "attempts": 0,
        "not_before": item.not_before,
        "term": 0,
        "late": item.late,
        "urgent": is_escalation(write),
        "batch": item.batch,
        "held_because": item.held_because,
        "decided_at": now,
    }


def _may(row: AnyRow, settlement: Settlement, by: str) -> bool:
    state = State(row.state)
    return (
        row.lease_by == by
        and row.term == settlement.term
        and settlement.state in EDGES.get(state, ())
    )


def _settled(settlement: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "row": settlement.id,
        "state": settlement.state.value,
        "outcome": settlement.outcome,
        "external_ref": settlement.external_ref,
        "created": settlement.created,
        "not_before": settlement.not_before or now,
        "settled_at": now if settlement.state in SETTLED else None,
        "untried": 0 if settlement.tried else 1,
    }
