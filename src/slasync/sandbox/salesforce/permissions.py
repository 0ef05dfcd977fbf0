"""Who may do what: permission sets, what they grant, and which custom fields can be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slasync.sandbox.salesforce import derived, writes
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Field
from slasync.sandbox.salesforce.tables_permissions import RIGHTS
from slasync.sandbox.salesforce.unit import Unit

LEAST = ("ApiEnabled", "ViewSetup", "EditTask", "TransferAnyLead")
ALL = ("Create", "Read", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords")
OBJECTS = {
    "Lead": ALL,
    "Contact": ("Read", "Edit", "ViewAllRecords"),
    "Account": ("Read", "ViewAllRecords"),
}
TABLES = {"Activity": ("Task", "Event")}  # whose custom fields are those of others


@dataclass(slots=True)
class Customs:
    """Custom fields as they were made, whether or not anybody may see them."""

    made: dict[str, Field] = field(default_factory=dict)  # by full name: Lead.Slasync_Due__c
    integration: str = ""  # the user whose rights decide what the API shows


def customs(org: Org) -> Customs:
    """Return the org's own fields, with those that it was born with."""
    if org.customs is None:
        born = Customs()
        for object_name, type_ in org.schema.objects.items():
            for each in type_.fields.values():
                if each.custom:
                    born.made[f"{_owner(object_name)}.{each.name}"] = each
        org.customs = born
    found: Customs = org.customs
    return found


def _owner(object_name: str) -> str:
    return "Activity" if object_name in TABLES["Activity"] else object_name


def grant_firsts(org: Org, unit: Unit, admin: str, integration: str) -> None:
    """Give the admin everything and slasync's user what setup.md asks for, as by hand."""
    customs(org).integration = integration
    everything = dict.fromkeys(RIGHTS, True)
    admins = permission_set(org, unit, "Admins", "System Administrator", everything)
    assign(org, unit, admins, admin)
    rights = dict.fromkeys(LEAST, True)
    given = permission_set(org, unit, "By_Hand", "slasync, by hand", rights)
    for name, kinds in OBJECTS.items():
        grant_object(org, unit, given, name, kinds)
    for full_name in customs(org).made:
        grant_field(org, unit, given, full_name, edit=True)
    assign(org, unit, given, integration)


def permission_set(org: Org, unit: Unit, name: str, label: str, rights: Mapping[str, bool]) -> str:
    """Make a permission set, or change the one of that name; return its id."""
    columns = {f"Permissions{right}": on for right, on in rights.items()}
    there = [r for r in org.rows("PermissionSet") if r["Name"] == name]
    if there:
        writes.update(org, unit, org.schema["PermissionSet"], there[0]["Id"], columns)
        return str(there[0]["Id"])
    fields = {"Name": name, "Label": label} | columns
    return writes.create(org, unit, org.schema["PermissionSet"], fields)


def assign(org: Org, unit: Unit, permission_set_id: str, user: str) -> str:
    fields = {"PermissionSetId": permission_set_id, "AssigneeId": user}
    return writes.create(org, unit, org.schema["PermissionSetAssignment"], fields)


def grant_object(org: Org, unit: Unit, parent: str, name: str, kinds: Iterable[str]) -> None:
    fields = {"ParentId": parent, "SobjectType": name}
    for row in [r for r in org.rows("ObjectPermissions") if _is(r, fields)]:
        writes.delete(org, unit, org.schema["ObjectPermissions"], row["Id"])
    granted = {f"Permissions{kind}": True for kind in kinds}
    writes.create(org, unit, org.schema["ObjectPermissions"], fields | granted)


def grant_field(org: Org, unit: Unit, parent: str, full_name: str, *, edit: bool) -> None:
    """Let a custom field be seen, and edited or not, by whom the permission set is given to."""
    owner, _, name = full_name.partition(".")
    for object_name in TABLES.get(owner, (owner,)):
        fields = {"ParentId": parent, "SobjectType": object_name, "Field": f"{object_name}.{name}"}
        for row in [r for r in org.rows("FieldPermissions") if _is(r, fields)]:
            writes.delete(org, unit, org.schema["FieldPermissions"], row["Id"])
        granted = {"PermissionsRead": True, "PermissionsEdit": edit}
        writes.create(org, unit, org.schema["FieldPermissions"], fields | granted)


def _is(row: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    return all(row.get(name) == value for name, value in fields.items())


def unprepare(org: Org) -> None:
    """Have the org be one that nobody prepared for slasync: without its fields and rights."""
    for full_name, made in list(customs(org).made.items()):
        owner, _, name = full_name.partition(".")
        for object_name in TABLES.get(owner, (owner,)):
            if org.schema[object_name].find(made.name) is not None:
                org.remove_field(object_name, name)
    customs(org).made.clear()
    org.metadata = None
    for object_name in ("FieldPermissions", "ObjectPermissions"):
        store = org.stores[object_name]
        for row in list(store.rows):
            store.drop(row)


def show_what_is_granted(org: Org) -> None:
    """Have each custom field be there for the API, read-only, or not at all, as it is granted."""
    known = customs(org)
    given = {
        r["PermissionSetId"]
        for r in org.rows("PermissionSetAssignment")
        if r["AssigneeId"] == known.integration
    }
    granted: dict[str, bool] = {}
    for row in org.rows("FieldPermissions"):
        if row["ParentId"] in given:
            edit = granted.get(row["Field"], False) or bool(row.get("PermissionsEdit"))
            granted[row["Field"]] = edit
    for full_name, made in known.made.items():
        owner, _, name = full_name.partition(".")
        for object_name in TABLES.get(owner, (owner,)):
            _show(org, object_name, made, granted.get(f"{object_name}.{name}"))


def _show(org: Org, object_name: str, made: Field, edit: bool | None) -> None:  # noqa: FBT001 - what is granted
    there = org.schema[object_name].find(made.name)
    if edit is None:
        if there is not None:
            org.remove_field(object_name, made.name)
        return
    wanted = replace(made, createable=edit and made.createable, updateable=edit)
    if there != wanted:
        org.add_field(object_name, wanted)


def _assigned(org: Org, _: Unit, __: Mapping[str, Any] | None, ___: Mapping[str, Any]) -> None:
    show_what_is_granted(org)


derived.FOLLOW["PermissionSetAssignment"] = _assigned
