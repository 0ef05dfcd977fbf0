"""slasync.yaml: this deployment: database, mode, the systems' addresses and secrets, limits."""

from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from slasync.domain.modes import Mode
from slasync.settings.access_part import DashboardPart
from slasync.settings.caps_part import CapsPart
from slasync.settings.known import refused
from slasync.settings.loopback import is_loopback
from slasync.settings.modes_part import CanaryPart, TeamModes, chosen
from slasync.settings.notify_file import NotifyPart
from slasync.settings.self_check_part import SelfCheckPart
from slasync.settings.strict import Duration, Poll, SecretRef, Strict, Text, UnguessableRef
from slasync.systems import Login

DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def _safe_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise refused("not an address: write https://host")
    if parts.scheme == "http" and not is_loopback(host):
        raise refused("plain http to another machine would show the secrets: write https://")
    return url.rstrip("/")


def _database(url: str) -> str:
    if not url.startswith(DATABASES):
        raise refused("write sqlite:///file.db or postgresql://user@host/name")
    return url


Url = Annotated[str, AfterValidator(_safe_url)]
PublicUrl = Annotated[str, AfterValidator(lambda url: _safe_url(url) if url else url)]
Port = Annotated[int, Field(ge=1, le=65_535)]

_NEEDED = {
    Login.CLIENT_CREDENTIALS: ("consumer_key", "consumer_secret"),
    Login.JWT: ("consumer_key", "private_key", "username"),
    Login.REFRESH_TOKEN: ("consumer_key", "refresh_token"),
    Login.SOAP: ("username", "password"),
}
_OF_APP = ("client_id", "client_secret", "refresh_token")


class SalesforceAccess(Strict):
    """How this deployment reaches Salesforce."""

    url: Url
    login: Login = Login.CLIENT_CREDENTIALS
    consumer_key: SecretRef | None = None
    consumer_secret: SecretRef | None = None
    private_key: SecretRef | None = None
    refresh_token: SecretRef | None = None
    password: SecretRef | None = None
    security_token: SecretRef | None = None
    outbound_message_path: UnguessableRef | None = None
    pubsub_url: Url = "https://api.pubsub.salesforce.com:7443"
    username: str = ""
    audience: Url | None = None  # as the url says: production or a sandbox
    poll: Poll = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in _NEEDED[self.login] if not getattr(self, name)]
        if missing:
            raise refused(f"login: {self.login.value} needs {' and '.join(missing)}")
        return self


class HubSpotAccess(Strict):
    """How this deployment reaches HubSpot, and is reached by it."""

    url: Url = "https://api.hubapi.com"
    access_token: SecretRef | None = None
    client_id: SecretRef | None = None
    client_secret: SecretRef | None = None
    refresh_token: SecretRef | None = None
    webhook_secret: SecretRef | None = None
    webhook_secret_next: SecretRef | None = None
    public_url: PublicUrl = ""
    poll: Poll = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        given = [name for name in _OF_APP if getattr(self, name)]
        missing = [name for name in _OF_APP if name not in given]
        if self.access_token and given:
            raise refused(
                f"access_token is a private app's, {given[0]} is OAuth's: take one of them out"
            )
        if given and missing:
            raise refused(f"OAuth needs {' and '.join(missing)} as well")
        if not given and not self.access_token:
            raise refused(
                "hubspot needs access_token, or for OAuth client_id, client_secret and"
                " refresh_token"
            )
        return self


class MarketoAccess(Strict):
    """How this deployment reaches Marketo, and is reached by it."""

    url: Url
    client_id: SecretRef
    client_secret: SecretRef
    webhook_secret: SecretRef | None = None
    webhook_secret_next: SecretRef | None = None
    poll: Poll = None


class SystemsPart(Strict):
    """The systems kept in step."""

    salesforce: SalesforceAccess | None = None
    hubspot: HubSpotAccess | None = None
    marketo: MarketoAccess | None = None


class TimingPart(Strict):
    """How long things may take."""

    settle: Duration = timedelta(minutes=2)
    overlap: Duration = timedelta(minutes=5)
    waiting_for_record_alarm: Duration = timedelta(minutes=30)


class WebhooksPart(Strict):
    host: Text = "127.0.0.1"
    port: Port = 8811


class HealthPart(Strict):
    host: Text = "127.0.0.1"
    port: Port = 8812


class ListenersPart(Strict):
    """Where slasync listens."""

    webhooks: WebhooksPart = WebhooksPart()
    health: HealthPart = HealthPart()
    dashboard: DashboardPart | None = DashboardPart()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.webhooks.port == self.health.port:
            raise refused(f"webhooks and health both listen on port {self.health.port}")
        for name, other in (("webhooks", self.webhooks), ("health", self.health)):
            if self.dashboard is not None and self.dashboard.port == other.port:
                raise refused(f"{name} and dashboard both listen on port {other.port}")
        return self


class DeploymentFile(Strict):
    """This deployment."""

    database: Annotated[str, AfterValidator(_database)]
    mode: Mode
    canary: CanaryPart | None = None
    modes: TeamModes = Field(default_factory=dict)
    systems: SystemsPart
    crm: Literal["salesforce", "hubspot"] = "salesforce"
    timing: TimingPart = TimingPart()
    caps: CapsPart = CapsPart()
    self_check: SelfCheckPart = SelfCheckPart()
    listeners: ListenersPart = ListenersPart()
    notify: NotifyPart | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _one_of_marketing(self) -> Self:
        if not (self.systems.hubspot and self.systems.marketo):
            return self
        if self.crm == "hubspot":
            raise refused(
                "crm: hubspot, and marketo is among the systems: nothing ties a lead of Marketo to"
                " its contact in HubSpot, for Marketo keeps the ids of Salesforce's records only;"
                " HubSpot is marketing's system as well then, take marketo out"
            )
        raise refused(
            "hubspot and marketo are both marketing systems: leads come from one of them,"
            " take the other out"
        )

    @model_validator(mode="after")
    def _one_crm(self) -> Self:
        if self.crm != "hubspot":
            return self
        if not self.systems.hubspot:
            raise refused("crm: hubspot, and hubspot is not among the systems: configure it there")
        if self.systems.salesforce:
            raise refused("crm: hubspot, and salesforce is among the systems: take one of them out")
        return self

    @model_validator(mode="after")
    def _canary_chosen(self) -> Self:
        chosen(self.mode, self.canary, self.modes)
        return self
