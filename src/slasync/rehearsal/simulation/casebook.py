"""One run laid out for the judge: the stories that the vendors tell, beside slasync's own rows."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter

from slasync.rehearsal.simulation.evidence import (
    Evidence,
    Exchange,
    Ladder,
    OutboxChange,
    Policy,
    Row,
    Rung,
    Span,
)
from slasync.rehearsal.simulation.minute_calendar import MinuteCalendar, calendar_of
from slasync.rehearsal.simulation.stories import tell
from slasync.rehearsal.simulation.story import Owned, Story, TaskStory
from slasync.rehearsal.simulation.story_merges import merges_of

INSTANT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
CLOSE = timedelta(seconds=2)
SKEWED = timedelta(seconds=30)
OURS = "slasync"
Purpose = tuple[str, str, str, int, str]
"""Lead, cycle, clock, generation, role: what at most one open task may stand for."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold."""

    invariant: int
    lead: str  # slasync's key; empty where no lead is concerned
    says: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A rung that slasync says it fired."""

    clock: str
    generation: int
    rung: str
    at: datetime  # by slasync's clock
    due: datetime
    effects: tuple[Row, ...]
    superseded: bool


@dataclass(frozen=True, slots=True)
class Restart:
    generation: int
    at: datetime
    owner: str


@dataclass(slots=True)
class Cycle:
    """A cycle as slasync keeps it."""

    lead: str
    name: str
    anchor: datetime
    recorded: datetime  # the hand-over's own time: the anchor may have moved before it
    seen: datetime
    clocks: dict[str, Row] = field(default_factory=dict)
    restarts: list[Restart] = field(default_factory=list)
    fired: dict[tuple[str, int, str], Fired] = field(default_factory=dict)
    given: str = ""  # who was chosen, or kept, at the hand-over
    later: "Cycle | None" = None
    same: list["Cycle"] = field(default_factory=list)  # of leads that were found to be this one

    def restarted(self, generation: int) -> Restart | None:
        return next((r for r in self.restarts if r.generation == generation), None)


class Case:
    """Everything of a run, found by what it is asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.policy: Policy = evidence.policy
        self.calendar: MinuteCalendar = calendar_of(evidence.policy.hours, evidence.began)
        self.stories = tell(evidence)
        self.by_key: dict[str, Story] = {key: s for s in self.stories for key in s.keys}
        self.outbox: dict[str, Row] = {r["key"]: r for r in self.rows("outbox")}
        self.asking: dict[str | None, list[Row]] = defaultdict(list)
        """The rows that ask for a task, by its key."""
        for row in self.outbox.values():
            self.asking[row["payload"].get("task_key")].append(row)
        self.inserted: dict[str, OutboxChange] = {
            c.key: c for c in evidence.outbox_log if c.old_state is None
        }
        self.sendings = self._sendings()
        self._left = {
            e.id for e in evidence.journal if e.object == "User" and "IsActive" in e.before
        }
        self.merges = merges_of(evidence)
        self.joins = tuple(sorted(self.rows("lead_join"), key=itemgetter("joined_at", "lead")))
        self.joinings = [fact for fact in self.rows("fact") if fact["kind"] == "joined"]
        """Every time a lead became one with another; some are two again since."""
        self.by_name: dict[tuple[str, str], Cycle] = {}
        """Every cycle by lead and name: of leads that became one, by either's key."""
        self.cycles = self._cycles()
        self._marks = self._watermarks()
        self._woken = tuple((span, self._told(span)) for span in evidence.asleep)
        rested = (key for story in self.stories if story.rested for key in story.keys)
        self._rested = {self.root(key) for key in rested}
        self._due: dict[tuple[datetime, str, float], datetime] = {}

    # slasync's tables

    def rows(self, table: str) -> tuple[Row, ...]:
        return self.evidence.tables.get(table, ())

    def _cycles(self) -> dict[str, list[Cycle]]:
        found: dict[str, list[Cycle]] = defaultdict(list)
        facts = sorted(self.rows("fact"), key=lambda f: (f["occurred_at"], str(f["source_id"])))
        for fact in facts:
            if fact["source"] == OURS and fact["kind"] == "handover":
                at, name = fact["occurred_at"], fact["data"]["cycle"]
                found[fact["lead_key"]].append(
                    Cycle(fact["lead_key"], name, at, at, fact["seen_at"])
                )
        by_name = self.by_name
        by_name |= {(c.lead, c.name): c for cycles in found.values() for c in cycles}
        self._join(by_name)
        for fact in facts:
            cycle = by_name.get((fact["lead_key"], fact["data"].get("cycle")))
            if cycle is not None and fact["source"] == OURS:
                _take(cycle, fact)
        self._anchor(by_name)
        for cycles in found.values():
            for cycle, later in pairwise(cycles):
                cycle.later = later
        return found

    def _join(self, by_name: dict[tuple[str, str], Cycle]) -> None:
        """A lead that was found to be another goes on under that one's key; its cycles bear its
        own key behind their names."""
        for lead, name in list(by_name):
            for row in self.above(lead):
                by_name[str(row["parent"]), f"{name}@{lead}"] = by_name[lead, name]
                by_name[str(row["survivor"]), f"{name}@{lead}"] = by_name[lead, name]
        for (lead, _), cycle in by_name.items():
            for (other, _), same in by_name.items():
                joined = other == lead and same.lead != cycle.lead and same is not cycle
                if joined and not any(each is same for each in cycle.same):
                    cycle.same.append(same)

    def above(self, lead: str) -> Iterator[Row]:
        """Yield the joins by which a lead came under others' keys, its own first."""
        found = next((row for row in self.joins if row["lead"] == lead), None)
        while found is not None:
            yield found
            found = next((row for row in self.joins if row["lead"] == found["parent"]), None)

    def root(self, lead: str) -> str:
        """Return under which key a lead is known at the end."""
        return next((str(row["survivor"]) for row in self.above(lead)), lead)

    def at_rest(self, cycle: Cycle) -> bool:
        """Tell whether a rep put the lead aside or disputed a breach: its clocks stood still for
        some time, and when its rungs were due is not worked out here."""
        return self.root(cycle.lead) in self._rested

    def _anchor(self, by_name: Mapping[tuple[str, str], Cycle]) -> None:
        """A clock that no reassignment starts again shows the anchor of the cycle. Who became one
        with somebody handed over since has no clocks any more: the anchor may have moved."""
        kept = {ladder.clock for ladder in self.policy.ladders if not ladder.restart}
        for row in self.rows("clock"):
            cycle = by_name.get((row["lead_key"], row["cycle"]))
            if cycle is None:
                continue
            cycle.clocks[row["clock"]] = row  # of a lead that was joined: by the other's key
            if row["anchor_at"] and (row["clock"] in kept or not row["generation"]):
                cycle.anchor = min(cycle.anchor, row["anchor_at"])
        for cycle in by_name.values():
            if not cycle.clocks and self.root(cycle.lead) != cycle.lead:
                cycle.anchor = self._met(cycle)

    def _met(self, cycle: Cycle) -> datetime:
        """Return when that became true for which a lead was handed over, by what the vendors saw
        happen; when slasync says so, where they tell of nothing."""
        story, counted = self.story_of(cycle.lead), cycle.anchor
        mets = story.mets if story else ()
        return min(
            (m.at for m in mets if m.at <= counted + SECOND and m.latest >= counted - SECOND),
            default=counted,
        )

    def story_of(self, lead: str) -> Story | None:
        return self.by_key.get(lead)

    def clear(self) -> Iterator[tuple[Story, list[Cycle]]]:
        """Yield the persons of whom it can be told whose record is whose, with their cycles."""
        for story in self.stories:
            if not story.unclear:
                yield story, [c for key in story.keys for c in self.cycles.get(key, ())]

    def payload(self, key: str) -> Row:
        row = self.outbox.get(key)
        return row["payload"] if row else {}

    def purposes(self) -> dict[str, Purpose]:
        """Return what each task is for, by the task's key."""
        found: dict[str, Purpose] = {}
        for row in self.outbox.values():
            write = row["payload"]
            if row["action"] == "task" and write.get("task_key"):
                if write["values"].get("subject"):
                    found[write["task_key"]] = self._purpose(row)
                else:
                    found.setdefault(write["task_key"], self._purpose(row))
        return found

    def purpose_when_made(self, task: TaskStory) -> Purpose | None:
        """Return what a task was for when it was made, as far as can be told: of two leads that
        became one each had its own, and a later rung writes to one of them for both."""
        by_then = [
            row
            for row in self.asking[task.key]
            if row["action"] == "task"
            and row["payload"]["values"].get("subject")
            and row["decided_at"] <= task.made
        ]
        return self._purpose(by_then[-1]) if by_then else None

    def _purpose(self, row: Row) -> Purpose:
        write = row["payload"]
        cycle = self.by_name.get((row["lead_key"], write["cycle"]))
        return (
            cycle.lead if cycle else row["lead_key"],
            cycle.name if cycle else write["cycle"],
            write["clock"],
            int(write["generation"]),
            write["role"],
        )

    # the agreement

    def ladder(self, clock: str) -> Ladder | None:
        return next((each for each in self.policy.ladders if each.clock == clock), None)

    def rung(self, clock: str, name: str) -> Rung | None:
        ladder = self.ladder(clock)
        return next((r for r in ladder.rungs if r.name == name), None) if ladder else None

    def named_in(self, subject: str) -> tuple[Ladder, Rung] | None:
        """Return the rung whose text this is: every text of a simulation names its own."""
        for ladder in self.policy.ladders:
            for rung in ladder.rungs:
                if f"{ladder.clock} {rung.name}" in subject:
                    return ladder, rung
        return None

    def due(self, anchor: datetime, rung: Rung) -> datetime:
        key = (anchor, rung.unit, rung.amount)
        if key not in self._due:
            self._due[key] = self.calendar.due(anchor, rung.unit, rung.amount)
        return self._due[key]

    def anchor(self, cycle: Cycle, ladder: Ladder, generation: int) -> datetime | None:
        """Return since when slasync counts; None for a generation that it does not know. Of leads
        that became one it may be any of theirs: the earliest."""
        return min(self.anchors(cycle, ladder, generation), default=None)

    def anchors(self, cycle: Cycle, ladder: Ladder, generation: int) -> list[datetime]:
        """Return since when each of the leads that are one now counted."""
        cycles = [cycle, *cycle.same]
        if not generation or not ladder.restart:
            return [each.anchor for each in cycles]
        restarts = (each.restarted(generation) for each in cycles)
        return [restart.at for restart in restarts if restart is not None]

    def earliest_anchor(self, cycle: Cycle, ladder: Ladder, generation: int) -> datetime | None:
        """Return since when it may count at the earliest, by what the vendors saw happen."""
        story = self.story_of(cycle.lead)
        if story is None or story.unclear:
            return self.anchor(cycle, ladder, generation)
        origin = self._met(cycle)
        if not generation or not ladder.restart:
            return origin
        restart = cycle.restarted(generation)
        changes = [o for o in story.owners if restart and _brought(o, restart)]
        # the CRM tells whole seconds, and the last minute before closing may hang on the fraction
        return max(origin, changes[-1].at.replace(microsecond=0)) if changes else None

    # people

    def always_active(self, user: str) -> bool:
        """Tell whether a user was active all the time."""
        known = self.evidence.users.get(user)
        return known is not None and known.active and user not in self._left

    # sending

    def _sendings(self) -> dict[str, list[datetime]]:
        """When each row was marked as one that may have been sent, in order."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for change in self.evidence.outbox_log:
            if change.new_state == "maybe_sent" and change.old_state != "maybe_sent":
                found[change.key].append(change.at)
        return found

    def sent(self, keys: Iterable[str], at: datetime) -> datetime | None:
        """Return when the last of these rows was marked before `at`: a vendor may apply a write
        long after it was sent."""
        times = [t for key in keys for t in self.sendings.get(key, ()) if t <= at]
        return max(times, default=None)

    # time

    def _watermarks(self) -> dict[str, tuple[list[datetime], list[datetime]]]:
        marks: dict[str, tuple[list[datetime], list[datetime]]] = {}
        for change in sorted(self.evidence.cursor_log, key=lambda c: c.at):
            new = change.new_watermark
            if new is None:
                continue
            times, values = marks.setdefault(change.stream, ([], []))
            if not values or new != values[-1]:
                times.append(change.at)
                values.append(max([new, *values[-1:]]))
        return marks

    def known_from(self, stream: str, at: datetime) -> datetime | None:
        """Return since when a stream was known up to `at`."""
        times, values = self._marks.get(stream, ([], []))
        place = bisect_left(values, at)
        return times[place] if place < len(times) else None

    def watermark(self, stream: str, at: datetime) -> datetime | None:
        """Return up to when a stream was known at `at`."""
        times, values = self._marks.get(stream, ([], []))
        place = bisect_right(times, at)
        return values[place - 1] if place else None

    def skewed(self, at: datetime, *, for_: timedelta = timedelta(0)) -> bool:
        """Tell whether a daemon's own clock was wrong at `at` or in the time before."""
        return any(s.since <= at and at - for_ <= s.until for s in self.evidence.skews)

    @property
    def slack(self) -> timedelta:
        """How far slasync's own clock, which dates its decisions, may be from the vendors' time: it
        may be 30 s wrong before it is held, and vendors tell whole seconds."""
        return CLOSE + (SKEWED if self.evidence.skews else timedelta(0))

    def believed(self, change: OutboxChange) -> datetime:
        """Return what time a change was made at for the daemon that made it: one whose machine has
        woken up is behind by as long as that slept, until the CRM has told it."""
        slept = (
            span.until - span.since
            for span, told in self._woken
            if change.who.startswith(f"{span.what}-") and span.until <= change.at <= told
        )
        return change.at - sum(slept, timedelta(0))

    def _told(self, span: Span) -> datetime:
        """Return when a daemon knew how long its machine had slept: by two answers of the CRM in a
        row, however slow they were, for one alone that is far off is not believed."""
        answers = sorted(
            (each.answered_at or each.at, each.at)
            for each in self.evidence.requests
            if (each.system, each.daemon) == ("salesforce", span.what) and _tells_time(each)
        )
        told = (at for (_, one), (at, two) in pairwise(answers) if min(one, two) >= span.until)
        return next(told, self.evidence.ended)

    def down(self, at: datetime, system: str) -> bool:
        return any(o.what == system and o.since <= at <= o.until for o in self.evidence.outages)

    # tasks

    def tasks(self) -> Iterator[tuple[Story, TaskStory]]:
        for story in self.stories:
            for task in story.tasks.values():
                yield story, task


