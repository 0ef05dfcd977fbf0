"""The dashboard: what operations, managers and reps look at; server-made pages behind a login."""

from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.front import Front

__all__ = ["Front", "dashboard_app"]
