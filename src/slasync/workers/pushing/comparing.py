"""What the CRM made of our writes: its flows, triggers and rules may have changed them on the way.

Compared with the mirror once that is known to be past the write, so no call is spent on it. Where
nobody is known to have changed it since, what is really there becomes known, and a person is told.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from sqlalchemy import Engine

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import Ref, UserKey, UserKind
from slasync.domain.writes import Action
from slasync.store.outbox_values import OutboxView
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit, reading, transaction

log = structlog.get_logger()

COMPARED = "compared:"  # in meta, for each system: up to when what was written is compared
TELLING = ("leads", "lead_history")  # streams that tell what became of a lead
AFTERWARDS = timedelta(microseconds=1)
AUTOMATION = "automation there (a flow, a trigger, an assignment rule) changed what was written"


@dataclass(frozen=True, slots=True)
class Altered:
    """A write that was confirmed, and what the record says in its place."""

    view: OutboxView
    record: StoredRecord
    sent_at: datetime
    kind: FactKind  # of facts that tell of it
    actual: str
    known: bool = False  # a fact tells so already
    by: UserKey | None = None  # a person, who did it in the second of our write

    @property
    def outcome(self) -> str:
        return f"{self.view.outcome}, but the {self.kind} is {self.actual} since: {AUTOMATION}"

    def fact(self, now: datetime) -> Fact:
        """Return what is really there; since when nobody told, nor by whom unless it was a person
        of whom a stamp of the same second tells: it sorts before our write, and came after it.
        """
        ref, at = self.record.ref, max(self.record.modified_at, self.sent_at + AFTERWARDS)
        if self.view.write.action is Action.CREATE_LEAD:  # made so, whatever was changed since
            at = self.sent_at + AFTERWARDS
        return Fact(
            kind=self.kind, occurred_at=at, seen_at=now, source=ref.system,
            source_id=f"{self.kind}:{ref}:instead:{self.view.key}",
            by=self.by, data={str(self.kind): self.actual}, at_latest=True, about=str(ref),
        )  # fmt: skip


def telling(system: str) -> frozenset[str]:
    """Return the streams with whose passes there is more to compare."""
    return frozenset(f"{system}.{name}" for name in TELLING)


def compare_written(engine: Engine, system: str, overlap: timedelta, now: datetime) -> bool:
    """Compare what was written to leads, up to where the mirror is complete, each write once.

    What a system shows late is read by the overlap of a later pass: so long a write is not yet
    missed. Apart from what a page brings: one that cannot be compared holds up no reading.
    Returns False when nothing has been written since what is compared.
    """
    with reading(engine) as unit:
        since = _compared(unit, system)
        if since is not None and not unit.outbox.any_placed(system, since):
            return False  # as after most passes
        if _written(unit, system, overlap) is None:
            return True
    with transaction(engine) as unit:
        if (written := _written(unit, system, overlap)) is not None:
            unit.meta.put(f"{COMPARED}{system}", written.upto.isoformat())
            _compare(unit, system, written.views, now)
    return True


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written and is not compared yet, as far as the mirror is complete."""

    upto: datetime
    views: Sequence[OutboxView]


def _written(unit: Unit, system: str, overlap: timedelta) -> _Written | None:
    marks = unit.cursors.watermarks()
    read = min((marks[stream] for stream in telling(system) if stream in marks), default=None)
    upto = read - overlap if read else None
    since = _compared(unit, system)
    if upto is None or (since is not None and upto <= since):
        return None
    views = unit.outbox.placed(system, since, upto) if since else []
    return _Written(upto, views) if views or since is None else None


def _compared(unit: Unit, system: str) -> datetime | None:
    """Return up to when what was written is compared."""
    told = unit.meta.get(f"{COMPARED}{system}")
    return None if told is None else datetime.fromisoformat(told)


