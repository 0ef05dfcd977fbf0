"""Records that vanish: a few are believed to be deleted; of very many a person is asked first.

A permission lost, a filter broken or a mistake in the CRM looks like thousands of deletions. Until
somebody accepts them by name nothing is marked deleted, and the mirror shows them as they were.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import structlog

from slasync.domain.lead import Ref
from slasync.domain.self_check import WITHIN, Guard
from slasync.ports import PersonReading, Reading
from slasync.store.unit import Unit
from slasync.store.vanished import Answer, VanishedBatch

log = structlog.get_logger()


def believed(
    unit: Unit, readings: Sequence[Reading], guard: Guard, now: datetime
) -> tuple[Reading, ...]:
    """Return `readings` without the deletions that a person is to look at first."""
    gone = [r.ref for r in readings if isinstance(r, PersonReading) and _vanishes(r)]
    if not gone:
        return tuple(readings)
    kept_back = set(keep_back(unit, gone, guard, now))
    return tuple(r for r in readings if r.ref not in kept_back or not _is_gone(r))


def keep_back(unit: Unit, gone: Sequence[Ref], guard: Guard, now: datetime) -> list[Ref]:
    """Hold those of `gone` that are too many to be believed; return them, none most of the time.

    While a person is asked about a kind of records, all further ones of it join the batch.
    """
    versions = unit.sweeps.versions(gone)
    kinds: dict[tuple[str, str], list[Ref]] = defaultdict(list)
    for ref, version in versions.items():
        if not version.deleted:
            kinds[ref.system, ref.kind].append(ref)
    held: list[Ref] = []
    for refs in kinds.values():
        why = _too_many(unit, refs, guard, now)
        if why or unit.vanished.of_kind(refs[0].system, refs[0].kind):
            ask(unit, refs, why or "", now)
            held += refs
    return held


def ask(unit: Unit, refs: Sequence[Ref], because: str, now: datetime) -> None:
    """Ask a person about records of one kind, together with those already asked about."""
    system, kind = refs[0].system, refs[0].kind
    batch = unit.vanished.of_kind(system, kind)
    if batch is None:
        new = VanishedBatch(
            name=f"vanished-{system}-{kind}s-{now:%Y%m%d}",
            system=system,
            kind=kind,
            because=because,
            answer=Answer.OPEN,
            opened_at=now,
        )
        batch = unit.vanished.open(new)
        log.error("records vanished; nothing is marked deleted", batch=batch.name, because=because)
    unit.vanished.hold(batch.name, refs)


def _too_many(unit: Unit, refs: Sequence[Ref], guard: Guard, now: datetime) -> str | None:
    """Say why these, with those of the last hour, are too many; None: they are not."""
    system, kind = refs[0].system, refs[0].kind
    count = len(refs)
    if count <= guard.at_most:
        count += unit.vanished.deleted_since(system, kind, now - WITHIN)
    if count <= guard.at_most:
        return None  # most of the time: nothing else has to be counted
    mirrored = unit.records.count(system, kind) + count - len(refs)
    if guard.allows(count, mirrored):
        return None
    return f"{count} of {mirrored} {system} {kind}s were deleted within an hour"


def _vanishes(person: PersonReading) -> bool:
    """Tell whether a record is gone for good; one that was merged lives on in another."""
    return person.deleted and person.merged_into is None


def _is_gone(reading: Reading) -> bool:
    return isinstance(reading, PersonReading) and _vanishes(reading)
