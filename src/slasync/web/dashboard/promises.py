"""What slasync promises, and how it stands with each: kept, to be looked at, or not kept now.

Pure: a snapshot of progress in, keys of words out; each page says them in its visitor's language.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from slasync.domain.writes import NOTIFY
from slasync.store.outbox_values import State
from slasync.web.progress import LATE, PERIOD_SOON, ROUND, UNSENT, Progress


class Kept(StrEnum):
    YES = "kept"
    LOOK = "look"  # nothing stands still, but a person has to look
    NO = "broken"


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence: its key among the words, and the values in it."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """How it stands with one; `name` is its key among the words."""

    name: str
    kept: Kept
    told: tuple[Told, ...] = ()


Finding = tuple[Kept, Told]


def promises(progress: Progress) -> list[Promise]:
    """Judge each promise."""
    return [_promise(name, list(look(progress))) for name, look in _LOOKS.items()]


def _promise(name: str, found: list[Finding]) -> Promise:
    worst = max((kept for kept, _ in found), key=list(Kept).index, default=Kept.YES)
    return Promise(name, worst, tuple(told for _, told in found))


def _works(progress: Progress) -> Iterator[Finding]:
    if not progress.steps:
        yield Kept.NO, Told("promise.starting", {"why": progress.waits_for})
    for step in progress.steps:
        stuck = progress.now - progress.beats.get(step, progress.started)
        if stuck > ROUND:
            why = progress.failures.get(step, "")
            yield Kept.NO, Told("promise.stuck", {"step": step, "span": stuck, "why": why})


def _reads(progress: Progress) -> Iterator[Finding]:
    for name, cursor in progress.cursors.items():
        age = progress.now - (cursor.watermark or progress.started)
        every = progress.intervals.get(name, timedelta(0))
        values = {"stream": name, "span": age, "why": cursor.error or ""}
        if cursor.watermark is None:
            if cursor.failures and age > LATE:
                yield Kept.NO, Told("promise.never_read", values)
        elif age > every + progress.settle + LATE:
            yield Kept.NO, Told("promise.behind", values)


def _blames_nobody(progress: Progress) -> Iterator[Finding]:
    waiting = sum(progress.waiting_for_data.values())
    if waiting:
        yield Kept.LOOK, Told("promise.waiting", {"n": waiting})
    for stream, count in progress.quarantined.items():
        if count:
            yield Kept.LOOK, Told("promise.aside", {"n": count, "stream": stream})


def _writes(progress: Progress) -> Iterator[Finding]:
    for system, since in progress.unsent.items():
        late = progress.now - since
        if late > UNSENT:
            key = "promise.messages_late" if system == NOTIFY else "promise.writes_late"
            why = progress.unsent_because.get(system, "")
            yield Kept.NO, Told(key, {"system": system, "span": late, "why": why})
    for (system, state), count in progress.outbox.items():
        if state is State.PARKED and count:
            yield Kept.LOOK, Told("promise.parked", {"n": count, "system": system})


def _storms(progress: Progress) -> Iterator[Finding]:
    for batch in progress.held:
        values = {"batch": batch.name, "n": batch.writes, "span": progress.now - batch.opened_at}
        yield Kept.LOOK, Told("promise.held", values)


def _owners(progress: Progress) -> Iterator[Finding]:
    if progress.without_record:
        yield Kept.LOOK, Told("promise.no_record", {"n": progress.without_record})
    for pool, count in progress.unfilled.items():
        if count:
            yield Kept.LOOK, Told("promise.unfilled", {"n": count, "pool": pool})
    if progress.put_off:
        yield Kept.LOOK, Told("promise.put_off", {"n": progress.put_off})


def _agreement(progress: Progress) -> Iterator[Finding]:
    today = progress.now.date()
    if progress.ends is not None and progress.ends < today + PERIOD_SOON:
        key = "promise.ended" if progress.ends < today else "promise.ends"
        yield Kept.LOOK, Told(key, {"day": progress.ends})
    if progress.unsigned:
        yield Kept.LOOK, Told("promise.unsigned", {"n": len(progress.unsigned)})
    if progress.review is not None and progress.review <= today:
        yield Kept.LOOK, Told("promise.review", {"day": progress.review})
    for what in progress.running_out:
        yield Kept.LOOK, Told("promise.calendar", {"what": what})


def _digests(progress: Progress) -> Iterator[Finding]:
    if progress.untold:
        yield Kept.LOOK, Told("promise.untold", {"n": progress.untold})
    for why in progress.unsent_digests:
        yield Kept.LOOK, Told("promise.unsent_digest", {"why": why})


_LOOKS: Mapping[str, Callable[[Progress], Iterator[Finding]]] = {
    "works": _works,
    "reads": _reads,
    "blames_nobody": _blames_nobody,
    "writes": _writes,
    "storms": _storms,
    "owners": _owners,
    "digests": _digests,
    "agreement": _agreement,
}
