"""fields: keep what several systems hold of a lead alike, each side as its direction says.

Runs on leads of which something changed somewhere. What is to be written goes through the outbox
like everything else; what nobody can decide becomes a conflict, and waits for a person.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.caps import Caps
from slasync.domain.facts import Fact, FactKind
from slasync.domain.identity.three_way import (
    Base,
    Conflict,
    ConflictKind,
    Keeping,
    Outcome,
    Side,
    Since,
    comparing,
    looping,
    merge,
    noted,
    seen,
)
from slasync.domain.lead import LeadKey, Ref, Value
from slasync.domain.writes import Action, KeyParts, Role, Write, write_key
from slasync.store.kept_fields import OPEN, SETTLED, WITHHELD, FieldConflict, Kept, SideSeen
from slasync.store.outbox_values import UNSENT, OutboxItem
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit, reading, retrying

log = structlog.get_logger()

FIELDS = "fields"
"""Stands in the clock's place of keys that are about fields kept alike."""
BATCH = 200
Sides = Mapping[tuple[str, str], tuple[Keeping, bool]]
"""By system and kind of record: what may be done with a field there, and if it may be blanked."""


@dataclass(slots=True)
class Fields:
    """The step."""

    engine: Engine
    seams: Seams
    kept: Mapping[str, Sides]
    org: str
    lane_of: Callable[[Write], str]
    writes: bool  # whether the deployment's mode writes at all
    caps: Caps = field(default_factory=Caps)

    def run(self) -> bool:
        """Look at the next leads that are due. True if there were any."""
        now = self.seams.clock.now()
        return retrying(self.engine, lambda unit: self._run(unit, now))

    def next_at(self) -> datetime | None:
        with reading(self.engine) as unit:
            return unit.kept_fields.next_due()

    def _run(self, unit: Unit, now: datetime) -> bool:
        leads = unit.kept_fields.claim(now, BATCH)
        if not leads:
            return False
        left = self.caps.total - unit.kept_fields.written_since(now - self.caps.window, FIELDS)
        looked = _Looked(self, unit, now, left)
        looked.at(leads)
        if looked.put_off:
            log.warning("fields wait: the cap of an hour is reached", leads=len(looked.put_off))
        return True


class _Looked:
    """One batch of leads being looked at."""

    def __init__(self, step: Fields, unit: Unit, now: datetime, left: int) -> None:
        self._step, self._unit, self._now, self._left = step, unit, now, left
        self.put_off: list[LeadKey] = []

    def at(self, leads: Sequence[LeadKey]) -> None:
        unit = self._unit
        records, facts = unit.records.of_leads(leads), unit.facts.of(leads)
        kept, conflicts = unit.kept_fields.of(leads), unit.kept_fields.conflicts(leads)
        stopped = unit.modes.stopped(leads)
        silent = [lead for lead in leads if lead in stopped or not self._step.writes]
        for lead in leads:
            for name, sides in self._step.kept.items():
                known = kept.get((lead, name)) or Kept(lead=lead, field=name)
                conflict = conflicts.get((lead, name))
                may_write = lead not in silent
                self._field(known, conflict, sides, records[lead], facts[lead], may_write=may_write)
        unit.kept_fields.put_off(silent, WITHHELD)
        unit.kept_fields.put_off(self.put_off, self._now + self._step.caps.window)

    def _field(  # noqa: PLR0913 - one field, and all that is known of it
        self,
        known: Kept,
        conflict: FieldConflict | None,
        kept: Sides,
        records: Sequence[StoredRecord],
        facts: Sequence[Fact],
        *,
        may_write: bool,
    ) -> None:
        there = [r for r in records if (r.ref.system, r.ref.kind) in kept and _stands(r)]
        if len(there) < 2:  # noqa: PLR2004 - one side has nobody to agree with
            return
        known = replace(known, seen=_seen(known, there, facts))
        sides = [_side(known, record, kept) for record in there]
        alike = comparing(known.field, _country(there))
        found = self._judged(known, conflict, sides, alike)
        made = {w.key: w for w in self._made(known, found.writes, sides)}
        if known.writes:
            self._call_off(known, made.keys())
        if found.agreed is not None:
            known = replace(known, base=found.agreed)
            if conflict is not None:
                self._unit.kept_fields.drop_conflicts([(known.lead, known.field)])
        elif found.conflict is not None:
            known = self._in_conflict(known, found.conflict, conflict, sides)
        elif found.writes and may_write:
            known = self._write(known, made)
        self._unit.kept_fields.put([known])

    def _judged(
        self,
        known: Kept,
        conflict: FieldConflict | None,
        sides: Sequence[Side],
        alike: Callable[[Value], object],
    ) -> Outcome:
        """Say what is to be written; what a person has said holds until a side changes again."""
        found = merge(sides, known.base, alike)
        if found.agreed is not None:
            return found
        if (
            conflict
            and conflict.state == SETTLED
            and conflict.choice
            and _as_settled(conflict, sides)
        ):
            chosen = conflict.choice.value
            wanting = (s for s in sides if s.keeping is not Keeping.READ)
            return Outcome({s.ref: chosen for s in wanting if alike(s.value) != alike(chosen)})
        if known.stopped_at is not None:
            return Outcome({}, Conflict(ConflictKind.LOOP, _loop_words(known)))
        if found.writes and looping(known.writes, found.writes, self._now):
            return Outcome({}, Conflict(ConflictKind.LOOP, _loop_words(known)))
        return found

    def _in_conflict(
        self, known: Kept, found: Conflict, before: FieldConflict | None, sides: Sequence[Side]
    ) -> Kept:
        told = tuple(
            SideSeen(ref=s.ref, value=s.value, at=s.since.at if s.since else None,
                     exact=bool(s.since and s.since.exact))
            for s in sides
        )  # fmt: skip
        opened = before.opened_at if before and before.state == OPEN else self._now
        row = FieldConflict(lead=known.lead, field=known.field, kind=found.kind, why=found.why,
                            sides=told, base=known.base, opened_at=opened)  # fmt: skip
        self._unit.kept_fields.put_conflicts([row])
        if found.kind is not ConflictKind.LOOP or known.stopped_at is not None:
            return known
        log.error("a field is not kept alike any more: it goes to and fro", lead=known.lead,
                  field=known.field)  # fmt: skip
        return replace(known, stopped_at=self._now)

    def _call_off(self, known: Kept, wanted: Collection[str]) -> None:
        """What waits to be sent and is not wanted any more must not undo what somebody has done."""
        gone = [
            view.key
            for view in self._unit.outbox.of_lead(known.lead)
            if view.write.clock == FIELDS
            and view.write.rung == known.field
            and view.state in UNSENT
            and view.key not in wanted
        ]
        self._unit.outbox.supersede(gone, "the field was changed again meanwhile", self._now)

    def _write(self, known: Kept, made: Mapping[str, Write]) -> Kept:
        if self._left < len(made):
            self.put_off.append(known.lead)
            return known
        items = [OutboxItem(w, self._step.lane_of(w), self._now) for w in made.values()]
        news = self._unit.outbox.add(items, self._now)
        self._left -= len(news)
        fresh = {w.target: w.values["value"] for w in made.values() if w.key in news and w.target}
        return replace(known, writes=tuple(noted(known.writes, fresh, self._now)))

    def _made(
        self, known: Kept, wanted: Mapping[Ref, Value], sides: Sequence[Side]
    ) -> Iterator[Write]:
        for ref, value in sorted(wanted.items(), key=lambda item: item[0]):
            yield self._one(known, ref, value, sides)

    def _one(self, known: Kept, ref: Ref, value: Value, sides: Sequence[Side]) -> Write:
        """Make a write under a key that the same change always has, also after a restore."""
        before = next(side.value for side in sides if side.ref == ref)
        told = (s for s in sides if s.since and (s.value == value or s.ref == ref))
        versions = sorted(f"{s.ref}@{s.since.at.isoformat()}" for s in told if s.since)
        parts = KeyParts(
            org=self._step.org, lead=known.lead, cycle="", clock=FIELDS, generation=0,
            rung=known.field, role=Role.NOBODY, action=Action.PROPERTY.value,
            extra={"to": str(ref), "value": value, "of": versions, "from": before},
        )  # fmt: skip
        return Write(
            key=write_key(parts),
            lead=known.lead,
            system=ref.system,
            action=Action.PROPERTY,
            values={"field": known.field, "value": value, "before": before},
            target=ref,
            clock=FIELDS,
            rung=known.field,
            because=f"{known.field} kept alike: {before!r} becomes {value!r}",
        )


