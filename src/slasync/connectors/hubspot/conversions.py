"""Forms that contacts sent between two readings: a record shows the last, its history them all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM, Record, contact_ref
from slasync.connectors.hubspot.objects import WITH_HISTORY, Objects
from slasync.connectors.hubspot.values import READ_AS, instant
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, Value
from slasync.ports import ActivityReading, Rejected
from slasync.systems import Direction, FieldMapping, HubSpotConfig

FORM, SENT, COUNT = (
    "recent_conversion_event_name", "recent_conversion_date", "num_conversion_events",
)  # fmt: skip
TOLD = (FORM, SENT, COUNT)
TOGETHER = timedelta(seconds=2)  # within which HubSpot writes what belongs to one conversion

Entry = Mapping[str, Any]


class Conversions:
    """Reads histories of contacts that have sent more than one form, the last one just now.

    A window of increments may be hours long after an outage: the form that qualifies somebody may
    not be the last that he sent.
    """

    def __init__(self, config: HubSpotConfig, objects: Objects) -> None:
        read = [m for m in config.contact_fields if m.direction is not Direction.WRITE]
        self._fields = [m for m in read if m.field in TOLD]
        self._objects = objects

    def of(
        self, stream: str, records: Sequence[Record], since: datetime | None, upto: datetime
    ) -> list[ActivityReading | Rejected]:
        """Return the conversions in the interval but for each contact's last, which it shows."""
        if since is None or not any(m.field in {FORM, SENT} for m in self._fields):
            return []
        ids = [str(record["id"]) for record in records if _several(record, since)]
        found: list[ActivityReading | Rejected] = []
        for start in range(0, len(ids), WITH_HISTORY):
            part = ids[start : start + WITH_HISTORY]
            for record in self._objects.read("contacts", part, (), history=TOLD):
                try:
                    found += self._earlier(record, since, upto)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    reason = f"history of conversions: {error}".replace("\x00", "")
                    found.append(Rejected(stream, str(record.get("id", "")), reason, record))
        return found

    def _earlier(
        self, record: Record, since: datetime, upto: datetime
    ) -> Iterator[ActivityReading]:
        told: Mapping[str, Sequence[Entry]] = record["propertiesWithHistory"]
        number = str(record["id"])
        times = sorted((instant(str(each["timestamp"])) for each in told[SENT]), reverse=True)
        for at in times[1:]:
            if since <= at <= upto:
                values = {m.name: _held(told.get(m.field) or (), at, m) for m in self._fields}
                yield ActivityReading(
                    ref=Ref(SYSTEM, "conversion", f"{number}:{at.isoformat()}"),
                    about=contact_ref(number),
                    kind=FactKind.CHANGED,
                    occurred_at=at,
                    modified_at=at,
                    data={name: value for name, value in values.items() if value is not None},
                    raw={"id": number, "at": at.isoformat(), "values": values},
                )


def _several(record: Record, since: datetime) -> bool:
    """Tell whether more than one form may have been sent; what is broken is told elsewhere."""
    try:
        values = record.get("properties") or {}
        last = values.get(SENT)
        return bool(last) and float(values.get(COUNT) or 0) > 1 and instant(str(last)) >= since
    except (ValueError, TypeError, AttributeError):
        return False


def _held(history: Sequence[Entry], at: datetime, mapped: FieldMapping) -> Value:
    """Return the value that a property had once a conversion was written down."""
    before = [e for e in history if instant(str(e["timestamp"])) <= at + TOGETHER]
    if not before:
        return None
    text = str(max(before, key=lambda e: instant(str(e["timestamp"]))).get("value") or "")
    return READ_AS[mapped.type](text) if text else None
