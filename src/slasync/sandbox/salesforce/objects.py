"""The standard objects of an org, as tables of their fields (see `schema.parsed`)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slasync.sandbox.salesforce.activities import EVENT, TASK
from slasync.sandbox.salesforce.schema import Field, ObjectType, parsed

Value = Callable[[Mapping[str, Any]], Any]

SYSTEM = """
CreatedDate datetime ! ro d
CreatedById reference ! ro d -> User as CreatedBy
LastModifiedDate datetime ! ro d
LastModifiedById reference ! ro d -> User as LastModifiedBy
SystemModstamp datetime ! ro d
"""
SLASYNC = """
Slasync_Lead_Key__c string:80 key
Slasync_Stale__c boolean
Slasync_Stale_Since__c datetime
Slasync_SLA_State__c string:80
Slasync_Due__c datetime
Slasync_Why__c string:255
"""
SEEN = """
LastActivityDate date ro
LastViewedDate datetime ro
LastReferencedDate datetime ro
"""
LEAD = f"""
IsDeleted boolean ro
MasterRecordId reference ro -> Lead as MasterRecord
LastName string:80 !
FirstName string:40
Salutation picklist:40
Name string:121 ! ro
Title string:128
Company string:255 !
@address
Phone phone:40
MobilePhone phone:40
Fax phone:40
Email email:80 look
Website url:255
PhotoUrl url:255 ro
Description textarea:32000
LeadSource picklist:40
Status picklist:40 ! = Open - Not Contacted
Industry picklist:40
Rating picklist:40
AnnualRevenue currency
NumberOfEmployees int
OwnerId reference ! d -> Group,User as Owner
HasOptedOutOfEmail boolean
DoNotCall boolean
IsConverted boolean ro
ConvertedDate date ro
ConvertedAccountId reference ro -> Account as ConvertedAccount
ConvertedContactId reference ro -> Contact as ConvertedContact
ConvertedOpportunityId reference ro -> Opportunity as ConvertedOpportunity
IsUnreadByOwner boolean = true
{SYSTEM}{SEEN}
Jigsaw string:20
JigsawContactId string:20 ro
CleanStatus picklist:40
CompanyDunsNumber string:9
DandbCompanyId string:18
EmailBouncedReason string:255 uo
EmailBouncedDate datetime uo
IndividualId string:18
{SLASYNC}
"""
CONTACT = f"""
IsDeleted boolean ro
MasterRecordId reference ro -> Contact as MasterRecord
AccountId reference -> Account as Account
LastName string:80 !
FirstName string:40
Salutation picklist:40
Name string:121 ! ro
@address Other
@address Mailing
Phone phone:40
Fax phone:40
MobilePhone phone:40
HomePhone phone:40
OtherPhone phone:40
AssistantPhone phone:40
ReportsToId reference -> Contact as ReportsTo
Email email:80 look
Title string:128
Department string:80
AssistantName string:40
LeadSource picklist:40
Birthdate date
Description textarea:32000
OwnerId reference ! d -> User as Owner
HasOptedOutOfEmail boolean
DoNotCall boolean
{SYSTEM}
LastActivityDate date ro
LastCURequestDate datetime ro
LastCUUpdateDate datetime ro
LastViewedDate datetime ro
LastReferencedDate datetime ro
EmailBouncedReason string:255
EmailBouncedDate datetime
IsEmailBounced boolean ro
PhotoUrl url:255 ro
Jigsaw string:20
JigsawContactId string:20 ro
CleanStatus picklist:40
IndividualId string:18
{SLASYNC}
"""
ACCOUNT = f"""
IsDeleted boolean ro
MasterRecordId reference ro -> Account as MasterRecord
Name string:255 !
Type picklist:40
ParentId reference -> Account as Parent
@address Billing
@address Shipping
Phone phone:40
Fax phone:40
AccountNumber string:40
Website url:255
PhotoUrl url:255 ro
Sic string:20
Industry picklist:40
AnnualRevenue currency
NumberOfEmployees int
Ownership picklist:40
TickerSymbol string:20
Description textarea:32000
Rating picklist:40
Site string:80
OwnerId reference ! d -> User as Owner
{SYSTEM}{SEEN}
Jigsaw string:20
JigsawCompanyId string:20 ro
CleanStatus picklist:40
AccountSource picklist:40
DunsNumber string:9
Tradestyle string:255
NaicsCode string:8
NaicsDesc string:120
YearStarted string:4
SicDesc string:80
DandbCompanyId string:18
OperatingHoursId string:18
"""
OPPORTUNITY = f"""
IsDeleted boolean ro
AccountId reference -> Account as Account
ContactId reference co -> Contact as Contact
Name string:120 !
Description textarea:32000
StageName picklist:255 !
Amount currency
Probability percent
CloseDate date !
Type picklist:255
NextStep string:255
LeadSource picklist:40
IsClosed boolean ro
IsWon boolean ro
ForecastCategory picklist:40 ro
CampaignId reference -> Campaign as Campaign
OwnerId reference ! d -> User as Owner
{SYSTEM}{SEEN}
"""
CAMPAIGN = f"""
IsDeleted boolean ro
Name string:80 ! look
ParentId reference -> Campaign as Parent
Type picklist:40 d
Status picklist:40 d = Planned
StartDate date
EndDate date
ExpectedRevenue currency
BudgetedCost currency
ActualCost currency
ExpectedResponse percent
NumberSent double
IsActive boolean
Description textarea:32000
NumberOfLeads int ! ro = 0
NumberOfConvertedLeads int ! ro = 0
NumberOfContacts int ! ro = 0
NumberOfResponses int ! ro = 0
NumberOfOpportunities int ! ro = 0
NumberOfWonOpportunities int ! ro = 0
AmountAllOpportunities currency ! ro = 0
AmountWonOpportunities currency ! ro = 0
OwnerId reference ! d -> User as Owner
{SYSTEM}{SEEN}
CampaignMemberRecordTypeId string:18
"""
USER = f"""
Username string:80 ! look
LastName string:80 !
FirstName string:40
Name string:121 ! ro
CompanyName string:80
Division string:80
Department string:80
Title string:80
Email email:128 ! look
Phone phone:40
MobilePhone phone:40
Alias string:8 !
CommunityNickname string:40
IsActive boolean = true
TimeZoneSidKey picklist:40 ! = Europe/Berlin
UserRoleId reference -> UserRole as UserRole
LocaleSidKey picklist:40 ! = en_US
EmailEncodingKey picklist:40 ! = UTF-8
LanguageLocaleKey picklist:40 ! = en_US
ProfileId string:18
UserType picklist:40 ro = Standard
EmployeeNumber string:20
DelegatedApproverId reference -> User as DelegatedApprover
ManagerId reference -> User as Manager
LastLoginDate datetime ro
FederationIdentifier string:512 look
OutOfOfficeMessage string:40 ro
{SYSTEM}
"""
GROUP = f"""
Name string:40 !
DeveloperName string:80
RelatedId reference ro -> User,UserRole as Related
Type picklist:40 ! co = Regular
Email email:255
OwnerId reference ! ro d -> User as Owner
DoesSendEmailToMembers boolean
DoesIncludeBosses boolean = true
{SYSTEM}
"""
GROUP_MEMBER = """
GroupId reference ! co -> Group as Group
UserOrGroupId reference ! co -> User,Group as UserOrGroup
SystemModstamp datetime ! ro d
"""
QUEUE_SOBJECT = """
QueueId reference ! co -> Group as Queue
SobjectType picklist:40 ! co
CreatedById reference ! ro d -> User as CreatedBy
SystemModstamp datetime ! ro d
"""
USER_ROLE = """
Name string:80 !
ParentRoleId reference -> UserRole as ParentRole
DeveloperName string:80
RollupDescription string:80
LastModifiedDate datetime ! ro d
LastModifiedById reference ! ro d -> User as LastModifiedBy
SystemModstamp datetime ! ro d
"""
LEAD_HISTORY = """
IsDeleted boolean ro
LeadId reference ! ro -> Lead as Lead
CreatedById reference ! ro d -> User as CreatedBy
CreatedDate datetime ! ro d
Field picklist:255 ! ro
DataType picklist:40 ro
OldValue string:255 ro
NewValue string:255 ro
"""
STATUS = f"""
MasterLabel string:255
ApiName string:255
SortOrder int
IsDefault boolean
{SYSTEM}
"""
ORGANIZATION = f"""
Name string:80 !
Division string:80
Country string:80
PrimaryContact string:80
DefaultLocaleSidKey picklist:40 = en_US
TimeZoneSidKey picklist:40 = Europe/Berlin
LanguageLocaleKey picklist:40 = en_US
OrganizationType picklist:40 ro = Enterprise Edition
NamespacePrefix string:15 ro
InstanceName string:5 ro = G5
IsSandbox boolean ro
TrialExpirationDate datetime ro
FiscalYearStartMonth int = 1
{SYSTEM}
"""
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
BUSINESS_HOURS = "\n".join(
    ["Name string:80 !", "IsActive boolean", "IsDefault boolean"]
    + [f"{day}{end}Time time" for day in DAYS for end in ("Start", "End")]
    + ["TimeZoneSidKey picklist:40 ! = Europe/Berlin", SYSTEM]
)

CHOICES = {
    ("Lead", "Status"): ("Open - Not Contacted", "Working - Contacted", "Closed - Converted",
                         "Closed - Not Converted"),
    ("Lead", "LeadSource"): ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
    ("Lead", "Rating"): ("Hot", "Warm", "Cold"),
    ("Lead", "Salutation"): ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    ("Contact", "Salutation"): ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    ("Task", "Status"): ("Not Started", "In Progress", "Completed", "Waiting on someone else",
                         "Deferred"),
    ("Task", "Priority"): ("High", "Normal", "Low"),
    ("Task", "TaskSubtype"): ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"),
    ("Task", "CallType"): ("Internal", "Inbound", "Outbound"),
    ("Opportunity", "StageName"): ("Prospecting", "Qualification", "Needs Analysis",
                                   "Proposal/Price Quote", "Negotiation/Review", "Closed Won",
                                   "Closed Lost"),
    ("Campaign", "Status"): ("Planned", "In Progress", "Completed", "Aborted"),
    ("QueueSobject", "SobjectType"): ("Lead", "Task"),
    ("Group", "Type"): ("Regular", "Role", "Queue"),
}  # fmt: skip
INDEXED = {
    "Lead": {"Email", "OwnerId"},
    "Contact": {"Email", "AccountId"},
    "Task": {"WhoId", "WhatId", "OwnerId"},
    "Event": {"WhoId", "WhatId"},
    "User": {"Username", "Email"},
    "Opportunity": {"AccountId", "ContactId"},
    "GroupMember": {"GroupId", "UserOrGroupId"},
    "QueueSobject": {"QueueId"},
    "LeadHistory": {"LeadId"},
    "Group": {"Type"},
}
ADDRESS = (("Street", "textarea:255"), ("City", "string:40"), ("State", "string:80"),
           ("PostalCode", "string:20"), ("Country", "string:80"), ("Latitude", "double"),
           ("Longitude", "double"), ("GeocodeAccuracy", "picklist:40"))  # fmt: skip


def standard() -> list[ObjectType]:
    """Return fresh types of all standard objects: an org may add fields to its own."""
    setup = {"writable": False, "deletable": False, "soft_delete": False}
    plain = {"soft_delete": False}
    return [
        _object("Lead", "00Q", "Leads", LEAD),
        _object("Contact", "003", "Contacts", CONTACT),
        _object("Account", "001", "Accounts", ACCOUNT),
        _object("Opportunity", "006", "Opportunities", OPPORTUNITY),
        _object("Task", "00T", "Tasks", TASK + SYSTEM),
        _object("Event", "00U", "Events", EVENT + SYSTEM),
        _object("Campaign", "701", "Campaigns", CAMPAIGN),
        _object("User", "005", "Users", USER, deletable=False, **plain),
        _object("Group", "00G", "Groups", GROUP, **plain),
        _object("GroupMember", "011", "Group Members", GROUP_MEMBER, **plain),
        _object("QueueSobject", "03g", "Queue Objects", QUEUE_SOBJECT, **plain),
        _object("UserRole", "00E", "Roles", USER_ROLE, **plain),
        _object("LeadHistory", "017", "Lead Histories", LEAD_HISTORY, writable=False),
        _object("LeadStatus", "01J", "Lead Status Values", STATUS + "IsConverted boolean", **setup),
        _object("TaskStatus", "01T", "Task Status Values", STATUS + "IsClosed boolean", **setup),
        _object("TaskPriority", "02T", "Task Priorities", STATUS + "IsHighPriority boolean",
                **setup),
        _object("Organization", "00D", "Organizations", ORGANIZATION, **setup),
        _object("BusinessHours", "01m", "Business Hours", BUSINESS_HOURS, deletable=False, **plain),
    ]  # fmt: skip


def _object(name: str, prefix: str, plural: str, table: str, **switches: bool) -> ObjectType:
    made = ObjectType(name, prefix, _label(name), plural, **switches)
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
    if each.name == "PhotoUrl":
        each = replace(each, computed=lambda row: f"/services/images/photo/{row['Id']}")
    return each


def _address(line: str) -> list[Field]:
    """Return the parts of an address and the compound field that reads them together."""
    prefix = line.removeprefix("@address").strip()
    parts = [parsed(f"{prefix}{part} {kind}") for part, kind in ADDRESS]
    names = {part[0].lower() + part[1:]: f"{prefix}{part}" for part, _ in ADDRESS}
    whole = parsed(f"{prefix}Address address ro")
    return [*parts, replace(whole, computed=_compound(names))]


def _compound(names: dict[str, str]) -> Value:
    def value(row: Mapping[str, Any]) -> dict[str, Any] | None:
        found = {part: row.get(names[part]) for part in sorted(names)}
        return found if any(v is not None for v in found.values()) else None

    return value
