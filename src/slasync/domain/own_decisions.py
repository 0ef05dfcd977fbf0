"""What slasync's own decisions make of a lead's state, each as it is read back from the history."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import Agreement, End
from slasync.domain.facts import OURS, REMADE, Fact
from slasync.domain.identity.merging import qualified
from slasync.domain.lead import UserKey
from slasync.domain.mode_state import note_unwritten
from slasync.domain.nurture import BY_HAND
from slasync.domain.rulings import Ruling
from slasync.domain.state import Begin, Cycle, OpenTask, Restart, State


class OwnDecisions:
    """The reading of own decisions; what the systems told is read beside it."""

    def __init__(self, agreement: Agreement, rulings: Mapping[str, Ruling]) -> None:
        self.state = State()
        self.home = ""  # the lead whose history this is, where it was joined to another
        self.began: dict[str, datetime] = {}  # cycles, by their keys
        self.anchors: Mapping[str, Mapping[str, datetime]] = {}  # the same, by earlier editions
        self._agreement, self._rulings = agreement, rulings

    def handover(self, fact: Fact) -> None:
        state, data = self.state, fact.data
        definition, evidence = data["definition"], data["evidence"]
        key, opened = self._named(fact), fact.occurred_at
        met = state.awaited(self._agreement.effective_from)
        anchor = min(opened, met.at) if met else opened
        if (edition := str(data.get("agreement"))) in self._agreement.past:
            anchor = self.anchors.get(edition, {}).get(key, opened)
        self.began[key] = anchor
        state.handovers += fact.home == self.home
        if state.open_cycle and fact.home != self.home:  # decided just before the leads were joined
            state.open_cycle.names.add(key)
            return
        ruling = self._rulings.get(key)
        cycle = Cycle(key, anchor, definition, evidence, opened, ruling=ruling)
        if definition != BY_HAND and (over := _over_before(state)):
            cycle.ended = (anchor, over)  # nobody knew yet when it was handed over
            cycle.void = state.converted != opened
        state.cycles.append(cycle)
        state.await_nothing()

    def _named(self, fact: Fact) -> str:
        key = str(fact.data["cycle"])
        return key if fact.home == self.home else qualified(key, fact.home)

    def _of(self, fact: Fact) -> Cycle | None:
        cycles, key = self.state.cycles, self._named(fact)
        if cycles and cycles[-1].is_called(key):  # most facts are of the last one
            return cycles[-1]
        return next((c for c in cycles if c.is_called(key)), None)

    def routed(self, fact: Fact) -> None:
        if cycle := self._of(fact):
            cycle.routed.append(fact)

    def owner_refused(self, fact: Fact) -> None:
        """Whoever was refused never had the lead: it is as before he was chosen, but for him."""
        cycle = self._of(fact)
        if cycle is None:
            return
        cycle.refused.add(UserKey(fact.data["owner"]))
        cycle.routed = [
            chosen
            for chosen in cycle.routed
            if any(chosen.data[name] != fact.data[name] for name in ("owner", "generation"))
        ]
        marks = [name for name, f in cycle.fired.items() if f.source_id == fact.data["mark"]]
        for name in marks:
            del cycle.fired[name]

    def restarted(self, fact: Fact) -> None:
        if cycle := self._of(fact):
            data = fact.data
            restart = Restart(data["generation"], fact.occurred_at, UserKey(data["owner"]))
            cycle.restarts.append(restart)

    def started(self, fact: Fact) -> None:
        if cycle := self._of(fact):
            begins = cycle.begins.setdefault(fact.data["clock"], [])
            begins.append(Begin(fact.data["generation"], fact.occurred_at))

    def fired(self, fact: Fact) -> None:
        cycle = self._of(fact)
        if cycle is None:
            return
        data = fact.data
        cycle.fired[data["clock"], data["generation"], data["rung"]] = fact
        if "mode" in data:
            note_unwritten(self.state, cycle, fact)
            return
        for effect in data.get("effects", ()):
            if effect["kind"] == "task" and effect["task_key"] not in self.state.over:
                cycle.tasks[effect["task_key"]] = OpenTask(
                    effect["task_key"],
                    data["clock"],
                    data["generation"],
                    effect["role"],
                    UserKey(effect["to"]),
                    data["rung"],
                    effect.get("of", ""),
                    due=effect.get("due", ""),
                )
            elif effect["kind"] == "flag_stale":
                cycle.stale = True
            elif effect["kind"] == "recycle":
                cycle.given_back = effect

    def withdrawn(self, fact: Fact) -> None:
        cycle = self._of(fact)
        if cycle is None:
            return
        for key in fact.data["task_keys"]:
            if task := cycle.tasks.pop(key, None):
                cycle.withdrawn[key] = task
        if fact.data.get("flag"):
            cycle.stale = False
        if "rung" in fact.data:
            _disproved(cycle, fact.data)

    def closed(self, _: Fact) -> None:
        """Known before anything else is read, like what was withdrawn."""

    def remade(self, fact: Fact) -> None:
        """Which record a key stands for is known before anything else is read.

        The CRM tells of one that is there after all, be it that we had withdrawn it.
        """
        for cycle in self.state.cycles if fact.source != OURS else ():
            key, id_ = fact.data["task_key"], str(fact.data["id"])
            if task := cycle.tasks.get(key):
                cycle.tasks[key] = replace(task, made=True, to=UserKey(fact.data["to"]))
            elif key in cycle.withdrawn:
                cycle.tasks[key] = replace(cycle.withdrawn[key], made=True, again=id_)

    def unmade(self, fact: Fact) -> None:
        for cycle in self.state.cycles:
            if task := cycle.tasks.get(fact.data["task_key"]):
                of = str(fact.data.get("of", task.of))
                cycle.tasks[task.key] = replace(task, made=False, of=of)

    def moved(self, fact: Fact) -> None:
        """Note for whom an open task is now, and until when it says there is time.

        One that was never made is not moved, but made.
        """
        cycle = self._of(fact)
        task = cycle.tasks.get(fact.data["task_key"]) if cycle else None
        if cycle and task and (task.made or fact.source_id.startswith(REMADE)):
            to, of = UserKey(fact.data["to"]), fact.data.get("of", "")
            due = str(fact.data.get("due", task.due))
            shifts = task.shifts + ("due" in fact.data)
            cycle.tasks[task.key] = replace(task, to=to, of=of, made=True, due=due, shifts=shifts)

    def released(self, fact: Fact) -> None:
        self.state.released = fact.occurred_at

    def told(self, fact: Fact) -> None:
        if _is_last(fact, self.state.told_times):
            self.state.told = dict(fact.data)
        self.state.told_times += 1

    def shown(self, fact: Fact) -> None:
        if _is_last(fact, self.state.shown_times):
            self.state.shown = dict(fact.data)
        self.state.shown_times += 1

    def _before_start(self, at: datetime) -> bool:
        start = self._agreement.effective_from
        return start is not None and at < start


def _over_before(state: State) -> End | None:
    """Tell what had become of a lead by then after which none is handed over, if anything."""
    if state.converted:
        return End.CONVERTED
    return End.DELETED if state.deleted else None


def _is_last(fact: Fact, times: int) -> bool:
    """Tell whether nothing said later stands before what was said, by the numbers of both: two
    daemons stamp by clocks of their own.
    """
    number = fact.source_id.rpartition(":")[2]
    return not number.isdecimal() or int(number) >= times


def _disproved(cycle: Cycle, data: Mapping[str, Any]) -> None:
    """A breach was found wrong: an owner who was only being given the lead for it is none."""
    cycle.disproved.add((data["clock"], data["generation"], data["rung"]))
    if "owner_of" in data:
        cycle.unchosen[data["owner_of"]] = str(data["why"])
        cycle.routed = [f for f in cycle.routed if int(f.data["generation"]) != data["owner_of"]]
