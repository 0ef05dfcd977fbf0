"""Which of the fields owed at the hand-over a record has: written down as it changes.

The values themselves are not kept: whether a lead was complete can be told without them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields, Value
from slasync.ports import PersonReading
from slasync.store.records import StoredRecord


def filled(
    person: PersonReading,
    stored: StoredRecord | None,
    owed: Mapping[str, datetime],
    now: datetime,
    *,
    baseline: bool,
) -> Iterator[Fact]:
    """Yield what this version of a record tells beyond `stored` of the fields that are `owed`.

    `owed` says since when each is: of a record that was mirrored before, what it held is told with
    its next change. In a first load (`baseline`) a record has been so since it was created.
    """
    if person.deleted or not owed:
        return
    fields = _presence(person.fields, owed)
    if stored is None:
        since = person.created_at if baseline else person.since or person.modified_at
        yield from _told(person, fields, since, now)
        return
    before = _presence(stored.fields, owed)
    unwatched = {n: has for n, has in before.items() if stored.modified_at < owed[n]}
    yield from _told(person, unwatched, stored.modified_at, now)
    changed = {name: has for name, has in fields.items() if has != before.get(name)}
    yield from _told(person, changed, person.modified_at, now)


def _presence(fields: Fields, owed: Mapping[str, datetime]) -> dict[str, bool]:
    """Tell of each owed field that the record has at all whether it holds anything."""
    return {name: _holds(fields[name]) for name in owed if name in fields}


def _holds(value: Value) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _told(
    person: PersonReading, fields: Mapping[str, bool], at: datetime, now: datetime
) -> Iterator[Fact]:
    if not fields:
        return
    ref = person.ref
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:8]
    yield Fact(
        kind=FactKind.FILLED,
        occurred_at=at,
        seen_at=now,
        source=ref.system,
        source_id=f"{FactKind.FILLED}:{ref}:{at.isoformat()}:{digest}",
        data={"system": ref.system, "kind": ref.kind, "id": ref.id, "fields": dict(fields)},
        at_latest=True,
        about=str(ref),
    )
