"""connectors/*/connector.yaml: what the systems' fields mean and how hard they may be asked."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from slasync.domain.languages import Language
from slasync.settings.known import refused
from slasync.settings.strict import LIST_NUMBER, ApiName, Duration, Name, Strict, Text
from slasync.systems import CreateLeads, Direction, FieldType, Managers

Shown = Literal["status", "due", "next_step", "why", "attempts", "priority", "lately"]
KEPT_ALIKE = (Direction.TWO_WAY, Direction.NEWEST_WINS)
Share = Annotated[float, Field(gt=0, le=1)]


class FieldPart(Strict):
    """A field of the system."""

    field: ApiName
    type: FieldType = FieldType.TEXT
    direction: Direction = Direction.READ
    nulls: Literal["keep", "write"] = "keep"

    @model_validator(mode="after")
    def _kept(self) -> Self:
        if self.nulls == "write" and self.direction not in KEPT_ALIKE:
            kept = ", ".join(each.value for each in KEPT_ALIKE)
            raise refused(f"nulls: write is for a field that is kept alike: direction {kept}")
        return self


class PersonFields(Strict):
    """slasync's own names for what a person's record holds; further ones under `custom`."""

    email: FieldPart
    first_name: FieldPart | None = None
    last_name: FieldPart | None = None
    company: FieldPart | None = None
    phone: FieldPart | None = None
    title: FieldPart | None = None
    website: FieldPart | None = None
    country: FieldPart | None = None
    source: FieldPart | None = None
    score: FieldPart | None = None
    form: FieldPart | None = None
    form_at: FieldPart | None = None
    lifecycle: FieldPart | None = None
    recycle_reason: FieldPart | None = None
    nurture_path: FieldPart | None = None
    nurture_return: FieldPart | None = None
    disqualify_reason: FieldPart | None = None
    snooze_until: FieldPart | None = None
    snooze_reason: FieldPart | None = None
    dispute: FieldPart | None = None
    dispute_reason: FieldPart | None = None
    dispute_decision: FieldPart | None = None
    custom: Mapping[Name, FieldPart] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fit(self) -> Self:
        taken = [name for name in self.custom if name in type(self).model_fields]
        if taken:
            raise refused(f"custom.{taken[0]} is one of slasync's own names: move it up a level")
        for name, wanted in _TYPES.items():
            part = getattr(self, name)
            if part is not None and part.type not in wanted:
                raise refused(f"{name} must be of type {' or '.join(wanted)}")
        return self

    def by_name(self) -> Mapping[str, FieldPart]:
        """Return all fields that are mapped."""
        own = {name: getattr(self, name) for name in type(self).model_fields if name != "custom"}
        return {name: part for name, part in own.items() if part is not None} | dict(self.custom)


_TYPES = {
    "email": (FieldType.TEXT,),
    "score": (FieldType.NUMBER,),
    "form": (FieldType.TEXT,),
    "form_at": (FieldType.DATETIME, FieldType.DATE),
    "recycle_reason": (FieldType.TEXT,),
    "nurture_path": (FieldType.TEXT,),
    "nurture_return": (FieldType.DATE, FieldType.DATETIME),
    "disqualify_reason": (FieldType.TEXT,),
    "snooze_until": (FieldType.DATETIME,),
    "snooze_reason": (FieldType.TEXT,),
    "dispute": (FieldType.BOOL,),
    "dispute_reason": (FieldType.TEXT,),
    "dispute_decision": (FieldType.TEXT,),
}


class TimeoutsPart(Strict):
    connect: Duration = timedelta(seconds=5)
    read: Duration = timedelta(seconds=30)
    total: Duration = timedelta(minutes=2)  # of a call as a whole, however slowly it is answered


class BudgetPart(Strict):
    """The share of the system's quota that slasync may use."""

    daily_calls: Annotated[int, Field(ge=1)]
    share: Share = 0.2
    reserve: Annotated[float, Field(ge=0, lt=1)] = 0.2
    burst: Annotated[int, Field(ge=0)] = 0
    burst_window: Duration = timedelta(seconds=10)
    concurrency: Annotated[int, Field(ge=1, le=20)] = 4


