"""How one simulated Marketo instance behaves: its limits, its lateness, and where they differ."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Order(StrEnum):
    """What a paging token is a position in."""

    ARRIVAL = "arrival"  # a row that comes late is read late
    DATE = "date"  # a row that comes late, behind the token, is never read by it


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed, by all integrations of the instance together; sizes in bytes."""

    calls: int = 100
    window: timedelta = timedelta(seconds=20)
    concurrent: int = 10
    daily: int = 50_000
    body: int = 1 << 20
    address: int = 8 << 10


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after it happened an activity can be read: something between these two."""

    least: timedelta = timedelta(seconds=5)
    most: timedelta = timedelta(seconds=90)


AT_ONCE = Lateness(timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Extract:
    """How bulk extracts are run, all of the instance together."""

    running: int = 2
    queued: int = 10
    daily_bytes: int = 500 << 20
    starts_after: timedelta = timedelta(seconds=20)
    takes: timedelta = timedelta(seconds=40)
    rows_a_second: int = 2_000
    status_every: timedelta = timedelta(seconds=60)
    file_after: timedelta = timedelta(seconds=2)  # the status may say so before the file is there
    kept: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Insight:
    """From which score on a lead has one, two, three stars; from which rise so many flames."""

    stars: tuple[int, int, int] = (25, 50, 75)
    flames: tuple[int, int, int] = (10, 20, 40)
    over: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Options:
    """One instance."""

    munchkin_id: str = "123-ABC-456"
    zone: str = "America/Chicago"  # the day of quotas ends at its midnight
    user: str = "api-user@example.com"
    token_life: timedelta = timedelta(hours=1)
    native_sync: bool = False  # whether Marketo's own sync with Salesforce is on
    company_through_leads: bool = False  # whether leads.json takes the fields of companies
    updated_at_filter: bool = True  # some instances lack this filter of lead extracts
    races: bool = True  # upserts of one key that overlap make two leads
    losers_among_deleted: float = 0.5  # share of merged leads that deletedleads.json tells of
    short_pages: float = 0.1  # share of activity pages that end early
    scan: int = 1_000  # activities looked at for one page
    first_lead: int = 318_581
    activity_zone: str = "Z"  # how activity dates end: "Z" or "+0000"
    order: Order = Order.ARRIVAL
    lateness: Lateness = field(default_factory=Lateness)
    limits: Limits = field(default_factory=Limits)
    extract: Extract = field(default_factory=Extract)
    insight: Insight = field(default_factory=Insight)
    campaign_starts_after: timedelta = timedelta(seconds=2)
    webhook_within: timedelta = timedelta(seconds=30)
