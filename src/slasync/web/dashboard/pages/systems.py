"""The systems: how fresh each stream is, what waits to be written, what went wrong last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from slasync.domain.forecast import Outlook
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from slasync.web.dashboard.promises import promises
from slasync.web.dashboard.visit import Visit
from slasync.web.progress import LATE, Progress

BACKLOG = (State.PENDING, State.MAYBE_SENT, State.HELD, State.PARKED)


@dataclass(frozen=True, slots=True)
class StreamTold:
    """How far one stream has been read."""

    name: str
    watermark: datetime | None
    every: timedelta | None
    late: bool
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class SystemTold:
    """One system: its streams, and what is on its way there."""

    name: str
    streams: tuple[StreamTold, ...]
    backlog: dict[str, int]
    done: int
    oldest: datetime | None
    calls: Outlook | None  # None: nothing was called yet

    @property
    def late(self) -> bool:
        return any(stream.late for stream in self.streams)


def show(visit: Visit) -> Response:
    """Show the systems, and the daemon's own steps."""
    front = visit.front
    with reading(front.engine) as unit:
        progress = front.progress(unit)
        inbox = unit.inbox.counts()
    names = sorted({c.system for c in progress.cursors.values()} | {s for s, _ in progress.outbox})
    works = {promise.name: promise for promise in promises(progress)}
    return visit.page(
        "systems.html",
        systems=[_system(name, progress) for name in names],
        inbox=inbox,
        steps=[(s, progress.beats.get(s), progress.failures.get(s, "")) for s in progress.steps],
        works=works["works"],
        backlog=[state.value for state in BACKLOG],
        waits_for=progress.waits_for,
    )


def _system(name: str, progress: Progress) -> SystemTold:
    counts = {state: n for (system, state), n in progress.outbox.items() if system == name}
    return SystemTold(
        name=name,
        streams=tuple(
            _stream(stream, progress)
            for stream, cursor in progress.cursors.items()
            if cursor.system == name
        ),
        backlog={state.value: counts.get(state, 0) for state in BACKLOG},
        done=counts.get(State.DONE, 0),
        oldest=progress.unsent.get(name),
        calls=next((each for each in progress.calls if each.system == name), None),
    )


def _stream(name: str, progress: Progress) -> StreamTold:
    cursor, every = progress.cursors[name], progress.intervals.get(name)
    since = cursor.watermark or progress.started
    late = progress.now - since > (every or timedelta(0)) + progress.settle + LATE
    return StreamTold(name, cursor.watermark, every, late, cursor.failures, cursor.error or "")
