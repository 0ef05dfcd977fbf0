"""What slasync's own user may do: what it lacks, and what it has in excess."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce.labels import INTEGRATION
from slasync.connectors.salesforce.metadata import (
    NEEDED_RIGHTS,
    ObjectRights,
    object_rights,
)
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import quoted
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater
from slasync.systems import SalesforceConfig

COLUMNS_A_QUERY = 60
PREFIX = "Permissions"
DANGEROUS: Mapping[str, str] = {
    "ModifyAllData": "it may change and delete every record of every object",
    "ViewAllData": "it may read every record of every object",
    "AuthorApex": "it may run code of its own in the organisation",
    "CustomizeApplication": "it may change the organisation itself",
    "ModifyMetadata": "it may change the organisation itself",
    "ManageUsers": "it may make users and change their rights",
    "ManageInternalUsers": "it may make users and change their rights",
    "ResetPasswords": "it may take over other users",
    "AssignPermissionSets": "it may give itself any right",
    "ManageProfilesPermissionsets": "it may give itself any right",
    "ManageSharing": "it may open records to others",
    "BulkApiHardDelete": "it may delete past the recycle bin",
    "ViewEncryptedData": "it may read what is encrypted",
    "DataExport": "it may take away all data",
    "ManageAuthProviders": "it may change how people log in",
    "ManageConnectedApps": "it may let other programs in",
}
KINDS: Mapping[str, str] = {
    "create": "PermissionsCreate",
    "edit": "PermissionsEdit",
    "delete": "PermissionsDelete",
    "view_all": "PermissionsViewAllRecords",
    "modify_all": "PermissionsModifyAllRecords",
}
WORDS = {
    "create": "Create",
    "edit": "Edit",
    "delete": "Delete",
    "view_all": "View All",
    "modify_all": "Modify All",
}
REMEDY = f"`slasync provision salesforce` makes the permission set {INTEGRATION} with it: assign it"


@dataclass(frozen=True, slots=True)
class Granted:
    """What a user has: system rights with the permission set they come from, rights on objects."""

    system: Mapping[str, str]
    objects: Mapping[str, frozenset[str]]  # of KINDS


def rights(config: SalesforceConfig, transport: Transport, user: str) -> Findings:
    """Compare what `user` may do with what slasync needs. Raises TryLater or Stopped."""
    try:
        granted = _granted(transport, user)
    except Refused as error:
        words = "give it 'View Setup and Configuration' (ViewSetup)"
        return Findings((f"the rights of slasync's user cannot be read: {words} ({error})",))
    wanted = object_rights(config)
    problems = [*_missing(granted, wanted), *_excess(granted, wanted)]
    return Findings(tuple(problems), tuple(_unused(granted, wanted)))


def _granted(transport: Transport, user: str) -> Granted:
    assigned = (
        f"(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {quoted(user)})"  # noqa: S608 - quoted
    )
    columns = _columns(transport)
    texts = [
        f"SELECT Id,Label,{','.join(columns[n : n + COLUMNS_A_QUERY])} FROM PermissionSet"  # noqa: S608 - names as told
        f" WHERE Id IN {assigned}"
        for n in range(0, len(columns), COLUMNS_A_QUERY)
    ]
    kinds = ",".join(KINDS.values())
    texts.append(
        f"SELECT SobjectType,{kinds} FROM ObjectPermissions WHERE ParentId IN {assigned}"  # noqa: S608 - quoted
    )
    told = _asked(transport, texts)
    system = {
        name.removeprefix(PREFIX): str(row.get("Label") or row["Id"])
        for rows in told[:-1]
        for row in rows
        for name, value in row.items()
        if name.startswith(PREFIX) and value is True
    }
    objects: dict[str, frozenset[str]] = {}
    for row in told[-1]:
        kinds_of = frozenset(kind for kind, column in KINDS.items() if row.get(column))
        name = str(row["SobjectType"])
        objects[name] = objects.get(name, frozenset()) | kinds_of
    return Granted(system, objects)


def _columns(transport: Transport) -> list[str]:
    """Return the columns of PermissionSet that this organisation has."""
    told = transport.call(Lane.READ, "GET", "sobjects/PermissionSet/describe")
    try:
        fields: Sequence[Mapping[str, Any]] = told["fields"]
        return [f["name"] for f in fields if f["type"] == "boolean" and _is_right(f["name"])]
    except (KeyError, TypeError) as error:
        raise TryLater("the description of PermissionSet is not one") from error


def _is_right(name: str) -> bool:
    return name.startswith(PREFIX)


def _asked(transport: Transport, texts: Sequence[str]) -> list[list[Row]]:
    found: list[list[Row]] = []
    for start in range(0, len(texts), QUERIES_A_CALL):
        some = texts[start : start + QUERIES_A_CALL]
        found += [rows_of(told) for told in queries(transport, Lane.READ, some)]
    return found


def _missing(granted: Granted, wanted: Mapping[str, ObjectRights]) -> Iterator[str]:
    for name in NEEDED_RIGHTS:
        if name not in granted.system:
            yield f"slasync's user lacks the right {name}: {REMEDY}"
    for name, needed in wanted.items():
        if name not in granted.objects:
            yield f"slasync's user may not read {name}: {REMEDY}"
            continue
        lacking = [WORDS[k] for k in KINDS if getattr(needed, k) and k not in granted.objects[name]]
        if lacking:
            yield f"slasync's user lacks {', '.join(lacking)} on {name}: {REMEDY}"


def _excess(granted: Granted, wanted: Mapping[str, ObjectRights]) -> Iterator[str]:
    for name, why in DANGEROUS.items():
        if name in granted.system:
            given = granted.system[name]
            yield f"slasync's user has the right {name} in excess ({why}): take it out of '{given}'"
    for name, kinds in sorted(granted.objects.items()):
        needed = wanted.get(name, ObjectRights())
        if "modify_all" in kinds and not needed.modify_all:
            yield (
                f"slasync's user has Modify All on {name} in excess: take it out of its permission"
                " sets and profile"
            )


def _unused(granted: Granted, wanted: Mapping[str, ObjectRights]) -> Iterator[str]:
    """Name the rest of what slasync does not need: harmless, and better not given."""
    rest = sorted(granted.system.keys() - {*NEEDED_RIGHTS, *DANGEROUS})
    if rest:
        yield f"rights in excess, of no use to slasync: {', '.join(rest)}"
    for name, kinds in sorted(granted.objects.items()):
        needed = wanted.get(name)
        more = [WORDS[k] for k in sorted(kinds - {"modify_all"}) if not getattr(needed, k, False)]
        if more:
            yield f"rights in excess, of no use to slasync: {', '.join(more)} on {name}"
    read = sorted(granted.objects.keys() - wanted.keys())  # there is a row only of what may be read
    if read:
        yield f"rights in excess, of no use to slasync: Read on {', '.join(read)}"
