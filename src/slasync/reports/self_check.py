"""What the comparisons of mirror and systems found, for those who answer for both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slasync.domain.self_check import Comparison, Missed, added
from slasync.store.feeds import FeedPlace
from slasync.store.sweeps import Run
from slasync.store.unit import Unit
from slasync.store.vanished import Answer, VanishedBatch

LATELY = timedelta(days=1)
EVENTS = 200  # that tell how often webhooks come
UNHEARD, TRIED = timedelta(minutes=10), timedelta(minutes=15)  # of a feed
TIMES, AT_LEAST = 5, timedelta(days=3)  # of silence: a long weekend is none


@dataclass(frozen=True, slots=True)
class Silence:
    """A system's webhooks: when the last came, and whether that is too long ago."""

    last: datetime
    usual: timedelta  # between two of them
    too_long: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the mirror stands to the systems."""

    missed: Mapping[str, Missed] = field(default_factory=dict)  # by stream, in the last day
    last: Mapping[str, Run] = field(default_factory=dict)  # by kind of comparison and stream
    under_way: tuple[Run, ...] = ()
    vanished: tuple[VanishedBatch, ...] = ()  # a person is asked about
    silences: Mapping[str, Silence] = field(default_factory=dict)  # by system
    unheard: tuple[FeedPlace, ...] = ()  # feeds that are listened to and tell nothing


def standing(unit: Unit, systems: Collection[str], now: datetime) -> Standing:
    """Collect it from the database."""
    missed: dict[str, Missed] = {}
    for run in unit.sweeps.since(now - LATELY):
        for stream, more in run.missed.items():
            missed[stream] = added(missed.get(stream, {}), more)
    last = {
        f"{kind.value}:{stream}": run
        for kind in Comparison
        for stream, run in sorted(unit.sweeps.last(kind).items())
    }
    return Standing(
        missed=missed,
        last=last,
        under_way=tuple(run for system in systems for run in unit.sweeps.open(system)),
        vanished=tuple(b for b in unit.vanished.unsettled() if b.answer is Answer.OPEN),
        silences={
            s: found for s in systems if (found := silence(unit.inbox.latest(s, EVENTS), now))
        },
        unheard=unit.feeds.unheard(now - UNHEARD, now - TRIED),
    )


def silence(events: Collection[datetime], now: datetime) -> Silence | None:
    """Judge how long no event came; None where too few ever did. `events`: the last of them."""
    if len(events) < TIMES:
        return None
    last, first = max(events), min(events)
    usual = (last - first) / (len(events) - 1)
    return Silence(last, usual, now - last > max(TIMES * usual, AT_LEAST))
