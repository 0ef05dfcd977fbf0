"""A daemon in a simulation: started, run step by step, held up, killed, and started again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from slasync.daemon import IDLE
from slasync.errors import SlasyncError
from slasync.rehearsal.simulation.baton import Call, Strand
from slasync.rehearsal.simulation.database import Slot
from slasync.rehearsal.simulation.evidence import Delivery, Span
from slasync.rehearsal.simulation.lives import Crash, Life, Person
from slasync.rehearsal.simulation.outages import Outages
from slasync.rehearsal.simulation.overtaking import Overtakers
from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.rehearsal.webhooks import kept_as, receiver_of
from slasync.sandbox.http import Handle, Request, Reset, Response
from slasync.wiring import assemble
from slasync.workers.step import Step

log = structlog.get_logger()

START_AGAIN = timedelta(seconds=10)  # after a start that failed
LONGEST_PATIENCE = timedelta(minutes=30)
LONGEST_PAUSE = 60.0  # seconds, between two runs of a step that fails
STEPS = frozenset(
    {
        "inbox",
        "decide",
        *(
            f"{do}:{system}"
            for do in ("pull", "push")
            for system in ("salesforce", "hubspot", "marketo")
        ),
    }
)  # whose changes concern those only whom they feed
NOT_AT_ALL = datetime.min.replace(tzinfo=UTC)
SOON = 30  # points, within which a daemon that comes back may die again


@dataclass(slots=True, eq=False)
class Going:
    """One step of a life: whether it is running, and when it is of use again."""

    step: Step
    strand: Strand | None = None
    rests_until: datetime = NOT_AT_ALL
    failures: int = 0
    asked: timedelta | None = None  # how far its clock was ahead then; None: to be asked anew
    reads: set[str] = field(default_factory=set)  # tables
    at: datetime | None = None  # when it is of use, in the vendors' time
    fed_by: frozenset[str] = frozenset()  # steps, of whichever daemon

    def fed(self, step: str) -> bool:
        """Tell whether it matters what a step, or somebody else (""), changed that it reads."""
        return step not in STEPS or step in self.fed_by


def _going(step: Step, steps: Sequence[Step]) -> Going:
    """A step of another daemon feeds its namesake as well: they do the same work."""
    feeding = {other.name for other in steps if step.name in other.feeds}
    return Going(step, fed_by=frozenset({*feeding, step.name}))


class Daemon:
    """One daemon of a run, over all its lives."""

    def __init__(self, around: Surroundings, slot: Slot, name: str) -> None:
        self.around = around
        self.slot = slot
        self.person = Person(name)
        self.wanted = False
        self.lives = 0
        self.life: Life | None = None
        self._steps: list[Going] = []
        self._starting: Strand | None = None
        self._dying: list[Strand] = []
        self._receive: Handle | None = None
        self._failed_starts = 0  # in a row
        around.watch.changed.append(self.changed)

    # its lives

    def start(self) -> None:
        """Begin a life, unless one is under way or nobody wants it."""
        if self.life is not None or not self.wanted:
            return
        if any(not strand.ended for strand in self._dying):
            self._start_after(IDLE)
            return
        self.lives += 1
        around = self.around
        life = Life(
            around, self.person, self.lives, around.now(), Outages(around), Overtakers(around)
        )
        life.died = self._died
        worker = life.seams().new_id()
        engine = self.slot.open(worker, around.now, life, around.watch)
        self.life, self._steps, self._receive = life, [], None
        if self.lives > 1 and not around.safe:
            self._draw_another_death()
        self.around.trace.note(around.now(), f"{self.person.name}/start", self.lives)

        def begin() -> None:
            seams = life.seams()
            application = assemble(
                around.settings, seams, life.connect(), engine=engine, worker=worker
            )
            self._steps = [_going(step, application.steps) for step in application.steps]
            self._receive = receiver_of(application.settings, engine, seams.clock)

        self._starting = self._strand("start", begin)

    def _draw_another_death(self) -> None:
        chance = self.around.world.chance("crash again")
        if chance.random() < self.around.plan.crash.again:
            self.person.crash_in = chance.randint(1, SOON)

    def stop(self) -> None:
        """End the life, as by a kill."""
        if self.life is not None:
            self._died(self.life, "stopped")

    def _died(self, life: Life, point: str) -> None:
        around, now = self.around, self.around.now()
        around.trace.note(now, f"{self.person.name}/died", point)
        around.gathered.up.append(Span(since=life.since, until=now, what=self.person.name))
        life.dead, self.life, self._starting = True, None, None
        self.person.paused_until = None
        self._dying = life.strands
        around.baton.rouse(life.strands)
        if self.wanted:
            self._start_after(self._downtime())

    def _downtime(self) -> timedelta:
        longest = self.around.plan.crash.longest
        if self.around.safe:
            return START_AGAIN
        drawn = timedelta(minutes=longest * self.around.world.chance("downtime").random())
        return max(drawn, self._patience())

    def _patience(self) -> timedelta:
        """How long whoever starts it waits when it cannot start: longer each time."""
        if not self._failed_starts:
            return timedelta(0)
        return min(START_AGAIN * 2.0 ** min(self._failed_starts - 1, 12), LONGEST_PATIENCE)

    def _start_after(self, wait: timedelta) -> None:
        at = self.around.now() + wait
        self.around.world.agenda.add(at, f"{self.person.name} starts", self.start)

    # its steps

    def work(self) -> bool:
        """Take note of calls that ended and begin those whose time has come. True if any did."""
        life = self.life
        if life is None:
            return False
        happened = self._look_at_start(life)
        for going in self._steps:
            if going.strand is not None and going.strand.ended:
                self._look_at(going, going.strand, life)
                happened = True
        if self.life is not life or self._held_up():
            return happened
        now = self.around.now()
        rested = [g for g in self._steps if g.strand is None and g.rests_until <= now]
        due = [going for at, going in self._times(rested, life) if at <= now]
        for going in due:
            going.strand = self._strand(going.step.name, going.step.run)
        return happened or bool(due)

    def next_at(self) -> datetime | None:
        """Return when a step is next of use, in the vendors' time."""
        if self.life is None or self._held_up():
            return None
        idle = [going for going in self._steps if going.strand is None]
        return min((at for at, _ in self._times(idle, self.life)), default=None)

    def _held_up(self) -> bool:
        until = self.person.paused_until
        return until is not None and self.around.now() < until

    def _look_at_start(self, life: Life) -> bool:
        strand = self._starting
        if strand is None or not strand.ended:
            return False
        self._starting = None
        life.strands.remove(strand)
        if isinstance(strand.error, SlasyncError):
            self._failed_starts += 1
            self.around.trace.count("start failed")
            self._died(life, "start failed")
        elif strand.error is not None and not isinstance(strand.error, Crash):
            raise strand.error
        else:
            self._failed_starts = 0
        return True

    def _look_at(self, going: Going, strand: Strand, life: Life) -> None:
        going.strand = None
        life.strands.remove(strand)
        if isinstance(strand.error, Exception):
            self._failed(going, strand.error)
        elif strand.error is not None:
            raise strand.error
        else:
            going.failures = 0
            going.asked = None
            found = bool(strand.result)
            going.rests_until = NOT_AT_ALL if found else self.around.now() + IDLE

    def _failed(self, going: Going, error: Exception) -> None:
        """Do as the daemon's own loop does: wait, longer each time."""
        going.failures += 1
        going.asked = None
        wait = min(2.0 ** min(going.failures, 12), LONGEST_PAUSE)
        going.rests_until = self.around.now() + timedelta(seconds=wait)
        words = f"{type(error).__name__}: {error}"
        self.around.trace.note(self.around.now(), f"{self.person.name}/failed", going.step.name)
        log.error("step failed", step=going.step.name, error=words)
        if isinstance(error, SlasyncError):
            self.around.trace.count("step put off")
        else:
            self.around.gathered.failures.append(f"{going.step.name} failed by {words}")

    def _times(self, steps: list[Going], life: Life) -> list[tuple[datetime, Going]]:
        """Return when each is of use, if ever: asked anew where what it goes by changed."""
        ahead = life.ahead()
        for going in steps:
            if going.asked != ahead:
                self._ask(going, ahead)
        return [(going.at, going) for going in steps if going.at is not None]

    def _ask(self, going: Going, ahead: timedelta) -> None:
        watch = self.around.watch
        going.reads = watch.asked = set()
        at = going.step.next_at()
        going.at = None if at is None else max(at - ahead, going.rests_until)
        going.asked, watch.asked = ahead, None

    def changed(self, table: str, caller: str) -> None:
        """Have those steps be asked anew whom it concerns that a table was changed."""
        readers = [g for g in self._steps if g.asked is not None and table in g.reads]
        if not readers:
            return
        owner, _, step = caller.rpartition("/")
        for going in readers:
            mine = owner == self.person.name and step == going.step.name
            if not mine and going.fed(step):
                going.asked = None

    def _strand(self, name: str, call: Call) -> Strand:
        life = self.life
        if life is None:
            raise RuntimeError("only a living daemon does anything")

        def living() -> object:
            life.alive()
            return call()

        strand = self.around.baton.start(f"{self.person.name}/{name}", living)
        life.strands.append(strand)
        return strand

    # webhooks

    @property
    def listens(self) -> bool:
        return self.life is not None and self._receive is not None and not self._held_up()

    def deliver(self, request: Request) -> Response:
        """Hand a webhook in. Raises Reset when the daemon dies over it."""
        if self._receive is None:
            raise Reset
        status: int | None = None
        try:
            answer = self._receive(request)
            status = answer.status
        except Crash:
            raise Reset from None
        except SlasyncError:
            status = 503
            return Response(status)
        finally:
            self._delivered(request, status)
        return answer

    def _delivered(self, request: Request, status: int | None) -> None:
        keys = kept_as(self.around.settings, request, self.around.now())
        self.around.gathered.webhooks.append(
            Delivery(at=self.around.now(), daemon=self.person.name, dedup_keys=keys, status=status)
        )


@dataclass(slots=True)
class Balancer:
    """What stands before the daemons: sends each webhook to one that listens."""

    around: Surroundings
    daemons: list[Daemon] = field(default_factory=list)

    def deliver(self, request: Request) -> Response:
        """Answer as a daemon does. Raises Reset when none listens."""
        chance, plan = self.around.world.chance("webhooks"), self.around.plan.webhooks
        lost = not self.around.safe and chance.random() < plan.dropped
        if lost:
            self.around.trace.count("webhook lost")
            return Response(204)
        listening = [daemon for daemon in self.daemons if daemon.listens]
        if not listening:
            self.around.trace.count("webhook to nobody")
            raise Reset
        return listening[chance.randrange(len(listening))].deliver(request)
