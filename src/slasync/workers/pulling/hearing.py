"""hearing: what a system tells by itself goes into the inbox; what it leaves out is polled.

A feed is listened to by one process at a time. How far it was heard is stored together with what
was told, so nothing is lost by an end at any point, and what is told again is known already. Polls
go on, rarer: they are what completeness is judged by.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.lead import Ref
from slasync.errors import SlasyncError, Stopped
from slasync.ports import Feed, Heard
from slasync.store.feeds import FeedPlace
from slasync.store.inbox import InboxEvent
from slasync.store.unit import Unit, retrying
from slasync.workers.patience import patience
from slasync.workers.step import Step

log = structlog.get_logger()

LEASE = timedelta(minutes=1)
MOST = 2_000  # records that wait to be fetched one by one; more are read by a poll, in fewer calls
APART = timedelta(seconds=30)  # between two polls that are asked for here
BEGINS, CROWDED = "the feed begins", "more changed than is fetched one by one"
REFUSED = timedelta(minutes=5)  # until a feed that is refused is tried again


@dataclass(slots=True)
class Hearing:
    """The step for one feed."""

    engine: Engine
    seams: Seams
    feed: Feed
    streams: tuple[str, ...]  # that a poll of its system reads
    owner: str  # of the lease
    _place: FeedPlace | None = None  # as stored, while the feed is ours
    _until: datetime | None = None  # the lease's end
    _rests: datetime | None = None  # hints for pacing; nothing is lost with them
    _ask: str = ""  # why a poll is to be asked for
    _asked: datetime | None = None

    @property
    def step(self) -> Step:
        """Return the step. When there is something to hear, nobody knows: it does not say."""
        return Step(f"feed:{self.feed.system}", self.run, lambda: None, frozenset({"inbox"}))

    def run(self) -> bool:
        """Keep what was told since the last round. True if anything was."""
        now = self.seams.clock.now()
        if self._rests and now < self._rests:
            return False
        place = self._held(now)
        if place is None:
            self.feed.close()
            self._rests = now + LEASE / 4
            return False
        try:
            heard = self.feed.hear(place.position)
        except SlasyncError as error:
            self._failed(place, error)
            return False
        asks = bool(self._ask) and self._may_ask(now)
        if heard.alive or heard.position != place.position or heard.poll or asks:
            self.seams.reached("feed.heard")
            self._keep(place, heard)
        return bool(heard.changes)

    def _held(self, now: datetime) -> FeedPlace | None:
        """Return where the feed stands if it is this process's to hear; hold on to it in time."""
        if self._place and self._until and now < self._until - LEASE / 2:
            return self._place
        was, name = self._place, self.feed.name

        def hold(unit: Unit) -> FeedPlace | None:
            return unit.feeds.hold(name, self.feed.system, self.owner, now, now + LEASE)

        self._place, self._until = retrying(self.engine, hold), now + LEASE
        if self._place is not None and was is None:
            self._ask = BEGINS  # what it told to nobody, or to a process that ended
        return self._place

    def _keep(self, place: FeedPlace, heard: Heard) -> None:
        """Store what was told, how far that leads and that a poll is due, in one transaction."""
        now = self.seams.clock.now()
        at = now if heard.alive else place.heard_at
        there = replace(place, position=heard.position, heard_at=at, failures=0, error=None)
        told = {change.key: change.ref for change in heard.changes}

        def store(unit: Unit) -> tuple[bool, str]:
            crowded = len(told) > MOST or (told and unit.inbox.crowded(self.feed.system, MOST))
            if not crowded:
                unit.inbox.add([_event(key, ref) for key, ref in told.items()], now)
            unit.quarantine.put(heard.rejected, now)
            why = self._ask or heard.poll or (CROWDED if crowded else "")
            if why and self._may_ask(now):
                unit.cursors.ask(self.streams, now)
            return unit.feeds.keep(there, self.owner), why

        mine, self._ask = retrying(self.engine, store)
        self._place = there if mine else None
        if self._ask and self._may_ask(now):
            log.info("polled at once", system=self.feed.system, why=self._ask)
            self._asked, self._ask = now, ""
        self.seams.reached("feed.kept")

    def _may_ask(self, now: datetime) -> bool:
        """Tell whether the last poll that was asked for is long enough ago."""
        return self._asked is None or now >= self._asked + APART

    def _failed(self, place: FeedPlace, error: SlasyncError) -> None:
        """Leave the feed alone for a while. Meanwhile polls are as frequent as without it."""
        now, failures = self.seams.clock.now(), place.failures + 1
        chance = self.seams.chance("feed")
        after = REFUSED if isinstance(error, Stopped) else min(patience(failures, chance), REFUSED)
        after = max(after, error.after or timedelta(0))
        left = replace(place, failures=failures, error=str(error))
        mine = retrying(self.engine, lambda unit: unit.feeds.keep(left, self.owner))
        self._place, self._rests = (left if mine else None), now + after
        log.warning("feed not heard", system=self.feed.system, error=str(error))


def _event(key: str, ref: Ref) -> InboxEvent:
    return InboxEvent(ref.system, key, {"kind": ref.kind, "id": ref.id, "event": "change"})
