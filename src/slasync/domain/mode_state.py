"""What a lead's mode means for its state: decisions that were not written left nothing behind."""

from slasync.domain.facts import Fact
from slasync.domain.lead import UserKey
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.state import Cycle, OpenTask, State


def note_mode(state: State, fact: Fact) -> None:
    """Take in how far decisions go; once they are written again marketing is told everything."""
    before, data = state.lead_mode, fact.data
    state.lead_mode = LeadMode(Mode(data["mode"]), tuple(data["teams"]), str(data["why"]))
    state.mode_times += 1
    if before is not None and state.lead_mode.writes and not before.writes:
        state.resumed += 1
        state.told = {}
        state.shown = {}


def note_unwritten(state: State, cycle: Cycle, fact: Fact) -> None:
    """A rung fired in a mode that writes nothing: its tasks and flag are only thought of.

    What was written before stands as it was.
    """
    data = fact.data
    for effect in data.get("effects", ()):
        if effect["kind"] == "flag_stale":
            cycle.stale = True
        if effect["kind"] != "task" or effect["task_key"] in state.over:
            continue
        there = cycle.tasks.get(effect["task_key"])
        if there is None or not there.written:
            cycle.tasks[effect["task_key"]] = OpenTask(
                key=effect["task_key"],
                clock=data["clock"],
                generation=data["generation"],
                role=effect["role"],
                to=UserKey(effect["to"]),
                rung=data["rung"],
                of=effect.get("of", ""),
                written=False,
            )


def forget_unwritten(state: State) -> None:
    """Where decisions are written, nothing is known of tasks and flags that never were."""
    if state.lead_mode is None or not state.lead_mode.writes:
        return
    for cycle in state.cycles:
        cycle.stale = cycle.stale and any(map(_flagged, cycle.fired.values()))
        for key in [key for key, task in cycle.tasks.items() if not task.written]:
            del cycle.tasks[key]


def _flagged(fact: Fact) -> bool:
    effects = () if "mode" in fact.data else fact.data.get("effects", ())
    return any(effect["kind"] == "flag_stale" for effect in effects)
