"""Readings of systems that tell a record in part: what they leave out stays as it was."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from slasync.domain.facts import FactKind
from slasync.ports import ActivityReading, PersonReading
from slasync.store.records import StoredRecord


def completed(person: PersonReading, stored: StoredRecord | None) -> PersonReading | None:
    """Fill in what a reading leaves out; None for one that is gone and was never known."""
    if person.deleted and not person.fields:
        if stored is None:
            return None
        return replace(
            person,
            fields=stored.fields,
            email=stored.email,
            owner=stored.owner,
            status=stored.status,
        )
    if stored is None or not person.logged:
        return person
    kept = {
        name: stored.fields[name]
        for name in sorted(person.logged)
        if name not in person.fields and name in stored.fields
    }
    return replace(person, fields={**person.fields, **kept}) if kept else person


def watched(
    activities: Sequence[ActivityReading], names: Collection[str]
) -> Sequence[ActivityReading]:
    """Of the changes that activities tell keep those of fields that something reads."""
    return list(_watched(activities, names))


def _watched(
    activities: Sequence[ActivityReading], names: Collection[str]
) -> Iterator[ActivityReading]:
    for activity in activities:
        if activity.kind is not FactKind.CHANGED:
            yield activity
            continue
        data = {name: value for name, value in activity.data.items() if name in names}
        if data:
            yield replace(activity, data=data)
