"""Creating, changing and deleting one record: the order in which an org checks and derives."""

from collections.abc import Mapping
from typing import Any

from slasync.sandbox.faults import Kind
from slasync.sandbox.salesforce import ids, rules, times
from slasync.sandbox.salesforce.errors import Trouble, locked
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Field, ObjectType, Row
from slasync.sandbox.salesforce.unit import SYSTEM, Unit
from slasync.sandbox.salesforce.values import accepted

AUDIT = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
CHILDREN = (("Task", "WhoId"), ("Event", "WhoId"), ("OpportunityContactRole", "OpportunityId"))
NEW = "000000000000000AAA"  # the id of a record that has none yet


def create(org: Org, unit: Unit, type_: ObjectType, fields: Mapping[str, Any]) -> str:
    """Insert a record and return its id. Raises Trouble with nothing written."""
    strike(org, unit, type_, NEW)
    if not type_.writable:
        raise Trouble(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {type_.name}"
        )
    if org.switches.storage_full and unit.options.through_api:
        raise Trouble("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", ())
    given = _given(org, type_, fields, "createable")
    new = type_.defaults | {k: v for k, v in given.items() if v is not None}
    if type_.has("OwnerId"):
        new.setdefault("OwnerId", unit.by)
    rules.derive(org, unit, type_, None, new)
    _require(type_, new)
    rules.check(org, unit, type_, None, new)
    new = {"Id": org.new_id(type_.prefix)} | new
    insert(org, unit, type_, new)
    return str(new["Id"])


def insert(org: Org, unit: Unit, type_: ObjectType, new: Row) -> None:
    """Store a new row as it is, with its audit fields, and what follows from it."""
    at = times.stamp(unit.at)
    for name, value in (("CreatedDate", at), ("CreatedById", unit.by)):
        if type_.has(name):
            new[name] = value
    _audit(type_, new, unit, at)
    _put(org, unit, type_, new)
    unit.note("create", type_.name, new["Id"], {}, new)
    rules.follow(org, unit, type_, None, new)


def update(
    org: Org, unit: Unit, type_: ObjectType, record_id: str, fields: Mapping[str, Any]
) -> None:
    """Change fields of a record. Raises Trouble with nothing written."""
    old = existing(org, type_, record_id)
    strike(org, unit, type_, record_id)
    rules.may_change(org, type_, old)
    given = _given(org, type_, fields, "updateable")
    new = {k: v for k, v in (old | given).items() if v is not None}
    rules.derive(org, unit, type_, old, new)
    _require(type_, new, set(given))
    rules.check(org, unit, type_, old, new)
    replace(org, unit, type_, old, new)


def replace(org: Org, unit: Unit, type_: ObjectType, old: Row, new: Row) -> None:
    """Store a changed row with its audit fields, and what follows from it."""
    before, after = difference(old, new)
    _audit(type_, new, unit, times.stamp(unit.at))
    _put(org, unit, type_, new)
    unit.note("update", type_.name, new["Id"], before, after)
    rules.follow(org, unit, type_, old, new)


def delete(org: Org, unit: Unit, type_: ObjectType, record_id: str, **marks: Any) -> None:
    """Put a record and its activities into the recycle bin, or remove it where there is none."""
    old = existing(org, type_, record_id)
    strike(org, unit, type_, record_id)
    if not type_.deletable:
        raise Trouble("DELETE_FAILED", f"entity type cannot be deleted: {type_.name}", ())
    if type_.soft_delete:
        bury(org, unit, type_, old, marks)
        _bury_children(org, unit, record_id)
    else:
        unit.drop(org.store(type_), record_id)
        unit.note("delete", type_.name, record_id, old, {})


def bury(org: Org, unit: Unit, type_: ObjectType, old: Row, marks: Row) -> None:
    """Set IsDeleted and the given marks on a row and list it as deleted."""
    store, at = org.store(type_), times.stamp(unit.at)
    new = old | marks | {"IsDeleted": True}
    _audit(type_, new, unit, at)
    _put(org, unit, type_, new)
    entry = (at, old["Id"])
    store.deleted.append(entry)
    unit.undo_by(lambda: store.deleted.remove(entry))
    unit.note("delete", type_.name, old["Id"], *difference(old, new))


def _bury_children(org: Org, unit: Unit, record_id: str) -> None:
    for name, field in CHILDREN:
        for row in org.stores[name].live(field, record_id):
            bury(org, unit, org.schema[name], row, {})
            org.cascaded.setdefault(record_id, []).append((name, row["Id"]))


def undelete(org: Org, unit: Unit, type_: ObjectType, record_id: str) -> None:
    """Take a record and what was deleted with it out of the recycle bin."""
    old = org.store(type_).rows.get(record_id)
    if old is None or not old.get("IsDeleted"):
        raise Trouble("UNDELETE_FAILED", "entity is not in the recycle bin", ())
    new = {k: v for k, v in old.items() if k not in {"IsDeleted", "MasterRecordId"}}
    rules.unique(org, type_, None, new)
    before, after = difference(old, new)
    _audit(type_, new, unit, times.stamp(unit.at))
    _put(org, unit, type_, new)
    unit.note("undelete", type_.name, record_id, before, after)
    for name, child in org.cascaded.pop(record_id, []):
        if org.stores[name].rows.get(child, {}).get("IsDeleted"):
            undelete(org, unit, org.schema[name], child)