def _compare(unit: Unit, system: str, views: Sequence[OutboxView], now: datetime) -> None:
    found = list(_altered(unit, views)) if views else []
    unit.facts.add({each.view.lead: [each.fact(now)] for each in found if not each.known})
    unit.leads.mark_dirty(sorted({each.view.lead for each in found}), now)
    undone = [each for each in found if each.by is None]
    for each in undone:
        unit.outbox.note(each.view.key, each.outcome)
    if undone:
        log.error("the CRM changed what was written", system=system, writes=len(undone))


def _altered(unit: Unit, written: Sequence[OutboxView]) -> Iterator[Altered]:
    last = {(view.lead, _kind(view)): view for view in written}  # of two the later stands
    refs = {view.key: _ref(view) for view in last.values()}
    records = unit.records.current([ref for ref in refs.values() if ref])
    known_as = {view.lead: view.lead for view in last.values()} | unit.joins.roots(
        [view.lead for view in last.values()]
    )
    histories = unit.facts.of(sorted(set(known_as.values())))
    people = unit.users.of_kind(UserKind.PERSON)
    for view in last.values():
        ref = refs[view.key]
        record = records.get(ref) if ref else None
        if record is None or record.deleted or record.fields.get("converted"):
            continue
        found = _held_against(view, record, histories[known_as[view.lead]], people)
        if found is not None and not _written_since(unit, view):
            yield found


def _held_against(
    view: OutboxView, record: StoredRecord, history: Iterable[Fact], people: Collection[UserKey]
) -> Altered | None:
    """Return what differs from what was written, unless it is known that a person, or slasync,
    changed it since.
    """
    kind = _kind(view)
    wanted = str(view.write.values[str(kind)])
    actual = record.owner if kind is FactKind.OWNER else record.status
    if actual is None or actual == wanted or view.sent_at is None:
        return None
    since = view.sent_at.replace(microsecond=0)  # vendors tell whole seconds
    if record.modified_at < since:
        return None  # the write shows later than its stamp says: this is the version before it
    told = [
        fact
        for fact in history
        if fact.kind is kind and fact.data[str(kind)] == actual and fact.occurred_at >= since
    ]
    if any(fact.source == OURS for fact in told):
        return None
    persons = [fact for fact in told if fact.by in people]
    if persons:
        last = max(persons, key=attrgetter("place"))
        chosen = kind is FactKind.OWNER and last.occurred_at <= view.sent_at
        return Altered(view, record, view.sent_at, kind, actual, by=last.by) if chosen else None
    made = view.write.action is Action.CREATE_LEAD  # who owned it when first read, nobody told
    if not made and any(fact.by is None for fact in told):
        return None
    known = any(
        fact.occurred_at > view.sent_at and not (made and fact.data.get("history"))
        for fact in told  # a first reading says nothing of whom we gave the lead
    )
    sent_at = _made_at(view, history) if made else view.sent_at
    return Altered(view, record, sent_at or view.sent_at, kind, actual, known=known)


def _made_at(view: OutboxView, history: Iterable[Fact]) -> datetime | None:
    """Return when a lead was made as our own fact of its owner tells: what was really so follows
    that. Of several tries nobody knows which one made it.
    """
    ours = (f for f in history if f.source == OURS and f.kind is FactKind.OWNER)
    return next((f.occurred_at for f in ours if f.source_id.endswith(f":{view.key}")), None)


def _written_since(unit: Unit, view: OutboxView) -> bool:
    """Tell whether a later write of ours to the same thing has left, or may have."""
    return any(
        other.sent_at is not None
        and view.sent_at is not None
        and other.sent_at > view.sent_at
        and other.write.action in {Action.OWNER, Action.STATUS}
        and _kind(other) is _kind(view)
        for other in unit.outbox.of_lead(view.lead)
    )


def _kind(view: OutboxView) -> FactKind:
    return FactKind.STATUS if view.write.action is Action.STATUS else FactKind.OWNER


def _ref(view: OutboxView) -> Ref | None:
    """Return the record that was written to, or made."""
    if view.write.target is not None or view.external_ref is None:
        return view.write.target
    return Ref(*view.external_ref.split(":", 2))
