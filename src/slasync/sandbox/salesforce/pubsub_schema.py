"""Change events in Avro: a schema for each object as it is now, and events written by it."""

import hashlib
import io
import json
from collections.abc import Collection, Mapping
from typing import Any

from fastavro import parse_schema, schemaless_writer

from slasync.sandbox.salesforce.schema import ObjectType, Schema

CHANGES = (
    "CREATE", "UPDATE", "DELETE", "UNDELETE",
    "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW",
)  # fmt: skip
NAMES = {"type": "array", "items": "string"}
HEADER_FIELDS: Mapping[str, Any] = {
    "entityName": "string", "recordIds": NAMES,
    "changeType": {"type": "enum", "name": "ChangeType", "symbols": list(CHANGES)},
    "changeOrigin": "string", "transactionKey": "string", "sequenceNumber": "int",
    "commitTimestamp": "long", "commitNumber": "long", "commitUser": "string",
    "nulledFields": NAMES, "diffFields": NAMES, "changedFields": NAMES,
}  # fmt: skip
HEADER = {
    "type": "record", "name": "ChangeEventHeader",
    "fields": [{"name": name, "type": kind} for name, kind in HEADER_FIELDS.items()],
}  # fmt: skip
AVRO = {"boolean": "boolean", "int": "double", "double": "double", "currency": "double",
        "percent": "double"}  # fmt: skip
UNTOLD = {"Id", "IsDeleted", "SystemModstamp"}


class Schemas:
    """The schemas of all events so far: old ones stay readable when an object has changed."""

    def __init__(self, objects: Schema) -> None:
        self._objects = objects
        self._texts: dict[str, str] = {}  # by id
        self._current: dict[str, tuple[int, str, Any]] = {}  # object -> its version, id, schema

    def text(self, schema_id: str) -> str | None:
        return self._texts.get(schema_id)

    def current(self, name: str) -> tuple[str, Any]:
        """Return id and schema of an object's events as it is now."""
        type_ = self._objects[name]
        known = self._current.get(name)
        if known is None or known[0] != type_.changes:
            text = json.dumps(_schema(type_), separators=(",", ":"))
            schema_id = hashlib.sha256(text.encode()).hexdigest()[:22]
            self._texts[schema_id] = text
            known = (type_.changes, schema_id, parse_schema(json.loads(text)))
            self._current[name] = known
        return known[1:]

    def written(self, header: dict[str, Any], values: Mapping[str, Any]) -> tuple[str, bytes]:
        """Write an event; return the id of its schema and its bytes."""
        schema_id, schema = self.current(header["entityName"])
        names = [field["name"] for field in schema["fields"]]
        told = {name: _told(self._objects[header["entityName"]], name, value)
                for name, value in values.items() if name in names}  # fmt: skip
        if header["changeType"] == "UPDATE":
            header["changedFields"] = [_bits(names, told)]
            header["nulledFields"] = [_bits(names, {n for n, v in told.items() if v is None})]
        out = io.BytesIO()
        schemaless_writer(out, schema, {"ChangeEventHeader": header, **told})
        return schema_id, out.getvalue()


def _schema(type_: ObjectType) -> dict[str, Any]:
    told = [f for f in type_.fields.values() if f.name not in UNTOLD and f.computed is None]
    fields: list[dict[str, Any]] = [{"name": "ChangeEventHeader", "type": HEADER}]
    fields += [
        {"name": f.name, "type": ["null", AVRO.get(f.type, "string")], "default": None}
        for f in told
    ]
    return {"type": "record", "name": f"{type_.name}ChangeEvent",
            "namespace": "com.sforce.eventbus", "fields": fields}  # fmt: skip


def _told(type_: ObjectType, name: str, value: Any) -> Any:
    if value is None:
        return None
    match AVRO.get(type_.fields[name].type):
        case "boolean":
            return bool(value)
        case "double":
            return float(value)
    return str(value)


def _bits(names: list[str], told: Collection[str]) -> str:
    """Return which fields: the lowest bit is the schema's first."""
    return f"0x{sum(1 << n for n, name in enumerate(names) if name in told):X}"
