"""The audit: who did what, newest first, and whether its chain is whole; for admins."""

from starlette.responses import Response

from slasync.store.unit import reading
from slasync.web.dashboard.visit import Visit

PAGE = 100


def show(visit: Visit) -> Response:
    """List deeds; on request, go through the whole chain."""
    before = visit.query.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 10 else None  # noqa: PLR2004 - digits
    with reading(visit.front.engine) as unit:
        entries = unit.audit.page(PAGE + 1, start)
        checked = unit.audit.check() if "check" in visit.query else None
    more = entries[PAGE - 1].number if len(entries) > PAGE else None
    return visit.page("audit.html", entries=entries[:PAGE], more=more, checked=checked)
