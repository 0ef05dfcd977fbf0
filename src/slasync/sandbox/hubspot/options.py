"""How one simulated HubSpot account behaves: its limits, its lag, and where accounts differ."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Backward(StrEnum):
    """What a write of an earlier lifecycle stage does; both are seen in real accounts."""

    IGNORED = "ignored"  # 200, and the value stays
    REFUSED = "refused"  # 400


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed. OAuth apps have their own ten-second limit and no daily one."""

    ten_seconds: int = 190
    ten_seconds_oauth: int = 110
    daily: int = 625_000
    search_a_second: int = 5


@dataclass(frozen=True, slots=True)
class Delivery:
    """How webhooks are sent. Probabilities are per event."""

    delay: timedelta = timedelta(seconds=1)
    answer_within: timedelta = timedelta(seconds=5)
    batch: int = 100
    duplicated: float = 0.0
    reordered: float = 0.0
    # waits before the ten retries; each is shortened or lengthened by chance, in all below 24 h
    waits: tuple[timedelta, ...] = tuple(
        timedelta(minutes=m) for m in (1, 2, 5, 10, 30, 60, 120, 240, 360, 480)
    )


_OBJECTS = ("contacts", "companies", "deals")
ALL_SCOPES = frozenset(
    [f"crm.objects.{name}.{verb}" for name in _OBJECTS for verb in ("read", "write")]
    + [f"crm.schemas.{name}.{verb}" for name in _OBJECTS for verb in ("read", "write")]
    + ["crm.objects.owners.read", "crm.lists.read", "crm.lists.write", "oauth", "forms"]
)


@dataclass(frozen=True, slots=True)
class Options:
    """One account and the app installed in it."""

    portal_id: int = 140_772_301
    zone: str = "Europe/Berlin"
    app_id: int = 1_160_452
    index_lag: timedelta = timedelta(seconds=5)
    stale_totals: bool = True  # a search counts rows archived a moment ago, and gives none
    lifecycle_backward: Backward = Backward.IGNORED
    merge_keeps_primary_id: bool = False  # as before 2025
    owner_ids_are_user_ids: bool = False  # as in accounts made in 2026
    scopes: frozenset[str] = ALL_SCOPES
    limits: Limits = field(default_factory=Limits)
    delivery: Delivery = field(default_factory=Delivery)
