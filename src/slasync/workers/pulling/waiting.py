"""Activities whose lead is not mirrored yet: set aside as they were read, taken in when it is.

An overlap reads only minutes again, but a person may wait for days until somebody resolves whose
record it is. His calls of those days must count then.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, UserKey
from slasync.ports import ActivityReading, Rejected
from slasync.store.unit import Unit

STREAM = "waiting"  # stands for the stream's name in quarantine


def set_aside(unit: Unit, activities: Sequence[ActivityReading], now: datetime) -> None:
    """Keep activities until the record they are about is linked to a lead."""
    rejected = [
        Rejected(_stream(a.about), _id(a), f"{a.about} is not mirrored yet", _dump(a))
        for a in activities
    ]
    if rejected:
        unit.quarantine.put(rejected, now)


def take_back(unit: Unit, refs: Collection[Ref]) -> list[ActivityReading]:
    """Return and forget what waits for any of `refs`."""
    waiting = unit.quarantine.of_streams([_stream(ref) for ref in refs])
    for stream in {rejected.stream for rejected in waiting}:
        unit.quarantine.clear(stream, [r.id for r in waiting if r.stream == stream])
    return [_load(rejected.raw) for rejected in waiting]


def _stream(about: Ref) -> str:
    """What waits for one record is found by it, however much waits for others."""
    return f"{about.system}.{STREAM}:{about.kind}:{about.id}"


def _id(activity: ActivityReading) -> str:
    """One activity can tell several things: a call that also ends a task."""
    return f"{activity.ref.kind}/{activity.ref.id}/{activity.kind}"


def _dump(activity: ActivityReading) -> dict[str, Any]:
    return {
        "ref": [activity.ref.system, activity.ref.kind, activity.ref.id],
        "about": [activity.about.system, activity.about.kind, activity.about.id],
        "kind": activity.kind.value,
        "occurred_at": activity.occurred_at.isoformat(),
        "modified_at": activity.modified_at.isoformat(),
        "by": activity.by,
        "data": dict(activity.data),
        "raw": dict(activity.raw),
    }


def _load(stored: Mapping[str, Any]) -> ActivityReading:
    by = stored["by"]
    return ActivityReading(
        ref=Ref(*stored["ref"]),
        about=Ref(*stored["about"]),
        kind=FactKind(stored["kind"]),
        occurred_at=datetime.fromisoformat(stored["occurred_at"]),
        modified_at=datetime.fromisoformat(stored["modified_at"]),
        by=None if by is None else UserKey(by),
        data=stored["data"],
        raw=stored["raw"],
    )
