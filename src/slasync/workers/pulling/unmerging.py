"""A record that had become part of another and is back: somebody restored it from the bin."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slasync.domain.facts import OURS
from slasync.domain.lead import Ref
from slasync.ports import PersonReading
from slasync.store.joins import Join
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit
from slasync.workers.pulling.merging import MERGE, part

WHY = "its record was restored in the CRM"


def stand_again(
    unit: Unit,
    people: Sequence[PersonReading],
    stored: Mapping[Ref, StoredRecord],
    crm: str,
    now: datetime,
) -> list[PersonReading]:
    """Return the readings that count; part leads again whose record stands by itself again.

    A late page may show a record as it was before it became part of another: that is no news. Only
    the CRM brings such a record back, and says so by the record itself.
    """
    if not unit.link_notes.any():
        return list(people)
    away = unit.links.merges_of([p.ref for p in people if p.merged_into is None])
    back = [p for p in people if p.ref in away and _is_back(p, stored.get(p.ref), crm)]
    for person in back:
        _part(unit, person.ref, now)
    late = away.keys() - {p.ref for p in back}
    return [p for p in people if p.ref not in late]


def _is_back(person: PersonReading, stored: StoredRecord | None, crm: str) -> bool:
    newer = stored is None or person.modified_at > stored.modified_at
    return newer and person.ref.system == crm and not person.deleted


def _part(unit: Unit, ref: Ref, now: datetime) -> None:
    """Undo what the merge did: two leads are two again, or the record is nobody's yet.

    Where other records of the two were made one as well, they are one person still.
    """
    (survivor,) = unit.links.of([ref]).values()
    unit.links.apart([ref])
    for joined in unit.joins.of(survivor):
        if joined.how == MERGE and joined.evidence.get("gone") == str(ref):
            if not _still_one(unit, joined):
                part(unit, joined.lead, by=OURS, why=WHY, now=now)
            return
    link = next(each for each in unit.links.told([survivor])[survivor] if each.ref == ref)
    if link.how == MERGE:
        unit.links.remove(ref)  # never read before: whoever it is now begins anew


def _still_one(unit: Unit, joined: Join) -> bool:
    """Tell whether a record on one side of a join is part of one on the other."""
    links = unit.links.told([joined.survivor])[joined.survivor]
    whose = {link.ref: link.lead for link in links}
    parting = unit.joins.along(joined.lead)
    merges = unit.links.merges_of(list(whose)).items()
    return any(
        (whose[gone] in parting) != (whose[stays] in parting)
        for gone, stays in merges
        if stays in whose
    )
