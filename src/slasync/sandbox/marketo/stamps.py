"""Instants as Marketo writes them: milliseconds inside, text to the second outside."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
DAY = 24 * 60 * 60 * SECOND


def millis(at: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def length(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def instant(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def iso(ms: int, zone: str = "Z") -> str:
    """Write `2026-03-02T09:00:00Z`; the parts of a second are left out."""
    return f"{instant(ms).strftime('%Y-%m-%dT%H:%M:%S')}{zone}"


def asset(ms: int) -> str:
    """Write `2026-03-02T09:00:00Z+0000`, as assets have it."""
    return iso(ms, "Z+0000")


def parse(text: str) -> int:
    """Read a date, or a date and time with `Z`, `-08:00` or `+0000`. Raises ValueError.

    A plus that was not percent-encoded arrives as a blank, and is refused.
    """
    at = datetime.fromisoformat(text)
    return millis(at if at.tzinfo else at.replace(tzinfo=UTC))
