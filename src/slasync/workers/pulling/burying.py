"""Records that a system says are gone, and does not show any more: buried, never to come back.

A deletion is believed only when the record cannot be read any more. What was erased on a person's
demand is forgotten here as well; a late page that still shows it changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slasync.domain.lead import Ref
from slasync.ports import PersonReading, Reading
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit
from slasync.workers.pulling.ingest import Rules, ingest
from slasync.workers.pulling.mirrored import refresh


def bury(  # noqa: PLR0913, PLR0917 - what is said, and what was read, and when
    unit: Unit,
    gone: Mapping[Ref, bool],
    found: Sequence[Reading],
    rules: Rules,
    now: datetime,
    asked: datetime | None = None,
) -> set[Ref]:
    """Bury those of `gone` that are mirrored and were not `found`; True: erased for good.

    `asked`: when they were asked for, where that may have taken long. Returns those that are known
    to have changed since: they may be back, and are to be asked for again.
    """
    there = {reading.ref for reading in found}
    stored = unit.records.current([ref for ref in gone if ref not in there])
    alive = {ref: record for ref, record in stored.items() if not record.deleted}
    since = {ref for ref, record in alive.items() if asked and record.modified_at > asked}
    dead = {ref: record for ref, record in alive.items() if ref not in since}
    if dead:
        stones = [_tombstone(record, asked or now) for record in dead.values()]
        ingest(unit, stones, rules, now, baseline=False)
    erased = sorted(ref for ref in stored if gone[ref])
    if erased:
        unit.records.erase(erased)
        refresh(unit, set(unit.links.of(erased).values()), rules.precedence, now)
    return since


def _tombstone(record: StoredRecord, at: datetime) -> PersonReading:
    fields = {name: value for name, value in record.fields.items() if name != "converted"}
    return PersonReading(
        ref=record.ref,
        modified_at=max(at, record.modified_at),
        created_at=record.modified_at,
        fields=fields,
        email=record.email,
        owner=record.owner,
        status=record.status,
        deleted=True,
        converted={} if record.fields.get("converted") else None,
    )
