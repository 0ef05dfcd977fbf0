"""What an org checks before it saves a record, whoever writes it."""

from slasync.sandbox.salesforce import derived
from slasync.sandbox.salesforce.duplicates import duplicates
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Field, ObjectType, Row
from slasync.sandbox.salesforce.unit import Unit

Before = Row | None


def derive(org: Org, unit: Unit, type_: ObjectType, old: Before, new: Row) -> None:
    """Fill in the fields that follow from others, and let the assignment rule choose an owner."""
    if type_.name == "Lead" and unit.options.auto_assign:
        rule = org.switches.assignment_rule
        owner = rule(new) if rule else None
        if owner is not None:
            new["OwnerId"] = owner
    found = derived.DERIVE.get(type_.name)
    if found is not None:
        found(org, unit, old, new)


def check(org: Org, unit: Unit, type_: ObjectType, old: Before, new: Row) -> None:
    """Raise Trouble where the record must not be saved."""
    for field in type_.references:
        value = new.get(field.name)
        if value is not None and value != (old or {}).get(field.name):
            refer(org, type_, field, value)
    if type_.name in {"Task", "Event"}:
        _who_and_what(new)
    for rule in org.switches.validations.get(type_.name, ()):
        text = rule(old, new)
        if text is not None:
            raise Trouble("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, ())
    unique(org, type_, old, new)
    duplicates(org, unit, type_, old, new)


def follow(org: Org, unit: Unit, type_: ObjectType, old: Before, new: Row) -> None:
    """Write what a saved record entails elsewhere: history, the parent's last activity."""
    found = derived.FOLLOW.get(type_.name)
    if found is not None:
        found(org, unit, old, new)


def may_change(org: Org, type_: ObjectType, old: Row) -> None:
    """Raise where a record as it is cannot be changed at all."""
    if old.get("IsConverted") and type_.name == "Lead":
        raise Trouble("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
    if not org.switches.may_update_inactive_owners and type_.has("OwnerId"):
        _active(org, type_, old["OwnerId"])


def refer(org: Org, type_: ObjectType, field: Field, value: str) -> None:
    """Check that a reference leads to a record that exists and fits."""
    if field.name == "OwnerId":
        _owner(org, type_, value)
        return
    target = org.schema.of(value)
    if target is None or target.name not in field.refers_to:
        text = f"{field.label}: id value of incorrect type: {value}"
        raise Trouble("FIELD_INTEGRITY_EXCEPTION", text, (field.name,))
    row = org.row(value)
    if row is None:
        code = "INVALID_CROSS_REFERENCE_KEY"
        raise Trouble(code, "invalid cross reference id", (field.name,))
    if row.get("IsDeleted"):
        raise Trouble("ENTITY_IS_DELETED", "entity is deleted", (field.name,), status=400)
    if row.get("IsConverted") and field.name == "WhoId":
        raise Trouble("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())


def _owner(org: Org, type_: ObjectType, owner: str) -> None:
    row = org.row(owner)
    target = org.schema.of(owner)
    if row is None or target is None or target.name not in type_.fields["OwnerId"].refers_to:
        code = "INVALID_CROSS_REFERENCE_KEY"
        raise Trouble(code, "invalid cross reference id", ("OwnerId",))
    if target.name == "User":
        _active(org, type_, owner)
    elif not any(
        q["SobjectType"] == type_.name for q in org.stores["QueueSobject"].find("QueueId", owner)
    ):
        text = f"Queue not associated with this SObject type: {owner}"
        raise Trouble("INVALID_OPERATION", text, ("OwnerId",))


def _active(org: Org, type_: ObjectType, owner: str) -> None:
    row = org.row(owner)
    if row is not None and row.get("IsActive") is False:
        text = f"operation performed with inactive user [{owner}] as owner of {type_.name.lower()}"
        raise Trouble("INACTIVE_OWNER_OR_USER", text, ())


def _who_and_what(new: Row) -> None:
    if new.get("WhoId", "").startswith("00Q") and new.get("WhatId"):
        text = "WhatId must be empty when WhoId is a lead"
        raise Trouble("FIELD_INTEGRITY_EXCEPTION", text, ("WhatId",))


def unique(org: Org, type_: ObjectType, old: Before, new: Row) -> None:
    """Raise DUPLICATE_VALUE where another living record has a value that must be unique."""
    store = org.store(type_)
    for field in type_.unique:
        value = new.get(field.name)
        if value is None or value == (old or {}).get(field.name):
            continue
        for other in store.live(field.name, value):
            if other["Id"] != new.get("Id"):
                text = f"duplicate value found: {field.name} duplicates value on record with id: {other['Id']}"  # noqa: E501 - the vendor's sentence
                raise Trouble("DUPLICATE_VALUE", text, ())
