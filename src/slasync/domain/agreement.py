"""The agreement between marketing and sales, compiled: what `decide` reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from slasync.domain.clauses import Clause
from slasync.domain.facts import CONTACT, Grade
from slasync.domain.interactions import Traced
from slasync.domain.languages import Language
from slasync.domain.lead import Fields, UserKind, Value
from slasync.domain.lifecycle import USUAL, Lifecycle
from slasync.domain.lifecycle import Stage as Stage  # noqa: PLC0414 - known by this place
from slasync.domain.nurture import NURTURE, Nurture
from slasync.domain.rests import Rests
from slasync.domain.routing_rules import Routing
from slasync.domain.score_model import Model
from slasync.domain.time.calendars import Offset
from slasync.domain.writes import Role


class Trigger(StrEnum):
    """When a definition is met anew."""

    CROSSING = "crossing"  # its rule turns from false to true: a score passes a threshold
    EVERY_CHANGE = "every_change"  # its fields change and its rule holds: another form sent


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to become an MQL. `rule` takes the lead's fields; what is null is not met."""

    name: str
    text: str  # the expression as written
    rule: Callable[[Fields], bool]
    reads: frozenset[str]
    trigger: Trigger = Trigger.CROSSING
    occurred_field: str | None = None  # field that holds the exact time, where the system tells
    clauses: Callable[[Fields], Clause] | None = field(default=None, compare=False)
    """Takes the rule apart for people; deciding never asks for it."""
    in_force: tuple[tuple[datetime, datetime | None], ...] = field(default=(), compare=False)
    """Since when and until when it was agreed, oldest first; empty: always. None: it still is."""

    def counted(self, at: datetime) -> datetime:
        """Return as of when it is met by what is true since `at`: never before it was agreed."""
        if not self.in_force:
            return at
        return next(
            (max(at, since) for since, until in self.in_force if until is None or at < until), at
        )

    @property
    def question(self) -> str:
        """What histories are asked by it: the same for rules of one text, dated by one field."""
        return f"{self.text} at {self.occurred_field}" if self.occurred_field else self.text

    @property
    def counts_since(self) -> datetime | None:
        """When it was agreed, the last time; None: it always was."""
        return self.in_force[-1][0] if self.in_force else None

    def is_same(self, other: "Definition") -> bool:
        """Tell whether another says the same, whatever it is called."""
        rule = (self.text, self.trigger, self.occurred_field)
        return rule == (other.text, other.trigger, other.occurred_field)


class EffectKind(StrEnum):
    TASK = "task"  # a task for the role; upserts the one open
    DIGEST = "digest"  # a line in the role's digest
    FLAG_STALE = "flag_stale"
    REASSIGN = "reassign"
    RECYCLE = "recycle"  # the CRM's status changes: the lead goes back to marketing
    NOTIFY = "notify"  # a message to the role's people, at once within their hours
    STATUS = "status"  # the CRM's status becomes another one
    PROPERTY = "property"  # a field of the marketing system gets a value
    LIST = "list"  # onto a list of the marketing system, or off it
    PROGRAMME = "programme"  # a campaign of the marketing system runs for the lead


