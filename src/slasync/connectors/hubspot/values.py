"""HubSpot's property values, all of them text, to slasync's values and back."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from slasync.domain.lead import Value
from slasync.systems import FieldType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LARGEST = 2**63

_TRUTHS = {"true": True, "false": False, "1": True, "0": False}

SALESFORCE_ID = 15  # characters that tell records apart; three more are a check on their case
SALESFORCE_LONG_ID = 18
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def instant(text: str) -> datetime:
    """Read a time in any of HubSpot's forms: with or without milliseconds, or epoch ms.

    A date means midnight UTC. Raises ValueError.
    """
    if text.removeprefix("-").isdigit():
        return from_ms(int(text))
    stamp = datetime.fromisoformat(text)
    try:
        return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error


def from_ms(ms: int) -> datetime:
    """Return the instant `ms` milliseconds after the epoch. Raises ValueError."""
    try:
        return EPOCH + ms * MILLISECOND
    except OverflowError as error:
        raise ValueError(f"{ms} is no time in milliseconds") from error


def to_ms(at: datetime) -> int:
    """Return whole milliseconds since the epoch, cut."""
    return (at - EPOCH) // MILLISECOND


def _number(text: str) -> Value:
    try:
        number: float = int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number) or abs(number) >= LARGEST:
        raise ValueError(f"{text[:40]} is not a finite number of 64 bits")
    return int(number) if number == int(number) else number


def _bool(text: str) -> Value:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError(f"{text} is neither true nor false") from None


def _datetime(text: str) -> Value:
    return instant(text).isoformat()


def _date(text: str) -> Value:
    return instant(text).date().isoformat()


READ_AS: Mapping[FieldType, Callable[[str], Value]] = {
    FieldType.TEXT: str,
    FieldType.NUMBER: _number,
    FieldType.BOOL: _bool,
    FieldType.DATETIME: _datetime,
    FieldType.DATE: _date,
}
"""How each type is read; times and dates as ISO 8601, times in UTC. Each raises ValueError."""


def as_text(value: object) -> str:
    """Return a value of a write as HubSpot takes it; nothing clears the property."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if (stamp := _stamp(value)) is not None:
            return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return str(value)


def same(written: str, found: str | None) -> bool:
    """Tell whether HubSpot holds what was written, though it may word times differently."""
    held = found or ""
    if written == held:
        return True
    stamp = _stamp(written)
    if stamp is None or not held:
        return False
    try:
        return to_ms(stamp) == to_ms(instant(held))
    except ValueError:
        return False


def _stamp(text: str) -> datetime | None:
    """Return the time that `text` is, with date, hour and zone; None for any other text."""
    if "T" not in text:
        return None
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else None


def email(text: str | None) -> str | None:
    """Normalise an address as it is matched: trimmed and lower-case; None when there is none."""
    return (text or "").strip().lower() or None


def salesforce_id(text: str | None) -> str | None:
    """Return the 18 characters of a Salesforce id given as 15 or 18; None for anything else."""
    if not text:
        return None
    given = text.strip()
    if not (given.isascii() and given.isalnum()):
        return None
    if len(given) == SALESFORCE_LONG_ID:
        return given
    return given + _check(given) if len(given) == SALESFORCE_ID else None


def _check(short: str) -> str:
    """Return the three letters that tell which of the fifteen characters are capitals."""
    fives = (short[start : start + 5] for start in range(0, SALESFORCE_ID, 5))
    return "".join(_CHECK[sum(c.isupper() << place for place, c in enumerate(f))] for f in fives)
