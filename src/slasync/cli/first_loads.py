"""Streams whose first load goes on: they are not read yet, and nothing is wrong."""

from datetime import datetime, timedelta

from slasync.settings import Settings
from slasync.store.cursors import Cursor
from slasync.store.unit import Unit

GOES_ON = timedelta(days=1)  # a system may let it wait for its quota of the day, and no longer


def first_loads(settings: Settings | None, unit: Unit, now: datetime) -> dict[str, str]:
    """Return how far each first load has come that is under way, in words, by its stream."""
    return {
        name: _words(settings, cursor)
        for name, cursor in unit.cursors.all().items()
        if _under_way(cursor, now)
    }


def _under_way(cursor: Cursor, now: datetime) -> bool:
    begun = cursor.watermark is None and cursor.position is not None
    moved = cursor.advanced_at is not None and now - cursor.advanced_at <= GOES_ON
    return begun and moved and not cursor.failures


def _words(settings: Settings | None, cursor: Cursor) -> str:
    marketo = settings.marketo if settings else None
    if cursor.system != "marketo" or marketo is None or cursor.upto is None:
        return "first load"
    from slasync.connectors.marketo.positions import extract_of  # noqa: PLC0415 - with its client

    number, most = extract_of(cursor.position, marketo.oldest, cursor.upto)
    return f"first load: extract {number} of {most}"
