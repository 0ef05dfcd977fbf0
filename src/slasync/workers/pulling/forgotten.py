"""Readings of people who are forgotten are not taken in: they are counted, and told of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slasync.domain.forgetting import Pseudonyms
from slasync.domain.identity.belonging import normalised
from slasync.domain.lead import Ref
from slasync.ports import ActivityReading, PersonReading, Reading, Rejected
from slasync.store.forgotten import Mark
from slasync.store.unit import Unit


def remembered(unit: Unit, readings: Sequence[Reading], now: datetime) -> Sequence[Reading]:
    """Return the readings that may be taken in. Costs a look while nobody is forgotten."""
    names = unit.forgotten.names() if readings and unit.forgotten.any() else None
    if names is None:
        return readings
    marks = [_marks(names, reading) for reading in readings]
    known = unit.forgotten.known({mark for each in marks for mark in each})
    if not known:
        return readings
    again: dict[str, str] = {}
    kept = []
    for reading, mine in zip(readings, marks, strict=True):
        if known.keys().isdisjoint(mine):
            kept.append(reading)
        elif isinstance(reading, PersonReading) and not reading.deleted:
            again[names.of(str(reading.ref))] = reading.ref.system
            _mark(unit, names, reading, known, mine)
    unit.forgotten.told(again, now)
    return kept


def not_forgotten(unit: Unit, rejected: Sequence[Rejected]) -> list[Rejected]:
    """Return what may be set aside: not what could not be understood of somebody forgotten."""
    names = unit.forgotten.names() if rejected and unit.forgotten.any() else None
    if names is None:
        return list(rejected)
    marks = [names.of(str(_ref(each))) for each in rejected]
    known = unit.forgotten.known(marks)
    return [each for each, mark in zip(rejected, marks, strict=True) if mark not in known]


def _mark(
    unit: Unit,
    names: Pseudonyms,
    reading: PersonReading,
    known: Mapping[str, tuple[str, datetime]],
    mine: Sequence[str],
) -> None:
    """Mark a record that bears a forgotten address as well: its activities name only the record."""
    person, at = next(known[mark] for mark in mine if mark in known)
    unit.forgotten.add([Mark(names.of(str(reading.ref)), person, reading.ref.system)], at)


def _marks(names: Pseudonyms, reading: Reading) -> tuple[str, ...]:
    match reading:
        case PersonReading(ref=ref, email=email):
            address = normalised(email)
            merged = (Ref(ref.system, ref.kind, id_) for id_ in reading.merged)
            told = [names.of(str(each)) for each in (ref, *merged)]
            return (*told, *([names.address(address)] if address else ()))
        case ActivityReading(about=about):
            return (names.of(str(about)),)
    return ()


def _ref(rejected: Rejected) -> Ref:
    system, _, things = rejected.stream.partition(".")
    return Ref(system, things.removesuffix("s"), rejected.id)
