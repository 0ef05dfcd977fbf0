"""Record ids and stamps as Salesforce writes them."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

KINDS = {"00Q": "lead", "003": "contact", "005": "user", "00G": "queue", "00T": "task",
         "00U": "event"}  # fmt: skip
OBJECTS = {"lead": "Lead", "contact": "Contact", "task": "Task", "event": "Event"}
SHORT = 15
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def to18(short_or_long: str) -> str:
    """Return the 18-character form, which does not depend on case. Raises ValueError."""
    if not _ID.fullmatch(short_or_long):
        raise ValueError(f"{short_or_long!r} is not a record id")
    if len(short_or_long) > SHORT:
        return short_or_long
    return short_or_long + "".join(_mark(short_or_long[n : n + 5]) for n in (0, 5, 10))


def _mark(five: str) -> str:
    return _ALPHABET[sum(1 << bit for bit, char in enumerate(five) if "A" <= char <= "Z")]


def kind_of(record_id: str) -> str | None:
    """Tell which kind of record an id belongs to; None for kinds that slasync does not follow."""
    return KINDS.get(record_id[:3])


def is_owner(text: str) -> bool:
    """Tell whether `text` is the id of a user or queue (history also records names)."""
    return bool(_ID.fullmatch(text)) and kind_of(text) in {"user", "queue"}


def instant(text: str) -> datetime:
    """Read 2026-11-06T17:38:40.000+0000. Raises ValueError."""
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    try:
        return stamp.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
