"""The standard fields of a lead: API name, label, type, length."""

# one line each: name, label, type, length (0: none); "-" before a name: read-only
_COMPANY = """
company, Company Name, string, 255
site, Site, string, 255
billingStreet, Billing Address, text, 0
billingCity, Billing City, string, 255
billingState, Billing State, string, 255
billingCountry, Billing Country, string, 255
billingPostalCode, Billing Postal Code, string, 255
website, Website, url, 255
mainPhone, Main Phone, string, 255
annualRevenue, Annual Revenue, currency, 0
numberOfEmployees, Num Employees, integer, 0
industry, Industry, string, 255
sicCode, SIC Code, string, 40
mktoCompanyNotes, Company Notes, text, 0
"""
_PERSON = """
externalCompanyId, External Company Id, string, 50
id, Id, integer, 0
-mktoName, Full Name, string, 255
personType, Person Type, string, 50
mktoIsPartner, Is Partner, boolean, 0
isLead, Is Lead, boolean, 0
mktoIsCustomer, Is Customer, boolean, 0
isAnonymous, Is Anonymous, boolean, 0
salutation, Salutation, string, 255
firstName, First Name, string, 255
middleName, Middle Name, string, 255
lastName, Last Name, string, 255
email, Email Address, email, 255
phone, Phone Number, phone, 255
mobilePhone, Mobile Phone Number, phone, 255
fax, Fax Number, phone, 255
title, Job Title, string, 255
-contactCompany, Contact Company, reference, 0
dateOfBirth, Date of Birth, date, 0
address, Address, text, 0
city, City, string, 255
state, State, string, 255
country, Country, string, 255
postalCode, Postal Code, string, 255
-personTimeZone, Person Time Zone, string, 255
-originalSourceType, Original Source Type, string, 255
-originalSourceInfo, Original Source Info, string, 2000
registrationSourceType, Registration Source Type, string, 255
registrationSourceInfo, Registration Source Info, string, 2000
-originalSearchEngine, Original Search Engine, string, 255
-originalSearchPhrase, Original Search Phrase, string, 255
-originalReferrer, Original Referrer, url, 255
emailInvalid, Email Invalid, boolean, 0
emailInvalidCause, Email Invalid Cause, string, 255
unsubscribed, Unsubscribed, boolean, 0
unsubscribedReason, Unsubscribed Reason, string, 2000
doNotCall, Do Not Call, boolean, 0
mktoDoNotCallCause, Do Not Call Cause, string, 255
doNotCallReason, Do Not Call Reason, string, 2000
marketingSuspended, Marketing Suspended, boolean, 0
marketingSuspendedCause, Marketing Suspended Cause, string, 255
blackListed, Black Listed, boolean, 0
blackListedCause, Black Listed Cause, string, 255
mktoPersonNotes, Person Notes, text, 0
anonymousIP, Anonymous IP, string, 255
-inferredCompany, Inferred Company, string, 255
-inferredCountry, Inferred Country, string, 255
-inferredCity, Inferred City, string, 255
-inferredStateRegion, Inferred State Region, string, 255
-inferredPostalCode, Inferred Postal Code, string, 255
-inferredMetropolitanArea, Inferred Metropolitan Area, string, 255
-inferredPhoneAreaCode, Inferred Phone Area Code, string, 255
emailSuspended, Email Suspended, boolean, 0
emailSuspendedCause, Email Suspended Cause, string, 255
emailSuspendedAt, Email Suspended At, datetime, 0
department, Department, string, 255
-createdAt, Created At, datetime, 0
-updatedAt, Updated At, datetime, 0
cookies, Cookies, string, 255
externalSalesPersonId, External Sales Person Id, string, 50
-leadPerson, Lead Person, reference, 0
leadRole, Role, string, 50
leadSource, Lead Source, string, 255
leadStatus, Lead Status, string, 255
leadScore, Lead Score, integer, 0
urgency, Urgency, float, 0
priority, Priority, integer, 0
relativeScore, Relative Score, integer, 0
relativeUrgency, Relative Urgency, integer, 0
rating, Lead Rating, string, 255
-personPrimaryLeadInterest, Primary Lead Interest, reference, 0
leadPartitionId, Lead Partition Id, reference, 0
leadRevenueCycleModelId, Lead Revenue Cycle Model ID, reference, 0
leadRevenueStageId, Lead Revenue Stage ID, reference, 0
acquisitionProgramId, Acquisition Program, reference, 0
mktoAcquisitionDate, Acquisition Date, datetime, 0
-ecids, ECIDs, string, 255
"""
_SALESFORCE = """
sfdcId, SFDC Id, string, 255
sfdcType, SFDC Type, string, 255
sfdcLeadId, SFDC Lead Id, string, 255
sfdcContactId, SFDC Contact Id, string, 255
sfdcAccountId, SFDC Account Id, string, 255
sfdcLeadOwnerId, SFDC Lead Owner Id, string, 255
leadOwnerFirstName, Lead Owner First Name, string, 255
leadOwnerLastName, Lead Owner Last Name, string, 255
leadOwnerEmailAddress, Lead Owner Email Address, email, 255
"""

Row = tuple[str, str, str, int, bool]  # name, label, type, length, read-only


def _rows(text: str) -> list[Row]:
    rows = []
    for line in text.strip().splitlines():
        name, label, kind, size = line.split(", ")
        rows.append((name.removeprefix("-"), label, kind, int(size), name.startswith("-")))
    return rows


OF_COMPANIES = tuple(_rows(_COMPANY))
OF_PEOPLE = tuple(_rows(_PERSON))
OF_SALESFORCE = tuple(_rows(_SALESFORCE))
# these have no name in the API that was switched off
WITHOUT_OLD_NAME = frozenset({
    "externalCompanyId", "mktoName", "mktoIsPartner", "mktoIsCustomer", "isAnonymous",
    "personTimeZone", "mktoDoNotCallCause", "marketingSuspended", "marketingSuspendedCause",
    "blackListed", "blackListedCause", "inferredCity", "inferredStateRegion",
    "inferredPostalCode", "inferredMetropolitanArea", "inferredPhoneAreaCode",
    "emailSuspended", "emailSuspendedCause", "emailSuspendedAt", "createdAt", "updatedAt",
    "cookies", "externalSalesPersonId", "urgency", "priority", "relativeScore",
    "relativeUrgency", "mktoAcquisitionDate", "ecids",
})  # fmt: skip
SEARCHABLE = (
    "cookies", "email", "facebookId", "id", "leadPartitionId", "linkedInId", "sfdcAccountId",
    "sfdcContactId", "sfdcLeadId", "sfdcLeadOwnerId", "sfdcOpptyId", "twitterId",
)  # fmt: skip