def _take(cycle: Cycle, fact: Row) -> None:
    data = fact["data"]
    if fact["kind"] == "restarted":
        restart = Restart(int(data["generation"]), fact["occurred_at"], str(data["owner"]))
        cycle.restarts.append(restart)
    elif fact["kind"] == "routed" and not int(data["generation"]):
        cycle.given = str(data["owner"])
    elif fact["kind"] == "fired" and "due" in data:
        key = (str(data["clock"]), int(data["generation"]), str(data["rung"]))
        cycle.fired[key] = Fired(
            *key,
            at=fact["seen_at"],
            due=datetime.fromisoformat(data["due"]),
            effects=tuple(data.get("effects", ())),
            superseded=bool(data.get("superseded")),
        )


def _brought(change: Owned, restart: Restart) -> bool:
    return change.owner == restart.owner and change.at <= restart.at + 2 * SECOND


def _tells_time(exchange: Exchange) -> bool:
    """Tell whether an answer came that bears the system's own time: a login's is not looked at."""
    answered = exchange.status is not None and exchange.fault != "outage"
    return answered and "oauth" not in exchange.path


def subject_in(values: Row) -> str | None:
    """Return the subject that a write gives a task, also when that changes hands."""
    found = values.get("subject") or (values.get("words") or {}).get("subject")
    return None if found is None else str(found)


def clock_time(at: datetime) -> str:
    """Write a time for a violation's sentence: day and time are enough, for a run is a day."""
    return f"{at.astimezone(UTC):%d %H:%M:%S}Z"
