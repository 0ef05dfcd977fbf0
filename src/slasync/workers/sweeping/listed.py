"""The nightly sweep: what a system lists beside what the mirror holds, page by page."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from slasync.domain.lead import Ref
from slasync.domain.self_check import Cause, Guard
from slasync.ports import Listed, Lister, Listing, Reading
from slasync.store.sweeps import COUNT, READ, Run, Version
from slasync.store.unit import Unit, reading, transaction
from slasync.store.vanished import VanishedBatch
from slasync.workers.pulling.burying import bury
from slasync.workers.pulling.ingest import Rules
from slasync.workers.sweeping.missed import take_in
from slasync.workers.sweeping.vanishing import ask

AT_ONCE = 200  # records looked for in one slice

Reread = Callable[[Sequence[Ref]], Sequence[Reading]]


@dataclass(frozen=True, slots=True)
class PageListed:
    """A page that was listed, and what was read because the mirror differs from it."""

    run: Run
    listing: Listing
    read: Sequence[Reading]
    rules: Rules
    wait: timedelta | None = None

    def __call__(self, unit: Unit, now: datetime) -> Run:
        run, records = self.run, self.listing.records
        unit.sweeps.saw(run.id, [record.ref.id for record in records])
        alive = [record.ref for record in records if not record.deleted]
        unit.vanished.drop(unit.vanished.held(alive))  # they are there again
        unit.vanished.close_empty(now)
        found = take_in(unit, self.read, self.rules, now, run.upto)
        onto = self.listing.position
        return replace(
            run.found(run.stream, found),
            rows=run.rows + len(records),
            position=onto,
            phase=READ if onto else COUNT,
        )


@dataclass(frozen=True, slots=True)
class LookedFor:
    """Records that no page listed, looked for one by one."""

    run: Run
    lost: Sequence[Ref]
    read: Sequence[Reading]
    rules: Rules
    wait: timedelta | None = None

    def __call__(self, unit: Unit, now: datetime) -> Run:
        run = self.run
        if not self.lost:
            return replace(run, ended_at=now)
        unit.sweeps.saw(run.id, [ref.id for ref in self.lost])
        found = Counter(take_in(unit, self.read, self.rules, now, run.upto))
        gone = _not_found(self.lost, self.read)
        alive = {ref for ref, version in unit.sweeps.versions(gone).items() if not version.deleted}
        bury(unit, dict.fromkeys(gone, False), self.read, self.rules, now)
        found[Cause.GONE] += len(alive)
        return run.found(run.stream, found)


@dataclass(frozen=True, slots=True)
class TooManyLost:
    """So much is missing that a person is asked before any of it counts as deleted."""

    run: Run
    lost: Sequence[Ref]
    mirrored: int
    wait: timedelta | None = None

    def __call__(self, unit: Unit, now: datetime) -> Run:
        run, count = self.run, len(self.lost)
        things = f"{self.lost[0].system} {self.lost[0].kind}s"
        because = (
            f"{count} of {self.mirrored} {things} {'was' if count == 1 else 'were'} not among"
            f" the {run.rows} listed"
        )
        ask(unit, self.lost, because, now)
        return replace(run, held=count, ended_at=now)


Slice = PageListed | LookedFor | TooManyLost


def list_on(run: Run, lister: Lister, rules: Rules, guard: Guard, engine: Engine) -> Slice:
    """Do the next slice's calls; the result is taken in by a transaction of the caller."""
    kind = lister.kinds[run.stream]
    if run.phase == READ:
        listing = lister.page(run.stream, run.position)
        with reading(engine) as unit:
            known = unit.sweeps.versions([record.ref for record in listing.records])
            kept_back = unit.vanished.held(known)
        differ = [
            record.ref
            for record in listing.records
            if differs(record, known.get(record.ref), run.upto) and record.ref not in kept_back
        ]
        again = [r.ref for r in listing.records if r.ref in kept_back and not r.deleted]
        wanted = [*differ, *again]
        return PageListed(run, listing, lister.reread(wanted) if wanted else (), rules)
    with reading(engine) as unit:
        lost = unit.sweeps.unseen(run, kind)
        mirrored = unit.records.count(run.system, kind)
        lost = [ref for ref in lost if ref not in unit.vanished.held(lost)]
        asked = unit.vanished.of_kind(run.system, kind) is not None
    if lost and (asked or not guard.allows(len(lost), mirrored)):
        return TooManyLost(run, lost, mirrored)
    some, believing = lost[:AT_ONCE], replace(rules, guard=None)  # they were counted together
    return LookedFor(run, some, lister.reread(some) if some else (), believing)


def differs(listed: Listed, known: Version | None, upto: datetime) -> bool:
    """Tell whether the mirror should have another version; what is newer than `upto` is not due."""
    if listed.modified_at > upto:
        return False
    if known is None:
        return not listed.deleted
    return listed.deleted != known.deleted or listed.modified_at > known.modified_at


def follow_batch(
    batch: VanishedBatch, reread: Reread, rules: Rules, engine: Engine, now: datetime
) -> None:
    """Follow a batch that was accepted: what is gone indeed is buried, the rest read again."""
    rules = replace(rules, guard=None)
    with reading(engine) as unit:
        refs = unit.vanished.records(batch.name, AT_ONCE)
    read = reread(refs) if refs else ()
    with transaction(engine) as unit:
        take_in(unit, read, rules, now, now)
        bury(unit, dict.fromkeys(_not_found(refs, read), False), read, rules, now)
        unit.vanished.drop(refs)
        unit.vanished.close_empty(now)


def _not_found(refs: Sequence[Ref], read: Sequence[Reading]) -> list[Ref]:
    found = {each.ref for each in read}
    return [ref for ref in refs if ref not in found]
