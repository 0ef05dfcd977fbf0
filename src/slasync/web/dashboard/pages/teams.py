"""Teams and reps: who has how much, what is late, and what is due of each."""

from collections import Counter

from starlette.responses import Response

from slasync.domain.lead import UserKey
from slasync.store.unit import reading
from slasync.web.dashboard.local_days import day_of
from slasync.web.dashboard.pages.overview import TONES, Rep, reps_of
from slasync.web.dashboard.pages.queue import PAGE, Asked, lines, page_of
from slasync.web.dashboard.people import People
from slasync.web.dashboard.visit import Visit

__all__ = ["rep", "show"]


def show(visit: Visit) -> Response:
    """Show every team with its members."""
    front = visit.front
    with reading(front.engine) as unit:
        people = People.of(front.settings, unit)
        reps = reps_of(visit, unit, people)
        unfilled = unit.pools.unfilled(day_of(visit.now, front.zone)[0])
    teams = [
        (name, pool, [rep for rep in reps if rep.team == name])
        for name, pool in sorted(front.settings.pools.items())
    ]
    absent = {
        user.key
        for name in front.settings.pools
        for user in people.members(name)
        if user.email and people.roster.absent(user.email, visit.now)
    }
    return visit.page(
        "teams.html",
        teams=teams,
        others=[rep for rep in reps if not rep.team and rep.all],
        most=max((rep.all for rep in reps), default=0),
        absent=absent,
        unfilled=unfilled,
        people=people,
        tones=TONES,
    )


def rep(visit: Visit, key: str) -> Response:
    """Show one rep: what is late, and what is due next."""
    front = visit.front
    with reading(front.engine) as unit:
        people = People.of(front.settings, unit)
        user = people.roster.users.get(UserKey(key))
        if user is None:
            return visit.page("missing.html", 404)
        found = {each.key: each for each in reps_of(visit, unit, people)}
        places = page_of(unit, people, Asked(rep=key))
        shown = lines(unit, people, places[:PAGE])
    standing = found.get(key, Rep(key, user.name, people.team_of(key), Counter(), 0))
    return visit.page(
        "rep.html",
        user=user,
        rep=standing,
        lines=shown,
        more=len(places) > PAGE,
        absent=bool(user.email) and people.roster.absent(user.email or "", visit.now),
        manager=people.name(user.manager),
    )
