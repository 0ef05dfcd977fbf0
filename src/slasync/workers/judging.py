"""What a record says now, held against what a decision saw of it."""

from collections.abc import Mapping
from dataclasses import replace

from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Snapshot
from slasync.store.outbox_values import Claimed


def stamped(row: Claimed, seen: Mapping[Ref, Snapshot | None]) -> Claimed:
    """Make a write conditional on the version of the lead that was just read."""
    shown = seen.get(row.write.target) if row.write.target else None
    if shown is None or row.write.judged is None:
        return row
    judged = replace(row.write.judged, modified_at=shown.modified_at)
    return replace(row, write=replace(row.write, judged=judged))


def changed(write: Write, shown: Snapshot) -> bool:
    """Tell whether a record already says what it was to say."""
    if write.action == Action.OWNER:
        return bool(shown.owner == write.values["owner"])
    return bool(shown.status == write.values["status"])


def as_judged(write: Write, shown: Snapshot) -> bool:
    """Tell whether what is to be changed is still what the decision saw."""
    if write.judged is None or shown.converted:
        return False
    if write.action == Action.OWNER:
        return shown.owner == write.judged.owner
    return shown.status == write.judged.status
