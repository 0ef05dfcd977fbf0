"""Sets the scene of one run: world, town, database, daemons, people and all that goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from slasync.rehearsal.simulation.actors import Actors
from slasync.rehearsal.simulation.baton import Baton
from slasync.rehearsal.simulation.company import agreed, settled_in
from slasync.rehearsal.simulation.daemons import Balancer, Daemon
from slasync.rehearsal.simulation.database import PERSON, Files, Untold, Watch, tables_of
from slasync.rehearsal.simulation.listening import caught
from slasync.rehearsal.simulation.outages import Outages
from slasync.rehearsal.simulation.plan import FIRST, SECOND, FaultPart, PausePart, Plan
from slasync.rehearsal.simulation.surroundings import (
    Gathered,
    NotedFaults,
    NotedJournal,
    Surroundings,
)
from slasync.rehearsal.simulation.terms import settings_for
from slasync.rehearsal.simulation.trace import Trace
from slasync.rehearsal.webhooks import PUBLIC_URL, send_by
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.hubspot.options import Delivery
from slasync.sandbox.marketo import Lateness
from slasync.sandbox.time import Driven
from slasync.sandbox.town import build
from slasync.sandbox.world import Chance, World

BEFORE = timedelta(hours=1)  # the world is older than slasync's first start
STANDSTILL = timedelta(minutes=1)  # while the copy is put back
MAIN_SHARE = 0.04
TOLD_WITHIN = Lateness(timedelta(seconds=5), timedelta(seconds=50))
"""Of Marketo's log: with a fault's delay still within what settling and overlap make good."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One run, ready to be played."""

    around: Surroundings
    daemons: tuple[Daemon, ...]
    actors: Actors
    began: datetime


@contextmanager
def set_up(plan: Plan, files: Files, kept: list[str] | None = None) -> Iterator[Scene]:
    """Build a scene on an empty database; `kept` takes the trace word for word."""
    files.begin()
    around = _surroundings(plan, kept)
    person = files.slot(PERSON)
    person.open(PERSON, around.now, Untold(), around.watch)
    actors = Actors(around, person)
    began = around.now()
    actors.old_leads()
    around.driven.advance_to(plan.start)
    names = (FIRST, SECOND) if plan.second else (FIRST,)
    daemons = tuple(Daemon(around, files.slot(name), name) for name in names)
    _schedule(around, daemons, files)
    actors.schedule()
    with caught(around.now, around.gathered.logs):
        try:
            yield Scene(around, daemons, actors, began)
        finally:
            _end(around, daemons)


def _surroundings(plan: Plan, kept: list[str] | None) -> Surroundings:
    driven, trace, gathered = Driven(plan.start - BEFORE), Trace(kept), Gathered()
    faults, journal = NotedFaults(), NotedJournal(trace, gathered.visible)
    chance = Chance(plan.seed)
    world = World(driven.now, chance, journal=journal, faults=faults)
    webhooks = Delivery(duplicated=plan.webhooks.duplicated, reordered=plan.webhooks.reordered)
    marketing = plan.company.marketing
    town = build(
        world, hubspot={"delivery": webhooks}, marketo={"lateness": TOLD_WITHIN}, market=marketing
    )
    journal.town = town
    settings = settings_for(agreed(plan), town, PUBLIC_URL)
    settings = settled_in(settings, plan, town)
    baton = Baton(chance("baton"), MAIN_SHARE)
    return Surroundings(
        plan=plan,
        driven=driven,
        world=world,
        town=town,
        baton=baton,
        trace=trace,
        faults=faults,
        settings=settings,
        gathered=gathered,
        watch=Watch(lambda: baton.holder.name if baton.holder else ""),
    )


def _schedule(around: Surroundings, daemons: tuple[Daemon, ...], files: Files) -> None:
    plan, agenda = around.plan, around.world.agenda
    first = daemons[0]
    first.wanted = True
    agenda.add(plan.start, "first start", first.start)
    if plan.second is not None:
        agenda.add(around.at(plan.second.since), "second starts", partial(_begin, daemons[1]))
        agenda.add(around.at(plan.second.until), "second ends", partial(end, daemons[1]))
    for fault in plan.faults:
        _schedule_fault(around, fault)
    Outages(around).schedule()
    for pause in plan.pauses:
        for daemon in daemons:
            if daemon.person.name == pause.daemon:
                agenda.add(around.at(pause.at), "held up", partial(_hold_up, daemon, pause))
    if plan.backup is not None:
        agenda.add(around.at(plan.backup.at), "backed up", files.back_up)
        back = partial(_rewind, around, daemons, files)
        agenda.add(around.at(plan.backup.back), "backup put back", back)
    for jump in plan.jumps:
        agenda.add(around.at(jump.since), "clock jumps", partial(around.trace.count, "clock jump"))
        agenda.add(around.at(jump.until), "clock jumps back", lambda: None)
    balancer = Balancer(around, list(daemons))
    send_by(around.settings, around.town, balancer.deliver)


def _rewind(around: Surroundings, daemons: tuple[Daemon, ...], files: Files) -> None:
    """Have somebody stop slasync, put an old copy of the database back, and start it again."""
    around.trace.count("backup put back")
    wanted = [daemon for daemon in daemons if daemon.wanted]
    for daemon in wanted:
        end(daemon)

    def back() -> None:
        files.put_back()
        around.gathered.rewound += [row["stream"] for row in tables_of(files.path)["cursor"]]
        for daemon in wanted:
            _begin(daemon)

    around.world.agenda.add(around.now() + STANDSTILL, "started again", back)


def _begin(daemon: Daemon) -> None:
    daemon.wanted = True
    daemon.start()


def end(daemon: Daemon) -> None:
    """Kill a daemon for good."""
    daemon.wanted = False
    daemon.stop()


def _hold_up(daemon: Daemon, pause: PausePart) -> None:
    """Hold a daemon up at the next point that it comes to."""
    if daemon.life is not None and not daemon.around.safe:
        daemon.person.pause_pending = pause


def _schedule_fault(around: Surroundings, part: FaultPart) -> None:
    rule = Rule(Kind(part.kind), part.path, part.probability, delay=timedelta(seconds=part.delay))
    agenda, faults = around.world.agenda, around.faults
    agenda.add(around.at(part.since), f"{part.kind} begins", partial(faults.switch_on, rule))
    agenda.add(around.at(part.until), f"{part.kind} ends", partial(faults.take_off, rule))


def _end(around: Surroundings, daemons: tuple[Daemon, ...]) -> None:
    """Kill whatever is alive, and let its calls find out."""
    around.safe = True
    for daemon in daemons:
        end(daemon)
    while around.baton.busy:
        around.baton.go()
    around.baton.close()
