"""A source that is read only while it still has every field that is mapped.

Some systems answer that a field which is gone, renamed or hidden is empty. That would empty it in
the mirror, and rules would judge by it; so their definitions are asked first, and now and then.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from slasync.clock import Clock
from slasync.domain.lead import Ref
from slasync.errors import SlasyncError, Stopped
from slasync.ports import Answer, Ask, Reading, Source

log = structlog.get_logger()

EVERY = timedelta(hours=1)


class Defined:
    """`source`, stopped while it lacks a field. `lacking` says what, one sentence each."""

    def __init__(self, source: Source, lacking: Callable[[], Sequence[str]], clock: Clock) -> None:
        self._source, self._lacking, self._clock = source, lacking, clock
        self._asked_at: datetime | None = None
        self._lacks: tuple[str, ...] = ()

    @property
    def system(self) -> str:
        return self._source.system

    @property
    def streams(self) -> tuple[str, ...]:
        return self._source.streams

    def vendor_now(self) -> datetime:
        return self._source.vendor_now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Read on. Raises Stopped as long as a field is lacking."""
        self._look()
        return self._source.read(asks)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read these records. Raises Stopped as long as a field is lacking."""
        self._look()
        return self._source.fetch(refs)

    def _look(self) -> None:
        """Ask the definitions when it is time; what is lacking is asked for each time."""
        now = self._clock.now()
        if self._lacks or self._asked_at is None or now - self._asked_at >= EVERY:
            self._ask(now)
        if self._lacks:
            raise Stopped(f"nothing is read, so that no field is emptied: {'; '.join(self._lacks)}")

    def _ask(self, now: datetime) -> None:
        try:
            self._lacks = tuple(self._lacking())
        except SlasyncError as error:  # as before: reading itself tells what is wrong with it
            log.warning("definitions not read", system=self.system, error=str(error))
        self._asked_at = now
