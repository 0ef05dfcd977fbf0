"""What slasync asks of the systems it keeps in step, in its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from slasync.domain.facts import FactKind
from slasync.domain.identity.company import Company
from slasync.domain.lead import Ref, User, UserKey, Value
from slasync.domain.writes import Write
from slasync.errors import SlasyncError

Position = str
"""How far a pass has read a stream; opaque, made and read by the connector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReading:
    """A lead or contact as a system shows it now, its fields by slasync's names.

    One that is deleted may come without fields: then nothing is known but that it is gone.
    """

    ref: Ref
    modified_at: datetime
    created_at: datetime
    fields: Mapping[str, Value]
    modified_by: UserKey | None = None
    email: str | None = None
    links: tuple[Ref, ...] = ()  # records of other systems that this one names
    lead_key: str | None = None  # slasync's own key, where the record carries it
    owner: UserKey | None = None
    status: str | None = None
    deleted: bool = False
    converted: Mapping[str, Any] | None = None  # {"contact": id, "opportunity": id}
    merged: tuple[str, ...] = ()  # ids of records that were made one with this one
    merged_into: Ref | None = None  # the record that this one, which is gone, became part of
    since: datetime | None = None
    """Since when a record not seen before says this, where `modified_at` is when it was read."""
    logged: frozenset[str] = frozenset()
    """Fields whose changes are read as activities. Those that `fields` lacks stay as they were."""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReading:
    """Something that happened to a lead, as a system records it: a call, a status change."""

    ref: Ref  # of the activity itself
    about: Ref  # the lead or contact
    kind: FactKind
    occurred_at: datetime
    modified_at: datetime
    by: UserKey | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReading:
    """A user or queue of the CRM."""

    ref: Ref
    user: User
    modified_at: datetime
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyReading:
    """An account of the CRM."""

    ref: Ref
    company: Company
    modified_at: datetime
    raw: Mapping[str, Any] = field(default_factory=dict)


Reading = PersonReading | ActivityReading | UserReading | CompanyReading


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be understood. It is set aside; the rest goes on."""

    stream: str
    id: str
    reason: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """Read `stream`: what changed in [since, upto], from `position` on."""

    stream: str
    upto: datetime  # vendor time at the start of the pass
    since: datetime | None = None  # None: everything there is
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One page. `position` is None when the pass is complete; an error concerns this ask only.

    With `wait` the system is still preparing the page: nothing is read yet, and nothing is wrong.
    The same is asked again after that time, from `position` on.
    """

    stream: str
    readings: tuple[Reading, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    position: Position | None = None
    error: SlasyncError | None = None
    wait: timedelta | None = None


class Source(Protocol):
    """A system that is read."""

    @property
    def system(self) -> str: ...

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of what can be read, as `system.things`; users and queues first."""

    def vendor_now(self) -> datetime:
        """The system's own time, never ahead of it. Raises TryLater or Stopped."""

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask, in order, in as few calls as the system allows.

        Raises TryLater or Stopped when the system cannot be asked at all.
        """

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read these records now. Those that are gone are left out."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A record that exists, and when it was changed last. `deleted`: it is gone but still told."""

    ref: Ref
    modified_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of what exists. `position` is None after the last."""

    records: tuple[Listed, ...]
    position: Position | None = None


class Lister(Protocol):
    """A system that tells cheaply which records it has: what sweeps compare the mirror with."""

    @property
    def kinds(self) -> Mapping[str, str]:
        """The streams whose records can be listed, each with their kind."""

    def page(self, stream: str, position: Position | None) -> Listing:
        """Return the records of `stream` after `position`, in an order that edits do not change.

        Raises TryLater, Refused or Stopped.
        """

    def reread(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read these records now, deleted ones too where the system still shows them."""


@dataclass(frozen=True, slots=True)
class Change:
    """That a record changed, as a feed tells it: what to read, never what to believe."""

    key: str  # the same for the same change told again
    ref: Ref


@dataclass(frozen=True, slots=True)
class Heard:
    """What a feed told since it was heard last."""

    position: Position | None  # where it goes on after all of this; None: at its end
    changes: tuple[Change, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    alive: bool = False  # it told something, if only that there is nothing to tell
    poll: str = ""  # why the system has to be polled: not all that changed is told


class Feed(Protocol):
    """A system that tells by itself, in order, what changes in it."""

    @property
    def system(self) -> str: ...

    @property
    def name(self) -> str:
        """What is listened to. A position is of one name only."""

    def hear(self, position: Position | None) -> Heard:
        """Wait a moment for what is told after `position`; None: from now on.

        Raises TryLater or Stopped, and is connected anew when it is asked again.
        """

    def close(self) -> None:
        """Let go of the connection until it is asked again."""


class Outcome(StrEnum):
    APPLIED = "applied"
    ALREADY = "already"  # an earlier attempt did take effect
    OVERTAKEN = "overtaken"  # the record changed first; nothing was written
    GONE = "gone"  # the record was deleted, merged or converted; nothing was written
    UNKNOWN = "unknown"  # it may or may not have taken effect
    TRY_LATER = "try_later"  # known not to have taken effect
    REFUSED = "refused"  # will never be accepted as it is


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one write ended, as told by the system that received it."""

    outcome: Outcome
    ref: Ref | None = None  # the record written
    created: bool = False
    message: str = ""  # what the system said, and how to mend it
    after: timedelta | None = None
    unfit_owner: bool = False  # refused because of the owner it names: with another it may do


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a record says at this moment, a lead's or a task's; None for one that is gone."""

    ref: Ref
    owner: UserKey | None
    status: str | None
    modified_at: datetime
    converted: bool = False
    closed: bool = False  # of a task


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody else than slasync asked a person to work a lead: a task in the CRM."""

    about: Ref
    whom: UserKey
    by: UserKey
    at: datetime


class Sink(Protocol):
    """A system that accepts writes."""

    @property
    def system(self) -> str: ...

    @property
    def lanes(self) -> Mapping[str, int]:
        """How writes are batched: lane name -> most rows a batch, in the order they are sent."""

    def lane(self, write: Write) -> str:
        """Tell in which lane `write` travels."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send writes of one lane; return one receipt each, in order.

        Raises Stopped when the system refuses slasync as such, TryLater when nothing was sent.
        Everything else, a lost answer included, is told row by row.
        """

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        """Read these leads, contacts and tasks now. Raises TryLater or Stopped."""

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """After an unknown outcome: tell by reading what became of each write.

        APPLIED, TRY_LATER (the judged value still stands: send again) or OVERTAKEN.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Words for people outside the CRM. Sent again under its key it is the same message."""

    key: str  # hexadecimal digits
    to: str  # e-mail address, or the name of the channel's pool
    subject: str
    text: str
    at: datetime  # when it was written


class Messenger(Protocol):
    """A way to people outside the CRM."""

    @property
    def channel(self) -> str:
        """Its name: `smtp` or `webhook`."""

    def send(self, message: Message) -> Receipt:
        """Send one message; return that it was taken.

        Raises TryLater (`unknown`: it may have gone out all the same), Refused when this message
        will never be taken, Stopped when none will until the configuration is mended.
        """

    def probe(self) -> list[str]:
        """Return what keeps messages from being sent, one sentence each; nothing is sent."""
