"""What the rest of slasync sees of the configuration: complete, checked, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from slasync.domain.agreement import Agreement
from slasync.domain.calendars import Calendar
from slasync.domain.lead import Absence, Pool
from slasync.domain.readers import DigestTerms, Reader, channels, persons
from slasync.settings.problems import Problem
from slasync.systems import HubSpotConfig, SalesforceConfig, SmtpConfig, WebhookConfig


class Mode(StrEnum):
    """How far decisions go."""

    OBSERVE = "observe"  # decide and show, write nothing
    SHADOW = "shadow"  # the same, decisions kept for comparison
    CANARY = "canary"  # write for the teams chosen
    ENFORCE = "enforce"  # write


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Listeners:
    webhooks: Address = Address("127.0.0.1", 8811)
    health: Address = Address("127.0.0.1", 8812)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most tasks an hour that catch-up and bursts may write."""

    per_owner: int = 20
    total: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """How people outside the CRM are told. The channel that `via` names is there."""

    smtp: SmtpConfig | None = None
    webhook: WebhookConfig | None = None
    via: Literal["smtp", "webhook"]  # the way of digests
    digest: DigestTerms = field(default_factory=DigestTerms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one deployment."""

    database_url: str = field(repr=False)  # may hold a password
    mode: Mode
    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    absences: tuple[Absence, ...] = ()
    salesforce: SalesforceConfig | None = None
    hubspot: HubSpotConfig | None = None
    polls: Mapping[str, timedelta | None] = field(default_factory=dict)  # None: by the budget
    settle: timedelta = timedelta(minutes=2)
    overlap: timedelta = timedelta(minutes=5)
    waiting_for_record_alarm: timedelta = timedelta(minutes=30)
    caps: Caps = Caps()
    listeners: Listeners = Listeners()
    notify: Notify | None = None
    log_level: str = "info"
    warnings: tuple[Problem, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The texts of agreement, calendars and teams, which the agreement's hash is of."""
    signable_hash: str = ""  # of what both sides sign: everything agreed but the sign-off
    unsigned: tuple[Problem, ...] = ()  # who has not signed what is running

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who gets digests: persons by mail, by webhook the channel; nobody without a way."""
        if self.notify is None:
            return ()
        readers = persons if self.notify.via == "smtp" else channels
        usual = self.agreement.calendar
        return readers(self.pools, self.calendars, usual, self.notify.digest)
