"""Accounts: which stage their leads are at, and the furthest that any of them came."""

from starlette.responses import Response

from slasync.web.dashboard.survey import surveyed
from slasync.web.dashboard.visit import Visit

PAGE = 100


def show(visit: Visit) -> Response:
    """Show the accounts of the last survey, those with most leads at work first."""
    found = surveyed(visit.front, visit.now)
    asked = visit.query.get("q", "").strip()[:100]
    number = visit.query.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < int(number[:6]) < 10_000 else 1  # noqa: PLR2004 - pages
    rows = [a for a in found.accounts if asked.lower() in a.name.lower()] if found else []
    shown = rows[(page - 1) * PAGE : page * PAGE]
    return visit.page(
        "accounts.html", survey=found, rows=shown, asked=asked, page=page,
        more=len(rows) > page * PAGE, all=len(rows),
    )  # fmt: skip
