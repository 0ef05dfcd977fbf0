"""What one seed has in store: the company, its leads and people, and everything that goes wrong.

A plan is a value of plain parts, so that it can be written down, repeated, and taken apart.
Times are minutes after slasync's first start.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

DAY = 24 * 60.0
FIRST, SECOND = "one", "two"  # the daemons


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPart:
    """A rule of the sandbox's faults, in force for a while."""

    kind: str
    path: str
    probability: float
    delay: float  # seconds
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePart:
    """A system that answers nothing useful for a while."""

    system: str
    how: str  # "timeout" | "reset" | "unavailable" | "html" | "quota" | "others" | "login"
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePart:
    """A daemon held up in the middle of what it does."""

    daemon: str
    at: float
    minutes: float
    sleeps: bool = False  # the whole machine does, its steady clock as well
    place: str = ""  # the named point at which it is held up; else at the next point it comes to


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpPart:
    """A daemon's own clock being wrong for a while."""

    daemon: str
    since: float
    until: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPart:
    """Something a person does; what to, is drawn from a stream of the number's own."""

    number: int
    kind: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashPart:
    """When daemons die: by chance at any point, at the points counted in `at`, and at those named.

    A name says how often the point is passed before: "decide:decide.committed#3" is the third time.
    """

    rate: float = 0.0
    at: tuple[int, ...] = ()
    named: tuple[str, ...] = ()
    again: float = 0.0  # how likely a daemon that comes back dies soon after
    most: int = 12
    longest: float = 2.0  # minutes until it is started again


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPart:
    """A second daemon on the same database, started by mistake."""

    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPart:
    """How well marketing's webhooks come through; Marketo sends each once, in its turn."""

    dropped: float = 0.0
    duplicated: float = 0.0
    reordered: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowPart:
    """Answers that take their time, and a database that is busy."""

    share: float = 0.0
    longest: float = 0.0  # seconds
    busy: float = 0.0  # how often a transaction cannot begin
    asked_to_wait: float = 0.0  # how often a refusal for too many calls carries Retry-After


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyPart:
    """What is peculiar to this company and how it uses slasync."""

    poll: float = 5.0  # minutes
    page: int = 0  # records a page; 0: as shipped
    absent: str = ""  # first name of the member who is away
    automation: bool = False  # a user that is no person works in the CRM
    calls: int = 0  # slasync's calls a day to each system; 0: as shipped
    hasty: float = 0.0  # share of the writes under way that somebody in the CRM is faster than
    marketing: str = "hubspot"  # or marketo
    rests: bool = False  # its reps may snooze leads and dispute breaches


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPart:
    """A copy of the database made at one time, and put in its place at another."""

    at: float
    back: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run."""

    seed: int
    start: datetime  # slasync's first start
    calendar: str
    pace: str
    new: int
    old: int
    people: bool = True
    diligence: float = 0.6
    cap_owner: int = 20
    cap_total: int = 200
    faults: tuple[FaultPart, ...] = ()
    outages: tuple[OutagePart, ...] = ()
    pauses: tuple[PausePart, ...] = ()
    jumps: tuple[JumpPart, ...] = ()
    acts: tuple[ActPart, ...] = ()
    crash: CrashPart = CrashPart()
    second: SecondPart | None = None
    webhooks: WebhookPart = WebhookPart()
    slow: SlowPart = SlowPart()
    company: CompanyPart = CompanyPart()
    backup: BackupPart | None = None

    def changed(self, **parts: Any) -> "Plan":
        """Return this plan with other parts in place of its own."""
        return replace(self, **parts)

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=lambda at: at.isoformat())


LISTS: Mapping[str, type[Any]] = {
    "faults": FaultPart,
    "outages": OutagePart,
    "pauses": PausePart,
    "jumps": JumpPart,
    "acts": ActPart,
}
PARTS: Mapping[str, type[Any]] = {
    "crash": CrashPart,
    "second": SecondPart,
    "webhooks": WebhookPart,
    "slow": SlowPart,
    "company": CompanyPart,
    "backup": BackupPart,
}


def from_json(text: str) -> Plan:
    """Read a plan as `as_json` wrote it."""
    told: dict[str, Any] = json.loads(text)
    told["start"] = datetime.fromisoformat(told["start"]).astimezone(UTC)
    for name, type_ in LISTS.items():
        told[name] = tuple(type_(**part) for part in told[name])
    for name, type_ in PARTS.items():
        if name not in told:
            continue  # written down before there was such a part
        part = told[name]
        told[name] = None if part is None else type_(**_tuples(type_, part))
    return Plan(**told)


def _tuples(type_: type[Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    names = {field.name for field in fields(type_)}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in part.items() if k in names}
