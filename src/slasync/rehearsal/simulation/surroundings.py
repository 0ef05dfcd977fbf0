"""What all of a run shares: time, world, baton, trace, and what is gathered for the judge."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - its type only: a stream is given
from typing import Any

from slasync.rehearsal.simulation.baton import Baton
from slasync.rehearsal.simulation.database import Watch
from slasync.rehearsal.simulation.evidence import Crash, Delivery, Exchange, QueueDepth, Span
from slasync.rehearsal.simulation.plan import Plan
from slasync.rehearsal.simulation.trace import Trace
from slasync.sandbox.faults import Faults, Kind
from slasync.sandbox.journal import Journal
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town
from slasync.sandbox.world import Now, World
from slasync.settings import Settings


@dataclass(slots=True)
class Gathered:
    """What the judge will look at, as it comes in."""

    requests: list[Exchange] = field(default_factory=list)
    webhooks: list[Delivery] = field(default_factory=list)
    crashes: list[Crash] = field(default_factory=list)
    up: list[Span] = field(default_factory=list)
    paused: list[Span] = field(default_factory=list)
    asleep: list[Span] = field(default_factory=list)
    depths: list[QueueDepth] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # of steps, by errors not slasync's own
    rewound: list[str] = field(default_factory=list)  # streams
    visible: dict[int, datetime] = field(default_factory=dict)


class NotedFaults(Faults):
    """The sandbox's faults; says which struck last, and counts them all."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Kind | None = None
        self.counted: Counter[str] = Counter()

    def _strike(self, kinds: set[Kind], name: str, chance: Random) -> Any:
        rule = super()._strike(kinds, name, chance)
        if rule is not None:
            self.last = rule.kind
            self.counted[f"fault.{rule.kind.value}"] += 1
        return rule


class NotedJournal(Journal):
    """The sandbox's journal; also notes from when on readers could see each write."""

    def __init__(self, trace: Trace, visible: dict[int, datetime]) -> None:
        super().__init__()
        self._trace = trace
        self._visible = visible
        self.town: Town | None = None

    def add(self, **given: Any) -> None:
        super().add(**given)
        number = len(self)
        ids = (given["operation"], given["object_name"], given["record_id"], given["by"])
        self._trace.note(given["at"], f"journal.{given['system']}", *ids)
        until = self._hidden_until(given["system"], given["object_name"], given["record_id"])
        if until is not None and until > given["at"]:
            self._visible[number] = until

    def _hidden_until(self, system: str, object_name: str, record_id: str) -> datetime | None:
        if self.town is None:
            return None
        if system == "salesforce":
            store = self.town.salesforce.org.stores.get(object_name)
            hidden = store.hidden.get(record_id) if store else None
            return hidden.until if hidden else None
        if system == "marketo":
            return self.town.marketo.hidden_until(record_id)
        return self.town.hubspot.searchable_from(object_name, record_id)


@dataclass(slots=True)
class Surroundings:
    """One run's."""

    plan: Plan
    driven: Driven
    world: World
    town: Town
    baton: Baton
    trace: Trace
    faults: NotedFaults
    settings: Settings
    gathered: Gathered
    watch: Watch
    safe: bool = False  # faults are over: nothing goes wrong any more
    vendor_seconds: float = 0.0
    points: int = 0
    crashes: int = 0
    now: Now = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.driven.now

    def at(self, minutes: float) -> datetime:
        """Return the instant so many minutes after slasync's first start."""
        return self.plan.start + timedelta(minutes=minutes)
