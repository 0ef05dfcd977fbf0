"""What a thread's calls are made for: known where work is begun, asked for on the way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from slasync.domain.budgets import Lane

_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.READ)
_purpose: ContextVar[Lane | None] = ContextVar("purpose", default=None)

RAISED = frozenset({Lane.WRITE, Lane.REREAD})  # what an escalation needs is one


@contextmanager
def on_lane(lane: Lane) -> Iterator[None]:
    """Mark the calls made inside, in this thread, as made for `lane`."""
    before = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(before)


@contextmanager
def made_for(lane: Lane | None) -> Iterator[None]:
    """Have the writes inside go as an ESCALATION, or the reads as BACKFILL; None: as they are."""
    before = _purpose.set(lane)
    try:
        yield
    finally:
        _purpose.reset(before)


def lane_now() -> Lane:
    """Return the lane of a call that is made now."""
    lane, purpose = _lane.get(), _purpose.get()
    if purpose is Lane.ESCALATION and lane in RAISED:
        return purpose
    return purpose if purpose is Lane.BACKFILL and lane is Lane.READ else lane
