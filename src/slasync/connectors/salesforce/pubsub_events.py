"""What an event of Change Data Capture says: its header, and nothing of the record's values."""

import io
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastavro import parse_schema, schemaless_reader
from fastavro.schema import SchemaParseException

from slasync.connectors.salesforce.ids import OBJECTS, to18
from slasync.connectors.salesforce.people import SYSTEM
from slasync.domain.lead import Ref
from slasync.ports import Change

HEADER = "ChangeEventHeader"
KINDS = {name: kind for kind, name in OBJECTS.items()}
GONE = {"DELETE", "GAP_DELETE"}
OVERFLOW = "GAP_OVERFLOW"
READ = {"CREATE", "UPDATE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_UNDELETE"}
CLIENT = "client=slasync/1.0"  # as Sforce-Call-Options names us; it comes back as changeOrigin
MOST_SCHEMAS = 100
BROKEN_EVENT = (
    KeyError, TypeError, ValueError, IndexError, EOFError, OverflowError, AttributeError,
    struct.error, SchemaParseException,
)  # fmt: skip


class Unreadable(ValueError):
    """An event that says nothing that can be understood."""


class Headers:
    """Reads the headers of events, each by the schema that its writer names.

    An object that gets another field gets another schema. The header comes first, so that the
    schema is cut off behind it: values of records are not even decoded.
    """

    def __init__(self) -> None:
        self._schemas: dict[str, Any] = {}

    def read(self, event: Any, schema_of: Callable[[str], str]) -> Mapping[str, Any]:
        """Return the header. `schema_of` asks for a schema by its id. Raises Unreadable."""
        known = self._schemas.get(event.schema_id)
        text = schema_of(event.schema_id) if known is None else ""
        try:
            if known is None:
                known = self._known(event.schema_id, text)
            found: Any = schemaless_reader(io.BytesIO(event.payload), known, None)
            return dict(found[HEADER])
        except BROKEN_EVENT as error:
            raise Unreadable(f"an event that cannot be read: {type(error).__name__}") from error

    def _known(self, schema_id: str, text: str) -> Any:
        if len(self._schemas) >= MOST_SCHEMAS:
            self._schemas.clear()
        self._schemas[schema_id] = parsed = parse_schema(_cut(json.loads(text)))
        return parsed


def _cut(schema: Mapping[str, Any]) -> dict[str, Any]:
    names = [field["name"] for field in schema["fields"]]
    return {**schema, "fields": schema["fields"][: names.index(HEADER) + 1]}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event has slasync do: read records, or poll; nothing for our own echo."""

    changes: tuple[Change, ...] = ()
    poll: str = ""


def meaning(header: Mapping[str, Any], org: str, us: str) -> Meaning:
    """Tell what to read. `org` and `us`: the organisation, and slasync's user in it.

    A deletion is polled for: only a poll tells what a deleted record became part of. Raises
    Unreadable.
    """
    try:
        kind = KINDS.get(str(header["entityName"]))
        poll = _untold(header) if kind else ""
        if kind is None or poll or _is_echo(header, us):
            return Meaning(poll=poll)
        return Meaning(tuple(_changes(header, kind, org)))
    except BROKEN_EVENT as error:
        raise Unreadable(f"a header that cannot be read: {type(error).__name__}") from error


def _untold(header: Mapping[str, Any]) -> str:
    """Say what an event does not tell; nothing where it names the records to be read."""
    name, change = header["entityName"], str(header["changeType"])
    if change == OVERFLOW:
        return f"too many records of {name} changed at once to be told"
    if change in GONE:
        return f"a record of {name} was deleted"
    if change not in READ:
        return f"{name} changed in a way that is not known: {change:.40}"
    if any("*" in each for each in header["recordIds"]):
        return f"records of {name} changed that are not named"
    return ""


def _is_echo(header: Mapping[str, Any], us: str) -> bool:
    """Tell whether slasync's own write comes back: both its user and its name are on it."""
    by, origin = str(header.get("commitUser") or ""), str(header.get("changeOrigin") or "")
    return bool(by) and to18(by) == us and CLIENT in origin.split(";")


def _changes(header: Mapping[str, Any], kind: str, org: str) -> Iterator[Change]:
    """Yield one change a record: several that changed alike in one transaction share an event."""
    told = f"{header['transactionKey']}:{header['sequenceNumber']}"
    for each in header["recordIds"]:
        record = to18(str(each))
        yield Change(f"change:{org}:{told}:{record}", Ref(SYSTEM, kind, record))
