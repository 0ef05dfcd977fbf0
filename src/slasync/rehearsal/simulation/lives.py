"""One life of a daemon: a process from its start to its end, and the points at which it can die."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from slasync.clock import Seams, steadied
from slasync.connectors import hubspot, marketo, salesforce
from slasync.errors import Stopped
from slasync.rehearsal.inprocess import InProcessAdapter, InProcessPool, in_process_httpx
from slasync.rehearsal.simulation.baton import Strand, TurnLock
from slasync.rehearsal.simulation.evidence import Crash as Crashed
from slasync.rehearsal.simulation.evidence import Exchange, Span
from slasync.rehearsal.simulation.outages import Outages
from slasync.rehearsal.simulation.overtaking import Overtakers
from slasync.rehearsal.simulation.plan import PausePart
from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.sandbox.http import Handle, NoAnswer, Request, Response, TimedOut
from slasync.wiring import Connectors, Marketing

PATIENCE = timedelta(seconds=30)  # of a client for an answer


class Crash(BaseException):
    """The process is dead: nothing of it goes on, whatever it is in the middle of."""


@dataclass(slots=True)
class Person:
    """Who owns several lives: one daemon, with a clock of its own that may be wrong."""

    name: str
    paused_until: datetime | None = None
    pause_pending: PausePart | None = None
    sleeps: list[Span] = field(default_factory=list)  # of its machine
    crash_in: int | None = None  # points from now

    def slept(self, now: datetime) -> timedelta:
        """How long the machine's steady clock has stood still so far."""
        return sum((min(now, s.until) - s.since for s in self.sleeps), timedelta(0))


class OwnClock:
    """A daemon's clock: the vendors' time, and how far it is off."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._vendors = life.around.now
        self._at: datetime | None = None
        self._seconds = 0.0  # steady ones, at that time: much is asked at one instant

    def now(self) -> datetime:
        return self._vendors() + self._life.offset()

    def mono(self) -> float:
        """Seconds that pass evenly, but not while the machine sleeps."""
        now = self._vendors()
        if now is not self._at:
            self._at, self._seconds = now, (now - self._life.person.slept(now)).timestamp()
        return self._seconds

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Let time pass; others go on meanwhile."""
        if not stop.is_set():
            self._life.sleep(timedelta(seconds=seconds))


