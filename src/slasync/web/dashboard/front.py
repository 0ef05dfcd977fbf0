"""What the dashboard is made of: the database, the configuration, and what is told by others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.draft import Terms
from slasync.domain.explaining.account import Account
from slasync.domain.lead import LeadKey
from slasync.settings import Settings
from slasync.settings.access import Dashboard
from slasync.store.unit import Unit
from slasync.web.progress import Progress

Look = Callable[[Unit], Progress]
"""Tells how far slasync has come."""
Tell = Callable[[Unit, LeadKey, datetime], Account | None]
"""Gathers what is known of one lead; None when there is no such lead."""
Stand = Callable[[Unit, datetime], Terms]
"""Tells what decisions are made by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Everything that pages are made from. Pages read; what they change they change in `engine`."""

    engine: Engine
    seams: Seams
    settings: Settings
    access: Dashboard
    progress: Look
    account: Tell
    terms: Stand

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times are shown in: the agreement's."""
        agreement = self.settings.agreement
        return ZoneInfo(self.settings.calendars[agreement.calendar].spec.zone)
