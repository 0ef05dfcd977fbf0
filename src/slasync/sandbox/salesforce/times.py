"""Instants and dates as Salesforce writes and reads them."""

import re
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

ZONED = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)", re.ASCII
)


@lru_cache(maxsize=256)
def stamp(at: datetime) -> str:
    """Write an instant at second precision: 2026-11-06T17:38:40.000+0000. Stamps sort by time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def instant(text: str) -> datetime:
    """Read yyyy-MM-ddTHH:mm:ss[.SSS](Z|±HH:mm|±HHmm). Raises ValueError."""
    found = ZONED.fullmatch(text)
    if not found:
        raise ValueError(text)
    zone = "+00:00" if found[3] == "Z" else found[3]
    micro = (found[2] or "0").ljust(6, "0")[:6]
    try:
        return datetime.fromisoformat(f"{found[1]}.{micro}{zone}").astimezone(UTC)
    except OverflowError:  # a year before the first or after the last
        raise ValueError(text) from None


@lru_cache(maxsize=256)
def exact(at: datetime) -> str:
    """Write an instant with its milliseconds, as datetime fields keep them."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def day(text: str) -> str:
    """Check a date, yyyy-MM-dd. Raises ValueError."""
    return date.fromisoformat(text).isoformat()


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def from_http(text: str) -> datetime | None:
    """Read an HTTP date; None when it is not one."""
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
