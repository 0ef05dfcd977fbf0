"""Moments as people write them: with a zone, in local time, or as a date."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from slasync.cli.surroundings import WrongCall
from slasync.domain.time.local_time import LocalTime, from_us, midnight, to_us
from slasync.domain.wording import local

EXAMPLES = "2026-03-02T14:00 (local time), 2026-03-02T13:00Z, 2026-03-02T14:00+01:00, 2026-03-02"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:\d\d)?", re.IGNORECASE
)


def past_moment(option: str, text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read a moment that is over. Raises WrongCall, with examples, for anything else."""
    at = moment(option, text, zone)
    if at > now:
        raise WrongCall(
            f"{option} {text}: that is still to come, it is {local(now, zone)} now; what is known"
            " and what comes next is told without it"
        )
    return at


def moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    """Read a moment: without an offset as `zone`'s wall clock shows it; a date is its midnight.

    Where the clock skips that time it is the end of the gap, where it is shown twice the first.
    Raises WrongCall, with examples, for anything else.
    """
    said = text.strip()
    try:
        if _DATE.fullmatch(said):
            return _shown(midnight(date.fromisoformat(said)), zone)
        if _TIME.fullmatch(said):
            at = datetime.fromisoformat(said.replace(" ", "T", 1).replace(" ", "").upper())
            return from_us(to_us(at)) if at.tzinfo else _local(at, zone)
    except (ValueError, OverflowError) as error:
        raise WrongCall(f"{option} {text}: no such time, {error}; write {EXAMPLES}") from None
    raise WrongCall(f"{option} {text}: is no time; write {EXAMPLES}")


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return _shown(to_us(at.replace(tzinfo=UTC)), zone)


def _shown(reading: int, zone: ZoneInfo) -> datetime:
    return from_us(LocalTime(zone).instant(reading))
