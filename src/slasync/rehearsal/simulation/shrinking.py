"""Takes parts away from a plan as long as it still breaks the same promise."""

from collections.abc import Callable, Iterator, Mapping

from slasync.rehearsal.simulation.database import opened
from slasync.rehearsal.simulation.drawing import draw
from slasync.rehearsal.simulation.judging import Verdict, try_plan
from slasync.rehearsal.simulation.plan import (
    LISTS,
    CompanyPart,
    CrashPart,
    Plan,
    SlowPart,
    WebhookPart,
)

MOST_TRIES = 200
CALM: Mapping[str, object] = {
    "crash": CrashPart(),
    "second": None,
    "webhooks": WebhookPart(),
    "slow": SlowPart(),
    "company": CompanyPart(),
    "backup": None,
    "people": False,
    "old": 0,
}
Try = Callable[[Plan], Verdict]
Note = Callable[[str], None]


def shrink(seed: int, note: Note) -> Verdict | None:
    """Return the smallest plan found that breaks what the seed's first failure does."""
    with opened() as files:
        return shrunk(try_plan(draw(seed), files), lambda plan: try_plan(plan, files), note)


def shrunk(verdict: Verdict, attempt: Try, note: Note) -> Verdict | None:
    """Shrink a plan that fails; None when it does not."""
    if not verdict.broken:
        return None
    wanted = verdict.broken[0].invariant
    tries = 0
    while tries < MOST_TRIES:
        for name, plan in smaller(verdict.plan):
            tries += 1
            found = attempt(plan)
            if any(each.invariant == wanted for each in found.broken):
                note(f"without {name}: still broken")
                verdict = found
                break
            if tries >= MOST_TRIES:
                break
        else:
            break
    return verdict


def smaller(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Yield plans with something less, those first that take the most away."""
    for name in LISTS:
        parts = getattr(plan, name)
        if len(parts) > 1:
            half = len(parts) // 2
            yield f"all {name}", plan.changed(**{name: ()})
            yield f"the first half of {name}", plan.changed(**{name: parts[half:]})
            yield f"the second half of {name}", plan.changed(**{name: parts[:half]})
    for name, nothing in CALM.items():
        if getattr(plan, name) != nothing:
            yield name, plan.changed(**{name: nothing})
    for fewer in (1, plan.new // 2, plan.new - 1):
        if 0 <= fewer < plan.new:
            yield "new leads", plan.changed(new=fewer)
    yield from _without_each(plan)


def _without_each(plan: Plan) -> Iterator[tuple[str, Plan]]:
    for name in LISTS:
        parts = getattr(plan, name)
        for place in range(len(parts)):
            left = parts[:place] + parts[place + 1 :]
            yield f"{name} {place}", plan.changed(**{name: left})
