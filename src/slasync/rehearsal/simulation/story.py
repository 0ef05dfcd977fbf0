"""What really happened to one person, as the vendors' journal has it: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Version:
    """A contact after one write. `changed`: the names of the properties that it changed."""

    at: datetime
    visible: datetime
    values: Mapping[str, Any]
    changed: frozenset[str]
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """A definition became true at `at`; who compares versions may learn of it as late as `latest`.

    `certain`: it stayed true until it must have been read, so nobody may have missed it.
    """

    at: datetime
    latest: datetime
    definition: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Touch:
    """A person did something. `gone`: when it was taken back (task reopened or deleted)."""

    at: datetime
    visible: datetime
    by: str
    how: str
    counts: bool  # by what it is; False: one may count it or not
    gone: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owned:
    at: datetime
    visible: datetime
    owner: str
    by: str
    before: str | None  # None: the record was created so


@dataclass(frozen=True, slots=True)
class Ended:
    at: datetime
    visible: datetime
    reason: str  # "converted" | "recycled" | "disqualified" | "deleted"
    by: str
    certain: bool = True  # False: undone so soon that perhaps nobody read it


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """One write of ours to an SLA task."""

    at: datetime
    subject: str | None  # None: the subject was left as it was
    owner: str | None
    created: bool
    closed: bool


@dataclass(slots=True)
class TaskStory:
    """An SLA task: who wrote it, when it was open."""

    id: str
    key: str
    lead: str
    made: datetime
    visible: datetime
    writes: list[TaskWrite] = field(default_factory=list)
    over: list[tuple[datetime, str]] = field(default_factory=list)  # closed or deleted: when, by
    back: list[tuple[datetime, str]] = field(default_factory=list)  # reopened or undeleted

    def is_open(self, at: datetime) -> bool:
        """Tell whether it was open just before `at`."""
        ended = max((t for t, _ in self.over if t <= at), default=None)
        again = max((t for t, _ in self.back if t <= at), default=None)
        return ended is None or (again is not None and again > ended)


@dataclass(frozen=True, slots=True)
class Flag:
    at: datetime
    on: bool
    by: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A hand-over that should have taken place, and its end."""

    at: datetime
    latest: datetime
    definition: str
    ended: Ended | None


@dataclass(slots=True)
class Story:
    """One person: a contact of the marketing system, leads of the CRM, or both.

    `unclear` says why it cannot be told whose record is whose; then only what needs no such
    knowledge is judged.
    """

    contact: str | None = None
    marketing: str = "hubspot"  # whose contact
    leads: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)  # slasync's lead keys for these records
    versions: list[Version] = field(default_factory=list)
    mets: list[Met] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    owners: list[Owned] = field(default_factory=list)
    ends: list[Ended] = field(default_factory=list)
    restored: list[datetime] = field(default_factory=list)
    tasks: dict[str, TaskStory] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    unclear: str = ""
    rested: bool = False  # a rep asked for a rest: its clocks stand still at times
    wakes: list[datetime] = field(default_factory=list)  # until when it was put aside
    merged: bool = False  # its records were made one with others

    @property
    def name(self) -> str:
        """What violations call it."""
        if self.keys:
            return self.keys[0]
        if self.contact:
            return f"{self.marketing}:contact:{self.contact}"
        return f"salesforce:lead:{self.leads[0]}" if self.leads else "nobody"

    def owner_at(self, at: datetime) -> Owned | None:
        """Return who owned the lead just after `at`."""
        return next((o for o in reversed(self.owners) if o.at <= at), None)