@dataclass(frozen=True, slots=True)
class Effect:
    kind: EffectKind
    role: Role = Role.NOBODY
    text: str = ""  # name of the text
    status: str = ""  # the CRM's word, and why, for recycle and status
    reason: str = ""
    via: str = ""  # how people are notified: smtp, webhook; empty: as there is
    name: str = ""  # of the field of `property`, the list of `list`, the campaign of `programme`
    value: Value = None  # of the field; None clears it
    change: str = ""  # of a list: add or remove


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung with bounds on the attempts made so far belongs to the ladder only within them."""

    name: str
    after: Offset
    effects: tuple[Effect, ...]
    attempts_from: int = 0
    attempts_below: int | None = None

    def fits(self, attempts: int) -> bool:
        below = self.attempts_below is None or attempts < self.attempts_below
        return below and attempts >= self.attempts_from


class Start(StrEnum):
    """What a clock counts from."""

    HANDOVER = "handover"  # from marketing to sales; once a cycle
    ASSIGNMENT = "assignment"  # anew with each owner
    ACCEPTED = "accepted"  # by the rep; once a cycle
    ATTEMPT = "attempt"  # anew with each touch
    IMMEDIATE = "immediate"  # buying behaviour that wants action at once; once a cycle
    RECYCLED = "recycled"  # the lead's return to marketing, which has it then; once a cycle
    QUEUE = "queue"  # anew each time that a queue has it
    STAGE = "stage"  # anew each time that the lead reaches one
    RULE = "rule"  # anew each time that a rule over the lead's fields comes to hold


class End(StrEnum):
    """What can end a clock."""

    TOUCH = "touch"
    ACCEPTED = "accepted"
    CONVERTED = "converted"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"
    DELETED = "deleted"
    ENROLLED = "enrolled"  # in a nurture programme, after its return
    WITH_SALES = "with_sales"  # handed over again after its return, or taken up by a rep
    TAKEN = "taken"  # by a person: no queue has the lead any more
    STAGE = "stage"  # one was reached, or left
    RULE = "rule"  # over the lead's fields: it holds
    UNBEGUN = "unbegun"  # it turned out never to have begun


@dataclass(frozen=True, slots=True)
class Situation:
    """What a lead is in for a time: a stage, the hands of somebody, or what a rule asks for."""

    stage: Stage | None = None
    rule: Definition | None = None
    held_by: UserKind | None = None
    left: bool = False  # it is the end of it that counts

    @property
    def end(self) -> End:
        """What ends a clock that ends with it."""
        if self.held_by is not None:
            return End.TAKEN
        return End.RULE if self.rule else End.STAGE

    def is_same(self, other: "Situation | None") -> bool:
        """Tell whether another is the same; rules are by what they ask."""
        if other is None or (self.rule is None) != (other.rule is None):
            return False
        asked = self.rule is None or other.rule is None or self.rule.question == other.rule.question
        own, its = (self.stage, self.held_by, self.left), (other.stage, other.held_by, other.left)
        return asked and own == its


class OnReassign(StrEnum):
    RESTART = "restart"
    CONTINUE = "continue"
    MINIMUM_GRACE = "minimum_grace"  # it runs on, and the new owner has at least the grace


class OnChange(StrEnum):
    """What becomes of the leads that are open when another agreement comes into force."""

    RECOMPUTE = "recompute"  # the new one counts for them at once
    KEEP = "keep"  # their cycle ends under the agreement it began under
    GRANDFATHER = "grandfather"  # the new one counts as far as it is no stricter than the old


@dataclass(frozen=True, slots=True)
class Pausing:
    """When a clock stands still. Each is read from the history, never from a running counter."""

    statuses: frozenset[str] = frozenset()  # of the CRM
    absent: bool = False  # while the owner is
    condition: "Definition | None" = None  # over the lead's fields


@dataclass(frozen=True, slots=True)
class Enrolment:
    """By what it is seen that a returned lead is in a nurture programme."""

    evidence: Definition  # `occurred_field`: when it was enrolled, where the system tells
    told_by: frozenset[tuple[str, str]] = frozenset()
    """Records, as (system, kind), that have a field the evidence reads. Of a lead that has none of
    them it is not known."""

    @property
    def reads(self) -> frozenset[str]:
        named = self.evidence.occurred_field
        return self.evidence.reads | ({named} if named else frozenset())


@dataclass(frozen=True, slots=True)
class CalendarBy:
    """The calendar that counts, by a field of the lead: its country, say."""

    field: str
    names: Mapping[str, str]  # value -> calendar; for others the pool's counts


class Follows(StrEnum):
    """Whose calendar counts where it goes with the lead: it changes with the owner."""

    OWNER = "owner"  # his own, else his team's
    OWNER_IN_ZONE = "owner_in_zone"  # where he has none: his team's hours by his own wall clock
    TEAM = "team"


@dataclass(frozen=True)  # no slots, as with the agreement
class ClockPolicy:
    """One clock: what ends it, which calendar counts, and its ladder, lowest rung first."""

    name: str
    ends: frozenset[End]
    rungs: tuple[Rung, ...]
    streams: tuple[str, ...]  # what its events are read from; a rung waits for these
    starts_on: Start = Start.HANDOVER
    begins_in: Situation | None = None  # where it starts with one
    stops: tuple[Situation, ...] = ()  # situations that end it
    only_for: frozenset[str] = frozenset()  # definitions of the hand-over; none: for all
    pausing: Pausing | None = None
    calendar: str | None = None  # None: the pool's, else the agreement's
    calendar_by: CalendarBy | None = None
    follows: Follows | None = None
    deadline: Offset | None = None  # until when people are asked to act; None: the next rung
    grace: Offset | None = None  # for on_reassign: minimum_grace
    on_reassign: OnReassign = OnReassign.CONTINUE
    restarts: int = 2  # at most so many a cycle, then the manager's queue
    grades: frozenset[str] = frozenset({"strong", "weak"})  # touches that end it
    edition: str = ""  # of clocks that are not run by the agreement in force: by which they are

    @cached_property
    def gate(self) -> str:
        """The name of what has to be read before it is looked at: editions may read otherwise."""
        return f"{self.name}@{self.edition}" if self.edition else self.name

    @cached_property
    def situations(self) -> tuple[Situation, ...]:
        """All that it begins or ends with that a lead is in for a time."""
        return (*([self.begins_in] if self.begins_in else ()), *self.stops)

    @cached_property
    def counts_attempts(self) -> bool:
        """Tell whether any rung is part of the ladder only within a number of attempts."""
        return any(rung.attempts_from or rung.attempts_below is not None for rung in self.rungs)


@dataclass(frozen=True, slots=True)
class Text:
    """A task's or digest line's words; `$name` is replaced (see docs/configuration.md)."""

    subject: str
    body: str = ""
    priority: str = "Normal"
    language: Language | None = None  # None: whichever its reader has
    other: "Text | None" = None  # the same in the other language
    fields: frozenset[str] = frozenset()  # of the lead, that it names

    def spoken(self, language: Language) -> "Text":
        """Return the text in a language; in the one there is, where it does not stand in it."""
        other = self.other
        return other if other and other.language is language != self.language else self


@dataclass(frozen=True, slots=True)
class Haste:
    """More than `most` touches of a lead, or leads touched, by one person within so long: nobody
    does so much so fast.
    """

    most: int
    within: timedelta

    def proven_by(self, other: "Haste") -> bool:
        """Tell whether what was too fast by `other` is too fast by this."""
        return other.most >= self.most and other.within <= self.within


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the two sides agreed to believe."""

    status_alone: Grade = Grade.STRONG  # a status change with no activity around it
    window: timedelta = timedelta(days=1)  # how near an activity has to be
    haste: Haste | None = None  # above it touches are suspect
    spacing: timedelta = timedelta(0)  # touches nearer to one another are one attempt
    spoken: frozenset[str] = frozenset({"meeting"})  # channels in which people talk to each other
    call_of: timedelta | None = timedelta(minutes=1)  # a call that lasted so long is a conversation


