"""A lead as the mirror shows it: the fields of its records merged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from slasync.domain.identity.belonging import merged_fields, normalised
from slasync.domain.lead import Fields, LeadKey
from slasync.store.leads import LeadUpdate
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit


def put_leads(
    unit: Unit,
    records: Mapping[LeadKey, Sequence[StoredRecord]],
    precedence: Sequence[str],
    changed: Collection[LeadKey],
    now: datetime,
) -> None:
    """Merge the fields of leads anew; those of `changed` are to be decided about."""
    updates = []
    for key, every in records.items():
        live = [r for r in every if not r.deleted] or every
        fields = _merged(live, precedence)
        told = normalised(str(fields.get("email") or ""))  # absent where it is not mapped
        email = told or min((r.email for r in live if r.email), default=None)
        updates.append(LeadUpdate(key, email, fields, now if key in changed else None))
    unit.leads.put(updates, now)


def refresh(
    unit: Unit, keys: Collection[LeadKey], precedence: Sequence[str], now: datetime
) -> None:
    """Merge the fields of leads anew whose records are others now, and decide about them."""
    found = unit.records.of_leads(sorted(keys))
    put_leads(unit, {key: r for key, r in found.items() if r}, precedence, keys, now)


def _merged(records: Sequence[StoredRecord], precedence: Sequence[str]) -> Fields:
    if len(records) == 1:
        return records[0].fields
    return merged_fields([(r.ref.system, r.fields) for r in records], precedence)