def existing(org: Org, type_: ObjectType, record_id: str) -> Row:
    """Return the current row. Raises INVALID_CROSS_REFERENCE_KEY or ENTITY_IS_DELETED."""
    row = org.store(type_).rows.get(record_id)
    if row is None:
        raise Trouble("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    if row.get("IsDeleted"):
        raise Trouble("ENTITY_IS_DELETED", "entity is deleted", ())
    return row


def strike(org: Org, unit: Unit, type_: ObjectType, record_id: str) -> None:
    """Let a fault refuse this row of an API write."""
    if not unit.options.through_api:
        return
    kind = org.world.faults.row(SYSTEM, type_.name, org.world.chance("salesforce.rows"))
    if kind is Kind.ROW_LOCKED:
        raise locked(record_id)
    if kind is Kind.ROW_REFUSED:
        raise Trouble("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Refused by a validation rule.", ())


def difference(old: Row, new: Row) -> tuple[Row, Row]:
    """Return the changed fields before and after, without the audit fields."""
    names = [n for n in new.keys() | old.keys() if n not in AUDIT and old.get(n) != new.get(n)]
    return {n: old.get(n) for n in sorted(names)}, {n: new.get(n) for n in sorted(names)}


def _given(org: Org, type_: ObjectType, fields: Mapping[str, Any], right: str) -> Row:
    found: Row = {}
    closed: list[str] = []
    for name, value in fields.items():
        if name == "attributes":
            continue
        field = type_.find(name)
        if field is None:
            parent = type_.relation(name)
            if parent is None or not isinstance(value, Mapping):
                raise Trouble(
                    "INVALID_FIELD", f"No such column '{name}' on sobject of type {type_.name}"
                )
            field, value = parent, _parent(org, parent, value)  # noqa: PLW2901 - named by key
        if not getattr(field, right):
            closed.append(field.name)
            continue
        found[field.name] = accepted(field, value)
    if closed:
        text = f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this field and verify that it is read/write for your profile or permission set."  # noqa: E501 - the vendor's sentence
        raise Trouble("INVALID_FIELD_FOR_INSERT_UPDATE", text, closed)
    return found


def _parent(org: Org, field: Field, keys: Mapping[str, Any]) -> str:
    """Find the parent that `{"ExtId__c": "A-1"}` names."""
    names = {k: v for k, v in keys.items() if k != "attributes"}
    if field.polymorphic and "attributes" not in keys:
        text = "Nested object for polymorphic foreign key must have an attributes field before any other fields."  # noqa: E501 - the vendor's sentence
        raise Trouble("JSON_PARSER_ERROR", text, ())
    named_type = keys.get("attributes")
    target = named_type.get("type") if isinstance(named_type, Mapping) else field.refers_to[0]
    type_ = org.schema.find(str(target))
    if type_ is None or len(names) != 1:
        raise Trouble("INVALID_FIELD", f"invalid foreign key {field.relation}", (field.name,))
    name, value = next(iter(names.items()))
    rows = named(org, type_, name, str(value))
    if len(rows) != 1:
        text = f"Foreign key external ID: {value} not found for field {name} in entity {type_.name}"
        raise Trouble("INVALID_FIELD", text, ())
    return str(rows[0]["Id"])


def named(org: Org, type_: ObjectType, name: str, value: str) -> list[Row]:
    """Return the records with this value in an upsert key. Raises NOT_FOUND for another field."""
    field = type_.find(name)
    if field is None or not (field.id_lookup or field.external_id):
        raise Trouble("NOT_FOUND", "The requested resource does not exist")
    store = org.store(type_)
    if field.type == "id":
        row = org.alive(ids.normal(value))
        return [row] if row is not None and row["Id"] in store.rows else []
    if field.name not in store.matching:
        store.index(field.name)
    return store.live(field.name, value)


def _require(type_: ObjectType, new: Row, given: set[str] | None = None) -> None:
    """Raise REQUIRED_FIELD_MISSING; on an update only what was given can have become empty."""
    missing = [n for n in type_.required if new.get(n) is None and (given is None or n in given)]
    if "OwnerId" in missing:
        raise Trouble(
            "INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", ("OwnerId",)
        )
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise Trouble("REQUIRED_FIELD_MISSING", text, missing)


def _audit(type_: ObjectType, new: Row, unit: Unit, at: str) -> None:
    for name, value in (
        ("LastModifiedDate", at), ("LastModifiedById", unit.by), ("SystemModstamp", at)
    ):  # fmt: skip
        if type_.has(name):
            new[name] = value


def _put(org: Org, unit: Unit, type_: ObjectType, new: Row) -> None:
    delay = org.world.faults.visible_after(
        SYSTEM, type_.name, org.world.chance("salesforce.visible")
    )
    unit.put(org.store(type_), new, visible_after=delay)
