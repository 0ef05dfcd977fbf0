"""Plays one seed: a day with faults, then healing, and the judge's word on all of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter

from slasync.rehearsal.simulation.baton import MAIN
from slasync.rehearsal.simulation.counters import of_evidence
from slasync.rehearsal.simulation.database import Files
from slasync.rehearsal.simulation.evidence import Evidence, QueueDepth
from slasync.rehearsal.simulation.gathering import depth, evidence_of, read_to
from slasync.rehearsal.simulation.plan import DAY, Plan
from slasync.rehearsal.simulation.scene import Scene, end, set_up

MOST_ROUNDS = 5_000  # at one instant: more is a call that never finds an end
HEALING = timedelta(hours=1)  # at least: twice as long as slasync ever waits of itself
LONGEST_HEALING = LONGEST_READING = timedelta(hours=26)  # a day's quota comes back within
QUIET = timedelta(minutes=20)
LOOKS = timedelta(minutes=60)
MARGIN = timedelta(minutes=2)  # a search index is behind by less


@dataclass(frozen=True, slots=True)
class Played:
    """What one run left."""

    plan: Plan
    trace: str
    evidence: Evidence
    failures: tuple[str, ...]
    counters: Mapping[str, int]
    spent: Mapping[str, float] = field(default_factory=dict)


def play(plan: Plan, files: Files, kept: list[str] | None = None) -> Played:
    """Play a plan to its end."""
    began = perf_counter()
    with set_up(plan, files, kept) as scene:
        setting = perf_counter() - began
        _through_the_day(scene)
        healed = _heal(scene)
        quiet = _restart(scene)
        ended = scene.around.now()
        for daemon in scene.daemons:
            end(daemon)
    evidence = evidence_of(scene, files, healed=healed, quiet=quiet, ended=ended)
    around = scene.around
    counters = around.trace.counts + around.faults.counted + of_evidence(evidence)
    spent = _grouped(around.baton.spent) | {"setting up": setting, "vendors": around.vendor_seconds}
    return Played(
        plan, around.trace.hash, evidence, tuple(around.gathered.failures), counters, spent
    )


def _grouped(spent: Mapping[str, float]) -> dict[str, float]:
    """Group by what was done, whichever daemon did it."""
    found: Counter[str] = Counter()
    for name, seconds in spent.items():
        found[name.rpartition("/")[2] if name != MAIN else MAIN] += seconds  # type: ignore[assignment]
    return dict(found)


def _through_the_day(scene: Scene) -> None:
    over = scene.around.at(DAY)
    while scene.around.now() < over:
        run_until(scene, min(scene.around.now() + LOOKS, over))
        _look(scene)


def _look(scene: Scene) -> None:
    scene.around.gathered.depths.append(depth(scene))


def _heal(scene: Scene) -> datetime:
    """Faults off, clocks right, one daemon; then time until nothing is under way any more."""
    around = scene.around
    around.safe = True
    around.faults.switch_off()
    for vendor in (around.town.salesforce, around.town.hubspot, around.town.marketo):
        vendor.others_call(0)
    for daemon in scene.daemons[1:]:
        end(daemon)
    first = scene.daemons[0]
    first.person.paused_until = first.person.pause_pending = first.person.crash_in = None
    first.start()
    healed = around.now()
    run_until(scene, healed + HEALING)
    while not settled(depth(scene)) and around.now() < healed + LONGEST_HEALING:
        run_until(scene, around.now() + LOOKS / 2)
    _look(scene)
    return healed


def settled(depth: QueueDepth) -> bool:
    return depth.outbox == 0 and depth.inbox == 0


def _restart(scene: Scene) -> datetime:
    """Start anew with nothing changed: nothing is to be written because of that.

    Returns since when, unless something still waits to be written: where calls are never enough.
    """
    first = scene.daemons[0]
    scene.around.town.staff.end()
    _read_to_the_end(scene)
    first.stop()
    since, quiet = scene.around.now(), settled(depth(scene))
    run_until(scene, since + QUIET)
    _read_to_the_end(scene)
    return since if quiet else scene.around.now()


def _read_to_the_end(scene: Scene) -> None:
    """Go on until everything written was read once more: ladders still climb meanwhile."""
    around = scene.around
    wait = timedelta(minutes=around.plan.company.poll) + MARGIN
    until = around.now() + LONGEST_READING
    while around.now() < until:
        last = max((e.at for e in around.world.journal.entries()), default=around.now())
        if last + wait <= around.now() and last <= read_to(scene) and settled(depth(scene)):
            return
        run_until(scene, around.now() + wait)


# time


def run_until(scene: Scene, until: datetime) -> None:
    """Let everything happen up to and including `until`."""
    driven = scene.around.driven
    at = _settle(scene)
    while at is not None and at <= until:
        driven.advance_to(at)
        at = _settle(scene)
    driven.advance_to(until)
    _settle(scene)


def _settle(scene: Scene) -> datetime | None:
    """Repeat agenda and steps at this instant until none finds work; return what comes next."""
    around = scene.around
    agenda, baton = around.world.agenda, around.baton
    for _ in range(MOST_ROUNDS):
        now = around.now()
        happened = agenda.run_due(now) > 0
        baton.wake(now)
        for daemon in scene.daemons:
            happened |= daemon.work()
        if baton.busy:
            baton.go()
        elif not happened:
            times = [agenda.next_at(), baton.next_at()]
            times += [daemon.next_at() for daemon in scene.daemons]
            return min((at for at in times if at is not None), default=None)
    raise RuntimeError(f"the steps find no end at {around.now()}")
