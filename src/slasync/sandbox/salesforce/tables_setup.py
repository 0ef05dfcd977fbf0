"""The fields of users, groups, statuses and the organization (see `schema.parsed`)."""

from slasync.sandbox.salesforce.tables_sales import SYSTEM

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
OPPORTUNITY_STAGE = f"""
MasterLabel string:255
ApiName string:255
IsActive boolean
SortOrder int
IsClosed boolean
IsWon boolean
ForecastCategory picklist:40
ForecastCategoryName picklist:40
DefaultProbability percent
Description string:255
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
HOLIDAY = f"""
Name string:80 !
Description string:1000
IsAllDay boolean
ActivityDate date
StartTimeInMinutes int
EndTimeInMinutes int
IsRecurrence boolean
RecurrenceStartDate date
RecurrenceEndDateOnly date
RecurrenceType picklist:40
RecurrenceInterval int
RecurrenceDayOfWeekMask int
RecurrenceDayOfMonth int
RecurrenceInstance picklist:40
RecurrenceMonthOfYear picklist:40
{SYSTEM}
"""
