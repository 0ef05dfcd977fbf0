"""The numbers that prove a rehearsal: the systems' own journal against the daemon's tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slasync.domain.draft import ROUTING
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import LeadKey, Roster
from slasync.domain.writes import Action
from slasync.rehearsal.comparing import differences
from slasync.rehearsal.stage import Stage
from slasync.sandbox.journal import Entry
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit, reading

CLOSED = ("Completed", "Deferred")
TASK_KEY = "Slasync_Key__c"


@dataclass(frozen=True, slots=True)
class Figures:
    """One rehearsal in numbers."""

    leads: int
    mirrored: int
    handed_over: int
    touched: int
    touched_in_time: int  # before the first rung after day 0 was due
    won: int
    conversion: float  # per cent of the leads
    clocks_started: int
    clocks_left: int  # neither ended nor out of rungs
    rungs_fired: int
    tasks_written: int
    duplicate_tasks: int
    double_effects: int
    mirror_differences: int
    parked: int
    calls: Mapping[str, int]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def figures(stage: Stage, leads: int, won: int, seconds: float) -> Figures:
    """Count. `leads` and `won` are what the history says; the rest is read off both sides."""
    us = stage.town.salesforce.integration_user_id
    entries = list(stage.town.world.journal.entries())
    with reading(stage.engine) as unit:
        keys = list(unit.leads.all_keys())
        outbox = unit.outbox.everything(Action.TASK, *_KINDS)
        counts = unit.outbox.counts()
        told = _Histories(stage, unit)
        clocks = [row for rows in unit.clocks.of(keys).values() for row in rows]
        differing = differences(stage, unit)
    return Figures(
        leads=leads,
        mirrored=len(keys),
        handed_over=told.handed_over,
        touched=told.touched,
        touched_in_time=told.in_time,
        won=won,
        conversion=round(100 * won / leads, 2) if leads else 0.0,
        clocks_started=len(clocks),
        clocks_left=sum(c.state not in {"ended", "ladder_ended"} for c in clocks),
        rungs_fired=told.rungs,
        tasks_written=sum(1 for _ in _created(entries, us)),
        duplicate_tasks=duplicate_tasks(entries, us, outbox),
        double_effects=double_effects(entries, us, outbox),
        mirror_differences=len(differing),
        parked=sum(n for (_, state), n in counts.items() if state == State.PARKED),
        calls={
            "salesforce": sum(stage.town.salesforce.calls.values()),
            **_marketing_calls(stage),
        },
        seconds=round(seconds, 1),
    )


def _marketing_calls(stage: Stage) -> Mapping[str, int]:
    name = stage.application.agreement.marketing
    vendor = stage.town.marketo if name == "marketo" else stage.town.hubspot
    return {name: sum(vendor.calls.values())}


class _Histories:
    """What the facts say of all leads."""

    def __init__(self, stage: Stage, unit: Unit) -> None:
        self.touched = self.in_time = 0
        tally = unit.facts.tally()
        self.handed_over = sum(FactKind.HANDOVER in kinds for kinds in tally.values())
        fired = sum(kinds.get(FactKind.FIRED, 0) for kinds in tally.values())
        self.rungs = fired - unit.facts.count_named(f"fired:%:{ROUTING}:%")
        application = stage.application
        roster = Roster.of(unit.users.all(), application.deciding.pools)
        clock = application.agreement.clock("first_touch")
        for some in _chunks([key for key, kinds in tally.items() if _maybe_touched(kinds)]):
            for facts in unit.facts.of(some).values():
                state = fold(facts, application.agreement, roster)
                touches = [c.first_touch(clock.grades) for c in state.cycles]
                self.touched += any(touches)
                self.in_time += any(
                    t is not None and not _reminded(c.fired.values(), t.at)
                    for c, t in zip(state.cycles, touches, strict=True)
                )


def _maybe_touched(kinds: Mapping[FactKind, int]) -> bool:
    """A history is not folded in vain: touches are told as such, or by a second status."""
    return FactKind.TOUCH in kinds or kinds.get(FactKind.STATUS, 0) > 1


def _reminded(fired: Iterable[Fact], at: Any) -> bool:
    """Tell whether a rung after the first of the first-touch clock was due before `at`."""
    return any(
        f.data["clock"] == "first_touch"
        and f.data["rung"] != "day_0"
        and f.data["due"] < at.isoformat()
        for f in fired
    )


def _chunks(keys: list[LeadKey], size: int = 1_000) -> Iterator[list[LeadKey]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _created(entries: Iterable[Entry], us: str) -> Iterator[Entry]:
    """Tasks that slasync created, by the CRM's journal."""
    for entry in entries:
        if entry.object == "Task" and entry.operation == "create" and entry.by == us:
            yield entry


def duplicate_tasks(entries: list[Entry], us: str, outbox: Iterable[OutboxView]) -> int:
    """Count tasks that slasync created while one for the same purpose was open.

    The purpose is (lead, cycle, clock, generation, role), from the write that made the task; a
    key that occurs twice in the CRM counts too.
    """
    purpose = {
        v.write.task_key: (v.lead, v.write.cycle, v.write.clock, v.write.generation, v.write.role)
        for v in outbox
        if v.write.action == Action.TASK and v.write.task_key
    }
    open_tasks: dict[Any, set[str]] = defaultdict(set)
    named: dict[str, Any] = {}
    seen: set[str] = set()
    duplicates = 0
    for entry in entries:
        if entry.object != "Task":
            continue
        if entry.operation == "create" and entry.by == us:
            key = str(entry.after.get(TASK_KEY))
            named[entry.id] = purpose.get(key, key)
            duplicates += key in seen or bool(open_tasks[named[entry.id]])
            seen.add(key)
            open_tasks[named[entry.id]].add(entry.id)
        elif entry.id in named and _closes(entry):
            open_tasks[named[entry.id]].discard(entry.id)
    return duplicates


def _closes(entry: Entry) -> bool:
    return entry.operation == "delete" or entry.after.get("Status") in CLOSED


def double_effects(entries: Iterable[Entry], us: str, outbox: Iterable[OutboxView]) -> int:
    """Count effects in the CRM beyond those that were queued and done: leads, owners, flags."""
    wanted: Counter[tuple[str, str]] = Counter()
    for view in outbox:
        kind = _KINDS.get(view.write.action)
        ref = view.external_ref or (str(view.write.target) if view.write.target else "")
        if kind and view.state == State.DONE:
            wanted[ref.rpartition(":")[2], kind] += 1
    happened: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if entry.object == "Lead" and entry.by == us:
            for kind in _kinds(entry):
                happened[entry.id, kind] += 1
    return sum(max(0, n - wanted[what]) for what, n in happened.items())


_KINDS = {
    Action.CREATE_LEAD: "create",
    Action.OWNER: "owner",
    Action.STATUS: "status",
    Action.FLAG_STALE: "flag",
    Action.CLEAR_STALE: "unflag",
}


def _kinds(entry: Entry) -> Iterator[str]:
    if entry.operation == "create":
        yield "create"
        return
    if "OwnerId" in entry.after:
        yield "owner"
    if "Slasync_Stale__c" in entry.after:
        yield "flag" if entry.after["Slasync_Stale__c"] else "unflag"
