"""How the systems are reached and what their fields mean: connector.yaml, compiled to values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from slasync.domain.languages import Language


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential that shows itself only to who asks for it by `reveal`."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "****"


class Direction(StrEnum):
    READ = "read"
    WRITE = "write"
    BOTH = "both"
    # read, and kept alike with the other systems' (domain/identity/three_way.py)
    TWO_WAY = "two_way"
    NEWEST_WINS = "newest_wins"
    UNLESS_BLANK = "unless_blank"
    MANUAL = "manual"


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    DATETIME = "datetime"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """`name` is slasync's word for it, `field` the system's."""

    name: str
    field: str
    direction: Direction = Direction.READ
    type: FieldType = FieldType.TEXT
    nulls: bool = False  # where it is kept alike: it may be made blank here


class Login(StrEnum):
    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a flow
    SOAP = "soap"  # user name and password; ends in Summer '27


class CreateLeads(StrEnum):
    NEVER = "never"
    AT_HANDOVER = "at_handover"


class Managers(StrEnum):
    """By what a user's manager is known."""

    MANAGER_FIELD = "manager_field"  # of the user's record
    ROLE_ABOVE = "role_above"  # the same; where it is empty, who alone holds the role above


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    """A custom object whose rows claim the keys of tasks, where Activity has no unique field."""

    object: str = "Slasync_Ledger__c"
    key: str = "Key__c"  # text, external id, unique
    task: str = "Task__c"  # text: the task's id


@dataclass(frozen=True, slots=True)
class Budget:
    """The share of a system's quota that slasync may use."""

    daily_calls: int  # what the organisation may make in all
    share: float = 0.2  # of it, for slasync
    burst: int = 0  # calls in `burst_window` that slasync may make; 0: no such limit
    burst_window: timedelta = timedelta(seconds=10)
    reserve: float = 0.2  # of slasync's part, kept for writes
    concurrency: int = 1  # calls in flight at once


@dataclass(frozen=True, slots=True)
class AccountsConfig:
    """How the CRM's companies are read."""

    domain_fields: tuple[str, ...] = ("Website",)  # their addresses of the web, or domains
    every: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class OpportunitiesConfig:
    """How the opportunities of leads are read."""

    every: timedelta = timedelta(minutes=15)
    contact_roles: bool = True  # of Salesforce: those of leads' contacts too, made by hand


