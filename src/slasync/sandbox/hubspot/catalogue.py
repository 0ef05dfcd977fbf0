"""The object types of a fresh account and the properties they come with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type. `legacy` is its name in old messages and in event types."""

    name: str  # "contacts"
    type_id: str  # "0-1"
    singular: str  # "contact"
    modified: str = "hs_lastmodifieddate"
    created: str = "createdate"
    defaults: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()  # what the free text of a search looks into
    scope: str = ""  # whose scopes it uses, when not its own

    @property
    def legacy(self) -> str:
        return self.singular.upper()


def _engagement(name: str, type_id: str, *searched: str) -> Kind:
    """Make the type of something that happened with a contact; it uses the contacts' scopes."""
    return Kind(
        name,
        type_id,
        name.removesuffix("s"),
        created="hs_createdate",
        required=("hs_timestamp",),
        searched=searched,
        scope="contacts",
    )


_PERSON = ("firstname", "lastname", "email", "phone", "mobilephone", "company", "fax")

KINDS = (
    Kind(
        "contacts",
        "0-1",
        "contact",
        modified="lastmodifieddate",
        defaults=("email", "firstname", "lastname"),
        searched=(*_PERSON, "hs_additional_emails"),
    ),
    Kind(
        "companies",
        "0-2",
        "company",
        defaults=("name", "domain"),
        searched=("name", "domain", "website", "phone"),
    ),
    Kind(
        "deals",
        "0-3",
        "deal",
        defaults=("dealname", "amount", "closedate", "pipeline", "dealstage"),
        searched=("dealname", "pipeline", "dealstage", "description"),
    ),
    _engagement("tasks", "0-27", "hs_task_subject", "hs_task_body"),
    _engagement("notes", "0-46", "hs_note_body"),
    _engagement("meetings", "0-47", "hs_meeting_title"),
    _engagement("calls", "0-48", "hs_call_title", "hs_call_body"),
    _engagement("emails", "0-49", "hs_email_subject"),
)

# One property a line: name, type, field type; "!" where the vendor alone writes it.
_EVERYWHERE = """
hs_object_id number number !
hs_object_source string text !
hs_object_source_id string text !
hs_object_source_label string text !
hubspot_owner_id enumeration select
hubspot_owner_assigneddate datetime date !
hubspot_team_id enumeration select !
hs_all_owner_ids enumeration select !
hs_merged_object_ids enumeration checkbox !
hs_created_by_user_id number number !
hs_updated_by_user_id number number !
"""

_CONTACTS = """
email string text
firstname string text
lastname string text
salutation string text
company string text
jobtitle string text
phone string text
mobilephone string text
fax string text
website string text
address string text
city string text
state string text
zip string text
country string text
industry string text
annualrevenue string text
numemployees enumeration select
message string textarea
hs_language enumeration select
hs_timezone enumeration select
hs_persona enumeration select
hs_additional_emails enumeration select !
hs_email_domain string text !
hs_email_optout bool booleancheckbox !
hs_all_contact_vids enumeration select !
hs_is_contact bool calculation_read_time !
hs_is_unworked bool calculation_equation !
hs_pipeline enumeration select
createdate datetime date !
lastmodifieddate datetime date !
lifecyclestage enumeration radio
hs_lead_status enumeration radio
hubspotscore number number
recent_conversion_date datetime date !
recent_conversion_event_name string text !
first_conversion_date datetime date !
first_conversion_event_name string text !
num_conversion_events number number !
num_unique_conversion_events number number !
hs_calculated_form_submissions enumeration select !
hs_analytics_source enumeration select
hs_analytics_source_data_1 string text !
hs_analytics_source_data_2 string text !
hs_latest_source enumeration select
notes_last_contacted datetime date !
notes_last_updated datetime date !
num_contacted_notes number number !
num_notes number number !
hs_last_sales_activity_timestamp datetime date !
hs_sa_first_engagement_date datetime date !
hs_time_to_first_engagement number number !
associatedcompanyid number number
closedate datetime date
salesforceleadid string text
salesforcecontactid string text
salesforceaccountid string text
salesforcecampaignids string text
salesforceopportunitystage string text
salesforceownerid string text
salesforcedeleted bool booleancheckbox
salesforcelastsynctime datetime date
slasync_stage string text
slasync_owner string text
slasync_sla_state string text
slasync_due datetime date
slasync_lead_key string text
"""

_COMPANIES = """
name string text
domain string text
website string text
phone string phonenumber
description string textarea
address string text
city string text
state string text
zip string text
country string text
industry string text
type string text
annualrevenue number number
numberofemployees number number
twitterhandle string text
facebookfans number number
linkedin_company_page string text
createdate datetime date !
hs_lastmodifieddate datetime date !
lifecyclestage enumeration radio
hs_lead_status enumeration radio
hs_parent_company_id number number
salesforceaccountid string text
salesforcelastsynctime datetime date
"""

