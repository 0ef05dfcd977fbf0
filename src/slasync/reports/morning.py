"""The morning of one reader: overdue leads, what will be missed today, what was moved, what waits.

Only clocks that run are read, by index, and the histories of the few leads that are named. What is
usual comes from the hand-overs of the last 90 days.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.agreement import ClockPolicy, End
from slasync.domain.digests.morning import (
    MOST_NAMED,
    MOST_REPS,
    WORST,
    AtRisk,
    Disputed,
    Late,
    LateOf,
    Morning,
    Moved,
    Named,
    Proposal,
    Waiting,
    has_missed,
    late_since,
    rung_of,
)
from slasync.domain.digests.readers import DigestTerms, Reader, Sees
from slasync.domain.digests.scope import below, crm_managers, in_pool, pool_of, reps
from slasync.domain.disputes import ASKED
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, in_order
from slasync.domain.figures.forecast_breaches import (
    Due,
    House,
    Miss,
    Rep,
    Speeds,
    forecast,
)
from slasync.domain.figures.kpis import Figure
from slasync.domain.figures.obligations import Obligations
from slasync.domain.history import fold
from slasync.domain.lead import Lead, LeadKey, User, UserKey, UserKind
from slasync.domain.owners import chosen_in, never_placed
from slasync.domain.rests import DISPUTED
from slasync.domain.state import Resting, State
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.wording import name_of
from slasync.domain.writes import Role
from slasync.reports.kpis import accepted_so_far
from slasync.reports.usual import calendar_named, elapsed, usual_of
from slasync.store.mornings import Running
from slasync.store.unit import Unit

CANDIDATES = 4 * WORST  # of each rep: folded, to find the worst
MOST_DISPUTES = 200
_A_DAY = timedelta(days=1)
FRESH = timedelta(minutes=15)  # so long what was measured holds for the next reader
LINKED = ("lead", "contact")

TermsAt = Callable[[Unit, datetime], Terms]


@dataclass(slots=True)
class Mornings:
    """Tells readers of digests what there is. `terms`: what decisions are made by at a moment."""

    terms: TermsAt
    digest: DigestTerms
    owed: Obligations = field(default_factory=Obligations)  # with the aims of figures
    by_mail: bool = True  # managers whom only the CRM names are reached by mail alone
    _usual: tuple[datetime, Speeds] | None = None  # of the slot that was told last
    _accepted: tuple[datetime, Figure | None] | None = None  # likewise

    def readers(self, unit: Unit, known: tuple[Reader, ...], now: datetime) -> tuple[Reader, ...]:
        """Return `known` and the managers whom only the CRM names; who has no reps sees none."""
        terms = self.terms(unit, now)
        roster, everybody = terms.roster, reps(terms.roster)
        more = crm_managers(terms, self.digest, known) if self.by_mail else ()
        return tuple(
            replace(reader, sees=Sees.NOTHING)
            if reader.sees is Sees.OWN and not below(roster, reader.name, everybody)
            else reader
            for reader in (*known, *more)
        )

    def tell(
        self, unit: Unit, reader: Reader, since: datetime | None, at: datetime
    ) -> Morning | None:
        """Return a reader's morning; None while the first load is not whole."""
        cursors = unit.cursors.all()
        if not cursors or any(not cursor.passes for cursor in cursors.values()):
            return None
        terms = self.terms(unit, at)
        if self._usual is None or abs(self._usual[0] - at) > FRESH:
            self._usual = at, usual_of(unit, terms)
        told = _Telling(unit, terms, reader, at, self._usual[1]).morning(since)
        return replace(told, accepted=self._so_far(unit, terms)) if self._leads(reader) else told

    def _leads(self, reader: Reader) -> bool:
        """Tell whether a reader is leadership, or the channel that it reads."""
        if reader.sees is Sees.POOL:
            return Role.LEADERSHIP in self.digest.mornings_for
        return reader.sees is Sees.ALL

    def _so_far(self, unit: Unit, terms: Terms) -> Figure | None:
        """Return the running month's MQL to SAL; measured once for all readers of a slot."""
        if self._accepted is None or abs(self._accepted[0] - terms.now) > FRESH:
            self._accepted = terms.now, accepted_so_far(unit, terms, self.owed)
        return self._accepted[1]