@dataclass(slots=True, eq=False)
class Life:
    """A process. All its calls die with it, each at the next point it comes to."""

    around: Surroundings
    person: Person
    number: int
    since: datetime
    outages: Outages
    overtakers: Overtakers
    dead: bool = False
    strands: list[Strand] = field(default_factory=list)
    died: Callable[["Life", str], None] = lambda _, __: None
    _seams: Seams | None = None

    @property
    def name(self) -> str:
        return self.person.name

    def offset(self) -> timedelta:
        """How far this daemon's clock is ahead of the vendors'."""
        if self.around.safe or not self.around.plan.jumps:
            return timedelta(0)
        now, seconds = self.around.now(), 0.0
        for jump in self.around.plan.jumps:
            if jump.daemon == self.name and (
                self.around.at(jump.since) <= now < self.around.at(jump.until)
            ):
                seconds += jump.seconds
        return timedelta(seconds=seconds)

    def ahead(self) -> timedelta:
        """How far the time that the daemon goes by is ahead of the vendors'."""
        return self.seams().clock.now() - self.around.now()

    def seams(self) -> Seams:
        """The same for the whole life: the CRM's answers put its clock right."""
        if self._seams is None:
            self._seams = self._own_seams()
        return self._seams

    def _own_seams(self) -> Seams:
        ids = self.around.world.chance(f"{self.name}.ids")
        own = Seams(
            clock=OwnClock(self),
            chance=lambda name: self.around.world.chance(f"{self.name}.{name}"),
            new_id=lambda: f"{self.name}-{self.number}-{ids.getrandbits(32):08x}",
            reached=self.reached,
        )
        return steadied(own)

    # points

    def reached(self, name: str) -> None:
        """Come to a point that the code names."""
        strand = self.around.baton.holder
        if strand is not None:
            strand.place = name
        self._point(name)

    def passing(self, what: str) -> None:
        """Come to a point between two that are named: told by the last of these."""
        self._point(f"{self._place()}>{what}")

    def may_die(self, what: str) -> None:
        """Come to a point inside a transaction: nobody else may go on here."""
        self.alive()
        self._step(f"{self._place()}>{what}")

    def _place(self) -> str:
        strand = self.around.baton.holder
        return strand.place if strand is not None else "begin"

    def _point(self, name: str) -> None:
        """The process may die here, be held up, or let others go on."""
        self.alive()
        self._step(name)
        if self.around.baton.holder is None:
            return  # the main thread drives time: it lets nobody go on
        self._held_up(name)
        self.around.baton.pass_on()
        self._held_up(name)

    def sleep(self, span: timedelta) -> None:
        """Let virtual time pass."""
        self.alive()
        if self.around.baton.holder is not None and span > timedelta(0):
            self.around.baton.sleep(self.around.now() + span)
            self._held_up()

    def alive(self) -> None:
        """Raise Crash once the process is dead."""
        if self.dead:
            raise Crash

    def _step(self, name: str) -> None:
        around = self.around
        around.points += 1
        strand = around.baton.holder
        point = f"{strand.step if strand else 'webhook'}:{name}"
        around.trace.note(around.now(), self.person.name, point)
        around.trace.count(f"passed@{point}")
        if self._dies(point):
            self._die(point)

    def _die(self, point: str) -> None:
        around = self.around
        around.crashes += 1
        around.trace.count(f"crash@{point}")
        around.trace.count("crash")
        around.gathered.crashes.append(Crashed(at=around.now(), point=point, daemon=self.name))
        self.died(self, point)
        raise Crash

    def _dies(self, point: str) -> bool:
        around, plan = self.around, self.around.plan.crash
        if around.safe or around.crashes >= plan.most:
            return False
        if self.person.crash_in is not None:
            self.person.crash_in -= 1
            if self.person.crash_in <= 0:
                self.person.crash_in = None
                around.trace.count("crash while recovering")
                return True
        if around.points in plan.at or (plan.named and self._named(point)):
            return True
        return plan.rate > 0 and around.world.chance("crash").random() < plan.rate

    def _named(self, point: str) -> bool:
        """Tell whether the plan names this point, and this time that it is passed."""
        times = self.around.trace.counts[f"passed@{point}"]
        return f"{point}#{times}" in self.around.plan.crash.named

    def _held_up(self, place: str = "") -> None:
        """Stand still while the daemon is paused, in the middle of what it does."""
        self.alive()
        person = self.person
        if person.pause_pending is not None and person.pause_pending.place in {"", place}:
            now, pause = self.around.now(), person.pause_pending
            person.paused_until = now + timedelta(minutes=pause.minutes)
            person.pause_pending = None
            paused = Span(since=now, until=person.paused_until, what=self.name)
            self.around.gathered.paused.append(paused)
            if pause.sleeps:
                person.sleeps.append(paused)
                self.around.gathered.asleep.append(paused)
            what = "stood still at a point" if pause.place else "held up in the middle"
            self.around.trace.count(what)
        while person.paused_until is not None and self.around.now() < person.paused_until:
            self.around.baton.sleep(person.paused_until)
            self.alive()

    # hooks of the database

    def before_transaction(self) -> bool:
        self.passing("transaction.begin")
        around, busy = self.around, self.around.plan.slow.busy
        if around.safe or not busy or around.baton.holder is None:
            return True
        if around.world.chance("busy").random() >= busy:
            return True
        around.trace.count("database busy")
        return False

    def before_commit(self) -> None:
        self.may_die("commit.before")

    def after_transaction(self) -> None:
        self.may_die("transaction.after")

    # the systems

    def connect(self) -> Connectors:
        """Put the vendors' client libraries on the simulated systems, each call interruptible."""
        settings, town = self.around.settings, self.around.town
        if settings.salesforce is None:
            raise Stopped("both systems are simulated")
        seams = self.seams()
        asked = self._carried("salesforce", town.salesforce.handle)
        crm = salesforce.build_connector(
            settings.salesforce,
            seams,
            adapter=InProcessAdapter(asked),
            httpx_transport=in_process_httpx(asked),
        )
        self._taking_turns(crm.transport.tokens)
        return Connectors(crm, self._marketing(seams))

    def _marketing(self, seams: Seams) -> Marketing:
        settings, town = self.around.settings, self.around.town
        if settings.marketo is not None:
            asked = in_process_httpx(self._carried("marketo", town.marketo.handle))
            made = marketo.build_connector(settings.marketo, seams, httpx_transport=asked)
            self._taking_turns(made.transport.tokens)
            return made
        if settings.hubspot is None:
            raise Stopped("both systems are simulated")
        pool = InProcessPool(self._carried("hubspot", town.hubspot.handle))
        portal = hubspot.build_connector(settings.hubspot, seams, pool_manager=pool)
        portal.transport._pinning = self._turns()  # noqa: SLF001 - as that of tokens
        return portal

    def _taking_turns(self, tokens: Any) -> None:
        """Their lock is one that the daemon holds while a request is under way."""
        tokens.current.__self__._lock = self._turns()  # noqa: SLF001 - it has no seam

    def _turns(self) -> Any:
        return TurnLock(self.around.baton, self.alive)

    def _carried(self, system: str, handle: Handle) -> Handle:
        def carry(request: Request) -> Response:
            self.passing(f"{system}.sending")
            sent = self.around.now()
            if system == "salesforce":
                self.overtakers.overtake(request, self.sleep)
            try:
                answer, fault = self._answered(system, handle, request)
            except NoAnswer as error:
                self._unanswered(system, request, sent, error)
                raise
            self.sleep(self._slow())
            self._note(system, request, sent, answer, fault)
            self.passing(f"{system}.answered")
            return answer

        return carry

    def _answered(
        self, system: str, handle: Handle, request: Request
    ) -> tuple[Response, str | None]:
        around = self.around
        out = None if around.safe else self.outages.answer(system, request)
        if out is not None:
            return out, "outage"
        began = perf_counter()
        around.faults.last = None
        try:
            answer = handle(request)
        finally:
            around.vendor_seconds += perf_counter() - began
        fault = around.faults.last
        return self.outages.asking_to_wait(answer), fault.value if fault else None

    def _unanswered(self, system: str, request: Request, sent: datetime, error: NoAnswer) -> None:
        fault = self.around.faults.last
        if isinstance(error, TimedOut):
            self.sleep(PATIENCE)
        self._note(system, request, sent, None, fault.value if fault else "outage")
        self.passing(f"{system}.unanswered")

    def _slow(self) -> timedelta:
        slow, chance = self.around.plan.slow, self.around.world.chance("latency")
        if self.around.safe or not slow.share or chance.random() >= slow.share:
            return timedelta(0)
        return timedelta(seconds=slow.longest * chance.random())

    def _note(
        self,
        system: str,
        request: Request,
        sent: datetime,
        answer: Response | None,
        fault: str | None,
    ) -> None:
        around, now = self.around, self.around.now()
        status = answer.status if answer else None
        wait = answer.header("Retry-After") if answer else None
        around.trace.note(now, f"exchange.{system}", request.method, request.path, status, fault)
        around.gathered.requests.append(
            Exchange(
                at=sent,
                system=system,
                daemon=self.name,
                method=request.method,
                path=request.path,
                status=status,
                fault=fault,
                retry_after=float(wait) if wait and wait.isdigit() else None,
                answered_at=now if now != sent else None,
            )
        )
