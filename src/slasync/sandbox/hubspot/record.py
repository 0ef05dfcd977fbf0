"""One version of one record: a value that a write replaces and never changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.catalogue import Kind


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes: HubSpot's source and its id, an app's or "userId:7"; `by` is for the journal."""

    source: str
    source_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one record. `properties` holds what is set; stamps are milliseconds."""

    id: int
    properties: Mapping[str, str]
    created: int
    modified: int
    origin: Origin
    version: int = 0
    archived: int | None = None
    merged: tuple[int, ...] = ()  # ids that went into it


@dataclass(frozen=True, slots=True)
class Change:
    """One update, for the history of values."""

    at: int
    origin: Origin
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]


def flat(kind: Kind, record: Record) -> dict[str, str]:
    """Return what a person sees of a record: the values set, its id and its stamps."""
    return dict(record.properties) | {
        "hs_object_id": str(record.id),
        kind.created: stamps.iso(record.created),
        kind.modified: stamps.iso(record.modified),
    }