@dataclass(frozen=True)  # no slots: what follows from it is worked out once
class Agreement:
    """Everything the two sides agreed that `decide` needs, with the hash of its files."""

    name: str
    version: str
    hash: str
    definitions: tuple[Definition, ...]
    clocks: tuple[ClockPolicy, ...]
    pool: str  # hand-overs are routed here where no rule of `routing` says otherwise
    calendar: str
    texts: Mapping[str, Text]
    stages: Mapping[str, Stage] = field(default_factory=dict)  # CRM status -> stage
    lifecycle: Lifecycle = USUAL
    lead_rule: Definition | None = None  # Target becomes Lead
    begins: date | None = None
    ends: date | None = None
    effective_from: datetime | None = None  # nothing anchored earlier is judged
    on_change: OnChange = OnChange.RECOMPUTE  # leads open when this version comes into force
    statuses_touch: bool = True  # a person's status change is a touch
    evidence: Evidence = field(default_factory=Evidence)
    shows: frozenset[str] = frozenset()  # words of rep_fields that the CRM's record has fields for
    create_leads: bool = False  # make the CRM record at hand-over
    scoring: Model | None = None  # the check score and what is urgent
    routing: Routing = field(default_factory=Routing)
    enrolment: Enrolment | None = None  # None: nobody can tell
    nurture: Nurture = field(default_factory=Nurture)
    traced: tuple[Traced, ...] = ()  # fields that tell what a lead did last
    rests: Rests = field(default_factory=Rests)  # what reps may ask for
    asks_contact: bool = False  # whether a rule reads `contact_made`, and no record has it
    after_merge: timedelta = timedelta(hours=1)  # so long a rise is taken to come from a merge
    crm: str = "salesforce"
    marketing: str = "hubspot"
    org: str = ""  # the CRM's organisation id, part of every key
    crm_url: str = ""  # where people find a record: https://acme.my.salesforce.com
    past: Mapping[str, "Agreement"] = field(default_factory=dict, repr=False, compare=False)
    """This agreement with the definitions of earlier editions that had others, by their hashes."""
    tasks_remain: bool = False  # whether the CRM keeps the tasks of a lead that is deleted

    @cached_property
    def notifies(self) -> bool:
        """Tell whether any rung writes messages to people."""
        effects = (e for clock in self.clocks for rung in clock.rungs for e in rung.effects)
        return any(effect.kind is EffectKind.NOTIFY for effect in effects)

    @cached_property
    def most_attempts(self) -> int | None:
        """After how many attempts the ladders go another way; None where they do not count."""
        rungs = [rung for clock in self.clocks for rung in clock.rungs]
        return max((r.attempts_from or r.attempts_below or 0 for r in rungs), default=0) or None

    @cached_property
    def immediate(self) -> frozenset[str]:
        """The clocks that begin with buying behaviour: such a lead wants action at once."""
        return frozenset(clock.name for clock in self.clocks if clock.starts_on is Start.IMMEDIATE)

    @cached_property
    def conditions(self) -> tuple[Definition, ...]:
        """The rules by which clocks begin, stand still or end."""
        pauses = [c.pausing.condition for c in self.clocks if c.pausing and c.pausing.condition]
        return (*pauses, *(each.rule for each in self._situations if each.rule))

    @cached_property
    def situated(self) -> tuple[ClockPolicy, ...]:
        """The clocks that go by situations."""
        return tuple(clock for clock in self.clocks if clock.situations)

    @cached_property
    def asks_stages(self) -> bool:
        """Tell whether any clock begins or ends with a stage."""
        return any(each.stage for each in self._situations)

    @cached_property
    def _situations(self) -> tuple[Situation, ...]:
        return tuple(each for clock in self.situated for each in clock.situations)

    @cached_property
    def first_rungs(self) -> frozenset[tuple[str, str]]:
        """Clock and rung of what begins each ladder: a lead is not overdue by that yet."""
        return frozenset((clock.name, clock.rungs[0].name) for clock in self.clocks if clock.rungs)

    def clock(self, name: str) -> ClockPolicy:
        return next(clock for clock in self.clocks if clock.name == name)

    @cached_property
    def gates(self) -> Mapping[str, tuple[str, ...]]:
        """The streams that each clock waits for; what is due to leads that went back, for all."""
        named = {clock.gate: clock.streams for clock in self.clocks}
        if not self.nurture.waits:
            return named
        return named | {NURTURE: tuple(dict.fromkeys(s for each in named.values() for s in each))}

    @cached_property
    def watched(self) -> frozenset[str]:
        """Fields whose changes are facts, because a rule or the scoring model reads them."""
        rules = [*self.definitions, *([self.lead_rule] if self.lead_rule else [])]
        rules += self.conditions
        named = {d.occurred_field for d in rules if d.occurred_field}
        scored = self.scoring.reads if self.scoring else frozenset()
        routed = frozenset().union(*(rule.reads for rule in self.routing.rules))
        enrolled = self.enrolment.reads if self.enrolment else frozenset()
        read = frozenset().union(*(d.reads for d in rules)) | named | scored | routed | enrolled
        traced = frozenset().union(*(each.reads for each in self.traced))
        told = {CONTACT} if self.asks_contact else frozenset()  # by facts of its own
        return (read | self.nurture.reads | self.rests.reads | traced) - told
