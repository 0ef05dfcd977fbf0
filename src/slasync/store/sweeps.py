"""Comparisons of mirror and systems: how far each is, what it found, what it has seen so far."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from slasync.domain.lead import Ref
from slasync.domain.self_check import Cause, Comparison, Missed, added
from slasync.ports import Position
from slasync.store.bulk import AnyRow, Query, among, by_ref, changed, keep_old, put
from slasync.store.distinct import distinct_values
from slasync.store.repository import Repository
from slasync.store.tables import FACT, RECORD, SWEEP_RUN, SWEEP_SEEN

READ, COUNT = "read", "count"
"""Phases of a run: systems are read; what none of them showed is counted and looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One comparison. `upto`: what changed later is left to the increments."""

    kind: Comparison
    system: str
    stream: str  # or the system, where several streams are read together
    began_at: datetime
    upto: datetime
    advanced_at: datetime
    since: datetime | None = None
    phase: str = READ
    position: Position | None = None
    rows: int = 0
    missed: Mapping[str, Missed] = field(default_factory=dict)  # by stream
    held: int = 0
    ended_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    id: int = 0

    def found(self, stream: str, missed: Missed) -> "Run":
        """Return the run with what a slice of it found."""
        if not any(missed.values()):
            return self
        sums = added(self.missed.get(stream, {}), missed)
        return replace(self, missed={**self.missed, stream: sums})

    @property
    def total(self) -> int:
        return sum(count for missed in self.missed.values() for count in missed.values())


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a record the mirror holds."""

    modified_at: datetime
    deleted: bool


SAVED = ("phase", "position", "rows", "held", "advanced_at", "ended_at", "failures", "error")
COLUMNS = [SWEEP_RUN.c[name] for name in (
    "kind", "system", "stream", "began_at", "upto", "advanced_at", "since", "phase", "position",
    "rows", "missed", "held", "ended_at", "failures", "error", "id",
)]  # fmt: skip
RUNS = select(*COLUMNS)
OPEN = RUNS.where(
    SWEEP_RUN.c.ended_at.is_(None),
    SWEEP_RUN.c.system == bindparam("of_system"),
    SWEEP_RUN.c.kind.in_(bindparam("kinds", expanding=True)),
).order_by(SWEEP_RUN.c.id)
FREE = or_(
    SWEEP_RUN.c.lease_until.is_(None),
    SWEEP_RUN.c.lease_until <= bindparam("now"),
    SWEEP_RUN.c.lease_by == bindparam("holder"),
)
OF_KIND = SWEEP_RUN.c.kind == bindparam("of_kind")
HAS_ENDED = SWEEP_RUN.c.ended_at.is_not(None)
FIRST = select(func.min(SWEEP_RUN.c.began_at, type_=SWEEP_RUN.c.began_at.type)).where(
    SWEEP_RUN.c.system == bindparam("of_system")
)
LAST_FACT = select(func.coalesce(func.max(FACT.c.id), 0))
NEW_FACTS = select(FACT.c.id).where(FACT.c.id > bindparam("since"))
VERSIONS = select(
    RECORD.c.system, RECORD.c.kind, RECORD.c.external_id, RECORD.c.modified_at, RECORD.c.deleted
)


def _last() -> Query:
    """Of each stream the run that ended last: runs are kept for good, and not all looked at."""
    streams = distinct_values(SWEEP_RUN.c.stream, OF_KIND, HAS_ENDED)
    ended = select(func.max(SWEEP_RUN.c.id)).where(
        OF_KIND, HAS_ENDED, SWEEP_RUN.c.stream == streams.c.value
    )
    return RUNS.where(SWEEP_RUN.c.id.in_(select(ended.scalar_subquery()).select_from(streams)))


LAST = _last()


