"""Writes: what slasync wants to change in a system, as values, each with a deterministic key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from slasync.domain.lead import LeadKey, Ref, UserKey


class Action(StrEnum):
    CREATE_LEAD = "create_lead"  # values: the lead's fields, "owner"
    # values: "subject", "text", "due", "due_date", "priority", "owner", "remind_at"; of a task that
    # changes hands: "owner", and "words" (subject, text, due_date, due) where he reads others; of
    # one whose due time has moved: these and "due"
    TASK = "task"
    CLOSE_TASK = "close_task"  # values: "text"
    OWNER = "owner"  # values: "owner"
    STATUS = "status"  # values: "status", the CRM's word, and "why"
    FLAG_STALE = "flag_stale"  # values: "since", "why"
    CLEAR_STALE = "clear_stale"
    PROPERTIES = (
        "properties"  # values: "stage", "owner", "sla_state", "due" for the marketing system
    )
    SHOW = "show"  # values: what the CRM shows a rep, by the words of rep_fields; None empties
    PROPERTY = "property"  # values: "field", "value", and "before" where it is known
    LIST = "list"  # of the marketing system; values: "list", "change": add or remove
    PROGRAMME = "programme"  # of the marketing system; values: "programme", "at", "tokens"?
    # a message; values: "to", "name", "subject", "text", "at", "via", and "corrects": the key of
    # the message that it takes back; sent where that was
    NOTIFY = "notify"


NOTIFY = "notify"
"""Stands in the system's place of messages to people."""
CAPPED = frozenset({Action.TASK, Action.NOTIFY})
"""Writes that somebody has to read: when they come late, and are many, they are held."""
CONDITIONAL = frozenset({Action.OWNER, Action.STATUS})
"""Writes that take effect only if the record is as the decision saw it: a person wins."""


class Role(StrEnum):
    """To whom an effect is addressed."""

    OWNER = "owner"
    MANAGER = "manager"
    LEADERSHIP = "leadership"
    MARKETING = "marketing"
    POOL = "pool"  # all members of the pool that the lead was dealt out in
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the decision saw of the record it writes to: the precondition of the write."""

    owner: UserKey | None
    modified_at: datetime | None
    status: str | None = None  # the CRM's word


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One effect on one record. Equal keys mean the same effect: it takes place once."""

    key: str
    lead: LeadKey
    system: str
    action: Action
    values: Mapping[str, Any]  # JSON values; times as ISO 8601 in UTC
    target: Ref | None = None  # the record written to, or that a task is about; None: created
    task_key: str | None = None  # unique external id of the task
    judged: Judged | None = None
    cycle: str = ""
    clock: str = ""
    generation: int = 0
    rung: str = ""
    role: Role = Role.NOBODY
    because: str = ""  # one line for people


ABOVE = frozenset({Role.MANAGER, Role.LEADERSHIP})


def is_escalation(write: Write) -> bool:
    """Tell whether a write goes above the owner, or takes the lead from him: it may not wait."""
    return write.role in ABOVE or (write.action is Action.OWNER and write.generation > 0)


def addressee(write: Write) -> str:
    """Return who has to read a task or a message: a user's key, or an address."""
    return str(write.values.get("to" if write.action is Action.NOTIFY else "owner") or "")


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line for leadership's next digest."""

    key: str
    lead: LeadKey
    to: str  # e-mail address
    text: str
    corrects: str = ""  # the key of the line that it takes back; told where that was told


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyParts:
    """What makes two effects the same (semantics.md: neither time nor attempt nor row number)."""

    org: str
    lead: LeadKey
    cycle: str
    clock: str
    generation: int
    rung: str
    role: Role
    action: str
    extra: Mapping[str, Any] = field(default_factory=dict)


_CANONICAL = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)


def write_key(parts: KeyParts) -> str:
    """Return 40 lower-case hexadecimal digits, the same for the same parts."""
    listed = [
        parts.org, parts.lead, parts.cycle, parts.clock, parts.generation, parts.rung,
        parts.role.value, parts.action, dict(sorted(parts.extra.items())),
    ]  # fmt: skip
    return hashlib.sha256(_CANONICAL.encode(listed).encode()).hexdigest()[:40]
