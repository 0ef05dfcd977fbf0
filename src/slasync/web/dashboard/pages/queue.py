"""The queue: leads at work in the order in which something is due, page by page."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from slasync.domain.lead import LeadKey, UserKey
from slasync.store.board import FIRST, WORKED_STATES, From, Place
from slasync.store.clocks import ClockRow
from slasync.store.unit import Unit, reading
from slasync.web.dashboard.people import Known, People, known_leads
from slasync.web.dashboard.visit import Visit

PAGE = 50
NEVER = datetime.max.replace(tzinfo=UTC)
NOBODY = Known("", "")
FILTERS = {
    "open": ("open",),
    "touched": ("touched",),
    "overdue": ("overdue",),
    "stale": ("stale",),
    "late": ("overdue", "stale"),
    "waiting": ("waiting for record",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One lead in a list, and what is due next."""

    key: LeadKey
    name: str
    company: str
    owner: str
    owner_name: str
    state: str
    due_at: datetime | None
    clock: str
    rung: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which leads are listed, and from where on."""

    state: str = ""
    team: str = ""
    rep: str = ""
    start: From = FIRST

    def owners(self, people: People) -> list[UserKey] | None:
        """Return whose leads are meant; None: everybody's."""
        if self.rep:
            return [UserKey(self.rep)]
        return [user.key for user in people.members(self.team)] if self.team else None


def show(visit: Visit) -> Response:
    """Show a page of the queue."""
    front, asked = visit.front, asked_of(visit)
    with reading(front.engine) as unit:
        people = People.of(front.settings, unit)
        found = page_of(unit, people, asked)
        shown = lines(unit, people, found[:PAGE])
        owners = _owners(unit, people)
    more = encoded(From(found[PAGE - 1].due_at, found[PAGE - 1].key)) if len(found) > PAGE else ""
    return visit.page(
        "queue.html",
        lines=shown,
        asked=asked,
        more=more,
        first=asked.start == FIRST,
        teams=sorted(front.settings.pools),
        reps=owners,
        filters=list(FILTERS),
    )


def asked_of(visit: Visit) -> Asked:
    """Read what is asked for; what makes no sense is as if it were not asked."""
    query, state = visit.query, visit.query.get("state", "")
    team = query.get("team", "")
    return Asked(
        state if state in FILTERS else "",
        team if team in visit.front.settings.pools else "",
        query.get("rep", "")[:40],
        decoded(query.get("from", "")),
    )


def page_of(unit: Unit, people: People, asked: Asked) -> list[Place]:
    """Return a page, and one more if there is one."""
    states = FILTERS.get(asked.state, WORKED_STATES)
    owners = asked.owners(people)
    return unit.board.page(PAGE + 1, asked.start, owners=owners, states=states)


def lines(unit: Unit, people: People, places: Sequence[Place]) -> list[Line]:
    """Tell of each lead who it is and what is due next."""
    keys = [place.key for place in places]
    known, clocks = known_leads(unit, keys), unit.clocks.of(keys)
    return [
        _line(place, known.get(place.key, NOBODY), clocks[place.key], people) for place in places
    ]


def _line(place: Place, known: Known, clocks: Sequence[ClockRow], people: People) -> Line:
    running = [c for c in clocks if c.ended_at is None and c.due_at is not None]
    following = min(running, key=lambda c: c.due_at or NEVER, default=None)
    return Line(
        key=place.key,
        name=known.name or str(place.key),
        company=known.company,
        owner=place.owner or "",
        owner_name=people.name(place.owner),
        state=place.state,
        due_at=place.due_at,
        clock=following.clock if following else "",
        rung=(following.next_rung or "") if following else "",
    )


def _owners(unit: Unit, people: People) -> list[tuple[str, str]]:
    keys = {owner for owner, _ in unit.board.counts() if owner}
    return sorted(((key, people.name(key)) for key in keys), key=lambda each: each[1])


def encoded(start: From) -> str:
    """Write where a page begins into its address."""
    at = start.due_at.isoformat() if start.due_at else ""
    return base64.urlsafe_b64encode(f"{at} {start.key}".encode()).decode().rstrip("=")


def decoded(text: str) -> From:
    """Read it again; the beginning for whatever was not written by us."""
    try:
        raw = base64.urlsafe_b64decode(text[:400] + "=" * (-len(text) % 4)).decode()
        at, _, key = raw.partition(" ")
        due = datetime.fromisoformat(at) if at else None
    except (binascii.Error, ValueError):
        return FIRST
    return From(due, key) if key and (due is None or due.tzinfo) else FIRST