class Sweeps(Repository):
    def begin(self, run: Run) -> None:
        """Note a run that begins, unless one of its kind and stream is under way."""
        row = {name: getattr(run, name) for name in ("system", "stream", "since", "upto", *SAVED)}
        row |= {"kind": run.kind.value, "began_at": run.began_at, "missed": {}}
        put(self._db, SWEEP_RUN, keep_old, [row])

    def open(self, system: str, kinds: Collection[Comparison] = tuple(Comparison)) -> list[Run]:
        """Return the runs of a system that are under way, the oldest first."""
        wanted = {"of_system": system, "kinds": [kind.value for kind in kinds]}
        return [_run(row) for row in self._db.execute(OPEN, wanted)]

    def lease(self, run: Run, by: str, now: datetime, until: datetime) -> bool:
        """Take a run under way; False when somebody else has it."""
        mine = update(SWEEP_RUN).where(
            SWEEP_RUN.c.id == run.id, SWEEP_RUN.c.ended_at.is_(None), FREE
        )
        values = mine.values(lease_by=by, lease_until=until)
        return changed(self._db.execute(values, {"now": now, "holder": by})) == 1

    def settle(self, run: Run, by: str) -> bool:
        """Store how far a run is and let go of it; False when somebody else has taken it since.

        What a run that has ended had seen is forgotten.
        """
        values: dict[str, Any] = {name: getattr(run, name) for name in SAVED}
        values["missed"] = {
            stream: {cause.value: count for cause, count in missed.items()}
            for stream, missed in run.missed.items()
        }
        mine = update(SWEEP_RUN).where(SWEEP_RUN.c.id == run.id, SWEEP_RUN.c.lease_by == by)
        done = self._db.execute(mine.values(values | {"lease_by": None, "lease_until": None}))
        if run.ended_at is not None:
            self._db.execute(delete(SWEEP_SEEN).where(SWEEP_SEEN.c.run == run.id))
        return changed(done) == 1

    def last(self, kind: Comparison) -> dict[str, Run]:
        """Return the last run of a kind that has ended, by stream."""
        rows = self._db.execute(LAST, {"of_kind": kind.value})
        return {run.stream: run for run in map(_run, rows)}

    def first(self, system: str) -> datetime | None:
        """Return when the first run of a system began."""
        return self._db.execute(FIRST, {"of_system": system}).scalar()

    def since(self, at: datetime, limit: int = 1000) -> list[Run]:
        """Return runs that began at `at` or later, the newest first."""
        newest = (SWEEP_RUN.c.began_at.desc(), SWEEP_RUN.c.id.desc())
        later = RUNS.where(SWEEP_RUN.c.began_at >= at).order_by(*newest)
        return [_run(row) for row in self._db.execute(later.limit(limit))]

    # what was seen, and what was not

    def saw(self, run: int, ids: Collection[str]) -> None:
        rows = [{"run": run, "external_id": id_} for id_ in sorted(set(ids))]
        put(self._db, SWEEP_SEEN, keep_old, rows)

    def versions(self, refs: Collection[Ref]) -> dict[Ref, Version]:
        """Return which version the mirror holds of each of `refs`, as far as it has them."""
        rows = by_ref(self._db, VERSIONS, RECORD, refs)
        return {Ref(s, kind, id_): Version(at, gone) for s, kind, id_, at, gone in rows}

    def unseen(self, run: Run, kind: str, limit: int | None = None) -> list[Ref]:
        """Return mirrored records that the run has not seen, though they were there before it."""
        seen = and_(SWEEP_SEEN.c.run == run.id, SWEEP_SEEN.c.external_id == RECORD.c.external_id)
        query = (
            select(RECORD.c.external_id)
            .outerjoin_from(RECORD, SWEEP_SEEN, seen)
            .where(RECORD.c.system == run.system, RECORD.c.kind == kind)
            .where(RECORD.c.deleted.is_(False), RECORD.c.seen_at < run.began_at)
            .where(SWEEP_SEEN.c.run.is_(None))
            .order_by(RECORD.c.external_id)
            .limit(limit)
        )
        return [Ref(run.system, kind, id_) for id_ in self._db.execute(query).scalars()]

    def mirrored(self, system: str, kind: str) -> list[Ref]:
        """Return the records of a kind that the mirror shows, by id."""
        query = (
            select(RECORD.c.external_id)
            .where(RECORD.c.system == system, RECORD.c.kind == kind, RECORD.c.deleted.is_(False))
            .order_by(RECORD.c.external_id)
        )
        return [Ref(system, kind, id_) for id_ in self._db.execute(query).scalars()]

    def last_fact(self) -> int:
        """Return the number of the fact added last."""
        return int(self._db.execute(LAST_FACT).scalar_one())

    def new_facts(self, since: int, source_ids: Sequence[str]) -> int:
        """Count the facts with these ids whose number is above `since`."""
        return len(list(among(self._db, NEW_FACTS, FACT.c.source_id, source_ids, since=since)))


def _run(row: AnyRow) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's values by name
    values["kind"] = Comparison(values["kind"])
    values["missed"] = {
        stream: {Cause(cause): count for cause, count in missed.items()}
        for stream, missed in values["missed"].items()
    }
    return Run(**values)
