"""Whose hours a clock counts in where its calendar goes with the owner, and since when.

Owners come from the history, so a change that is learned late gives the same deadlines.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from slasync.domain.agreement import Follows
from slasync.domain.lead import Pool, Roster, User, UserKey
from slasync.domain.state import OwnedFrom
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.relay import Leg, Relay


@dataclass(frozen=True, slots=True)
class Teams:
    """The pools in their order, and what counts for those who are in none."""

    roster: Roster
    pools: Mapping[str, Pool]
    default: Pool | None
    usual: str  # calendar of pools that name none
    calendars: Mapping[str, Calendar]

    def of(self, owner: UserKey | None) -> Pool | None:
        """Return somebody's team: the first pool that has him; of a queue, the one it serves."""
        user = self.roster.users.get(owner) if owner else None
        found = (pool for pool in self.pools.values() if user and _serves(pool, user))
        return next(found, self.default)

    def calendar(self, follows: Follows, owner: UserKey | None) -> Calendar:
        """Return the owner's calendar: his own, else his team's, else the agreement's."""
        team, user = self.of(owner), self.roster.users.get(owner) if owner else None
        teams = self.calendars[(team.calendar if team else None) or self.usual]
        if follows is Follows.TEAM or team is None or user is None or not user.email:
            return teams
        own = team.terms_of(_as_listed(user.email, team.members)).calendar
        if own is not None:
            return self.calendars[own]
        return _in_zone(teams, user.zone) if follows is Follows.OWNER_IN_ZONE else teams


def hours_of(follows: Follows, owners: Sequence[OwnedFrom], teams: Teams) -> tuple[str, Calendar]:
    """Return the calendars of all owners, one after the other; the name is the present one's.

    Before the first owner that is known his hours count as well.
    """
    found = [(each.at, teams.calendar(follows, each.owner)) for each in owners]
    if not found:
        calendar = teams.calendar(follows, None)
        return calendar.name, calendar
    legs = [found[0]]
    for at, calendar in found[1:]:
        if calendar is not legs[-1][1]:
            legs.append((at, calendar))
    last = legs[-1][1]
    if len(legs) == 1:
        return last.name, last
    each = [Leg(calendar, until) for (_, calendar), (until, _) in pairwise(legs)]
    return last.name, Relay([*each, Leg(last)])


def _serves(pool: Pool, user: User) -> bool:
    if user.email is None:
        return pool.queue == user.name
    own = user.email.lower()
    named = (*pool.members, *([pool.manager] if pool.manager else []), *pool.leadership)
    return any(own == each.lower() for each in named)


def _as_listed(email: str, members: Iterable[str]) -> str:
    return next((each for each in members if each.lower() == email.lower()), "")


@lru_cache(maxsize=256)
def _in_zone(calendar: Calendar, zone: str | None) -> Calendar:
    """Return a calendar's hours on the wall clock of another zone, if that is one."""
    if zone is None or zone == calendar.spec.zone:
        return calendar
    try:
        return Calendar(replace(calendar.spec, zone=zone, name=f"{calendar.name} in {zone}"))
    except ValueError:
        return calendar
