"""Has a run judged: by the oracle, and by whether the daemon's steps failed in unforeseen ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter, process_time
from traceback import format_exc

from slasync.rehearsal.simulation.database import Files
from slasync.rehearsal.simulation.drawing import draw
from slasync.rehearsal.simulation.evidence import Evidence
from slasync.rehearsal.simulation.oracle import judge
from slasync.rehearsal.simulation.plan import Plan
from slasync.rehearsal.simulation.running import Played, play
from slasync.rehearsal.simulation.timeline import timeline

MOST_LEADS = 4  # of whom the timeline is told
UNFORESEEN = 0  # the number under which failures of steps are told


@dataclass(frozen=True, slots=True)
class Broken:
    """One promise that did not hold in a run."""

    invariant: int
    lead: str
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one plan. `trace` is empty when it could not be played to its end."""

    plan: Plan
    trace: str
    broken: tuple[Broken, ...]
    counters: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)
    story: tuple[str, ...] = ()  # the timelines of the leads concerned


def try_seed(seed: int, files: Files) -> Verdict:
    """Play and judge the plan that a seed draws."""
    return try_plan(draw(seed), files)


def try_plan(plan: Plan, files: Files) -> Verdict:
    """Play a plan and judge it; a run that breaks off is a failure too."""
    began = process_time()
    try:
        played = play(plan, files)
        since = perf_counter()
        broken = (*_failures(played), *_judged(played.evidence))
    except Exception:  # noqa: BLE001 - whatever it is: the seed must be told with it
        return Verdict(plan, "", (Broken(UNFORESEEN, "", f"broke off:\n{format_exc()}"),))
    spent = {**played.spent, "judge": perf_counter() - since, "cpu": process_time() - began}
    story = _story(played.evidence, broken)
    return Verdict(plan, played.trace, broken, played.counters, spent, story)


def _failures(played: Played) -> tuple[Broken, ...]:
    return tuple(Broken(UNFORESEEN, "", words) for words in dict.fromkeys(played.failures))


def _judged(evidence: Evidence) -> tuple[Broken, ...]:
    return tuple(Broken(each.invariant, each.lead, each.says) for each in judge(evidence))


def _story(evidence: Evidence, broken: tuple[Broken, ...]) -> tuple[str, ...]:
    leads = dict.fromkeys(each.lead for each in broken if each.lead)
    return tuple(line for lead in list(leads)[:MOST_LEADS] for line in timeline(evidence, lead))
