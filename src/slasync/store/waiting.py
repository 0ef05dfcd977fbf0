"""What is not finished: writes still on their way, leads whose clocks have not ended."""

from datetime import datetime
from typing import Self

from sqlalchemy import func, select

from slasync.domain.clocks import ClockState
from slasync.domain.lead import LeadKey
from slasync.store.clocks import Clocks
from slasync.store.outbox_values import OutboxView, State
from slasync.store.outbox_views import OutboxViews
from slasync.store.tables import CLOCK, OUTBOX

ON_THEIR_WAY = (State.PENDING.value, State.MAYBE_SENT.value)


class Waiting(OutboxViews):
    """The outbox of a unit, asked for what it has not sent yet."""

    @classmethod
    def of(cls, outbox: OutboxViews) -> Self:
        """Look at the same transaction."""
        return cls(outbox._db)  # noqa: SLF001 - the same repository, seen by a class of its own

    def unsent(self, limit: int) -> list[OutboxView]:
        """Return the first writes that are held, queued or under way, oldest first."""
        wanted = OUTBOX.c.state.in_([State.HELD.value, *ON_THEIR_WAY])
        oldest = select(OUTBOX.c.id).where(wanted).order_by(OUTBOX.c.id).limit(limit)
        return self._views(select(OUTBOX).where(OUTBOX.c.id.in_(oldest)))

    def oldest(self) -> dict[str, datetime]:
        """Return for each system when the oldest write on its way to it was decided."""
        query = select(OUTBOX.c.system, func.min(OUTBOX.c.decided_at)).where(
            OUTBOX.c.state.in_(ON_THEIR_WAY)
        )
        rows = self._db.execute(query.group_by(OUTBOX.c.system))
        return {system: at for system, at in rows if at is not None}


class AtWork(Clocks):
    """The clocks of a unit, asked whose have not ended."""

    @classmethod
    def of_unit(cls, clocks: Clocks) -> Self:
        """Look at the same transaction."""
        return cls(clocks._db)  # noqa: SLF001 - as above

    def leads(self, limit: int) -> list[LeadKey]:
        """Return the first leads that have a clock which has not ended."""
        going = CLOCK.c.state != ClockState.ENDED.value
        query = select(CLOCK.c.lead_key).where(going).distinct().order_by(CLOCK.c.lead_key)
        return list(self._db.execute(query.limit(limit)).scalars())

    def without_record(self, before: datetime) -> int:
        """Count leads handed over before a time that the CRM does not have yet."""
        query = select(func.count(CLOCK.c.lead_key.distinct())).where(
            CLOCK.c.state == ClockState.WAITING_FOR_RECORD.value, CLOCK.c.anchor_at < before
        )
        return self._db.execute(query).scalar_one()
