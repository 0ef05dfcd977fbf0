"""A lead and the people who work it, whichever system they came from."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from slasync.domain.languages import Language

LeadKey = NewType("LeadKey", str)
"""`system:kind:id` of the record first linked: a restored backup finds the same key again."""
UserKey = NewType("UserKey", str)
"""The CRM's id of a user or queue."""

Value = str | int | float | bool | None
Fields = Mapping[str, Value]
"""A lead's fields by slasync's own names (`score`, `email`, ...), as connector.yaml maps them."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One record of one system: Ref("salesforce", "lead", "00Q...")."""

    system: str
    kind: str  # "lead" | "contact" | "user" | "queue" | "task" | "event"
    id: str

    def __str__(self) -> str:
        return f"{self.system}:{self.kind}:{self.id}"


def lead_key(ref: Ref) -> LeadKey:
    """Name a lead after the record it was first known by."""
    return LeadKey(str(ref))


@dataclass(frozen=True, slots=True)
class Lead:
    """What the mirror holds of a person now: the records linked, and their fields merged."""

    key: LeadKey
    refs: tuple[Ref, ...] = ()
    fields: Fields = field(default_factory=dict)

    def ref(self, system: str, *kinds: str) -> Ref | None:
        """Return this lead's record in `system`, of the first of `kinds` that it has."""
        for kind in kinds:
            for ref in self.refs:
                if ref.system == system and ref.kind == kind:
                    return ref
        return None

    def without(self, lost: Collection[str]) -> "Lead":
        """Return the lead without the records `lost`, by name, where there are others of a kind."""
        live = {(ref.system, ref.kind) for ref in self.refs if str(ref) not in lost}
        left = (r for r in self.refs if str(r) not in lost or (r.system, r.kind) not in live)
        return replace(self, refs=tuple(left))

    def text(self, name: str) -> str:
        """Return a field as text, empty when unknown."""
        value = self.fields.get(name)
        return "" if value is None else str(value)


class UserKind(StrEnum):
    PERSON = "person"
    QUEUE = "queue"
    AUTOMATION = "automation"  # integration users: never touch a lead, never own one by routing


@dataclass(frozen=True, slots=True)
class User:
    """Somebody or something that can own a lead in the CRM."""

    key: UserKey
    name: str
    email: str | None = None
    kind: UserKind = UserKind.PERSON
    active: bool = True
    manager: UserKey | None = None
    zone: str | None = None  # IANA name
    language: Language | None = None  # that the CRM speaks with him; None: neither of the two

    @property
    def works(self) -> bool:
        """Whether it is an active person: somebody who can be asked for something."""
        return self.active and self.kind == UserKind.PERSON


@dataclass(frozen=True, slots=True)
class Absence:
    email: str
    begins: datetime
    ends: datetime


class InHours(StrEnum):
    """What a member's open hours mean when a lead is dealt out."""

    REQUIRED = "required"  # nobody is given a lead outside of his hours
    PREFERRED = "preferred"  # those outside of theirs come last
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Member:
    """How one member of a pool is dealt to, besides in turn."""

    weight: int = 1  # of two leads for one of weight 1, so many for this one
    skills: frozenset[str] = frozenset()
    most_open: int | None = None  # leads of an open cycle that he owns
    most_a_day: int | None = None  # new leads since midnight
    calendar: str | None = None  # None: the pool's


_AS_EVERYBODY = Member()


@dataclass(frozen=True, slots=True)
class Pool:
    """Members among whom leads are dealt out in turn. E-mail addresses, as in teams.yaml."""

    name: str
    members: tuple[str, ...]
    manager: str | None = None  # where a member has no manager in the CRM
    leadership: tuple[str, ...] = ()
    marketing: tuple[str, ...] = ()  # who there hears of the pool's leads
    queue: str | None = None  # name of the queue that takes what nobody can
    calendar: str | None = None
    in_hours: InHours = InHours.IGNORED
    of: Mapping[str, Member] = field(default_factory=dict)  # those who are not as the others
    language: Language = Language.EN
    languages: Mapping[str, Language] = field(default_factory=dict)  # of single people, lower case

    def terms_of(self, email: str) -> Member:
        """Return how a member is dealt to."""
        return self.of.get(email, _AS_EVERYBODY)

    @property
    def capped(self) -> bool:
        """Tell whether anybody has a limit that leads must be counted for."""
        return any(m.most_open or m.most_a_day for m in self.of.values())


@dataclass(frozen=True, slots=True)
class Roster:
    """Who works leads: the CRM's users and the teams that the configuration names."""

    users: Mapping[UserKey, User]
    pools: Mapping[str, Pool]
    absences: tuple[Absence, ...] = ()
    by_email: Mapping[str, User] = field(default_factory=dict)
    by_queue: Mapping[str, User] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        users: Mapping[UserKey, User],
        pools: Mapping[str, Pool],
        absences: tuple[Absence, ...] = (),
    ) -> "Roster":
        """Index `users` by address and queues by name."""
        # of several users with one address the active person counts: others left, or are machines
        ranked = sorted(users.values(), key=lambda u: (u.active, u.kind == UserKind.PERSON))
        people = {u.email.lower(): u for u in ranked if u.email and u.kind != "queue"}
        queues = {u.name: u for u in users.values() if u.kind == UserKind.QUEUE}
        return cls(users, pools, absences, people, queues)

    def is_person(self, key: UserKey | None) -> bool:
        """Tell whether `key` is a human being; unknown users are not taken for one."""
        user = self.users.get(key) if key else None
        return user is not None and user.kind == UserKind.PERSON

    def member(self, email: str) -> User | None:
        return self.by_email.get(email.lower())

    def first_at_work(self, emails: Iterable[str]) -> User | None:
        """Return the first of `emails` that an active person of the CRM has."""
        known = (self.member(email) for email in emails)
        return next((user for user in known if user and user.works), None)

    def chief_of(self, key: UserKey | None) -> User | None:
        """Return the first active person above somebody by the CRM, whose chains may be circles."""
        seen, user = {key}, self.users.get(key) if key else None
        while user and user.manager and user.manager not in seen:
            seen.add(user.manager)
            user = self.users.get(user.manager)
            if user and user.works:
                return user
        return None

    def absent(self, email: str, at: datetime) -> bool:
        return any(
            a.email.lower() == email.lower() and a.begins <= at < a.ends for a in self.absences
        )
