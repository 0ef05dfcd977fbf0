"""The overview: how it stands, what needs a person, what comes next, who has how much."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from slasync.domain.caps import Hour
from slasync.domain.lead import UserKey
from slasync.store.unit import Unit, reading
from slasync.web.dashboard.charts import Day, Piece
from slasync.web.dashboard.local_days import day_of, last_days
from slasync.web.dashboard.pages.funnel import pack_of
from slasync.web.dashboard.pages.queue import lines
from slasync.web.dashboard.people import People
from slasync.web.dashboard.promises import Kept, promises
from slasync.web.dashboard.survey import surveyed
from slasync.web.dashboard.visit import Visit
from slasync.web.progress import Progress

TONES = {
    "open": "ontime",
    "touched": "worked",
    "overdue": "overdue",
    "stale": "stale",
    "waiting for record": "waiting",
}
"""A lead's state -> its colour and sign."""
IN_TIME = ("open", "touched")
SOON, DAYS = 8, 14
MEASURED = timedelta(hours=1)  # so old may be what the month is measured by: this page stays open
EVENING = 12  # o'clock, from which on it is no good morning any more
NIGHT = 18


@dataclass(frozen=True, slots=True)
class Standing:
    """How many leads at work are in which state."""

    states: Counter[str]
    waiting_for_data: int
    today: int

    @property
    def all(self) -> int:
        return self.states.total()

    @property
    def in_time(self) -> int:
        return sum(self.states[state] for state in IN_TIME)

    @property
    def pieces(self) -> list[Piece]:
        return [Piece(tone, self.states[state]) for state, tone in TONES.items()]


@dataclass(frozen=True, slots=True)
class Rep:
    """One owner of leads at work."""

    key: str
    name: str
    team: str
    states: Counter[str]
    today: int

    @property
    def all(self) -> int:
        return self.states.total()

    @property
    def late(self) -> int:
        return self.states["overdue"] + self.states["stale"]

    @property
    def pieces(self) -> list[Piece]:
        return [Piece(tone, self.states[state]) for state, tone in TONES.items()]


def show(visit: Visit) -> Response:
    """Show the overview."""
    front, now = visit.front, visit.now
    with reading(front.engine) as unit:
        progress = front.progress(unit)
        people = People.of(front.settings, unit)
        reps = reps_of(visit, unit, people)
        standing = _standing(progress, reps)
        due = lines(unit, people, unit.board.page(SOON))
        days = _days(visit, unit, now)
    told = promises(progress)
    return visit.page(
        "overview.html",
        standing=standing,
        promises=told,
        needs=sorted(
            (p for p in told if p.kept is not Kept.YES), key=lambda p: p.kept is not Kept.NO
        ),
        alarms=_alarms(visit),
        reps=reps,
        due=due,
        days=days,
        greeting=_greeting(visit),
        held=sum(batch.writes for batch in progress.held),
        parked=sum(n for (_, state), n in progress.outbox.items() if state == "parked"),
        mode=str(front.settings.modes),
        enforced=front.settings.modes.any_enforced,
    )


def _alarms(visit: Visit) -> tuple[str, ...]:
    """Say which of the running month's figures are below their alarm, as the last survey knows."""
    found = surveyed(visit.front, visit.now, MEASURED)
    if found is None or found.month is None:
        return ()
    pack = pack_of(visit, found.month)
    return tuple(pack.alarm(each) for each in found.month.pressing)


def reps_of(visit: Visit, unit: Unit, people: People) -> list[Rep]:
    """Return everybody who has leads at work, or is in a team; who is late first."""
    today, tomorrow = day_of(visit.now, visit.front.zone)
    coming = unit.board.coming(max(today, visit.now), tomorrow)
    states: dict[str, Counter[str]] = {}
    for (owner, state), count in unit.board.counts().items():
        states.setdefault(owner or "", Counter())[state] += count
    for team in visit.front.settings.pools:
        for user in people.members(team):
            states.setdefault(user.key, Counter())
    reps = [
        Rep(key, people.name(key), people.team_of(key), counted, coming.get(UserKey(key), 0))
        for key, counted in states.items()
    ]
    return sorted(reps, key=lambda rep: (-rep.late, -rep.all, rep.name))


def _standing(progress: Progress, reps: Sequence[Rep]) -> Standing:
    states = sum((rep.states for rep in reps), Counter[str]())
    return Standing(states, sum(progress.waiting_for_data.values()), sum(r.today for r in reps))


def _days(visit: Visit, unit: Unit, now: datetime) -> list[tuple[datetime, Day]]:
    """Count hand-overs and tasks of the last days."""
    found = last_days(now, visit.front.zone, DAYS)
    tasks = unit.outbox.tasks_in([Hour(begins, ends) for begins, ends in found])
    settings = visit.front.settings
    calendar = settings.calendars[settings.agreement.calendar]
    days = []
    for (begins, ends), written in zip(found, tasks, strict=True):
        local = begins.astimezone(visit.front.zone)
        off = not calendar.open_between(begins, ends)
        day = Day(f"{local.day}", unit.board.handed_over(begins, ends), written, off=off)
        days.append((begins, day))
    return days


def _greeting(visit: Visit) -> str:
    hour = visit.now.astimezone(visit.front.zone).hour
    return "morning" if hour < EVENING else "day" if hour < NIGHT else "evening"
