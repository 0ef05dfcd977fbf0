"""The outbox as others look at it: lists for people, counts, and what the caps need to know."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select, text

from slasync.domain.caps import Hour
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.recorded import said
from slasync.domain.writes import CAPPED, NOTIFY, Action, Write, addressee
from slasync.store import payload
from slasync.store.bulk import AnyRow, Query, among, beside_list
from slasync.store.joins import Joins
from slasync.store.outbox_values import SETTLED, UNSENT, Chosen, OutboxView, Run, State
from slasync.store.repository import Repository
from slasync.store.tables import HELD_BATCH, OUTBOX
from slasync.store.tables.queues import LATE, OPEN, PLACED, TASKS, URGENT, WAITING
from slasync.store.types import UtcDateTime

GOING_OUT = frozenset({State.PENDING, State.MAYBE_SENT, State.DONE})

ON_THEIR_WAY = (State.PENDING.value, State.MAYBE_SENT.value)
NEXT = (
    select(OUTBOX.c.not_before)
    .where(text(OPEN), OUTBOX.c.system == bindparam("system"))
    .order_by(OUTBOX.c.not_before)
    .limit(1)
)
NEXT_URGENT = NEXT.where(text(URGENT))
_state = beside_list(OUTBOX.c.state)
OWNER_CHANGES = select(OUTBOX.c.key).where(
    OUTBOX.c.action == Action.OWNER.value, _state.in_(sorted(UNSENT))
)
GOING_OUT_OF = (
    select(OUTBOX.c.id, OUTBOX.c.not_before, OUTBOX.c.payload)
    .where(_state.in_(ON_THEIR_WAY))
    .where(OUTBOX.c.system == bindparam("system"), OUTBOX.c.lane == bindparam("lane"))
)
MADE = select(OUTBOX.c.key, OUTBOX.c.state, OUTBOX.c.external_ref)  # found by key, nothing else
OPEN_CLOSINGS = select(OUTBOX.c.payload).where(
    OUTBOX.c.action == Action.CLOSE_TASK.value, _state != State.DONE.value
)
UNSENT_MESSAGES = select(OUTBOX.c.payload).where(
    OUTBOX.c.system == NOTIFY,
    _state.in_([State.HELD.value, State.PENDING.value]),
)
TURNS = (said("older_first"), said("history_first"))  # why a row waits for another: no failure
FAILED = (
    select(OUTBOX.c.system, OUTBOX.c.outcome, func.min(OUTBOX.c.decided_at).label("since"))
    .where(text(OPEN), OUTBOX.c.outcome.is_not(None), OUTBOX.c.outcome.not_in(TURNS))
    .group_by(OUTBOX.c.system, OUTBOX.c.outcome)
    .order_by("since", OUTBOX.c.outcome)
)
EVERY = select(OUTBOX)
IN_TURN = EVERY.order_by(OUTBOX.c.id)
DECIDED = EVERY.where(
    OUTBOX.c.decided_at >= bindparam("since"), OUTBOX.c.decided_at < bindparam("until")
)
IN_BATCH = EVERY.where(OUTBOX.c.batch == bindparam("batch"))
HELD = select(OUTBOX).where(OUTBOX.c.state == State.HELD.value).order_by(OUTBOX.c.id)
_payload = OUTBOX.c.payload
FIRST_TASK = select(OUTBOX.c.decided_at).where(text(TASKS)).order_by(OUTBOX.c.decided_at).limit(1)
_spread = and_(
    _state == State.PENDING.value,
    OUTBOX.c.lease_by.is_(None),
    OUTBOX.c.let_go_at > bindparam("now"),
)
WAITS = select(OUTBOX).where(
    OUTBOX.c.batch.is_not(None), or_(_state == State.HELD.value, _spread)
)  # fmt: skip
_owner = func.coalesce(
    _payload["values", "owner"].as_string(), _payload["values", "to"].as_string(), ""
)
PLACED_BETWEEN = (
    select(OUTBOX)
    .where(text(PLACED), OUTBOX.c.system == bindparam("system"))
    .where(OUTBOX.c.settled_at > bindparam("since"), OUTBOX.c.settled_at <= bindparam("upto"))
    .order_by(OUTBOX.c.id)
)
ANY_PLACED = (
    select(OUTBOX.c.id)
    .where(text(PLACED), OUTBOX.c.system == bindparam("system"))
    .where(OUTBOX.c.settled_at > bindparam("since"))
    .limit(1)
)
SPREAD = (
    select(_owner, func.max(OUTBOX.c.let_go_at, type_=UtcDateTime))
    .where(text(WAITING), _spread)
    .group_by(_owner)
)
ALLOWED = (
    select(OUTBOX.c.lead_key)
    .join_from(OUTBOX, HELD_BATCH, OUTBOX.c.batch == HELD_BATCH.c.name)
    .where(
        HELD_BATCH.c.state == "allowed",
        OUTBOX.c.action.in_([Action.CREATE_LEAD.value, Action.OWNER.value]),
    )
    .distinct()
)
OURS = (
    select(OUTBOX.c.lead_key)
    .where(OUTBOX.c.action == bindparam("wanted"), OUTBOX.c.sent_at >= bindparam("since"))
    .distinct()
)
GIVEN = (
    select(OUTBOX.c.lead_key, OUTBOX.c.sent_at, _payload["values", "owner"].as_string())
    .where(
        OUTBOX.c.action == Action.OWNER.value,
        _state == State.DONE.value,
        OUTBOX.c.sent_at >= bindparam("since"),
    )
    .order_by(OUTBOX.c.sent_at, OUTBOX.c.id)
)
MADE_TASKS = select(_payload["task_key"].as_string()).where(
    text(TASKS), OUTBOX.c.state.in_([State.DONE.value, State.MAYBE_SENT.value])
)
DROPPED_LATE = select(_payload["task_key"].as_string()).where(
    text(LATE),
    OUTBOX.c.action == Action.TASK.value,
    _state == State.SUPERSEDED.value,
)


class OutboxViews(Repository):
    def get(self, key: str) -> OutboxView | None:
        found = self._views(select(OUTBOX).where(OUTBOX.c.key == key))
        return found[0] if found else None

    def of_lead(self, key: LeadKey) -> list[OutboxView]:
        """Return all writes of a lead, oldest first."""
        keys = [key, *Joins(self._db).members([key])]
        return [_view(row) for row in among(self._db, IN_TURN, OUTBOX.c.lead_key, keys)]

    def everything(self, *actions: Action) -> list[OutboxView]:
        """Return every row there ever was, of some actions or all: for reports, not steps."""
        wanted = OUTBOX.c.action.in_([action.value for action in actions or Action])
        return self._views(select(OUTBOX).where(wanted))

    def unsent_messages(self, leads: Collection[LeadKey]) -> list[Write]:
        """Return the messages about `leads` of which no byte has left."""
        found = among(self._db, UNSENT_MESSAGES, OUTBOX.c.lead_key, leads)
        return [payload.load(row.payload) for row in found]

    def held(self) -> list[OutboxView]:
        """Return the writes above a cap, oldest first."""
        return [_view(row) for row in self._db.execute(HELD)]

    def unsent(self, limit: int) -> list[OutboxView]:
        """Return the first writes that are held, queued or under way, oldest first."""
        wanted = OUTBOX.c.state.in_([State.HELD.value, *ON_THEIR_WAY])
        oldest = select(OUTBOX.c.id).where(wanted).order_by(OUTBOX.c.id).limit(limit)
        return self._views(select(OUTBOX).where(OUTBOX.c.id.in_(oldest)))

    def leads_unsettled(self) -> set[LeadKey]:
        """Return the leads of writes that may still be sent, those included that are parked."""
        wanted = OUTBOX.c.state.in_([State.HELD.value, State.PARKED.value, *ON_THEIR_WAY])
        query = select(OUTBOX.c.lead_key).where(wanted).distinct()
        return {LeadKey(key) for key in self._db.execute(query).scalars()}

    def oldest_unsent(self) -> dict[str, datetime]:
        """Return for each system when the oldest write on its way to it was to be sent.

        That is when it was decided, or let go, unless it is to wait: a message does, for its
        reader's hours, and what is spread for its turn.
        """
        decided = func.coalesce(OUTBOX.c.let_go_at, OUTBOX.c.decided_at, type_=UtcDateTime)
        since = case((OUTBOX.c.attempts == 0, OUTBOX.c.not_before), else_=decided)
        query = select(OUTBOX.c.system, func.min(since)).where(OUTBOX.c.state.in_(ON_THEIR_WAY))
        rows = self._db.execute(query.group_by(OUTBOX.c.system))
        return {system: at for system, at in rows if at is not None}

    def unsent_because(self) -> dict[str, str]:
        """Return for each system why the oldest write that was tried is still on its way to it."""
        rows = [(system, outcome) for system, outcome, _ in self._db.execute(FAILED)]
        return dict(reversed(rows))

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

    def owner_changes(self, leads: Collection[LeadKey]) -> list[str]:
        """Return the keys of changes of owner that wait to be sent, or for a person."""
        rows = among(self._db, OWNER_CHANGES, OUTBOX.c.lead_key, leads)
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
        """Return the tasks that `writes` are to change, by their keys, where one was made.

        Also where all that is known of it is that somebody ended it before its answer was known.
        """
        keys = {str(write.task_key) for write in writes}
        rows = among(self._db, MADE, OUTBOX.c.key, keys)
        found = {r.key: r.external_ref for r in rows if r.state in SETTLED and r.external_ref}
        # a task that was dropped and made later has the key of the write that was dropped
        for lead in sorted({w.lead for w in writes if w.task_key not in found}):
            made = (v for v in self.of_lead(lead) if v.state in SETTLED and v.external_ref)
            found = {
                str(v.write.task_key): v.external_ref for v in made if v.write.task_key
            } | found
        return {key: Ref(*str(ref).split(":", 2)) for key, ref in found.items() if key in keys}

    def made_as(self, keys: Collection[str]) -> dict[str, Ref | None]:
        """Return which record each of these tasks is known to be; None: of none as yet.

        Tasks that were never queued are left out.
        """
        rows = among(self._db, MADE, OUTBOX.c.key, keys)
        return {r.key: Ref(*r.external_ref.split(":", 2)) if r.external_ref else None for r in rows}

    def open_closings(self, leads: Collection[LeadKey]) -> set[str]:
        """Return the tasks of these leads of which a closing is not known to have taken effect,
        be it on its way, dropped or parked, by their keys.
        """
        rows = among(self._db, OPEN_CLOSINGS, OUTBOX.c.lead_key, leads)
        return {str(payload.load(row.payload).task_key) for row in rows}

    # runs: what was decided together

    def runs(self, since: datetime, until: datetime) -> list[Run]:
        """Return what was decided within [since, until), second by second, the latest first."""
        columns = (OUTBOX.c.decided_at, OUTBOX.c.action, OUTBOX.c.lead_key)
        query = DECIDED.with_only_columns(*columns).order_by(OUTBOX.c.decided_at.desc())
        found: dict[datetime, tuple[set[str], Counter[str]]] = {}
        for at, action, lead in self._db.execute(query, {"since": since, "until": until}):
            leads, writes = found.setdefault(at.replace(microsecond=0), (set(), Counter()))
            leads.add(lead)
            writes[action] += 1
        return [Run(at, len(leads), dict(writes)) for at, (leads, writes) in found.items()]

    def leads_of(self, chosen: Chosen) -> list[LeadKey]:
        """Return the leads that the chosen rows are about, in order."""
        query = _chosen(chosen).with_only_columns(OUTBOX.c.lead_key).distinct()
        rows = self._db.execute(query, _asked(chosen))
        return sorted(LeadKey(row.lead_key) for row in rows)

    def chosen(self, chosen: Chosen, leads: Collection[LeadKey]) -> list[OutboxView]:
        """Return the chosen rows of `leads`, oldest first."""
        query = _chosen(chosen)
        rows = among(self._db, query, OUTBOX.c.lead_key, leads, **_asked(chosen))
        return [_view(row) for row in sorted(rows, key=lambda row: row.id)]

    def by_key(self, keys: Collection[str]) -> dict[str, OutboxView]:
        """Return the rows of `keys`, where there are any."""
        return {row.key: _view(row) for row in among(self._db, EVERY, OUTBOX.c.key, keys)}

    def next_at(self, system: str) -> datetime | None:
        """Return the earliest time at which a claim finds something, leases included."""
        return self._db.execute(NEXT, {"system": system}).scalar()

    def next_urgent_at(self, system: str) -> datetime | None:
        """Return the earliest time at which a claim of urgent rows finds something."""
        return self._db.execute(NEXT_URGENT, {"system": system}).scalar()

    def late_tasks_since(self, at: datetime) -> dict[str, int]:
        """Count tasks and messages decided late, at or after `at`, that go out or went out.

        By who has to read them.
        """
        query = select(OUTBOX.c.payload).where(text(LATE), OUTBOX.c.decided_at >= at)
        tasks = query.where(
            OUTBOX.c.action.in_([action.value for action in CAPPED]),
            OUTBOX.c.state.in_([state.value for state in GOING_OUT]),
        )
        writes = map(payload.load, self._db.execute(tasks).scalars())
        return dict(Counter(map(addressee, writes)))

    # what the caps need to know

    def dropped_late(self, leads: Collection[LeadKey]) -> set[str]:
        """Return the keys of the tasks of `leads` that were decided late, and dropped since."""
        return {str(key) for (key,) in among(self._db, DROPPED_LATE, OUTBOX.c.lead_key, leads)}

    def tasks_in(self, hours: Sequence[Hour]) -> list[int]:
        """Count the tasks decided in each of `hours`, whatever became of them."""
        begins = {f"begins_{n}": hour.begins for n, hour in enumerate(hours)}
        ends = {f"ends_{n}": hour.ends for n, hour in enumerate(hours)}
        return list(self._db.execute(_tasks_in(len(hours)), begins | ends).one()) if hours else []

    def first_task_at(self) -> datetime | None:
        """Return when the first task there ever was had been decided."""
        return self._db.execute(FIRST_TASK).scalar()

    def waiting(self, leads: Collection[LeadKey], now: datetime) -> list[OutboxView]:
        """Return the writes of `leads` that are held, or allowed and spread to a later time."""
        rows = among(self._db, WAITS, OUTBOX.c.lead_key, leads, now=now)
        return sorted((_view(row) for row in rows), key=lambda view: (view.decided_at, view.key))

    def held_in(self, batch: str) -> list[OutboxView]:
        """Return what is held in a batch, oldest first."""
        held = OUTBOX.c.state == State.HELD.value
        return self._views(select(OUTBOX).where(OUTBOX.c.batch == batch, held))

    def spread_up_to(self, now: datetime) -> dict[str, datetime]:
        """Return up to when what was allowed is spread, for each owner who waits for some."""
        rows = self._db.execute(SPREAD, {"now": now})
        return {owner: at for owner, at in rows if owner}

    def let_through(self, leads: Collection[LeadKey]) -> set[LeadKey]:
        """Return those of `leads` that a person let into the CRM, or to their owner, in a batch."""
        return {LeadKey(row.lead_key) for row in among(self._db, ALLOWED, OUTBOX.c.lead_key, leads)}

    def ours(self, action: Action, leads: Collection[LeadKey], since: datetime) -> set[LeadKey]:
        """Return those of `leads` that we changed so ourselves, at or after `since`."""
        rows = among(
            self._db, OURS, OUTBOX.c.lead_key, leads, wanted=action.value, since=since
        )  # fmt: skip
        return {LeadKey(row.lead_key) for row in rows}

    def given_since(
        self, leads: Collection[LeadKey], since: datetime
    ) -> dict[LeadKey, tuple[UserKey, datetime]]:
        """Return to whom we gave each of `leads` last, and when that was sent, at or after `since`.

        Of a change that took effect.
        """
        rows = among(self._db, GIVEN, OUTBOX.c.lead_key, leads, since=since)
        return {LeadKey(lead): (UserKey(owner), at) for lead, at, owner in rows}

    def placed(self, system: str, since: datetime, upto: datetime) -> list[OutboxView]:
        """Return the leads made, and changes of owner and status, that were confirmed after `since`
        and not after `upto`, oldest first.
        """
        asked = {"system": system, "since": since, "upto": upto}
        return [_view(row) for row in self._db.execute(PLACED_BETWEEN, asked)]

    def any_placed(self, system: str, since: datetime) -> bool:
        """Tell whether anything of that was confirmed after `since`."""
        return self._db.execute(ANY_PLACED, {"system": system, "since": since}).first() is not None

    def made_tasks(self, leads: Collection[LeadKey]) -> set[str]:
        """Return the keys of the tasks of `leads` that a write may have made."""
        return {row[0] for row in among(self._db, MADE_TASKS, OUTBOX.c.lead_key, leads)}

    def _views(self, query: Query) -> list[OutboxView]:
        return [_view(row) for row in self._db.execute(query.order_by(OUTBOX.c.id))]


def _chosen(chosen: Chosen) -> Query:
    return IN_BATCH if chosen.batch is not None else DECIDED


def _asked(chosen: Chosen) -> dict[str, Any]:
    if chosen.batch is not None:
        return {"batch": chosen.batch}
    return {"since": chosen.since, "until": chosen.until}


@cache
def _tasks_in(hours: int) -> Query:
    """Count in as many stretches at once: each is a look at the index."""
    counts = [
        select(func.count())
        .where(
            text(TASKS),
            OUTBOX.c.decided_at >= bindparam(f"begins_{n}", type_=UtcDateTime),
            OUTBOX.c.decided_at < bindparam(f"ends_{n}", type_=UtcDateTime),
        )
        .scalar_subquery()
        for n in range(hours)
    ]
    return select(*counts)


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
        batch=row.batch,
        held_because=row.held_because,
        let_go_at=row.let_go_at,
    )
