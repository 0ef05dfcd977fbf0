"""What the CRM's side of HubSpot shows of leads and tasks now, by id or by key."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from slasync.connectors.hubspot.answers import onward, rows
from slasync.connectors.hubspot.contact import (
    MERGED,
    MERGED_BEFORE,
    MODIFIED,
    Record,
    known_ids,
    modified_at,
)
from slasync.connectors.hubspot.crm_people import OWNER, is_converted, owner_in
from slasync.connectors.hubspot.engagements import COMPLETED, STATUS
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.hubspot.positions import Listed
from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.systems import HubSpotCrmConfig

OF_TASK = (OWNER, STATUS, "hs_task_subject", "hs_task_body", "hs_lastmodifieddate")


class Finder:
    """Reads a hundred at a time."""

    def __init__(self, crm: HubSpotCrmConfig, objects: Objects, size: int) -> None:
        self._crm, self._objects, self._size = crm, objects, size

    def people(self, ids: Sequence[str], more: Sequence[str] = ()) -> dict[str, Record]:
        """Read contacts; those merged into another are found under their old ids too."""
        crm = self._crm
        names = (OWNER, crm.status_property, crm.lifecycle_property, MODIFIED, MERGED,
                 MERGED_BEFORE, *more)  # fmt: skip
        found: dict[str, Record] = {}
        for record in self._read("contacts", ids, tuple(dict.fromkeys(names))):
            found |= dict.fromkeys(known_ids(record), record)
        return found

    def by_lead_key(self, keys: Sequence[str]) -> dict[str, Record]:
        """Read contacts by slasync's own key."""
        name = self._crm.lead_key_property
        found = self._read("contacts", keys, (name, OWNER), by=name)
        return {str((record.get("properties") or {}).get(name)): record for record in found}

    def tasks(self, keys: Sequence[str]) -> dict[str, Record]:
        """Read the tasks that have these keys."""
        name = self._crm.task_key_property
        found = self._read("tasks", keys, (*OF_TASK, name), by=name)
        return {str((record.get("properties") or {}).get(name)): record for record in found}

    def tasks_by_id(self, ids: Sequence[str]) -> dict[str, Record]:
        return {str(record["id"]): record for record in self._read("tasks", ids, OF_TASK)}

    def binned(self, keys: Collection[str]) -> frozenset[str]:
        """Return which of these keys tasks in the bin have: no search and no key leads there."""
        name, place, found = self._crm.task_key_property, Listed(), set[str]()
        while True:
            listed = self._objects.page("tasks", (name,), place.after, archived=True)
            held = ((record.get("properties") or {}).get(name) for record in rows(listed))
            found |= {str(key) for key in held if key in keys}
            onto = onward(place, listed)
            if onto is None or found.issuperset(keys):
                return frozenset(found)
            place = onto

    def gone(self, write: Write, people: Mapping[str, Record]) -> Receipt | None:
        """Return the receipt of a write to a lead that is none any more; None of one that is."""
        target = write.target
        record = people.get(target.id) if target else None
        if record is None:
            return Receipt(Outcome.GONE, target, message="HubSpot has no such contact")
        converted = is_converted(record.get("properties") or {}, self._crm)
        if converted and target and target.kind == "lead":
            return Receipt(Outcome.GONE, target, message="the lead was converted")
        return None

    def snapshot(self, ref: Ref, record: Record | None) -> Snapshot | None:
        """Return what a record says now; None for one that is gone."""
        if record is None:
            return None
        values = record.get("properties") or {}
        task = ref.kind == "task"
        tasks_owner = values.get(OWNER)
        return Snapshot(
            ref=ref,
            owner=owner_in(values) if not task else UserKey(tasks_owner) if tasks_owner else None,
            status=None if task else values.get(self._crm.status_property) or None,
            modified_at=_stamp(record),
            converted=ref.kind == "lead" and is_converted(values, self._crm),
            closed=task and values.get(STATUS) == COMPLETED,
        )

    def _read(
        self, kind: str, ids: Sequence[str], names: Sequence[str], by: str | None = None
    ) -> list[Record]:
        wanted, found = list(dict.fromkeys(ids)), list[Record]()
        for start in range(0, len(wanted), self._size):
            part = wanted[start : start + self._size]
            found += self._objects.read(kind, part, names, by=by)
        return found


def _stamp(record: Record) -> datetime:
    try:
        return modified_at(record)
    except ValueError as error:
        raise TryLater(f"HubSpot shows no usable stamp of {record.get('id')}: {error}") from error
