"""The fields of leads, contacts, accounts, opportunities, campaigns (see `schema.parsed`)."""

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
Slasync_Status__c picklist:255
Slasync_Next_Step__c string:255
Slasync_Attempts__c string:80
Slasync_Priority__c double
Slasync_Lately__c string:255
Slasync_Snooze_Until__c datetime
Slasync_Snooze_Reason__c string:255
Slasync_Dispute__c boolean
Slasync_Dispute_Reason__c string:255
Slasync_Dispute_Decision__c picklist:255
Slasync_Nurture_Path__c picklist:255
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
IsUnreadByOwner boolean
{SYSTEM}{SEEN}
Jigsaw string:20
JigsawContactId string:20 ro
CleanStatus picklist:40 closed
CompanyDunsNumber string:9
DandbCompanyId reference -> DandBCompany as DandbCompany
EmailBouncedReason string:255 uo
EmailBouncedDate datetime uo
IndividualId reference -> Individual as Individual
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
CleanStatus picklist:40 closed
IndividualId reference -> Individual as Individual
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
CleanStatus picklist:40 closed
AccountSource picklist:40
DunsNumber string:9
Tradestyle string:255
NaicsCode string:8
NaicsDesc string:120
YearStarted string:4
SicDesc string:80
DandbCompanyId reference -> DandBCompany as DandbCompany
OperatingHoursId reference -> OperatingHours as OperatingHours
"""
CONTACT_ROLE = f"""
OpportunityId reference ! co -> Opportunity as Opportunity
ContactId reference ! -> Contact as Contact
Role picklist:40
IsPrimary boolean
IsDeleted boolean ro
{SYSTEM}
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
CampaignMemberRecordTypeId reference -> RecordType as CampaignMemberRecordType
"""
