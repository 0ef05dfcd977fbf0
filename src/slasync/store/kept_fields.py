"""Fields that several systems keep: what was agreed, seen and written, and what is in conflict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from slasync.domain.identity.three_way import Base, ConflictKind, Since, Written
from slasync.domain.lead import LeadKey, Ref, Value
from slasync.store.bulk import AnyRow, Insert, among, chunks, put, replace
from slasync.store.joins import Joins
from slasync.store.repository import Repository
from slasync.store.tables import FIELD_CONFLICT, FIELD_DUE, KEPT_FIELD, OUTBOX

OPEN, SETTLED = "open", "settled"
WITHHELD = datetime(9999, 1, 1, tzinfo=UTC)
"""When a lead is due whose fields are not written in its mode: not before somebody wakes it."""
DUE = (
    select(FIELD_DUE.c.lead)
    .where(FIELD_DUE.c.at <= bindparam("now"))
    .order_by(FIELD_DUE.c.at, FIELD_DUE.c.lead)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
EVERY = select(KEPT_FIELD)
CONFLICTS = select(FIELD_CONFLICT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of one field of one lead."""

    lead: LeadKey
    field: str
    base: Base | None = None
    seen: Mapping[Ref, tuple[Value, Since, datetime]] = made(default_factory=dict)
    """By record: its value, since when, and the record's stamp when it was looked at last."""
    writes: tuple[Written, ...] = ()
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSeen:
    """One side of a conflict."""

    ref: Ref
    value: Value
    at: datetime | None  # since when it is there
    exact: bool  # else at the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConflict:
    """Values of which nobody can tell which holds; `choice` is what a person has said."""

    lead: LeadKey
    field: str
    kind: ConflictKind
    why: str
    sides: tuple[SideSeen, ...]
    base: Base | None
    opened_at: datetime
    state: str = OPEN
    settled_at: datetime | None = None
    settled_by: str | None = None
    choice: Base | None = None


class KeptFields(Repository):
    def due(self, keys: Collection[LeadKey], at: datetime) -> None:
        """Have the fields of these leads be looked at."""
        put(self._db, FIELD_DUE, _sooner, [{"lead": key, "at": at} for key in sorted(keys)])

    def claim(self, now: datetime, limit: int) -> list[LeadKey]:
        """Take leads whose fields are due, the longest first; of joined leads the survivor."""
        keys = [
            LeadKey(key) for key in self._db.execute(DUE, {"now": now, "limit": limit}).scalars()
        ]
        for some in chunks(keys):
            self._db.execute(delete(FIELD_DUE).where(FIELD_DUE.c.lead.in_(some)))
        roots = Joins(self._db).roots(keys)
        return sorted({roots.get(key, key) for key in keys})

    def put_off(self, keys: Collection[LeadKey], at: datetime) -> None:
        """Look at these leads' fields at another time."""
        put(self._db, FIELD_DUE, replace, [{"lead": key, "at": at} for key in sorted(keys)])

    def wake(self, now: datetime) -> None:
        """Look at everything that was withheld: the mode may be another now."""
        late = update(FIELD_DUE).where(FIELD_DUE.c.at == WITHHELD)
        self._db.execute(late.values(at=now))

    def next_due(self) -> datetime | None:
        at = self._db.execute(select(func.min(FIELD_DUE.c.at))).scalar()
        return at if at is None or at < WITHHELD else None

    def waiting(self) -> int:
        """Count the leads whose fields are still to be looked at."""
        return self._db.execute(select(func.count()).select_from(FIELD_DUE)).scalar_one()

    def of(self, keys: Collection[LeadKey]) -> dict[tuple[LeadKey, str], Kept]:
        """Return what is known of the fields of these leads."""
        rows = among(self._db, EVERY, KEPT_FIELD.c.lead, keys)
        return {(kept.lead, kept.field): kept for kept in map(_kept, rows)}

    def put(self, kept: Sequence[Kept]) -> None:
        rows = [_row(each) for each in sorted(kept, key=lambda k: (k.lead, k.field))]
        put(self._db, KEPT_FIELD, replace, rows)

    def conflicts(self, keys: Collection[LeadKey]) -> dict[tuple[LeadKey, str], FieldConflict]:
        """Return the conflicts of these leads, open and settled."""
        rows = among(self._db, CONFLICTS, FIELD_CONFLICT.c.lead, keys)
        return {(each.lead, each.field): each for each in map(_conflict, rows)}

    def open_conflicts(self) -> list[FieldConflict]:
        """Return what somebody has to settle, the longest open first."""
        query = CONFLICTS.where(FIELD_CONFLICT.c.state == OPEN)
        ordered = query.order_by(FIELD_CONFLICT.c.opened_at, FIELD_CONFLICT.c.lead)
        return [_conflict(row) for row in self._db.execute(ordered)]

    def put_conflicts(self, conflicts: Sequence[FieldConflict]) -> None:
        rows = [_conflict_row(c) for c in sorted(conflicts, key=lambda c: (c.lead, c.field))]
        put(self._db, FIELD_CONFLICT, replace, rows)

    def drop_conflicts(self, gone: Collection[tuple[LeadKey, str]]) -> None:
        """Forget conflicts of fields that all sides agree on."""
        for lead, name in sorted(gone):
            one = (FIELD_CONFLICT.c.lead == lead, FIELD_CONFLICT.c.field == name)
            self._db.execute(delete(FIELD_CONFLICT).where(*one))

    def written_since(self, since: datetime, clock: str) -> int:
        """Count the writes of fields decided since then."""
        mine = OUTBOX.c.payload["clock"].as_string() == clock
        query = select(func.count()).where(OUTBOX.c.decided_at >= since, mine)
        return self._db.execute(query).scalar_one()


