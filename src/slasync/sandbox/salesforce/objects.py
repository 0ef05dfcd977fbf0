"""The standard objects of an org, made of the tables of their fields (see `tables_sales`)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slasync.sandbox.salesforce import tables_activities as activities
from slasync.sandbox.salesforce import tables_permissions as permissions
from slasync.sandbox.salesforce import tables_sales as sales
from slasync.sandbox.salesforce import tables_setup as setup
from slasync.sandbox.salesforce.schema import Field, ObjectType, parsed

Value = Callable[[Mapping[str, Any]], Any]

CHOICES = {
    ("Lead", "Status"): ("Open - Not Contacted", "Working - Contacted", "Closed - Converted",
                         "Closed - Not Converted"),
    ("Lead", "LeadSource"): ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
    ("Lead", "Rating"): ("Hot", "Warm", "Cold"),
    ("Lead", "Salutation"): ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    ("Account", "Industry"): ("Agriculture", "Apparel", "Banking", "Consulting", "Other"),
    ("Account", "Type"): ("Prospect", "Customer - Direct", "Partner", "Other"),
    ("Contact", "Salutation"): ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    ("Task", "Status"): ("Not Started", "In Progress", "Completed", "Waiting on someone else",
                         "Deferred"),
    ("Task", "Priority"): ("High", "Normal", "Low"),
    ("Task", "TaskSubtype"): ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"),
    ("Task", "CallType"): ("Internal", "Inbound", "Outbound"),
    ("EmailMessage", "Status"): ("0", "1", "2", "3", "4", "5"),
    ("Opportunity", "StageName"): ("Prospecting", "Qualification", "Needs Analysis",
                                   "Proposal/Price Quote", "Negotiation/Review", "Closed Won",
                                   "Closed Lost"),
    ("OpportunityContactRole", "Role"): ("Business User", "Decision Maker", "Evaluator", "Other"),
    ("Campaign", "Status"): ("Planned", "In Progress", "Completed", "Aborted"),
    ("QueueSobject", "SobjectType"): ("Lead", "Task"),
    ("Group", "Type"): ("Regular", "Role", "Queue"),
}  # fmt: skip
UNDELETABLE = {"User", "BusinessHours"}
INDEXED = {
    "Lead": {"Email", "OwnerId"},
    "Contact": {"Email", "AccountId"},
    "Task": {"WhoId", "WhatId", "OwnerId"},
    "Event": {"WhoId", "WhatId"},
    "EmailMessage": {"ActivityId"},
    "User": {"Username", "Email"},
    "Opportunity": {"AccountId", "ContactId"},
    "OpportunityContactRole": {"OpportunityId", "ContactId"},
    "GroupMember": {"GroupId", "UserOrGroupId"},
    "QueueSobject": {"QueueId"},
    "LeadHistory": {"LeadId"},
    "Group": {"Type"},
}
ADDRESS = (("Street", "textarea:255"), ("City", "string:40"), ("State", "string:80"),
           ("PostalCode", "string:20"), ("Country", "string:80"), ("Latitude", "double"),
           ("Longitude", "double"), ("GeocodeAccuracy", "picklist:40 closed"))  # fmt: skip


def standard() -> list[ObjectType]:
    """Return fresh types of all standard objects: an org may add fields to its own."""
    activity = sales.SYSTEM
    return [
        _object("Lead", "00Q", "Leads", sales.LEAD),
        _object("Contact", "003", "Contacts", sales.CONTACT),
        _object("Account", "001", "Accounts", sales.ACCOUNT),
        _object("Opportunity", "006", "Opportunities", sales.OPPORTUNITY),
        _object("Task", "00T", "Tasks", activities.TASK + activity),
        _object("Event", "00U", "Events", activities.EVENT + activity),
        _object("EmailMessage", "02s", "Email Messages", activities.EMAIL_MESSAGE + activity),
        _object("Campaign", "701", "Campaigns", sales.CAMPAIGN),
        replace(_role(), soft_delete=False),  # one that is taken away leaves no trace
        *(replace(_object(*each), soft_delete=False) for each in _people()),
        *(replace(_object(*each), soft_delete=False) for each in _granting()),
        *(replace(_object(*each), writable=False, soft_delete=False) for each in _fixed()),
    ]


def _role() -> ObjectType:
    return _object("OpportunityContactRole", "00K", "Contact Roles", sales.CONTACT_ROLE)


def _people() -> list[tuple[str, str, str, str]]:
    return [
        ("User", "005", "Users", setup.USER),
        ("Group", "00G", "Groups", setup.GROUP),
        ("GroupMember", "011", "Group Members", setup.GROUP_MEMBER),
        ("QueueSobject", "03g", "Queue Objects", setup.QUEUE_SOBJECT),
        ("UserRole", "00E", "Roles", setup.USER_ROLE),
        ("BusinessHours", "01m", "Business Hours", setup.BUSINESS_HOURS),
        ("Holiday", "0C0", "Holidays", setup.HOLIDAY),
    ]


def _granting() -> list[tuple[str, str, str, str]]:
    return [
        ("PermissionSet", "0PS", "Permission Sets", permissions.PERMISSION_SET),
        ("PermissionSetAssignment", "0Pa", "Permission Set Assignments", permissions.ASSIGNMENT),
        ("FieldPermissions", "01k", "Field Permissions", permissions.FIELD_PERMISSIONS),
        ("ObjectPermissions", "110", "Object Permissions", permissions.OBJECT_PERMISSIONS),
    ]


def _fixed() -> list[tuple[str, str, str, str]]:
    return [
        ("LeadHistory", "017", "Lead Histories", setup.LEAD_HISTORY),
        ("LeadStatus", "01J", "Lead Status Values", setup.STATUS + "IsConverted boolean"),
        ("TaskStatus", "01T", "Task Status Values", setup.STATUS + "IsClosed boolean"),
        ("TaskPriority", "02T", "Task Priorities", setup.STATUS + "IsHighPriority boolean"),
        ("OpportunityStage", "01I", "Opportunity Stages", setup.OPPORTUNITY_STAGE),
        ("Organization", "00D", "Organizations", setup.ORGANIZATION),
    ]


def _object(name: str, prefix: str, plural: str, table: str) -> ObjectType:
    made = ObjectType(name, prefix, _label(name), plural, deletable=name not in UNDELETABLE)
    made.indexed |= INDEXED.get(name, set())
    made.add(replace(parsed("Id id ! ro d look"), label=f"{made.label} ID"))
    for line in filter(None, map(str.strip, table.splitlines())):
        for each in _address(line) if line.startswith("@") else [parsed(line)]:
            made.add(_completed(name, each))
    return made


def _label(name: str) -> str:
    return {"QueueSobject": "Queue Object", "GroupMember": "Group Member"}.get(name, name)


def _completed(name: str, each: Field) -> Field:
    if (name, each.name) in CHOICES:
        each = replace(each, choices=CHOICES[name, each.name])
    if each.default and each.type in {"int", "currency"}:
        each = replace(each, default=int(each.default))
    if each.name in {"FirstName", "LastName", "Salutation"}:
        each = replace(each, compound="Name")
    if each.name == "PhotoUrl":
        each = replace(each, computed=lambda row: f"/services/images/photo/{row['Id']}")
    return each


def _address(line: str) -> list[Field]:
    """Return the parts of an address and the compound field that reads them together."""
    prefix = line.removeprefix("@address").strip()
    parts = [
        replace(parsed(f"{prefix}{part} {kind}"), compound=f"{prefix}Address")
        for part, kind in ADDRESS
    ]
    names = {part[0].lower() + part[1:]: f"{prefix}{part}" for part, _ in ADDRESS}
    whole = parsed(f"{prefix}Address address ro")
    return [*parts, replace(whole, computed=_compound(names))]


def _compound(names: dict[str, str]) -> Value:
    def value(row: Mapping[str, Any]) -> dict[str, Any] | None:
        found = {part: row.get(names[part]) for part in sorted(names)}
        return found if any(v is not None for v in found.values()) else None

    return value
