"""Open tasks whose due time has moved, by a rest, a calendar or a changed agreement: they say so.

A task tells until when there is time. When that changes between two rungs, the one open task of its
clock and role gets other words, once for each change; nothing else of it does. One that is held is
written anew in its batch: what is let go says what holds then.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.draft import Draft
from slasync.domain.facts import FactKind
from slasync.domain.ladder import remake
from slasync.domain.modes import Mode
from slasync.domain.recorded import said
from slasync.domain.saying import deadline, task_words
from slasync.domain.state import Cycle, OpenTask
from slasync.domain.writes import Action, Role


def reschedule(draft: Draft, clocks: Iterable[ClockRun]) -> None:
    """Bring the words of open tasks up to date where another time is due than they say.

    Not while a clock stands still and nobody knows until when, nor while the lead changes hands.
    """
    cycle = draft.state.cycle
    if cycle is None or not cycle.tasks or draft.mode is not Mode.ENFORCE:
        return
    if draft.record is None or draft.placing or draft.assign is not None:
        return
    for clock in clocks:
        if clock.ended is None and not clock.paused:
            _of_clock(draft, cycle, clock)


def _of_clock(draft: Draft, cycle: Cycle, clock: ClockRun) -> None:
    place = clock.policy.name, clock.generation
    rungs = {rung.name: rung for rung, _ in clock.due}
    for task in list(cycle.tasks.values()):
        if (task.clock, task.generation) != place or not (task.written and task.due):
            continue
        rung = rungs.get(task.rung)
        due = deadline(clock, rung) if rung else None
        if not rung or not due or due == datetime.fromisoformat(task.due):
            continue
        if task.made:
            _say(draft, cycle, clock, rung, task, due)
        elif task.of == draft.owner and (user := draft.terms.roster.users.get(task.to)):
            remake(draft, cycle, task, user, shifted=f".{task.shifts}")


def _say(  # noqa: PLR0913, PLR0917 - a task is about all of these
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, task: OpenTask, due: datetime
) -> None:
    effect, user = _effect(rung, task), draft.terms.roster.users.get(task.to)
    if effect is None or user is None:
        return
    name = f"due{task.shifts}:{task.rung}:{task.key}"
    parts = replace(draft.parts(cycle, task.clock, task.generation, name), role=Role(task.role))
    words = task_words(draft, cycle, clock, rung, effect, user) | {"due": due.isoformat()}
    draft.write(
        parts,
        Action.TASK,
        {"owner": user.key, "due": due.isoformat(), "words": words},
        target=draft.record,
        task_key=task.key,
        because=said("task_due", name=user.name, at=due),
    )
    data = {"cycle": cycle.key, "task_key": task.key, "to": user.key, "of": task.of,
            "due": due.isoformat()}  # fmt: skip
    draft.decide(FactKind.MOVED, f"due:{task.key}:{task.rung}:{task.shifts:04}", data)


def _effect(rung: Rung, task: OpenTask) -> Effect | None:
    tasks = (effect for effect in rung.effects if effect.kind is EffectKind.TASK)
    return next((effect for effect in tasks if effect.role.value == task.role), None)
