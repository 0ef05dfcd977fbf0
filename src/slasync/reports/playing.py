"""Leads played forward by `decide` and `assigned` alone: what would be decided, and when.

No clock, no database, no system: every write takes effect at once, as the facts that a real CRM
would show. Policy tests play one lead, what-if plays every lead of the mirror.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count, takewhile

from slasync.domain.agreement import Agreement, End
from slasync.domain.assigning import (
    UNROUTED,
    FindCompanies,
    Loads,
    assigned,
    decide_and_route,
)
from slasync.domain.clocks import ClockState, ClockView
from slasync.domain.decide import Decision, chosen
from slasync.domain.draft import Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Lead, LeadKey, Ref, Roster, UserKey, UserKind
from slasync.domain.routing import Load, PoolState
from slasync.domain.state import State
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import Action, Write

MOST = 50  # decisions about one lead at one instant: more and it would never come to rest
PATIENCE = timedelta(days=1)  # so long; then once a day, for a play may last a year

OVER = frozenset({"", *(end.value for end in End if end not in {End.TOUCH, End.ACCEPTED})})
"""SLA states of leads without an open cycle."""

Act = Callable[[State], Sequence[Fact]]
"""What somebody does as he finds the lead: close the task that is open then, say."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A stream that cannot be read for a while: nothing past `begins` is known before `ends`."""

    stream: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is decided by, the whole play through."""

    agreement: Agreement
    calendars: Mapping[str, Calendar]
    roster: Roster
    stalls: tuple[Stall, ...] = ()
    companies: FindCompanies | None = None  # None: accounts of the CRM are not read

    def terms(self, now: datetime) -> Terms:
        """Everything is known up to `now`, but for what stalls."""
        marks = {s.stream: s.begins for s in self.stalls if s.begins <= now < s.ends}
        ready = {
            gate: min((marks[s] for s in streams if s in marks), default=now)
            for gate, streams in self.agreement.gates.items()
        }
        return Terms(
            agreement=self.agreement,
            calendars=self.calendars,
            roster=self.roster,
            now=now,
            ready=ready,
        )

    @property
    def automation(self) -> UserKey | None:
        """The user that writes for slasync, as far as that can be told: any integration's."""
        users = sorted(self.roster.users.values(), key=lambda user: user.key)
        return next((u.key for u in users if u.kind == UserKind.AUTOMATION), None)

    def readable(self, gate: str, due: datetime) -> datetime:
        """Return when everything behind the gate is known past `due`."""
        streams, at = self.agreement.gates[gate], due
        for stall in sorted(self.stalls, key=lambda s: s.begins):
            if stall.stream in streams and stall.begins < due and stall.begins <= at < stall.ends:
                at = stall.ends
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One lead, and what happens to it.

    `happens` holds times with a fact that is learned then, or with an act; a fact that an act
    brings about is learned at its `seen_at`. `record` becomes the CRM's where slasync makes it.
    """

    lead: Lead
    happens: Sequence[tuple[datetime, Fact | Act]]
    known: Sequence[Fact] = ()  # before the play begins: nothing is decided about it by itself
    record: Ref | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision, and when it was taken."""

    at: datetime
    decision: Decision


@dataclass(slots=True)
class _Part:
    """One lead while it is played."""

    story: Story
    lead: Lead
    facts: list[Fact]
    clocks: dict[tuple[str, str], ClockView] = field(default_factory=dict)
    wake: datetime | None = None
    offered: datetime | None = None  # since when nobody can take it
    holder: UserKey | None = None  # who has it in an open cycle


_Cue = tuple[datetime, int, int, Fact | Act | None]
"""When, whose (a lead's number), in which order, what; None: a clock wants to be looked at."""


