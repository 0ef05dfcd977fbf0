"""The part `notify` of slasync.yaml: how people outside the CRM are told, and when."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from slasync.domain.digests.readers import DigestTerms, IfNothing
from slasync.domain.languages import Language
from slasync.domain.time.calendar_spec import minute_of_day
from slasync.domain.writes import Role
from slasync.settings.environment import Environment
from slasync.settings.known import known_in, one_of, refused, variable_is_set
from slasync.settings.loopback import is_loopback
from slasync.settings.strict import Duration, Email, SecretRef, Strict, Text
from slasync.settings.values import Notify
from slasync.systems import Secret, SmtpConfig, Tls, WebhookConfig

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(minutes=1)
LEAST_AGE = timedelta(days=1)
A_WEEK = timedelta(days=7)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL_PORT = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}
TLS_PORT, SUBMISSION_PORT = 465, 587


def _timeout(span: timedelta) -> timedelta:
    if not SHORTEST <= span <= LONGEST:
        raise refused("wait 1 s at least and 1 min at most: a message has several steps")
    return span


def _minute(value: Any) -> int:
    """Read a time of day, "08:00"; 24:00 would be the next day's."""
    if not isinstance(value, str):
        raise refused('a time of day is needed, in quotes: "08:00"')
    try:
        minute = minute_of_day(value)
    except ValueError as error:
        raise refused(str(error)) from None
    if value == "24:00":
        raise refused("24:00 is the next day's 00:00: write that")
    return minute


def _plain_address(address: str) -> str:
    if not address.isascii():
        raise refused("mail servers take plain ASCII addresses only")
    return address


Timeout = Annotated[Duration, AfterValidator(_timeout)]
TimeOfDay = Annotated[
    int, PlainValidator(_minute), WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d$"})
]
ReaderName = Annotated[str, one_of("pool or address", lambda known: known.readers)]
ReadingRole = Literal["owner", "manager", "leadership", "marketing"]
MorningRole = Literal["managers", "leadership"]
MORNING_ROLES = {"managers": Role.MANAGER, "leadership": Role.LEADERSHIP}


class SmtpPart(Strict):
    """The mail server."""

    host: Text
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    sender: Annotated[Email, AfterValidator(_plain_address)] = Field(alias="from")
    user: Text | None = None
    password: SecretRef | None = None
    tls: Tls = Tls.STARTTLS
    timeout: Timeout = timedelta(seconds=30)

    @model_validator(mode="after")
    def _safe(self, info: ValidationInfo) -> Self:
        if (self.user is None) != (self.password is None):
            missing = "password" if self.user else "user"
            raise refused(f"a login has a user and a password: {missing} is missing")
        if self.password is not None:
            variable_is_set(self.password.env, info)  # a login without it, optional or not, fails
        if self.tls is Tls.NONE and not is_loopback(self.host):
            raise refused(
                "tls: none would send leads' names in clear text: write starttls or tls"
                " (none is for a mail server on this machine)"
            )
        if (self.tls, self.port) in {(Tls.STARTTLS, TLS_PORT), (Tls.TLS, SUBMISSION_PORT)}:
            other = Tls.TLS if self.tls is Tls.STARTTLS else Tls.STARTTLS
            raise refused(f"port {self.port} speaks {other.value}: write tls: {other.value}")
        return self


class WebhookPart(Strict):
    """A Slack-compatible incoming webhook."""

    url: SecretRef
    timeout: Timeout = timedelta(seconds=30)

    @model_validator(mode="after")
    def _safe(self, info: ValidationInfo) -> Self:
        """Look at the address in the environment; it is never repeated."""
        variable_is_set(self.url.env, info)
        url = known_in(info).environment.find(self.url.env)
        if url is not None and not _postable(url):
            raise refused(
                f"what {self.url.env} holds is no address to post to: https://host/path is needed"
                " (plain http to this machine only)"
            )
        return self


def _postable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or not url.isascii() or any(c.isspace() for c in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


class DigestPart(Strict):
    """When digests come, and in which language."""

    via: Literal["smtp", "webhook"] | None = None
    at: TimeOfDay = 8 * 60
    language: Language | None = None
    languages: Mapping[ReaderName, Language] = Field(default_factory=dict)
    weekly_for: tuple[ReadingRole, ...] = ()
    weekly_on: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    max_age: Duration = timedelta(days=14)
    mornings_for: tuple[MorningRole, ...] = Field(default=("leadership",), alias="for")
    if_nothing: IfNothing = IfNothing.NO_MESSAGE

    @model_validator(mode="after")
    def _told_anything(self) -> Self:
        if self.if_nothing is IfNothing.ALL_IN_TIME and not self.mornings_for:
            raise refused("if_nothing: nobody is told anything: name managers or leadership in for")
        return self

    @model_validator(mode="after")
    def _old_enough(self) -> Self:
        if self.max_age < LEAST_AGE:
            raise refused("max_age: lines of less than 1 d are for the next digest")
        if self.weekly_for and self.max_age <= A_WEEK:
            raise refused("max_age: weekly digests need more than 7 d, or lines would be left out")
        return self


class NotifyPart(Strict):
    """How people outside the CRM are told."""

    smtp: SmtpPart | None = None
    webhook: WebhookPart | None = None
    digest: DigestPart = DigestPart()

    @model_validator(mode="after")
    def _has_a_channel(self) -> Self:
        there = [name for name in ("smtp", "webhook") if getattr(self, name)]
        if not there:
            raise refused("name smtp or webhook, or leave out notify")
        if self.digest.via is not None and self.digest.via not in there:
            raise refused(f"digest.via is {self.digest.via}, and {self.digest.via} is missing")
        return self


def notify_to_domain(part: NotifyPart | None, environment: Environment) -> Notify | None:
    """Join what is known of the ways to people; by mail, where both are there."""
    if part is None:
        return None
    smtp, webhook = part.smtp, part.webhook
    return Notify(
        smtp=_smtp(smtp, environment) if smtp else None,
        webhook=_webhook(webhook, environment) if webhook else None,
        via=part.digest.via or ("smtp" if smtp else "webhook"),
        digest=_digest(part.digest),
    )


def _smtp(part: SmtpPart, environment: Environment) -> SmtpConfig:
    return SmtpConfig(
        host=part.host,
        port=part.port or USUAL_PORT[part.tls],
        sender=part.sender,
        user=part.user or "",
        password=_secret(part.password, environment),
        tls=part.tls,
        timeout=part.timeout,
    )


def _webhook(part: WebhookPart, environment: Environment) -> WebhookConfig | None:
    url = _secret(part.url, environment)
    return WebhookConfig(url=url, timeout=part.timeout) if url else None


def _secret(ref: SecretRef | None, environment: Environment) -> Secret | None:
    value = environment.find(ref.env) if ref else None
    return Secret(value) if value else None


def _digest(part: DigestPart) -> DigestTerms:
    return DigestTerms(
        minute=part.at,
        language=part.language,
        languages=part.languages,
        weekly_for=frozenset(map(Role, part.weekly_for)),
        weekday=DAYS.index(part.weekly_on),
        max_age=part.max_age,
        mornings_for=frozenset(MORNING_ROLES[who] for who in part.mornings_for),
        if_nothing=part.if_nothing,
    )
