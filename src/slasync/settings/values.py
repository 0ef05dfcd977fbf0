"""What the rest of slasync sees of the configuration: complete, checked, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from slasync.domain.agreement import Agreement
from slasync.domain.calendars import Calendar
from slasync.domain.lead import Absence, Pool
from slasync.settings.problems import Problem
from slasync.systems import HubSpotConfig, SalesforceConfig


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
    log_level: str = "info"
    warnings: tuple[Problem, ...] = ()
