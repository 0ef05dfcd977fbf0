"""The dashboard's listener: what its pages are made of, and whether it may be opened at all."""

from functools import partial

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.offline import accounted, standing
from slasync.settings import Settings
from slasync.settings.access import Dashboard
from slasync.store.unit import reading
from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.front import Front, Look
from slasync.web.server import WebServer

log = structlog.get_logger()

NOBODY_MAY_LOOK = (
    "other machines can reach the dashboard, and nobody can log in: make a user by"
    " `slasync users add NAME --role admin`, or configure listeners.dashboard.oidc"
)


def nobody_may_look(access: Dashboard | None, engine: Engine) -> bool:
    """Tell whether the dashboard would be open to other machines, without a user."""
    if access is None or not access.public or access.oidc is not None:
        return False
    with reading(engine) as unit:
        return not unit.access.any_users()


def dashboard_server(
    settings: Settings, engine: Engine, seams: Seams, progress: Look
) -> WebServer | None:
    """Return the server; None where there is to be none, or it would be open to nobody."""
    access = settings.listeners.dashboard
    if access is None:
        return None
    if nobody_may_look(access, engine):
        log.error("dashboard not opened", why=NOBODY_MAY_LOOK)
        return None
    app = dashboard_app(front(settings, access, engine, seams, progress))
    return WebServer(app, access.host, access.port, name="dashboard", tls=access.tls)


def front(
    settings: Settings, access: Dashboard, engine: Engine, seams: Seams, progress: Look
) -> Front:
    """Return what pages are made from."""
    return Front(
        engine=engine,
        seams=seams,
        settings=settings,
        access=access,
        progress=progress,
        account=partial(accounted, settings),
        terms=lambda unit, now: standing(settings, unit, now).terms,
    )