class Play:
    """Leads on one stage: pools and time are common to all."""

    def __init__(
        self, scene: Scene, stories: Sequence[Story], pools: Mapping[str, PoolState] | None = None
    ) -> None:
        self._scene = scene
        self._parts = [_Part(s, s.lead, list(s.known)) for s in stories]
        self._number = {s.lead.key: number for number, s in enumerate(stories)}
        self._pools: Mapping[str, PoolState] = pools or {}
        self._given: list[tuple[datetime, UserKey]] = []
        self._held: Counter[UserKey] = Counter()
        self._order = count()
        self._cues: list[_Cue] = []
        for number, story in enumerate(stories):
            for at, what in story.happens:
                self._cue(at, number, what)

    def run(self, until: datetime) -> Iterator[Taken]:
        """Go on to `until`, included; yield each decision as it is taken."""
        while self._cues and self._cues[0][0] <= until:
            at, number = self._cues[0][:2]
            part = self._parts[number]
            if self._learn(part, at, number):
                yield from self._come_to_rest(part, at)
                self._wake(part, at, number)

    def facts(self, key: LeadKey) -> Sequence[Fact]:
        """Return what is known of a lead by now, slasync's own decisions included."""
        return self._parts[self._number[key]].facts

    def state(self, key: LeadKey) -> State:
        return fold(self.facts(key), self._scene.agreement, self._scene.roster)

    # what happens

    def _cue(self, at: datetime, number: int, what: Fact | Act | None) -> None:
        heappush(self._cues, (at, number, next(self._order), what))

    def _learn(self, part: _Part, at: datetime, number: int) -> bool:
        """Take everything that happens to a lead at one instant; tell whether there is news."""
        news = False
        while self._cues and self._cues[0][:2] == (at, number):
            what = heappop(self._cues)[3]
            if what is None:
                news = news or part.wake == at
            elif isinstance(what, Fact):
                self._know(part, what)
                news = True
            else:
                for fact in what(fold(part.facts, self._scene.agreement, self._scene.roster)):
                    self._cue(max(at, fact.seen_at), number, fact)
        return news

    @staticmethod
    def _know(part: _Part, fact: Fact) -> None:
        part.facts.append(fact)
        if fact.kind == FactKind.CHANGED:
            part.lead = replace(part.lead, fields={**part.lead.fields, **fact.data})

    # what is decided

    def _come_to_rest(self, part: _Part, at: datetime) -> Iterator[Taken]:
        """Decide, let the writes take effect, and decide again about what they brought."""
        terms = self._scene.terms(at)
        for _ in range(MOST):
            decision = self._decide(part, terms)
            part.facts.extend(decision.facts)
            part.clocks.update({(view.cycle, view.clock): view for view in decision.clocks})
            part.offered = (part.offered or at) if decision.assign else None
            self._hold(part, None if decision.sla_state in OVER else decision.owner)
            yield Taken(at, decision)
            bot = self._scene.automation
            learned = [fact for write in decision.writes for fact in _effect(part, write, at, bot)]
            part.facts.extend(learned)
            if all(fact.kind == FactKind.CLOSED for fact in learned):
                return
        raise RuntimeError(f"{part.lead.key}: still not at rest after {MOST} decisions at {at}")

    def _decide(self, part: _Part, terms: Terms) -> Decision:
        return decide_and_route(
            part.lead, part.facts, terms, lambda wish: self._route(part, wish, terms)
        )

    def _route(self, part: _Part, decision: Decision, terms: Terms) -> Fact | None:
        loads = self._loads(terms)
        choice, self._pools = assigned(
            decision, part.lead, part.facts, terms, self._pools, loads, self._scene.companies
        )
        if choice.owner is None:
            return None
        self._given.append((terms.now, choice.owner))
        return chosen(decision, choice, terms.now)

    def _loads(self, terms: Terms) -> Loads:
        """Count what members have, where a pool has limits."""
        return {
            pool.name: self._load(terms.midnight(pool))
            for pool in self._scene.roster.pools.values()
            if pool.capped
        }

    def _load(self, midnight: datetime) -> Mapping[UserKey, Load]:
        today = takewhile(lambda given: given[0] >= midnight, reversed(self._given))
        given = Counter(owner for _, owner in today)
        return {key: Load(self._held[key], given[key]) for key in {*self._held, *given}}

    def _hold(self, part: _Part, owner: UserKey | None) -> None:
        self._held.subtract([part.holder] if part.holder else [])
        self._held.update([owner] if owner else [])
        part.holder = owner

    # when to look again

    def _wake(self, part: _Part, at: datetime, number: int) -> None:
        times = [
            self._scene.readable(view.gate, view.wake_at)
            for view in part.clocks.values()
            if view.state == ClockState.RUNNING and view.wake_at is not None
        ]
        if part.offered is not None:
            times.append(self._offer_again(part.offered, at))
        part.wake = min((time for time in times if time > at), default=None)
        if part.wake is not None:
            self._cue(part.wake, number, None)

    def _offer_again(self, since: datetime, at: datetime) -> datetime:
        """Every quarter of an hour for a day; then daily, and when somebody comes back."""
        if at - since < PATIENCE:
            return at + UNROUTED
        back = [a.ends for a in self._scene.roster.absences if a.ends > at]
        return min([at + PATIENCE, *back])


def _effect(part: _Part, write: Write, at: datetime, bot: UserKey | None) -> Iterator[Fact]:
    """Yield what a write that took effect at once shows in the CRM (see push and ingest)."""
    if write.action == Action.STATUS:  # read in the lead's history, as any change of status
        data = {"status": str(write.values["status"])}
        yield replace(
            _own(FactKind.STATUS, f"status:{write.key}", data, at), source=write.system, by=bot
        )
    if write.action == Action.CLOSE_TASK:
        yield _own(FactKind.CLOSED, f"closed:{write.key}", {"task_key": str(write.task_key)}, at)
    if write.action == Action.CREATE_LEAD:
        ref = part.story.record or Ref(write.system, "lead", f"made for {part.lead.key}")
        part.lead = replace(part.lead, refs=(*part.lead.refs, ref))
        where = {"system": ref.system, "kind": ref.kind, "id": ref.id}
        yield _own(FactKind.LINKED, f"linked:{ref}", where, at)
    if write.action in {Action.CREATE_LEAD, Action.OWNER}:
        named = f"owner:{write.generation:04}:{write.key}"
        yield _own(FactKind.OWNER, named, {"owner": str(write.values["owner"])}, at)


def _own(kind: FactKind, source_id: str, data: Mapping[str, str], at: datetime) -> Fact:
    return Fact(kind=kind, occurred_at=at, seen_at=at, source=OURS, source_id=source_id, data=data)