def _stands(record: StoredRecord) -> bool:
    """Tell whether a record is there to be written: a converted lead is not any more."""
    return not record.deleted and not record.fields.get("converted")


def _country(records: Iterable[StoredRecord]) -> Value:
    return next((c for r in records if (c := r.fields.get("country"))), None)


def _side(known: Kept, record: StoredRecord, kept: Sides) -> Side:
    keeping, nulls = kept[record.ref.system, record.ref.kind]
    value, since, _ = known.seen[record.ref]
    return Side(record.ref, value, keeping, since, nulls)


def _seen(
    known: Kept, records: Sequence[StoredRecord], facts: Collection[Fact]
) -> dict[Ref, tuple[Value, Since, datetime]]:
    """Return each side's value and since when it is there, as far as that is known."""
    found = {}
    for record in records:
        value, before = record.fields.get(known.field), known.seen.get(record.ref)
        was = before[2] if before else None
        earlier = (before[0], before[1]) if before else None
        told = _told(facts, record.ref, known.field, value)
        found[record.ref] = (*seen(earlier, value, record.modified_at, was=was, told=told),
                             record.modified_at)  # fmt: skip
    return found


def _told(facts: Iterable[Fact], ref: Ref, name: str, value: Value) -> datetime | None:
    """Return when the system itself says that the value came, where it tells of each change."""
    times = [
        fact.occurred_at
        for fact in facts
        if fact.kind is FactKind.CHANGED
        and not fact.at_latest
        and fact.about == str(ref)
        and name in fact.data
        and fact.data[name] == value
    ]
    return max(times, default=None)


def _as_settled(conflict: FieldConflict, sides: Sequence[Side]) -> bool:
    """Tell whether every side says what it said then, or what was chosen."""
    then = {side.ref: side.value for side in conflict.sides}
    chosen = conflict.choice.value if conflict.choice else None
    return all(s.ref in then and s.value in {then[s.ref], chosen} for s in sides)


def _loop_words(known: Kept) -> str:
    last = list(dict.fromkeys(repr(w.value) for w in known.writes[-4:]))
    return (
        f"it goes to and fro between {' and '.join(last[:2])}: something else writes it too."
        " Nothing is written to it for this lead until you settle it"
    )


def settle_conflict(
    unit: Unit, conflict: FieldConflict, choice: Base, by: str, at: datetime
) -> None:
    """Have a value hold because a person says so, and the lead be looked at: it is written then.

    A field that was stopped is kept alike again.
    """
    row = replace(conflict, state=SETTLED, settled_at=at, settled_by=by, choice=choice)
    unit.kept_fields.put_conflicts([row])
    known = unit.kept_fields.of([conflict.lead]).get((conflict.lead, conflict.field))
    if known is not None:
        unit.kept_fields.put([replace(known, stopped_at=None, writes=())])
    unit.kept_fields.due([conflict.lead], at)
