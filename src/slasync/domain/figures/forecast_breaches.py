"""What is likely to be missed today, by what is due, who is there and how fast each usually is.

A forecast is there to help in time. It is told to nobody else, kept nowhere, and blames nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from slasync.domain.lead import Absence, LeadKey, UserKey
from slasync.domain.time.calendars import Calendar, CoverageEnded, Offset, Unit

LEAST_CASES = 5
"""Of fewer nobody can say what is usual."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Waited:
    """How much working time passed from a hand-over to the first touch, and whose lead it was."""

    rep: UserKey
    team: str
    time: timedelta


@dataclass(frozen=True, slots=True)
class Usual:
    """A median. `own`: the rep's; else his team's."""

    time: timedelta
    own: bool = True


@dataclass(frozen=True, slots=True)
class Speeds:
    """The medians of reps and teams that have cases enough."""

    reps: Mapping[UserKey, timedelta] = field(default_factory=dict)
    teams: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, rep: UserKey, team: str) -> Usual | None:
        """Return what is usual for a rep, else in his team; None: nobody can say."""
        if rep in self.reps:
            return Usual(self.reps[rep])
        return Usual(self.teams[team], own=False) if team in self.teams else None


def speeds(cases: Iterable[Waited]) -> Speeds:
    """Work out what is usual."""
    reps: dict[UserKey, list[timedelta]] = {}
    teams: dict[str, list[timedelta]] = {}
    for case in cases:
        reps.setdefault(case.rep, []).append(case.time)
        if case.team:
            teams.setdefault(case.team, []).append(case.time)
    enough = {rep: _median(times) for rep, times in reps.items() if len(times) >= LEAST_CASES}
    of_teams = {team: _median(times) for team, times in teams.items() if len(times) >= LEAST_CASES}
    return Speeds(enough, of_teams)


def _median(times: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(time.total_seconds() for time in times))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A clock that runs out: when it began, when it is due, and whether a touch is enough."""

    lead: LeadKey
    owner: UserKey | None
    clock: str
    began: datetime
    due: datetime
    touch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """Somebody who can own leads, by what is known of him. `open`: how many he has."""

    key: UserKey
    name: str
    team: str = ""
    hours: Calendar
    works: bool = True  # an active person
    away: tuple[Absence, ...] = ()
    open: int = 0
    most_open: int | None = None

    def back(self, at: datetime) -> datetime:
        """Return the first instant at or after `at` at which he is not absent."""
        for absence in sorted(self.away, key=lambda each: each.begins):
            if absence.begins <= at < absence.ends:
                at = absence.ends
        return at

    def begins(self, at: datetime) -> datetime:
        """Return when he can begin: in his open hours, and not absent. Raises CoverageEnded."""
        while True:
            later = self.hours.first_open(self.back(at))
            if later == at:
                return at
            at = later

    def has_room(self, more: int) -> bool:
        """Tell whether he may have another lead besides `more`."""
        return self.most_open is None or self.open + more < self.most_open


class Why(StrEnum):
    """Why a lead is likely to be missed."""

    NOBODY = "nobody"  # it has no owner, or a queue has it
    INACTIVE = "inactive"  # its owner works no leads any more
    ABSENT = "absent"  # until it is due
    CLOSED = "closed"  # its owner's hours begin later
    SLOW = "slow"  # its owner usually needs longer


@dataclass(frozen=True, slots=True)
class Relief:
    """Who could take a lead: how many he has open, and what he usually needs, if that is known."""

    rep: UserKey
    open: int
    usual: Usual | None


@dataclass(frozen=True, slots=True)
class Miss:
    """A lead that is likely to be missed; `usual` where that is why."""

    due: Due
    why: Why
    usual: Usual | None = None
    relief: Relief | None = None


@dataclass(frozen=True, slots=True)
class House:
    """Everybody who can own leads, and what is usual."""

    reps: Mapping[UserKey, Rep]
    speeds: Speeds = field(default_factory=Speeds)
    mates: Mapping[str, Sequence[UserKey]] = field(default_factory=dict)  # of each team
    team: str = ""  # whose members are asked where a lead has no owner's


def forecast(dues: Iterable[Due], house: House, now: datetime) -> list[Miss]:
    """Return what is likely to be missed, the earliest first, each with who could take it.

    A proposal counts as open lead of whoever it names, so that not all name the same.
    """
    given: dict[UserKey, int] = {}
    found = []
    for due in sorted(dues, key=lambda each: (each.due, each.lead)):
        miss = likely(due, house, now)
        if miss is None:
            continue
        relief = _relief(due, house, given, now)
        if relief is not None:
            given[relief.rep] = given.get(relief.rep, 0) + 1
        found.append(Miss(due, miss.why, miss.usual, relief))
    return found


def likely(due: Due, house: House, now: datetime) -> Miss | None:
    """Tell whether a lead is likely to be missed; None: it is not, or nobody can say."""
    rep = house.reps.get(due.owner) if due.owner else None
    if rep is None:
        return Miss(due, Why.NOBODY)
    if not rep.works:
        return Miss(due, Why.INACTIVE)
    if rep.back(now) >= due.due:
        return Miss(due, Why.ABSENT)
    usual = house.speeds.of(rep.key, rep.team) if due.touch else None
    try:
        begins = rep.begins(now)
        if begins >= due.due:
            away = rep.back(rep.hours.first_open(now)) > rep.hours.first_open(now)
            return Miss(due, Why.ABSENT if away else Why.CLOSED)
        slow = usual is not None and _expected(rep, due, usual, now) > due.due
    except CoverageEnded:  # a calendar that has ended tells nothing
        return None
    return Miss(due, Why.SLOW, usual) if slow else None


def _expected(rep: Rep, due: Due, usual: Usual, now: datetime) -> datetime:
    """Return when he will have touched it, if he goes on as usual.

    What has waited for longer than is usual is taken as if he began now.
    """
    at = _after(rep, due.began, usual)
    return at if at > now else _after(rep, now, usual)


def _after(rep: Rep, since: datetime, usual: Usual) -> datetime:
    minutes = max(usual.time // _MINUTE, 0)
    return rep.hours.due(rep.begins(since), Offset(minutes, Unit.BUSINESS_MINUTES))


def _relief(due: Due, house: House, given: Mapping[UserKey, int], now: datetime) -> Relief | None:
    """Return who of the team has the fewest open leads, and is there and quick enough."""
    owner = house.reps.get(due.owner) if due.owner else None
    team = owner.team if owner and owner.team else house.team
    found = []
    for key in house.mates.get(team, ()):
        rep, more = house.reps.get(key), given.get(key, 0)
        if rep is None or key == due.owner or not (rep.works and rep.has_room(more)):
            continue
        usual = house.speeds.of(rep.key, rep.team) if due.touch else None
        if _in_time(rep, due, usual, now):
            found.append(Relief(key, rep.open + more, usual))
    return min(found, key=lambda each: (each.open, each.rep), default=None)


def _in_time(rep: Rep, due: Due, usual: Usual | None, now: datetime) -> bool:
    try:
        begins = rep.begins(now)
        return (_after(rep, now, usual) if usual else begins) < due.due
    except CoverageEnded:
        return False
