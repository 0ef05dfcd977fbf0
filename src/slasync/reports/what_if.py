"""What would have been under another agreement: the same leads played by both, and compared."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.agreement import Agreement, ClockPolicy
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.writes import Action, Role, Write
from slasync.reports.playing import Play, Scene, Story, Taken
from slasync.reports.side_by_side import side_by_side

CANNOT_TELL = (
    ("What people did is what the record says they did; whether another task, or none, would have"
    " changed that, nobody can tell."),
    "A lead may have another owner here than it had: what the record's owner did counts for it.",
    ("Everything is known at once and every write takes effect at once: outages, caps and the time"
    " between polls are left out."),
    "People, pools and absences are those of the configuration now, accounts those of the mirror.",
)  # fmt: skip
"""Said with every comparison."""


@dataclass(frozen=True, slots=True, order=True)
class Passed:
    """A rung whose time came while its clock ran."""

    at: datetime
    clock: str
    rung: str
    generation: int

    def __str__(self) -> str:
        return f"{self.clock}/{self.rung}"


@dataclass(slots=True)
class Fate:
    """What became of one lead."""

    handed_over: list[tuple[datetime, str]] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)  # set by a rung
    breaches: int = 0
    tasks: int = 0


@dataclass(slots=True)
class Figures:
    """What an agreement comes to.

    A rung that is due later than its clock's anchor is a breach when its time comes: nobody had
    stopped the clock by then. Rungs due at the anchor, day 0, only tell. `breached` counts clocks
    of a generation with one breach or more, `breaches` each rung.
    """

    fates: dict[LeadKey, Fate] = field(default_factory=dict)
    handed_over: int = 0
    breached: int = 0
    breaches: Counter[str] = field(default_factory=Counter)  # by clock/rung
    tasks: Counter[UserKey] = field(default_factory=Counter)  # made, by who got them
    reminders: Counter[UserKey] = field(default_factory=Counter)  # open tasks written anew
    reassignments: int = 0
    load: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tasks of managers, digest lines and messages, by ISO week and person."""
    messages: Counter[str] = field(default_factory=Counter)  # by address
    statuses: Counter[str] = field(default_factory=Counter)  # set, by status
    marketing: int = 0  # properties and lists changed, and programmes requested, in marketing


@dataclass(frozen=True, slots=True)
class Difference:
    """A lead that fares otherwise: in what, and how by each agreement."""

    lead: LeadKey
    what: tuple[str, ...]  # of "hand-over", "rungs", "owners", "statuses"
    old: Fate
    new: Fate


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both agreements' figures, and every lead that differs."""

    old: Figures
    new: Figures
    differing: tuple[Difference, ...]
    cannot_tell: tuple[str, ...]


def what_if(
    stories: Sequence[Story],
    old: Scene,
    new: Scene,
    until: datetime,
    reached: Callable[[datetime], None] = lambda _: None,
) -> Comparison:
    """Play all leads by the agreement in force and by another one, side by side.

    `reached` is told the time that the play has come to.
    """
    before, after = side_by_side(
        lambda: figures(stories, old, until, reached),
        lambda: figures(stories, new, until),
    )
    differing = tuple(_differing(before, after))
    unknown = sorted(new.agreement.watched - old.agreement.watched)
    more = (
        [f"No history was kept of {', '.join(unknown)}: rules that read it find no change."]
        if unknown
        else []
    )
    if new.agreement.routing.matching and new.companies is None:
        more.append(
            "No accounts are read: rules that lead to an account's owner find its contact's."
        )
    return Comparison(before, after, differing, (*CANNOT_TELL, *more))


def figures(
    stories: Sequence[Story],
    scene: Scene,
    until: datetime,
    reached: Callable[[datetime], None] = lambda _: None,
) -> Figures:
    """Play all leads by one agreement and count."""
    counting, hour = _Counting(scene.agreement), None
    for taken in Play(scene, stories).run(until):
        counting.take(taken)
        if hour != (hour := taken.at.replace(minute=0, second=0, microsecond=0)):
            reached(hour)
    return counting.figures


class _Counting:
    def __init__(self, agreement: Agreement) -> None:
        self.figures = Figures()
        self._clocks = {clock.name: clock for clock in agreement.clocks}
        self._breached: set[tuple[LeadKey, str, str, int]] = set()

    def take(self, taken: Taken) -> None:
        decision, at = taken.decision, taken.at
        for fact in decision.facts:
            self._fact(decision.lead, fact, at)
        for write in decision.writes:
            if write.action == Action.TASK and "subject" in write.values:
                to = UserKey(write.values["owner"])
                made = write.key == write.task_key
                (self.figures.tasks if made else self.figures.reminders)[to] += 1
                self._fate(decision.lead).tasks += made
                if write.role == Role.MANAGER:
                    self.figures.load[_week(at), to] += 1
            elif write.action in {Action.OWNER, Action.CREATE_LEAD}:
                self._fate(decision.lead).owners.append(str(write.values["owner"]))
            else:
                self._beyond(write, at)
        for line in decision.digest:
            self.figures.load[_week(at), line.to] += 1

    def _beyond(self, write: Write, at: datetime) -> None:
        """Count what is written beyond tasks and owners."""
        if write.action == Action.NOTIFY:
            self.figures.messages[str(write.values["to"])] += 1
            self.figures.load[_week(at), str(write.values["to"])] += 1
        elif write.action == Action.STATUS:
            self.figures.statuses[str(write.values["status"])] += 1
            self._fate(write.lead).statuses.append(str(write.values["status"]))
        elif write.action in {Action.PROPERTY, Action.LIST, Action.PROGRAMME}:
            self.figures.marketing += 1

    def _fate(self, lead: LeadKey) -> Fate:
        return self.figures.fates.setdefault(lead, Fate())

    def _fact(self, lead: LeadKey, fact: Fact, at: datetime) -> None:
        data = fact.data
        if fact.kind == FactKind.HANDOVER:
            self.figures.handed_over += 1
            self._fate(lead).handed_over.append((fact.occurred_at, str(data["definition"])))
        elif fact.kind == FactKind.ROUTED:
            self.figures.reassignments += int(data["generation"]) > 0
        elif fact.kind == FactKind.FIRED and (clock := self._clocks.get(data["clock"])):
            self._passed(lead, clock, fact, at)

    def _passed(self, lead: LeadKey, clock: ClockPolicy, fact: Fact, at: datetime) -> None:
        data = fact.data
        due = datetime.fromisoformat(data["due"]) if data.get("due") else at
        passed = Passed(due, clock.name, data["rung"], int(data["generation"]))
        fate = self._fate(lead)
        fate.passed.append(passed)
        if any(rung.name == passed.rung and rung.after.amount > 0 for rung in clock.rungs):
            fate.breaches += 1
            self.figures.breaches[str(passed)] += 1
            self._breached.add((lead, data["cycle"], clock.name, passed.generation))
            self.figures.breached = len(self._breached)


def _differing(old: Figures, new: Figures) -> Iterator[Difference]:
    for lead in sorted({*old.fates, *new.fates}):
        before, after = old.fates.get(lead, Fate()), new.fates.get(lead, Fate())
        compared = (
            ("hand-over", before.handed_over, after.handed_over),
            ("rungs", before.passed, after.passed),
            ("owners", before.owners, after.owners),
            ("statuses", before.statuses, after.statuses),
        )
        what = tuple(name for name, was, becomes in compared if was != becomes)
        if what:
            yield Difference(lead, what, before, after)


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"


def weeks(*loads: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return every week and person of several loads, in order."""
    return sorted({entry for load in loads for entry in load})
