"""A decision while it is being made: what is known, and what has been decided so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Agreement, ClockPolicy, Start
from slasync.domain.clocks import ClockRun, begun, calendar_of, eased, run
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import Folding
from slasync.domain.identity.merging import opens
from slasync.domain.languages import Locale
from slasync.domain.lead import Lead, LeadKey, Pool, Ref, Roster, User, UserKey
from slasync.domain.modes import ENFORCED, Mode, Modes
from slasync.domain.routing import Assign
from slasync.domain.rulings import Ruled, Ruling
from slasync.domain.state import Cycle, OwnedFrom, State
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.domain.time.working_hours import Teams, hours_of
from slasync.domain.writes import Action, DigestLine, KeyParts, Role, Write, write_key

ROUTING = "routing"
"""Stands in the clock's place of facts and keys that are about who owns the lead."""
STANDING_FOR_WRITES = frozenset({FactKind.FIRED, FactKind.MOVED, FactKind.WITHDRAWN, FactKind.TOLD})
"""Decisions that say what was written; they are marked where it was not."""
PLACING = timedelta(minutes=15)
"""An owner change of ours that was not seen to take effect for so long is not counted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decisions are made by. The same for all leads of a tick."""

    agreement: Agreement
    calendars: Mapping[str, Calendar]
    roster: Roster
    now: datetime
    ready: Mapping[str, datetime]
    """For each clock: the vendor time up to which everything its events are read from is known."""
    dealt_in: str | None = None  # the pool that one lead was dealt out in; None: the default
    ruled: Ruled | None = None  # tells which cycles began under an earlier edition that counts
    ruling: Ruling | None = None  # of one lead's cycle: the agreement is of that edition then
    modes: Modes = ENFORCED
    locales: dict[UserKey, Locale] = field(default_factory=dict, init=False, compare=False)
    """How users are written to, as far as that was asked: it follows from the rest."""

    @property
    def pool(self) -> Pool | None:
        return self.roster.pools.get(self.dealt_in or self.agreement.pool)

    def of(self, state: State) -> "Terms":
        """Return the terms of one lead: those of its last cycle."""
        return self.of_cycle(state.cycle)

    def of_cycle(self, cycle: Cycle | None) -> "Terms":
        """Return the terms of one cycle: manager, queue and calendar are those of its pool.

        Where an earlier edition rules it, agreement and calendars are of that.
        """
        ruling = cycle.ruling if cycle else None
        if ruling is not None and ruling is not self.ruling:
            agreement, calendars = ruling.agreement, ruling.calendars
            ruled = replace(self, agreement=agreement, calendars=calendars, ruling=ruling)
            return ruled.of_cycle(cycle)
        routed = cycle.routed if cycle else ()
        names = [f.data["pool"] for f in routed if f.data["pool"] in self.roster.pools]
        if not names or names[-1] == (self.dealt_in or self.agreement.pool):
            return self
        return replace(self, dealt_in=names[-1])

    def calendar(self, policy: ClockPolicy) -> tuple[str, Calendar]:
        pool = self.pool
        if pool and self.ruling:
            pool = self.ruling.pools.get(pool.name, pool)  # it may have had other hours then
        return calendar_of(policy, pool, self.agreement, self.calendars)

    def calendar_for(
        self, policy: ClockPolicy, lead: Lead, owners: Sequence[OwnedFrom] = ()
    ) -> tuple[str, Calendar]:
        """Return the calendar that counts for a lead: by a field of it where the clock says so.

        Where it goes with the owner it is made of those of all `owners`, in their order.
        """
        if policy.follows is not None:
            return hours_of(policy.follows, owners, self.teams)
        by = policy.calendar_by
        named = by.names.get(lead.text(by.field)) if by else None
        return (named, self.calendars[named]) if named else self.calendar(policy)

    @property
    def teams(self) -> Teams:
        """The pools with their hours, those of the edition that rules the cycle first."""
        earlier = self.ruling.pools if self.ruling else {}
        pools = {name: earlier.get(name, pool) for name, pool in self.roster.pools.items()}
        usual = self.agreement.calendar
        return Teams(self.roster, pools, pools.get(self.agreement.pool), usual, self.calendars)

    @property
    def zone(self) -> ZoneInfo:
        name = (self.pool.calendar if self.pool else None) or self.agreement.calendar
        return ZoneInfo(self.calendars[name].spec.zone)

    def midnight(self, pool: Pool) -> datetime:
        """Return when the day began, by the wall clock of a pool's calendar."""
        zone = ZoneInfo(self.calendars[pool.calendar or self.agreement.calendar].spec.zone)
        return datetime.combine(self.now.astimezone(zone).date(), time(), zone).astimezone(UTC)

    def manager_of(self, owner: UserKey | None) -> User | None:
        """The first active person above the owner in the CRM, else the pool's manager."""
        named = [self.pool.manager] if self.pool and self.pool.manager else []
        return self.roster.chief_of(owner) or self.roster.first_at_work(named)

    @property
    def leader(self) -> User | None:
        """The first of the pool's leadership who is an active person in the CRM."""
        return self.roster.first_at_work(self.pool.leadership if self.pool else ())

    def above(self, owner: UserKey | None) -> User | None:
        """Who is to see to what an owner does not: his manager, else somebody of leadership."""
        return self.manager_of(owner) or self.leader


