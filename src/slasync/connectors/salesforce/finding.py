"""Looking up the records that writes are about: by slasync's keys, and by id."""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.ids import OBJECTS, instant
from slasync.connectors.salesforce.ledger import Ledger
from slasync.connectors.salesforce.lookup import looking_up, rows_by
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.read import (
    QUERIES_A_CALL,
    RECORDS_A_CALL,
    Wanted,
    retrieve,
)
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref, UserKey
from slasync.ports import Snapshot
from slasync.systems import SalesforceConfig

TASK = ("Id", "IsClosed", "IsDeleted", "Subject", "Description", "OwnerId")
SNAPSHOT = {
    "lead": ("Id", "OwnerId", "Status", "IsConverted", "SystemModstamp"),
    "contact": ("Id", "OwnerId", "SystemModstamp"),
    "task": ("Id", "OwnerId", "IsClosed", "SystemModstamp"),
}


class Finder:
    """Finds records; every method raises TryLater or Stopped."""

    def __init__(self, config: SalesforceConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._ledger = Ledger(config.ledger, transport) if config.ledger else None

    def tasks(self, keys: Sequence[str]) -> dict[str, Row]:
        """Return tasks by key. A deleted one is told only where no other carries its key."""
        if self._ledger:
            return self._ledger.tasks(keys, TASK)
        return self._by_key("Task", self._config.task_key_field, TASK, keys)

    def leads(self, keys: Sequence[str]) -> dict[str, Row]:
        """Return leads by slasync's key, deleted ones likewise."""
        return self._by_key("Lead", self._config.lead_key_field, ("Id", "IsDeleted"), keys)

    def flags(self, refs: Sequence[Ref]) -> dict[Ref, Row]:
        """Return owner, stale flag and a lead's status, of the records that are there."""
        config = self._config
        fields = ("Id", "OwnerId", config.stale_field, config.stale_since_field)
        kinds = {"lead": (*fields, "Status"), "contact": fields}
        return rows_by_ref(self._transport, refs, kinds)

    def values(self, ref: Ref, name: str) -> Any:
        """Return what a field of one record holds; None where the record is gone."""
        rows = rows_by_ref(self._transport, [ref], {ref.kind: ("Id", name)})
        return rows[ref][name] if ref in rows else None

    def fields(self, refs: Sequence[Ref], names: Sequence[str]) -> dict[Ref, Row]:
        """Return these fields of the records that are there."""
        return rows_by_ref(self._transport, refs, {ref.kind: ("Id", *names) for ref in refs})

    def _by_key(
        self, object_name: str, key: str, fields: Sequence[str], keys: Sequence[str]
    ) -> dict[str, Row]:
        # the living stand last, and of those the newest: they replace the others
        rows = rows_by(self._transport, object_name, (*fields, key), key, keys)
        return {row[key]: row for row in rows}


def rows_by_ref(
    transport: Transport, refs: Sequence[Ref], fields: Mapping[str, Sequence[str]]
) -> dict[Ref, Row]:
    """Read records of the kinds in `fields`, up to 1,000 to a call; those gone are left out."""
    asked: list[tuple[list[Ref], Wanted]] = []
    for kind, columns in fields.items():
        wanted = [*dict.fromkeys(ref for ref in refs if ref.system == SYSTEM and ref.kind == kind)]
        for start in range(0, len(wanted), RECORDS_A_CALL):
            some = wanted[start : start + RECORDS_A_CALL]
            asked.append((some, Wanted(OBJECTS[kind], [ref.id for ref in some], columns)))
    found: dict[Ref, Row] = {}
    for start in range(0, len(asked), QUERIES_A_CALL):
        group = asked[start : start + QUERIES_A_CALL]
        with looking_up():
            told = retrieve(transport, Lane.REREAD, [wanted for _, wanted in group])
        for (some, _), rows in zip(group, told, strict=True):
            found |= {ref: row for ref, row in zip(some, rows, strict=True) if row}
    return found


def snapshots(transport: Transport, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
    """Read what these leads, contacts and tasks say now; None for one that is gone."""
    rows = rows_by_ref(transport, refs, SNAPSHOT)
    return {ref: _snapshot(ref, rows.get(ref)) for ref in refs}


def _snapshot(ref: Ref, row: Mapping[str, Any] | None) -> Snapshot | None:
    if row is None:
        return None
    return Snapshot(
        ref=ref,
        owner=UserKey(row["OwnerId"]) if row["OwnerId"] else None,
        status=row.get("Status"),
        modified_at=instant(row["SystemModstamp"]),
        converted=bool(row.get("IsConverted")),
        closed=bool(row.get("IsClosed")),
    )
