"""review: remind both heads when the review that they agreed on is due, once for each review.

The reminder is a digest line; its key tells that it was written, so no restart repeats it and no
process says it twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.languages import Language
from slasync.domain.reviewing import Review, reminders
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.step import Step

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reminding:
    """The step for one review."""

    engine: Engine
    seams: Seams
    review: Review
    org: str  # of the CRM: part of every key
    zone: ZoneInfo  # in which its day begins
    languages: Mapping[str, Language] = field(default_factory=dict)  # by address, small letters

    def run(self) -> bool:
        """Write the lines once they are due. True if there were any that were not there yet."""
        now = self.seams.clock.now()
        if now < self.review.begins(self.zone) or not self._left():
            return False
        added = retrying(self.engine, lambda unit: self._write(unit, now))
        return added > 0

    def next_at(self) -> datetime | None:
        """Return when the review is due; None once its reminders are written."""
        return self.review.begins(self.zone) if self._left() else None

    def _left(self) -> bool:
        lines = reminders(self.review, self.org, self.languages)
        with reading(self.engine) as unit:
            return len(unit.digests.lines_known([line.key for line in lines])) < len(lines)

    def _write(self, unit: Unit, now: datetime) -> int:
        lines = reminders(self.review, self.org, self.languages)
        log.info("the agreement is due for review", due=self.review.due.isoformat())
        return unit.digests.add(lines, now)

    def step(self) -> Step:
        return Step("review", self.run, self.next_at, frozenset({"digest"}))
