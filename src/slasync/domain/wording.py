"""The words of tasks and digest lines, rendered when decided: `plan` shows the very text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from string import Template
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Text
from slasync.domain.lead import Lead, User
from slasync.domain.state import Cycle

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
    subject, body, names = _templates(text.subject, text.body)
    values = {name: clean(_VALUES[name](occasion)) for name in names}
    said = subject.substitute(values)
    return " ".join(said.split())[:SUBJECT_LENGTH], body.substitute(values).strip()


@lru_cache(maxsize=256)
def _templates(subject: str, body: str) -> tuple[Template, Template, frozenset[str]]:
    """Read a text once: every task has one of a few."""
    both = Template(subject), Template(body)
    return (*both, frozenset(name for each in both for name in each.get_identifiers()))


def _evidence(occasion: Occasion) -> str:
    kept = sorted(occasion.cycle.evidence.items())
    return ", ".join(f"{k} {v}" for k, v in kept if v is not None) or "none kept"


_VALUES: Mapping[str, Callable[[Occasion], str]] = {
    "lead": lambda o: name_of(o.lead),
    "company": lambda o: o.lead.text("company") or "unknown company",
    "email": lambda o: o.lead.text("email") or "no e-mail",
    "phone": lambda o: o.lead.text("phone") or "no phone",
    "owner": lambda o: o.owner.name if o.owner else "nobody",
    "manager": lambda o: o.manager.name if o.manager else "nobody",
    "score": lambda o: o.lead.text("score") or "none",
    "source": lambda o: o.lead.text("source") or "unknown",
    "definition": lambda o: o.cycle.definition,
    "evidence": _evidence,
    "due": lambda o: local(o.due, o.zone) if o.due else "now",
    "age": lambda o: age(o.now - o.cycle.anchor),
    "stage": lambda o: o.stage,
    "rung": lambda o: o.rung,
    "link": lambda _: "",
    "what_counts": lambda _: WHAT_COUNTS,
    "attempts": lambda o: str(o.touches),
}
PLACEHOLDERS = frozenset(_VALUES)
"""What a text in agreement.yaml may name, as `$lead`."""


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
