"""Calls on objects of any type: tasks, calls, e-mails, meetings, notes, and contacts as leads."""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.hubspot import paths
from slasync.connectors.hubspot.answers import rows
from slasync.connectors.hubspot.transport import Json, Transport

MOST_LINKS = 1000  # ids whose links one call reads
WITH_HISTORY = 50  # records whose history one call reads


class Objects:
    """By type. Each raises TryLater, Refused or Stopped."""

    def __init__(self, transport: Transport, page_size: int) -> None:
        self._transport = transport
        self._page_size = page_size

    def page(
        self, kind: str, properties: Sequence[str], after: str | None, *, archived: bool = False
    ) -> Json:
        """List one page of records by id, with the contacts they are tied to."""
        asked: Json = {"limit": self._page_size, "properties": list(properties)}
        if not archived:  # those have no ties any more
            asked["associations"] = ["contacts"]
        return self._transport.page(paths.PAGE, asked, after, archived=archived, object=kind)

    def search(self, kind: str, request: Mapping[str, Any]) -> Json:
        """Search records: `{"total", "results": [...], "paging"?}`."""
        return self._transport.search(request, kind)

    def read(
        self,
        kind: str,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        by: str | None = None,
        history: Sequence[str] = (),
    ) -> list[Mapping[str, Any]]:
        """Read records by id, or by the unique property `by`; those missing are left out."""
        asked: Json = {
            "inputs": [{"id": each} for each in ids],
            "properties": list(properties),
            "propertiesWithHistory": list(history),
        }
        if by is not None:
            asked["idProperty"] = by
        return rows(self._transport.call(paths.BATCH, body=asked, object=kind, how="read"))

    def write(self, kind: str, how: str, inputs: Sequence[Mapping[str, Any]]) -> Json:
        """Create or update (`how`) up to 100 records; rows may fail alone (207)."""
        asked = {"inputs": [dict(row) for row in inputs]}
        return self._transport.call(paths.BATCH, body=asked, writes=True, object=kind, how=how)

    def contacts_of(self, kind: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the contacts that records are tied to, by the record's id."""
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(ids), MOST_LINKS):
            for each in rows(self._linked(kind, ids[start : start + MOST_LINKS])):
                to = each.get("to") or ()
                ends = tuple(str(end.get("toObjectId") or end.get("id")) for end in to)
                found[str((each.get("from") or {}).get("id"))] = ends
        return found

    def _linked(self, kind: str, ids: Sequence[str]) -> Json:
        asked = {"inputs": [{"id": each} for each in ids]}
        return self._transport.call(paths.TIES, body=asked, object=kind, to="contacts")


def tied(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the contacts that a listed record says it is tied to, each once."""
    ends = ((record.get("associations") or {}).get("contacts") or {}).get("results") or ()
    return tuple(dict.fromkeys(str(end.get("id")) for end in ends))
