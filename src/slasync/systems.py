"""How the systems are reached and what their fields mean: connector.yaml, compiled to values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


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


class Login(StrEnum):
    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a flow


class CreateLeads(StrEnum):
    NEVER = "never"
    AT_HANDOVER = "at_handover"


@dataclass(frozen=True, slots=True)
class Budget:
    """The share of a system's quota that slasync may use."""

    daily_calls: int  # what the organisation may make in all
    share: float = 0.2  # of it, for slasync
    burst: int = 0  # calls in `burst_window` that slasync may make; 0: no such limit
    burst_window: timedelta = timedelta(seconds=10)
    reserve: float = 0.2  # of slasync's part, kept for writes


@dataclass(frozen=True, slots=True)
class AccountsConfig:
    """How Salesforce's accounts are read."""

    domain_fields: tuple[str, ...] = ("Website",)  # of Account: addresses of the web, or domains
    every: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceConfig:
    """connectors/salesforce/connector.yaml and its secrets."""

    url: str  # My Domain, "https://acme.my.salesforce.com"; a sandbox: "http://127.0.0.1:8801"
    login: Login
    secrets: Mapping[str, Secret]  # consumer_key, consumer_secret | private_key | refresh_token
    username: str = ""  # JWT bearer only
    audience: str = "https://login.salesforce.com"
    api_version: str = "62.0"
    lead_fields: tuple[FieldMapping, ...] = ()
    contact_fields: tuple[FieldMapping, ...] = ()
    accounts: AccountsConfig | None = None  # None: they are not read
    stale_field: str = "Slasync_Stale__c"
    stale_since_field: str = "Slasync_Stale_Since__c"
    why_field: str = "Slasync_Why__c"
    lead_key_field: str = "Slasync_Lead_Key__c"
    task_key_field: str = "Slasync_Key__c"
    automation_users: tuple[str, ...] = ()  # usernames, besides the integration user
    create_leads: CreateLeads = CreateLeads.NEVER
    tracked_history: tuple[str, ...] = ("Owner", "Status")  # fields whose history Salesforce keeps
    page_size: int = 2000
    task_batch: int = 200
    owner_batch: int = 25
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=30)
    budget: Budget = Budget(daily_calls=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotConfig:
    """connectors/hubspot/connector.yaml and its secrets."""

    url: str = "https://api.hubapi.com"
    secrets: Mapping[str, Secret]  # access_token; webhook_secret, webhook_secret_next
    contact_fields: tuple[FieldMapping, ...] = ()
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
    budget: Budget = Budget(daily_calls=250_000, burst=50)


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