class SlasyncFields(Strict):
    """The fields that slasync asks the CRM's admin to create."""

    stale: ApiName = "Slasync_Stale__c"
    stale_since: ApiName = "Slasync_Stale_Since__c"
    why: ApiName = "Slasync_Why__c"
    lead_key: ApiName = "Slasync_Lead_Key__c"
    task_key: ApiName = "Slasync_Key__c"
    status: ApiName = "Slasync_Status__c"
    due: ApiName = "Slasync_Due__c"
    next_step: ApiName = "Slasync_Next_Step__c"
    attempts: ApiName = "Slasync_Attempts__c"
    priority: ApiName = "Slasync_Priority__c"
    lately: ApiName = "Slasync_Lately__c"
    snooze_until: ApiName = "Slasync_Snooze_Until__c"
    snooze_reason: ApiName = "Slasync_Snooze_Reason__c"
    dispute: ApiName = "Slasync_Dispute__c"
    dispute_reason: ApiName = "Slasync_Dispute_Reason__c"
    dispute_decision: ApiName = "Slasync_Dispute_Decision__c"
    nurture_path: ApiName = "Slasync_Nurture_Path__c"


class TaskKey(StrEnum):
    """Where the key of a task stands, by which it comes once."""

    ACTIVITY_FIELD = "activity_field"  # a unique field of the task itself
    LEDGER = "ledger"  # a row of a custom object


class LedgerPart(Strict):
    """The custom object that takes the place of a unique field on Activity."""

    object: ApiName = "Slasync_Ledger__c"
    key: ApiName = "Key__c"
    task: ApiName = "Task__c"


class ReadAccounts(StrEnum):
    """When the CRM's accounts are read."""

    WHEN_NEEDED = "when_needed"  # a rule of the agreement asks for an account's owner
    ALWAYS = "always"
    NEVER = "never"


class AccountsPart(Strict):
    """The companies that leads are matched with."""

    read: ReadAccounts = ReadAccounts.WHEN_NEEDED
    every: Duration = timedelta(minutes=15)
    domain_fields: tuple[ApiName, ...] = ("Website",)


class ReadOpportunities(StrEnum):
    """When the opportunities of converted leads are read."""

    ALWAYS = "always"
    NEVER = "never"


class OpportunitiesPart(Strict):
    """What orders and amounts in reports come from."""

    read: ReadOpportunities = ReadOpportunities.NEVER
    every: Duration = timedelta(minutes=15)


class SalesforceOpportunitiesPart(OpportunitiesPart):
    """Opportunities that reps make by hand are their contacts' by the roles these have in them."""

    contact_roles: bool = True


class ReadEmails(StrEnum):
    """Whether the e-mails are looked at that tasks stand for."""

    WHERE_THERE = "where_there"  # the organisation may have none: Enhanced Email makes them
    NEVER = "never"


class Changes(StrEnum):
    """How changes are learned of."""

    POLL = "poll"
    PUBSUB = "pubsub"  # told by Salesforce's Pub/Sub API, and polled more rarely


class PubSubPart(Strict):
    """What is listened to where changes are told."""

    channel: Annotated[str, Field(pattern=r"^/data/\w+$")] = "/data/ChangeEvents"
    poll_every: Duration = timedelta(minutes=10)


class BulkPart(Strict):
    """From how many records on Salesforce's Bulk API is used."""

    read_from: Annotated[int, Field(ge=2_000)] = 20_000
    write_from: Annotated[int, Field(ge=1_000, le=100_000)] | None = None


