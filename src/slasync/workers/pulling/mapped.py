"""Fields that were mapped after records had been read: records that stay unchanged lack them.

Polls ask for what changed, and the nightly comparison for ids and stamps, so nobody would notice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.self_check import Comparison
from slasync.settings import Settings
from slasync.store.unit import Unit
from slasync.systems import Direction, FieldMapping

NOTED = "mapped:"
"""And the system: since when each of its fields is read; "" where it always was."""
PEOPLE = (".leads", ".contacts")
"""How the streams of people are named."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Fields of a system that records may lack which have not changed `since`."""

    system: str
    fields: tuple[str, ...]
    since: datetime


def note_fields(settings: Settings, unit: Unit, now: datetime) -> None:
    """Note since when each mapped field is read. What is mapped at the first start always was."""
    for system, fields in _mapped(settings).items():
        told = unit.meta.get(NOTED + system)
        known: Mapping[str, str] = json.loads(told) if told else dict.fromkeys(fields, "")
        since = {name: known.get(name, now.isoformat()) for name in sorted(fields)}
        if told is None or since != known:
            unit.meta.put(NOTED + system, json.dumps(since))


def lacking(unit: Unit) -> Iterator[Lacking]:
    """Yield the systems of which everything should be read once more."""
    again = unit.sweeps.last(Comparison.BACKFILL)
    streams = [name for name in unit.cursors.all() if name.endswith(PEOPLE)]
    for system in sorted({name.partition(".")[0] for name in streams}):
        told = unit.meta.get(NOTED + system)
        since = {n: datetime.fromisoformat(at) for n, at in json.loads(told or "{}").items() if at}
        runs = [again.get(name) for name in streams if name.startswith(f"{system}.")]
        read = min((run.began_at for run in runs if run and not run.error), default=None)
        if None in runs or read is None:
            late = since
        else:
            late = {name: at for name, at in since.items() if at > read}
        if late:
            yield Lacking(system, tuple(sorted(late)), min(late.values()))


def _mapped(settings: Settings) -> dict[str, set[str]]:
    """Return the fields of people that are read, by system: "lead.Phone"."""
    found: dict[str, set[str]] = {}
    if settings.salesforce:
        crm = settings.salesforce
        found["salesforce"] = _read("lead", crm.lead_fields) | _read("contact", crm.contact_fields)
    if settings.hubspot:
        found["hubspot"] = _read("contact", settings.hubspot.contact_fields)
    if settings.marketo:
        found["marketo"] = _read("lead", settings.marketo.contact_fields)
    return found


def _read(kind: str, fields: tuple[FieldMapping, ...]) -> set[str]:
    return {f"{kind}.{each.field}" for each in fields if each.direction is not Direction.WRITE}
