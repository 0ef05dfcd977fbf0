"""Data quality: what is filled, double, old or lacking, as the last survey found it."""

from starlette.responses import Response

from slasync.web.dashboard.survey import surveyed
from slasync.web.dashboard.visit import Visit


def show(visit: Visit) -> Response:
    """Show the last survey; the first visitor begins it."""
    found = surveyed(visit.front, visit.now)
    kind = visit.query.get("kind", "")
    lacks = [lack for lack in found.lacks if not kind or lack.kind == kind] if found else []
    return visit.page("quality.html", survey=found, lacks=lacks[:200], kind=kind)
