"""Looking up the records that writes are about: by slasync's keys, and by id."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import QUARTER
from slasync.connectors.salesforce.ids import OBJECTS, instant
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.read import (
    QUERIES_A_CALL,
    RECORDS_A_CALL,
    Wanted,
    queries,
    retrieve,
    rows_of,
)
from slasync.connectors.salesforce.soql import by_keys
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref, UserKey
from slasync.errors import Refused, TryLater
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

    def tasks(self, keys: Sequence[str]) -> dict[str, Row]:
        """Return tasks by key. A deleted one is told only where no other carries its key."""
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

    def _by_key(
        self, object_name: str, key: str, fields: Sequence[str], keys: Sequence[str]
    ) -> dict[str, Row]:
        texts = by_keys(object_name, (*fields, key), key, [*dict.fromkeys(keys)])
        rows: list[Row] = []
        for start in range(0, len(texts), QUERIES_A_CALL):
            some = texts[start : start + QUERIES_A_CALL]
            with _looking_up():
                for told in queries(self._transport, Lane.REREAD, some):
                    rows.extend(rows_of(told))
        # the living stand last, and of those the newest: they replace the others
        rows.sort(key=lambda row: (not row["IsDeleted"], row["Id"]))
        return {row[key]: row for row in rows}


@contextmanager
def _looking_up() -> Iterator[None]:
    """Have a look-up that is refused wait for the field or permission that it lacks."""
    try:
        yield
    except Refused as error:
        raise TryLater(f"it cannot be looked up: {error}", QUARTER) from error


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
        with _looking_up():
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