class SalesforceFile(Strict):
    """Salesforce's side."""

    api_version: Annotated[str, Field(pattern=r"^\d\d\.0$")] = "62.0"
    lead: PersonFields
    contact: PersonFields
    accounts: AccountsPart = AccountsPart()
    opportunities: SalesforceOpportunitiesPart = SalesforceOpportunitiesPart()
    emails: ReadEmails = ReadEmails.WHERE_THERE
    changes: Changes = Changes.POLL
    pubsub: PubSubPart = PubSubPart()
    lead_statuses: tuple[Text, ...] = Field(min_length=1)
    slasync_fields: SlasyncFields = SlasyncFields()
    labels: Language = Language.EN
    show: tuple[Shown, ...] = ()
    task_key: TaskKey = TaskKey.ACTIVITY_FIELD
    ledger: LedgerPart = LedgerPart()
    automation_users: tuple[Text, ...] = ()
    managers: Managers = Managers.MANAGER_FIELD
    create_leads: CreateLeads = CreateLeads.NEVER
    tracked_history: tuple[Literal["Owner", "Status"], ...] = ("Owner", "Status")
    page_size: Annotated[int, Field(ge=200, le=2000)] = 2000
    task_batch: Annotated[int, Field(ge=1, le=200)] = 200
    owner_batch: Annotated[int, Field(ge=1, le=25)] = 25
    collections: Annotated[int, Field(ge=1, le=5)] = 5
    bulk: BulkPart = BulkPart()
    timeouts: TimeoutsPart = TimeoutsPart()
    budget: BudgetPart


class WrittenPart(Strict):
    """The properties that show a lead's state in HubSpot; left out, it is not shown."""

    stage: ApiName | None = None
    owner: ApiName | None = None
    sla_state: ApiName | None = None
    due: ApiName | None = None


class HubSpotCrmProperties(Strict):
    """The properties that slasync asks for where HubSpot is the CRM; of contacts, and of tasks."""

    stale: ApiName = "slasync_stale"
    stale_since: ApiName = "slasync_stale_since"
    why: ApiName = "slasync_why"
    lead_key: ApiName = "slasync_lead_key"
    task_key: ApiName = "slasync_key"
    task_contact: ApiName = "slasync_contact"
    status: ApiName = "slasync_status"
    due: ApiName = "slasync_shown_due"
    next_step: ApiName = "slasync_next_step"
    attempts: ApiName = "slasync_attempts"
    priority: ApiName = "slasync_priority"
    lately: ApiName = "slasync_lately"


class HubSpotAccountsPart(AccountsPart):
    """The companies that leads are matched with."""

    domain_fields: tuple[ApiName, ...] = ("domain", "website")


class HubSpotCrmPart(Strict):
    """What HubSpot holds where it is the CRM (`crm: hubspot` in slasync.yaml)."""

    portal: Annotated[str, Field(pattern=r"^\d*$")] = ""
    lead_statuses: tuple[Text, ...] = Field(min_length=1)
    status: ApiName = "hs_lead_status"
    lifecycle: ApiName = "lifecyclestage"
    converted: tuple[Text, ...] = ("opportunity", "customer")
    backward: bool = False
    properties: HubSpotCrmProperties = HubSpotCrmProperties()
    labels: Language = Language.EN
    show: tuple[Shown, ...] = ()
    automation_users: tuple[Text, ...] = ()
    accounts: HubSpotAccountsPart = HubSpotAccountsPart()
    opportunities: OpportunitiesPart = OpportunitiesPart()
    create_leads: CreateLeads = CreateLeads.NEVER


class HubSpotFile(Strict):
    """HubSpot's side."""

    api_version: Annotated[str, Field(pattern=r"^(v3|20\d\d-(03|09))$")] = "v3"
    contact: PersonFields
    crm: HubSpotCrmPart | None = None
    lead_id_property: ApiName = "salesforceleadid"
    contact_id_property: ApiName = "salesforcecontactid"
    written: WrittenPart = WrittenPart()
    lists: Mapping[Name, Annotated[str, Field(pattern=LIST_NUMBER)]] = Field(default_factory=dict)
    app_id: Annotated[str, Field(pattern=r"^\d*$")] = ""
    page_size: Annotated[int, Field(ge=1, le=100)] = 100
    search_page_size: Annotated[int, Field(ge=1, le=200)] = 200
    batch_size: Annotated[int, Field(ge=1, le=100)] = 100
    timeouts: TimeoutsPart = TimeoutsPart()
    budget: BudgetPart