@dataclass(slots=True)
class Draft:
    """One lead's decision in the making."""

    terms: Terms
    lead: Lead
    known: Sequence[Fact]
    facts: list[Fact] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    digest: list[DigestLine] = field(default_factory=list)
    because: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    assign: Assign | None = None
    mode: Mode = Mode.ENFORCE  # never canary: for one lead that is enforce or shadow
    withheld: dict[str, Mode] = field(default_factory=dict)  # keys of writes not to be sent
    stopped: bool = False  # what is queued for the lead is not to be sent any more
    state: State = field(init=False)  # as of the last refold
    present: Terms = field(init=False)  # as given; `terms` are those of the last cycle
    _folding: Folding = field(init=False)
    _folded: int = field(default=0, init=False)
    _before: "Draft | None" = field(default=None, init=False)
    _closed: "tuple[int, Draft | None] | None" = field(default=None, init=False)
    _linked: tuple[datetime | None, Ref | None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.present = given = self.terms
        self._folding = Folding(self.known, given.agreement, given.roster, given.ruled)
        self.state = self._folding.state
        if self.state.lost:
            self.lead = self.lead.without(self.state.lost)
        self.terms = given.of(self.state)

    def calendar(self, policy: ClockPolicy) -> tuple[str, Calendar]:
        """Return the calendar in which a clock of this lead counts."""
        older = self.before
        if older and any(policy is each for each in older.terms.agreement.clocks):
            return older.calendar(policy)  # of a clock that stayed what it was
        return self.terms.calendar_for(policy, self.lead, self.state.owners)

    def run(self, policy: ClockPolicy, cycle: Cycle) -> ClockRun:
        """Derive a clock of the last cycle; by what rules it, no stricter than it was before."""
        older = self.before
        before = older.state.cycle if older else None
        if older is None or before is None:
            return self._run(policy, cycle)
        was = older.terms.agreement.clock(policy.name)
        if policy is was:
            return older.run(policy, before)
        return eased(self._run(policy, cycle), older.run(was, before))

    def _run(self, policy: ClockPolicy, cycle: Cycle) -> ClockRun:
        name, calendar = self.calendar(policy)
        return run(policy, cycle, calendar, name)

    def begun(self, cycle: Cycle) -> tuple[ClockPolicy, ...]:
        """Return the clocks that run in the last cycle, or ran: none that would not have before."""
        found, older = begun(self.terms.agreement, cycle), self.before
        if older is None or older.state.cycle is None:
            return found
        names = {policy.name for policy in older.begun(older.state.cycle)}
        return tuple(policy for policy in found if policy.name in names)

    @property
    def before(self) -> "Draft | None":
        """The same lead, read by the edition before the one that rules its cycle, if it counts."""
        ruling = self.terms.ruling
        if ruling is None or ruling.before is None:
            return None
        if self._before is None:
            known = [*self.known, *self.facts[: self._folded]]
            earlier = ruling.before
            self._before = Draft(replace(self.present, ruled=lambda *_: earlier), self.lead, known)
        return self._before

    def as_ended(self, clock: ClockRun) -> ClockRun | None:
        """Return a clock of the last cycle as it was agreed when that ended; None: it was not.

        What comes into force later does not concern it. Of marketing's clocks it does: they run on.
        """
        older = self._by_then() if clock.policy.starts_on is not Start.RECYCLED else None
        if older is None or older.state.cycle is None:
            return clock
        policies = older.begun(older.state.cycle)
        found = next((each for each in policies if each.name == clock.policy.name), None)
        return older.run(found, older.state.cycle) if found else None

    def _by_then(self) -> "Draft | None":
        """The same lead, read by what ruled its last cycle when that ended, if it is another."""
        cycle, ruled = self.state.cycle, self.present.ruled
        if ruled is None or cycle is None or cycle.ended is None:
            return None
        if self._closed is None or self._closed[0] != self._folded:
            self._closed = self._folded, self._read_by_then(cycle, cycle.ended[0], ruled)
        return self._closed[1]

    def _read_by_then(self, cycle: Cycle, ended: datetime, ruled: Ruled) -> "Draft | None":
        facts = [*self.known, *self.facts[: self._folded]]
        opened = next((fact for fact in facts if opens(fact, cycle.key)), None)
        then = ruled(opened, ended) if opened else None
        if then is None or then is cycle.ruling:
            return None
        return Draft(replace(self.present, ruled=lambda *_: then), self.lead, facts).settled()

    def refold(self) -> None:
        """Take the facts decided since into the state."""
        if self._folded == len(self.facts):
            return
        self._folding.add(self.facts[self._folded :])
        self.state = self._folding.state
        self._folded, self._before = len(self.facts), None
        cycle = self.state.cycle
        if (cycle.ruling if cycle else None) is not self.terms.ruling:
            self.terms = self.present.of(self.state)

    @property
    def history(self) -> Sequence[Fact]:
        """Every fact that the state was folded from, in their order."""
        return self._folding.facts

    def changed_hands(self, cycle: Cycle) -> datetime | None:
        """Return since when the owner has the lead; None where nobody had it before in `cycle`."""
        owners, is_person = self.state.owners, self.terms.roster.is_person
        if len(owners) == 1 or self.placing or not is_person(self.state.owner):
            return None
        first = cycle.routed[0].data["owner"] if cycle.routed else None  # be it from before on
        changed = any(
            after.at >= cycle.anchor
            and is_person(each.owner)
            and (each.at >= cycle.anchor or each.owner == first)
            for each, after in pairwise(owners)
        )
        return cycle.owned_since if changed else None

    @property
    def linked(self) -> Ref | None:
        """The person in the CRM: the lead; the contact where it was converted, or is all there is.

        It may not have been read yet.
        """
        known = self._linked
        if known is None or known[0] is not self.state.converted:  # asked for many times
            kinds = ("contact", "lead") if self.state.converted else ("lead", "contact")
            known = (self.state.converted, self.lead.ref(self.terms.agreement.crm, *kinds))
            self._linked = known
        return known[1]

    @property
    def record(self) -> Ref | None:
        """The person in the CRM, once it is known whose it is there."""
        return self.linked if self.state.owner is not None else None

    @property
    def owner(self) -> UserKey | None:
        """Who owns the lead; while a change of ours is on its way, who will."""
        return self.placing or self.state.owner

    @property
    def placing(self) -> UserKey | None:
        """Who will own the lead by a change of ours that is on its way."""
        mark = self.replacing
        if mark is None or self.terms.now - mark.occurred_at > PLACING or not self.state.cycle:
            return None
        return UserKey(self.state.cycle.routed[-1].data["owner"])

    @property
    def replacing(self) -> Fact | None:
        """The placement by which the present owner is to be replaced, as long as he is not."""
        cycle, owners = self.state.cycle, self.state.owners
        if cycle is None or not cycle.routed or not owners:
            return None
        generation = int(cycle.routed[-1].data["generation"])
        mark = cycle.fired.get((ROUTING, generation, "place"))
        if mark is None or mark.data.get("from") != owners[-1].owner:
            return None
        if "mode" in mark.data and self.mode is Mode.ENFORCE:
            return None  # only thought of, before slasync wrote
        return mark if owners[-1].at <= mark.occurred_at else None

    def settled(self) -> "Draft":
        """Return the draft; by the agreement in force, where an earlier one's calendar has ended.

        Nobody can mend a calendar that is kept, and nothing must stand still for it.
        """
        cycle = self.state.cycle
        if cycle is None or self.terms.ruling is None:
            return self
        try:
            for policy in self.begun(cycle):
                self.run(policy, cycle)
        except CoverageEnded:
            return Draft(replace(self.present, ruled=None), self.lead, self.known)
        return self

    def stands_for(self, role: Role) -> User | None:
        """The person of a role in the CRM. Where there is none, the next above, up to leadership.

        Tasks, digest lines and messages all go by this.
        """
        return self.below_leadership(role) or self.terms.leader

    def below_leadership(self, role: Role) -> User | None:
        """The person of a role. Where the owner is no active person, his manager."""
        owner = self.owner
        user = self.terms.roster.users.get(owner) if owner else None
        if role == Role.OWNER and user and user.works:
            return user
        return None if role == Role.LEADERSHIP else self.terms.manager_of(owner)

    def decide(
        self, kind: FactKind, source_id: str, data: Mapping[str, Any], at: datetime | None = None
    ) -> None:
        """Enter an own decision into the history, not before the hand-over it belongs to."""
        now, cycle = self.terms.now, self.state.cycle
        at = at or max(now, cycle.opened if cycle else now)
        if self.mode is not Mode.ENFORCE and kind in STANDING_FOR_WRITES:
            data = {**data, "mode": self.mode.value}
        self.facts.append(
            Fact(
                kind=kind,
                occurred_at=at,
                seen_at=now,
                source=OURS,
                source_id=source_id,
                data=data,
            )
        )

    def parts(self, cycle: Cycle, clock: str, generation: int, rung: str) -> KeyParts:
        """Begin a key; role and action are to be added."""
        return KeyParts(
            org=self.terms.agreement.org,
            lead=self.lead.key,
            cycle=cycle.key,
            clock=clock,
            generation=generation,
            rung=rung,
            role=Role.NOBODY,
            action="",
        )

    def parts_of(self, fired: Fact) -> KeyParts:
        """Begin a key as a rung that fired did, be it of a lead that became one with this one."""
        data = fired.data
        return KeyParts(
            org=self.terms.agreement.org,
            lead=LeadKey(fired.home or self.lead.key),
            cycle=data["cycle"],
            clock=data["clock"],
            generation=data["generation"],
            rung=data["rung"],
            role=Role.NOBODY,
            action="",
        )

    def write(  # noqa: PLR0913 - a write has that many parts
        self,
        parts: KeyParts,
        action: Action,
        values: Mapping[str, Any],
        *,
        system: str | None = None,
        target: Ref | None = None,
        task_key: str | None = None,
        because: str = "",
    ) -> Write:
        """Queue an effect under the key that `parts` and `action` make."""
        parts = replace(parts, action=action.value)
        made = Write(
            key=write_key(parts),
            lead=self.lead.key,
            system=system or self.terms.agreement.crm,
            action=action,
            values=values,
            target=target,
            task_key=task_key,
            cycle=parts.cycle,
            clock=parts.clock,
            generation=parts.generation,
            rung=parts.rung,
            role=parts.role,
            because=because,
        )
        self.writes.append(made)
        if self.mode is not Mode.ENFORCE:
            self.withheld[made.key] = self.mode
        if because:
            self.because.append(because)
        return made
