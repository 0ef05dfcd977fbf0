"""Mirror and system side by side, field by field; nothing is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from slasync.domain.identity.belonging import normalised
from slasync.domain.lead import Ref
from slasync.ports import Lister, PersonReading, Reading, Source
from slasync.store.records import StoredRecord
from slasync.store.unit import reading

CHUNK = 200

Reread = Callable[[Sequence[Ref]], Sequence[Reading]]
Told = Callable[[int, int], None]  # records compared, of how many


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that mirror and system do not agree on, and why that probably is."""

    ref: Ref
    field: str
    mirror: Any
    system: Any
    cause: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the mirror knows of a chunk of records."""

    stored: Mapping[Ref, StoredRecord]
    held: frozenset[Ref]  # vanished: a person is asked
    aside: frozenset[str]  # ids of records that are set aside
    read_to: datetime | None  # watermark of their stream


def verified(
    engine: Engine, stream: str, refs: Sequence[Ref], reread: Reread, told: Told
) -> Iterator[Difference]:  # fmt: skip
    """Yield what differs of these records, read now. Raises TryLater or Stopped."""
    for start in range(0, len(refs), CHUNK):
        some = refs[start : start + CHUNK]
        found = {r.ref: r for r in reread(some) if isinstance(r, PersonReading)}
        with reading(engine) as unit:  # after the system: what was read meanwhile is no difference
            mark = unit.cursors.watermarks().get(stream)
            aside = frozenset(r.id for r in unit.quarantine.of_streams([stream]))
            held = frozenset(unit.vanished.held(some))
            known = Knowledge(unit.records.current(some), held, aside, mark)
        for ref in some:
            yield from compared(ref, found.get(ref), known)
        told(min(start + CHUNK, len(refs)), len(refs))


def compared(ref: Ref, person: PersonReading | None, known: Knowledge) -> Iterator[Difference]:
    """Compare one record. `person`: as the system shows it; None: not at all."""
    stored = known.stored.get(ref)
    there = person is not None and not person.deleted
    mirrored = stored is not None and not stored.deleted
    if there != mirrored:
        cause = _why_only(ref, person, known) if there else _why_gone(ref, known)
        yield Difference(ref, "exists", mirrored, there, cause)
        return
    if person is None or stored is None or not there:
        return
    ours, theirs = _values(stored, person), _shown(person)
    for name in sorted(theirs):
        if ours.get(name) != theirs[name]:
            yield Difference(ref, name, ours.get(name), theirs[name], _why(person, stored, known))


def listed_refs(lister: Lister, stream: str, told: Told) -> list[Ref]:
    """Return every record that the system lists, deleted ones left out."""
    refs: list[Ref] = []
    position = None
    while True:
        page = lister.page(stream, position)
        refs += [record.ref for record in page.records if not record.deleted]
        told(0, len(refs))
        position = page.position
        if position is None:
            return refs


def rereading(source: Source, lister: Lister | None) -> Reread:
    """Return how records are read now, deleted ones too where that can be."""
    return lister.reread if lister else source.fetch


def _shown(person: PersonReading) -> dict[str, Any]:
    fields = {**person.fields, "converted": True} if person.converted else dict(person.fields)
    own = {"email": normalised(person.email), "owner": person.owner, "status": person.status}
    return {f"record's {name}": value for name, value in own.items()} | fields


def _values(stored: StoredRecord, person: PersonReading) -> dict[str, Any]:
    own = {"email": stored.email, "owner": stored.owner, "status": stored.status}
    fields = {name: value for name, value in stored.fields.items() if name not in person.logged}
    return {f"record's {name}": value for name, value in own.items()} | fields


def _why_only(ref: Ref, person: PersonReading | None, known: Knowledge) -> str:
    if ref.id in known.aside:
        return "it is set aside: slasync parked list"
    if person is not None and _is_new(person.modified_at, known):
        return "it is newer than the last reading: the next one brings it"
    return "it was missed: the next sweep, or slasync backfill, brings it"


def _why_gone(ref: Ref, known: Knowledge) -> str:
    if ref in known.held:
        return "too many vanished at once: slasync sweep list"
    return "it is gone, or slasync may not see it any more: the next sweep follows"


def _why(person: PersonReading, stored: StoredRecord, known: Knowledge) -> str:
    if person.modified_at <= stored.modified_at:
        return (
            "it changed without a new stamp (a formula), or the field map did since: slasync"
            " backfill reads it again"
        )
    if _is_new(person.modified_at, known):
        return "it changed after the last reading: the next one brings it"
    return "the change was missed: the next sweep, or slasync backfill, brings it"


def _is_new(at: datetime, known: Knowledge) -> bool:
    return known.read_to is None or at > known.read_to