@dataclass(slots=True)
class _Telling:
    """One morning while it is gathered."""

    unit: Unit
    terms: Terms
    reader: Reader
    at: datetime
    speeds: Speeds
    _folded: dict[LeadKey, tuple[State, Sequence[Fact]]] = field(default_factory=dict)
    _named: dict[LeadKey, Lead] = field(default_factory=dict)

    def morning(self, since: datetime | None) -> Morning:
        counts, late = self.unit.board.counts(), self.unit.mornings.late()
        scope = self._scope(owner for owner, _ in counts)
        late = [each for each in late if self._is_late(each, scope)]
        due, at_risk = self._at_risk(scope, counts)
        moved = self._moved(scope, since or self.at - _A_DAY)
        return Morning(
            at=self.at,
            since=since,
            known_to=self._known_to(),
            late=self._late(late),
            due_today=due,
            at_risk=at_risk,
            moved=tuple(moved[:MOST_NAMED]),
            moved_in_all=len(moved),
            held=self._held(scope),
            disputed=self._disputed(scope),
        )

    def _scope(self, owners: Iterable[UserKey | None]) -> frozenset[UserKey] | None:
        """Return whose leads are told of; None: everybody's."""
        roster, reader = self.terms.roster, self.reader
        everybody = {*(owner for owner in owners if owner), *reps(roster)}
        if reader.sees is Sees.ALL:
            return None
        if reader.sees is Sees.POOL:
            return in_pool(roster, reader.name, everybody)
        return below(roster, reader.name, everybody)

    def _known_to(self) -> datetime | None:
        marks = self.unit.cursors.watermarks()
        streams = {s for clock in self.terms.agreement.clocks for s in clock.streams}
        return min((marks[stream] for stream in streams if stream in marks), default=None)

    # overdue

    def _late(self, running: Sequence[Running]) -> tuple[LateOf, ...]:
        by_owner: dict[UserKey | None, dict[LeadKey, list[Running]]] = {}
        for each in running:
            by_owner.setdefault(each.owner, {}).setdefault(each.clock.lead, []).append(each)
        ranked = sorted(by_owner.items(), key=lambda each: (-len(each[1]), self._name(each[0])))
        return tuple(
            LateOf(self._name(owner), len(leads), self._worst(leads) if place < MOST_REPS else ())
            for place, (owner, leads) in enumerate(ranked)
        )

    def _worst(self, leads: Mapping[LeadKey, Sequence[Running]]) -> tuple[Late, ...]:
        """Find the worst among those that by their clocks have been late for longest."""
        ranked = sorted(leads, key=lambda key: (min(map(self._about, leads[key])), key))
        keys = ranked[:CANDIDATES]
        self._fold(keys)
        found = [late for key in keys for late in [self._how_late(key, leads[key])] if late]
        return tuple(sorted(found, key=lambda late: (-late.by, late.since, late.lead.key))[:WORST])

    def _is_late(self, running: Running, scope: Collection[UserKey] | None) -> bool:
        mine = scope is None or running.owner in scope
        return mine and has_missed(self._policy(running), running.clock.next_rung)

    def _policy(self, running: Running) -> ClockPolicy | None:
        name = running.clock.clock
        return next((c for c in self.terms.agreement.clocks if c.name == name), None)

    def _about(self, running: Running) -> datetime:
        """Return about when a clock's second rung was due: pauses are not known here."""
        row, policy = running.clock, self._policy(running)
        begins = row.anchor_at or self.at
        if policy is None or len(policy.rungs) < 2:  # noqa: PLR2004 - the first only says so
            return begins
        try:
            return calendar_named(self.terms, row.calendar).due(begins, policy.rungs[1].after)
        except CoverageEnded:
            return begins

    def _how_late(self, key: LeadKey, running: Sequence[Running]) -> Late | None:
        state, _ = self._folded[key]
        if state.cycle is None:
            return None
        first = {(c.name, c.rungs[0].name) for c in self.terms.agreement.clocks if c.rungs}
        clocks = {each.clock.clock: each.clock.generation for each in running}
        since = late_since(state.cycle, clocks, first)
        if since is None:
            return None
        calendar = calendar_named(self.terms, running[0].clock.calendar)
        by = elapsed(calendar, since, self.at) or self.at - since
        owned = state.cycle.owned_since
        return Late(self._lead(key), since, by, owned if owned and owned > since else None)

    # what will be missed

    def _at_risk(
        self, scope: Collection[UserKey] | None, counts: Mapping[tuple[UserKey | None, str], int]
    ) -> tuple[int, tuple[AtRisk, ...]]:
        dues = [
            each
            for each in self.unit.mornings.coming(self.at, self._tonight())
            if (scope is None or each.owner in scope) and not self._only_begins(each)
        ]
        missed = forecast(map(self._due, dues), self._house(counts), self.at)
        self._name_leads(miss.due.lead for miss in missed[:MOST_NAMED])
        return len({each.clock.lead for each in dues}), tuple(map(self._told, missed))

    def _tonight(self) -> datetime:
        zone = ZoneInfo(self.reader.calendar.spec.zone)
        tomorrow: date = self.at.astimezone(zone).date() + _A_DAY
        return datetime.combine(tomorrow, time(), zone).astimezone(UTC)

    def _only_begins(self, running: Running) -> bool:
        """Tell whether a clock's next rung only says that there is a lead."""
        row, policy = running.clock, self._policy(running)
        if policy is None or policy.deadline is not None or not policy.rungs:
            return False
        return row.next_rung == policy.rungs[0].name

    def _due(self, running: Running) -> Due:
        row, policy = running.clock, self._policy(running)
        return Due(
            lead=row.lead,
            owner=running.owner,
            clock=row.clock,
            began=row.anchor_at or self.at,
            due=row.due_at or self.at,
            touch=policy is not None and End.TOUCH in policy.ends,
        )

    def _house(self, counts: Mapping[tuple[UserKey | None, str], int]) -> House:
        opened: Counter[UserKey] = Counter()
        for (owner, _), count in counts.items():
            if owner:
                opened[owner] += count
        roster = self.terms.roster
        people = {
            key: self._rep(user, opened[key])
            for key, user in roster.users.items()
            if user.kind is UserKind.PERSON and (key in opened or pool_of(roster, user))
        }
        mates = {
            name: [user.key for who in pool.members for user in [roster.member(who)] if user]
            for name, pool in roster.pools.items()
        }
        return House(people, self.speeds, mates, self.terms.agreement.pool)

    def _rep(self, user: User, opened: int) -> Rep:
        roster, address = self.terms.roster, (user.email or "").lower()
        pool = pool_of(roster, user)
        listed = next((m for m in pool.members if m.lower() == address), "") if pool else ""
        own = pool.terms_of(listed) if pool else None
        name = (own.calendar if own else None) or (pool.calendar if pool else None)
        return Rep(
            key=user.key,
            name=user.name,
            team=pool.name if pool else "",
            hours=calendar_named(self.terms, name),
            works=user.active,
            away=tuple(a for a in roster.absences if a.email.lower() == address),
            open=opened,
            most_open=own.most_open if own else None,
        )

    def _told(self, miss: Miss) -> AtRisk:
        relief = miss.relief
        proposal = relief and Proposal(self._name(relief.rep), relief.open, relief.usual)
        lead, owner = self._lead(miss.due.lead), self._name(miss.due.owner)
        return AtRisk(lead, owner, miss.due.due, miss.why, miss.usual, proposal or None)

    # what happened, and what waits

    def _moved(self, scope: Collection[UserKey] | None, since: datetime) -> list[Moved]:
        keys = self.unit.mornings.rerouted(since, self.at)
        found: list[Moved] = []
        for start in range(0, len(keys), MOST_DISPUTES):
            some = keys[start : start + MOST_DISPUTES]
            facts = self.unit.facts.of(some)
            self._name_leads(some if len(found) < MOST_NAMED else ())
            found += [
                self._one_moved(key, fact, facts[key])
                for key in some
                for refused in (never_placed(facts[key]),)
                for fact in in_order(facts[key])
                if _rerouted(fact, since, self.at) and _concerns(fact, scope)
                if chosen_in(fact) not in refused
            ]
        return found

    def _one_moved(self, key: LeadKey, fact: Fact, facts: Sequence[Fact]) -> Moved:
        clock, rung = rung_of(facts, fact)
        came_from, to = fact.data.get("from"), fact.data.get("owner")
        why = str(fact.data.get("why", ""))
        return Moved(self._lead(key), self._name(came_from), self._name(to), clock, rung, why)

    def _held(self, scope: Collection[UserKey] | None) -> tuple[Waiting, ...]:
        batches = self.unit.held.open()
        if not batches:
            return ()
        parts = self.unit.held.parts() if scope is not None else []
        mine = Counter[str]()
        for part in parts:
            mine[part.batch] += part.writes if self._is_mine(part.owner, scope or ()) else 0
        told = (
            Waiting(batch.name, batch.writes if scope is None else mine[batch.name], batch.because)
            for batch in batches
        )
        return tuple(each for each in told if each.writes)

    def _is_mine(self, addressee: str, scope: Collection[UserKey]) -> bool:
        """Tell whether a held write is for one of the reader's reps, or for the reader himself."""
        user = self.terms.roster.member(addressee)
        own = user is not None and (user.email or "").lower() in self.reader.addresses
        named = user.key if user else addressee
        chief = self.terms.roster.users.get(UserKey(addressee))
        is_reader = chief is not None and (chief.email or "").lower() in self.reader.addresses
        return named in scope or own or is_reader

    def _disputed(self, scope: Collection[UserKey] | None) -> tuple[Disputed, ...]:
        """Find them among the leads whose clocks stand still: a dispute halts them."""
        if self.terms.agreement.rests.dispute is None:
            return ()
        paused = self.unit.mornings.paused()
        mine = (each for each in paused if scope is None or each.owner in scope)
        owners = {each.clock.lead: each.owner for each in mine}
        keys = self.unit.mornings.disputed(owners, DISPUTED, ASKED)[:MOST_DISPUTES]
        self._fold(keys)
        found = [
            Disputed(self._lead(key), self._name(owners[key]), rest.asked_at, rest.reason)
            for key in keys
            for cycle in [self._folded[key][0].cycle]
            if cycle is not None and cycle.ended is None
            for rest in cycle.rests
            if rest.kind is Resting.DISPUTED and rest.pause is not None
        ]
        return tuple(sorted(found, key=lambda each: (each.since, each.lead.key)))

    # leads and people

    def _fold(self, keys: Collection[LeadKey]) -> None:
        wanted = [key for key in keys if key not in self._folded]
        self._name_leads(wanted)
        terms = self.terms
        for key, facts in self.unit.facts.of(wanted).items():
            state = fold(facts, terms.agreement, terms.roster, terms.ruled)
            self._folded[key] = state, facts

    def _name_leads(self, keys: Iterable[LeadKey]) -> None:
        self._named |= self.unit.leads.get([key for key in keys if key not in self._named])

    def _lead(self, key: LeadKey) -> Named:
        lead = self._named.get(key)
        if lead is None:
            return Named(key, str(key))
        agreement = self.terms.agreement
        record, home = lead.ref(agreement.crm, *LINKED), agreement.crm_url.rstrip("/")
        link = f"{home}/{record.id}" if home and record else ""
        return Named(key, name_of(lead), lead.text("company"), link)

    def _name(self, key: str | None) -> str:
        user = self.terms.roster.users.get(UserKey(key)) if key else None
        return user.name if user else key or ""


def _rerouted(fact: Fact, since: datetime, upto: datetime) -> bool:
    kind_and_time = fact.kind == "routed" and since < fact.seen_at <= upto
    return kind_and_time and int(fact.data.get("generation", 0)) > 0


def _concerns(fact: Fact, scope: Collection[UserKey] | None) -> bool:
    return scope is None or fact.data.get("owner") in scope or fact.data.get("from") in scope
