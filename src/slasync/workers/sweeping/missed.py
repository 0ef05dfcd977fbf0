"""Taking in what a comparison read: by the very path of the increments, counting what is news."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slasync.domain.lead import Ref
from slasync.domain.self_check import Cause
from slasync.ports import ActivityReading, PersonReading, Reading
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit
from slasync.workers.pulling.ingest import Rules, ingest


def take_in(
    unit: Unit, readings: Sequence[Reading], rules: Rules, now: datetime, upto: datetime
) -> Counter[Cause]:
    """Ingest a page; count what of it, changed by `upto`, the mirror should have known.

    A record that was never read counts as one of the past if it is older than slasync's start.
    """
    refs = [r.ref for r in readings if isinstance(r, PersonReading) and r.modified_at <= upto]
    ids = [_source_id(r) for r in readings
           if isinstance(r, ActivityReading) and r.modified_at <= upto]  # fmt: skip
    before, last = unit.records.current(refs), unit.sweeps.last_fact()
    ingest(unit, readings, rules, now, baseline=True)
    found = differences(before, unit.records.current(refs))
    if activities := unit.sweeps.new_facts(last, ids):
        found[Cause.ACTIVITY] += activities
    return found


def differences(
    before: Mapping[Ref, StoredRecord], after: Mapping[Ref, StoredRecord]
) -> Counter[Cause]:
    """Count what changed in the mirror; what is set aside is not in it and does not count."""
    found = Counter[Cause]()
    for ref, record in after.items():
        cause = _cause(before.get(ref), record)
        if cause is not None:
            found[cause] += 1
    return found


def _cause(before: StoredRecord | None, after: StoredRecord) -> Cause | None:
    if before is None:
        return Cause.MISSING
    if before.deleted != after.deleted:
        return Cause.GONE if after.deleted else Cause.BACK
    same = replace(before, modified_at=after.modified_at) == after
    return None if same else Cause.OLDER


def _source_id(activity: ActivityReading) -> str:
    return f"{activity.kind}:{activity.ref}"
