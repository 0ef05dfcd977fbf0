"""Who may look, and who is logged in: for admins. Users are made at the command line."""

from starlette.responses import Response

from slasync.store.unit import Unit, reading, retrying
from slasync.web.dashboard.visit import Visit


def show(visit: Visit) -> Response:
    """List local users and sessions."""
    with reading(visit.front.engine) as unit:
        users, sessions = unit.access.users(), unit.access.sessions(visit.now)
    idle = visit.front.access.idle
    return visit.page(
        "users.html",
        users=users,
        sessions=[each for each in sessions if visit.now - each.seen_at < idle],
        idle=idle,
        oidc=visit.front.access.oidc,
    )


def end(visit: Visit) -> Response:
    """End every session of a user."""
    who = visit.form.get("who", "")

    def done(unit: Unit) -> int:
        ended = unit.access.end_all(who)
        unit.audit.add(visit.deed("sessions.end", who, sessions=ended))
        return ended

    ended = retrying(visit.front.engine, done)
    return visit.go("/users", said="sessions.ended", n=ended)