@dataclass(frozen=True, slots=True)
class PubSubConfig:
    """How Salesforce tells of changes by itself: Change Data Capture by its Pub/Sub API."""

    url: str = "https://api.pubsub.salesforce.com:7443"  # a sandbox: "http://127.0.0.1:8804"
    channel: str = "/data/ChangeEvents"
    poll_every: timedelta = timedelta(minutes=10)  # while it is heard


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceConfig:
    """connectors/salesforce/connector.yaml and its secrets."""

    url: str  # My Domain, "https://acme.my.salesforce.com"; a sandbox: "http://127.0.0.1:8801"
    login: Login
    secrets: Mapping[str, Secret]  # consumer_key, consumer_secret | private_key | refresh_token,
    # or password and security_token; outbound_message_path
    username: str = ""  # of JWT bearer and SOAP login
    audience: str = "https://login.salesforce.com"
    api_version: str = "62.0"
    lead_fields: tuple[FieldMapping, ...] = ()
    contact_fields: tuple[FieldMapping, ...] = ()
    accounts: AccountsConfig | None = None  # None: they are not read
    opportunities: OpportunitiesConfig | None = None  # likewise
    emails: bool = True  # who wrote an e-mail that a task stands for is asked for
    pubsub: PubSubConfig | None = None  # None: changes are found by polling alone
    stale_field: str = "Slasync_Stale__c"
    stale_since_field: str = "Slasync_Stale_Since__c"
    why_field: str = "Slasync_Why__c"
    lead_key_field: str = "Slasync_Lead_Key__c"
    task_key_field: str = "Slasync_Key__c"
    ledger: LedgerConfig | None = None  # in the place of a unique field on Activity
    shown_fields: Mapping[str, str] = field(default_factory=dict)  # what reps see: word -> field
    shows: frozenset[str] = frozenset()  # words of them that slasync keeps current; and "why"
    labels: Language = Language.EN  # of what `slasync provision` makes
    automation_users: tuple[str, ...] = ()  # usernames, besides the integration user
    managers: Managers = Managers.MANAGER_FIELD
    create_leads: CreateLeads = CreateLeads.NEVER
    tracked_history: tuple[str, ...] = ("Owner", "Status")  # fields whose history Salesforce keeps
    page_size: int = 2000
    task_batch: int = 200
    owner_batch: int = 25
    collections_a_call: int = 5  # of up to 200 records each, to a composite
    bulk_read_from: int = 20_000  # rows: first loads of more go by Bulk API 2.0
    bulk_write_from: int | None = None  # new leads at once; None: never by Bulk
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=30)
    total_timeout: timedelta = timedelta(minutes=2)
    budget: Budget = Budget(daily_calls=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotCrmConfig:
    """What HubSpot holds where it is the CRM as well: contacts are its leads."""

    status_property: str = "hs_lead_status"
    lifecycle_property: str = "lifecyclestage"
    converted: frozenset[str] = frozenset({"opportunity", "customer"})  # stages of the life cycle
    backward: bool = False  # a stage that only moves forward is cleared first
    stale_property: str = "slasync_stale"
    stale_since_property: str = "slasync_stale_since"
    why_property: str = "slasync_why"
    lead_key_property: str = "slasync_lead_key"  # unique
    task_key_property: str = "slasync_key"  # of tasks; unique
    task_contact_property: str = "slasync_contact"  # of tasks: whose they are
    shown: Mapping[str, str] = field(default_factory=dict)  # what reps see: word -> property
    shows: frozenset[str] = frozenset()  # words of them that slasync keeps current; and "why"
    labels: Language = Language.EN  # of what `slasync provision` makes
    automation_users: tuple[str, ...] = ()  # addresses of owners who are no people
    accounts: AccountsConfig | None = None  # None: companies are not read
    opportunities: OpportunitiesConfig | None = None  # deals, likewise
    create_leads: CreateLeads = CreateLeads.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotConfig:
    """connectors/hubspot/connector.yaml and its secrets."""

    url: str = "https://api.hubapi.com"
    api_version: str = "v3"  # or a dated one, "2026-03"
    secrets: Mapping[str, Secret]  # access_token | client_id, client_secret, refresh_token;
    # webhook_secret, webhook_secret_next
    contact_fields: tuple[FieldMapping, ...] = ()
    crm: HubSpotCrmConfig | None = None  # None: another system is the CRM
    marketing: bool = True  # False: another system is marketing's
    lead_id_property: str = "salesforceleadid"
    contact_id_property: str = "salesforcecontactid"
    written: Mapping[str, str] = field(default_factory=dict)  # stage, owner, ... -> property
    lists: Mapping[str, str] = field(default_factory=dict)  # slasync's name -> number of the list
    app_id: str = ""  # changes with this source are our own
    public_url: str = ""  # as HubSpot calls our webhook, path included
    page_size: int = 100
    search_page_size: int = 200
    batch_size: int = 100
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=30)
    total_timeout: timedelta = timedelta(minutes=2)
    budget: Budget = Budget(daily_calls=250_000, burst=50)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What leads do that becomes a field: the last activity of one type, and when it was."""

    name: str  # slasync's name of the field, text
    activity: str  # the type of activity, by its name
    at: str = ""  # slasync's name of the field that holds when; empty: none
    value: str = ""  # the attribute that is the field's value; empty: the primary one


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketoConfig:
    """connectors/marketo/connector.yaml and its secrets."""

    url: str  # "https://123-abc-456.mktorest.com"; the identity service is below it
    secrets: Mapping[str, Secret]  # client_id, client_secret; webhook_secret, webhook_secret_next
    contact_fields: tuple[FieldMapping, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    lead_id_field: str = "sfdcLeadId"
    contact_id_field: str = "sfdcContactId"
    written: Mapping[str, str] = field(default_factory=dict)  # stage, owner, ... -> field
    lists: Mapping[str, str] = field(default_factory=dict)  # slasync's name -> number of the list
    programmes: Mapping[str, str] = field(default_factory=dict)  # -> number of the trigger campaign
    oldest: date = date(2015, 1, 1)  # leads made earlier are read when something happens to them
    jobs: int = 2  # bulk extracts of a first load at the same time
    part: int = 512 * 1024  # bytes of an extract's file that are read at once
    page_size: int = 300
    batch_size: int = 300
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=100)  # Marketo itself gives a write up after 90
    total_timeout: timedelta = timedelta(minutes=4)
    budget: Budget = Budget(daily_calls=50_000, burst=50, burst_window=timedelta(seconds=20))


MarketingConfig = HubSpotConfig | MarketoConfig
CrmConfig = SalesforceConfig | HubSpotConfig


class Tls(StrEnum):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls"  # plain at first, then TLS; refused where the server has none
    TLS = "tls"  # from the first byte
    NONE = "none"  # to this machine only


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpConfig:
    """The mail server that messages leave by."""

    host: str
    port: int
    sender: str  # e-mail address
    user: str = ""  # empty: no login
    password: Secret | None = None
    tls: Tls = Tls.STARTTLS
    timeout: timedelta = timedelta(seconds=30)  # of each step of the conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """A Slack-compatible incoming webhook. Whoever knows its address may post."""

    url: Secret
    timeout: timedelta = timedelta(seconds=30)
