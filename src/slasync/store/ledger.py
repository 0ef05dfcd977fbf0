"""The budget of all processes on one database, as connectors take calls from it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from slasync.domain.budgets import Granted, Wish
from slasync.store.meta import alone_key
from slasync.store.unit import retrying


@dataclass(frozen=True, slots=True)
class CallLedger:
    """Each wish is a transaction of its own. Raises TryLater when the database is out of reach."""

    engine: Engine

    def take(self, wish: Wish) -> Granted:
        """Grant calls, or tell when there are some again."""
        return retrying(self.engine, lambda unit: unit.call_budgets.take(wish))

    def leave_alone(self, system: str, until: datetime) -> None:
        """Keep until when a system asked to be left alone."""
        text = until.isoformat()
        retrying(self.engine, lambda unit: unit.meta.put(alone_key(system), text))

    def left_alone(self, system: str) -> datetime | None:
        """Return until when a system asked to be left alone, last."""
        text = retrying(self.engine, lambda unit: unit.meta.get(alone_key(system)))
        return datetime.fromisoformat(text) if text else None
