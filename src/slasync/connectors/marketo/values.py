"""Marketo's values to slasync's and back: JSON from leads, text from extracts and activities."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from slasync.domain.lead import Value
from slasync.systems import FieldType

LARGEST = 2**63
EMPTY = frozenset({"", "null"})  # an extract writes nothing as the word null
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


def instant(text: str) -> datetime:
    """Read a time in any of Marketo's forms: ending in Z, -08:00, +0000 or Z+0000.

    A date means midnight UTC. Raises ValueError.
    """
    stamp = datetime.fromisoformat(text.replace("Z+0000", "Z"))
    try:
        return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]} is out of range") from error


def empty(value: object) -> bool:
    """Tell whether a value is none, as JSON or as text."""
    return value is None or (isinstance(value, str) and value in EMPTY)


def _text(value: object) -> Value:
    if isinstance(value, dict | list):
        raise ValueError("is no text")  # noqa: TRY004 - wrong in what it says, as any other
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: object) -> Value:
    text = str(value).strip()
    if isinstance(value, bool):
        raise ValueError(f"{text} is no number")  # noqa: TRY004 - as above
    try:
        number: float = int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number) or abs(number) >= LARGEST:
        raise ValueError(f"{text[:40]} is not a finite number of 64 bits")
    return int(number) if number == int(number) else number


def _bool(value: object) -> Value:
    try:
        return _TRUTHS[str(value).strip().lower()]
    except KeyError:
        raise ValueError(f"{str(value)[:40]} is neither true nor false") from None


def _datetime(value: object) -> Value:
    return instant(str(value)).isoformat()


def _date(value: object) -> Value:
    return instant(str(value)).date().isoformat()


READ_AS: Mapping[FieldType, Callable[[object], Value]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.BOOL: _bool,
    FieldType.DATETIME: _datetime,
    FieldType.DATE: _date,
}
"""How each type is read; times and dates as ISO 8601, times in UTC. Each raises ValueError."""


def as_json(value: object) -> object:
    """Return a value of a write as Marketo takes it; nothing clears the field."""
    if isinstance(value, str):
        if not value:
            return None
        stamp = _stamp(value)
        return value if stamp is None else stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def same(written: object, found: object) -> bool:
    """Tell whether Marketo holds what was written, though it may word it differently."""
    if empty(written) or empty(found):
        # a boolean that was cleared reads back as false
        return (empty(written) and empty(found)) or (empty(written) and found is False)
    if _plain(written) == _plain(found):
        return True
    ours, theirs = _stamp(str(written)), _stamp(str(found))
    return ours is not None and theirs is not None and abs((ours - theirs).total_seconds()) < 1


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _stamp(text: str) -> datetime | None:
    """Return the time that `text` is, with date, hour and zone; None for any other text."""
    if "T" not in text:
        return None
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else None


def email(value: object) -> str | None:
    """Normalise an address as it is matched: trimmed and lower-case; None when there is none."""
    return None if empty(value) else str(value).strip().lower() or None