def _sooner(insert: Insert) -> Insert:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[FIELD_DUE.c.lead], set_={"at": new.at}, where=FIELD_DUE.c.at > new.at
    )


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "lead": kept.lead,
        "field": kept.field,
        "base": None if kept.base is None else {"value": kept.base.value},
        "seen": {
            str(ref): {"value": value, **_since(since), "stamp": stamp.isoformat()}
            for ref, (value, since, stamp) in kept.seen.items()
        },
        "writes": [
            {"ref": str(w.ref), "value": w.value, "at": w.at.isoformat()} for w in kept.writes
        ],
        "stopped_at": kept.stopped_at,
    }


def _kept(row: AnyRow) -> Kept:
    return Kept(
        lead=LeadKey(row.lead),
        field=row.field,
        base=_base(row.base),
        seen={
            _ref(name): (told["value"], _told_since(told), _time(told["stamp"]))
            for name, told in row.seen.items()
        },
        writes=tuple(Written(_ref(w["ref"]), w["value"], _time(w["at"])) for w in row.writes),
        stopped_at=row.stopped_at,
    )


def _since(since: Since) -> dict[str, Any]:
    after = since.after.isoformat() if since.after else None
    return {"at": since.at.isoformat(), "exact": since.exact, "after": after}


def _told_since(told: Mapping[str, Any]) -> Since:
    after = told["after"]
    return Since(_time(told["at"]), told["exact"], _time(after) if after else None)


def _conflict_row(conflict: FieldConflict) -> dict[str, Any]:
    return {
        "lead": conflict.lead,
        "field": conflict.field,
        "kind": conflict.kind.value,
        "why": conflict.why,
        "sides": [
            {"ref": str(s.ref), "value": s.value, "exact": s.exact,
             "at": s.at.isoformat() if s.at else None}
            for s in conflict.sides
        ],
        "base": None if conflict.base is None else {"value": conflict.base.value},
        "state": conflict.state,
        "opened_at": conflict.opened_at,
        "settled_at": conflict.settled_at,
        "settled_by": conflict.settled_by,
        "choice": None if conflict.choice is None else {"value": conflict.choice.value},
    }  # fmt: skip


def _conflict(row: AnyRow) -> FieldConflict:
    return FieldConflict(
        lead=LeadKey(row.lead),
        field=row.field,
        kind=ConflictKind(row.kind),
        why=row.why,
        sides=tuple(
            SideSeen(ref=_ref(s["ref"]), value=s["value"], exact=s["exact"],
                     at=_time(s["at"]) if s["at"] else None)
            for s in row.sides
        ),
        base=_base(row.base),
        opened_at=row.opened_at,
        state=row.state,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        choice=_base(row.choice),
    )  # fmt: skip


def _base(stored: Mapping[str, Any] | None) -> Base | None:
    return None if stored is None else Base(stored["value"])


def _ref(name: str) -> Ref:
    system, kind, id_ = name.split(":", 2)
    return Ref(system, kind, id_)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
