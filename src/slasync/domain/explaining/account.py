"""What is known of one lead, gathered to be explained; and the explanation's form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.agreement import Stage
from slasync.domain.draft import Terms
from slasync.domain.explaining.tongue import PLAIN, Tongue
from slasync.domain.facts import Fact, in_order
from slasync.domain.identity.company import Company
from slasync.domain.lead import Lead, Roster, UserKey
from slasync.domain.time.calendar_spec import Offset
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.pauses import Pause
from slasync.domain.writes import Write

SHOWN = 12  # characters of a hash that people compare


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines, in the order in which people ask."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """How far a stream has been read; `error`: why it is not read now."""

    watermark: datetime | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that was taken, and why."""

    at: datetime
    mode: str
    because: tuple[str, ...]
    agreement: str = ""  # the hash of the files it was made by


@dataclass(frozen=True, slots=True)
class Written:
    """One write that was queued, and what became of it."""

    write: Write
    state: str
    outcome: str | None
    decided_at: datetime
    settled_at: datetime | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Which agreement was in force at the moment asked about, and which the files hold now.

    Where the one in force then was not kept, or cannot be read any more (`problem` says why), the
    present one is what the account's terms hold.
    """

    hash: str | None = None  # None: not known
    since: datetime | None = None  # from which start of the daemon on
    present: str = ""  # hash, name and version of the files as they are now
    present_name: str = ""
    problem: str = ""
    at: datetime | None = None  # the moment asked about; None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that an explanation is made from, as it was known at `terms.now`.

    `past`: that is an earlier moment. `unseen` are the facts that were learned after it.
    `companies` are those that the lead may belong to; None where nobody asks, or none are read.
    """

    lead: Lead
    facts: Sequence[Fact]
    terms: Terms
    mode: str = "enforce"
    mode_why: str = ""  # by which rule of slasync.yaml
    streams: Mapping[str, Stream] = field(default_factory=dict)
    decisions: Sequence[Decided] = ()
    writes: Sequence[Written] = ()
    in_force: InForce = InForce()
    past: bool = False
    unseen: Sequence[Fact] = ()
    companies: Sequence[Company] | None = None
    lost: str = ""  # why the last cycle is not kept to the edition that it began under
    tongue: Tongue = PLAIN  # in which it is explained

    @property
    def later(self) -> list[Fact]:
        """What had happened by then and was learned later, in order."""
        return [fact for fact in in_order(self.unseen) if fact.occurred_at <= self.terms.now]

    def say(self, key: str, /, **values: object) -> str:
        """Return a phrase of the explanation."""
        return self.tongue.say(key, **values)

    def who(self, key: UserKey | str | None) -> str:
        """Name a user or queue."""
        return who(self.terms.roster, key, self.tongue)

    def stage(self, stage: Stage) -> str:
        """Name a stage as the two sides do."""
        called = self.terms.agreement.lifecycle.called(stage, self.tongue.language)
        return called or self.tongue.stage(stage)

    def arithmetic(
        self, calendar: Calendar, start: datetime, offset: Offset, pauses: Iterable[Pause]
    ) -> tuple[str, ...]:
        """Tell line by line how a calendar comes to a deadline."""
        return calendar.explain(start, offset, pauses, self.tongue.language)

    def hash(self, hash_: str | None) -> str:
        """Shorten an agreement's hash to what people compare."""
        return hash_[:SHOWN] if hash_ else self.say("unknown")

    def both(self, at: datetime) -> str:
        """Write an instant by the wall clock of the lead's people, and in UTC."""
        return self.tongue.both(at, self.terms.zone)


def who(roster: Roster, key: UserKey | str | None, tongue: Tongue = PLAIN) -> str:
    """Name a user or queue."""
    if not key:
        return tongue.say("nobody")
    user = roster.users.get(UserKey(key))
    return user.name if user else tongue.say("who.unknown", key=key)


def when(at: datetime) -> str:
    """Write an instant in UTC to the second."""
    return PLAIN.when(at)
