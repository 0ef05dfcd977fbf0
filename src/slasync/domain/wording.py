"""The words of tasks and digest lines, rendered when decided: `plan` shows the very text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Template
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Text
from slasync.domain.lead import Lead, User
from slasync.domain.state import Cycle

PLACEHOLDERS = frozenset({
    "lead", "company", "email", "phone", "owner", "manager", "score", "source", "definition",
    "evidence", "due", "age", "stage", "rung", "link", "what_counts", "attempts",
})  # fmt: skip
"""What a text in agreement.yaml may name, as `$lead`."""

WHAT_COUNTS = "A call, an e-mail, a meeting or a status change by you stops this."
SUBJECT_LENGTH = 255  # Salesforce's limit for a task's subject
_UNSEEN = (
    *range(0x80, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), 0xFEFF,
)  # fmt: skip
_HARMLESS = {code: " " for code in (*range(32), 127, 0x2028, 0x2029) if code != ord("\n")}
_HARMLESS |= dict.fromkeys(_UNSEEN)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a text is about."""

    lead: Lead
    cycle: Cycle
    owner: User | None
    manager: User | None
    rung: str
    due: datetime | None
    now: datetime
    stage: str
    zone: ZoneInfo
    touches: int


def render(text: Text, occasion: Occasion) -> tuple[str, str]:
    """Return subject and body. Raises KeyError for a placeholder that is not in PLACEHOLDERS."""
    values = placeholders(occasion)
    subject = Template(text.subject).substitute(values)
    body = Template(text.body).substitute(values)
    return " ".join(subject.split())[:SUBJECT_LENGTH], body.strip()


def placeholders(occasion: Occasion) -> Mapping[str, str]:
    lead, cycle = occasion.lead, occasion.cycle
    evidence = ", ".join(f"{k} {v}" for k, v in sorted(cycle.evidence.items()) if v is not None)
    values = {
        "lead": name_of(lead),
        "company": lead.text("company") or "unknown company",
        "email": lead.text("email") or "no e-mail",
        "phone": lead.text("phone") or "no phone",
        "owner": occasion.owner.name if occasion.owner else "nobody",
        "manager": occasion.manager.name if occasion.manager else "nobody",
        "score": lead.text("score") or "none",
        "source": lead.text("source") or "unknown",
        "definition": cycle.definition,
        "evidence": evidence or "none kept",
        "due": local(occasion.due, occasion.zone) if occasion.due else "now",
        "age": age(occasion.now - cycle.anchor),
        "stage": occasion.stage,
        "rung": occasion.rung,
        "link": "",
        "what_counts": WHAT_COUNTS,
        "attempts": str(occasion.touches),
    }
    return {name: clean(value) for name, value in values.items()}


def name_of(lead: Lead) -> str:
    full = f"{lead.text('first_name')} {lead.text('last_name')}".strip()
    return full or lead.text("email") or str(lead.key)


def clean(text: str) -> str:
    """Make a lead's own words harmless in plain text: no control or bidirectional characters."""
    return text.translate(_HARMLESS)[:1000]


def local(at: datetime, zone: ZoneInfo) -> str:
    """Write an instant in a reader's zone, naming the zone."""
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M} {zone.key}"


def age(span: timedelta) -> str:
    """Write a timedelta as days and hours."""
    seconds = int(span.total_seconds())
    days, rest = divmod(max(seconds, 0), 86_400)
    hours = rest // 3_600
    return f"{days} d {hours} h" if days else f"{hours} h"
