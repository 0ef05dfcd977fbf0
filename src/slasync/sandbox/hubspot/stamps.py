"""Instants as HubSpot writes them: milliseconds since 1970, and ISO text with milliseconds."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
_DIGITS = re.compile(r"-?\d+\Z")


def millis(at: datetime) -> int:
    """Return whole milliseconds since 1970; what is finer is cut off, as HubSpot does."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def length(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def instant(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


@lru_cache(maxsize=1024)  # a record's stamps are written each time it is shown
def iso(ms: int) -> str:
    """Write `2026-03-02T09:00:00.000Z`."""
    seconds, rest = divmod(ms, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


def short_iso(text: str) -> str:
    """Leave out milliseconds that are zero, as write answers do: `2026-03-02T09:00:00Z`."""
    return text.removesuffix(".000Z") + "Z" if text.endswith(".000Z") else text


def parse(text: str) -> int:
    """Read epoch milliseconds or ISO text into milliseconds. Raises ValueError."""
    if _DIGITS.match(text):
        ms = int(text)
        iso_or_overflow(ms)
        return ms
    at = datetime.fromisoformat(text)
    return millis(at if at.tzinfo else at.replace(tzinfo=UTC))


def iso_or_overflow(ms: int) -> str:
    """Write the instant. Raises ValueError when no calendar holds it."""
    try:
        return iso(ms)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{ms} is no instant") from error


def parse_date(text: str) -> str:
    """Read `2026-03-02`, or milliseconds at midnight UTC, into `2026-03-02`. Raises ValueError."""
    if not _DIGITS.match(text):
        return date.fromisoformat(text[:10] if text.endswith("T00:00:00Z") else text).isoformat()
    ms = int(text)
    if ms % DAY:
        raise ValueError(f"{text} is not at midnight UTC")
    return iso_or_overflow(ms)[:10]
