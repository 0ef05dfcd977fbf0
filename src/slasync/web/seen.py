"""What health is judged by, in figures, for whoever asks `/readyz` why; nobody is named."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slasync.polling import polled
from slasync.web.snapshot import Progress


def seen(progress: Progress) -> Mapping[str, Any]:
    """Return it as JSON values: times in UTC, null where there is nothing of the kind."""
    disk = progress.disk
    return {
        "read_up_to": _read_up_to(progress),
        "oldest_due": _utc(progress.oldest_due),
        "oldest_unserved": _utc(progress.oldest_unserved),
        "oldest_write": {system: _utc(at) for system, at in sorted(progress.unsent.items())},
        "credentials_refused_since": {
            system: _utc(at) for system, at in sorted(progress.refused.items())
        },
        "disk": {"free_bytes": disk.free, "size_bytes": disk.size} if disk else None,
        "clock_skew_seconds": {
            system: skew.total_seconds() for system, skew in sorted(progress.skews.items())
        },
    }


def _read_up_to(progress: Progress) -> dict[str, str | None]:
    """Up to when every change of a system is known; null while a first load is not complete."""
    marks: dict[str, list[datetime | None]] = {}
    for name, cursor in progress.cursors.items():
        if polled(name):
            marks.setdefault(name.partition(".")[0], []).append(cursor.watermark)
    return {
        system: None if None in found else _utc(min(at for at in found if at))
        for system, found in sorted(marks.items())
    }


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