_DEALS = """
dealname string text
amount number number
closedate datetime date
pipeline enumeration select
dealstage enumeration radio
dealtype enumeration radio
description string textarea
createdate datetime date !
hs_lastmodifieddate datetime date !
hs_is_closed bool calculation_equation !
hs_is_closed_won bool calculation_equation !
hs_deal_stage_probability number number !
hs_primary_associated_company number number
deal_currency_code enumeration select
hs_salesforceopportunityid string text
"""

_ENGAGEMENTS = """
hs_timestamp datetime date
hs_createdate datetime date !
hs_lastmodifieddate datetime date !
hs_attachment_ids string text
hs_unique_id string text
"""

_TASKS = """
hs_task_subject string text
hs_task_body string html
hs_task_status enumeration select
hs_task_priority enumeration select
hs_task_type enumeration select
hs_task_reminders string text
hs_task_completion_date datetime date !
hs_task_completion_count number number !
hs_task_is_completed number number !
hs_task_is_open bool calculation_equation !
hs_task_is_overdue bool calculation_equation !
"""

_NOTES = "hs_note_body string html"

_CALLS = """
hs_call_title string text
hs_call_body string html
hs_call_direction enumeration select
hs_call_disposition string text
hs_call_duration number number
hs_call_status enumeration select
hs_call_from_number string text
hs_call_to_number string text
"""

_EMAILS = """
hs_email_subject string text
hs_email_text string textarea
hs_email_html string html
hs_email_direction enumeration select
hs_email_status enumeration select
"""

_MEETINGS = """
hs_meeting_title string text
hs_meeting_body string html
hs_meeting_start_time datetime date
hs_meeting_end_time datetime date
hs_meeting_outcome enumeration select
"""

LIFECYCLE = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
    "customer", "evangelist", "other",
)  # fmt: skip

_SOURCES = (
    "ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "REFERRALS",
    "OTHER_CAMPAIGNS", "DIRECT_TRAFFIC", "OFFLINE", "PAID_SOCIAL",
)  # fmt: skip
_LEAD_STATUS = (
    "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED",
    "BAD_TIMING",
)  # fmt: skip
DEAL_STAGES = {
    "appointmentscheduled": 0.2,
    "qualifiedtobuy": 0.4,
    "presentationscheduled": 0.6,
    "decisionmakerboughtin": 0.8,
    "contractsent": 0.9,
    "closedwon": 1.0,
    "closedlost": 0.0,
}

# Enumerations without an entry take any value: their options come from elsewhere (owners, teams).
OPTIONS: dict[str, tuple[str, ...]] = {
    "lifecyclestage": LIFECYCLE,
    "hs_lead_status": _LEAD_STATUS,
    "numemployees": ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"),
    "hs_analytics_source": _SOURCES,
    "hs_latest_source": _SOURCES,
    "pipeline": ("default",),
    "dealstage": tuple(DEAL_STAGES),
    "dealtype": ("newbusiness", "existingbusiness"),
    "hs_task_status": ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
    "hs_task_priority": ("NONE", "LOW", "MEDIUM", "HIGH"),
    "hs_task_type": (
        "EMAIL", "CALL", "TODO", "LINKED_IN", "LINKED_IN_CONNECT", "LINKED_IN_MESSAGE",
    ),
    "hs_call_direction": ("INBOUND", "OUTBOUND"),
    "hs_call_status": (
        "BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS",
        "NO_ANSWER", "QUEUED", "RINGING",
    ),
    "hs_email_direction": ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    "hs_email_status": ("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
    "hs_meeting_outcome": ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
}  # fmt: skip

_OWN = {
    "contacts": _CONTACTS,
    "companies": _COMPANIES,
    "deals": _DEALS,
    "tasks": _ENGAGEMENTS + _TASKS,
    "notes": _ENGAGEMENTS + _NOTES,
    "calls": _ENGAGEMENTS + _CALLS,
    "emails": _ENGAGEMENTS + _EMAILS,
    "meetings": _ENGAGEMENTS + _MEETINGS,
}


def property_lines(kind: str) -> list[list[str]]:
    """Return name, type, field type and perhaps "!" of each property of a fresh account."""
    lines = [line.split() for line in (_EVERYWHERE + _OWN[kind]).splitlines() if line]
    if kind in {"contacts", "companies"}:
        dates = (f"hs_lifecyclestage_{stage}_date" for stage in LIFECYCLE)
        lines += [[name, "datetime", "date", "!"] for name in dates]
    return lines


def aliases() -> dict[str, Kind]:
    """Return every name under which a path may call an object type, in lower case."""
    named: dict[str, Kind] = {}
    for kind in KINDS:
        for name in (kind.name, kind.singular, kind.type_id):
            named[name] = kind
    return named
