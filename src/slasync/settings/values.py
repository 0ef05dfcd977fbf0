"""What the rest of slasync sees of the configuration: complete, checked, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from slasync.domain.agreement import Agreement
from slasync.domain.caps import Caps
from slasync.domain.digests.readers import DigestTerms, Reader, channels, heads_beside, persons
from slasync.domain.figures.obligations import Obligations
from slasync.domain.lead import Absence, Pool
from slasync.domain.modes import Canary, Mode, Modes, TeamMode
from slasync.domain.reviewing import Review
from slasync.domain.self_check import SelfCheck
from slasync.domain.time.calendars import Calendar
from slasync.settings.access import Dashboard
from slasync.settings.document import Document
from slasync.settings.loopback import is_loopback
from slasync.settings.problems import Problem
from slasync.systems import (
    CreateLeads,
    CrmConfig,
    HubSpotConfig,
    HubSpotCrmConfig,
    MarketingConfig,
    MarketoConfig,
    SalesforceConfig,
    SmtpConfig,
    WebhookConfig,
)

CONTACTS_AT = "https://app.hubspot.com/contacts/{}/record/0-1"


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Listeners:
    webhooks: Address = Address("127.0.0.1", 8811)
    health: Address = Address("127.0.0.1", 8812)
    dashboard: Dashboard | None = None


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
    mode: Mode  # of the deployment: the bound of what teams may do
    canary: Canary | None = None
    team_modes: Mapping[str, TeamMode] = field(default_factory=dict)
    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    absences: tuple[Absence, ...] = ()
    salesforce: SalesforceConfig | None = None
    hubspot: HubSpotConfig | None = None
    marketo: MarketoConfig | None = None
    polls: Mapping[str, timedelta | None] = field(default_factory=dict)  # None: by the budget
    settle: timedelta = timedelta(minutes=2)
    overlap: timedelta = timedelta(minutes=5)
    waiting_for_record_alarm: timedelta = timedelta(minutes=30)
    caps: Caps = field(default_factory=Caps)
    self_check: SelfCheck = field(default_factory=SelfCheck)  # when mirror and systems are compared
    listeners: Listeners = Listeners()
    notify: Notify | None = None
    log_level: str = "info"
    warnings: tuple[Problem, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The texts of agreement, calendars and teams, which the agreement's hash is of."""
    connectors: Mapping[str, Document] = field(default_factory=dict, repr=False)
    """What the systems' fields mean: earlier editions are compiled by it as well."""
    signable_hash: str = ""  # of what both sides sign: everything agreed but the sign-off
    unsigned: tuple[Problem, ...] = ()  # who has not signed what is running
    obligations: Obligations = field(default_factory=Obligations)  # what each side is measured by
    review: Review | None = None  # of the agreement by both heads; None: none is due ever

    @property
    def marketing(self) -> MarketingConfig | None:
        """How the marketing system is reached, whichever it is."""
        return self.marketo or self.hubspot

    def reached(self, system: str) -> SalesforceConfig | MarketingConfig | None:
        """Return how a system is reached, by its name."""
        named = {"salesforce": self.salesforce, "hubspot": self.hubspot, "marketo": self.marketo}
        return named.get(system)

    @property
    def crm(self) -> CrmConfig | None:
        """How the CRM is reached, whichever it is."""
        hubspot = self.hubspot if self.hubspot and self.hubspot.crm else None
        return self.salesforce or hubspot

    @property
    def crm_terms(self) -> SalesforceConfig | HubSpotCrmConfig | None:
        """What is said of the CRM as such, whichever it is."""
        return self.crm.crm if isinstance(self.crm, HubSpotConfig) else self.crm

    @property
    def creates_leads(self) -> bool:
        """Tell whether slasync makes the CRM's record at the hand-over."""
        told = self.crm_terms
        return told is not None and told.create_leads == CreateLeads.AT_HANDOVER

    def records_at(self, org: str) -> str:
        """Return where people find a record of the CRM by its id; empty where nobody can know.

        `org` is the CRM's account as this database knows it. A simulated HubSpot has no pages.
        """
        known, crm = self.agreement.crm_url, self.crm
        if known or not org or not isinstance(crm, HubSpotConfig):
            return known
        simulated = is_loopback(urlsplit(crm.url).hostname or "")
        return "" if simulated else CONTACTS_AT.format(org)

    @property
    def modes(self) -> Modes:
        """How far decisions go, team by team."""
        return Modes(TeamMode(self.mode, self.canary), self.team_modes, self.pools)

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who gets digests: persons by mail, by webhook the channel; nobody without a way."""
        if self.notify is None:
            return ()
        readers = persons if self.notify.via == "smtp" else channels
        usual = self.agreement.calendar
        found = readers(self.pools, self.calendars, usual, self.notify.digest)
        heads = self.review.heads if self.review else ()
        own = heads_beside(found, heads, self.calendars[usual], self.notify.digest)
        return (*found, *own)
